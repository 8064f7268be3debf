package verification

import (
	"strconv"
	"time"

	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
)

// A Subject is what the platform knows of the licence in question, at the
// moment that the answer is about.
type Subject struct {
	Entry      *register.Entry
	State      licence.State // at that moment
	None       bool          // nothing was on record then
	Electronic *credential.Electronic
	PhotoID    string // "" if there is none
	Contacts   licence.Contacts
	Steps      []Step
}

// Compose makes the answer to a question that fits the scenario: the only
// place where what is known becomes what is told. It returns the outcome and
// the fields that were given as well.
func Compose(s *relyingparty.Scenario, q Question, subject Subject, now time.Time) (Answer, Outcome, []relyingparty.Field) {
	c := &composer{scenario: s, q: q, Subject: subject, at: now}
	if s.AsOf() {
		c.at = q.AccidentAt
	}
	c.usable()
	c.person()
	c.questions()
	c.classes()
	c.facts()
	c.reasons()
	c.band()
	return c.answer, c.outcome, c.given
}

type composer struct {
	Subject
	scenario *relyingparty.Scenario
	q        Question
	at       time.Time // that the answer is about
	answer   Answer
	outcome  Outcome
	given    []relyingparty.Field
	silent   bool     // not usable, and the asker is not told why
	failed   *purpose // usable, and not for this
}

// gives reports whether a field may be given and is wanted, and notes it.
func (c *composer) gives(f relyingparty.Field) bool {
	if !c.tells(f) {
		return false
	}
	c.given = append(c.given, f)
	return true
}

// tells reports whether a field may be given and is wanted: for the band, which
// says in a word what a field holds.
func (c *composer) tells(f relyingparty.Field) bool { return c.scenario.Gives(f) && c.q.wants(f) }

// usable judges the licence. Who is told how the electronic licence stands
// gets the licence's own verdict beside it; for all others both must stand.
func (c *composer) usable() {
	c.gives(relyingparty.Usable)
	good := !c.None && c.State.Use == licence.Usable
	if !c.scenario.AsOf() {
		good = good && !c.Entry.Pending
	}
	if !c.scenario.AsOf() && !c.scenario.Gives(relyingparty.Electronic) {
		good = good && c.Electronic.State() == licence.Active
	}
	switch {
	case c.None:
		c.outcome = NoVerdict
	case good:
		c.outcome = Usable
	default:
		c.outcome = NotUsable
	}
	c.silent = !good && !c.scenario.Gives(relyingparty.Causes) && !c.scenario.AsOf()
}

func (c *composer) person() {
	var p Person
	l := c.Entry.Licence
	if c.PhotoID != "" && c.gives(relyingparty.Photo) {
		p.PhotoID = c.PhotoID
	}
	if c.gives(relyingparty.Name) {
		p.Name = string(l.Name)
	}
	if c.gives(relyingparty.Sex) {
		p.Sex = l.Sex.Name()
	}
	if c.gives(relyingparty.BirthDate) {
		p.BirthDate = dateOrBlank(l.BirthDate)
	}
	if c.gives(relyingparty.Number) {
		p.Number = string(l.Document.Number)
	}
	if p != (Person{}) {
		c.answer.Person = &p
	}
}

// A purpose is a question whose no means: not for this.
type purpose struct{ word, line, reason lang.Text }

