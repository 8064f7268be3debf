package photo

import (
	"image"
	"math"
	"slices"
)

// point is a place on a picture in px, y downwards; z, where it is known,
// grows away from the camera in the same unit.
type point struct{ x, y, z float64 }

func (p point) plus(q point) point      { return point{p.x + q.x, p.y + q.y, p.z + q.z} }
func (p point) minus(q point) point     { return point{p.x - q.x, p.y - q.y, p.z - q.z} }
func (p point) times(f float64) point   { return point{p.x * f, p.y * f, p.z * f} }
func (p point) mid(q point) point       { return p.plus(q).times(0.5) }
func (p point) away(q point) float64    { return math.Hypot(p.x-q.x, p.y-q.y) }
func (p point) towards(q point) float64 { return math.Atan2(q.y-p.y, q.x-p.x) }

// view is a rectangle laid on a picture, turned about its centre.
type view struct {
	centre        point
	width, height float64
	turn          float64 // radians, clockwise as seen
}

// at carries a place in the view, 0 to 1 across and down, to the picture.
func (v view) at(across, down float64) point {
	sin, cos := math.Sincos(v.turn)
	x, y := (across-0.5)*v.width, (down-0.5)*v.height
	return point{v.centre.x + x*cos - y*sin, v.centre.y + x*sin + y*cos, 0}
}

// whole is the square view about all of m, as the detectors want it.
func whole(m *image.RGBA) view {
	w, h := float64(m.Rect.Dx()), float64(m.Rect.Dy())
	return view{centre: point{w / 2, h / 2, 0}, width: max(w, h), height: max(w, h)}
}

// sample reads a view as w × h px of R, G, B, each scaled by gain and moved
// by offset. Outside the picture is black. Where the view is larger than its
// samples each is the mean of up to 16 places.
func sample(m *image.RGBA, v view, w, h int, gain, offset float32) []float32 {
	fine := int(min(4, max(1, math.Round(v.width/float64(w)))))
	out := make([]float32, 0, 3*w*h)
	origin := v.at(0, 0)
	across, down := v.at(1, 0).minus(origin).times(1/float64(w*fine)), v.at(0, 1).minus(origin).times(1/float64(h*fine))
	share := gain / float32(fine*fine)
	for y := range h {
		for x := range w {
			var sum [3]float32
			for b := range fine {
				for a := range fine {
					u, v := float64(x*fine+a)+0.5, float64(y*fine+b)+0.5
					addBilinear(&sum, m, origin.x+across.x*u+down.x*v-0.5, origin.y+across.y*u+down.y*v-0.5)
				}
			}
			out = append(out, sum[0]*share+offset, sum[1]*share+offset, sum[2]*share+offset)
		}
	}
	return out
}

// addBilinear adds the colour between the four pixels about x, y.
func addBilinear(sum *[3]float32, m *image.RGBA, x, y float64) {
	left, top := math.Floor(x), math.Floor(y)
	x0, y0 := int(left), int(top)
	fx, fy := float32(x-left), float32(y-top)
	if x0 >= 0 && y0 >= 0 && x0+1 < m.Rect.Dx() && y0+1 < m.Rect.Dy() {
		p := m.Pix[y0*m.Stride+4*x0:][:8]
		q := m.Pix[(y0+1)*m.Stride+4*x0:][:8]
		for c := range sum {
			a := float32(p[c]) + (float32(p[c+4])-float32(p[c]))*fx
			b := float32(q[c]) + (float32(q[c+4])-float32(q[c]))*fx
			sum[c] += a + (b-a)*fy
		}
		return
	}
	for _, k := range [4]struct {
		x, y   int
		weight float32
	}{{x0, y0, (1 - fx) * (1 - fy)}, {x0 + 1, y0, fx * (1 - fy)}, {x0, y0 + 1, (1 - fx) * fy}, {x0 + 1, y0 + 1, fx * fy}} {
		if k.x < 0 || k.y < 0 || k.x >= m.Rect.Dx() || k.y >= m.Rect.Dy() {
			continue
		}
		p := m.Pix[k.y*m.Stride+4*k.x:][:3]
		for c := range sum {
			sum[c] += k.weight * float32(p[c])
		}
	}
}

// grey is a view's luminance, 0 to 255, w × h.
func grey(m *image.RGBA, v view, w, h int) []float64 {
	rgb := sample(m, v, w, h, 1, 0)
	out := make([]float64, w*h)
	for i := range out {
		out[i] = 0.2126*float64(rgb[3*i]) + 0.7152*float64(rgb[3*i+1]) + 0.0722*float64(rgb[3*i+2])
	}
	return out
}

// rowMeans averages each row of a w wide picture.
func rowMeans(light []float64, w int) []float64 {
	out := make([]float64, len(light)/w)
	for i := range out {
		out[i] = mean(light[i*w : (i+1)*w])
	}
	return out
}

// lightAt is the luminance of a pixel inside the picture, 0 to 255.
func lightAt(m *image.RGBA, x, y int) float64 {
	p := m.Pix[y*m.Stride+4*x:][:3]
	return luma(p[0], p[1], p[2])
}

// lab is a colour in CIE L*a*b* under D65.
type lab struct{ l, a, b float64 }

func (c lab) chroma() float64 { return math.Hypot(c.a, c.b) }

// linear is the light that each sRGB component stands for (IEC 61966-2-1).
var linear = func() (t [256]float64) {
	for i := range t {
		if c := float64(i) / 255; c <= 0.04045 {
			t[i] = c / 12.92
		} else {
			t[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return t
}()

func labAt(m *image.RGBA, x, y int) lab {
	p := m.Pix[y*m.Stride+4*x:][:3]
	r, g, b := linear[p[0]], linear[p[1]], linear[p[2]]
	fx := labCurve((0.4124*r + 0.3576*g + 0.1805*b) / 0.95047)
	fy := labCurve(0.2126*r + 0.7152*g + 0.0722*b)
	fz := labCurve((0.0193*r + 0.1192*g + 0.9505*b) / 1.08883)
	return lab{116*fy - 16, 500 * (fx - fy), 200 * (fy - fz)}
}

func labCurve(t float64) float64 {
	if t > 0.008856 {
		return math.Cbrt(t)
	}
	return 7.787*t + 16.0/116
}

// eachInside visits the pixels of the picture whose centre lies inside the
// polygon of some landmarks, row by row between the polygon's edges.
func eachInside(m *image.RGBA, mesh []point, outline []int, visit func(x, y int)) {
	low, high := mesh[outline[0]].y, mesh[outline[0]].y
	for _, i := range outline {
		low, high = min(low, mesh[i].y), max(high, mesh[i].y)
	}
	for y := max(0, int(low)); y <= min(m.Rect.Dy()-1, int(high)); y++ {
		edges := crossings(float64(y)+0.5, mesh, outline)
		for i := 0; i+1 < len(edges); i += 2 {
			from, to := int(math.Ceil(edges[i]-0.5)), int(math.Ceil(edges[i+1]-0.5))
			for x := max(0, from); x < min(m.Rect.Dx(), to); x++ {
				visit(x, y)
			}
		}
	}
}

// crossings returns where the line at height y cuts the polygon, from left to right.
func crossings(y float64, mesh []point, outline []int) []float64 {
	var xs []float64
	b := mesh[outline[len(outline)-1]]
	for _, i := range outline {
		a := mesh[i]
		if (a.y > y) != (b.y > y) {
			xs = append(xs, (b.x-a.x)*(y-a.y)/(b.y-a.y)+a.x)
		}
		b = a
	}
	slices.Sort(xs)
	return xs
}
