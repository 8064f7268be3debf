//go:build noasm || !amd64

package tflite

const wide = false

func multiplyTile(dst, src, w0, w1, b0, b1 *float32, k, srcStride, dstStride, gap int) {
	panic("not wide")
}

func weighFour(dst, src, filter, bias *float32, c, kh, kw, down, right, srcStride, dstStride int) {
	panic("not wide")
}
