//go:build linux

package heic

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"edl/internal/photo"
)

// The test binary is its own child, as the server's binary is.
const asChild = "decode-as-child"

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == asChild:
		os.Exit(Child(os.Stdin, os.Stdout, os.Stderr))
	case len(os.Args) == 3 && os.Args[1] == "misbehave":
		misbehave(os.Args[2])
	}
	os.Exit(m.Run())
}

// misbehave stands for a decoder that a picture has taken over.
func misbehave(how string) {
	switch how {
	case "eat":
		if err := limitMemory(); err != nil {
			os.Exit(exitUnavailable)
		}
		var kept [][]byte
		for {
			kept = append(kept, bytes.Repeat([]byte{1}, 16<<20))
			runtime.KeepAlive(kept)
		}
	case "sleep":
		time.Sleep(time.Minute)
	case "chatter":
		for range 64 {
			_, _ = os.Stdout.Write(bytes.Repeat([]byte("x"), 1<<20))
		}
	case "lie":
		_, _ = os.Stdout.Write([]byte{0, 0, 7, 0xd0, 0, 0, 7, 0xd0, 1, 2, 3})
	}
	os.Exit(0)
}

func self(t *testing.T, args ...string) *Decoder {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return NewDecoder(append([]string{path}, args...)...)
}

func drawn(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/drawn.heic") // our own drawing, 150 × 218 px
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAHEICPictureIsDecodedInAnotherProcess(t *testing.T) {
	p, err := self(t, asChild).Decode(context.Background(), drawn(t))
	if err != nil {
		t.Fatal(err)
	}
	h := p.Header
	if h.Format != photo.HEIC || h.Width != 150 || h.Height != 218 || h.Software != "Camera 1.0" {
		t.Errorf("header = %+v", h)
	}
	if want := time.Date(2021, 9, 16, 1, 12, 0, 0, time.UTC); !h.Taken.Equal(want) {
		t.Errorf("taken = %v, want %v", h.Taken, want)
	}
	if c := p.Pix.RGBAAt(5, 5); c.R < 225 || c.B < 225 { // the wall
		t.Errorf("top left = %v", c)
	}
	if c := p.Pix.RGBAAt(75, 82); c.R < 180 || c.B > 160 { // the face
		t.Errorf("middle of the face = %v", c)
	}
}

func TestDamagedPicturesAreCorrupt(t *testing.T) {
	d := self(t, asChild)
	data := drawn(t)
	emptied := bytes.Clone(data)
	clear(emptied[len(emptied)-900:]) // all of the coded picture
	for name, bad := range map[string][]byte{"cut": data[:len(data)-400], "emptied": emptied} {
		if _, err := d.Decode(context.Background(), bad); !errors.Is(err, photo.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Decode(context.Background(), []byte("\xff\xd8\xff\xd9")); err == nil {
		t.Error("what is no HEIC was decoded")
	}
}

// S53: whatever a picture makes the decoder do, it stays in its process.
func TestS53ADecoderThatIsTakenOverIsEnded(t *testing.T) {
	t.Run("it eats memory", func(t *testing.T) {
		before, _ := children(t)
		_, err := self(t, "misbehave", "eat").Decode(context.Background(), drawn(t))
		if !errors.Is(err, photo.ErrTooHeavy) {
			t.Errorf("error = %v", err)
		}
		if peak, _ := children(t); peak > max(before, Memory+64<<20) {
			t.Errorf("the child reached %d MB", peak>>20)
		}
	})
	t.Run("it never ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := self(t, "misbehave", "sleep").Decode(ctx, drawn(t))
		if !errors.Is(err, photo.ErrTooHeavy) || time.Since(start) > 5*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
	for _, how := range []string{"chatter", "lie", "nothing"} {
		t.Run("its answer is "+how, func(t *testing.T) {
			if _, err := self(t, "misbehave", how).Decode(context.Background(), drawn(t)); !errors.Is(err, photo.ErrCorrupt) {
				t.Errorf("error = %v", err)
			}
		})
	}
	t.Run("control: an honest child", func(t *testing.T) {
		if _, err := self(t, asChild).Decode(context.Background(), drawn(t)); err != nil {
			t.Error(err)
		}
	})
}

// A HEIC of 12 megapixels decodes within 3 s of processor time and 350 MB.
// The file is too large to keep here: EDL_HEIC names one.
func TestALargePictureKeepsToTheBudget(t *testing.T) {
	name := os.Getenv("EDL_HEIC")
	if name == "" {
		t.Skip("SKIPPED: EDL_HEIC names no picture of 12 megapixels")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, before := children(t)
	p, err := self(t, asChild).Decode(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	peak, after := children(t)
	t.Logf("%d × %d px: %v of processor time, %d MB at most", p.Header.Width, p.Header.Height, after-before, peak>>20)
	if after-before > 3*time.Second || peak > Memory {
		t.Errorf("over the budget of 3 s and %d MB", Memory>>20)
	}
}

func TestWithoutACommandHEICIsRefusedWithARemedy(t *testing.T) {
	_, err := NewDecoder("./no-such-program").Decode(context.Background(), drawn(t))
	if !errors.Is(err, photo.ErrNoHEIC) {
		t.Errorf("error = %v", err)
	}
	if _, err := photo.NewDecoder(1<<30, nil).Decode(context.Background(), drawn(t)); !errors.Is(err, photo.ErrNoHEIC) {
		t.Errorf("error = %v", err)
	}
}

// children returns the largest resident size that an ended child had, in
// bytes, and the processor time of all of them.
func children(t *testing.T) (peak int, spent time.Duration) {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return int(u.Maxrss) << 10, time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
