// Package admission is how a body becomes a relying party by itself
// 用证单位申请: it says who it is and what it wants to check for, shows
// evidence, and staff grant or refuse each scenario. A body that is registered
// asks for further scenarios 增加使用场景 in the same way, on the page of its
// administrators: who it is is known then, so that there is no phone and no
// link, and a grant adds to the party instead of making one.
//
// An Application begins when its phone is confirmed by a text message, so that
// nothing of a stranger who cannot be reached is ever stored. A draft keeps
// nobody out and is dropped after DraftLife. Of those that wait for a decision
// there is one for each credit code; another that comes meanwhile keeps its
// draft for RivalLife and is counted on the one that waits, where staff see
// it: a stranger who was first delays the true body until staff refuse him,
// and no longer. Of a party there is one request at a time, its draft too.
//
// What was asked for anew 补正 and is not answered within AnswerDays lapses:
// nobody holds a credit code by silence.
//
// Guarantees: what is decided is decided once, whoever else decides at that
// moment; the party, its grants, the first administrator's invitation, the
// message and the audit entry commit together; evidence is a picture made anew
// or a PDF that nobody here opens, and is destroyed EvidenceLife after the
// decision.
//
// It is not part of package relyingparty, which keeps bodies that are known:
// here nobody is, and most of it is about not believing what strangers send.
package admission

import (
	"slices"
	"time"

	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/relyingparty"
)

// A Status is how far an application is.
type Status string

// The statuses.
const (
	Draft     Status = "draft"     // the phone is confirmed; files may be missing
	Submitted Status = "submitted" // waits for staff
	Returned  Status = "returned"  // 补正: waits for the applicant
	Granted   Status = "granted"   // at least one scenario
	Refused   Status = "refused"
	Lapsed    Status = "lapsed"    // nobody answered what was asked for
	Withdrawn Status = "withdrawn" // by the party
)

// follows are the only ways in which a status changes.
var follows = map[Status][]Status{
	Draft:     {Submitted},
	Submitted: {Returned, Granted, Refused, Withdrawn},
	Returned:  {Submitted, Refused, Lapsed, Withdrawn}, // staff need not wait
}

// How long things are kept.
const (
	DraftLife    = 24 * time.Hour
	RivalLife    = 7 * 24 * time.Hour
	EvidenceLife = 90 * 24 * time.Hour // after the decision
	AnswerDays   = 15                  // working days to answer what was asked for anew
)

// An Application is one body's wish to become a relying party, or a party's for
// further scenarios.
type Application struct {
	ID     string
	Number string // YZ, the day, and four digits
	Status Status
	Form
	Further bool           // PartyID asks, and is there from the beginning
	Phone   identity.Phone // confirmed; sealed; "" of a party's
	Secret  []byte         // hash of what opens it without the phone; of a party's, of the key it came under
	Files   []File         // without contents

	CreatedAt   time.Time
	KeptUntil   time.Time // a draft
	SubmittedAt time.Time // first
	ReturnedAt  time.Time // 补正 is asked once
	AnswerBy    time.Time // when that lapses
	Missing     Objection // what was asked for
	DecidedAt   time.Time // or lapsed, or withdrawn
	DecidedBy   string    // member of staff; "" where it was nobody
	SeenAt      time.Time // when the party's administrators said that they know
	Verdicts    []Verdict
	PartyID     string // once granted, or who asks
	AdminID     string // its first administrator
	Rivals      int    // others who wanted to submit for the same code meanwhile

	EvidenceGoneAt time.Time
	Version        int64
}

// Open reports whether the application waits for anybody's next step.
func (a *Application) Open() bool { return a.Status == Submitted || a.Status == Returned }

// Editable reports whether the applicant may change it.
func (a *Application) Editable() bool { return a.Status == Draft || a.Status == Returned }

// become changes the status if that is a way to go.
func (a *Application) become(s Status) error {
	if !slices.Contains(follows[a.Status], s) {
		if !a.DecidedAt.IsZero() {
			return a.over()
		}
		return ErrNotNow
	}
	a.Status = s
	return nil
}

// over is what staff are told who come after the end.
func (a *Application) over() error {
	if a.Status == Lapsed || a.Status == Withdrawn {
		return ErrGone
	}
	return ErrDecided
}

// A Verdict is what staff decided of one scenario.
type Verdict struct {
	Scenario  relyingparty.ScenarioID
	Granted   bool
	Condition string    // of a grant, in words; "" for none
	Objection Objection // of a refusal
}

// What an applicant, or staff, may meet.
var (
	ErrNone    = fault.New(fault.NotFound, "admission.none", "没有找到这份申请：链接不完整、已换新，或草稿已过期。请用申请编号和手机验证码重新打开。", "No such application: the link is not complete, was replaced, or the draft has expired. Open it with its number and a code sent to your phone.")
	ErrNotNow  = fault.New(fault.Conflict, "admission.not_now", "申请现在不能这样办：它可能已经提交。请刷新后再看。", "This cannot be done now; the application may have been submitted. Reload and look again.")
	ErrDecided = fault.New(fault.Conflict, "admission.decided", "这份申请已由另一位工作人员办结，您的决定没有保存。请刷新。", "Somebody else has decided this application; your decision was not kept. Reload.")
	ErrChanged = fault.New(fault.Conflict, "admission.changed", "您打开后这份申请有变化，您的决定没有保存。请刷新后再看一遍。", "The application changed since you opened it; your decision was not kept. Reload and look again.")
	ErrOpen    = fault.New(fault.Conflict, "admission.open", "这个统一社会信用代码已有一份申请在审核，您填写的内容已保留7天。如果那一份不是贵单位提交的，请联系发证机关；它办结后您可以直接提交。", "An application with this credit code is being looked at; what you entered is kept for 7 days. If the other one is not yours, contact the authority. You can submit once it is decided.")
	ErrMany    = fault.New(fault.Limited, "admission.many", "这个手机号已有3份未办结的申请，请先办完其中一份。", "This phone has 3 applications that are not decided. Finish one of them first.")
	ErrGone    = fault.New(fault.Conflict, "admission.gone", "这份申请已由申请单位撤回，或补正逾期失效，不用再办。请刷新。", "The application was withdrawn or has lapsed; there is nothing to decide. Reload.")
	ErrAgain   = fault.New(fault.Conflict, "admission.returned_before", "已经请申请人补正过一次，请作出决定。", "The applicant was asked for more once already. Decide now.")
)
