package tflite

import (
	"fmt"
	"math"
)

// The operators with which MediaPipe's attention mesh looks closer at eyes
// and lips: landmarks give a matrix, the matrix cuts a part out of a feature
// map, and the landmarks found there are carried back by the same matrix.

// planLandmarkMatrix plans Landmarks2TransformMatrix: the 4 × 4 matrix that
// carries a small square onto the turned bounding box of some landmarks.
func (m *Model) planLandmarkMatrix(o op) (step, error) {
	in, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	if len(in.shape) != 3 || in.shape[2] != 3 {
		return nil, fmt.Errorf("landmarks %v", in.shape)
	}
	if err := m.makes(o, 1, 4, 4); err != nil {
		return nil, err
	}
	box, err := readTurnedBox(o.flex, in.shape[0]*in.shape[1])
	if err != nil {
		return nil, err
	}
	x, y := o.in[0], o.out[0]
	return func(r *run) { box.matrix(r.values[y], r.values[x]) }, nil
}

// turnedBox says which landmarks are bounded and which two give the turn.
type turnedBox struct {
	subset         []int
	left, right    int
	width, height  float64 // of the small square
	scaleX, scaleY float64
}

func readTurnedBox(options []byte, landmarks int) (turnedBox, error) {
	f, err := flexMap(options)
	if err != nil {
		return turnedBox{}, err
	}
	one := func(key string) float64 {
		if v := f[key]; len(v) == 1 {
			return v[0]
		}
		return -1
	}
	b := turnedBox{
		left: int(one("left_rotation_idx")), right: int(one("right_rotation_idx")),
		width: one("output_width"), height: one("output_height"), scaleX: one("scale_x"), scaleY: one("scale_y"),
	}
	for _, v := range f["subset_idxs"] {
		b.subset = append(b.subset, int(v))
	}
	for _, i := range append([]int{b.left, b.right}, b.subset...) {
		if i < 0 || i >= landmarks {
			return turnedBox{}, fmt.Errorf("landmark %d of %d", i, landmarks)
		}
	}
	sized := b.width >= 1 && b.height >= 1 && b.scaleX > 0 && b.scaleY > 0
	if len(b.subset) == 0 || !sized || one("target_rotation_radians") != 0 {
		return turnedBox{}, fmt.Errorf("options %v", f)
	}
	return b, nil
}

func (t *turnedBox) matrix(dst, landmarks []float32) {
	point := func(i int) (x, y float64) { return float64(landmarks[3*i]), float64(landmarks[3*i+1]) }
	lx, ly := point(t.left)
	rx, ry := point(t.right)
	cos, sin := 1.0, 0.0
	if d := math.Hypot(rx-lx, ry-ly); d > 0 {
		cos, sin = (rx-lx)/d, (ry-ly)/d
	}
	minU, minV, maxU, maxV := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, i := range t.subset {
		x, y := point(i)
		u, v := x*cos+y*sin, y*cos-x*sin
		minU, maxU = min(minU, u), max(maxU, u)
		minV, maxV = min(minV, v), max(maxV, v)
	}
	midU, midV := (minU+maxU)/2, (minV+maxV)/2
	cx, cy := midU*cos-midV*sin, midU*sin+midV*cos
	sx, sy := t.scaleX/t.width*(maxU-minU), t.scaleY/t.height*(maxV-minV)
	clear(dst)
	dst[0], dst[1], dst[3] = float32(sx*cos), float32(-sy*sin), float32(cx-(sx*cos*t.width-sy*sin*t.height)/2)
	dst[4], dst[5], dst[7] = float32(sx*sin), float32(sy*cos), float32(cy-(sx*sin*t.width+sy*cos*t.height)/2)
	dst[10], dst[15] = 1, 1
}

// planTransformTensor plans TransformTensorBilinear: the part of a feature
// map that a matrix points at; outside the map is zero.
func (m *Model) planTransformTensor(o op) (step, error) {
	in, err := m.image(o, 0)
	if err != nil {
		return nil, err
	}
	if err := m.checkMatrix(o); err != nil {
		return nil, err
	}
	f, err := flexMap(o.flex)
	if err != nil || len(f["output_height"]) != 1 || len(f["output_width"]) != 1 {
		return nil, fmt.Errorf("options %v: %w", f, err)
	}
	h, w := int(f["output_height"][0]), int(f["output_width"][0])
	if err := m.makes(o, 1, h, w, in.c); err != nil {
		return nil, err
	}
	x, z, y := o.in[0], o.in[1], o.out[0]
	return func(r *run) {
		src, matrix, dst := r.values[x], r.values[z], r.values[y]
		clear(dst)
		for i := range h {
			for j := range w {
				u := matrix[0]*float32(j) + matrix[1]*float32(i) + matrix[3]
				v := matrix[4]*float32(j) + matrix[5]*float32(i) + matrix[7]
				sample(dst[:in.c], src, in, u, v)
				dst = dst[in.c:]
			}
		}
	}, nil
}

func (m *Model) checkMatrix(o op) error {
	t, err := m.input(o, 1)
	if err == nil && t.size() != 16 {
		err = fmt.Errorf("matrix %v", t.shape)
	}
	return err
}

// sample adds to dst the bilinear mean of the four values around u, v.
func sample(dst, src []float32, in shape4, u, v float32) {
	if !(u > -1 && v > -1 && u < float32(in.w) && v < float32(in.h)) { // also where not a number
		return
	}
	x, y := int(math.Floor(float64(u))), int(math.Floor(float64(v)))
	right, down := u-float32(x), v-float32(y)
	add := func(x, y int, weight float32) {
		if x < 0 || y < 0 || x >= in.w || y >= in.h {
			return
		}
		for q, s := range src[(y*in.w+x)*in.c:][:len(dst)] {
			dst[q] += weight * s
		}
	}
	add(x, y, (1-right)*(1-down))
	add(x+1, y, right*(1-down))
	add(x, y+1, (1-right)*down)
	add(x+1, y+1, right*down)
}

// planTransformLandmarks plans TransformLandmarks: points carried by a matrix.
func (m *Model) planTransformLandmarks(o op) (step, error) {
	in, err := m.input(o, 0)
	if err != nil {
		return nil, err
	}
	if len(in.shape) != 3 || in.shape[2] != 2 {
		return nil, fmt.Errorf("points %v", in.shape)
	}
	if err := m.checkMatrix(o); err != nil {
		return nil, err
	}
	if err := m.makes(o, in.shape...); err != nil {
		return nil, err
	}
	x, z, y := o.in[0], o.in[1], o.out[0]
	return func(r *run) {
		src, matrix, dst := r.values[x], r.values[z], r.values[y]
		for i := 0; i+2 <= len(src); i += 2 {
			u, v := src[i], src[i+1]
			dst[i] = matrix[0]*u + matrix[1]*v + matrix[3]
			dst[i+1] = matrix[4]*u + matrix[5]*v + matrix[7]
		}
	}, nil
}

// LandmarkSubsets returns, for each Landmarks2TransformMatrix in the model's
// order, the landmarks that it bounds: those that the model then refines.
func (m *Model) LandmarkSubsets() [][]int {
	var out [][]int
	for _, o := range m.graph.ops {
		if o.custom != "Landmarks2TransformMatrix" {
			continue
		}
		if box, err := readTurnedBox(o.flex, maxElements); err == nil {
			out = append(out, box.subset)
		}
	}
	return out
}
