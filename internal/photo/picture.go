package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/webp"
)

// Picture is a decoded upload: upright, opaque, its longer side at most
// MaxSide, without metadata.
type Picture struct {
	Header Header      // of the file it came from
	Pix    *image.RGBA // every alpha is 255; Rect begins at 0, 0
}

// Decode inspects and decodes a picture file. Transparency is laid on white.
// HEIC is not decoded here but by a HEICDecoder, in a process of its own.
func Decode(data []byte) (*Picture, error) {
	h, err := Inspect(data)
	if err != nil {
		return nil, err
	}
	var img image.Image
	switch r := bytes.NewReader(data); h.Format {
	case JPEG:
		img, err = jpeg.Decode(r)
	case PNG:
		img, err = png.Decode(r)
	case WebP:
		img, err = decodeWebP(r)
	default:
		return nil, fmt.Errorf("%s: %w", h.Format, ErrFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("decoding %s: %w (%w)", h.Format, ErrCorrupt, err)
	}
	return newPicture(h, img)
}

// NewPicture makes a Picture from pixels that are in memory already, such as
// a frame of a camera; the header tells only their size.
func NewPicture(img image.Image) (*Picture, error) {
	b := img.Bounds()
	h := Header{Width: b.Dx(), Height: b.Dy(), Orientation: 1}
	if err := h.checkSize(); err != nil {
		return nil, err
	}
	return newPicture(h, img)
}

func newPicture(h Header, img image.Image) (*Picture, error) {
	b := img.Bounds()
	if b.Empty() || b.Dx()*b.Dy() > MaxPixels {
		return nil, fmt.Errorf("decoded to %v: %w", b, ErrCorrupt)
	}
	return &Picture{h, upright(fit(img, MaxSide), h.Orientation)}, nil
}

// decodeWebP stretches a lossy picture's components to the full range: VP8
// keeps luminance in 16–235 and chrominance in 16–240 (RFC 6386 §9.2), the
// library hands them out as if they were JPEG's.
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	switch m := img.(type) {
	case *image.YCbCr:
		stretch(m)
	case *image.NYCbCrA:
		stretch(&m.YCbCr)
	}
	return img, err
}

func stretch(m *image.YCbCr) {
	var y, c [256]byte
	for i := range 256 {
		y[i] = byte(max(0, min(255, ((i-16)*255+109)/219)))
		c[i] = byte(max(0, min(255, 128+int(math.Round(float64(i-128)*255/224)))))
	}
	for i, v := range m.Y {
		m.Y[i] = y[v]
	}
	for i, v := range m.Cb {
		m.Cb[i] = c[v]
	}
	for i, v := range m.Cr {
		m.Cr[i] = c[v]
	}
}

// upright turns and mirrors m as the EXIF orientation (Exif 2.32 §4.6.4) asks.
func upright(m *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	// from gives the place in m, which is w × h, of the upright pixel x, y.
	var from func(x, y int) (int, int)
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sx, sy := from(x, y)
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[m.PixOffset(sx, sy):][:4])
		}
	}
	return out
}
