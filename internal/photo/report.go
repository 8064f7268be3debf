package photo

import (
	"image"
	"slices"

	"edl/internal/lang"
)

// Verdict is what the program found for one rule.
type Verdict string

// The verdicts. NotAssessed is never a pass: the driver declares, a person decides.
const (
	Pass        Verdict = "pass"
	Review      Verdict = "review"
	Fail        Verdict = "fail"
	NotAssessed Verdict = "not_assessed"
)

// severity orders verdicts: the worst of several decides.
var severity = map[Verdict]int{NotAssessed: 0, Pass: 1, Review: 2, Fail: 3}

// Measure is one number with the verdict its limit gives.
type Measure struct {
	ID        MeasureID `json:"id"`
	Rule      RuleID    `json:"rule"`
	Value     float64   `json:"value"`
	Threshold float64   `json:"threshold"` // the bound that was broken, else the nearest
	Below     bool      `json:"below"`     // values under the threshold break it
	Verdict   Verdict   `json:"verdict"`
}

// Name returns the measure's name for the reviewer's table.
func (m Measure) Name() lang.Text { return measureNames[m.ID] }

// Mark is a place on the picture that a finding speaks of, in thousandths of
// the upright picture's width and height, so that it fits any rendering.
type Mark struct {
	Rule RuleID `json:"rule"`
	X    int    `json:"x"` // left edge, or the point where W and H are 0
	Y    int    `json:"y"`
	W    int    `json:"w,omitempty"`
	H    int    `json:"h,omitempty"`
}

// Finding is the verdict on one rule. Value and Threshold belong to the
// measure that decided; Measure is empty where nothing was measured.
type Finding struct {
	Rule      RuleID    `json:"rule"`
	Verdict   Verdict   `json:"verdict"`
	Measure   MeasureID `json:"measure,omitempty"`
	Value     float64   `json:"value,omitempty"`
	Threshold float64   `json:"threshold,omitempty"`
	Say       lang.Text `json:"say"` // what to do; on a pass, the rule itself
	Marks     []Mark    `json:"marks,omitempty"`
}

// Report is the outcome of a check: a finding for every rule, in the order
// of Rules, and every number behind them.
type Report struct {
	Settings string    `json:"settings"` // version of the thresholds
	Models   string    `json:"models"`   // version of the models; empty where none ran
	Findings []Finding `json:"findings"`
	Measures []Measure `json:"measures"`
	Crop     Crop      `json:"crop"` // where the portrait is to be cut
	Face     Crop      `json:"face"` // where the small face is to be cut; empty where no face was found
	Hash     Hash      `json:"-"`    // for the next check of this driver's photos
}

// Crop is a rectangle in px of the upright Picture. It may reach beyond it.
type Crop struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Rect returns the crop as a rectangle for Portrait and SmallFace.
func (c Crop) Rect() image.Rectangle { return image.Rect(c.X, c.Y, c.X+c.W, c.Y+c.H) }

func cropOf(r image.Rectangle) Crop { return Crop{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} }

// Verdict returns the worst verdict: Fail where a rule is plainly broken,
// otherwise Review. It is never Pass: some rules only a person can judge.
func (r Report) Verdict() Verdict {
	if len(r.With(Fail)) > 0 {
		return Fail
	}
	return Review
}

// With returns the findings of that verdict.
func (r Report) With(v Verdict) []Finding {
	return slices.Collect(func(yield func(Finding) bool) {
		for _, f := range r.Findings {
			if f.Verdict == v && !yield(f) {
				return
			}
		}
	})
}

// Declare returns the rules that nothing was measured for and the driver
// declares one by one.
func (r Report) Declare() []Rule {
	var out []Rule
	for _, f := range r.With(NotAssessed) {
		if rule, ok := RuleOf(f.Rule); ok {
			out = append(out, rule)
		}
	}
	return out
}

// Finding returns the finding on a rule.
func (r Report) Finding(id RuleID) Finding {
	for _, f := range r.Findings {
		if f.Rule == id {
			return f
		}
	}
	return Finding{Rule: id, Verdict: NotAssessed}
}

// conclude makes the finding on a rule from its measures. A declared rule is
// never passed by a program and an advisory one never failed.
func conclude(rule Rule, measures []Measure, marks []Mark) Finding {
	f := Finding{Rule: rule.ID, Verdict: NotAssessed, Say: rule.Say, Marks: marks}
	for _, m := range measures {
		if m.Rule == rule.ID && severity[m.Verdict] > severity[f.Verdict] {
			f.Verdict, f.Measure, f.Value, f.Threshold = m.Verdict, m.ID, m.Value, m.Threshold
		}
	}
	switch {
	case f.Verdict == Fail && rule.Judged != Decidable:
		f.Verdict = Review
	case f.Verdict == Pass && rule.Judged == Declared:
		f.Verdict = NotAssessed
	}
	if f.Verdict == Fail || f.Verdict == Review {
		f.Say = rule.Remedy
	} else {
		f.Marks = nil
	}
	return f
}
