// Package verification answers relying parties: is this licence genuine, may it
// be used now, and no more than their scenario needs.
//
// A Question comes from an operator at a terminal, under a scenario, with a
// live code or with number and name. The answer is made by Compose from the
// scenario's fields alone, so that nothing else can slip out; question, answer
// and what was given are kept as a Check, sealed under the driver's key, and
// the driver sees every one of them. docs/verification.md tells the whole.
//
// Guarantees: a code is redeemed once, by one terminal's one request; that
// request repeated gets the answer that was stored, any other replayed_code.
// A check, its audit entry and its redemption commit together, before it is
// answered. Suspensions and status changes hold from the next request on.
// Somebody who asks by number cannot tell an unknown person from one whom they
// may not see. Why a licence cannot be used is told to police and windows, and
// to the driver's own phone.
//
// Left out: how a terminal checks without a network (docs/livecode.md), whose
// report is kept here; requests and consents themselves (package consent).
package verification

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/serial"
)

// An Outcome is what a check came to.
type Outcome string

// The outcomes.
const (
	Usable    Outcome = "usable"
	NotUsable Outcome = "not_usable" // at all, or for what was asked
	NoVerdict Outcome = "no_verdict" // before the first record
)

// A Match is what the operator says of the person and the photo.
type Match string

// The matches.
const (
	NotCompared Match = ""
	Same        Match = "yes"
	Different   Match = "no"
)

// A Check is one question with the answer that was given.
type Check struct {
	Number     string // "HY-261009-000042"; names the check
	At         time.Time
	PartyID    string
	TerminalID string
	OperatorID string
	LicenceID  string
	Scenario   relyingparty.ScenarioID
	Way        relyingparty.Way
	RequestID  string // chosen by the terminal
	Redemption []byte // of the live code or the request, unique; nil by number and in bulk
	Outcome    Outcome
	Match      Match
	MatchedAt  time.Time
	Flags      []Flag    // for the audit entry alone; not kept with the check
	Record     Record    // sealed under the licence's key
	Sealed     []byte    // the same, from Tx.SealCheck until Tx.AddCheck
	VisibleAt  time.Time // before it the driver does not see the check; zero: at once
	Version    int64
}

// A Record is the part of a check that is sealed. It keeps what was asked and
// answered, and the names as they were then.
type Record struct {
	Asked          Question             `json:"asked"`
	Answer         Answer               `json:"answer"`
	Given          []relyingparty.Field `json:"given"`
	Party          string               `json:"party"`
	ScenarioName   lang.Text            `json:"scenario"`
	OperatorNumber string               `json:"operator"`
	TerminalNumber string               `json:"terminal"`
	Place          string               `json:"place"`
	ReceiptKey     string               `json:"receipt_key"`     // opens the receipt to whoever holds it
	Delay          *Delay               `json:"delay,omitempty"` // why the driver saw it later
	Consent        *Consented           `json:"consent,omitempty"`
	Offline        bool                 `json:"offline,omitempty"`     // by the terminal alone, reported afterwards
	Data           bool                 `json:"data,omitempty"`        // a data code was read; Offline too: no server judged it
	Unconfirmed    bool                 `json:"unconfirmed,omitempty"` // the operator is the terminal's word: nobody was signed in
	Told           bool                 `json:"told,omitempty"`        // nobody asked: the party was told of a change
}

// An Asker is who asks, as the session says.
type Asker struct{ TerminalID, OperatorID string }

func (a Asker) actor() audit.Actor { return audit.Actor{Kind: audit.ByOperator, ID: a.OperatorID} }

// A Service checks licences. Its methods may be called concurrently.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	// Ahead is Read for f that reports whether a transaction follows.
	Ahead func(ctx context.Context, f func(Tx) (follows bool, err error)) error
	Now   func() time.Time

	Allow   func(kind, caller string) error // the limiter
	Profile func(ctx context.Context) (authority.Profile, error)
	Numbers *serial.Pool // of checks
	// Publish tells the driver's phone of a check, after its commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)
	Origin  string // what the phones' proofs are bound to
}

// The kinds of limit on an operator.
const (
	LimitCheck  = "check"        // checks of codes
	LimitLookup = "check.number" // look-ups by number
	LimitMiss   = "check.miss"   // look-ups that found nobody
	LimitAlert  = "check.alert"  // alerts about one operator, so that they do not flood
	LimitOpen   = "receipt"      // receipts confirmed, by network address
)

// The audited deeds.
const (
	ActCode   audit.Action = "check.code"
	ActNumber audit.Action = "check.number"
	ActMiss   audit.Action = "check.miss"
	ActBurst  audit.Action = "check.burst"
	ActMatch  audit.Action = "check.person"

	ActConsented audit.Action = "check.consent"
	ActTold      audit.Action = "check.told"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActCode:   lang.T("扫码核查驾驶证", "checked a licence by its code"),
	ActNumber: lang.T("按号码和姓名核查驾驶证", "looked a licence up by number and name"),
	ActMiss:   lang.T("按号码和姓名核查，没有结果", "looked up by number and name and found nothing"),
	ActBurst:  lang.T("短时间内核查过多，已限制", "too many look-ups in a short time; limited"),
	ActMatch:  lang.T("记录人证是否一致", "recorded whether person and photo match"),

	ActConsented: lang.T("经驾驶人远程同意核查", "checked with the driver's consent from afar"),
	ActTold:      lang.T("按授权把驾驶资格的变化告知用证单位", "told a relying party of a change, as the driver consented"),
}
