// Package detention records the detention 扣留 of a licence at the roadside:
// the coercive measure that an officer takes before a penalty is decided.
//
// It stands beside the register. From its commit the licence carries the
// letter U for whoever looks, whatever the register's newest line says, and
// until the office lifts it: a line without U does not end it, a line with U
// does not make a second one. docs/decisions/0010 says why.
//
// Guarantees: a detention follows a check that the same officer made on the
// same terminal within Recent, on line, for the police; of one licence at most
// one stands, one check and one certificate 行政强制措施凭证 lead to one. The
// detention, its audit entry and the message to the driver commit together, and
// so do its end and theirs. The same request again returns the same detention.
//
// Left out: the penalty itself, which the register brings, and the paper
// licence's way to the office.
package detention

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

// Recent is how old the check may be that a detention follows: the driver
// still stands there.
const Recent = 30 * time.Minute

// Term is within how many days the driver must come to have the case dealt
// with, the day of the detention not counted (Road Traffic Safety Law,
// article 110). They are days of the calendar.
const Term = 15

// Series begins the numbers of detentions.
const Series = "KL-"

// LimitDetain brakes an operator.
const LimitDetain = "detention"

// Paper says what became of the paper licence, which the law collects too.
type Paper string

// The possibilities.
const (
	Collected  Paper = "collected"   // 同时收存
	NotCarried Paper = "not_carried" // 未携带，责令补交
)

// A Detention is one, standing or lifted.
type Detention struct {
	Number      string // "KL-261009-000042"
	LicenceID   string
	CheckNumber string // the check that it followed
	TerminalID  string
	OperatorID  string
	RequestID   string // chosen by the terminal
	At          time.Time
	DueAt       time.Time // the end of the term
	LiftedAt    time.Time // zero: it stands
	LiftedBy    string    // a member of staff
	Record      Record    // sealed under the driver's key
	Version     int64
}

// A Record is the part that is sealed. It keeps its JSON names for ever.
type Record struct {
	Ground         Ground `json:"ground"` // as the law was worded then
	Place          string `json:"place"`
	Voucher        string `json:"voucher"` // number of the 行政强制措施凭证
	Paper          Paper  `json:"paper"`
	Party          string `json:"party"`
	OperatorNumber string `json:"operator"`
	TerminalNumber string `json:"terminal"`
	ReceiptKey     string `json:"receipt_key"` // opens the receipt to whoever holds it
	LiftReason     string `json:"lift_reason,omitempty"`
	LiftCase       string `json:"lift_case,omitempty"`
}

// Stands reports whether it was not lifted.
func (d *Detention) Stands() bool { return d.LiftedAt.IsZero() }

// Overdue reports whether it stands after the end of its term.
func (d *Detention) Overdue(now time.Time) bool { return d.Stands() && !now.Before(d.DueAt) }

// DueOn is the last day of the term.
func (d *Detention) DueOn() civil.Date { return dueOn(d.At) }

func dueOn(at time.Time) civil.Date { return civil.Of(at).AddDays(Term) }

// Tx is what detentions need of a storage transaction. Look-ups return fault
// "not_found" where there is nothing.
type Tx interface {
	CheckByNumber(ctx context.Context, number string) (*verification.Check, error)
	Desk(ctx context.Context, terminalID, operatorID string) (*relyingparty.Desk, error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)

	// AddDetention stores one, or returns ErrTaken where its licence, check,
	// request or certificate has one.
	AddDetention(ctx context.Context, d *Detention) error
	// LiftDetention stores the end of one.
	LiftDetention(ctx context.Context, d *Detention) error
	Detention(ctx context.Context, number string) (*Detention, error)
	DetentionByCheck(ctx context.Context, check string) (*Detention, error)
	DetentionByRequest(ctx context.Context, terminalID, requestID string) (*Detention, error)
	DetentionByVoucher(ctx context.Context, voucher string) (*Detention, error)
	// DetentionsOf returns a driver's, newest first.
	DetentionsOf(ctx context.Context, licenceID string) ([]*Detention, error)
	// StandingDetentions returns those that stand, the first due first;
	// LiftedDetentions those that ended, the last ended first.
	StandingDetentions(ctx context.Context, limit int) ([]*Detention, error)
	LiftedDetentions(ctx context.Context, limit int) ([]*Detention, error)

	TakeNumbers(ctx context.Context, series string, n int) (last int, err error)
	CountRefusal(ctx context.Context, now time.Time, cause, caller string) error
	Notify(ctx context.Context, m notification.Message) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// A Service keeps detentions. Its methods may be called concurrently.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time

	Allow   func(kind, caller string) error // the limiter
	Profile func(ctx context.Context) (authority.Profile, error)
	// Publish tells the driver's phone of an event, after its commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)
}

// The audited deeds.
const (
	ActDetain audit.Action = "detention.detain"
	ActLift   audit.Action = "detention.lift"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActDetain: lang.T("扣留驾驶证", "detained a licence"),
	ActLift:   lang.T("解除扣留驾驶证", "lifted the detention of a licence"),
}

// Why a licence cannot be detained, or its detention not lifted.
var (
	ErrPoliceOnly = fault.New(fault.Denied, "detention.police_only", "只有公安交管部门执法查验后才能办理扣留。", "Only the traffic police can detain a licence, after a check of theirs.")
	ErrStale      = fault.New(fault.Conflict, "detention.check_stale", "扣留须在联网核查后30分钟内办理，请重新核查。没有办理任何扣留。", "A detention follows an online check within 30 minutes. Check again; nothing was detained.")
	ErrTerminal   = fault.New(fault.Denied, "detention.other_terminal", "请在作出这次核查的终端上办理扣留。", "Detain on the terminal that made this check.")
	ErrDetained   = fault.New(fault.Conflict, "detention.already", "这本驾驶证已处于扣留状态，不重复扣留。", "This licence is detained already; it is not detained twice.")
	ErrGone       = fault.New(fault.Conflict, "detention.not_in_force", "这本驾驶证已不在有效状态，不能扣留；纸质证按核查结果的提示处理。", "This licence is not in force and cannot be detained; treat the paper one as the check says.")
	ErrCheckUsed  = fault.New(fault.Conflict, "detention.check_used", "这次核查已办理过扣留，请重新核查后再办理。", "This check led to a detention already. Check again first.")
	ErrVoucher    = fault.New(fault.Invalid, "detention.voucher", "请填写行政强制措施凭证编号，4至40个字。", "Give the number of the certificate of the measure, 4 to 40 characters.")
	ErrVoucherUse = fault.New(fault.Conflict, "detention.voucher_used", "这个凭证编号已用于另一次扣留，请核对。", "This certificate's number belongs to another detention. Check it.")
	ErrGround     = fault.New(fault.Invalid, "detention.ground", "请选择扣留依据。", "Choose the grounds.")
	ErrPlace      = fault.New(fault.Invalid, "detention.place", "请填写地点，60字以内。", "Give the place, at most 60 characters.")
	ErrPaper      = fault.New(fault.Invalid, "detention.paper", "请选择纸质驾驶证已收存，还是未携带。", "Say whether the paper licence was collected or not carried.")
	ErrLiftReason = fault.New(fault.Invalid, "detention.lift_reason", "请写明解除原因，100字以内。", "Say why it is lifted, in at most 100 characters.")
	ErrLiftCase   = fault.New(fault.Invalid, "detention.lift_case", "请填写案件编号，40字以内。", "Give the number of the case, at most 40 characters.")
	ErrLifted     = fault.New(fault.Conflict, "detention.lifted", "这次扣留已经解除。", "This detention was lifted already.")
)

var errNone = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
