package tflite

import (
	"fmt"
	"math"
)

// planUnary plans an operator on each value by itself.
func (m *Model) planUnary(o op) (step, error) {
	in, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	if err := m.makes(o, in.shape...); err != nil {
		return nil, err
	}
	f := map[opcode]func(dst, src []float32){opRelu: relu, opLogistic: logistic, opHardSwish: hardSwish}[o.code]
	x, y := o.in[0], o.out[0]
	return func(r *run) { f(r.values[y], r.values[x]) }, nil
}

func relu(dst, src []float32) {
	for i, v := range src {
		dst[i] = max(v, 0)
	}
}

func logistic(dst, src []float32) {
	for i, v := range src {
		dst[i] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func hardSwish(dst, src []float32) {
	for i, v := range src {
		dst[i] = v * min(max(v+3, 0), 6) / 6
	}
}

// planPRelu plans PRELU with a slope for each channel.
func (m *Model) planPRelu(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	slope, err := m.floatsOf(o, 1)
	if err != nil || len(slope.floats) != in.c {
		return nil, errInputs
	}
	if err := m.makes(o, 1, in.h, in.w, in.c); err != nil {
		return nil, err
	}
	slopes := make([][2]float32, in.c) // by the sign: as many are negative as not, which no processor foresees
	for i, a := range slope.floats {
		slopes[i] = [2]float32{1, a}
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for len(src) >= len(slopes) {
			d, s := dst[:len(slopes)], src[:len(slopes)]
			for i := range slopes {
				d[i] = s[i] * slopes[i][math.Float32bits(s[i])>>31]
			}
			dst, src = dst[len(slopes):], src[len(slopes):]
		}
	}, nil
}

// planBinary plans ADD and MUL of tensors of one shape, or of one tensor and
// another that repeats along it: a scalar, a value for each channel, or one
// of the same channels at 1 × 1.
func (m *Model) planBinary(o op) (step, error) {
	if len(o.in) != 2 {
		return nil, errInputs
	}
	a, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	b, err := m.input(o, 1)
	if err != nil {
		return nil, err
	}
	act, err := o.activation(0)
	if err != nil {
		return nil, err
	}
	x, z, y := o.in[0], o.in[1], o.out[0]
	if b.size() > a.size() {
		a, b, x, z = b, a, z, x
	}
	if err := m.makes(o, a.shape...); err != nil {
		return nil, err
	}
	if !repeats(b, a) {
		return nil, fmt.Errorf("%v with %v", a.shape, b.shape)
	}
	f := addInto
	if o.code == opMul {
		f = mulInto
	}
	n := b.size()
	return func(r *run) {
		long, short, dst := r.values[x], r.values[z], r.values[y]
		for at := 0; at < len(long); at += n {
			f(dst[at:at+n], long[at:at+n], short)
		}
		act.apply(dst)
	}, nil
}

// repeats reports whether b, laid end to end, covers a as broadcasting would.
func repeats(b, a tensor) bool {
	if b.size() == a.size() || b.size() == 1 {
		return true
	}
	return len(a.shape) > 0 && b.size() == a.shape[len(a.shape)-1] && len(b.shape) > 0 && b.shape[len(b.shape)-1] == b.size()
}

func addInto(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func mulInto(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
