package photo

import (
	"image"
	"math"
)

// matteSide is the side of the person's silhouette in cells, whatever the
// picture's shape.
const matteSide = 256

// matte tells how surely each place of a picture belongs to the person, 0 to 1.
type matte struct {
	cells  []float32
	bounds image.Rectangle
}

// matteOf makes the matte of a picture of those bounds from its small copy.
func (m *Models) matteOf(glance *image.RGBA, bounds image.Rectangle) (matte, error) {
	w, h := float64(glance.Rect.Dx()), float64(glance.Rect.Dy())
	v := view{centre: point{w / 2, h / 2, 0}, width: w, height: h}
	out, err := m.selfie.Run(sample(glance, v, matteSide, matteSide, 1.0/255, 0))
	if err != nil {
		return matte{}, err
	}
	return matte{out[0], bounds}, nil
}

// at looks up a pixel; beyond the edge the nearest place counts.
func (m matte) at(x, y int) float32 {
	cx := min(matteSide-1, max(0, x*matteSide/m.bounds.Dx()))
	cy := min(matteSide-1, max(0, y*matteSide/m.bounds.Dy()))
	return m.cells[cy*matteSide+cx]
}

// clearOf reports whether x, y and the places at reach around it are all
// surely background.
func (m matte) clearOf(x, y, reach int) bool {
	const background = 0.08
	return m.at(x, y) <= background && m.at(x-reach, y) <= background && m.at(x+reach, y) <= background &&
		m.at(x, y-reach) <= background && m.at(x, y+reach) <= background
}

// headTop returns the first row in which the silhouette is an eighth of the
// face wide above the face, or the picture's height where there is none.
func (m matte) headTop(f face) int {
	middle, width := f.eyes().x, f.width()
	for y := range m.bounds.Dy() {
		n := 0
		for x := int(middle - 0.35*width); x <= int(middle+0.35*width); x++ {
			if m.at(x, y) > 0.5 {
				n++
			}
		}
		if float64(n) > 0.12*width {
			return y
		}
	}
	return m.bounds.Dy()
}

// shoulderAt returns the row where the silhouette begins below the chin in
// the column x and stays, and false where it does not within the picture.
func (m matte) shoulderAt(x int, f face) (int, bool) {
	if x < 1 || x > m.bounds.Dx()-2 {
		return 0, false
	}
	depth := max(4, m.bounds.Dy()/40)
	run := 0
	for y := int(f.points[chin].y - 0.15*f.length()); y < m.bounds.Dy(); y++ {
		if m.at(x, y) < 0.5 {
			run = 0
			continue
		}
		if run++; run == depth {
			return y - depth + 1, true
		}
	}
	return 0, false
}

// shoulders returns a place on each shoulder's outline, as far out as both
// are in the picture, and false where they are not.
func (m matte) shoulders(f face) (right, left point, ok bool) {
	middle, width := f.eyes().x, f.width()
	for _, out := range []float64{0.95, 0.85, 0.75, 0.68} {
		x0, x1 := middle-out*width, middle+out*width
		y0, ok0 := m.shoulderAt(int(x0), f)
		y1, ok1 := m.shoulderAt(int(x1), f)
		if ok0 && ok1 {
			return point{x0, float64(y0), 0}, point{x1, float64(y1), 0}, true
		}
	}
	return point{}, point{}, false
}

// slope is the angle of the line from a to b against level, degrees.
func slope(a, b point) float64 { return a.towards(b) * 180 / math.Pi }
