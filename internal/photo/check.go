package photo

import (
	"context"
	"fmt"
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
	if err := c.locate(t, in.Picture, &r); err != nil {
		return Report{}, fmt.Errorf("checking a photo: %w", err)
	}
	t.addReuse(r.Hash, in.Earlier)
	r.Findings, r.Measures = t.findings(), t.measures
	return r, nil
}

// locate measures all that depends on where the face is, and finds what is
// to be cut out of the picture. Without a face that is its middle.
func (c *Checker) locate(t *tally, p *Picture, r *Report) error {
	if c.models == nil {
		t.addUnlocated(p, r)
		return nil
	}
	s, err := c.models.look(fit(p.Pix, sceneSide))
	if err != nil {
		return err
	}
	t.addFound(s)
	if len(s.faces) == 0 {
		t.addUnlocated(p, r)
		return nil
	}
	t.addFace(s)
	t.addFrame(s)
	t.addMarks(s)
	r.Crop = cropOf(enlarge(s.portraitCrop(), s.picture.Rect, p.Pix.Rect))
	r.Face = cropOf(enlarge(s.faceCrop(), s.picture.Rect, p.Pix.Rect))
	r.Hash = s.hash()
	return nil
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