// questions answers what is answered by yes or no. While the licence cannot be
// used, those that would hint at the reason stay without an answer.
func (c *composer) questions() {
	l := c.Entry.Licence
	if c.q.holds() && c.gives(relyingparty.SamePerson) {
		c.ask(relyingparty.SamePerson, lang.T("姓名和证号属于本证", "Name and number belong to this licence"), c.q.belongs(l), &purpose{
			lang.T("不是同一人", "Not this person"), lang.T("真实·姓名或证号与本证不符", "genuine · name or number is not this licence's"),
			lang.T("对方所持的姓名或证号与您的驾驶证不符。", "The name or number that was given is not your licence's.")})
	}
	if v := c.q.VehicleClass; v != "" && !c.silent && !c.None && c.gives(relyingparty.ClassCovers) {
		c.ask(relyingparty.ClassCovers, lang.T("可驾："+v.Name().ZH, "May drive: "+v.Name().EN), l.ClassSet().Allows(v), &purpose{
			lang.T("不可驾本车", "Not this vehicle"), lang.T("真实·准驾车型不含"+v.Name().ZH, "genuine · not allowed to drive a "+v.Name().EN),
			lang.T("对方询问的车型是"+v.Name().ZH+"，不在您的准驾车型内。", "You were asked about a "+v.Name().EN+", which your classes do not allow.")})
	}
	if d := c.q.RentalEnd; !d.IsZero() && !c.silent && c.gives(relyingparty.ValidUntil) {
		day := shortDay(d)
		c.ask(relyingparty.ValidUntil, lang.T(day.ZH+"还车时仍有效", "Still valid on return, "+day.EN), c.validOn(d), &purpose{
			lang.T("还车前到期", "Ends before return"), lang.T("真实·有效期不到还车日", "genuine · its validity ends before the return"),
			lang.T("您的驾驶证在还车日"+day.ZH+"之前到期。", "Your licence ends before the day of return, "+day.EN+".")})
	}
	if c.gives(relyingparty.PointsFull) {
		c.ask(relyingparty.PointsFull, lang.T("本记分周期记满12分", "12 points in this cycle"), l.Points >= 12 || c.State.Has(licence.PointsFull), nil)
	}
	if c.None {
		return
	}
	if c.gives(relyingparty.WasSuspended) {
		c.ask(relyingparty.WasSuspended, lang.T("事故时被暂扣", "Suspended at the accident"), c.State.Has(licence.Suspended), nil)
	}
	if c.gives(relyingparty.WasRevoked) {
		c.ask(relyingparty.WasRevoked, lang.T("事故时已被吊销", "Revoked at the accident"), c.State.Has(licence.Revoked), nil)
	}
	if !c.silent && c.gives(relyingparty.InProbation) {
		c.ask(relyingparty.InProbation, lang.T("在实习期内", "In probation"), licence.InProbation(l, c.at), nil)
	}
}

func (c *composer) ask(key relyingparty.Field, question lang.Text, yes bool, otherwise *purpose) {
	if own, ok := c.scenario.Labels[key]; ok {
		question = own
	}
	c.answer.Answers = append(c.answer.Answers, YesNo{key, question, yes})
	if !yes && otherwise != nil && c.failed == nil {
		c.failed = otherwise
	}
}

// validOn reports whether the licence is valid through a day, as far as dates
// tell today.
func (c *composer) validOn(d civil.Date) bool {
	return licence.StatusAt(c.Entry.Licence, d.End().Add(-time.Second)).Use == licence.Usable
}

func (c *composer) classes() {
	l := c.Entry.Licence
	if c.silent {
		return
	}
	since := c.gives(relyingparty.ClassSince)
	if c.gives(relyingparty.Classes) {
		for _, r := range l.Classes {
			class := Class{Code: r.Class, Name: r.Class.Name()}
			if since {
				class.Since = dateOrBlank(r.Since)
			}
			c.answer.Classes = append(c.answer.Classes, class)
		}
		return
	}
	if v := c.q.VehicleClass; since && l.ClassSet().Allows(v) {
		value := plain(dateOrBlank(l.ClassSince(v)))
		if value.ZH == "" {
			value = lang.T("未记载", "not recorded")
		}
		c.fact(relyingparty.ClassSince, lang.T(v.Name().ZH+"起始日期", "May drive a "+v.Name().EN+" since"), value, lang.Text{})
	}
}

func (c *composer) fact(key relyingparty.Field, label, value, sub lang.Text) {
	c.answer.Facts = append(c.answer.Facts, Fact{key, label, value, sub})
}

// mostFacts is how many facts a scenario can give.
const mostFacts = 14

// facts gives the values that the scenario has, the ones looked at first before
// the others.
func (c *composer) facts() {
	if c.silent {
		return
	}
	l := c.Entry.Licence
	c.answer.Facts = make([]Fact, 0, mostFacts)
	if c.gives(relyingparty.Validity) {
		c.fact(relyingparty.Validity, lang.T("有效期", "Validity"), l.Validity(), lang.Text{})
	}
	if c.gives(relyingparty.Expiry) {
		c.fact(relyingparty.Expiry, lang.T("有效期至", "Valid until"), lastDay(l.ValidTo), lang.Text{})
	}
	if c.gives(relyingparty.Points) {
		ends := licence.PointsCycleEnds(l, c.at).String()
		n := strconv.Itoa(l.Points)
		c.fact(relyingparty.Points, lang.T("累积记分", "Points"), lang.T(n+" 分", n), lang.T("本周期至 "+ends, "this cycle ends "+ends))
	}
	if c.gives(relyingparty.YearsDriving) {
		n := strconv.Itoa(licence.YearsDriving(l, c.at))
		c.fact(relyingparty.YearsDriving, lang.T("驾龄", "Years of driving"), lang.T(n+" 年", n), lang.Text{})
	}
	if c.gives(relyingparty.Probation) {
		value := lang.T("不在实习期", "not in probation")
		if licence.InProbation(l, c.at) {
			last := licence.ProbationEnds(l).String()
			value = lang.T("至 "+last, "until "+last)
		}
		c.fact(relyingparty.Probation, lang.T("实习期", "Probation"), value, lang.Text{})
	}
	if c.gives(relyingparty.FileNumber) {
		c.fact(relyingparty.FileNumber, lang.T("档案编号", "File number"), plain(string(l.FileNumber)), lang.Text{})
	}
	c.moreFacts()
}

