package licence

import (
	"fmt"
	"strings"

	"edl/internal/civil"
	"edl/internal/lang"
)

// Contacts are the telephones that the sentences name; an empty one is left out.
type Contacts struct {
	Authority string // of the issuing authority
	CaseUnit  string // of the unit that seized the licence, if known
}

// Sentence is what a driver is told about a status.
type Sentence struct {
	Letter Letter     `json:"letter"`
	Say    lang.Text  `json:"say"`   // the whole, in the words of the table
	Why    lang.Text  `json:"why"`   // its reason alone
	Next   lang.Text  `json:"next"`  // its next step alone; empty: nothing to do
	Since  civil.Date `json:"since"` // zero: not known
}

// Say returns the driver's sentence for the letter that decides.
func Say(s State, c Contacts) Sentence {
	sentence := sayLetter(s.Worst, s.ExtensionUntil, c)
	sentence.Since = s.Since()
	return sentence
}

// SayAll returns a sentence for each letter of the state, the worst first: a
// driver with 超分 and 暂扣 has two things to do.
func SayAll(s State, c Contacts) []Sentence {
	var all []Sentence
	said := map[Letter]bool{}
	for _, cause := range s.Causes {
		if said[cause.Letter] || cause.Letter == Normal && len(s.Causes) > 1 {
			continue
		}
		said[cause.Letter] = true
		one := s
		one.Worst = cause.Letter
		all = append(all, Say(one, c))
	}
	return all
}

// plain holds the sentences without parameters, each as reason and next step;
// {authority} stands for （电话） of the issuing authority.
var plain = map[Letter][2]lang.Text{
	Normal: {lang.T("状态正常，可凭此证驾驶机动车。", "The licence is in order; you may drive with it.")},
	PointsFull: {lang.T("本记分周期累积记分已达12分，当前不能驾驶机动车。", "You have reached 12 points in this cycle and may not drive now."),
		lang.T("请参加满分学习，考试合格后恢复。", "Take the course; the licence is restored when you pass its test.")},
	Suspended: {lang.T("驾驶证在暂扣期内，不能驾驶机动车。", "The licence is suspended; you may not drive."),
		lang.T("期满后到作出决定的交管部门办理。", "When the suspension is over, go to the traffic police office that decided it.")},
	Detained: {lang.T("驾驶证已被依法扣留。", "The licence is detained by law."),
		lang.T("请在15日内持强制措施凭证到凭证载明的地点接受处理。", "Within 15 days, bring the certificate of the measure to the place it names.")},
	NotRenewed: {lang.T("驾驶证已过有效期，不能驾驶机动车。", "The licence's validity has ended; you may not drive."),
		lang.T("请先换证，再重新申领。", "Renew the licence, then apply for the electronic licence again.")},
	Locked: {lang.T("驾驶证已锁定，电子驾驶证暂不能使用。常见情形：新证未领取、业务办理中、信息待核实。", "The licence is locked and the electronic licence cannot be used for now. Usual causes: a new licence not yet collected, business under way, data to be verified."),
		lang.T("请联系发证机关{authority}。", "Contact the issuing authority{authority}.")},
	Stopped: {lang.T("驾驶证已停止使用，不能驾驶机动车。", "The use of the licence is stopped; you may not drive."),
		lang.T("请联系发证机关{authority}。", "Contact the issuing authority{authority}.")},
	MovedOut: {lang.T("驾驶证已转出。", "The licence was moved to another authority."),
		lang.T("请向现发证机关申领。", "Apply to the authority that issues it now.")},
	OffenceOpen:  {lang.T("有未处理的违法，不影响使用。", "An offence is not settled yet; the licence can be used.")},
	AccidentOpen: {lang.T("有未处理的事故，不影响使用。", "An accident is not settled yet; the licence can be used.")},
	Annulled: {lang.T("驾驶证已被撤销，不能驾驶机动车，电子驾驶证不再显示。", "The licence was annulled; you may not drive, and the electronic licence is no longer shown."),
		lang.T("如有疑问，请联系发证机关{authority}。", "With questions, contact the issuing authority{authority}.")},
	Revoked: {lang.T("驾驶证已被吊销，不能驾驶机动车，电子驾驶证不再显示。", "The licence was revoked; you may not drive, and the electronic licence is no longer shown."),
		lang.T("如有疑问，请联系作出决定的交管部门或发证机关{authority}。", "With questions, contact the office that decided it or the issuing authority{authority}.")},
	Cancelled: {lang.T("驾驶证已注销，不能驾驶机动车，电子驾驶证不再显示。", "The licence was cancelled; you may not drive, and the electronic licence is no longer shown."),
		lang.T("如需驾驶，请重新申请驾驶证；有疑问请联系发证机关{authority}。", "To drive again, apply for a new driving licence; with questions, contact the issuing authority{authority}.")},
	Recoverable: {lang.T("驾驶证已注销，可以申请恢复；恢复前不能驾驶机动车，电子驾驶证不再显示。", "The licence was cancelled and can be restored; until then you may not drive, and the electronic licence is no longer shown."),
		lang.T("请向发证机关申请恢复驾驶资格{authority}，恢复后再重新申领。", "Ask the issuing authority{authority} to restore it, then apply for the electronic licence again.")},
	Other: {lang.T("驾驶证状态需要核实，电子驾驶证暂不能使用。", "The licence's status needs to be clarified; the electronic licence cannot be used for now."),
		lang.T("请携带身份证明到发证机关窗口办理{authority}。", "Bring your identity document to a window of the issuing authority{authority}.")},
}

