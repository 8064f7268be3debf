package photo

import (
	"cmp"
	"image"
	"slices"

	"edl/internal/photo/tflite"
)

// detection is a box that a detector found, in px of the picture, with its
// key points: of a face, the right eye and the left one come first.
type detection struct {
	score         float64
	x, y          float64 // left and top edge
	width, height float64
	keys          []point
}

func (d detection) centre() point { return point{d.x + d.width/2, d.y + d.height/2, 0} }

// detector is one of MediaPipe's single-shot detectors.
type detector struct {
	model        *tflite.Model
	side         int     // px of its square input
	anchors      []point // centres of its guesses, 0 to 1
	keys         int     // key points of a detection
	gain, offset float32 // what becomes of a component of 0 to 255
	threshold    float64 // least score
}

// layer is a grid of guesses: one row of centres for each stride, so many
// guesses at each.
type layer struct{ stride, guesses int }

func anchorsOf(side int, layers ...layer) []point {
	var out []point
	for _, l := range layers {
		n := (side + l.stride - 1) / l.stride
		for i := range n * n {
			at := point{(float64(i%n) + 0.5) / float64(n), (float64(i/n) + 0.5) / float64(n), 0}
			for range l.guesses {
				out = append(out, at)
			}
		}
	}
	return out
}

func (m *Models) shortDetector() detector {
	return detector{m.short, 128, anchorsOf(128, layer{8, 2}, layer{16, 6}), 6, 1 / 127.5, -1, 0.7}
}

func (m *Models) fullDetector() detector {
	return detector{m.full, 192, anchorsOf(192, layer{4, 1}), 6, 1 / 127.5, -1, 0.6}
}

func (m *Models) palmDetector() detector {
	return detector{m.palm, 192, anchorsOf(192, layer{8, 2}, layer{16, 6}), 7, 1.0 / 255, 0, 0.5}
}

// find runs the detector on all of a picture's small copy and merges what
// overlaps. The result is in px of the picture, which is larger by scale.
func (d detector) find(glance *image.RGBA, scale float64) ([]detection, error) {
	v := whole(glance)
	out, err := d.model.Run(sample(glance, v, d.side, d.side, d.gain, d.offset))
	if err != nil {
		return nil, err
	}
	v.centre, v.width, v.height = v.centre.times(scale), v.width*scale, v.height*scale
	boxes, scores := out[0], out[1]
	if len(scores) > len(boxes) {
		boxes, scores = scores, boxes
	}
	var found []detection
	width := 4 + 2*d.keys
	for i, anchor := range d.anchors {
		if score := sigmoid(scores[i]); score >= d.threshold {
			found = append(found, d.decode(boxes[i*width:(i+1)*width], anchor, v, score))
		}
	}
	return merge(found), nil
}

// decode reads one guess: centre, size and key points in px of the model's
// input, relative to the anchor.
func (d detector) decode(b []float32, anchor point, v view, score float64) detection {
	side := float64(d.side)
	place := func(i int) point {
		return v.at(float64(b[i])/side+anchor.x, float64(b[i+1])/side+anchor.y)
	}
	w, h := float64(b[2])/side*v.width, float64(b[3])/side*v.height
	c := place(0)
	out := detection{score: score, x: c.x - w/2, y: c.y - h/2, width: w, height: h}
	for k := range d.keys {
		out.keys = append(out.keys, place(4+2*k))
	}
	return out
}

// overlap is the intersection of two boxes over their union.
func (d detection) overlap(o detection) float64 {
	w := min(d.x+d.width, o.x+o.width) - max(d.x, o.x)
	h := min(d.y+d.height, o.y+o.height) - max(d.y, o.y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (d.width*d.height + o.width*o.height - w*h)
}

// merge makes one detection, weighted by score, of those that overlap by
// three tenths or more, best first.
func merge(found []detection) []detection {
	slices.SortStableFunc(found, func(a, b detection) int { return cmp.Compare(b.score, a.score) })
	var out []detection
	for len(found) > 0 {
		best := found[0]
		sum := detection{score: best.score, keys: make([]point, len(best.keys))}
		total := 0.0
		var rest []detection
		for _, d := range found {
			if best.overlap(d) < 0.3 && total > 0 {
				rest = append(rest, d)
				continue
			}
			total += d.score
			sum.x, sum.y = sum.x+d.score*d.x, sum.y+d.score*d.y
			sum.width, sum.height = sum.width+d.score*d.width, sum.height+d.score*d.height
			for k := range sum.keys {
				sum.keys[k] = sum.keys[k].plus(d.keys[k].times(d.score))
			}
		}
		sum.x, sum.y, sum.width, sum.height = sum.x/total, sum.y/total, sum.width/total, sum.height/total
		for k := range sum.keys {
			sum.keys[k] = sum.keys[k].times(1 / total)
		}
		out, found = append(out, sum), rest
	}
	return out
}

// faces unites what the detector for near faces and the one for far faces
// find, widest first.
func (m *Models) faces(glance *image.RGBA, scale float64) ([]detection, error) {
	near, err := m.shortDetector().find(glance, scale)
	if err != nil {
		return nil, err
	}
	far, err := m.fullDetector().find(glance, scale)
	if err != nil {
		return nil, err
	}
	all := near
	for _, d := range far {
		if !slices.ContainsFunc(near, func(n detection) bool { return d.overlap(n) > 0.2 }) {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b detection) int { return cmp.Compare(b.width, a.width) })
	return all, nil
}

// palm returns the surest open hand, of score 0 where there is none.
func (m *Models) palmIn(glance *image.RGBA, scale float64) (detection, error) {
	found, err := m.palmDetector().find(glance, scale)
	if err != nil || len(found) == 0 {
		return detection{}, err
	}
	return found[0], nil
}

// tilt is the turn of the line from the right eye to the left one, radians.
func (d detection) tilt() float64 { return d.keys[0].towards(d.keys[1]) }