func (c *composer) moreFacts() {
	l := c.Entry.Licence
	for _, f := range []struct {
		field relyingparty.Field
		label lang.Text
		value lang.Text
	}{
		{relyingparty.FirstIssue, lang.T("初次领证", "First issue"), plain(dateOrBlank(l.FirstIssue))},
		{relyingparty.Authority, lang.T("发证机关", "Issuing authority"), plain(l.Authority)},
		{relyingparty.DocumentType, lang.T("身份证明", "Document"), l.Document.Type.Name()},
		{relyingparty.Nationality, lang.T("国籍", "Nationality"), nationality(l.Nationality)},
		{relyingparty.Address, lang.T("住址", "Address"), plain(l.Address)},
		{relyingparty.SchoolBus, lang.T("校车驾驶资格", "School bus"), plain(l.SchoolBus)},
		{relyingparty.HearingAid, lang.T("佩戴助听设备", "Hearing aid"), yesNo(l.HearingAid)},
	} {
		if f.value.ZH != "" && c.gives(f.field) {
			c.fact(f.field, f.label, f.value, lang.Text{})
		}
	}
}

// nationality is written as the register has it; only its commonest value has
// an English word.
func nationality(s string) lang.Text {
	if s == "中国" {
		return lang.T(s, "China")
	}
	return plain(s)
}

// noPaper is said to who is not concerned with the paper.
var noPaper = lang.T("不需要纸质驾驶证，也不要复印", "No paper licence is needed; do not copy it")

// reasons tells why, and what next, to who may know; the driver's own reason is
// kept beside it.
func (c *composer) reasons() {
	if c.gives(relyingparty.Causes) {
		c.causes()
		c.answer.Pending = c.Entry.Pending
	}
	if c.gives(relyingparty.Electronic) {
		c.answer.Electronic = &ElectronicLine{c.Electronic.State(), licence.ElectronicLine(c.State, c.Electronic.State(), c.changes())}
	}
	c.answer.Paper = licence.Paper{Say: noPaper}
	if c.gives(relyingparty.Next) {
		c.answer.Paper = licence.PaperFor(c.State)
		c.answer.Next = c.next()
	}
	if len(c.Steps) > 0 && c.gives(relyingparty.Trace) {
		c.answer.Steps = c.Steps
	}
	c.answer.Reason = c.driverReason()
}

func (c *composer) causes() {
	why := map[licence.Letter]lang.Text{}
	for _, s := range licence.SayAll(c.State, c.Contacts) {
		why[s.Letter] = s.Why
	}
	for _, cause := range c.State.Causes {
		if cause.Letter == licence.Normal {
			continue
		}
		one := Cause{Letter: cause.Letter, Name: cause.Letter.Name(), Why: why[cause.Letter]}
		if !cause.Since.IsZero() {
			one.Since = cause.Since.Start()
		}
		if cause.Source == licence.FromRegister && cause.Since == civil.Of(c.Entry.HoldsFrom) {
			one.LearnedAt = c.Entry.LearnedAt // the newest version brought the letter
		}
		c.answer.Causes = append(c.answer.Causes, one)
	}
}

func (c *composer) next() lang.Text {
	next := licence.Say(c.State, c.Contacts).Next
	switch {
	case next.ZH != "":
		return lang.T("告知驾驶人："+next.ZH, "Tell the driver: "+next.EN)
	case c.Entry.Pending:
		return lang.T("请与发证机关核对后再作决定。", "Ask the issuing authority before you decide.")
	case c.Electronic.State() == licence.Invalidated:
		return lang.T("告知驾驶人：请重新申领电子驾驶证。", "Tell the driver: apply for the electronic licence again.")
	}
	return lang.Text{}
}

func (c *composer) changes() []licence.Change {
	if c.Electronic == nil {
		return nil
	}
	return c.Electronic.Changes
}

// driverReason is what the driver's own phone says at that moment.
func (c *composer) driverReason() lang.Text {
	switch {
	case c.None:
		return lang.Text{}
	case c.State.Use != licence.Usable:
		return licence.Say(c.State, c.Contacts).Say
	case c.Entry.Pending:
		return register.PendingNotice
	case c.outcome == NotUsable:
		return licence.ElectronicLine(c.State, c.Electronic.State(), c.changes())
	case c.failed != nil:
		return c.failed.reason
	}
	return lang.Text{}
}
