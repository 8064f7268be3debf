package photo

import (
	"context"
	"image"
	"math"
	"testing"
)

// A photo on file that shows the head too small and off the middle is cut so
// that it stands as national portraits do (domain §4), within a tenth. The
// control is the middle of the picture, which is not.
func TestAPhotoOnFileIsFramedByTheFace(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	for _, name := range []string{"audrey.jpg", "obama.jpg"} {
		s := sit(t, m, name)
		v := s.whole()
		v.centre, v.width, v.height = point{340, 300, 0}, 520*1.6, 756*1.6
		wide := picture(t, s.turned(v))
		crop, err := c.Frame(context.Background(), wide)
		if err != nil {
			t.Fatal(err)
		}
		head, off := headOf(t, m, wide, crop.Rect())
		if head < 224*0.9 || head > 260*1.1 || off > 10 {
			t.Errorf("%s: the head is %.0f px long and %.0f px off the middle", name, head, off)
		}
		if head, off := headOf(t, m, wide, image.Rectangle{}); head > 224*0.9 && off < 10 {
			t.Errorf("%s: control: the middle has the head as it should be: %.0f, %.0f", name, head, off)
		}
	}
	if crop, err := c.Frame(context.Background(), picture(t, drawn(520, 756))); err != nil || crop != (Crop{}) {
		t.Errorf("a picture without a face is framed at %+v, %v", crop, err)
	}
	if crop, err := NewChecker(nil, DefaultSettings()).Frame(context.Background(), picture(t, drawn(520, 756))); err != nil || crop != (Crop{}) {
		t.Errorf("without models: %+v, %v", crop, err)
	}
}

// headOf cuts the portrait and measures how long the head is in it, and how far
// the eyes are off the middle, px.
func headOf(t *testing.T, m *Models, p *Picture, crop image.Rectangle) (length, off float64) {
	t.Helper()
	jpeg, err := Portrait(p, crop)
	if err != nil {
		t.Fatal(err)
	}
	cutOut, err := Decode(jpeg)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := m.look(cutOut.Pix)
	if err != nil || len(seen.faces) == 0 {
		t.Fatalf("no head in the portrait: %v", err)
	}
	return seen.face.points[chin].y - float64(seen.top), math.Abs(seen.face.eyes().x - PortraitWidth/2)
}

// The frame keeps the head within the national lengths; where the picture ends
// under the shoulders it ends with it, as long as the head may grow.
func TestAPortraitEndsWithThePicture(t *testing.T) {
	const head = 242 // px: a portrait px is one of the picture
	for name, c := range map[string]struct {
		rows   int
		length float64 // of the head in the portrait
		bottom int     // of the frame
	}{
		"room enough":           {1000, 242, 463},
		"ends with the frame":   {463, 242, 463},
		"ends a little before":  {450, 242 / (350.0 / 363), 450},
		"ends at the shoulders": {380, 258, 440}, // the rest is white
	} {
		r := portraitFrame(point{500, 100, 0}, head, c.rows)
		if r.Max.Y != c.bottom {
			t.Errorf("%s: the frame ends at %d, want %d", name, r.Max.Y, c.bottom)
		}
		if length := head * PortraitHeight / float64(r.Dy()); math.Abs(length-c.length) > 1 {
			t.Errorf("%s: the head is %.1f px long, want %.1f", name, length, c.length)
		}
		if ratio := float64(r.Dx()) / float64(r.Dy()); math.Abs(ratio-260.0/378) > 0.005 {
			t.Errorf("%s: %v is not of a portrait's shape", name, r)
		}
	}
}
