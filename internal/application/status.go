package application

import (
	"slices"
	"time"

	"edl/internal/fault"
	"edl/internal/lang"
)

// Faults of an application.
var (
	ErrStatus    = fault.New(fault.Conflict, "application.status", "申请当前的状态不能这样办理，请刷新后再看。", "The application's present status does not allow this; refresh the page and look again.")
	ErrHolder    = fault.New(fault.Conflict, "application.holder", "这件申请由其他审核人员领取，请办理下一件。", "Another reviewer holds this application; take the next one.")
	ErrLapsed    = fault.New(fault.Conflict, "application.lapsed", "领取已超过15分钟，申请已放回队列，请重新领取。", "The 15 minutes are over and the application is back in the queue; claim it again.")
	ErrOwnCase   = fault.New(fault.Denied, "application.own_case", "本人受理的申请须由其他人员审核。", "An application that you took at the window is reviewed by somebody else.")
	ErrDirect    = fault.New(fault.Conflict, "application.direct", "这件申请由系统直接办理，不需要审核。", "The program decides this application; it needs no reviewer.")
	ErrReviewed  = fault.New(fault.Conflict, "application.reviewed", "这件申请须由审核人员办理。", "A reviewer decides this application.")
	ErrUndo      = fault.New(fault.Conflict, "application.undo", "已超过30秒，结果已通知驾驶人，不能撤销。", "The 30 seconds are over and the driver has been told, so this cannot be undone.")
	ErrUnsettled = fault.New(fault.Conflict, "application.unsettled", "审核结果还在30秒可撤销期内。", "The decision can still be undone for some seconds.")
	ErrWithdraw  = fault.New(fault.Conflict, "application.withdraw", "申请已在审核，不能撤回。", "The application is being reviewed and can no longer be withdrawn.")
	ErrOpen      = fault.New(fault.Conflict, "application.open", "您已有一件申请在办理中，请在网办进度查看。", "You already have an application under way; see its progress.")
	ErrRoute     = fault.New(fault.Invalid, "application.route", "这项业务不能用这种照片方式办理，请换一种。", "This kind of application cannot take its photo that way; choose another.")
	ErrKind      = fault.New(fault.Invalid, "application.kind", "申领种类与您的电子驾驶证不符，请刷新后再试。", "This kind of application does not fit your electronic licence; refresh the page and try again.")
	ErrClerk     = fault.New(fault.Invalid, "application.clerk", "窗口拍照须有受理人员，其他方式不能有。", "A photo taken at a window names the member of staff, and no other does.")
	ErrWindow    = fault.New(fault.Conflict, "application.window", "照片已三次审核不通过，请携带身份证明到窗口办理，工作人员会为您拍照。", "The photo was not accepted three times. Bring your identity document to a service window, where staff will take the photo.")
	ErrReason    = fault.New(fault.Invalid, "application.reason", "请选择至少一条不通过的理由；选择“其他”时请写明。", "Choose at least one reason; with “other”, write what it is.")
	ErrNote      = fault.New(fault.Invalid, "application.note", "说明不能超过200个字。", "The note may have at most 200 characters.")
	ErrUrge      = fault.New(fault.Conflict, "application.urge", "还没有超过承诺时限，或已经催办过。", "The promised time is not over yet, or the application was urged already.")
	ErrHeld      = fault.New(fault.Conflict, "application.held", "您的电子驾驶证有效，不需要再次申领。", "Your electronic licence is valid; there is no need to apply again.")
	ErrNoneHeld  = fault.New(fault.Conflict, "application.none_held", "您还没有有效的电子驾驶证，请先申领，再换照片。", "You hold no valid electronic licence; apply for it first, then change its photo.")
	ErrVersion   = fault.New(fault.Conflict, "application.version", "这件申请刚刚有了变化，请刷新后再办理。", "The application has just changed; refresh and try again.")
)

// Status is where an application stands.
type Status string

