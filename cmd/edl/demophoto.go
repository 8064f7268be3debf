package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	xdraw "golang.org/x/image/draw"

	"edl/internal/demo"
)

// drawn is a picture of somebody, treated.
func drawn(one demo.Person, treat treatment) ([]byte, error) {
	data, err := demo.Portraits().Open(demo.PortraitOf(one.Licence))
	if err != nil {
		return nil, err
	}
	defer data.Close()
	picture, err := jpeg.Decode(data)
	if err != nil {
		return nil, err
	}
	canvas := image.NewRGBA(picture.Bounds())
	draw.Draw(canvas, canvas.Bounds(), picture, picture.Bounds().Min, draw.Src)
	treat(canvas)
	var b bytes.Buffer
	err = jpeg.Encode(&b, canvas, &jpeg.Options{Quality: 92})
	return b.Bytes(), err
}

// A treatment makes a picture good or bad.
type treatment func(*image.RGBA)

// treatments are what those that wait for a reviewer look like.
var treatments = []treatment{beige, plain, dark, blurred, plain}

func plain(*image.RGBA) {}

// beige puts a wall behind the person that is not white.
func beige(m *image.RGBA) {
	each(m, func(c color.RGBA) color.RGBA {
		if min(c.R, c.G, c.B) < 225 {
			return c
		}
		return color.RGBA{214, 196, 160, 255}
	})
}

// dark is a picture with too little light.
func dark(m *image.RGBA) {
	each(m, func(c color.RGBA) color.RGBA { return color.RGBA{c.R / 5 * 2, c.G / 5 * 2, c.B / 5 * 2, 255} })
}

// blurred is a picture that was made large from a small one.
func blurred(m *image.RGBA) {
	small := image.NewRGBA(image.Rect(0, 0, m.Rect.Dx()/10, m.Rect.Dy()/10))
	xdraw.ApproxBiLinear.Scale(small, small.Rect, m, m.Rect, xdraw.Src, nil)
	xdraw.ApproxBiLinear.Scale(m, m.Rect, small, small.Rect, xdraw.Src, nil)
}

func each(m *image.RGBA, change func(color.RGBA) color.RGBA) {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			m.SetRGBA(x, y, change(m.RGBAAt(x, y)))
		}
	}
}
