package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/gen2brain/webp"
)

// Sizes of the pictures that are kept.
const (
	PortraitWidth  = 260 // px: 22 mm at 300 dpi
	PortraitHeight = 378 // px: 32 mm at 300 dpi

	portraitMin, portraitMax = 14 << 10, 30 << 10 // bytes

	FaceWidth  = 48 // px, of the small face in a live code
	FaceHeight = 69
	FaceMax    = 520 // bytes

	keptQuality = 90 // of the original kept for the reviewer
)

// Reencode writes the picture as JPEG of at most MaxSide px: the original as
// it is kept, holding pixels and nothing else.
func Reencode(p *Picture) ([]byte, error) {
	return encodeJPEG(p.Pix, keptQuality, 72)
}

// Portrait writes the licence's portrait: JPEG of 260 × 378 px at 300 dpi,
// 24-bit colour, 14 to 30 KB. The crop is in px of p; the empty rectangle
// takes the largest centred part of the right shape. A picture so plain that
// quality 100 stays under 14 KB is written at that quality.
func Portrait(p *Picture, crop image.Rectangle) ([]byte, error) {
	if crop.Empty() {
		crop = centred(p.Pix.Rect, PortraitWidth, PortraitHeight)
	}
	m := cut(p.Pix, crop, PortraitWidth, PortraitHeight)
	return searchQuality(60, 100, portraitMax, func(q int) ([]byte, error) { return encodeJPEG(m, q, 300) })
}

// SmallFace writes the face for a live code: WebP of 48 × 69 px in at most
// 520 bytes. The crop is in px of p; the empty rectangle takes the upper
// middle of the picture, where a portrait has its face.
func SmallFace(p *Picture, crop image.Rectangle) ([]byte, error) {
	if crop.Empty() {
		crop = upperMiddle(centred(p.Pix.Rect, FaceWidth, FaceHeight))
	}
	// A face full of detail may not fit even at the lowest quality: then it
	// is made a little smaller, which costs less likeness than blocks do.
	for w := FaceWidth; w >= FaceWidth/2; w -= 4 {
		m := cut(p.Pix, crop, w, (w*FaceHeight+FaceWidth/2)/FaceWidth)
		face, err := searchQuality(5, 95, FaceMax, func(q int) ([]byte, error) { return encodeWebP(m, q) })
		if err != nil || len(face) <= FaceMax {
			return face, err
		}
	}
	return nil, fmt.Errorf("face of %v does not fit %d bytes", crop, FaceMax)
}

// searchQuality returns the best of qualities low to high whose file is at
// most limit bytes, or the file at low where none is.
func searchQuality(low, high, limit int, encode func(quality int) ([]byte, error)) ([]byte, error) {
	best, err := encode(low)
	if err != nil {
		return nil, err
	}
	for lo, hi := low+1, high; lo <= hi; {
		q := (lo + hi) / 2
		out, err := encode(q)
		if err != nil {
			return nil, err
		}
		if len(out) > limit {
			hi = q - 1
			continue
		}
		best, lo = out, q+1
	}
	return best, nil
}

// centred returns the largest rectangle of shape w : h in the middle of r.
func centred(r image.Rectangle, w, h int) image.Rectangle {
	cw, ch := r.Dx(), r.Dx()*h/w
	if ch > r.Dy() {
		cw, ch = r.Dy()*w/h, r.Dy()
	}
	cw, ch = max(1, cw), max(1, ch)
	at := image.Pt(r.Min.X+(r.Dx()-cw)/2, r.Min.Y+(r.Dy()-ch)/2)
	return image.Rectangle{at, at.Add(image.Pt(cw, ch))}
}

// upperMiddle returns the part of a portrait's frame r that the head fills
// (domain: head 224–260 of 378 px long, hair 10–20 px below the edge).
func upperMiddle(r image.Rectangle) image.Rectangle {
	w, h := r.Dx()*72/100, r.Dy()*72/100
	at := image.Pt(r.Min.X+(r.Dx()-w)/2, r.Min.Y+r.Dy()*2/100)
	return image.Rectangle{at, at.Add(image.Pt(max(1, w), max(1, h)))}
}

func encodeWebP(m *image.RGBA, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := webp.Encode(&b, m, webp.Options{Quality: quality, Method: 6})
	return b.Bytes(), err
}

// encodeJPEG writes a JPEG with a JFIF header (ITU-T T.871) that gives its
// density; the standard library writes none.
func encodeJPEG(m image.Image, quality, dpi int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	hi, lo := byte(dpi>>8), byte(dpi)
	jfif := []byte{0xff, markSOI, 0xff, markAPP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, hi, lo, hi, lo, 0, 0}
	return append(jfif, b.Bytes()[2:]...), nil
}
