package photo

import (
	"image"
	"math"
)

// sceneSide is the longer side of the picture that is analysed, px, and
// glanceSide that of the copy in which faces, hands and the silhouette are
// sought: the models that do so see at most 256 px.
const (
	sceneSide  = 1200
	glanceSide = 512
)

// scene is what the models see in a picture.
type scene struct {
	picture *image.RGBA // at most sceneSide
	faces   []detection // widest first
	palm    *detection  // the surest hand; nil where hands were not looked for
	face    face        // of faces[0]
	pose    pose
	matte   matte
	top     int // first row of the hair
}

// look runs the models. Without a face only faces and palm are set.
func (m *Models) look(picture *image.RGBA) (*scene, error) {
	s := &scene{picture: picture}
	glance := fit(picture, glanceSide)
	scale := float64(picture.Rect.Dx()) / float64(glance.Rect.Dx())
	var err error
	if s.faces, err = m.faces(glance, scale); err != nil {
		return nil, err
	}
	if m.palm != nil {
		palm, err := m.palmIn(glance, scale)
		if err != nil {
			return nil, err
		}
		s.palm = &palm
	}
	if len(s.faces) == 0 {
		return s, nil
	}
	if s.face, err = m.meshOf(picture, s.faces[0]); err != nil {
		return nil, err
	}
	s.pose = m.geometry.poseOf(s.face.points)
	if s.matte, err = m.matteOf(glance, picture.Rect); err != nil {
		return nil, err
	}
	s.top = s.hairTop()
	return s, nil
}

// hairTop is the first row of the silhouette over the face, held to what
// heads measure: 1.7 to 2.6 times from eyes to chin. It is negative where the
// picture cuts the head off.
func (s *scene) hairTop() int {
	low, high := s.face.points[chin].y-2.6*s.face.length(), s.face.points[chin].y-1.7*s.face.length()
	return int(min(high, max(low, float64(s.matte.headTop(s.face)))))
}

// portraitCrop returns the frame of a one-inch portrait about the head, in px
// of the scene; it may reach beyond the picture.
func (s *scene) portraitCrop() image.Rectangle {
	top := float64(s.top)
	return portraitFrame(point{s.face.eyes().x, top, 0}, s.face.points[chin].y-top, s.picture.Rect.Dy())
}

// faceCrop returns the frame of the small face: brows to collar, in the shape
// of 48 × 69.
func (s *scene) faceCrop() image.Rectangle {
	h := 1.28 * (s.face.points[chin].y - float64(s.top))
	w := h * FaceWidth / FaceHeight
	x, y := s.face.eyes().x-w/2, float64(s.top)-0.06*h
	return image.Rect(int(math.Round(x)), int(math.Round(y)), int(math.Round(x+w)), int(math.Round(y+h)))
}

// enlarge carries a rectangle of the scene to the picture it was made from.
func enlarge(r image.Rectangle, from, to image.Rectangle) image.Rectangle {
	f := float64(to.Dx()) / float64(from.Dx())
	round := func(v int) int { return int(math.Round(float64(v) * f)) }
	return image.Rect(round(r.Min.X), round(r.Min.Y), round(r.Max.X), round(r.Max.Y))
}
