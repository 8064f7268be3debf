// Package follow tells relying parties when a driver whom they were let follow
// 持续关注 can no longer drive for them, or again can.
//
// A driver's standing consent says so in its fields (relyingparty.Changes) and
// makes a Driver: one licence that one party follows, for as long as the
// consent lasts. Whatever changes a licence marks it; Work looks at what is
// marked and at what time alone may have changed, composes the answer that the
// scenario gives, and where it is another than the party was last told keeps a
// Notice. The party reads it on its terminals and in a daily file, and its own
// system is told at its Receiver.
//
// Guarantees: a change makes one notice, however many servers look; notice,
// check in the driver's list, audit entry and event in the outbox commit
// together; a notice says usable, not for this vehicle, or not usable, and
// never why. When the consent ends, followed driver, notices and events that
// wait go with it in the same transaction: nobody is told anything more by any
// server, but for a call that had begun.
//
// Left out: the answer itself (verification.Told), who gave which consent
// (package consent), calling a receiver (package courier).
package follow

import (
	"time"

	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

// A State is what a party is told of a driver.
type State string

// The states.
const (
	Unseen     State = ""             // before the first look
	Usable     State = "usable"       //
	NotForThis State = "not_for_this" // usable, and not for the vehicle that the party named
	NotUsable  State = "not_usable"   //
)

// stateOf reads the state from the answer that the party is given.
func stateOf(c *verification.Check) State {
	if c.Outcome == verification.Usable {
		return Usable
	}
	for _, a := range c.Record.Answer.Answers {
		if a.Key == relyingparty.ClassCovers && !a.Yes {
			return NotForThis
		}
	}
	return NotUsable
}

// Words says the state.
func (s State) Words() lang.Text {
	switch s {
	case Usable:
		return lang.T("可以使用", "usable")
	case NotForThis:
		return lang.T("不可驾本单位所问的车型", "may not drive the vehicle you named")
	case NotUsable:
		return lang.T("当前不能使用", "cannot be used now")
	}
	return lang.T("正在核对", "being looked at")
}

// A Driver is one licence that one party follows.
type Driver struct {
	ID        string // the consent's
	LicenceID string
	PartyID   string
	Scenario  relyingparty.ScenarioID
	Since     time.Time
	Touched   bool      // changed since it was looked at
	DueAt     time.Time // when time alone may change the answer; zero: never
	Known     Known
	NoticeID  string
	Notice    *Notice // the newest; nil before the first look
	Version   int64
}

// Known is how the party knows the driver; sealed under the party's key.
type Known struct {
	Holder    string    `json:"holder"`              // masked name
	Name      string    `json:"name,omitempty"`      // as the party entered it
	Reference string    `json:"reference,omitempty"` // the party's own
	Scenario  lang.Text `json:"scenario"`
	Why       string    `json:"why,omitempty"`
}

// Who is how the party's own people call the driver.
func (k Known) Who() string {
	if k.Name != "" {
		return k.Name
	}
	return k.Holder
}

// State is what the party was last told.
func (d *Driver) State() State {
	if d.Notice == nil {
		return Unseen
	}
	return d.Notice.State
}

// looks reports whether the driver is to be looked at.
func (d *Driver) looks(now time.Time) bool {
	return d.Touched || !d.DueAt.IsZero() && !d.DueAt.After(now)
}

// A Notice is one change that a party was told of.
type Notice struct {
	ID             string
	FollowedID     string
	PartyID        string
	At             time.Time
	Before         State
	State          State
	Check          string // number under which the driver sees it
	AcknowledgedAt time.Time
	AcknowledgedBy string    // the operator's number
	SentAt         time.Time // when the party's own system took it; zero: it did not
	Waits          bool      // for the party's own system
	Version        int64
}

// A ReceiverStatus says whether a receiver is called.
type ReceiverStatus string

// The statuses.
const (
	Called  ReceiverStatus = "active"
	GivenUp ReceiverStatus = "stopped" // it failed for too long
)

// A Receiver is where a party's own system is told.
type Receiver struct {
	PartyID      string
	To           notification.Receiver // sealed under the party's key
	Status       ReceiverStatus
	SetAt        time.Time
	DeliveredAt  time.Time // zero: it never took anything
	FailingSince time.Time // zero: it does not fail
	Failure      string    // why the last try failed, as notification.HookError writes it
	Version      int64
}

// What can be wrong with a wish.
var (
	ErrNothing    = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
	ErrNoReceiver = fault.New(fault.Conflict, "receiver.none", "还没有设置接收地址，请先设置。", "No receiver is set. Set one first.")
)