// The statuses.
const (
	Submitted Status = "submitted" // waits for a reviewer or for the program
	Reviewing Status = "reviewing" // one reviewer holds it
	Decided   Status = "decided"   // decided, but can be undone for 30 s; nobody is told yet
	Approved  Status = "approved"  // waits to be signed
	Refused   Status = "refused"   // final
	Issued    Status = "issued"    // final; the credential exists
	Withdrawn Status = "withdrawn" // final
)

var statusNames = map[Status]lang.Text{
	Submitted: lang.T("已提交", "submitted"),
	Reviewing: lang.T("审核中", "under review"),
	Decided:   lang.T("审核中", "under review"),
	Approved:  lang.T("审核通过，正在核发", "approved, being issued"),
	Refused:   lang.T("审核不通过", "not approved"),
	Issued:    lang.T("已核发", "issued"),
	Withdrawn: lang.T("已撤回", "withdrawn"),
}

// Statuses lists every status in the order of the way.
var Statuses = []Status{Submitted, Reviewing, Decided, Approved, Refused, Issued, Withdrawn}

// Name returns the status as the driver reads it.
func (s Status) Name() lang.Text { return statusNames[s] }

// Open reports whether the application is under way, of which a driver may
// have one of each kind.
func (s Status) Open() bool {
	return s == Submitted || s == Reviewing || s == Decided || s == Approved
}

// Answered reports whether the promise is kept: nothing is left to decide or
// to sign.
func (s Status) Answered() bool { return !s.Open() }

// verb is a deed that changes the status.
type verb string

const (
	claim    verb = "claim"
	release  verb = "release"
	decide   verb = "decide"
	undo     verb = "undo"
	confirm  verb = "confirm" // an approval becomes final
	dismiss  verb = "dismiss" // a refusal becomes final
	pass     verb = "pass"
	stop     verb = "stop"
	withdraw verb = "withdraw"
	issue    verb = "issue"
)

// ways lists every permitted change of status: from where, to where, and what
// is said where it is not permitted. There is no other way to change one.
var ways = map[verb]struct {
	from []Status
	to   Status
	no   *fault.Fault
}{
	claim:    {[]Status{Submitted, Reviewing}, Reviewing, ErrStatus}, // again by the holder: 15 more minutes
	release:  {[]Status{Reviewing}, Submitted, ErrStatus},
	decide:   {[]Status{Reviewing}, Decided, ErrStatus},
	undo:     {[]Status{Decided}, Reviewing, ErrUndo},
	confirm:  {[]Status{Decided}, Approved, ErrStatus},
	dismiss:  {[]Status{Decided}, Refused, ErrStatus},
	pass:     {[]Status{Submitted}, Approved, ErrStatus},
	stop:     {[]Status{Submitted, Reviewing, Decided, Approved}, Refused, ErrStatus},
	withdraw: {[]Status{Submitted}, Withdrawn, ErrWithdraw},
	issue:    {[]Status{Approved}, Issued, ErrStatus},
}

// StatusAt returns the status at now: a claim that has lapsed is none.
func (a *Application) StatusAt(now time.Time) Status {
	if a.Status == Reviewing && !now.Before(a.ClaimedAt.Add(ClaimFor)) {
		return Submitted
	}
	return a.Status
}

// ShownAt returns the status that the driver may see at now: a decision that
// can still be undone is shown as the review it may become again.
func (a *Application) ShownAt(now time.Time) Status {
	if s := a.StatusAt(now); s != Decided {
		return s
	}
	return Reviewing
}

// may returns nil if ways permits the verb now.
func (a *Application) may(v verb, now time.Time) error {
	if !slices.Contains(ways[v].from, a.StatusAt(now)) {
		return ways[v].no
	}
	return nil
}

// move changes the status as the verb says; the caller has asked may.
func (a *Application) move(v verb, now time.Time) {
	a.Status, a.ChangedAt = ways[v].to, now
	a.Version++
	if a.Status.Answered() {
		a.EndedAt = now
	}
}
