package inspecttest

import (
	"image"
	"image/color"
)

// margin puts the quiet zone of four modules round a picture of a QR.
type margin struct{ image.Image }

const quiet = 16

func (m margin) Bounds() image.Rectangle {
	size := m.Image.Bounds().Size()
	return image.Rect(0, 0, size.X+2*quiet, size.Y+2*quiet)
}

func (m margin) ColorModel() color.Model { return color.GrayModel }

func (m margin) At(x, y int) color.Color {
	p := image.Pt(x-quiet, y-quiet).Add(m.Image.Bounds().Min)
	if !p.In(m.Image.Bounds()) {
		return color.White
	}
	return m.Image.At(p.X, p.Y)
}
