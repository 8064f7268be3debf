package tflite

import "fmt"

// planDepthwise plans DEPTHWISE_CONV_2D with one filter for each channel.
func (m *Model) planDepthwise(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	weights, err := m.floatsOf(o, 1)
	if err != nil || len(weights.shape) != 4 || weights.shape[0] != 1 || weights.shape[3] != in.c {
		return nil, fmt.Errorf("weights %v for %d channels: %w", weights.shape, in.c, errInputs)
	}
	bias, err := m.bias(o, 2, in.c)
	if err != nil {
		return nil, err
	}
	act, err := o.activation(4)
	if err != nil {
		return nil, err
	}
	w := window{
		kh: weights.shape[1], kw: weights.shape[2],
		strideW: o.options.int32(1, 1), strideH: o.options.int32(2, 1),
		dilateW: o.options.int32(5, 1), dilateH: o.options.int32(6, 1),
	}
	if err := w.slide(in, o.options.int8(0, 0)); err != nil {
		return nil, err
	}
	if err := m.makes(o, 1, w.outH, w.outW, in.c); err != nil {
		return nil, err
	}
	x, y, filter := o.in[0], o.out[0], weights.floats
	if wide && in.c >= lanes {
		framed := w.frame(in)
		m.scratch = max(m.scratch, framed.h*framed.w*framed.c)
		return func(r *run) {
			w.weighWide(r.values[y], w.framed(r.scratch, r.values[x], in, framed), filter, bias, framed)
			act.apply(r.values[y])
		}, nil
	}
	return func(r *run) {
		src, dst := r.values[x], r.values[y]
		for i := range w.outH {
			for j := range w.outW {
				at := (i*w.outW + j) * in.c
				w.weigh(dst[at:at+in.c], src, filter, bias, in, i, j)
			}
		}
		act.apply(dst)
	}, nil
}

// weigh sets dst to the filtered window of output i, j.
func (w *window) weigh(dst, src, filter, bias []float32, in shape4, i, j int) {
	copy(dst, bias)
	for a := range w.kh {
		y := i*w.strideH - w.top + a*w.dilateH
		if y < 0 || y >= in.h {
			continue
		}
		for b := range w.kw {
			x := j*w.strideW - w.left + b*w.dilateW
			if x < 0 || x >= in.w {
				continue
			}
			s := src[(y*in.w+x)*in.c:][:len(dst)]
			f := filter[(a*w.kw+b)*in.c:][:len(dst)]
			for q := range dst {
				dst[q] += float32(s[q] * f[q])
			}
		}
	}
}

// frame is the size of the image with the margin that the windows reach into.
func (w *window) frame(in shape4) shape4 {
	return shape4{
		(w.outH-1)*w.strideH + (w.kh-1)*w.dilateH + 1,
		(w.outW-1)*w.strideW + (w.kw-1)*w.dilateW + 1,
		in.c,
	}
}

// framed lays src in a margin of zeros.
func (w *window) framed(dst, src []float32, in, framed shape4) []float32 {
	row := framed.w * framed.c
	inside := min(in.w, framed.w-w.left) * in.c
	for y := range framed.h {
		line, from := dst[y*row:][:row], y-w.top
		if from < 0 || from >= in.h {
			clear(line)
			continue
		}
		clear(line[:w.left*in.c])
		copy(line[w.left*in.c:], src[from*in.w*in.c:][:inside])
		clear(line[w.left*in.c+inside:])
	}
	return dst
}

// weighWide filters a framed image four pixels at a time. The last four of a
// row go back over pixels that were done; of fewer than four each is alone.
func (w *window) weighWide(dst, src, filter, bias []float32, framed shape4) {
	c := framed.c
	tile, stride := 4, c
	if w.outW < tile {
		tile, stride = 1, 0
	}
	down, right := w.dilateH*framed.w*c, w.dilateW*c
	for i := range w.outH {
		for j := 0; j < w.outW; j += tile {
			at := min(j, w.outW-tile)
			weighFour(&dst[(i*w.outW+at)*c], &src[(i*w.strideH*framed.w+at*w.strideW)*c], &filter[0], &bias[0],
				c, w.kh, w.kw, down, right, w.strideW*stride, stride)
		}
	}
}
