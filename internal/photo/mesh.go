package photo

import (
	"image"
	"math"
)

// face is a face with its mesh: 468 landmarks, then five for each iris, the
// centre first. "Right" is the person's right.
type face struct {
	points   []point
	presence float64 // 0 to 1: that there is a face where the mesh was laid
	turn     float64 // radians, of the line between the outer eye corners
}

const (
	meshSide    = 192
	irisPoints  = 5
	rightIris   = meshPoints
	leftIris    = meshPoints + irisPoints
	cropMargin  = 1.5 // of the face's size, about it
	outMesh     = 0   // outputs of the mesh model
	outLips     = 1   // then left and right eye, in the order of Models.subsets
	outIrises   = 4
	outPresence = 6
)

// meshOf lays the mesh over a detected face: once in the detector's box, then
// again in the box of the mesh itself, which is steadier.
func (m *Models) meshOf(picture *image.RGBA, d detection) (face, error) {
	side := max(d.width, d.height) * cropMargin
	v := view{centre: d.centre(), width: side, height: side, turn: d.tilt()}
	var f face
	for range 2 {
		out, err := m.mesh.Run(sample(picture, v, meshSide, meshSide, 1.0/255, 0))
		if err != nil {
			return face{}, err
		}
		f = m.readMesh(out, v)
		v = f.frame()
	}
	return f, nil
}

func (m *Models) readMesh(out [][]float32, v view) face {
	f := face{points: make([]point, meshPoints+2*irisPoints), presence: sigmoid(out[outPresence][0])}
	place := func(x, y float32) point { return v.at(float64(x)/meshSide, float64(y)/meshSide) }
	for i := range meshPoints {
		p := out[outMesh][3*i : 3*i+3]
		f.points[i] = place(p[0], p[1])
		f.points[i].z = float64(p[2]) / meshSide * v.width
	}
	for k, subset := range m.subsets {
		for i, landmark := range subset {
			z := f.points[landmark].z // the refined outputs have no depth
			f.points[landmark] = place(out[outLips+k][2*i], out[outLips+k][2*i+1])
			f.points[landmark].z = z
		}
	}
	for k := range 2 {
		for i := range irisPoints {
			f.points[meshPoints+k*irisPoints+i] = place(out[outIrises+k][2*i], out[outIrises+k][2*i+1])
		}
	}
	f.turn = f.points[rightEyeOuter].towards(f.points[leftEyeOuter])
	return f
}

// frame is the square view about the mesh, upright in it.
func (f face) frame() view {
	sin, cos := math.Sincos(f.turn)
	low, high := point{math.Inf(1), math.Inf(1), 0}, point{math.Inf(-1), math.Inf(-1), 0}
	for _, p := range f.points[:meshPoints] {
		x, y := p.x*cos+p.y*sin, p.y*cos-p.x*sin
		low.x, low.y, high.x, high.y = min(low.x, x), min(low.y, y), max(high.x, x), max(high.y, y)
	}
	c := low.mid(high)
	side := max(high.x-low.x, high.y-low.y) * cropMargin
	return view{centre: point{c.x*cos - c.y*sin, c.x*sin + c.y*cos, 0}, width: side, height: side, turn: f.turn}
}

// Landmarks that are named.
const (
	rightEyeOuter, rightEyeInner = 33, 133
	leftEyeInner, leftEyeOuter   = 362, 263
	lipUpper, lipLower           = 13, 14 // inner edges, in the middle
	mouthRight, mouthLeft        = 61, 291
	noseTop, noseBridge          = 168, 6
	foreheadTop, chin            = 10, 152
	cheekRight, cheekLeft        = 234, 454 // the face's widest places
)

func (f face) rightEye() point { return f.points[rightEyeOuter].mid(f.points[rightEyeInner]) }
func (f face) leftEye() point  { return f.points[leftEyeInner].mid(f.points[leftEyeOuter]) }
func (f face) eyes() point     { return f.rightEye().mid(f.leftEye()) }

// between is the distance between the eyes' middles, px: the unit of places
// on the face.
func (f face) between() float64 { return f.rightEye().away(f.leftEye()) }

// length is from between the eyes to the chin, px.
func (f face) length() float64 { return f.eyes().away(f.points[chin]) }

// width is from cheek to cheek, px.
func (f face) width() float64 { return f.points[cheekRight].away(f.points[cheekLeft]) }

// below returns the place so many eye distances below p, upright in the face.
func (f face) below(p point, eyes float64) point {
	sin, cos := math.Sincos(f.turn)
	d := eyes * f.between()
	return point{p.x - sin*d, p.y + cos*d, 0}
}

// Outlines of parts of the face, as MediaPipe's canonical face numbers them.
var (
	outlineFace = []int{10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
		152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109}
	outlineLips       = []int{61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185}
	outlineRightEye   = []int{33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246}
	outlineLeftEye    = []int{362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398}
	outlineRightLens  = []int{53, 52, 65, 55, 189, 244, 233, 232, 231, 230, 229, 228, 31, 226, 35}
	outlineLeftLens   = []int{283, 282, 295, 285, 413, 464, 453, 452, 451, 450, 449, 448, 261, 446, 265}
	outlineRightCheek = []int{117, 118, 101, 36, 205, 187, 123}
	outlineLeftCheek  = []int{346, 347, 330, 266, 425, 411, 352}
	outlineForehead   = []int{107, 66, 105, 63, 68, 54, 103, 67, 109, 10, 338, 297, 332, 284, 298, 293, 334, 296, 336, 9}
	outlineMidBrow    = []int{107, 66, 69, 108, 151, 337, 299, 296, 336, 9}
	outlineLower      = []int{205, 36, 203, 98, 2, 327, 423, 266, 425, 434, 364, 394, 395, 369, 396, 175, 171, 140, 170, 169, 135, 214}
	outlineNose       = []int{48, 115, 220, 45, 4, 275, 440, 344, 278, 294, 327, 2, 98, 64}
)
