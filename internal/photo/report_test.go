//go:build linux

package photo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"edl/internal/photo/pictures"
)

// TestPhotoReport measures the checks on every picture and writes the figures
// into the file that EDL_PHOTO_REPORT names, between its two marks. It is how
// `make photo-report` makes docs/photo.md's tables; the tests beside it hold
// the same checks on fewer pictures.
func TestPhotoReport(t *testing.T) {
	name := os.Getenv("EDL_PHOTO_REPORT")
	if name == "" {
		t.Skip("SKIPPED: EDL_PHOTO_REPORT names no file; make photo-report runs this")
	}
	m := loadedModels(t)
	r := &measured{t: t, models: m, checker: NewChecker(m, DefaultSettings())}
	text := r.counts() + r.rules() + r.natural() + r.reuse() + r.costs()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- measured: begin -->\n", "<!-- measured: end -->"
	head, rest, ok1 := strings.Cut(string(file), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", name, begin, end)
	}
	if err := os.WriteFile(name, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// measured runs the checks and keeps what they cost.
type measured struct {
	t       *testing.T
	models  *Models
	checker *Checker
	spent   []time.Duration // processor time of each check of a picture with a face
}

func (r *measured) check(m *image.RGBA, earlier ...Hash) Report {
	p := picture(r.t, m)
	before := processorTime(r.t)
	report, err := r.checker.Check(context.Background(), Input{Picture: p, Route: Album, Now: noon, Earlier: earlier})
	if err != nil {
		r.t.Fatal(err)
	}
	if !report.Face.Rect().Empty() {
		r.spent = append(r.spent, processorTime(r.t)-before)
	}
	return report
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// counts tells how the faces of the untouched pictures are counted.
func (r *measured) counts() string {
	total, right := map[pictures.Shows]int{}, map[pictures.Shows]int{}
	wrong := map[pictures.Shows][]string{}
	for _, p := range pictures.All() {
		f := r.check(photograph(r.t, p.Name).Pix)
		n := 0
		others := 0.0
		for _, m := range f.Measures {
			switch m.ID {
			case MeasureFaces:
				n = int(m.Value)
			case MeasureOthers:
				others = m.Value
			}
		}
		ok := map[pictures.Shows]bool{
			pictures.OneFace: n >= 1 && others <= 0.15, pictures.CutFace: n >= 1 && others <= 0.15,
			pictures.Group: n > 1 && others > 0.15, pictures.NoFace: n == 0,
		}[p.Shows]
		total[p.Shows]++
		if ok {
			right[p.Shows]++
		} else {
			wrong[p.Shows] = append(wrong[p.Shows], fmt.Sprintf("%s (%d)", p.Name, n))
		}
	}
	var b strings.Builder
	b.WriteString("### Faces on untouched pictures\n\n| picture shows | pictures | counted right | wrong |\n|---|---|---|---|\n")
	for _, s := range []pictures.Shows{pictures.OneFace, pictures.CutFace, pictures.Group, pictures.NoFace} {
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", s, total[s], right[s], list(wrong[s]))
	}
	return b.String()
}

func list(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// sitters are the people whose licence photos are made, with the rules that
// their untouched photo is seen, by a person, to break.
var sitters = []struct {
	name string
	true []RuleID
}{
	{"astronaut.png", []RuleID{RuleExpression, RuleShoulders}}, // a broad smile; a space suit's collar
	{"audrey.jpg", nil},
	{"SeanConnery.jpg", []RuleID{RuleEvenLight}}, // lit from one side
	{"franck_02045.jpg", []RuleID{RulePale}},     // these three end at the chest: white below is taken for clothes
	{"obama.jpg", []RuleID{RuleExpression}},      // a broad smile
	{"biden.jpg", []RuleID{RuleFrontal}},         // turned a little
	{"grace_hopper.jpg", []RuleID{RuleGlasses}},
	{"bieber_small.jpg", []RuleID{RulePale, RuleShoulders}},
	{"cage.jpg", []RuleID{RulePale, RuleShoulders, RuleEvenLight}},
}

// rules tells, for each rule, on which spoilt photos it was found broken, and
// on which good ones it was said to be.
func (r *measured) rules() string {
	found, missed, alarms := map[RuleID]int{}, map[RuleID][]string{}, map[RuleID][]string{}
	how := map[RuleID][]string{}
	for _, sp := range spoils {
		how[sp.rule] = append(how[sp.rule], sp.name)
	}
	hidden := 0
	for _, who := range sitters {
		s := sit(r.t, r.models, who.name)
		for _, f := range r.check(s.photo).Findings {
			if (f.Verdict == Fail || f.Verdict == Review) && !slices.Contains(who.true, f.Rule) {
				alarms[f.Rule] = append(alarms[f.Rule], fmt.Sprintf("%s (%s %.3g)", who.name, f.Verdict, f.Value))
			}
		}
		for _, sp := range spoils {
			report := r.check(sp.make(s))
			switch f := report.Finding(sp.rule); {
			case f.Verdict == Fail || f.Verdict == Review:
				found[sp.rule]++
			case sp.mayHide && report.Finding(RuleOnePerson).Verdict == Fail:
				hidden++ // no face is found any more, which is refused as such
				found[sp.rule]++
			default:
				missed[sp.rule] = append(missed[sp.rule], who.name+", "+sp.name)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n### Each rule, on %d people set on white and spoilt one way at a time\n\n", len(sitters))
	b.WriteString("| rule | judged | spoilt by | found | missed | false on a good photo |\n|---|---|---|---|---|---|\n")
	for _, rule := range Rules() {
		switch {
		case !rule.Checked:
			fmt.Fprintf(&b, "| %s %s | %s | nothing is measured: a person decides | – | – | – |\n", rule.ID, rule.Say.ZH, rule.Judged)
		case how[rule.ID] == nil:
			fmt.Fprintf(&b, "| %s %s | %s | not spoilt here | – | – | %s |\n", rule.ID, rule.Say.ZH, rule.Judged, list(alarms[rule.ID]))
		default:
			n := len(how[rule.ID]) * len(sitters)
			fmt.Fprintf(&b, "| %s %s | %s | %s | %d of %d | %s | %s |\n", rule.ID, rule.Say.ZH, rule.Judged,
				strings.Join(how[rule.ID], ", "), found[rule.ID], n, list(missed[rule.ID]), list(alarms[rule.ID]))
		}
	}
	fmt.Fprintf(&b, "\nOn %d photos the mask hid the face altogether: no face was found, and the photo failed for that.\n", hidden)
	return b.String()
}

// seen are breaches that untouched pictures show, as a person sees them.
var seen = []struct {
	rule  RuleID
	names []string
}{
	{RuleEyes, []string{"franck_02888.jpg", "franck_03979.jpg", "franck_04000.jpg"}},
	{RuleExpression, []string{"obama.jpg", "obama2.jpg", "franck_04117.jpg", "astronaut.png", "queen20_crop.jpg"}},
	{RuleSunglasses, []string{"terminator_crop.jpg"}},
	{RuleGlasses, []string{"grace_hopper.jpg", "walter2_crop.jpg"}},
	{RuleUpright, []string{"biden.jpg", "cage2_crop.jpg", "franck_04035.jpg", "sean_guru2_crop.jpg"}},
	{RuleFrontal, []string{"franck_02683.jpg", "franck_03909.jpg", "biden.jpg", "obama2.jpg"}},
	{RuleHat, []string{"grace_hopper.jpg"}},
}

func (r *measured) natural() string {
	var b strings.Builder
	b.WriteString("\n### Breaches on untouched pictures\n\n| rule | pictures | fail or review | not noticed |\n|---|---|---|---|\n")
	for _, s := range seen {
		var missed []string
		for _, name := range s.names {
			if v := r.check(photograph(r.t, name).Pix).Finding(s.rule).Verdict; v != Fail && v != Review {
				missed = append(missed, fmt.Sprintf("%s (%s)", name, v))
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %s |\n", s.rule, list(s.names), len(s.names)-len(missed), len(s.names), list(missed))
	}
	return b.String()
}

// reuse tells how far the hashes of one photo's copies and of different
// people's photos are apart.
func (r *measured) reuse() string {
	var firsts []Hash
	copies, walls, others := []int{}, []int{}, []int{}
	for _, who := range sitters {
		s := sit(r.t, r.models, who.name)
		first := r.check(s.photo).Hash
		v := s.whole()
		v.width, v.height, v.turn = 1.12*v.width, 1.12*v.height, 0.05
		compressed, err := encodeJPEG(s.photo, 40, 72)
		if err != nil {
			r.t.Fatal(err)
		}
		again, err := Decode(compressed)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, m := range []*image.RGBA{again.Pix, shrink(s.photo, 300, 436), s.turned(v), darker(s)} {
			copies = append(copies, first.Distance(r.check(m).Hash))
		}
		walls = append(walls, first.Distance(r.check(s.behind(evenly(spoilBlue))).Hash))
		for _, o := range firsts {
			others = append(others, first.Distance(o))
		}
		firsts = append(firsts, first)
	}
	l := DefaultSettings().Limits[MeasureReuse]
	span := func(v []int) string { return fmt.Sprintf("%d | %d | %d", len(v), slices.Min(v), slices.Max(v)) }
	return fmt.Sprintf("\n### Distance of hashes, bits of 256 (fail under %.0f, review under %.0f)\n\n| pairs | number | nearest | farthest |\n|---|---|---|---|\n"+
		"| one photo, compressed, scaled, cut and turned, darkened | %s |\n| one photo before another wall | %s |\n| different people | %s |\n",
		*l.Fail, *l.Review, span(copies), span(walls), span(others))
}

// costs tells processor time and memory of a check, models warm.
func (r *measured) costs() string {
	slices.Sort(r.spent)
	at := func(p float64) time.Duration { return r.spent[int(p*float64(len(r.spent)-1))].Round(time.Millisecond) }
	big := jpegOf(r.t, drawn(3000, 4000))
	before := processorTime(r.t)
	if _, err := Decode(big); err != nil {
		r.t.Fatal(err)
	}
	decode := (processorTime(r.t) - before).Round(time.Millisecond)
	runtime.GC()
	p := photograph(r.t, "sample3.jpg")
	idle := resident(r.t, "VmRSS:")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // forget the peak
		r.t.Fatal(err)
	}
	for range 3 {
		r.check(p.Pix)
	}
	return fmt.Sprintf("\n### Cost\n\n| what | measured |\n|---|---|\n"+
		"| check of a picture with a face, models warm, processor time: half under, 95 of 100 under (%d checks) | %v, %v |\n"+
		"| memory over idle at the peak of a check of 1920 × 1350 px | %d MB |\n"+
		"| decoding a JPEG of 12 megapixels and scaling it to 2000 px, processor time | %v |\n",
		len(r.spent), at(0.5), at(0.95), max(0, resident(r.t, "VmHWM:")-idle)>>20, decode)
}

// resident reads a line of the process's status, bytes.
func resident(t *testing.T, line string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte(line))
	kb, err := strconv.Atoi(strings.Fields(string(rest))[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
