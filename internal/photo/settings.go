package photo

// MeasureID names a number that is measured on a picture.
type MeasureID string

// Limit says when a measure breaks its rule. A nil bound is never broken.
type Limit struct {
	Rule   RuleID   `json:"rule"`
	Below  bool     `json:"below,omitempty"` // a value under the bound breaks it; otherwise one over it
	Review *float64 `json:"review,omitempty"`
	Fail   *float64 `json:"fail,omitempty"`
}

// judge returns the verdict on a value and the bound that decided, or the
// nearest bound where the value is fine.
func (l Limit) judge(v float64) (Verdict, float64) {
	broken := func(bound *float64) bool {
		return bound != nil && ((l.Below && v < *bound) || (!l.Below && v > *bound))
	}
	switch {
	case broken(l.Fail):
		return Fail, *l.Fail
	case broken(l.Review):
		return Review, *l.Review
	case l.Review != nil:
		return Pass, *l.Review
	case l.Fail != nil:
		return Pass, *l.Fail
	}
	return NotAssessed, 0
}

// Settings are the thresholds of the checks. They are data with a version,
// which each Report names: a change of a threshold is a new version.
type Settings struct {
	Version string              `json:"version"`
	Limits  map[MeasureID]Limit `json:"limits"`

	// PitchBias is what the mesh reads for a level head, degrees.
	PitchBias float64 `json:"pitchBias"`
}

// over and under make limits; a negative review or fail bound is none.
func over(rule RuleID, review, fail float64) Limit  { return limit(rule, false, review, fail) }
func under(rule RuleID, review, fail float64) Limit { return limit(rule, true, review, fail) }

func limit(rule RuleID, below bool, review, fail float64) Limit {
	l := Limit{Rule: rule, Below: below}
	if review >= 0 {
		l.Review = &review
	}
	if fail >= 0 {
		l.Fail = &fail
	}
	return l
}

const none = -1 // no bound

// DefaultSettings returns the thresholds that docs/photo.md reports on.
func DefaultSettings() Settings {
	return Settings{
		Version:   "1",
		PitchBias: 8,
		Limits: map[MeasureID]Limit{
			MeasureWidth:      under(RuleSize, none, 520),
			MeasureNarrow:     under(RuleRatio, none, 2.0/3-0.01),
			MeasureWide:       over(RuleRatio, none, 3.0/4+0.01),
			MeasureColour:     under(RuleColour, none, 3),
			MeasureQuality:    under(RuleCompression, 60, none),
			MeasureAge:        over(RuleRecent, 183, none),
			MeasureReuse:      under(RuleUnused, 64, 24),
			MeasureSharpness:  under(RuleSharp, 30, 12),
			MeasureUnderShare: over(RuleExposure, none, 0.25),
			MeasureOverShare:  over(RuleExposure, none, 0.12),
			MeasureBrightness: over(RuleExposure, 0.80, 0.88),
			MeasureDarkness:   under(RuleExposure, 0.35, none), // no fail: it would refuse dark skin
			MeasureEditor:     over(RuleUnretouched, 0.5, none),

			MeasureFaces:       under(RuleOnePerson, none, 1),
			MeasureOthers:      over(RuleOnePerson, none, 0.15),
			MeasurePresence:    under(RuleOnePerson, none, 0.5),
			MeasureEyeDistance: under(RuleFacePixels, 60, 50),
			MeasureYaw:         over(RuleFrontal, 8, 15),
			MeasurePitch:       over(RuleFrontal, 12, 18),
			MeasureRoll:        over(RuleUpright, 5, 8),
			MeasureEyeOpen:     under(RuleEyes, 0.21, 0.17),
			MeasureMouth:       over(RuleExpression, 0.05, 0.10),
			MeasureGaze:        over(RuleGaze, 0.09, none),
			MeasureCheeks:      over(RuleEvenLight, 11, 20),
			MeasureEyeContrast: under(RuleSunglasses, 0.30, none),
			MeasureLens:        under(RuleSunglasses, 0.5, none),
			MeasureEyesHidden:  under(RuleSunglasses, none, 1),
			MeasureMouthLine:   under(RuleMask, 0.25, 0.10),
			MeasureLips:        under(RuleMask, 3.5, none),
			MeasureCovered:     under(RuleMask, none, 1),
			MeasureBridge:      over(RuleGlasses, 0.30, none),
			MeasureForehead:    under(RuleHairFace, 0.45, none),
			MeasureEyePair:     under(RuleHairFace, 0.45, none),

			MeasureHead:        under(RuleOneInch, 0.35, 0.25),
			MeasureHeadLarge:   over(RuleOneInch, 0.75, 0.88),
			MeasureHeadCut:     under(RuleOneInch, 0.02, none),
			MeasureBeyond:      over(RuleOneInch, 0.05, 0.20),
			MeasureOffCentre:   over(RuleCentred, none, 0.08),
			MeasureBelowChin:   under(RuleHalfLength, 0.6, none),
			MeasureShoulders:   over(RuleShoulders, 5, none),
			MeasureBackLight:   under(RuleBackground, 92, 88),
			MeasureBackColour:  over(RuleBackground, 5, 8),
			MeasureBackDarkest: under(RuleBackground, 86, 75),
			MeasureBackSides:   over(RuleBackground, 4, 8),
			MeasureClothes:     over(RulePale, 85, none),
			MeasurePalm:        over(RuleHands, 0.75, none),
		},
	}
}
