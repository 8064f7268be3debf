package tflite

import (
	"fmt"
	"slices"
)

// planPool plans AVERAGE_POOL_2D and MAX_POOL_2D.
func (m *Model) planPool(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	act, err := o.activation(5)
	if err != nil {
		return nil, err
	}
	w := window{
		strideW: o.options.int32(1, 1), strideH: o.options.int32(2, 1),
		kw: o.options.int32(3, 1), kh: o.options.int32(4, 1), dilateH: 1, dilateW: 1,
	}
	if err := w.slide(in, o.options.int8(0, 0)); err != nil {
		return nil, err
	}
	if err := m.makes(o, 1, w.outH, w.outW, in.c); err != nil {
		return nil, err
	}
	take := w.largest
	if o.code == opAveragePool {
		take = w.mean
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for i := range w.outH {
			for j := range w.outW {
				at := (i*w.outW + j) * in.c
				take(dst[at:at+in.c], src, in, i, j)
			}
		}
		act.apply(dst)
	}, nil
}

// inside returns the part of the window of output i, j that lies in the image.
func (w *window) inside(in shape4, i, j int) (y0, y1, x0, x1 int) {
	y0, x0 = i*w.strideH-w.top, j*w.strideW-w.left
	return max(y0, 0), min(y0+w.kh, in.h), max(x0, 0), min(x0+w.kw, in.w)
}

func (w *window) largest(dst, src []float32, in shape4, i, j int) {
	y0, y1, x0, x1 := w.inside(in, i, j)
	copy(dst, src[(y0*in.w+x0)*in.c:])
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for q, v := range src[(y*in.w+x)*in.c:][:len(dst)] {
				dst[q] = max(dst[q], v)
			}
		}
	}
}

func (w *window) mean(dst, src []float32, in shape4, i, j int) {
	y0, y1, x0, x1 := w.inside(in, i, j)
	clear(dst)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for q, v := range src[(y*in.w+x)*in.c:][:len(dst)] {
				dst[q] += v
			}
		}
	}
	for q := range dst {
		dst[q] /= float32((y1 - y0) * (x1 - x0))
	}
}

// planCopy plans operators that only rename a tensor's shape.
func (m *Model) planCopy(o op) (step, error) {
	in, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	if out := m.graph.tensors[o.out[0]]; out.size() != in.size() {
		return nil, fmt.Errorf("%v becomes %v", in.shape, out.shape)
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) { copy(r.values[y], r.values[x]) }, nil
}

// planConcat plans CONCATENATION.
func (m *Model) planConcat(o op) (step, error) {
	first, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	axis := o.options.int32(0, 0)
	if axis < 0 {
		axis += len(first.shape)
	}
	if act, err := o.activation(1); err != nil || act != actNone || axis < 0 || axis >= len(first.shape) {
		return nil, fmt.Errorf("axis %d of %v", axis, first.shape)
	}
	shape := slices.Clone(first.shape)
	shape[axis] = 0
	chunks := make([]int, len(o.in)) // values of each input per outer index
	for i := range o.in {
		t, err := m.input(o, i)
		if err != nil || len(t.shape) != len(shape) {
			return nil, errInputs
		}
		shape[axis] += t.shape[axis]
		chunks[i] = product(t.shape[axis:])
	}
	if err := m.makes(o, shape...); err != nil {
		return nil, err
	}
	outer, whole := product(shape[:axis]), 0
	for i, c := range chunks {
		if t, _ := m.input(o, i); t.size() != outer*c {
			return nil, fmt.Errorf("%v beside %v", t.shape, first.shape)
		}
		whole += c
	}
	if whole*outer != product(shape) {
		return nil, fmt.Errorf("parts of %d make %v", whole, shape)
	}
	in, y := o.in, o.out[0]
	return func(r *run) {
		dst := r.values[y]
		for k := range outer {
			for i, t := range in {
				copy(dst, r.values[t][k*chunks[i]:(k+1)*chunks[i]])
				dst = dst[chunks[i]:]
			}
		}
	}, nil
}

