package desktest

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"strings"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/identity"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
)

// A Desk is an operator on a terminal of a party.
type Desk struct {
	w          *World
	Party      *relyingparty.Party
	TerminalID string
	Key        *ecdsa.PrivateKey // of the terminal
	OperatorID string
	Number     string // of the operator
	PIN        string // handed out
}

// Desk registers a party that is granted the scenarios, with a terminal and an
// operator.
func (w *World) Desk(kind relyingparty.Kind, scenarios ...relyingparty.ScenarioID) *Desk {
	w.T.Helper()
	p, err := w.Parties.Add(context.Background(), Staff, w.Form(kind, scenarios...))
	w.must(err)
	return w.DeskOf(p)
}

// Form is a party that nobody has registered yet.
func (w *World) Form(kind relyingparty.Kind, scenarios ...relyingparty.ScenarioID) relyingparty.Form {
	w.serial++
	first17 := fmt.Sprintf("91000000%09d", w.serial)
	return relyingparty.Form{
		Name: fmt.Sprintf("示例单位%d", w.serial), Contact: "值班室", Phone: "010-0000001", Kind: kind, Scenarios: scenarios,
		USCC: identity.USCC(first17 + string(identity.USCCCheck(first17))),
	}
}

// DeskOf adds a terminal and an operator to a party.
func (w *World) DeskOf(p *relyingparty.Party) *Desk {
	w.T.Helper()
	d := &Desk{w: w, Party: p, Key: NewKey(w.T)}
	d.TerminalID = w.Enrol(p.ID, d.Key).ID
	w.serial++
	d.Number = fmt.Sprintf("%06d", w.serial)
	d.OperatorID, d.PIN = uid.New(w.Now()), handedOut
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddOperator(ctx, &relyingparty.Operator{
			ID: d.OperatorID, PartyID: p.ID, Number: d.Number, Name: "沈望舒", PIN: handedOutHash(), MustChange: true,
			Status: relyingparty.Active, CreatedAt: w.now,
		})
	})
	return d
}

// Enrol makes a device with the key a terminal of the party.
func (w *World) Enrol(partyID string, key *ecdsa.PrivateKey) *relyingparty.Terminal {
	w.T.Helper()
	code, _, err := w.Parties.NewCode(context.Background(), Staff, partyID, relyingparty.CodeLife)
	w.must(err)
	t, _, err := w.Parties.Enrol(context.Background(), audit.Actor{Kind: audit.ByVisitor, ID: "anonymous"}, "address", Enrolment(code, key))
	w.must(err)
	return t
}

// Enrolment is what a device with the key sends for a code.
func Enrolment(code string, key *ecdsa.PrivateKey) relyingparty.Enrolment {
	return relyingparty.Enrolment{
		Code: code, PublicKey: Point(key), Name: "前台1号", Place: "示例路1号", Signature: Sign(key, relyingparty.EnrolProof(Origin, code)),
	}
}

// Asker is who asks at this desk.
func (d *Desk) Asker() verification.Asker {
	return verification.Asker{TerminalID: d.TerminalID, OperatorID: d.OperatorID}
}

// NewRequest returns a fresh request identifier.
func NewRequest() string {
	n := strings.ToLower(uid.Digits(32))
	return n[:8] + "-" + n[8:12] + "-" + n[12:16] + "-" + n[16:20] + "-" + n[20:]
}

// Ask checks a code under a scenario, with all that the scenario asks for.
func (d *Desk) Ask(scenario relyingparty.ScenarioID, code string) (*verification.Check, error) {
	return d.w.Checks.Check(context.Background(), d.Asker(), d.Question(scenario, code))
}

// Question is a question about a code, with all that the scenario asks for.
func (d *Desk) Question(scenario relyingparty.ScenarioID, code string) verification.Question {
	q := verification.Question{RequestID: NewRequest(), Scenario: scenario, Way: relyingparty.ByCode, Code: code}
	switch scenario {
	case relyingparty.WindowCheck:
		q.CaseNumber = "SW-1"
	case relyingparty.Hiring, relyingparty.Underwriting, relyingparty.Regulation:
		q.VehicleClass = "C1"
	case relyingparty.Renting:
		q.VehicleClass, q.RentalEnd = "C1", civil.Of(d.w.Now()).AddDays(3)
	}
	return q
}

// Request asks a driver for consent, with all that the scenario asks for, and
// returns the link's token.
func (d *Desk) Request(kind consent.Kind, scenario relyingparty.ScenarioID) (*consent.Request, string) {
	d.w.T.Helper()
	q := d.Question(scenario, "")
	c := consent.Case{Why: "入职前核对", VehicleClass: q.VehicleClass, RentalEnd: q.RentalEnd}
	if scenario == relyingparty.Claim {
		c.PolicyNumber, c.VehicleClass = "BD-1", ""
	}
	r, token, err := d.w.Checks.Ask(context.Background(), d.Asker(), kind, c, scenario)
	d.w.must(err)
	return r, token
}

// fields are all that a request asks for.
func (w *World) fields(r *consent.Request) (fields []relyingparty.Field) {
	all, err := w.Parties.Scenarios(context.Background())
	w.must(err)
	for _, s := range all {
		if s.ID == r.Scenario {
			for _, it := range r.Items(s) {
				fields = append(fields, it.Field)
			}
		}
	}
	return fields
}

// LookUp checks by number and name.
func (d *Desk) LookUp(scenario relyingparty.ScenarioID, number, name string) (*verification.Check, error) {
	q := d.Question(scenario, "")
	q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, number, name, "未带手机"
	return d.w.Checks.Check(context.Background(), d.Asker(), q)
}

// SignIn opens a session at this desk with a PIN.
func (d *Desk) SignIn(pin string) (*account.Session, string, error) {
	challenge, err := d.w.Parties.Challenge(context.Background(), "address", d.TerminalID)
	d.w.must(err)
	return d.w.Parties.SignIn(context.Background(), "address", relyingparty.SignIn{Proof: d.Proof(challenge), PIN: pin})
}

// Proof answers a challenge with the terminal's key.
func (d *Desk) Proof(challenge string) relyingparty.Proof {
	return relyingparty.Proof{
		TerminalID: d.TerminalID, Challenge: challenge, OperatorNumber: d.Number,
		Signature: Sign(d.Key, relyingparty.SessionProof(Origin, challenge, d.Number)),
	}
}
