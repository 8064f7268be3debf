package photo

import (
	"context"
	"fmt"
	"runtime"
	"time"

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
	shelf    *shelf
	slots    chan struct{}
}

// NewChecker returns a checker. Without models (nil) it still measures the
// file and the whole picture; every other rule is not assessed.
func NewChecker(models *Models, s Settings) *Checker {
	return NewSparingChecker(func() *Models { return models }, 0, s)
}

// NewSparingChecker returns a checker that opens the models when a photo comes
// and lets go of them when none came for a time; 0: it keeps them.
func NewSparingChecker(open func() *Models, keep time.Duration, s Settings) *Checker {
	return &Checker{settings: s, shelf: &shelf{open: open, keep: keep}, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// Rest lets go of the models at once, unless a photo is being checked.
func (c *Checker) Rest() { c.shelf.rest() }

// Check measures the picture and concludes every rule. The same input gives
// the same report.
func (c *Checker) Check(ctx context.Context, in Input) (Report, error) {
	if err := c.enter(ctx); err != nil {
		return Report{}, err
	}
	defer c.leave()
	t := &tally{settings: c.settings}
	t.addFile(in)
	models, putBack := c.shelf.lend()
	defer putBack()
	r := Report{Settings: c.settings.Version}
	if models != nil {
		r.Models = models.Version
	}
	if err := locate(t, models, in.Picture, &r); err != nil {
		return Report{}, fmt.Errorf("checking a photo: %w", err)
	}
	t.addReuse(r.Hash, in.Earlier)
	r.Findings, r.Measures = t.findings(), t.measures
	return r, nil
}

// Located is what a picture is used by, without a judgement of it.
type Located struct {
	Crop Crop // where the portrait is to be cut
	Face Crop // where the small face is to be cut; empty where no face was found
	Hash Hash
}

// Locate finds in a picture that needs no check, such as the one on file,
// what Check would: the parts to cut, and the hash that later photos are
// compared with. Hashes agree only where both pictures were located by models,
// or neither.
func (c *Checker) Locate(ctx context.Context, p *Picture) (Located, error) {
	r, err := c.Check(ctx, Input{Picture: p, Route: OnFile})
	return Located{r.Crop, r.Face, r.Hash}, err
}

func (c *Checker) enter(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
	}
}

func (c *Checker) leave() { <-c.slots }

// locate measures all that depends on where the face is, and finds what is
// to be cut out of the picture. Without a face that is its middle.
func locate(t *tally, models *Models, p *Picture, r *Report) error {
	if models == nil {
		t.addUnlocated(p, r)
		return nil
	}
	s, err := models.look(fit(p.Pix, sceneSide))
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
