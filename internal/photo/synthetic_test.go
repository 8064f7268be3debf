package photo

import (
	"errors"
	"image"
	"image/color"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"edl/internal/photo/pictures"
	"edl/internal/photo/weights"
)

// The checks are measured on photographs of few people, made into licence
// photos: cut out by the matte, set on white in a one-inch frame, and then
// spoilt in one way at a time.

// loadedModels loads the models once; without them the test is skipped aloud.
func loadedModels(t testing.TB) *Models {
	t.Helper()
	m, err := openOnce()
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("SKIPPED: this build carries no photo models; run go generate ./internal/photo/weights")
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var openOnce = sync.OnceValues(func() (*Models, error) { return OpenModels(weights.Files()) })

// photograph reads one of the pictures; where it is not there the test is
// skipped aloud.
func photograph(t testing.TB, name string) *Picture {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("pictures", "files", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: %s is not here; run go run ./internal/photo/fetch pictures", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures.All() {
		if p.Name == name {
			if err := p.Check(data); err != nil {
				t.Fatal(err)
			}
		}
	}
	p, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sitter is a person set on white at 520 × 756 px, with what the models see.
type sitter struct {
	name  string
	photo *image.RGBA
	scene *scene // of photo
}

const wall = 246 // of 255: a white wall, evenly lit

// sit makes the licence photo of the person on a photograph.
func sit(t testing.TB, m *Models, name string) sitter {
	t.Helper()
	s, err := m.look(fit(photograph(t, name).Pix, sceneSide))
	if err != nil || len(s.faces) == 0 {
		t.Fatalf("%s: %d faces, %v", name, len(s.faces), err)
	}
	out := image.NewRGBA(image.Rect(0, 0, 520, 756))
	// The frame is laid level with the eyes, so that everybody sits straight.
	crop := s.portraitCrop()
	v := view{centre: point{float64(crop.Min.X+crop.Max.X) / 2, float64(crop.Min.Y+crop.Max.Y) / 2, 0},
		width: float64(crop.Dx()), height: float64(crop.Dy()), turn: s.face.turn}
	colours := sample(s.picture, v, 520, 756, 1, 0)
	for i := range 520 * 756 {
		at := v.at((float64(i%520)+0.5)/520, (float64(i/520)+0.5)/756)
		a := float32(0)
		if image.Pt(int(at.x), int(at.y)).In(s.picture.Rect) {
			a = min(1, max(0, (s.matte.smooth(at)-0.4)/0.4))
		}
		for c := range 3 {
			out.Pix[4*i+c] = byte(a*colours[3*i+c] + (1-a)*wall)
		}
		out.Pix[4*i+3] = 255
	}
	seen, err := m.look(out)
	if err != nil || len(seen.faces) == 0 {
		t.Fatalf("%s on white: %v", name, err)
	}
	return sitter{name, out, seen}
}

// smooth is the matte between its cells.
func (m matte) smooth(p point) float32 {
	x, y := p.x*matteSide/float64(m.bounds.Dx())-0.5, p.y*matteSide/float64(m.bounds.Dy())-0.5
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := float32(x-x0), float32(y-y0)
	cell := func(cx, cy float64) float32 {
		return m.cells[int(min(matteSide-1, max(0, cy)))*matteSide+int(min(matteSide-1, max(0, cx)))]
	}
	return (cell(x0, y0)*(1-fx)+cell(x0+1, y0)*fx)*(1-fy) + (cell(x0, y0+1)*(1-fx)+cell(x0+1, y0+1)*fx)*fy
}

// each changes every pixel; person tells how surely it is of the person.
func (s sitter) each(change func(x, y int, person float32, c color.RGBA) color.RGBA) *image.RGBA {
	out := image.NewRGBA(s.photo.Rect)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			person := min(1, max(0, (s.scene.matte.smooth(point{float64(x) + 0.5, float64(y) + 0.5, 0})-0.4)/0.4))
			out.SetRGBA(x, y, change(x, y, person, s.photo.RGBAAt(x, y)))
		}
	}
	return out
}

