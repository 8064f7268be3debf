package photo

import "edl/internal/lang"

// RuleID names a rule; it never changes once released.
type RuleID string

// Judged says what a program can do about a rule.
type Judged string

// The ways a rule is judged.
const (
	Decidable Judged = "decidable" // a gross breach is refused at once
	Advisory  Judged = "advisory"  // a warning to the driver, a mark for the reviewer; never refused by the program
	Declared  Judged = "declared"  // a program cannot tell: the driver declares it, the reviewer judges it
)

// Group is the heading that a rule stands under.
type Group string

// The groups, in the order of the notice, then what the file itself must be.
const (
	GroupPhoto   Group = "photo"   // the photo itself
	GroupLight   Group = "light"   // light and posture
	GroupDress   Group = "dress"   // hair and clothes
	GroupConduct Group = "conduct" // dress, pose, hands, eyes
	GroupContent Group = "content" // what else is in the picture
	GroupFile    Group = "file"    // the file
)

// Title returns the group's heading.
func (g Group) Title() lang.Text { return groupTitles[g] }

var groupTitles = map[Group]lang.Text{
	GroupPhoto:   lang.T("照片", "The photo"),
	GroupLight:   lang.T("光线与姿态", "Light and posture"),
	GroupDress:   lang.T("头发与衣着", "Hair and clothes"),
	GroupConduct: lang.T("仪态", "Bearing"),
	GroupContent: lang.T("画面内容", "What is in the picture"),
	GroupFile:    lang.T("照片文件", "The file"),
}

// Rule is one requirement of a licence photo: an element of the notice's
// rules (domain R20), or, in GroupFile, what makes a file usable at all. The
// driver's notice, the reviewer's checklist and the Report speak from this
// one list.
type Rule struct {
	ID      RuleID
	Group   Group
	Clause  string    // "R20.3": the numbered paragraph of the notice; empty for GroupFile
	Say     lang.Text // the rule, as the notice page states it
	Remedy  lang.Text // what to do where it is broken
	Judged  Judged
	Checked bool // a program measures something for it
}

// The rules.
const (
	RuleOwn         RuleID = "own"
	RuleRecent      RuleID = "recent"
	RuleFrontal     RuleID = "frontal"
	RuleBareHead    RuleID = "bare_head"
	RuleColour      RuleID = "colour"
	RuleOnePerson   RuleID = "one_person"
	RuleHalfLength  RuleID = "half_length"
	RuleOneInch     RuleID = "one_inch"
	RuleUnretouched RuleID = "unretouched"
	RuleNoComposite RuleID = "no_composite"

	RuleEvenLight  RuleID = "even_light"
	RuleBackground RuleID = "background"
	RuleUpright    RuleID = "upright"
	RuleShoulders  RuleID = "shoulders"
	RuleExpression RuleID = "expression"
	RuleGaze       RuleID = "gaze"

	RuleHairFace   RuleID = "hair_face"
	RuleHairEars   RuleID = "hair_ears"
	RuleHairTidy   RuleID = "hair_tidy"
	RuleMakeUp     RuleID = "make_up"
	RulePale       RuleID = "pale_clothes"
	RuleUniform    RuleID = "uniform"
	RuleMask       RuleID = "mask"
	RuleSunglasses RuleID = "sunglasses"
	RuleGlasses    RuleID = "glasses"
	RuleHat        RuleID = "hat"
	RuleScarf      RuleID = "scarf"
	RuleOrnaments  RuleID = "ornaments"

	RuleDressed RuleID = "dressed"
	RuleModest  RuleID = "modest"
	RulePose    RuleID = "pose"
	RuleHands   RuleID = "hands"
	RuleEyes    RuleID = "eyes"

	RuleSigns  RuleID = "signs"
	RuleLawful RuleID = "lawful"

	RuleSize        RuleID = "size"
	RuleRatio       RuleID = "ratio"
	RuleFacePixels  RuleID = "face_pixels"
	RuleCentred     RuleID = "centred"
	RuleSharp       RuleID = "sharp"
	RuleExposure    RuleID = "exposure"
	RuleCompression RuleID = "compression"
	RuleUnused      RuleID = "unused"
)

// Rules returns every rule in the order that pages show them.
func Rules() []Rule {
	out := make([]Rule, len(rules))
	copy(out, rules)
	return out
}

// RuleOf returns the rule of that id.
func RuleOf(id RuleID) (Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}
