package application

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"edl/internal/fault"
	"edl/internal/lang"
)

// Faults of an appeal.
var (
	ErrNoAppeal    = fault.New(fault.Conflict, "application.no_appeal", "只有审核人员审核不通过的申请可以申诉。", "Only an application that a reviewer did not approve can be appealed.")
	ErrAppealOnce  = fault.New(fault.Conflict, "application.appeal_once", "这件申请已经申诉过。复核仍不通过的，请换一张照片或到窗口办理。", "This was appealed already. If it was upheld, use another photo or go to a service window.")
	ErrAppealLate  = fault.New(fault.Conflict, "application.appeal_late", "申诉须在结果通知后15日内提出，之后请重新提交照片。", "An appeal is made within 15 days of the result; after that, hand in a photo again.")
	ErrAppealNewer = fault.New(fault.Conflict, "application.appeal_newer", "您之后又提交过申请，只能对最近一次的结果申诉。", "You have applied again since; only the newest result can be appealed.")
	ErrGround      = fault.New(fault.Invalid, "application.ground", "请选择申诉的理由；选择“其他”时请写明，最多200个字。", "Choose the ground of the appeal; with “other”, write what it is, in at most 200 characters.")
	ErrOwnDecision = fault.New(fault.Denied, "application.own_decision", "这件申诉是对您的审核结论提出的，须由其他人员复核。", "This appeal is against your own decision and is reviewed by somebody else.")
)

// AppealFor is how long after the result it can be appealed.
const AppealFor = 15 * 24 * time.Hour

// Ground is the code of why a driver appeals; codes never change.
type Ground string

// The grounds.
const (
	GroundMeets    Ground = "meets"
	GroundFeatures Ground = "features"
	GroundMedical  Ground = "medical"
	GroundIsMe     Ground = "is_me"
	GroundOther    Ground = "other" // needs the driver's own words
)

// grounds lists them in the order of the driver's page.
var grounds = []struct {
	ground Ground
	say    lang.Text
}{
	{GroundMeets, lang.T("照片符合须知，退回的理由不成立", "The photo meets the rules; the reason does not hold")},
	{GroundFeatures, lang.T("退回的理由是我本来的样貌（如胎记、疤痕、发色、肤色）", "The reason is how I look by nature (a birthmark, a scar, hair or skin colour)")},
	{GroundMedical, lang.T("因医疗等原因做不到（如眼疾、术后）", "It cannot be done for a medical or similar reason (an eye disease, after surgery)")},
	{GroundIsMe, lang.T("照片确是本人近期拍摄", "The photo is of me and recent")},
	{GroundOther, lang.T("其他", "Other")},
}

// Grounds lists the grounds in the order in which a driver chooses.
func Grounds() (list []Ground) {
	for _, g := range grounds {
		list = append(list, g.ground)
	}
	return list
}

// Say returns the ground in words.
func (g Ground) Say() lang.Text {
	for _, row := range grounds {
		if row.ground == g {
			return row.say
		}
	}
	return lang.Text{}
}

// Plea is what an appeal says. The zero Plea is that of no appeal.
type Plea struct {
	Of     ID     // the refused application whose photo is looked at again
	Barred Staff  // who refused it; cannot review the appeal
	Ground Ground // why
	Words  string // the driver's own, "" if none
}

// CanAppeal returns nil if the driver may appeal the application at now: a
// person refused it within AppealFor, and it is no appeal itself.
func (a *Application) CanAppeal(now time.Time) error {
	switch {
	case a.Plea.Of != "":
		return ErrAppealOnce
	case a.Status != Refused || a.Decision.By == "":
		return ErrNoAppeal
	case now.After(a.EndedAt.Add(AppealFor)):
		return ErrAppealLate
	}
	return nil
}

// Appeal makes of a refused application another of the same photo, which
// anybody but who refused it may review (申诉). The limit of three failed
// reviews does not stand in its way, and it counts as none itself.
func (a *Application) Appeal(r Request, ground Ground, words string, now time.Time) (*Application, error) {
	if err := a.CanAppeal(now); err != nil {
		return nil, err
	}
	words = strings.TrimSpace(words)
	if !slices.Contains(Grounds(), ground) || ground == GroundOther && words == "" || utf8.RuneCountInString(words) > maxNote {
		return nil, ErrGround
	}
	r.Kind, r.Route, r.Clerk, r.Licence, r.Refusals = a.Kind, a.Route, a.Clerk, a.Licence, 0
	appeal, err := Submit(r, now)
	if err == nil {
		appeal.Plea = Plea{Of: a.ID, Barred: a.Decision.By, Ground: ground, Words: words}
	}
	return appeal, err
}
