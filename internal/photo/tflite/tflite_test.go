package tflite

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"

	"edl/internal/photo/weights"
)

// model reads one of the photo models, skipping the test aloud where this
// build carries none.
func model(t testing.TB, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(weights.Files(), name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: %s is not here; run go generate ./internal/photo/weights", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pattern is an input that any language can make again: the upper 24 bits of
// a linear congruential generator as a fraction.
func pattern(n int) []float32 {
	x, seed := make([]float32, n), uint32(1)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float32(seed>>8) / (1 << 24)
	}
	return x
}

// testdata/litert.json holds what Google's own runtime (LiteRT 2.3.0) makes
// of the pattern: every step-th value of each output.
func TestOutputsAgreeWithGooglesRuntime(t *testing.T) {
	data, err := os.ReadFile("testdata/litert.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]struct {
		Size, Step int
		Values     []float64
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) != 4 {
		t.Fatalf("reference for %d models, want 4", len(want))
	}
	for name, outputs := range want {
		t.Run(name, func(t *testing.T) {
			m, err := Load(model(t, name))
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Run(pattern(product(m.Input())))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(outputs) {
				t.Fatalf("%d outputs, want %d", len(got), len(outputs))
			}
			for i, o := range outputs {
				if len(got[i]) != o.Size {
					t.Fatalf("output %d has %d values, want %d", i, len(got[i]), o.Size)
				}
				for k, v := range o.Values {
					if d := math.Abs(float64(got[i][k*o.Step]) - v); d > 2e-4+1e-5*math.Abs(v) {
						t.Fatalf("output %d value %d = %v, want %v", i, k*o.Step, got[i][k*o.Step], v)
					}
				}
			}
		})
	}
}

func TestRunsAtOnceDoNotDisturbEachOther(t *testing.T) {
	m, err := Load(model(t, "face_detection_short_range.tflite"))
	if err != nil {
		t.Fatal(err)
	}
	n := product(m.Input())
	inputs := [2][]float32{pattern(n), make([]float32, n)}
	want := [2][][]float32{}
	for i, in := range inputs {
		if want[i], err = m.Run(in); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan bool)
	for g := range 4 {
		go func() {
			ok := true
			for range 3 {
				got, err := m.Run(inputs[g%2])
				ok = ok && err == nil && got[0][100] == want[g%2][0][100] && got[1][800] == want[g%2][1][800]
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a run beside others gave another answer")
		}
	}
	if want[0][0][100] == want[1][0][100] {
		t.Error("the two inputs cannot be told apart by the values compared")
	}
}

func TestAWrongInputIsAnError(t *testing.T) {
	m, err := Load(model(t, "face_detection_short_range.tflite"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(make([]float32, 7)); err == nil {
		t.Error("an input of 7 values was run")
	}
}

// Each damage to a real model is an error, or leaves a model that still runs.
func TestDamagedModelsAreErrors(t *testing.T) {
	data := model(t, "face_detection_short_range.tflite")
	for _, n := range []int{0, 3, 4, 100, 1000, len(data) / 2, len(data) - 1} {
		if _, err := Load(data[:n]); !errors.Is(err, ErrModel) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	seed, refused := uint32(1), 0
	for range 400 {
		seed = seed*1664525 + 1013904223
		bad := append([]byte(nil), data...)
		at := int(seed>>4) % len(bad)
		if at < len(bad)/2 {
			at = len(bad) - 1 - at/8 // the tables lie at the end, weights before
		}
		bad[at] ^= byte(1 << (seed >> 29))
		if _, err := Load(bad); err != nil {
			refused++
			if !errors.Is(err, ErrModel) {
				t.Errorf("byte %d: %v", at, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage at all was noticed")
	}
}

func TestHalfPrecisionIsReadExactly(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: math.Pow(2, -24), 0x8001: -math.Pow(2, -24),
		0x0400: math.Pow(2, -14), 0x3555: 0.333251953125, 0x7c00: math.Inf(1),
	} {
		if got := float16At([]byte{byte(bits), byte(bits >> 8)}); float64(got) != want {
			t.Errorf("%#04x = %v, want %v", bits, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, c := range cases {
		f.Add(c.model.file())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(data)
		if err != nil {
			if !errors.Is(err, ErrModel) {
				t.Error(err)
			}
			return
		}
		if m.floats > maxMemory {
			t.Errorf("took a model of %d values", m.floats)
		}
	})
}

func FuzzFlexBuffer(f *testing.F) {
	f.Add([]byte("output_height\x00output_width\x00\x02\x1c\x0f\x02\x01\x02\x10\x10\x04\x04\x04\x24\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		options, err := flexMap(data)
		if err == nil && len(options) > len(data) {
			t.Errorf("%d options in %d bytes", len(options), len(data))
		}
	})
}
