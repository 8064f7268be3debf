package photo

// What is measured on the file and on the whole picture.
const (
	MeasureWidth      MeasureID = "width"       // px
	MeasureNarrow     MeasureID = "narrow"      // width over height, against too narrow
	MeasureWide       MeasureID = "wide"        // width over height, against too wide
	MeasureColour     MeasureID = "colour"      // mean spread of R, G, B, 0–255
	MeasureQuality    MeasureID = "quality"     // JPEG quality estimated from its tables, 1–100
	MeasureAge        MeasureID = "age"         // days since the EXIF time
	MeasureEditor     MeasureID = "editor"      // 1 where EXIF names an editor
	MeasureReuse      MeasureID = "reuse"       // bits to the nearest earlier photo, 0–256
	MeasureSharpness  MeasureID = "sharpness"   // variance of the Laplacian at 160 px
	MeasureUnderShare MeasureID = "under_share" // share of the face at or under 25 of 255
	MeasureOverShare  MeasureID = "over_share"  // share of the face at or over 247 of 255
	MeasureBrightness MeasureID = "brightness"  // mean luminance of the face, 0–1, against too bright
	MeasureDarkness   MeasureID = "darkness"    // the same, against too dark
)

// tally collects measures and judges each by the settings.
type tally struct {
	settings Settings
	measures []Measure
	marks    map[RuleID][]Mark
}

// add judges v. A measure without a limit in the settings is left out: the
// authority switched it off.
func (t *tally) add(id MeasureID, v float64) Verdict {
	limit, ok := t.settings.Limits[id]
	if !ok || v != v {
		return NotAssessed
	}
	verdict, threshold := limit.judge(v)
	t.measures = append(t.measures, Measure{id, limit.Rule, round4(v), threshold, limit.Below, verdict})
	return verdict
}

// mark notes a place for the finding on a rule.
func (t *tally) mark(rule RuleID, marks ...Mark) {
	if t.marks == nil {
		t.marks = map[RuleID][]Mark{}
	}
	for _, m := range marks {
		m.Rule = rule
		t.marks[rule] = append(t.marks[rule], m)
	}
}

// broken reports whether some measure broke the rule.
func (t *tally) broken(rule RuleID) bool {
	for _, m := range t.measures {
		if m.Rule == rule && (m.Verdict == Fail || m.Verdict == Review) {
			return true
		}
	}
	return false
}

// findings concludes every rule.
func (t *tally) findings() []Finding {
	out := make([]Finding, 0, len(rules))
	for _, rule := range rules {
		out = append(out, conclude(rule, t.measures, t.marks[rule.ID]))
	}
	return out
}

func round4(v float64) float64 {
	if v < 0 {
		return float64(int64(v*1e4-0.5)) / 1e4
	}
	return float64(int64(v*1e4+0.5)) / 1e4
}
