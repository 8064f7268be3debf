package photo

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"edl/internal/fault"
	"github.com/gen2brain/webp"
)

// drawn paints a person's outline on white: head, hair, shoulders, with a
// little grain so that it compresses like a photograph. It is no face: the
// models find none in it.
func drawn(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	seed := uint32(1)
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w)-0.5, float64(y)/float64(h)
			c := color.RGBA{240, 240, 240, 255}
			switch {
			case math.Hypot(u*1.5, v-0.38) < 0.2:
				c = color.RGBA{208, 160, 130, 255}
			case math.Hypot(u*1.4, v-0.33) < 0.27:
				c = color.RGBA{40, 34, 32, 255}
			case v > 0.66 && math.Abs(u) < 0.25+(v-0.66)*0.7:
				c = color.RGBA{40, 70, 130, 255}
			}
			seed = seed*1664525 + 1013904223
			grain := int(seed>>28) - 8
			c.R, c.G, c.B = shade(c.R, grain), shade(c.G, grain), shade(c.B, grain)
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func shade(v byte, by int) byte { return byte(max(0, min(255, int(v)+by))) }

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func webpOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := webp.Encode(&b, m, webp.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wantFault fails unless err is the fault.
func wantFault(t *testing.T, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error = %v, want %s", err, want.Code)
	}
}

func TestPicturesOfEachFormatDecodeAlike(t *testing.T) {
	m := drawn(520, 756)
	for _, c := range []struct {
		format Format
		data   []byte
	}{{JPEG, jpegOf(t, m)}, {PNG, pngOf(t, m)}, {WebP, webpOf(t, m)}} {
		t.Run(string(c.format), func(t *testing.T) {
			p, err := Decode(c.data)
			if err != nil {
				t.Fatal(err)
			}
			if p.Header.Format != c.format || p.Header.Width != 520 || p.Header.Height != 756 {
				t.Errorf("header = %+v", p.Header)
			}
			if d := meanDifference(p.Pix, m); d > 4 {
				t.Errorf("mean difference from the original = %.1f of 255", d)
			}
		})
	}
}

