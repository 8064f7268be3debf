package tflite

import (
	"encoding/binary"
	"errors"
	"math"
)

var errFlex = errors.New("options are not a FlexBuffers map of numbers")

// flexMap reads the top level of a FlexBuffers map of numbers and vectors of
// integers, the form in which MediaPipe's own operators keep their options.
func flexMap(b []byte) (map[string][]float64, error) {
	f := flex{b: b}
	if len(b) < 3 {
		return nil, errFlex
	}
	width, packed := int(b[len(b)-1]), b[len(b)-2]
	if packed>>2 != flexTypeMap {
		return nil, errFlex
	}
	at := f.indirect(len(b)-2-width, width)
	width = 1 << (packed & 3)
	n := f.uint(at-width, width)
	keys := f.indirect(at-3*width, width)
	keyWidth := f.uint(at-2*width, width)
	out := map[string][]float64{}
	for i := 0; i < n && !f.bad; i++ {
		key := f.text(f.indirect(keys+i*keyWidth, keyWidth))
		out[key] = f.value(at+i*width, width, f.uint(at+n*width+i, 1))
	}
	if f.bad {
		return nil, errFlex
	}
	return out, nil
}

// Types of FlexBuffers values that are read.
const (
	flexTypeInt, flexTypeUint, flexTypeFloat, flexTypeMap = 1, 2, 3, 9
	flexTypeInts, flexTypeUints                           = 11, 12
)

type flex struct {
	b   []byte
	bad bool
}

func (f *flex) uint(at, width int) int {
	if at < 0 || width < 0 || at > len(f.b)-width {
		f.bad = true
		return 0
	}
	switch width {
	case 1:
		return int(f.b[at])
	case 2:
		return int(binary.LittleEndian.Uint16(f.b[at:]))
	case 4:
		return int(binary.LittleEndian.Uint32(f.b[at:]))
	}
	f.bad = true
	return 0
}

func (f *flex) indirect(at, width int) int { return at - f.uint(at, width) }

func (f *flex) text(at int) string {
	for end := max(at, 0); at >= 0 && end < len(f.b); end++ {
		if f.b[end] == 0 {
			return string(f.b[at:end])
		}
	}
	f.bad = true
	return ""
}

func (f *flex) value(at, width, packed int) []float64 {
	switch packed >> 2 {
	case flexTypeInt, flexTypeUint:
		return []float64{float64(f.uint(at, width))}
	case flexTypeFloat:
		if v := f.uint(at, width); width == 4 {
			return []float64{float64(math.Float32frombits(uint32(v)))}
		}
	case flexTypeInts, flexTypeUints:
		start, size := f.indirect(at, width), 1<<(packed&3)
		n := f.uint(start-size, size)
		if f.bad || n > len(f.b) {
			break
		}
		out := make([]float64, n)
		for i := range out {
			out[i] = float64(f.uint(start+i*size, size))
		}
		return out
	}
	f.bad = true
	return nil
}
