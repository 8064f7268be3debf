// Package relyingparty keeps the bodies that check licences 用证单位: what each
// may ask, on which terminals, by which operators.
//
// A Party is granted Scenarios one by one. A scenario is data: the fields it
// gives, the ways in which it may ask, what it must say first. A Terminal is a
// device key that a one-time code enrolled; an Operator is a person with a
// number and a PIN; a Key stands for the party's own system, which signs its
// requests. A check needs all of them in force, and is asked anew at each
// request (Desk.Admit), so a suspension holds from the next one on.
//
// The authority's staff may do everything to every party; a party's own
// administrators use the Service Within it, where nothing of others is there.
//
// Guarantees: an enrolment code and a sign-in challenge serve once; a PIN is
// evaluated at most maxTries times before it is locked for a while, however
// many tries arrive together; an administrator can add a scenario, but none
// that asks by number, or gives what the law leaves to police and windows.
//
// Left out: checks themselves (package verification), what drivers consent to
// (package consent), the administrators' accounts (package account).
package relyingparty

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"edl/internal/fault"
	"edl/internal/identity"
)

// A Kind is what a relying party is; it bounds the scenarios it may be granted.
type Kind string

// The kinds.
const (
	Police    Kind = "police"    // 公安交管部门
	Window    Kind = "window"    // its service windows
	Regulator Kind = "regulator" // of road transport 道路运输管理部门
	Transport Kind = "transport" // 客货运企业
	Insurer   Kind = "insurer"
	Rental    Kind = "rental"
	Other     Kind = "other"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Police, Window, Regulator, Transport, Insurer, Rental, Other} }

// ByLaw reports whether bodies of this kind look licences up by duty of law.
func (k Kind) ByLaw() bool { return k == Police || k == Window || k == Regulator }

// Alone reports whether terminals of bodies of this kind check codes without a
// network: what such a code holds is more than the others' scenarios give.
func (k Kind) Alone() bool { return k == Police || k == Window }

// A Status says whether a party, terminal or operator may work.
type Status string

// The statuses.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// A Party is a body that checks licences.
type Party struct {
	ID        string
	Name      string // as drivers read it
	USCC      identity.USCC
	Kind      Kind
	Contact   string // whom a driver can turn to; sealed
	Phone     string // sealed
	Scenarios []ScenarioID
	Status    Status
	CreatedAt time.Time
	Version   int64
}

// May reports whether the scenario was granted.
func (p *Party) May(id ScenarioID) bool { return slices.Contains(p.Scenarios, id) }

// What is wrong with a party.
var (
	ErrName      = fault.New(fault.Invalid, "party.name", "请填写单位全称，60字以内。", "Give the body's full name, at most 60 characters.")
	ErrKind      = fault.New(fault.Invalid, "party.kind", "没有这一类单位。", "There is no such kind of body.")
	ErrContact   = fault.New(fault.Invalid, "party.contact", "请填写驾驶人可以找到的联系人或部门，30字以内。", "Name a person or department that drivers can turn to, at most 30 characters.")
	ErrPhone     = fault.New(fault.Invalid, "party.phone", "请填写联系电话，只用数字、空格和横线。", "Give a telephone number, digits, spaces and hyphens only.")
	ErrGrant     = fault.New(fault.Invalid, "party.scenario", "这个场景不能授予这一类单位。", "This scenario cannot be granted to a body of this kind.")
	ErrPartyHere = fault.New(fault.Conflict, "party.exists", "这个单位已经登记过。", "This body is registered already.")
)

// check returns what is wrong with the party, given every scenario there is.
func (p *Party) check(scenarios []*Scenario) error {
	switch {
	case !label(p.Name, 60):
		return fault.At("name", ErrName)
	case !slices.Contains(Kinds(), p.Kind):
		return fault.At("kind", ErrKind)
	case !label(p.Contact, 30):
		return fault.At("contact", ErrContact)
	case !telephone(p.Phone):
		return fault.At("phone", ErrPhone)
	}
	for _, id := range p.Scenarios {
		if !slices.ContainsFunc(scenarios, func(s *Scenario) bool { return s.ID == id && s.For(p.Kind) }) {
			return fault.At("scenarios", ErrGrant)
		}
	}
	return nil
}

// label reports whether s can be shown on one line.
func label(s string, most int) bool {
	return strings.TrimSpace(s) == s && s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
}

func telephone(s string) bool {
	return len(s) >= 3 && len(s) <= 20 && strings.Trim(s, "0123456789 -") == "" && strings.ContainsAny(s, "0123456789")
}
