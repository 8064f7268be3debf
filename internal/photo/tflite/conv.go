package tflite

import "fmt"

// planConv plans CONV_2D: rows of windows are laid out as a matrix and
// multiplied with the packed weights.
func (m *Model) planConv(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	weights, err := m.floatsOf(o, 1)
	if err != nil || len(weights.shape) != 4 || weights.shape[3] != in.c {
		return nil, fmt.Errorf("weights %v for %d channels: %w", weights.shape, in.c, errInputs)
	}
	outC := weights.shape[0]
	bias, err := m.bias(o, 2, outC)
	if err != nil {
		return nil, err
	}
	act, err := o.activation(3)
	if err != nil {
		return nil, err
	}
	w := window{
		kh: weights.shape[1], kw: weights.shape[2],
		strideW: o.options.int32(1, 1), strideH: o.options.int32(2, 1),
		dilateW: o.options.int32(4, 1), dilateH: o.options.int32(5, 1),
	}
	if err := w.slide(in, o.options.int8(0, 0)); err != nil {
		return nil, err
	}
	if err := m.makes(o, 1, w.outH, w.outW, outC); err != nil {
		return nil, err
	}
	depth := w.kh * w.kw * in.c
	p := pack(weights.floats, bias, outC, depth)
	x, y := o.in[0], o.out[0]
	if w.kh == 1 && w.kw == 1 && w.strideH == 1 && w.strideW == 1 {
		return func(r *run) {
			p.multiply(r.values[y], r.values[x])
			act.apply(r.values[y])
		}, nil
	}
	row := w.outW * depth
	if row > maxElements {
		return nil, fmt.Errorf("a row of windows has %d values", row)
	}
	m.scratch = max(m.scratch, row)
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for i := range w.outH {
			w.gather(r.scratch[:row], src, in, i)
			p.multiply(dst[i*w.outW*outC:(i+1)*w.outW*outC], r.scratch[:row])
		}
		act.apply(dst)
	}, nil
}

// gather lays out the windows of output row i one after another.
func (w *window) gather(dst, src []float32, in shape4, i int) {
	for j := range w.outW {
		for a := range w.kh {
			y := i*w.strideH - w.top + a*w.dilateH
			for b := range w.kw {
				x := j*w.strideW - w.left + b*w.dilateW
				if y < 0 || y >= in.h || x < 0 || x >= in.w {
					clear(dst[:in.c])
				} else {
					copy(dst[:in.c], src[(y*in.w+x)*in.c:])
				}
				dst = dst[in.c:]
			}
		}
	}
}

// planUpConv plans MediaPipe's Convolution2DTransposeBias where its windows
// do not overlap: each input pixel becomes a patch of the output.
func (m *Model) planUpConv(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	weights, err := m.floatsOf(o, 1)
	if err != nil || len(weights.shape) != 4 || weights.shape[3] != in.c {
		return nil, errInputs
	}
	outC, kh, kw := weights.shape[0], weights.shape[1], weights.shape[2]
	bias, err := m.bias(o, 2, outC)
	if err != nil {
		return nil, err
	}
	options := &buffer{b: o.flex} // a C struct: padding, stride width, stride height
	if sw, sh := options.i32(4), options.i32(8); options.err != nil || sw != kw || sh != kh {
		return nil, fmt.Errorf("stride %d × %d with windows of %d × %d", sw, sh, kw, kh)
	}
	if err := m.makes(o, 1, in.h*kh, in.w*kw, outC); err != nil {
		return nil, err
	}
	x, y, filter := o.in[0], o.out[0], weights.floats
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for at := range in.h * in.w {
			v := src[at*in.c : (at+1)*in.c]
			row, col := at/in.w*kh, at%in.w*kw
			for q := range outC {
				for k := range kh * kw {
					sum := bias[q]
					for i, f := range filter[(q*kh*kw+k)*in.c:][:in.c] {
						sum += f * v[i]
					}
					dst[((row+k/kw)*in.w*kw+col+k%kw)*outC+q] = sum
				}
			}
		}
	}, nil
}
