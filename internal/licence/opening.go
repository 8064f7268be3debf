package licence

import (
	"strings"

	"edl/internal/lang"
)

// Electronic is how the electronic licence stands, which is another thing
// than the licence: a change invalidates the one and leaves the other good.
type Electronic string

// The ways in which it stands.
const (
	NoElectronic Electronic = "none"        // never issued
	Active       Electronic = "active"      // issued, and made from the licence as it is
	Invalidated  Electronic = "invalidated" // the licence changed since: apply again
)

// ThirdParty is all that a body without the right to the reason is told.
var ThirdParty = lang.T("当前不能使用，请驾驶人在本人手机上查看原因", "Cannot be used now. The driver can see why on their own phone.")

// HiddenNotice is what the app shows in the place of a hidden electronic
// licence, in the words of the national service.
var HiddenNotice = lang.T("您的驾驶证状态异常，驾驶证电子版无效，请联系驾驶证发证地公安交管部门", "Your licence's status is abnormal and the electronic licence is not valid. Contact the traffic police at the place that issued it.")

var (
	mayDrive      = lang.T("状态正常，可凭此证驾驶机动车", "In order: you may drive with this licence")
	mayNotDrive   = lang.T("当前不能驾驶机动车", "You may not drive now")
	mustReapply   = lang.T("驾驶证正常，电子驾驶证须重新申领", "The licence is in order; apply for the electronic licence again")
	notYetApplied = lang.T("驾驶证正常，尚未申领电子驾驶证", "The licence is in order; the electronic licence has not been applied for")
)

// Opening returns the sentence that 我的驾驶证 begins with. Only the licence's
// own status says whether the holder may drive; Say gives the reason where
// they may not.
func Opening(s State, e Electronic) lang.Text {
	switch {
	case s.Use != Usable:
		return mayNotDrive
	case e == Invalidated:
		return mustReapply
	case e == Active:
		return mayDrive
	}
	return notYetApplied
}

// LicenceLine returns “驾驶证状态：超分、暂扣”.
func LicenceLine(s State) lang.Text {
	var zh, en []string
	for _, l := range s.letters() {
		zh, en = append(zh, l.Name().ZH), append(en, l.Name().EN)
	}
	return lang.T("驾驶证状态："+strings.Join(zh, "、"), "Licence: "+strings.Join(en, ", "))
}

// letters returns the letters of the state, the worst first, each once and
// without 正常 beside another.
func (s State) letters() []Letter {
	var letters []Letter
	for _, sentence := range SayAll(s, Contacts{}) {
		letters = append(letters, sentence.Letter)
	}
	return letters
}

// ElectronicLine returns “电子驾驶证：已失效（有效期变更，待重新申领）” and the
// like. The changes are those that invalidated it.
func ElectronicLine(s State, e Electronic, changes []Change) lang.Text {
	zh, en := electronicWord(s, e)
	if e == Invalidated {
		var zhWhy, enWhy []string
		for _, c := range changes {
			zhWhy, enWhy = append(zhWhy, c.Kind.Name().ZH), append(enWhy, c.Kind.Name().EN)
		}
		zhWhy, enWhy = append(zhWhy, "待重新申领"), append(enWhy, "to be applied for again")
		zh, en = "已失效（"+strings.Join(zhWhy, "，")+"）", "no longer valid ("+strings.Join(enWhy, ", ")+")"
	}
	return lang.T("电子驾驶证："+zh, "Electronic licence: "+en)
}

func electronicWord(s State, e Electronic) (zh, en string) {
	switch {
	case e == NoElectronic:
		return "尚未申领", "not applied for"
	case s.Use == Usable:
		return "可以使用", "can be used"
	case s.Use == NotUsable:
		return "不能使用", "cannot be used"
	case s.Use == Hidden:
		return "无效", "not valid"
	}
	return "不再显示", "no longer shown"
}
