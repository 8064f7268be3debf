package issuance

import (
	"fmt"
	"time"

	"edl/internal/application"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
)

// progressLink leads to 网办进度 of a case.
func progressLink(c *Case) string { return "#/progress/" + string(c.ID) }

// issuedMessage is R15's: 我的驾驶证 now shows 机动车驾驶证（电子版）.
func issuedMessage(c *Case, identifier string, now time.Time) notification.Message {
	m := notification.Message{
		LicenceID: c.Licence, Kind: notification.Electronic, At: now, SMS: true, Link: "#/licence",
		Title: lang.T("机动车驾驶证（电子版）已核发", "Your electronic driving licence was issued"),
		Body:  lang.T("您申领的机动车驾驶证（电子版）已核发，请在“我的驾驶证”查看。", "The electronic driving licence that you applied for was issued. See it under My licence."),
	}
	if c.Kind == application.Photo {
		m.Title = lang.T("电子驾驶证照片已更换", "The photo on your electronic licence was changed")
		m.Body = lang.T("新照片已通过审核，电子驾驶证已更新，请在“我的驾驶证”查看。", "The new photo was approved and your electronic licence updated. See it under My licence.")
	}
	if identifier != "" {
		m.Body = lang.T(m.Body.ZH+"电子证照标识："+identifier, m.Body.EN+" Certificate identifier: "+identifier)
	}
	return m
}

// refusedMessage names every rule that the photo broke, what to do next, and
// that the driver may appeal, where that is open.
func refusedMessage(c *Case, refusals int, now time.Time) notification.Message {
	said := c.Decision.Say()
	next := lang.T("改好后可以再次提交。", "Hand it in again when this is mended.")
	if refusals >= application.MaxRefusals {
		next = application.ErrWindow.Say
	}
	if c.CanAppeal(now) == nil {
		days := int(application.AppealFor.Hours() / 24)
		next = lang.T(
			next.ZH+fmt.Sprintf("认为理由不成立的，可以在%d日内申诉，由另一位审核人员重新看这张照片。", days),
			next.EN+fmt.Sprintf(" If you think the reason does not hold, appeal within %d days: another reviewer looks at this photo anew.", days))
	}
	title := lang.T("照片审核不通过", "The photo was not approved")
	if c.Plea.Of != "" {
		title = lang.T("申诉复核：仍不通过", "Appeal reviewed: the photo was not approved")
	}
	return notification.Message{
		LicenceID: c.Licence, Kind: notification.Application, At: now, SMS: true, Link: progressLink(c),
		Title: title,
		Body:  lang.T(said.ZH+next.ZH, said.EN+" "+next.EN),
	}
}

// stoppedMessage says why the program ended a case.
func stoppedMessage(c *Case, contacts licence.Contacts, now time.Time) notification.Message {
	said := c.Decision.Say()
	if contacts.Authority != "" {
		said = lang.T(said.ZH+"发证机关电话："+contacts.Authority+"。", said.EN+" The issuing authority's telephone: "+contacts.Authority+".")
	}
	return notification.Message{
		LicenceID: c.Licence, Kind: notification.Application, At: now, SMS: true, Link: progressLink(c),
		Title: lang.T("电子驾驶证未能核发", "The electronic licence could not be issued"), Body: said,
	}
}

// ceasedMessage goes to the phone too: who did not wish it must hear of it.
func ceasedMessage(licenceID string, why licence.ChangeKind, now time.Time) notification.Message {
	did := lang.T("您撤回了使用人像的同意", "You withdrew the consent to your portrait")
	if why == licence.AccountEnded {
		did = lang.T("您注销了账户", "You ended your account")
	}
	return notification.Message{
		LicenceID: licenceID, Kind: notification.Electronic, At: now, SMS: true, Link: "#/licence",
		Title: lang.T("电子驾驶证已停用", "The electronic licence was ended"),
		Body: lang.T(did.ZH+"，电子驾驶证已停用，您的驾驶证不受影响。如果不是您本人操作，请立即联系发证机关。",
			did.EN+", so the electronic licence was ended; the licence itself is not affected. If this was not you, contact the issuing authority at once."),
	}
}