func sayLetter(letter Letter, until civil.Date, c Contacts) Sentence {
	letter = letter.orOther()
	switch letter {
	case Seized: // one sentence with a comma, so the whole is more than its parts
		unit := phone(c.CaseUnit)
		return Sentence{Letter: letter,
			Say:  lang.T("驾驶证已被扣押，请联系办案单位"+unit.ZH+"。", "The licence is seized as evidence; contact the unit in charge of the case"+unit.EN+"."),
			Why:  lang.T("驾驶证已被扣押。", "The licence is seized as evidence."),
			Next: lang.T("请联系办案单位"+unit.ZH+"。", "Contact the unit in charge of the case"+unit.EN+".")}
	case NotReviewed:
		return Sentence{Letter: letter,
			Say:  lang.T("驾驶证逾期未审验，请先办理审验。", "The licence was not reviewed in time; have it reviewed first."),
			Why:  lang.T("驾驶证逾期未审验。", "The licence was not reviewed in time."),
			Next: lang.T("请先办理审验。", "Have it reviewed first.")}
	case MovedOut:
		return Sentence{Letter: letter, Why: plain[letter][0], Next: plain[letter][1],
			Say: lang.T("驾驶证已转出，请向现发证机关申领。", "The licence was moved to another authority; apply to the one that issues it now.")}
	case RenewalDeferred, MedicalDeferred, ReviewDeferred:
		why := extended(until)
		return Sentence{Letter: letter, Say: why, Why: why}
	}
	p := phone(c.Authority)
	fill := func(t lang.Text) lang.Text {
		return lang.T(strings.ReplaceAll(t.ZH, "{authority}", p.ZH), strings.ReplaceAll(t.EN, "{authority}", p.EN))
	}
	why, next := fill(plain[letter][0]), fill(plain[letter][1])
	return Sentence{Letter: letter, Say: join(why, next), Why: why, Next: next}
}

// extended says “（日期）前可正常使用”, with 24:00 so that the last day counts.
func extended(until civil.Date) lang.Text {
	if until.IsZero() {
		return lang.T("已办理延期，可正常使用。", "An extension was granted; the licence can be used as usual.")
	}
	return lang.T(
		fmt.Sprintf("已办理延期，%s24:00前可正常使用。", dayZH(until)),
		fmt.Sprintf("An extension was granted; the licence can be used as usual until the end of %s.", dayEN(until)))
}

func phone(number string) lang.Text {
	if number == "" {
		return lang.Text{}
	}
	return lang.T("（"+number+"）", " ("+number+")")
}

func join(a, b lang.Text) lang.Text {
	if b == (lang.Text{}) {
		return a
	}
	return lang.T(a.ZH+b.ZH, a.EN+" "+b.EN)
}
