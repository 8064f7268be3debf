package tflite

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func random(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// A photo must not be judged otherwise on another processor, so the bits are
// held to those of the Go code, on sizes that leave every kind of rest.
func TestTheWideMatrixMakesTheSameBits(t *testing.T) {
	if !wide {
		t.Skip("this build or processor has no AVX")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{8, 9, 15, 16, 17, 24, 31, 40} {
		for _, k := range []int{1, 3, 8, 33} {
			for _, rows := range []int{1, 2, 3, 4, 5, 8, 11} {
				p := pack(random(r, n*k), random(r, n), n, k)
				src := random(r, rows*k)
				got, want := make([]float32, rows*n+1), make([]float32, rows*n+1)
				got[rows*n], want[rows*n] = 42, 42 // what lies behind is not touched
				p.multiplyWide(got, src, rows)
				for i := range rows {
					p.multiplyRow(want[i*n:][:n], src[i*k:][:k])
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("%d rows of %d by %d: %s", rows, k, n, d)
				}
			}
		}
	}
}

func TestTheWideFilterMakesTheSameBits(t *testing.T) {
	if !wide {
		t.Skip("this build or processor has no AVX")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []int{8, 9, 16, 28} {
		for _, w := range []window{
			{kh: 3, kw: 3, strideH: 1, strideW: 1, dilateH: 1, dilateW: 1},
			{kh: 5, kw: 5, strideH: 2, strideW: 2, dilateH: 1, dilateW: 1},
			{kh: 3, kw: 2, strideH: 1, strideW: 2, dilateH: 2, dilateW: 3},
		} {
			for _, in := range []shape4{{7, 7, c}, {8, 9, c}, {7, 17, c}} {
				for padding := range 2 {
					t.Run(fmt.Sprintf("%d×%d by %d of %v, padding %d", w.kh, w.kw, w.strideW, in, padding), func(t *testing.T) {
						if err := w.slide(in, padding); err != nil {
							t.Fatal(err)
						}
						src, filter, bias := random(r, in.h*in.w*c), random(r, w.kh*w.kw*c), random(r, c)
						framed, size := w.frame(in), w.outH*w.outW*c
						got, want := make([]float32, size+1), make([]float32, size+1)
						got[size], want[size] = 42, 42
						w.weighWide(got, w.framed(random(r, framed.h*framed.w*c), src, in, framed), filter, bias, framed)
						for i := range w.outH {
							for j := range w.outW {
								w.weigh(want[(i*w.outW+j)*c:][:c], src, filter, bias, in, i, j)
							}
						}
						if d := cmp.Diff(want, got); d != "" {
							t.Fatal(d)
						}
					})
				}
			}
		}
	}
}
