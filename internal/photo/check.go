package photo

import "context"

// Checker judges pictures by its Settings. It is safe for concurrent use.
type Checker struct {
	settings Settings
}

// NewChecker returns a checker by those settings.
func NewChecker(s Settings) *Checker { return &Checker{settings: s} }

// Check measures the picture and concludes every rule.
func (c *Checker) Check(_ context.Context, in Input) (Report, error) {
	t := &tally{settings: c.settings}
	t.addFile(in)
	t.addUnlocated(in.Picture.Pix)
	r := Report{Settings: c.settings.Version, Crop: cropOf(centred(in.Picture.Pix.Rect, PortraitWidth, PortraitHeight))}
	r.Hash = HashOf(in.Picture, r.Crop.Rect())
	t.addReuse(r.Hash, in.Earlier)
	r.Findings, r.Measures = t.findings(), t.measures
	return r, nil
}
