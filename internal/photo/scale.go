package photo

import (
	"image"
	"image/draw"

	xdraw "golang.org/x/image/draw"
)

// fit returns img on white with its longer side at most side px.
func fit(img image.Image, side int) *image.RGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > side {
		w = max(1, (w*side+longer/2)/longer)
		h = max(1, (h*side+longer/2)/longer)
	}
	return shrink(img, w, h)
}

// shrink averages img down to w × h px, each at most its own size, reading it
// a band at a time so that no second full-size copy exists.
func shrink(img image.Image, w, h int) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	paint := newPainter(img)
	if w == b.Dx() && h == b.Dy() {
		paint.draw(out, b.Min)
		return out
	}
	const rows = 16
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), rows))
	cols, lines := shares(b.Dx(), w), shares(b.Dy(), h)
	sum := make([]float32, 3*w) // of the output row that is being filled
	line := make([]float32, 3*w)
	for y, s := range lines {
		if y%rows == 0 {
			paint.draw(band, image.Pt(b.Min.X, b.Min.Y+y))
		}
		gatherRow(line, band.Pix[(y%rows)*band.Stride:], cols)
		addRow(sum, line, s.here)
		if s.last {
			putRow(out.Pix[s.to*out.Stride:], sum)
			clear(sum)
			addRow(sum, line, s.next)
		}
	}
	return out
}

// painter copies parts of a picture, laying them on white where the picture
// may be seen through.
type painter struct {
	img   image.Image
	clear bool
}

func newPainter(img image.Image) painter {
	switch m := img.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.CMYK:
		return painter{img, false}
	case interface{ Opaque() bool }:
		return painter{img, !m.Opaque()}
	}
	return painter{img, true}
}

func (p painter) draw(dst *image.RGBA, at image.Point) {
	op := draw.Src
	if p.clear {
		draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
		op = draw.Over
	}
	draw.Draw(dst, dst.Rect, p.img, at, op)
}

// share is the part of an output pixel that a source pixel makes up, and of
// the next one where it lies across the border.
type share struct {
	to         int
	here, next float32
	last       bool // of those that make up the output pixel
}

// shares spreads from source pixels over to, which are no more. It counts in
// whole parts of an output pixel: a border missed by a rounding error would
// make a row of nothing.
func shares(from, to int) []share {
	out := make([]share, from)
	for i := range out {
		left, right := i*to, (i+1)*to // an output pixel has from parts
		k := left / from
		edge := (k + 1) * from
		out[i] = share{
			to: k, here: float32(min(right, edge)-left) / float32(from), next: float32(max(0, right-edge)) / float32(from), last: right >= edge,
		}
	}
	return out
}

func gatherRow(line []float32, pix []byte, cols []share) {
	clear(line)
	for i, s := range cols {
		p, o := pix[4*i:4*i+3:4*i+3], 3*s.to
		r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
		line[o] += s.here * r
		line[o+1] += s.here * g
		line[o+2] += s.here * b
		if s.next > 0 {
			line[o+3] += s.next * r
			line[o+4] += s.next * g
			line[o+5] += s.next * b
		}
	}
}

func addRow(sum, line []float32, weight float32) {
	for i, v := range line {
		sum[i] += weight * v
	}
}

func putRow(pix []byte, sum []float32) {
	for i, o := 0, 0; i < len(sum); i, o = i+3, o+4 {
		pix[o] = byte(min(255, sum[i]+0.5))
		pix[o+1] = byte(min(255, sum[i+1]+0.5))
		pix[o+2] = byte(min(255, sum[i+2]+0.5))
		pix[o+3] = 255
	}
}

// cut returns the part of m inside crop at w × h px; what lies outside m is
// white. Reduction averages, enlargement is bicubic.
func cut(m *image.RGBA, crop image.Rectangle, w, h int) *image.RGBA {
	part := m.SubImage(crop)
	if !crop.In(m.Rect) {
		whole := image.NewRGBA(image.Rect(0, 0, crop.Dx(), crop.Dy()))
		draw.Draw(whole, whole.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(whole, m.Rect.Sub(crop.Min), m, m.Rect.Min, draw.Src)
		part = whole
	}
	if part.Bounds().Dx() >= w && part.Bounds().Dy() >= h {
		return shrink(part, w, h)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.CatmullRom.Scale(out, out.Rect, part, part.Bounds(), draw.Src, nil)
	return out
}
