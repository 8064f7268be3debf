package photo

import (
	"image"
	"math"
)

// What is measured about the face: framing, background, body.
const (
	MeasureHead        MeasureID = "head"         // hair to chin over the picture's height, against too small
	MeasureHeadLarge   MeasureID = "head_large"   // the same, against too large
	MeasureHeadCut     MeasureID = "head_cut"     // room above the hair over the head's length
	MeasureBeyond      MeasureID = "beyond"       // share of a one-inch frame that lies outside the picture
	MeasureOffCentre   MeasureID = "off_centre"   // eyes' middle off the picture's, of its width
	MeasureBelowChin   MeasureID = "below_chin"   // room below the chin over eye-to-chin
	MeasureShoulders   MeasureID = "shoulders"    // slope, degrees
	MeasureBackLight   MeasureID = "back_light"   // mean L* of the background
	MeasureBackColour  MeasureID = "back_colour"  // its mean chroma
	MeasureBackDarkest MeasureID = "back_darkest" // its 5th percentile of L*
	MeasureBackSides   MeasureID = "back_sides"   // difference of L* between left and right
	MeasureClothes     MeasureID = "clothes"      // L* of clothes without colour
	MeasurePalm        MeasureID = "palm"         // score of the surest hand
)

// addFrame measures how the head stands in the picture.
func (t *tally) addFrame(s *scene) {
	b, f := s.picture.Rect, s.face
	length := f.points[chin].y - float64(s.top)
	t.add(MeasureHead, length/float64(b.Dy()))
	t.add(MeasureHeadLarge, length/float64(b.Dy()))
	t.add(MeasureHeadCut, float64(s.top)/length)
	t.add(MeasureOffCentre, math.Abs(f.eyes().x/float64(b.Dx())-0.5))
	t.add(MeasureBelowChin, (float64(b.Dy())-f.points[chin].y)/f.length())
	crop := s.portraitCrop()
	in := crop.Intersect(b)
	t.add(MeasureBeyond, 1-float64(in.Dx()*in.Dy())/float64(max(1, crop.Dx()*crop.Dy())))
	if right, left, ok := s.matte.shoulders(f); ok {
		t.add(MeasureShoulders, math.Abs(slope(right, left)))
	}
	t.addBackground(s)
	t.addClothes(s)
}

// background is what surely lies behind the person within the one-inch frame.
type background struct {
	light, chroma, leftLight, rightLight []float64
	darkest                              point // middle of the darkest part
}

// addBackground measures the background that the portrait will show: a
// window beside the white wall does not matter once it is cut away.
func (t *tally) addBackground(s *scene) {
	g := s.background(s.portraitCrop().Intersect(s.picture.Rect))
	const enough = 200 // samples
	if len(g.light) < enough {
		return
	}
	t.add(MeasureBackLight, mean(g.light))
	t.add(MeasureBackColour, mean(g.chroma))
	t.add(MeasureBackDarkest, percentile(g.light, 0.05))
	if len(g.leftLight) >= enough/4 && len(g.rightLight) >= enough/4 {
		t.add(MeasureBackSides, math.Abs(mean(g.leftLight)-mean(g.rightLight)))
	}
	if t.broken(RuleBackground) {
		t.mark(RuleBackground, s.boxAbout(g.darkest, 0.6*s.face.between()))
	}
}

func (s *scene) background(part image.Rectangle) background {
	var g background
	reach, step := max(3, s.picture.Rect.Dx()/60), max(1, part.Dx()/200)
	darkest := math.Inf(1)
	for y := part.Min.Y; y < part.Max.Y; y += step {
		for x := part.Min.X; x < part.Max.X; x += step {
			if !s.matte.clearOf(x, y, reach) {
				continue
			}
			c := labAt(s.picture, x, y)
			g.light, g.chroma = append(g.light, c.l), append(g.chroma, c.chroma())
			if float64(x) < s.face.eyes().x {
				g.rightLight = append(g.rightLight, c.l)
			} else {
				g.leftLight = append(g.leftLight, c.l)
			}
			if badness := c.l - c.chroma(); badness < darkest {
				darkest, g.darkest = badness, point{float64(x), float64(y), 0}
			}
		}
	}
	return g
}

// addClothes measures how light the clothes are, where they have no colour.
func (t *tally) addClothes(s *scene) {
	reach := max(3, s.picture.Rect.Dx()/60)
	top := max(0, int(s.face.points[chin].y+0.45*s.face.length()))
	room := max(0, s.picture.Rect.Dy()-top+1) / 2 * (s.picture.Rect.Dx() + 1) / 2
	light, chroma := make([]float64, 0, room), make([]float64, 0, room)
	for y := top; y < s.picture.Rect.Dy(); y += 2 {
		for x := 0; x < s.picture.Rect.Dx(); x += 2 {
			if s.matte.at(x, y) > 0.9 && s.matte.at(x-reach, y) > 0.9 && s.matte.at(x+reach, y) > 0.9 {
				c := labAt(s.picture, x, y)
				light, chroma = append(light, c.l), append(chroma, c.chroma())
			}
		}
	}
	const enough, noColour = 50, 10
	if len(light) < enough {
		return
	}
	v := percentile(light, 0.5)
	if percentile(chroma, 0.5) >= noColour {
		v = 0 // a colour sets clothes off from a white wall however light they are
	}
	if t.add(MeasureClothes, v) != Pass {
		y := min(s.face.points[chin].y+s.face.length(), float64(s.picture.Rect.Dy()))
		t.mark(RulePale, s.boxAbout(point{s.face.eyes().x, y, 0}, s.face.between()))
	}
}
