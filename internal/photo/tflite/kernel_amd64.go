//go:build !noasm

package tflite

import "golang.org/x/sys/cpu"

// wide says that eight values are multiplied at once, by AVX.
var wide = cpu.X86.HasAVX

// multiplyTile computes outputs 0 to 7 and gap to gap + 7 of four rows: bias
// b0 and b1 plus the sums over k of src times the weights of w0 and w1, eight
// interleaved. Rows lie a stride apart; a stride of 0 computes one row four
// times.
//
//go:noescape
func multiplyTile(dst, src, w0, w1, b0, b1 *float32, k, srcStride, dstStride, gap int)

// weighFour filters four pixels of c channels, at least eight: bias plus the
// sums over kh × kw taps, which lie down and right apart.
//
//go:noescape
func weighFour(dst, src, filter, bias *float32, c, kh, kw, down, right, srcStride, dstStride int)
