package licence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
)

var contacts = Contacts{Authority: "000-12345", CaseUnit: "000-54321"}

func stateWith(s Status) State {
	return StatusAt(sample(status(s), extendedTo(civil.D(2027, 1, 1))), today)
}

func TestWhatTheDriverIsToldByLetter(t *testing.T) {
	want := map[Letter]string{
		PointsFull:      "本记分周期累积记分已达12分，当前不能驾驶机动车。请参加满分学习，考试合格后恢复。",
		Suspended:       "驾驶证在暂扣期内，不能驾驶机动车。期满后到作出决定的交管部门办理。",
		Detained:        "驾驶证已被依法扣留。请在15日内持强制措施凭证到凭证载明的地点接受处理。",
		Seized:          "驾驶证已被扣押，请联系办案单位（000-54321）。",
		NotRenewed:      "驾驶证已过有效期，不能驾驶机动车。请先换证，再重新申领。",
		NotReviewed:     "驾驶证逾期未审验，请先办理审验。",
		Locked:          "驾驶证已锁定，电子驾驶证暂不能使用。常见情形：新证未领取、业务办理中、信息待核实。请联系发证机关（000-12345）。",
		Stopped:         "驾驶证已停止使用，不能驾驶机动车。请联系发证机关（000-12345）。",
		MovedOut:        "驾驶证已转出，请向现发证机关申领。",
		RenewalDeferred: "已办理延期，2027年1月1日24:00前可正常使用。",
		MedicalDeferred: "已办理延期，2027年1月1日24:00前可正常使用。",
		ReviewDeferred:  "已办理延期，2027年1月1日24:00前可正常使用。",
		OffenceOpen:     "有未处理的违法，不影响使用。",
		AccidentOpen:    "有未处理的事故，不影响使用。",
		// These the table leaves open.
		Normal:      "状态正常，可凭此证驾驶机动车。",
		Annulled:    "驾驶证已被撤销，不能驾驶机动车，电子驾驶证不再显示。如有疑问，请联系发证机关（000-12345）。",
		Revoked:     "驾驶证已被吊销，不能驾驶机动车，电子驾驶证不再显示。如有疑问，请联系作出决定的交管部门或发证机关（000-12345）。",
		Cancelled:   "驾驶证已注销，不能驾驶机动车，电子驾驶证不再显示。如需驾驶，请重新申请驾驶证；有疑问请联系发证机关（000-12345）。",
		Recoverable: "驾驶证已注销，可以申请恢复；恢复前不能驾驶机动车，电子驾驶证不再显示。请向发证机关申请恢复驾驶资格（000-12345），恢复后再重新申领。",
		Other:       "驾驶证状态需要核实，电子驾驶证暂不能使用。请携带身份证明到发证机关窗口办理（000-12345）。",
	}
	got := map[Letter]string{}
	for _, l := range Letters() {
		sentence := Say(stateWith(Status(l)), contacts)
		got[l] = sentence.Say.ZH
		if sentence.Letter != l || sentence.Say.EN == "" || sentence.Why.ZH == "" || sentence.Why.EN == "" ||
			(sentence.Next.ZH == "") != (sentence.Next.EN == "") {
			t.Errorf("%s lacks a part: %+v", l, sentence)
		}
		if l.Use() != Usable && sentence.Next.ZH == "" {
			t.Errorf("%s stops the driver and names no next step", l)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATelephoneThatIsNotKnownLeavesNoBrackets(t *testing.T) {
	for _, l := range Letters() {
		sentence := Say(stateWith(Status(l)), Contacts{})
		for _, text := range []lang.Text{sentence.Say, sentence.Why, sentence.Next} {
			if strings.ContainsAny(text.ZH+text.EN, "（）(){}") {
				t.Errorf("%s: %q, %q", l, text.ZH, text.EN)
			}
		}
	}
}

func TestADriverWithTwoThingsToDoIsToldBoth(t *testing.T) {
	var letters []Letter
	for _, s := range SayAll(StatusAt(sample(status("ABDM"), validTo(civil.D(2026, 6, 30))), today), contacts) {
		letters = append(letters, s.Letter)
	}
	if diff := cmp.Diff([]Letter{Suspended, PointsFull, NotRenewed}, letters); diff != "" {
		t.Error(diff)
	}
	if got := SayAll(stateWith("A"), contacts); len(got) != 1 || got[0].Letter != Normal {
		t.Errorf("a normal licence says %+v", got)
	}
}

func TestASentenceSaysSinceWhen(t *testing.T) {
	state := StatusAt(sample(validTo(civil.D(2026, 6, 30))), today)
	if got := Say(state, contacts).Since; got != civil.D(2026, 7, 1) {
		t.Errorf("since %v", got)
	}
}

func TestTheOpeningAndTheTwoThings(t *testing.T) {
	validity := ChangesBetween(sample(), sample(validTo(civil.D(2036, 12, 28))))
	cases := []struct {
		name       string
		status     Status
		electronic Electronic
		changes    []Change
		opening    string
		licence    string
		line       string
	}{
		{"all in order", "A", Active, nil, "状态正常，可凭此证驾驶机动车", "驾驶证状态：正常", "电子驾驶证：可以使用"},
		{"an open offence", "AH", Active, nil, "状态正常，可凭此证驾驶机动车", "驾驶证状态：违法未处理", "电子驾驶证：可以使用"},
		{"the validity changed", "A", Invalidated, validity, "驾驶证正常，电子驾驶证须重新申领", "驾驶证状态：正常", "电子驾驶证：已失效（有效期变更，待重新申领）"},
		{"suspended", "D", Active, nil, "当前不能驾驶机动车", "驾驶证状态：暂扣", "电子驾驶证：不能使用"},
		{"suspended, and the validity changed", "BD", Invalidated, validity, "当前不能驾驶机动车", "驾驶证状态：暂扣、超分", "电子驾驶证：已失效（有效期变更，待重新申领）"},
		{"stopped", "J", Active, nil, "当前不能驾驶机动车", "驾驶证状态：停止使用", "电子驾驶证：无效"},
		{"revoked", "F", Active, nil, "当前不能驾驶机动车", "驾驶证状态：吊销", "电子驾驶证：不再显示"},
		{"never applied for", "A", NoElectronic, nil, "驾驶证正常，尚未申领电子驾驶证", "驾驶证状态：正常", "电子驾驶证：尚未申领"},
		{"suspended, and never applied for", "D", NoElectronic, nil, "当前不能驾驶机动车", "驾驶证状态：暂扣", "电子驾驶证：尚未申领"},
	}
	for _, c := range cases {
		state := stateWith(c.status)
		got := []string{Opening(state, c.electronic).ZH, LicenceLine(state).ZH, ElectronicLine(state, c.electronic, c.changes).ZH}
		if diff := cmp.Diff([]string{c.opening, c.licence, c.line}, got); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if english := Opening(state, c.electronic).EN + LicenceLine(state).EN + ElectronicLine(state, c.electronic, c.changes).EN; strings.ContainsAny(english, "。，：（") {
			t.Errorf("%s: Chinese in the English: %s", c.name, english)
		}
	}
}

func TestTheNationalSentencesAreKeptToTheLetter(t *testing.T) {
	for _, s := range []Status{"L", "J"} {
		if got := fault.Of(CanApply(stateWith(s))); got != ErrApplyAbnormal || got.Say.ZH != "驾驶证状态异常，无法申领驾驶证电子版，请联系驾驶证发证地公安交管部门" {
			t.Errorf("%s: %v", s, got)
		}
	}
	if HiddenNotice.ZH != "您的驾驶证状态异常，驾驶证电子版无效，请联系驾驶证发证地公安交管部门" {
		t.Errorf("hidden: %s", HiddenNotice)
	}
	if ThirdParty.ZH != "当前不能使用，请驾驶人在本人手机上查看原因" {
		t.Errorf("third party: %s", ThirdParty)
	}
}

func TestEachRefusalToApplyHasItsOwnReason(t *testing.T) {
	codes := map[string]Letter{}
	for _, l := range Letters() {
		f := fault.Of(CanApply(stateWith(Status(l))))
		if f == nil {
			continue
		}
		if other, twice := codes[f.Code]; twice && f != ErrApplyAbnormal {
			t.Errorf("%s and %s are refused alike: %s", other, l, f.Code)
		}
		codes[f.Code] = l
		if f.Kind != fault.Conflict || f.Say.ZH == "" || f.Say.EN == "" {
			t.Errorf("%s: %+v", l, f)
		}
	}
	if CanApply(State{}) == nil {
		t.Error("a state that nobody judged allows an application")
	}
}

func TestHoldersOfMotorcycleClassesAloneMayApply(t *testing.T) {
	for _, c := range []Class{D, E, F} {
		l := sample(func(l *Licence) { l.Classes = []ClassRecord{{c, l.FirstIssue}} })
		if err := CanApply(StatusAt(l, today)); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestTheDirectWay(t *testing.T) {
	cases := []struct {
		name   string
		change func(*Licence)
		open   bool
	}{
		{"an identity card with a photo of eight years", func(*Licence) {}, true},
		{"on the photo's tenth birthday", func(l *Licence) { l.Photo.TakenOn = civil.D(2016, 10, 9) }, true},
		{"a day after it", func(l *Licence) { l.Photo.TakenOn = civil.D(2016, 10, 8) }, false},
		{"a photo whose day is not known", func(l *Licence) { l.Photo.TakenOn = civil.Date{} }, false},
		{"a photo from the window", func(l *Licence) { l.Photo.Source = FromWindow }, false},
		{"no photo on file", func(l *Licence) { l.Photo = Photo{} }, false},
		{"a temporary card", func(l *Licence) { l.Document.Type = "M" }, false},
		{"a foreigner", func(l *Licence) { l.Document.Type = "F" }, false},
		{"a residence permit", func(l *Licence) { l.Document.Type = "Q" }, false},
	}
	for _, c := range cases {
		if got := DirectWay(sample(c.change), today); got != c.open {
			t.Errorf("%s: open %v", c.name, got)
		}
	}
}

func TestWhetherTheOfficerCollectsThePaper(t *testing.T) {
	cases := []struct {
		status  Status
		collect bool
	}{
		{"A", false}, {"AH", false}, {"I", false}, {"N", false}, {"L", false}, {"M", false}, {"S", false}, {"C", false},
		{"B", true}, {"D", true}, {"U", true}, {"K", true}, {"E", true}, {"F", true}, {"G", true},
		{"BJ", true}, // the worst does not ask for it, another letter does
	}
	for _, c := range cases {
		got := PaperFor(stateWith(c.status))
		if got.Collect != c.collect || got.Say.ZH == "" || got.Say.EN == "" {
			t.Errorf("%s: %+v", c.status, got)
		}
	}
}

func TestThePageOfPaperRulesAnswersEveryCaseKnown(t *testing.T) {
	var needed, free []string
	for _, r := range PaperRules() {
		if r.Business.ZH == "" || r.Business.EN == "" || r.Why.ZH == "" || r.Why.EN == "" {
			t.Errorf("%+v lacks words", r)
		}
		if r.Needed {
			needed = append(needed, r.Business.ZH)
		} else {
			free = append(free, r.Business.ZH)
		}
	}
	wantIn(t, needed, "扣留", "12分", "一般程序", "暂扣", "吊销", "注销", "降低", "转入", "损毁", "校车", "满分学习", "扣押")
	wantIn(t, free, "查验", "违法", "事故", "车辆和驾驶证", "运输", "保险", "租车")
}

func wantIn(t *testing.T, list []string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.Join(list, "|"), w) {
			t.Errorf("%s is missing in %v", w, list)
		}
	}
}
