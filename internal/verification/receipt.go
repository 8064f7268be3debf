package verification

import (
	"slices"

	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// A Line is one line of a receipt.
type Line struct{ Label, Value lang.Text }

// Title names the receipt.
func (c *Check) Title() lang.Text {
	return lang.T("机动车驾驶证（电子版）·"+c.Record.ScenarioName.ZH, "Driving licence (electronic) · "+c.Record.ScenarioName.EN)
}

// onReceipt are the facts that a receipt repeats; paper lies about, so the
// others stay on the terminal.
var onReceipt = []relyingparty.Field{relyingparty.Validity, relyingparty.Expiry, relyingparty.ClassSince, relyingparty.YearsDriving}

// Receipt returns the lines of the receipt: no more than was shown, with name
// and number masked.
func (c *Check) Receipt() []Line {
	var lines []Line
	add := func(zh, en string, value lang.Text) {
		if value.ZH != "" {
			lines = append(lines, Line{lang.T(zh, en), value})
		}
	}
	a, r := c.Record.Answer, c.Record
	if p := a.Person; p != nil {
		add("姓名", "Name", plain(identity.Name(p.Name).Masked()))
		add("证号", "Licence number", plain(identity.Number(p.Number).Masked()))
	}
	add("准驾车型", "Classes", sayClasses(a.Classes))
	for _, yes := range a.Answers {
		lines = append(lines, Line{yes.Question, yesNo(yes.Yes)})
	}
	for _, f := range a.Facts {
		if slices.Contains(onReceipt, f.Key) {
			lines = append(lines, Line{f.Label, f.Value})
		}
	}
	switch c.Match {
	case Same:
		add("人证一致", "Person and photo", lang.T("是，由操作员确认", "agree, says the operator"))
	case Different:
		add("人证一致", "Person and photo", lang.T("否，由操作员确认", "differ, says the operator"))
	}
	add("核验单位", "Checked by", plain(r.Party))
	add("操作员·终端", "Operator · terminal", plain(r.OperatorNumber+" · "+r.TerminalNumber))
	add("地点", "Place", plain(r.Place))
	add("核查方式", "How", c.WayWords())
	return lines
}

func sayClasses(list []Class) lang.Text {
	set := make(licence.Classes, len(list))
	for i, class := range list {
		set[i] = class.Code
	}
	return set.Say()
}

// WayWords says how the licence was found.
func (c *Check) WayWords() lang.Text {
	if c.Record.Told {
		return lang.T("按您的授权，变化后自动告知", "told of a change, as you consented")
	}
	switch c.Way {
	case relyingparty.ByNumber:
		return lang.T("联网，按号码和姓名", "online, by number and name")
	case relyingparty.InBulk:
		return lang.T("联网，批量按号码和姓名", "online, in bulk by number and name")
	case relyingparty.ByConsent:
		return lang.T("联网，驾驶人远程同意", "online, with the driver's consent from afar")
	}
	switch r := c.Record; {
	case r.Data && r.Unconfirmed:
		return lang.T("读取数据码，操作员未经确认", "a data code, the operator not confirmed")
	case r.Data:
		return lang.T("读取数据码，不是现场出示", "a data code, not shown live")
	case r.Unconfirmed:
		return lang.T("离线，扫码，操作员未经确认", "offline, by code, the operator not confirmed")
	case r.Offline:
		return lang.T("离线，扫码", "offline, by code")
	}
	return lang.T("联网，扫码", "online, by code")
}

// ConfirmPath is the page that confirms the receipt, under the platform's
// address. The key is behind the #: it reaches no log of addresses.
func (c *Check) ConfirmPath() string {
	return "/verify/#/receipt/" + c.Number + "?k=" + c.Record.ReceiptKey
}

// GivenLabels names what was given, for the driver.
func (c *Check) GivenLabels() []lang.Text {
	labels := make([]lang.Text, len(c.Record.Given))
	for i, f := range c.Record.Given {
		labels[i] = f.Label()
	}
	return labels
}
