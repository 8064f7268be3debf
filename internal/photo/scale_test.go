package photo

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

// Whatever the sizes, what is the same all over stays the same all over: rows
// and columns of the result are made up wholly of the source's.
func TestAPlainPictureStaysPlainAtEverySize(t *testing.T) {
	grey := color.RGBA{200, 200, 200, 255}
	plain := image.NewRGBA(image.Rect(0, 0, 1200, 1200))
	draw.Draw(plain, plain.Rect, image.NewUniform(grey), image.Point{}, draw.Src)
	wrong := 0
	for n := range 1201 {
		for _, to := range []int{69, 260, 378, 640} {
			if n < to {
				continue
			}
			for _, size := range []struct{ from, to image.Point }{
				{image.Pt(2, n), image.Pt(2, to)}, {image.Pt(n, 2), image.Pt(to, 2)}, {image.Pt(3, n), image.Pt(1, to)},
			} {
				out := shrink(plain.SubImage(image.Rectangle{Max: size.from}), size.to.X, size.to.Y)
				for i := 0; i < len(out.Pix); i += 4 {
					if out.Pix[i] != grey.R {
						wrong++
						if wrong < 5 {
							t.Errorf("%v to %v: pixel %d is %d", size.from, size.to, i/4, out.Pix[i])
						}
						break
					}
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d sizes in all", wrong)
	}
}
