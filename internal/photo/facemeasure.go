package photo

import "math"

// What is measured on a face. Angles are degrees; lengths are parts of the
// face unless said otherwise.
const (
	MeasureFaces       MeasureID = "faces"        // faces found
	MeasureOthers      MeasureID = "others"       // width of the second widest face over the first's
	MeasurePresence    MeasureID = "presence"     // of a face under the mesh, 0–1
	MeasureEyeDistance MeasureID = "eye_distance" // between the eyes, px of at most 1200
	MeasureYaw         MeasureID = "yaw"
	MeasurePitch       MeasureID = "pitch" // from the bias of a level head
	MeasureRoll        MeasureID = "roll"
	MeasureEyeOpen     MeasureID = "eye_open"     // height over width of the less open eye
	MeasureMouth       MeasureID = "mouth"        // gap between the lips over eye-to-chin
	MeasureGaze        MeasureID = "gaze"         // irises off the eyes' middle, of an eye's width
	MeasureCheeks      MeasureID = "cheeks"       // difference of the cheeks' L*
	MeasureEyeContrast MeasureID = "eye_contrast" // of the less clear eye, over the face's mean light
	MeasureLens        MeasureID = "lens"         // L* about the eyes over the cheeks'
	MeasureEyesHidden  MeasureID = "eyes_hidden"  // under 1: both of the above say sunglasses
	MeasureMouthLine   MeasureID = "mouth_line"   // range of light down the mouth over its mean
	MeasureLips        MeasureID = "lips"         // colour of the lips against the skin about them, ΔE
	MeasureCovered     MeasureID = "covered"      // under 1: lips without colour and a nose of another
	MeasureBridge      MeasureID = "bridge"       // edge across the nose bridge over the face's mean light
	MeasureForehead    MeasureID = "forehead"     // share of the forehead that looks like skin
	MeasureEyePair     MeasureID = "eye_pair"     // contrast of the less clear eye over the other's
)

// addFace measures the face's place, turn and features.
func (t *tally) addFace(s *scene) {
	t.add(MeasurePresence, s.face.presence)
	t.add(MeasureEyeDistance, s.face.between())
	t.add(MeasureYaw, math.Abs(s.pose.yaw))
	t.add(MeasurePitch, math.Abs(s.pose.pitch-t.settings.PitchBias))
	t.add(MeasureRoll, math.Abs(s.pose.roll))
	t.add(MeasureEyeOpen, s.face.eyeOpen())
	p := s.face.points
	t.add(MeasureMouth, p[lipUpper].away(p[lipLower])/s.face.length())
	t.add(MeasureGaze, math.Abs(s.face.gaze()))
	t.addSkin(s)
}

// eyeOpen is height over width of the less open eye.
func (f face) eyeOpen() float64 {
	open := func(upper, lower [3]int, outer, inner int) float64 {
		height := 0.0
		for i := range upper {
			height = max(height, f.points[upper[i]].away(f.points[lower[i]]))
		}
		return height / f.points[outer].away(f.points[inner])
	}
	return min(open([3]int{160, 159, 158}, [3]int{144, 145, 153}, rightEyeOuter, rightEyeInner),
		open([3]int{387, 386, 385}, [3]int{373, 374, 380}, leftEyeOuter, leftEyeInner))
}

// gaze is how far the irises' centres lie off the middle of their eyes, along
// the eyes and as a part of their width.
func (f face) gaze() float64 {
	along := func(from, to, iris int) float64 {
		d, i := f.points[to].minus(f.points[from]), f.points[iris].minus(f.points[from])
		return (i.x*d.x + i.y*d.y) / (d.x*d.x + d.y*d.y)
	}
	return (along(rightEyeOuter, rightEyeInner, rightIris)+along(leftEyeInner, leftEyeOuter, leftIris))/2 - 0.5
}

