package photo

import (
	"encoding/binary"
	"errors"
	"math"
)

// meshPoints is the number of landmarks of the face mesh without the irises.
const meshPoints = 468

// geometry is MediaPipe's canonical face, in centimetres, with the weights
// of the landmarks that its pose is found by.
type geometry struct {
	face    [meshPoints]point
	weights [meshPoints]float64
}

var errGeometry = errors.New("not the metadata of a canonical face")

// readGeometry reads a GeometryPipelineMetadata message: field 1 a mesh whose
// field 3 holds x, y, z, u, v for each vertex; field 2, repeated, a landmark's
// number and weight.
func readGeometry(data []byte) (*geometry, error) {
	g := &geometry{}
	var vertices []float64
	weighted := 0
	err := eachField(data, func(f protoField) {
		switch f.id {
		case 1:
			_ = eachField(f.bytes, func(v protoField) {
				if v.id == 3 {
					vertices = append(vertices, v.floats()...)
				}
			})
		case 2:
			var landmark int
			var weight float64
			_ = eachField(f.bytes, func(v protoField) {
				switch v.id {
				case 1:
					landmark = int(min(v.number, meshPoints))
				case 2:
					weight = v.floats()[0]
				}
			})
			if landmark < meshPoints && weight > 0 {
				g.weights[landmark] = weight
				weighted++
			}
		}
	})
	if err != nil || len(vertices) != 5*meshPoints || weighted < 3 {
		return nil, errGeometry
	}
	for i := range g.face {
		g.face[i] = point{vertices[5*i], vertices[5*i+1], vertices[5*i+2]}
	}
	return g, nil
}

// protoField is a field of a Protocol Buffers message.
type protoField struct {
	id     int
	number uint64 // of a varint
	bytes  []byte // of every other kind
}

// floats reads fixed 32-bit floats, one or packed; at least one.
func (f protoField) floats() []float64 {
	out := make([]float64, max(1, len(f.bytes)/4))
	for i := range len(f.bytes) / 4 {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(f.bytes[4*i:])))
	}
	return out
}

func eachField(b []byte, visit func(protoField)) error {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			return errGeometry
		}
		b = b[n:]
		f := protoField{id: int(key >> 3 & 0xffff)}
		size := uint64(0)
		switch key & 7 {
		case 0:
			if f.number, n = binary.Uvarint(b); n <= 0 {
				return errGeometry
			}
			b = b[n:]
		case 1:
			size = 8
		case 2:
			if size, n = binary.Uvarint(b); n <= 0 {
				return errGeometry
			}
			b = b[n:]
		case 5:
			size = 4
		default:
			return errGeometry
		}
		if size > uint64(len(b)) {
			return errGeometry
		}
		f.bytes, b = b[:size], b[size:]
		visit(f)
	}
	return nil
}

// pose is how a head is turned, in degrees; 0 looks straight ahead.
type pose struct{ yaw, pitch, roll float64 }

// poseOf returns the rotation that carries the canonical face onto the mesh
// with the least weighted squared error (Horn 1987, closed form by unit
// quaternions).
func (g *geometry) poseOf(mesh []point) pose {
	from, to := g.centres(mesh)
	var s [3][3]float64 // weighted covariance
	for i, w := range g.weights {
		if w == 0 {
			continue
		}
		a, b := g.face[i].minus(from), flip(mesh[i]).minus(to)
		for p, u := range [3]float64{a.x, a.y, a.z} {
			for q, v := range [3]float64{b.x, b.y, b.z} {
				s[p][q] += w * u * v
			}
		}
	}
	w, x, y, z := largestEigenvector([4][4]float64{
		{s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
		{s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
		{s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
		{s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]},
	})
	r20, r21, r22 := 2*(x*z-w*y), 2*(y*z+w*x), 1-2*(x*x+y*y)
	r10, r00 := 2*(x*y+w*z), 1-2*(y*y+z*z)
	const degree = math.Pi / 180
	return pose{
		yaw:   math.Atan2(-r20, math.Hypot(r21, r22)) / degree,
		pitch: math.Atan2(r21, r22) / degree,
		roll:  math.Atan2(r10, r00) / degree,
	}
}

// flip turns a picture's axes (y down, z away) into the canonical face's.
func flip(p point) point { return point{p.x, -p.y, -p.z} }

func (g *geometry) centres(mesh []point) (from, to point) {
	total := 0.0
	for i, w := range g.weights {
		if w == 0 {
			continue
		}
		from, to, total = from.plus(g.face[i].times(w)), to.plus(flip(mesh[i]).times(w)), total+w
	}
	return from.times(1 / total), to.times(1 / total)
}

// largestEigenvector returns the unit eigenvector of a symmetric matrix's
// largest eigenvalue. The matrix, shifted to be positive, is squared until
// only that eigenvector is left in its columns.
func largestEigenvector(m [4][4]float64) (w, x, y, z float64) {
	shift := 0.0
	for i := range m {
		for j := range m {
			shift += math.Abs(m[i][j])
		}
	}
	for i := range m {
		m[i][i] += shift
	}
	for range 16 {
		m = square(m)
	}
	best, length := 0, 0.0
	for j := range m {
		if l := math.Hypot(math.Hypot(m[0][j], m[1][j]), math.Hypot(m[2][j], m[3][j])); l > length {
			best, length = j, l
		}
	}
	if length == 0 {
		return 1, 0, 0, 0
	}
	return m[0][best] / length, m[1][best] / length, m[2][best] / length, m[3][best] / length
}

// square returns m² scaled so that its largest term is 1.
func square(m [4][4]float64) (out [4][4]float64) {
	largest := 0.0
	for i := range m {
		for j := range m {
			for k := range m {
				out[i][j] += m[i][k] * m[k][j]
			}
			largest = max(largest, math.Abs(out[i][j]))
		}
	}
	if largest == 0 {
		return out
	}
	for i := range out {
		for j := range out {
			out[i][j] /= largest
		}
	}
	return out
}