func scaleColour(c color.RGBA, by float64) color.RGBA {
	f := func(v byte) byte { return byte(min(255, float64(v)*by)) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), 255}
}

func blend(a, b color.RGBA, part float32) color.RGBA {
	f := func(x, y byte) byte { return byte(float32(x)*(1-part) + float32(y)*part) }
	return color.RGBA{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B), 255}
}

// behind puts another wall behind the person.
func (s sitter) behind(wall func(x, y int) color.RGBA) *image.RGBA {
	return s.each(func(x, y int, person float32, c color.RGBA) color.RGBA { return blend(c, wall(x, y), 1-person) })
}

// turned shows a view of the photo at its own size, on the same wall.
func (s sitter) turned(v view) *image.RGBA {
	out := image.NewRGBA(s.photo.Rect)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	colours := sample(s.photo, v, w, h, 1, 0)
	for i := range w * h {
		at := v.at((float64(i%w)+0.5)/float64(w), (float64(i/w)+0.5)/float64(h))
		inside := image.Pt(int(at.x), int(at.y)).In(s.photo.Rect) && at.x >= 1 && at.y >= 1 && at.x < float64(w-1) && at.y < float64(h-1)
		for c := range 3 {
			out.Pix[4*i+c] = wall
			if inside {
				out.Pix[4*i+c] = byte(colours[3*i+c])
			}
		}
		out.Pix[4*i+3] = 255
	}
	return out
}

func (s sitter) whole() view {
	return view{centre: point{260, 378, 0}, width: 520, height: 756}
}

// painted fills outlines of the face, grown about their middle by a factor.
func (s sitter) painted(grow float64, fill func(c color.RGBA) color.RGBA, outlines ...[]int) *image.RGBA {
	out := image.NewRGBA(s.photo.Rect)
	copy(out.Pix, s.photo.Pix)
	for _, outline := range outlines {
		var middle point
		for _, i := range outline {
			middle = middle.plus(s.scene.face.points[i].times(1 / float64(len(outline))))
		}
		grown, ids := make([]point, len(outline)), make([]int, len(outline))
		for k, i := range outline {
			grown[k], ids[k] = middle.plus(s.scene.face.points[i].minus(middle).times(grow)), k
		}
		eachInside(out, grown, ids, func(x, y int) { out.SetRGBA(x, y, fill(out.RGBAAt(x, y))) })
	}
	return out
}

// blurred spreads each pixel over a disc of that radius twice.
func blurred(m *image.RGBA, radius int) *image.RGBA {
	for range 2 {
		out := image.NewRGBA(m.Rect)
		for y := range m.Rect.Dy() {
			for x := range m.Rect.Dx() {
				var sum [3]int
				n := 0
				for dy := -radius; dy <= radius; dy++ {
					for dx := -radius; dx <= radius; dx++ {
						if p := image.Pt(x+dx, y+dy); dx*dx+dy*dy <= radius*radius && p.In(m.Rect) {
							c := m.RGBAAt(p.X, p.Y)
							sum[0], sum[1], sum[2], n = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), n+1
						}
					}
				}
				out.SetRGBA(x, y, color.RGBA{byte(sum[0] / n), byte(sum[1] / n), byte(sum[2] / n), 255})
			}
		}
		m = out
	}
	return m
}

// spoil is one way to break a rule.
type spoil struct {
	name    string
	rule    RuleID
	make    func(s sitter) *image.RGBA
	mayHide bool // it may hide the face altogether: then no face is found
}

var (
	spoilBlue  = color.RGBA{70, 130, 200, 255}
	spoilWhite = color.RGBA{244, 244, 246, 255}
)

func darker(s sitter) *image.RGBA {
	return s.each(func(_, _ int, _ float32, c color.RGBA) color.RGBA { return scaleColour(c, 0.85) })
}

func evenly(c color.RGBA) func(x, y int) color.RGBA {
	return func(int, int) color.RGBA { return c }
}

