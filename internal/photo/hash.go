package photo

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Hash is a perceptual hash of 256 bits: pictures that look alike have hashes
// a small Distance apart. It recognises a photo that was used before, cropped,
// scaled or compressed anew; it cannot recognise a person.
type Hash [32]byte

// hashSide is the side of the square that is transformed; hashTerms² of its
// lowest frequencies give the bits.
const (
	hashSide  = 64
	hashTerms = 16
)

// HashOf hashes the middle of a picture in which no face was located. Where
// one was, the Report's hash is of the face, upright, so that it does not
// depend on how the photo was cut or turned.
func HashOf(p *Picture) Hash {
	m := cut(p.Pix, centred(p.Pix.Rect, PortraitWidth, PortraitHeight), hashSide, hashSide)
	return hashLight(luminances(m))
}

// hash is taken of the face from above the brows to the chin.
func (s *scene) hash() Hash {
	side := 2.6 * s.face.between()
	v := view{centre: s.face.below(s.face.eyes(), 0.35), width: side, height: side, turn: s.face.turn}
	return hashLight(grey(s.picture, v, hashSide, hashSide))
}

func hashLight(light []float64) Hash {
	terms := lowFrequencies(light)
	middle := slices.Clone(terms)
	slices.Sort(middle)
	median := (middle[len(middle)/2-1] + middle[len(middle)/2]) / 2
	var h Hash
	for i, v := range terms {
		if v > median {
			h[i/8] |= 1 << (i % 8)
		}
	}
	return h
}

// lowFrequencies returns the hashTerms² lowest terms of the luminance's
// discrete cosine transform without the mean (row and column 1 to 16).
func lowFrequencies(light []float64) []float64 {
	var wave [hashTerms][hashSide]float64
	for u := range wave {
		for x := range wave[u] {
			wave[u][x] = math.Cos(float64((2*x+1)*(u+1)) * math.Pi / (2 * hashSide))
		}
	}
	var half [hashSide][hashTerms]float64 // rows transformed
	for y := range half {
		for x, l := range light[y*hashSide : (y+1)*hashSide] {
			for u := range half[y] {
				half[y][u] += l * wave[u][x]
			}
		}
	}
	terms := make([]float64, 0, hashTerms*hashTerms)
	for v := range hashTerms {
		for u := range hashTerms {
			sum := 0.0
			for y := range hashSide {
				sum += half[y][u] * wave[v][y]
			}
			terms = append(terms, sum)
		}
	}
	return terms
}

// luma is the Rec. 709 weighting of the stored components, 0 to 255.
func luma(r, g, b byte) float64 {
	return 0.2126*float64(r) + 0.7152*float64(g) + 0.0722*float64(b)
}

// Distance counts the bits in which h and o differ, 0 to 256.
func (h Hash) Distance(o Hash) int {
	n := 0
	for i := range h {
		n += bits.OnesCount8(h[i] ^ o[i])
	}
	return n
}

// String returns 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what String wrote.
func ParseHash(s string) (Hash, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(Hash{}) {
		return Hash{}, fmt.Errorf("%q is no picture hash", s)
	}
	return Hash(b), nil
}
