package photo

// markOf makes a mark of a box in px of the scene, cut to the picture.
func (s *scene) markOf(x0, y0, x1, y1 float64) Mark {
	w, h := float64(s.picture.Rect.Dx()), float64(s.picture.Rect.Dy())
	thousandth := func(v, of float64) int { return int(1000*min(1, max(0, v/of)) + 0.5) }
	m := Mark{X: thousandth(x0, w), Y: thousandth(y0, h)}
	m.W, m.H = thousandth(x1, w)-m.X, thousandth(y1, h)-m.Y
	return m
}

func (s *scene) boxAbout(c point, reach float64) Mark {
	return s.markOf(c.x-reach, c.y-reach, c.x+reach, c.y+reach)
}

// boxOf bounds some landmarks.
func (s *scene) boxOf(outline []int) Mark {
	low, high := s.face.points[outline[0]], s.face.points[outline[0]]
	for _, i := range outline {
		p := s.face.points[i]
		low, high = point{min(low.x, p.x), min(low.y, p.y), 0}, point{max(high.x, p.x), max(high.y, p.y), 0}
	}
	return s.markOf(low.x, low.y, high.x, high.y)
}

// addMarks puts a mark where each broken rule can be seen.
func (t *tally) addMarks(s *scene) {
	for rule, outlines := range map[RuleID][][]int{
		RuleFrontal:    {outlineFace},
		RuleUpright:    {outlineFace},
		RuleFacePixels: {outlineFace},
		RuleSharp:      {outlineFace},
		RuleExposure:   {outlineFace},
		RuleOneInch:    {outlineFace},
		RuleCentred:    {outlineFace},
		RuleEvenLight:  {outlineRightCheek, outlineLeftCheek},
		RuleHairFace:   {outlineForehead},
		RuleEyes:       {outlineRightEye, outlineLeftEye},
		RuleGaze:       {outlineRightEye, outlineLeftEye},
		RuleSunglasses: {outlineRightLens, outlineLeftLens},
		RuleGlasses:    {outlineRightLens, outlineLeftLens},
		RuleExpression: {outlineLips},
		RuleMask:       {outlineLower},
	} {
		if !t.broken(rule) {
			continue
		}
		for _, outline := range outlines {
			t.mark(rule, s.boxOf(outline))
		}
	}
	if t.broken(RuleShoulders) {
		if right, left, ok := s.matte.shoulders(s.face); ok {
			t.mark(RuleShoulders, s.markOf(right.x, right.y, right.x, right.y), s.markOf(left.x, left.y, left.x, left.y))
		}
	}
}

// addBoxes marks the faces beside the first, and the hand.
func (t *tally) addBoxes(s *scene) {
	if t.broken(RuleOnePerson) && len(s.faces) > 1 {
		for _, d := range s.faces[1:] {
			t.mark(RuleOnePerson, s.markOf(d.x, d.y, d.x+d.width, d.y+d.height))
		}
	}
	if t.broken(RuleHands) {
		d := s.palm
		t.mark(RuleHands, s.markOf(d.x, d.y, d.x+d.width, d.y+d.height))
	}
}