// addSkin measures light and colour on the face.
func (t *tally) addSkin(s *scene) {
	light := s.lights(outlineFace)
	average := mean(light)
	under, over := extremes(light)
	t.add(MeasureUnderShare, under)
	t.add(MeasureOverShare, over)
	t.add(MeasureBrightness, average/255)
	t.add(MeasureDarkness, average/255)

	right, left := s.colour(outlineRightCheek), s.colour(outlineLeftCheek)
	skin := lab{(right.l + left.l) / 2, (right.a + left.a) / 2, (right.b + left.b) / 2}
	t.add(MeasureCheeks, math.Abs(right.l-left.l))
	t.add(MeasureForehead, s.skinShare(outlineForehead, skin))
	t.addEyes(s, average, skin)
	t.addMouth(s)
	t.add(MeasureBridge, s.bridgeEdge()/(average+1))

	const side = 160
	f := s.face
	about := view{centre: f.eyes().mid(f.points[chin]), width: 2.2 * f.between(), height: 2.2 * f.between(), turn: f.turn}
	t.add(MeasureSharpness, laplacian(grey(s.picture, about, side, side), side))
}

func (t *tally) addEyes(s *scene, average float64, skin lab) {
	contrast := func(outline []int) float64 {
		v := s.lights(outline)
		return (percentile(v, 0.95) - percentile(v, 0.05)) / (average + 1)
	}
	right, left := contrast(outlineRightEye), contrast(outlineLeftEye)
	clear := min(right, left)
	lens := (s.colour(outlineRightLens).l + s.colour(outlineLeftLens).l) / 2 / skin.l
	t.add(MeasureEyeContrast, clear)
	t.add(MeasureLens, lens)
	t.add(MeasureEyesHidden, max(clear/0.22, lens/0.45))
	t.add(MeasureEyePair, clear/max(right, left))
}

func (t *tally) addMouth(s *scene) {
	f := s.face
	m := view{centre: f.points[lipUpper].mid(f.points[lipLower]), width: 0.5 * f.between(), height: 0.6 * f.between(), turn: f.turn}
	rows := rowMeans(grey(s.picture, m, 24, 32), 24)
	t.add(MeasureMouthLine, (percentile(rows, 1)-percentile(rows, 0))/(mean(rows)+1))
	brow, lips, about, nose := s.colour(outlineMidBrow), s.colour(outlineLips), s.colour(outlineLower), s.colour(outlineNose)
	red := math.Hypot(math.Hypot(lips.a-about.a, lips.b-about.b), 0.7*(lips.l-about.l))
	other := math.Hypot(nose.a-brow.a, nose.b-brow.b)
	t.add(MeasureLips, red)
	t.add(MeasureCovered, max(red/2.5, 10/max(other, 0.01)))
}

// lights returns the luminance of the pixels inside an outline.
func (s *scene) lights(outline []int) []float64 {
	var v []float64
	eachInside(s.picture, s.face.points, outline, func(x, y int) { v = append(v, lightAt(s.picture, x, y)) })
	return v
}

// colour returns the mean colour inside an outline.
func (s *scene) colour(outline []int) lab {
	var sum lab
	n := 0.0
	eachInside(s.picture, s.face.points, outline, func(x, y int) {
		c := labAt(s.picture, x, y)
		sum.l, sum.a, sum.b, n = sum.l+c.l, sum.a+c.a, sum.b+c.b, n+1
	})
	return lab{sum.l / n, sum.a / n, sum.b / n}
}

// skinShare is the part of an outline that has the skin's colour.
func (s *scene) skinShare(outline []int, skin lab) float64 {
	like, n := 0.0, 0.0
	eachInside(s.picture, s.face.points, outline, func(x, y int) {
		c := labAt(s.picture, x, y)
		if math.Hypot(c.a-skin.a, c.b-skin.b) < 11 && math.Abs(c.l-skin.l) < 24 {
			like++
		}
		n++
	})
	return like / n
}

// bridgeEdge is the strongest step of light down the nose's bridge, where
// the bridge of glasses lies.
func (s *scene) bridgeEdge() float64 {
	f := s.face
	v := view{centre: f.points[noseTop].mid(f.points[noseBridge]), width: 0.28 * f.between(), height: 0.75 * f.between(), turn: f.turn}
	rows := rowMeans(grey(s.picture, v, 48, 64), 48)
	edge := 0.0
	for i := 4; i < len(rows)-4; i++ {
		edge = max(edge, math.Abs(rows[i+3]-rows[i-3]))
	}
	return edge
}
