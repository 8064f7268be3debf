package tflite

// lanes is the number of sums that run along one pass over the input: as many
// as an AVX register holds, and as fast as scalar arithmetic goes.
const lanes = 8

// packed is a matrix of n rows of k weights. Blocks of eight rows lie
// interleaved; the last block goes back over rows of the one before it where
// n is no multiple of eight. Under eight rows there is no block.
type packed struct {
	n, k    int
	w, bias []float32
	blocks  []int // first row of each block
}

func pack(w, bias []float32, n, k int) packed {
	p := packed{n: n, k: k, w: w, bias: bias}
	if n < lanes {
		return p
	}
	for j := 0; j < n; j += lanes {
		p.blocks = append(p.blocks, min(j, n-lanes))
	}
	p.w = make([]float32, 0, len(p.blocks)*lanes*k)
	for _, j := range p.blocks {
		for i := range k {
			for q := range lanes {
				p.w = append(p.w, w[(j+q)*k+i])
			}
		}
	}
	return p
}

// multiply sets each row of dst, n long, to bias + W · the row of src, k long.
func (p *packed) multiply(dst, src []float32) {
	switch rows := min(len(dst)/p.n, len(src)/p.k); {
	case wide && p.blocks != nil:
		p.multiplyWide(dst, src, rows)
	default:
		for r := range rows {
			p.multiplyRow(dst[r*p.n:][:p.n], src[r*p.k:][:p.k])
		}
	}
}

// multiplyWide goes over the rows for two blocks at a time, which then stay
// in the cache. The last four rows go back over rows that were done; of fewer
// than four each is a tile by itself, and so is an odd block.
func (p *packed) multiplyWide(dst, src []float32, rows int) {
	tile, stride := 4, 1
	if rows < tile {
		tile, stride = 1, 0
	}
	for b := 0; b < len(p.blocks); b += 2 {
		c := min(b+1, len(p.blocks)-1)
		j, gap := p.blocks[b], p.blocks[c]-p.blocks[b]
		w0, w1 := &p.w[b*lanes*p.k], &p.w[c*lanes*p.k]
		for r := 0; r < rows; r += tile {
			at := min(r, rows-tile)
			multiplyTile(&dst[at*p.n+j], &src[at*p.k], w0, w1, &p.bias[j], &p.bias[j+gap], p.k, stride*p.k, stride*p.n, gap)
		}
	}
}

// multiplyRow converts each product, which keeps the compiler from fusing it
// with the sum: the bits are the same on every processor.
func (p *packed) multiplyRow(dst, src []float32) {
	for b, j := range p.blocks {
		w := p.w[b*lanes*p.k:][:lanes*p.k]
		b := (*[lanes]float32)(p.bias[j:])
		s0, s1, s2, s3, s4, s5, s6, s7 := b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]
		for i, v := range src {
			q := w[i*lanes : i*lanes+lanes : i*lanes+lanes]
			s0 += float32(v * q[0])
			s1 += float32(v * q[1])
			s2 += float32(v * q[2])
			s3 += float32(v * q[3])
			s4 += float32(v * q[4])
			s5 += float32(v * q[5])
			s6 += float32(v * q[6])
			s7 += float32(v * q[7])
		}
		*(*[lanes]float32)(dst[j:]) = [lanes]float32{s0, s1, s2, s3, s4, s5, s6, s7}
	}
	if p.blocks != nil {
		return
	}
	for j := range dst {
		sum := p.bias[j]
		for i, v := range p.w[j*p.k:][:p.k] {
			sum += float32(v * src[i])
		}
		dst[j] = sum
	}
}