// lidded closes both eyes: the skin under each eye is drawn over it, with a
// dark line of lashes along the lower lid.
func (s sitter) lidded() *image.RGBA {
	out := s.photo
	for _, outline := range [][]int{outlineRightEye, outlineLeftEye} {
		under := s.scene.face.below(s.scene.face.points[outline[4]], 0.16)
		skin := s.photo.RGBAAt(int(under.x), int(under.y))
		closed := sitter{s.name, out, s.scene}
		out = closed.painted(1.55, func(color.RGBA) color.RGBA { return scaleColour(skin, 0.92) }, outline)
		for _, i := range outline[1:8] {
			p := s.scene.face.points[i]
			for dx := -3; dx <= 3; dx++ {
				for dy := -1; dy <= 1; dy++ {
					out.SetRGBA(int(p.x)+dx, int(p.y)+dy, scaleColour(skin, 0.45))
				}
			}
		}
	}
	return out
}

// beside puts a smaller copy of the face next to the head.
func (s sitter) beside(size float64) *image.RGBA {
	out := image.NewRGBA(s.photo.Rect)
	copy(out.Pix, s.photo.Pix)
	from := s.scene.face.frame()
	side := int(size * s.scene.face.width() * 1.4)
	face := sample(s.photo, view{centre: from.centre, width: s.scene.face.width() * 1.4, height: s.scene.face.width() * 1.4}, side, side, 1, 0)
	for i := range side * side {
		if math.Hypot(float64(i%side)/float64(side)-0.5, float64(i/side)/float64(side)-0.5) < 0.5 {
			out.SetRGBA(i%side, 10+i/side, color.RGBA{byte(face[3*i]), byte(face[3*i+1]), byte(face[3*i+2]), 255})
		}
	}
	return out
}

// clothed puts a plain shirt on the person, from the neck to the shoulders
// and down.
func (s sitter) clothed(c color.RGBA) *image.RGBA {
	out := image.NewRGBA(s.photo.Rect)
	copy(out.Pix, s.photo.Pix)
	f := s.scene.face
	neck, width := f.points[chin].y+0.2*f.length(), f.width()
	for y := int(neck); y < out.Rect.Dy(); y++ {
		down := min(1, (float64(y)-neck)/(0.7*f.length()))
		half := width * (0.35 + 0.85*math.Sqrt(down))
		for x := range out.Rect.Dx() {
			if off := math.Abs(float64(x) - f.points[chin].x); off < half {
				out.SetRGBA(x, y, scaleColour(c, 1-0.05*off/half)) // a shirt is a little darker at its sides
			}
		}
	}
	return out
}

