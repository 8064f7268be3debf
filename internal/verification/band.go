package verification

import (
	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// The words of the band, short enough to be read at arm's length.
var (
	wordUsable    = lang.T("可用", "Usable")
	wordNotUsable = lang.T("不能使用", "Not usable")
	wordNotNow    = lang.T("当前不能使用", "Cannot be used now")
	wordPending   = lang.T("待核实", "To be verified")
	wordThenGood  = lang.T("事故时可用", "Usable then")
	wordThenBad   = lang.T("事故时不能使用", "Not usable then")
	wordNoRecord  = lang.T("无记录", "No record")

	lineOnline  = lang.T("已联网核查", "checked online")
	lineGenuine = lang.T("真实", "genuine")
	lineFound   = lang.T("号码姓名一致", "number and name agree")
	lineAgreed  = lang.T("驾驶人已同意", "the driver consented")
	lineSilent  = lang.T("请驾驶人在本人手机上查看原因", "The driver can see why on their own phone")
	linePending = lang.T("信息待核实，请与发证机关核对", "an entry is being verified; ask the authority")
)

// band says the verdict in a word and a line. A question about this vehicle or
// this day that is answered by no turns the verdict: a clerk must not read
// “usable” and hand over the car.
func (c *composer) band() {
	a := &c.answer
	switch {
	case c.scenario.AsOf():
		a.Word, a.Line = c.bandThen()
	case c.silent:
		a.Word, a.Line = wordNotNow, lineSilent
	case c.outcome == NotUsable:
		a.Word, a.Line = c.bandWhy()
	case c.failed != nil:
		c.outcome = NotUsable
		a.Word, a.Line = c.failed.word, c.failed.line
		a.Answers = append([]YesNo{{relyingparty.Usable, lang.T("驾驶证现在可以使用", "The licence is usable now"), true}}, a.Answers...)
	default:
		a.Word, a.Line = wordUsable, c.lineUsable()
	}
}

// found says how the licence was found to be this one.
func (c *composer) found() lang.Text {
	switch c.q.Way {
	case relyingparty.ByNumber, relyingparty.InBulk:
		return lineFound
	case relyingparty.ByConsent:
		return lineAgreed
	}
	return lineGenuine
}

func (c *composer) lineUsable() lang.Text {
	parts := []lang.Text{c.found()}
	if c.scenario.Gives(relyingparty.Causes) {
		if c.tells(relyingparty.Causes) {
			parts = append(parts, c.State.Status().Name())
		}
		return dots(append(parts, c.lineElectronic())...)
	}
	short := map[relyingparty.Field]lang.Text{
		relyingparty.ClassCovers: lang.T("可驾本车", "covers this vehicle"),
		relyingparty.ValidUntil:  lang.T("覆盖还车日", "valid until the return"),
	}
	for _, yes := range c.answer.Answers {
		parts = append(parts, short[yes.Key])
	}
	if len(parts) == 1 || dots(parts...) == c.found() {
		parts = append(parts, lineOnline)
	}
	return dots(parts...)
}

// lineElectronic says what is wrong with the electronic licence, to who asked for it.
func (c *composer) lineElectronic() lang.Text {
	if c.tells(relyingparty.Electronic) {
		switch c.Electronic.State() {
		case licence.Invalidated:
			return lang.T("电子证须重新申领", "electronic licence to be applied for again")
		case licence.NoElectronic:
			return lang.T("未申领电子证", "no electronic licence")
		}
	}
	return lineOnline
}

// bandWhy is for who may know why, and wants to.
func (c *composer) bandWhy() (word, line lang.Text) {
	if c.State.Use == licence.Usable {
		return wordPending, linePending
	}
	if !c.tells(relyingparty.Causes) {
		return wordNotUsable, dots(c.found(), lineOnline)
	}
	names := c.names()
	if since := c.State.Since(); !since.IsZero() {
		day := shortDay(since)
		return wordNotUsable, dots(names, lang.T("自"+day.ZH+"起", "since "+day.EN))
	}
	return wordNotUsable, names
}

// names are the letters that keep the licence from being used.
func (c *composer) names() lang.Text {
	var list lang.Text
	said := map[licence.Letter]bool{}
	for _, cause := range c.State.Causes {
		if cause.Letter.Use() == licence.Usable || said[cause.Letter] {
			continue
		}
		said[cause.Letter] = true
		if list != (lang.Text{}) {
			list = lang.T(list.ZH+"、", list.EN+", ")
		}
		list = lang.T(list.ZH+cause.Letter.Name().ZH, list.EN+cause.Letter.Name().EN)
	}
	return list
}

// bandThen speaks of the moment of the accident.
func (c *composer) bandThen() (word, line lang.Text) {
	day := shortDay(civil.Of(c.at))
	then := lang.T(day.ZH+c.at.In(civil.Shanghai).Format(" 15:04"), day.EN+c.at.In(civil.Shanghai).Format(" 15:04"))
	line = dots(then, lang.T("按现有登记", "as known today"))
	switch {
	case c.None:
		return wordNoRecord, dots(then, lang.T("当时还没有登记", "nothing was on record then"))
	case c.outcome == NotUsable:
		return wordThenBad, line
	case c.failed != nil:
		c.outcome = NotUsable
		return c.failed.word, line
	}
	return wordThenGood, line
}