// planPad plans PAD of an image with zeros.
func (m *Model) planPad(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	pad, err := m.intsOf(o, 1, 8) // before and after, for each of four dimensions
	if err != nil {
		return nil, err
	}
	for _, v := range pad {
		if v < 0 || v > maxElements {
			return nil, fmt.Errorf("padding %v", pad)
		}
	}
	out := shape4{in.h + pad[2] + pad[3], in.w + pad[4] + pad[5], in.c + pad[6] + pad[7]}
	if err := m.makes(o, 1+pad[0]+pad[1], out.h, out.w, out.c); err != nil || pad[0]+pad[1] > 0 {
		return nil, fmt.Errorf("padding %v: %w", pad, err)
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		clear(dst)
		for i := range in.h {
			for j := range in.w {
				copy(dst[((i+pad[2])*out.w+j+pad[4])*out.c+pad[6]:], src[(i*in.w+j)*in.c:][:in.c])
			}
		}
	}, nil
}

// planSlice plans STRIDED_SLICE with steps of one that cuts only the last
// dimension, or nothing.
func (m *Model) planSlice(o op) (step, error) {
	in, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	n := len(in.shape)
	begin, err1 := m.intsOf(o, 1, n)
	end, err2 := m.intsOf(o, 2, n)
	stride, err3 := m.intsOf(o, 3, n)
	if n == 0 || err1 != nil || err2 != nil || err3 != nil {
		return nil, errInputs
	}
	beginMask, endMask := o.options.int32(0, 0), o.options.int32(1, 0)
	from, to := make([]int, n), make([]int, n)
	for d := range n {
		from[d], to[d] = begin[d], end[d]
		if beginMask>>d&1 == 1 {
			from[d] = 0
		}
		if endMask>>d&1 == 1 {
			to[d] = in.shape[d]
		}
		if to[d] < 0 {
			to[d] += in.shape[d]
		}
		whole := from[d] == 0 && to[d] == in.shape[d]
		if stride[d] != 1 || from[d] < 0 || to[d] > in.shape[d] || from[d] >= to[d] || (d < n-1 && !whole) {
			return nil, fmt.Errorf("%v to %v by %v of %v", begin, end, stride, in.shape)
		}
	}
	shape := slices.Clone(in.shape)
	row, a, b := shape[n-1], from[n-1], to[n-1]
	shape[n-1] = b - a
	if err := m.makes(o, shape...); err != nil {
		return nil, err
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for len(dst) > 0 {
			copy(dst, src[a:b])
			dst, src = dst[b-a:], src[row:]
		}
	}, nil
}

// planResize plans RESIZE_BILINEAR.
func (m *Model) planResize(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	size, err := m.intsOf(o, 1, 2)
	if err != nil {
		return nil, err
	}
	if err := m.makes(o, 1, size[0], size[1], in.c); err != nil {
		return nil, err
	}
	corners, centres := o.options.int8(2, 0) != 0, o.options.int8(3, 0) != 0
	rows, cols := between(in.h, size[0], corners, centres), between(in.w, size[1], corners, centres)
	x, y := o.in[0], o.out[0]
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for _, v := range rows {
			for _, h := range cols {
				a, b := src[(v.low*in.w+h.low)*in.c:], src[(v.low*in.w+h.high)*in.c:]
				c, d := src[(v.high*in.w+h.low)*in.c:], src[(v.high*in.w+h.high)*in.c:]
				for q := range in.c {
					top := a[q] + (b[q]-a[q])*h.part
					bottom := c[q] + (d[q]-c[q])*h.part
					dst[q] = top + (bottom-top)*v.part
				}
				dst = dst[in.c:]
			}
		}
	}, nil
}

// mix is an output position between two input positions.
type mix struct {
	low, high int
	part      float32
}

func between(in, out int, corners, centres bool) []mix {
	scale := float32(in) / float32(out)
	if corners && out > 1 {
		scale = float32(in-1) / float32(out-1)
	}
	mixes := make([]mix, out)
	for i := range mixes {
		at := float32(i) * scale
		if centres {
			at = (float32(i)+0.5)*scale - 0.5
		}
		at = max(at, 0)
		low := min(int(at), in-1)
		mixes[i] = mix{low, min(low+1, in-1), at - float32(low)}
	}
	return mixes
}