var spoils = []spoil{
	{name: "tilted by 12°", rule: RuleUpright, make: func(s sitter) *image.RGBA {
		v := s.whole()
		v.turn, v.centre, v.width, v.height = 12*math.Pi/180, s.scene.face.below(s.scene.face.eyes(), 0.8), 560, 814
		return s.turned(v)
	}},
	{name: "blurred", rule: RuleSharp, make: func(s sitter) *image.RGBA { return blurred(s.photo, 4) }},
	{name: "far too dark", rule: RuleExposure, make: func(s sitter) *image.RGBA {
		return s.each(func(_, _ int, _ float32, c color.RGBA) color.RGBA { return scaleColour(c, 0.22) })
	}},
	{name: "overexposed", rule: RuleExposure, make: func(s sitter) *image.RGBA {
		return s.each(func(_, _ int, _ float32, c color.RGBA) color.RGBA {
			return blend(scaleColour(c, 2.2), color.RGBA{255, 255, 255, 255}, 0.35)
		})
	}},
	{name: "lit from one side", rule: RuleEvenLight, make: func(s sitter) *image.RGBA {
		return s.each(func(x, _ int, person float32, c color.RGBA) color.RGBA {
			f := 1 - 0.75*min(1, max(0, (float64(x)-s.scene.face.eyes().x)/s.scene.face.width()+0.5))
			return scaleColour(c, 1-(1-f)*float64(person))
		})
	}},
	{name: "blue wall", rule: RuleBackground, make: func(s sitter) *image.RGBA { return s.behind(evenly(spoilBlue)) }},
	{name: "grey wall", rule: RuleBackground, make: func(s sitter) *image.RGBA { return s.behind(evenly(color.RGBA{190, 190, 190, 255})) }},
	{name: "cream wall", rule: RuleBackground, make: func(s sitter) *image.RGBA { return s.behind(evenly(color.RGBA{250, 236, 205, 255})) }},
	{name: "patterned wall", rule: RuleBackground, make: func(s sitter) *image.RGBA {
		return s.behind(func(x, y int) color.RGBA {
			if (x/24+y/24)%2 == 0 {
				return color.RGBA{170, 170, 175, 255}
			}
			return color.RGBA{wall, wall, wall, 255}
		})
	}},
	{name: "shadow on one side of the wall", rule: RuleBackground, make: func(s sitter) *image.RGBA {
		return s.behind(func(x, _ int) color.RGBA { return scaleColour(color.RGBA{wall, wall, wall, 255}, 1-0.3*float64(x)/520) })
	}},
	{name: "sunglasses", rule: RuleSunglasses, make: func(s sitter) *image.RGBA {
		return s.painted(1.15, func(color.RGBA) color.RGBA { return color.RGBA{16, 16, 18, 255} }, outlineRightLens, outlineLeftLens)
	}},
	{name: "eyes closed", rule: RuleEyes, make: sitter.lidded},
	{name: "white mask", rule: RuleMask, make: func(s sitter) *image.RGBA {
		return s.painted(1.1, func(color.RGBA) color.RGBA { return color.RGBA{235, 236, 238, 255} }, outlineMask)
	}},
	{name: "blue mask", rule: RuleMask, make: func(s sitter) *image.RGBA {
		return s.painted(1.1, func(color.RGBA) color.RGBA { return color.RGBA{120, 170, 205, 255} }, outlineMask)
	}},
	{name: "black mask", rule: RuleMask, make: func(s sitter) *image.RGBA {
		return s.painted(1.1, func(color.RGBA) color.RGBA { return color.RGBA{28, 28, 30, 255} }, outlineMask)
	}, mayHide: true},
	{name: "hair over one eye", rule: RuleHairFace, make: func(s sitter) *image.RGBA {
		return s.painted(1.6, func(c color.RGBA) color.RGBA { return color.RGBA{38 + c.R/16, 30 + c.G/16, 26 + c.B/16, 255} }, outlineRightLens)
	}},
	{name: "fringe over the forehead", rule: RuleHairFace, make: func(s sitter) *image.RGBA {
		return s.painted(1.05, func(c color.RGBA) color.RGBA { return color.RGBA{38 + c.R/12, 30 + c.G/12, 26 + c.B/12, 255} }, outlineForehead)
	}},
	{name: "white clothes", rule: RulePale, make: func(s sitter) *image.RGBA { return s.clothed(spoilWhite) }},
	{name: "a second face", rule: RuleOnePerson, make: func(s sitter) *image.RGBA { return s.beside(0.5) }},
	{name: "head too small", rule: RuleOneInch, make: func(s sitter) *image.RGBA {
		v := s.whole()
		v.width, v.height, v.centre = v.width*2.8, v.height*2.8, point{260, 800, 0}
		return s.turned(v)
	}},
	{name: "far off the middle", rule: RuleCentred, make: func(s sitter) *image.RGBA {
		v := s.whole()
		v.centre.x += 70
		return s.turned(v)
	}},
	{name: "black and white", rule: RuleColour, make: func(s sitter) *image.RGBA {
		return s.each(func(_, _ int, _ float32, c color.RGBA) color.RGBA {
			l := byte(luma(c.R, c.G, c.B))
			return color.RGBA{l, l, l, 255}
		})
	}},
	{name: "tiny and enlarged", rule: RuleSharp, make: func(s sitter) *image.RGBA {
		return cut(shrink(s.photo, 70, 102), image.Rect(0, 0, 70, 102), 520, 756)
	}},
}

// outlineMask is nose to chin and from cheek to cheek.
var outlineMask = []int{6, 351, 346, 352, 361, 397, 379, 400, 152, 176, 150, 172, 132, 123, 117, 122}
