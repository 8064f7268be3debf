package photo

import (
	"context"
	"fmt"
	"image"
	"runtime"

	"edl/internal/fault"
)

// ErrBusy says that too many photos are being checked.
var ErrBusy = fault.New(fault.Unavailable, "photo.busy",
	"正在检查的照片太多，请稍后再试。",
	"Too many photos are being checked. Try again in a moment.")

// Checker judges pictures by its Settings with its Models. It is safe for
// concurrent use and works on as many pictures at once as there are
// processors; others wait for their context.
type Checker struct {
	settings Settings
	models   *Models
	slots    chan struct{}
}

// NewChecker returns a checker. Without models (nil) it still measures the
// file and the whole picture; every other rule is not assessed.
func NewChecker(models *Models, s Settings) *Checker {
	return &Checker{settings: s, models: models, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// Models returns the version of the models, empty where there are none.
func (c *Checker) Models() string {
	if c.models == nil {
		return ""
	}
	return c.models.Version
}

// Check measures the picture and concludes every rule. The same input gives
// the same report.
func (c *Checker) Check(ctx context.Context, in Input) (Report, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Report{}, fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
	}
	t := &tally{settings: c.settings}
	t.addFile(in)
	r := Report{Settings: c.settings.Version, Models: c.Models()}
	cuts, err := c.locate(t, in.Picture.Pix)
	if err != nil {
		return Report{}, fmt.Errorf("checking a photo: %w", err)
	}
	r.Hash = HashOf(in.Picture, cuts.hash)
	t.addReuse(r.Hash, in.Earlier)
	r.Crop, r.Face = cropOf(cuts.portrait), cropOf(cuts.face)
	r.Findings, r.Measures = t.findings(), t.measures
	return r, nil
}

// cuts are the parts of a picture that are used on, in its own px.
type cuts struct{ portrait, face, hash image.Rectangle }

// locate measures all that depends on where the face is.
func (c *Checker) locate(t *tally, picture *image.RGBA) (cuts, error) {
	middle := centred(picture.Rect, PortraitWidth, PortraitHeight)
	without := cuts{portrait: middle, hash: middle}
	if c.models == nil {
		t.addUnlocated(picture)
		return without, nil
	}
	s, err := c.models.look(fit(picture, sceneSide))
	if err != nil {
		return cuts{}, err
	}
	t.addFound(s)
	if len(s.faces) == 0 {
		t.addUnlocated(picture)
		return without, nil
	}
	t.addFace(s)
	t.addFrame(s)
	t.addMarks(s)
	up := func(r image.Rectangle) image.Rectangle { return enlarge(r, s.picture.Rect, picture.Rect) }
	return cuts{up(s.portraitCrop()), up(s.faceCrop()), up(s.hashCrop())}, nil
}

// addFound counts faces and hands.
func (t *tally) addFound(s *scene) {
	t.add(MeasureFaces, float64(len(s.faces)))
	if len(s.faces) > 0 {
		other := 0.0
		if len(s.faces) > 1 {
			other = s.faces[1].width / s.faces[0].width
		}
		t.add(MeasureOthers, other)
	}
	if s.palm != nil {
		t.add(MeasurePalm, s.palm.score)
	}
	t.addBoxes(s)
}
