package detention

import (
	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/notification"
	"time"
)

// Title names the receipt.
var Title = lang.T("扣留凭证回执", "Receipt of a detention")

// Rights is what the driver may do against it, and what happens without doing
// anything (Road Traffic Safety Law, article 110; Administrative
// Reconsideration Law, article 20; Administrative Litigation Law, article 46).
var Rights = lang.T(
	"对扣留不服的，可以陈述、申辩，也可以自知道之日起60日内申请行政复议，或者6个月内提起行政诉讼。无正当理由逾期不接受处理的，依法吊销驾驶证。",
	"You may state your case, ask for reconsideration within 60 days, or go to court within 6 months. Whoever does not come in time without good reason has the licence revoked by law.")

// Word says how it stands.
func (d *Detention) Word() lang.Text {
	if d.Stands() {
		return lang.T("扣留中", "Detained")
	}
	return lang.T("扣留已解除", "Detention lifted")
}

// PaperSay says what became of the paper licence.
func (d *Detention) PaperSay() lang.Text {
	if d.Record.Paper == Collected {
		return lang.T("已收存", "collected")
	}
	return lang.T("未携带，责令补交", "not carried; ordered to be handed in")
}

// DueSay says until when the driver must come.
func (d *Detention) DueSay() lang.Text { return SayDue(d.DueOn()) }

// SayDue writes the end of a term whose last day is d.
func SayDue(d civil.Date) lang.Text {
	return lang.T(d.Start().Format("2006年1月2日")+" 24:00前", "by the end of "+d.Start().Format("2 January 2006"))
}

// Lines are the lines of the receipt; it names no person.
func (d *Detention) Lines() [][2]lang.Text {
	r := d.Record
	lines := [][2]lang.Text{
		{lang.T("强制措施凭证编号", "Certificate"), same(r.Voucher)},
		{lang.T("扣留依据", "Grounds"), r.Ground.Say},
		{lang.T("法律条款", "Clause"), r.Ground.Clause},
		{lang.T("扣留时间", "Detained"), minute(d.At)},
		{lang.T("地点", "Place"), same(r.Place)},
		{lang.T("办理单位", "By"), same(r.Party)},
		{lang.T("民警·终端", "Officer · terminal"), same(r.OperatorNumber + " · " + r.TerminalNumber)},
		{lang.T("纸质驾驶证", "Paper licence"), d.PaperSay()},
		{lang.T("接受处理期限", "Come to have it dealt with"), d.DueSay()},
	}
	if !d.Stands() {
		lines = append(lines, [2]lang.Text{lang.T("解除时间", "Lifted"), minute(d.LiftedAt)}, [2]lang.Text{lang.T("解除原因", "Why"), same(r.LiftReason)})
	}
	return lines
}

func same(s string) lang.Text { return lang.T(s, s) }

func minute(t time.Time) lang.Text { return same(t.In(civil.Shanghai).Format("2006-01-02 15:04")) }

// ConfirmPath is the page that confirms the receipt, under the platform's
// address. The key is behind the #: it reaches no log of addresses.
func (d *Detention) ConfirmPath() string {
	return "/verify/#/receipt/" + d.Number + "?k=" + d.Record.ReceiptKey
}

func detainedMessage(d *Detention) notification.Message {
	r, due := d.Record, d.DueSay()
	return notification.Message{
		LicenceID: d.LicenceID, Kind: notification.Licence, At: d.At, SMS: true, Link: "#/detention/" + d.Number,
		Title: lang.T("驾驶证已被依法扣留", "Your licence was detained by law"),
		Body: lang.T(
			minute(d.At).ZH+"，"+r.Party+"依法扣留您的驾驶证，强制措施凭证编号"+r.Voucher+"。请在"+due.ZH+"持凭证到凭证载明的地点接受处理。扣留期间不能驾驶机动车，电子驾驶证不能使用。",
			r.Party+" detained your licence on "+minute(d.At).EN+", certificate "+r.Voucher+". Come with it to the place that it names "+due.EN+". Until then you may not drive, and the electronic licence cannot be used."),
	}
}

func liftedMessage(d *Detention, now lang.Text) notification.Message {
	return notification.Message{
		LicenceID: d.LicenceID, Kind: notification.Licence, At: d.LiftedAt, SMS: true, Link: "#/detention/" + d.Number,
		Title: lang.T("驾驶证扣留已解除", "The detention of your licence was lifted"),
		Body: lang.T("凭证编号"+d.Record.Voucher+"的扣留已解除。"+now.ZH,
			"The detention under certificate "+d.Record.Voucher+" was lifted. "+now.EN),
	}
}
