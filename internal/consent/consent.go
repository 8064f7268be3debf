// Package consent keeps what drivers let relying parties see 授权.
//
// A Request is a party asking a driver from afar, by a link or its QR: for one
// answer now (Once), or to be let ask by number from now on (Lasting). Whoever
// holds the link's token may answer, once and in time: the driver sees who asks
// what and why, leaves out what is not required or refuses, signs with the
// phone's key and is asked again by passkey or text message. A Standing is a
// consent that lasts until the driver withdraws it or the party ends it.
//
// Guarantees: a request is answered once; the token is kept as a hash; at most
// one consent is in force for a driver, party, scenario and policy; withdrawn,
// it permits nothing from the next request on, for it is read at each check.
//
// Left out: the answers themselves, which package verification composes when a
// request is consented to.
package consent

import (
	"slices"
	"strings"
	"time"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// A Kind is what a request asks for.
type Kind string

// The kinds.
const (
	Once    Kind = "once"     // one answer, at the moment of the consent
	Lasting Kind = "standing" // to ask by number until the consent ends
)

// Life is how long a request of the kind can be answered.
func (k Kind) Life() time.Duration {
	if k == Lasting {
		return 7 * 24 * time.Hour
	}
	return 30 * time.Minute
}

// A Status is what became of a request.
type Status string

// The statuses.
const (
	Waiting   Status = "waiting"
	Given     Status = "given"
	Refused   Status = "refused"
	Cancelled Status = "cancelled" // by who asked
	Expired   Status = "expired"   // derived from the time, never stored
)

// A Request is a party asking a driver.
type Request struct {
	ID         string
	Kind       Kind
	PartyID    string
	TerminalID string
	OperatorID string
	Scenario   relyingparty.ScenarioID
	CreatedAt  time.Time
	ExpiresAt  time.Time
	Status     Status // as stored; ask StatusAt
	DecidedAt  time.Time
	LicenceID  string // who consented; "" while nobody did
	Check      string // number of the check that answered
	Record     Record // sealed under the party's key
	Version    int64
}

// A Record is the sealed part of a request: who asks what, as it was then.
type Record struct {
	Party          string    `json:"party"`
	Contact        string    `json:"contact"`
	Phone          string    `json:"phone"`
	ScenarioName   lang.Text `json:"scenario"`
	OperatorNumber string    `json:"operator"`
	Case           Case      `json:"case"`
}

// A Case is what the party says of the occasion.
type Case struct {
	Why          string        `json:"why,omitempty"`
	VehicleClass licence.Class `json:"vehicle_class,omitempty"`
	RentalEnd    civil.Date    `json:"rental_end,omitzero"`
	Number       string        `json:"number,omitempty"` // that the party holds, to be compared
	Name         string        `json:"name,omitempty"`
	PolicyNumber string        `json:"policy_number,omitempty"`
	Reference    string        `json:"reference,omitempty"` // the party's own, such as a staff number
}

// StatusAt derives what became of the request.
func (r *Request) StatusAt(now time.Time) Status {
	if r.Status == Waiting && !now.Before(r.ExpiresAt) {
		return Expired
	}
	return r.Status
}

// decide ends a request that waits, or returns ErrOver.
func (r *Request) decide(as Status, now time.Time) error {
	if r.StatusAt(now) != Waiting {
		return ErrOver
	}
	r.Status, r.DecidedAt = as, now
	return nil
}

// Give ends a request by the consent of a driver.
func (r *Request) Give(licenceID, check string, now time.Time) error {
	r.LicenceID, r.Check = licenceID, check
	return r.decide(Given, now)
}

// An Item is a field that a request asks for.
type Item struct {
	Field    relyingparty.Field
	Required bool
}

// Items lists what the request asks for. To be let ask by number later is to be
// given all that the scenario gives; for one answer only the verdict is
// required, the rest is the driver's choice.
func (r *Request) Items(s *relyingparty.Scenario) (items []Item) {
	holds := r.Record.Case.Name != "" || r.Record.Case.Number != ""
	for _, f := range s.Fields {
		if f == relyingparty.SamePerson && !holds {
			continue
		}
		required := r.Kind == Lasting || f == relyingparty.Usable || f == relyingparty.ClassCovers
		items = append(items, Item{f, required})
	}
	if r.Kind == Lasting && s.Follows {
		items = append(items, Item{relyingparty.Changes, true})
	}
	return items
}

// Chosen returns nil if the fields can be consented to: all that are required,
// none that was not asked for, none twice.
func Chosen(items []Item, fields []relyingparty.Field) error {
	for i, f := range fields {
		if !slices.ContainsFunc(items, func(it Item) bool { return it.Field == f }) || slices.Contains(fields[:i], f) {
			return fault.At("fields", ErrFields)
		}
	}
	for _, it := range items {
		if it.Required && !slices.Contains(fields, it.Field) {
			return fault.At("fields", ErrFields)
		}
	}
	return nil
}

// private are the fields that drivers fear for most: those that a request does
// not ask for are named to them.
var private = []relyingparty.Field{
	relyingparty.Number, relyingparty.Address, relyingparty.Photo, relyingparty.Points, relyingparty.Causes, relyingparty.FileNumber, relyingparty.BirthDate,
}

// Unseen lists what the scenario does not give.
func Unseen(s *relyingparty.Scenario) (fields []relyingparty.Field) {
	for _, f := range private {
		if !s.Gives(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// Proof is what the phone signs to consent: it serves no other site, request
// or choice, and can be shown later.
func Proof(origin, token string, fields []relyingparty.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return "edl-consent:1\n" + origin + "\n" + token + "\n" + strings.Join(names, ",")
}

// A By says who ended a consent.
type By string

// Who ended it.
const (
	ByDriver By = "driver"
	ByParty  By = "party"
)

// A Standing is a consent that lasts.
type Standing struct {
	ID        string
	LicenceID string
	PartyID   string
	Scenario  relyingparty.ScenarioID
	GivenAt   time.Time
	EndedAt   time.Time // zero while in force
	EndedBy   By
	Grant     Grant // sealed under the driver's key
	Version   int64
}

// A Grant is the sealed part of a consent, as it was given.
type Grant struct {
	Record
	RequestID string               `json:"request"`
	Holder    string               `json:"holder"` // masked name, for the party's list
	Fields    []relyingparty.Field `json:"fields"`
	DeviceID  string               `json:"device"`
	Signature []byte               `json:"signature"` // of Proof
	Confirmed string               `json:"confirmed"` // passkey or sms
}

// Follows reports whether the driver let the party be told of changes. A
// consent that was given before that was asked does not.
func (s *Standing) Follows() bool { return slices.Contains(s.Grant.Fields, relyingparty.Changes) }

// InForce reports whether the consent permits anything.
func (s *Standing) InForce() bool { return s.EndedAt.IsZero() }

// What can be wrong with a request or its answer.
var (
	ErrNoRequest = fault.New(fault.NotFound, "consent.none", "没有找到这次请求，请向对方要新的链接。", "There is no such request. Ask for a new link.")
	ErrOver      = fault.New(fault.Conflict, "consent.over", "这次请求已经答复过、撤销或过期，请向对方要新的链接。", "This request was answered, cancelled or is out of time. Ask for a new link.")
	ErrFields    = fault.New(fault.Invalid, "consent.fields", "所选的项目与请求不符，请刷新后再试。", "What you chose does not fit the request. Reload and try again.")
	ErrKind      = fault.New(fault.Denied, "consent.not_allowed", "这个场景不能这样请求驾驶人同意。", "This scenario cannot ask drivers in this way.")
	ErrHave      = fault.New(fault.Conflict, "consent.given", "您已经给过这家单位同样的授权，不用再给。", "You have given this body the same consent already.")
	ErrWhy       = fault.New(fault.Invalid, "consent.why", "请告诉驾驶人为什么要看，100字以内。", "Tell the driver why, in at most 100 characters.")
	ErrReference = fault.New(fault.Invalid, "consent.reference", "自编号用40字以内，写在一行。", "Your own reference has at most 40 characters on one line.")
	ErrPolicy    = fault.New(fault.Invalid, "consent.policy", "请填写保单号，40字以内。", "Give the number of the policy, at most 40 characters.")
	errNothing   = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
)