func meanDifference(a, b *image.RGBA) float64 {
	sum := 0
	for i := range a.Pix {
		sum += max(int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return float64(sum) / float64(len(a.Pix))
}

func TestALargePictureIsAveragedDownTo2000px(t *testing.T) {
	big := image.NewRGBA(image.Rect(0, 0, 3000, 4000))
	for y := range 4000 { // a half-and-half chequer whose mean is grey
		for x := range 3000 {
			v := byte(255 * ((x + y) % 2))
			big.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	p, err := NewPicture(big)
	if err != nil {
		t.Fatal(err)
	}
	if p.Pix.Rect != image.Rect(0, 0, 1500, 2000) {
		t.Fatalf("size = %v", p.Pix.Rect)
	}
	for _, at := range []image.Point{{0, 0}, {749, 1000}, {1499, 1999}} {
		if c := p.Pix.RGBAAt(at.X, at.Y); c.R < 126 || c.R > 129 {
			t.Errorf("pixel %v = %v, want the mean", at, c)
		}
	}
}

func TestTransparencyIsLaidOnWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 60, 80))
	m.Set(30, 40, color.NRGBA{255, 0, 0, 128})
	p, err := Decode(pngOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Pix.RGBAAt(0, 0); c != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("clear pixel = %v, want white", c)
	}
	if c := p.Pix.RGBAAt(30, 40); c.R != 255 || c.G < 126 || c.G > 128 || c.A != 255 {
		t.Errorf("half red pixel = %v", c)
	}
}

func TestEveryOrientationStandsUpright(t *testing.T) {
	// Colours of the corners, clockwise from the top left, once upright.
	corners := [4]color.RGBA{{250, 0, 0, 255}, {0, 250, 0, 255}, {0, 0, 250, 255}, {250, 250, 0, 255}}
	// Which upright corner lies at the top left, top right, bottom right and
	// bottom left of the stored picture (Exif 2.32 §4.6.4, orientation).
	stored := map[int][4]int{
		1: {0, 1, 2, 3}, 2: {1, 0, 3, 2}, 3: {2, 3, 0, 1}, 4: {3, 2, 1, 0},
		5: {0, 3, 2, 1}, 6: {1, 2, 3, 0}, 7: {2, 1, 0, 3}, 8: {3, 0, 1, 2},
	}
	for o, at := range stored {
		w, h := 30, 40
		if o >= 5 {
			w, h = 40, 30
		}
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		m.SetRGBA(0, 0, corners[at[0]])
		m.SetRGBA(w-1, 0, corners[at[1]])
		m.SetRGBA(w-1, h-1, corners[at[2]])
		m.SetRGBA(0, h-1, corners[at[3]])
		p := upright(m, o)
		got := [4]color.RGBA{p.RGBAAt(0, 0), p.RGBAAt(29, 0), p.RGBAAt(29, 39), p.RGBAAt(0, 39)}
		if got != corners || p.Rect != image.Rect(0, 0, 30, 40) {
			t.Errorf("orientation %d: corners %v of %v", o, got, p.Rect)
		}
	}
}

func TestThePortraitHasTheNationalSizes(t *testing.T) {
	for _, size := range []image.Point{{520, 756}, {3000, 4000}, {358, 441}, {200, 300}} {
		p, err := NewPicture(drawn(size.X, size.Y))
		if err != nil {
			t.Fatal(err)
		}
		data, err := Portrait(p, image.Rectangle{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := Inspect(data)
		if err != nil {
			t.Fatal(err)
		}
		if h.Width != 260 || h.Height != 378 {
			t.Errorf("%v: portrait %d × %d", size, h.Width, h.Height)
		}
		if len(data) < portraitMin || len(data) > portraitMax {
			t.Errorf("%v: portrait of %d bytes", size, len(data))
		}
		if want := []byte{'J', 'F', 'I', 'F', 0, 1, 2, 1, 0x01, 0x2c, 0x01, 0x2c}; !bytes.Equal(data[6:18], want) {
			t.Errorf("%v: JFIF header % x, want 300 dpi", size, data[6:18])
		}
	}
}

func TestACropBeyondTheEdgeIsFilledWithWhite(t *testing.T) {
	p, err := NewPicture(drawn(520, 756))
	if err != nil {
		t.Fatal(err)
	}
	data, err := Portrait(p, image.Rect(-260, -378, 260, 378))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Pix.RGBAAt(20, 20); c.R < 250 || c.G < 250 || c.B < 250 {
		t.Errorf("pixel outside the picture = %v, want white", c)
	}
}

func TestTheSmallFaceFitsTheLiveCode(t *testing.T) {
	noise := image.NewRGBA(image.Rect(0, 0, 300, 436))
	seed := uint32(7)
	for i := range noise.Pix {
		seed = seed*1664525 + 1013904223
		noise.Pix[i] = byte(seed >> 24)
	}
	for name, m := range map[string]*image.RGBA{"a drawn person": drawn(520, 756), "nothing but noise": noise} {
		p, err := NewPicture(m)
		if err != nil {
			t.Fatal(err)
		}
		data, err := SmallFace(p, image.Rectangle{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := Inspect(data)
		if err != nil {
			t.Fatal(err)
		}
		if h.Format != WebP || len(data) > FaceMax || h.Width > FaceWidth || h.Width < FaceWidth/2 {
			t.Errorf("%s: %s of %d × %d px, %d bytes", name, h.Format, h.Width, h.Height, len(data))
		}
	}
}

func TestTheHashKnowsACopyAndNotAStranger(t *testing.T) {
	m := drawn(1040, 1512)
	p, _ := NewPicture(m)
	h := HashOf(p)
	smaller, err := Decode(jpegOf(t, shrink(m, 520, 756)))
	if err != nil {
		t.Fatal(err)
	}
	if d := h.Distance(HashOf(smaller)); d > 16 {
		t.Errorf("a smaller copy is %d bits away", d)
	}
	mirrored, _ := NewPicture(upright(drawn(756, 1040), 6))
	if d := h.Distance(HashOf(mirrored)); d < 60 {
		t.Errorf("another picture is only %d bits away", d)
	}
	back, err := ParseHash(h.String())
	if err != nil || back != h {
		t.Errorf("ParseHash(%s) = %v, %v", h, back, err)
	}
	if _, err := ParseHash(h.String()[1:]); err == nil {
		t.Error("a hash cut short was read")
	}
}
