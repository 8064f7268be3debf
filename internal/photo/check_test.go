package photo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2021, 9, 16, 12, 0, 0, 0, time.UTC)

func check(t testing.TB, c *Checker, in Input) Report {
	t.Helper()
	if in.Now.IsZero() {
		in.Now = noon
	}
	if in.Route == "" {
		in.Route = Album
	}
	r, err := c.Check(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func picture(t testing.TB, m *image.RGBA) *Picture {
	t.Helper()
	p, err := NewPicture(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The notice's paragraphs, element by element: each stands in some rule.
func TestTheRulesKeepEveryElementOfTheNotice(t *testing.T) {
	for clause, elements := range map[string]string{
		"R20.1": "驾驶人本人 6个月内 正面 免冠 彩色 单人 半身 一寸 人像特征进行技术处理 合成相片",
		"R20.2": "光线均匀 背景白色 坐姿端正 双肩水平 表情自然 正视镜头",
		"R20.3": "遮盖面部 遮盖耳朵 凌乱 蓬松 浓妆 过浅衣服 制式服装 口罩 墨镜 帽子 围巾 饰品",
		"R20.4": "衣衫不整 过于暴露 夸张姿势 手势 眨眼睛",
		"R20.5": "社会主义精神文明建设 社会主义道德风尚 社会公序良俗 标识、数字、字母、文字",
		"R20.6": "中华人民共和国法律、法规及政策",
	} {
		var text strings.Builder
		for _, r := range Rules() {
			if r.Clause == clause {
				text.WriteString(strings.ReplaceAll(r.Say.ZH, " ", "") + "\n")
			}
		}
		for _, e := range strings.Fields(elements) {
			if !strings.Contains(text.String(), e) {
				t.Errorf("%s: no rule says %q", clause, e)
			}
		}
	}
}

func TestTheRulesAreWhole(t *testing.T) {
	seen := map[RuleID]bool{}
	measured := map[RuleID]bool{}
	for id, l := range DefaultSettings().Limits {
		measured[l.Rule] = true
		if _, ok := RuleOf(l.Rule); !ok {
			t.Errorf("measure %s belongs to no rule", id)
		}
		if measureNames[id].ZH == "" || measureNames[id].EN == "" {
			t.Errorf("measure %s has no name", id)
		}
	}
	for _, r := range Rules() {
		switch {
		case seen[r.ID]:
			t.Errorf("%s stands twice", r.ID)
		case r.Say.ZH == "" || r.Say.EN == "" || r.Remedy.ZH == "" || r.Remedy.EN == "" || r.Group.Title().ZH == "":
			t.Errorf("%s lacks a sentence", r.ID)
		case r.Checked != measured[r.ID]:
			t.Errorf("%s: checked = %v, but a limit exists = %v", r.ID, r.Checked, measured[r.ID])
		case !r.Checked && r.Judged != Declared:
			t.Errorf("%s is %s but nothing is measured for it", r.ID, r.Judged)
		}
		seen[r.ID] = true
	}
}

func TestWithoutModelsNothingThatNeedsThemPasses(t *testing.T) {
	c := NewChecker(nil, DefaultSettings())
	r := check(t, c, Input{Picture: picture(t, drawn(520, 756))})
	if r.Models != "" || r.Verdict() != Review {
		t.Errorf("models %q, verdict %s", r.Models, r.Verdict())
	}
	var passed []RuleID
	for _, f := range r.With(Pass) {
		passed = append(passed, f.Rule)
	}
	if d := cmp.Diff([]RuleID{RuleColour, RuleSize, RuleRatio, RuleUnused}, passed); d != "" {
		t.Errorf("passed without models:\n%s", d)
	}
	blurredAll := check(t, c, Input{Picture: picture(t, blurred(drawn(300, 436), 6))})
	if f := blurredAll.Finding(RuleSharp); f.Verdict != Fail {
		t.Errorf("a picture without any edge: sharp = %s", f.Verdict)
	}
}

func TestWrongModelsAreSaidToBeWrong(t *testing.T) {
	if _, err := OpenModels(fstest.MapFS{}); !errors.Is(err, ErrModels) {
		t.Errorf("no models: %v", err)
	}
	damaged := fstest.MapFS{modelShort: {Data: make([]byte, 229_032)}}
	if _, err := OpenModels(damaged); !errors.Is(err, ErrModels) || !strings.Contains(fmt.Sprint(err), "SHA-256") {
		t.Errorf("damaged model: %v", err)
	}
	for name, folder := range map[string]fstest.MapFS{"no models": {}, "a damaged model": damaged} {
		if err := CheckModels(folder); !errors.Is(err, ErrModels) {
			t.Errorf("%s, looked at: %v", name, err)
		}
	}
}

func TestTheFileIsJudgedByItsRoute(t *testing.T) {
	c := NewChecker(nil, DefaultSettings())
	small := picture(t, drawn(358, 441)) // an identity card's photo
	dated := func(at time.Time) *Picture {
		p := picture(t, drawn(520, 756))
		p.Header.Taken = at
		return p
	}
	edited := picture(t, drawn(520, 756))
	edited.Header.Software = "Adobe Photoshop 22.5"
	compressed := picture(t, drawn(520, 756))
	compressed.Header.Quality = 35
	for _, c2 := range []struct {
		name string
		in   Input
		rule RuleID
		want Verdict
	}{
		{"an album photo of 358 px is too small", Input{Picture: small}, RuleSize, Fail},
		{"an album photo of 358 × 441 is too wide", Input{Picture: small}, RuleRatio, Fail},
		{"the photo on file is cut anew whatever its size", Input{Picture: small, Route: OnFile}, RuleSize, NotAssessed},
		{"a 3:4 photo is within the ratio", Input{Picture: picture(t, drawn(600, 800))}, RuleRatio, Pass},
		{"a 9:16 photo is too narrow", Input{Picture: picture(t, drawn(540, 960))}, RuleRatio, Fail},
		{"a photo taken in the app is recent", Input{Picture: picture(t, drawn(520, 756)), Route: Camera}, RuleRecent, Pass},
		{"a photo without a date is declared", Input{Picture: picture(t, drawn(520, 756))}, RuleRecent, NotAssessed},
		{"a photo of five months ago", Input{Picture: dated(noon.AddDate(0, -5, 0))}, RuleRecent, Pass},
		{"a photo of seven months ago goes to a person", Input{Picture: dated(noon.AddDate(0, -7, 0))}, RuleRecent, Review},
		{"a photo from the future proves nothing", Input{Picture: dated(noon.AddDate(0, 0, 9))}, RuleRecent, NotAssessed},
		{"an editor's name in EXIF goes to a person", Input{Picture: edited}, RuleUnretouched, Review},
		{"no editor's name is no proof", Input{Picture: picture(t, drawn(520, 756))}, RuleUnretouched, NotAssessed},
		{"heavy compression goes to a person", Input{Picture: compressed}, RuleCompression, Review},
		{"a photo used before", Input{Picture: picture(t, drawn(520, 756)), Earlier: []Hash{{}, HashOf(picture(t, drawn(600, 872)))}}, RuleUnused, Fail},
		{"a photo unlike the earlier ones", Input{Picture: picture(t, drawn(520, 756)), Earlier: []Hash{{}}}, RuleUnused, Pass},
	} {
		t.Run(c2.name, func(t *testing.T) {
			if f := check(t, c, c2.in).Finding(c2.rule); f.Verdict != c2.want {
				t.Errorf("%s = %s (%s %v, threshold %v), want %s", c2.rule, f.Verdict, f.Measure, f.Value, f.Threshold, c2.want)
			}
		})
	}
}

func TestAFullQueueAnswersThatItIsBusy(t *testing.T) {
	c := NewChecker(nil, DefaultSettings())
	for range cap(c.slots) {
		c.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.Check(ctx, Input{Picture: picture(t, drawn(60, 80))})
	wantFault(t, err, ErrBusy)
	<-c.slots
	if _, err := c.Check(context.Background(), Input{Picture: picture(t, drawn(60, 80))}); err != nil {
		t.Errorf("with a slot free: %v", err)
	}
}

func TestFacesAreCounted(t *testing.T) {
	m := loadedModels(t)
	for name, want := range map[string]func(n int) bool{
		"astronaut.png":    func(n int) bool { return n == 1 },
		"grace_hopper.jpg": func(n int) bool { return n == 1 },
		"faces.jpg":        func(n int) bool { return n == 3 },
		"sample4.jpg":      func(n int) bool { return n >= 3 },
		"chelsea.png":      func(n int) bool { return n == 0 },
		"coffee.png":       func(n int) bool { return n == 0 },
	} {
		s, err := m.look(fit(photograph(t, name).Pix, sceneSide))
		if err != nil {
			t.Fatal(err)
		}
		if !want(len(s.faces)) {
			t.Errorf("%s: %d faces", name, len(s.faces))
		}
	}
}

// testdata/mediapipe-astronaut.json holds where MediaPipe 0.10.14 itself puts
// the 478 landmarks, in px. It crops the face a little differently, so that
// landmarks wander by a few hundredths of the distance between the eyes; an
// error in an operator would move eyes or lips by far more.
func TestTheMeshLiesWhereMediaPipePutsIt(t *testing.T) {
	m := loadedModels(t)
	s, err := m.look(fit(photograph(t, "astronaut.png").Pix, sceneSide))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/mediapipe-astronaut.json")
	if err != nil {
		t.Fatal(err)
	}
	var want [][2]float64
	if err := json.Unmarshal(data, &want); err != nil || len(want) != len(s.face.points) {
		t.Fatalf("%d landmarks, %v", len(want), err)
	}
	total, unit := 0.0, s.face.between()
	for i, w := range want {
		d := s.face.points[i].away(point{w[0], w[1], 0}) / unit
		if total += d; d > 0.08 {
			t.Errorf("landmark %d is %.3f eye distances off", i, d)
		}
	}
	if mean := total / float64(len(want)); mean > 0.03 {
		t.Errorf("landmarks are %.3f eye distances off in the mean", mean)
	}
}

// The pose of the canonical face, turned by known angles, is those angles.
func TestPoseRecoversAKnownTurn(t *testing.T) {
	g := loadedModels(t).geometry
	for _, want := range []pose{{0, 0, 0}, {20, 0, 0}, {0, -15, 0}, {0, 0, 30}, {12, 7, -9}} {
		const degree = math.Pi / 180
		sy, cy := math.Sincos(want.yaw * degree)
		sp, cp := math.Sincos(want.pitch * degree)
		sr, cr := math.Sincos(want.roll * degree)
		seen := make([]point, meshPoints)
		for i, p := range g.face {
			p = point{p.x, p.y*cp - p.z*sp, p.y*sp + p.z*cp} // about x
			p = point{p.x*cy + p.z*sy, p.y, p.z*cy - p.x*sy} // then about y
			p = point{p.x*cr - p.y*sr, p.x*sr + p.y*cr, p.z} // then about z
			seen[i] = point{300 + 20*p.x, 400 - 20*p.y, -20 * p.z}
		}
		got := g.poseOf(seen)
		if math.Abs(got.yaw-want.yaw) > 0.01 || math.Abs(got.pitch-want.pitch) > 0.01 || math.Abs(got.roll-want.roll) > 0.01 {
			t.Errorf("pose = %+v, want %+v", got, want)
		}
	}
}

func TestAGoodPhotoBreaksNoRule(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	for _, name := range []string{"audrey.jpg", "grace_hopper.jpg", "biden.jpg"} {
		s := sit(t, m, name)
		r := check(t, c, Input{Picture: picture(t, s.photo)})
		for _, f := range r.With(Fail) {
			t.Errorf("%s: %s fails: %s = %v, threshold %v", name, f.Rule, f.Measure, f.Value, f.Threshold)
		}
		for _, rule := range []RuleID{RuleOnePerson, RuleUpright, RuleBackground, RuleEyes, RuleMask, RuleSunglasses, RuleSharp, RuleExposure, RuleOneInch, RuleCentred} {
			if f := r.Finding(rule); f.Verdict != Pass {
				t.Errorf("%s: %s = %s (%s = %v)", name, rule, f.Verdict, f.Measure, f.Value)
			}
		}
	}
}

// Each way to spoil a photo is found on each of two people, and the finding
// carries its remedy. TestPhotoReport measures it on nine.
func TestEachSpoiltPhotoIsFoundOut(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	var sitters []sitter
	names, every := []string{"audrey.jpg", "obama.jpg"}, 1
	if underRace {
		names, every = names[:1], 5
	}
	for _, name := range names {
		sitters = append(sitters, sit(t, m, name))
	}
	for i := 0; i < len(spoils); i += every {
		sp := spoils[i]
		t.Run(sp.name, func(t *testing.T) {
			for _, s := range sitters {
				r := check(t, c, Input{Picture: picture(t, sp.make(s))})
				f := r.Finding(sp.rule)
				if sp.mayHide && r.Finding(RuleOnePerson).Verdict == Fail {
					continue
				}
				if f.Verdict != Fail && f.Verdict != Review {
					t.Errorf("%s: %s = %s", s.name, sp.rule, f.Verdict)
					continue
				}
				if rule, _ := RuleOf(sp.rule); f.Say != rule.Remedy {
					t.Errorf("%s: says %q", s.name, f.Say)
				}
				for _, k := range f.Marks {
					if k.X < 0 || k.Y < 0 || k.X+k.W > 1000 || k.Y+k.H > 1000 || k.Rule != sp.rule {
						t.Errorf("%s: mark %+v lies outside", s.name, k)
					}
				}
			}
		})
	}
}

func TestMarksLieWhereTheFaultIs(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	s := sit(t, m, "audrey.jpg")
	r := check(t, c, Input{Picture: picture(t, s.beside(0.5))})
	marks := r.Finding(RuleOnePerson).Marks
	if len(marks) != 1 || marks[0].X+marks[0].W/2 > 300 || marks[0].Y+marks[0].H/2 > 300 {
		t.Errorf("the second face, at the top left, is marked at %+v", marks)
	}
	closed := check(t, c, Input{Picture: picture(t, s.lidded())})
	eyes := closed.Finding(RuleEyes).Marks
	if len(eyes) != 2 {
		t.Fatalf("%d marks for two eyes", len(eyes))
	}
	for i, e := range []point{s.scene.face.rightEye(), s.scene.face.leftEye()} {
		x, y := int(e.x/0.52), int(e.y/0.756)
		if k := eyes[i]; x < k.X || x > k.X+k.W || y < k.Y-5 || y > k.Y+k.H+5 {
			t.Errorf("eye %d at %d, %d is marked at %+v", i, x, y, k)
		}
	}
}

// A declared rule is never passed by the program, an advisory one never failed.
func TestNoVerdictGoesBeyondWhatCanBeJudged(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	s := sit(t, m, "obama.jpg")
	for _, p := range []*image.RGBA{s.photo, s.clothed(spoilWhite), s.beside(0.5), drawn(520, 756)} {
		r := check(t, c, Input{Picture: picture(t, p)})
		if len(r.Findings) != len(Rules()) {
			t.Errorf("%d findings for %d rules", len(r.Findings), len(Rules()))
		}
		for _, rule := range Rules() {
			switch v := r.Finding(rule.ID).Verdict; {
			case rule.Judged == Declared && (v == Pass || v == Fail):
				t.Errorf("%s, which is declared: %s", rule.ID, v)
			case rule.Judged == Advisory && v == Fail:
				t.Errorf("%s, which is advisory: fail", rule.ID)
			}
		}
		if r.Verdict() == Pass {
			t.Error("a report passed a photo that no person has seen")
		}
	}
}

func TestTheSamePhotoGivesTheSameReport(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	in := Input{Picture: picture(t, sit(t, m, "audrey.jpg").photo)}
	if d := cmp.Diff(check(t, c, in), check(t, c, in)); d != "" {
		t.Error(d)
	}
}

// A portrait cut by the report has its head where the national sizes want it,
// whatever the photo was like.
func TestThePortraitIsCutToTheNationalHead(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	s := sit(t, m, "audrey.jpg")
	wide := s.whole()
	wide.width, wide.height = 1.5*wide.width, 1.5*wide.height
	for name, p := range map[string]*image.RGBA{"the photo": s.photo, "with more room about it": s.turned(wide)} {
		in := Input{Picture: picture(t, p)}
		r := check(t, c, in)
		data, err := Portrait(in.Picture, r.Crop.Rect())
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > portraitMax {
			t.Errorf("%s: %d bytes", name, len(data))
		}
		small, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := m.look(small.Pix)
		if err != nil || len(seen.faces) != 1 {
			t.Fatalf("%s: %d faces, %v", name, len(seen.faces), err)
		}
		length := seen.face.points[chin].y - float64(seen.top)
		if length < 224 || length > 260 || seen.top < 8 || seen.top > 24 {
			t.Errorf("%s: head %.0f px long, %d px from the edge", name, length, seen.top)
		}
		if x := seen.face.eyes().x; math.Abs(x-130) > 4 {
			t.Errorf("%s: eyes' middle at %.0f of 260", name, x)
		}
		face, err := SmallFace(in.Picture, r.Face.Rect())
		if err != nil || len(face) > FaceMax {
			t.Errorf("%s: small face of %d bytes, %v", name, len(face), err)
		}
	}
}

func TestAPhotoUsedBeforeIsKnownAgainInAnotherShape(t *testing.T) {
	m := loadedModels(t)
	c := NewChecker(m, DefaultSettings())
	s, other := sit(t, m, "audrey.jpg"), sit(t, m, "grace_hopper.jpg")
	located, err := c.Locate(context.Background(), picture(t, s.photo)) // as the register does with the photo on file
	if err != nil {
		t.Fatal(err)
	}
	first := located.Hash
	v := s.whole()
	v.width, v.height, v.turn = 1.1*v.width, 1.1*v.height, 0.05
	for name, p := range map[string]*image.RGBA{"smaller": shrink(s.photo, 300, 436), "cut and turned": s.turned(v), "darker": darker(s)} {
		if f := check(t, c, Input{Picture: picture(t, p), Earlier: []Hash{first}}).Finding(RuleUnused); f.Verdict != Fail {
			t.Errorf("%s: %s, %v bits away", name, f.Verdict, f.Value)
		}
	}
	if f := check(t, c, Input{Picture: picture(t, other.photo), Earlier: []Hash{first}}).Finding(RuleUnused); f.Verdict != Pass {
		t.Errorf("another person: %s, %v bits away", f.Verdict, f.Value)
	}
	if f := check(t, c, Input{Picture: picture(t, s.behind(evenly(spoilBlue))), Earlier: []Hash{first}}).Finding(RuleUnused); !slices.Contains([]Verdict{Review, Fail}, f.Verdict) {
		t.Errorf("another wall behind: %s, %v bits away", f.Verdict, f.Value)
	}
}
