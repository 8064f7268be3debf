package relyingparty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/uid"
)

// A Service keeps the relying parties. Its methods may be called concurrently.
type Service struct {
	InTx   func(ctx context.Context, f func(Tx) error) error
	Read   func(ctx context.Context, f func(Tx) error) error
	Now    func() time.Time
	Origin string                          // what terminals' proofs are bound to
	Allow  func(kind, caller string) error // the limiter
	// Passkey returns the operator whose passkey made the credential.
	Passkey func(ctx context.Context, address string, credential json.RawMessage) (operatorID string, err error)

	within string // the party that alone is there; "" is every one
}

// The kinds of limit that terminals meet, by network address and by terminal.
const (
	LimitEnrol  = "terminal.enrol"
	LimitSignIn = "terminal.signin"
	LimitKey    = "key.request" // by key
)

// The audited deeds.
const (
	ActPartyAdd       audit.Action = "party.add"
	ActPartyChange    audit.Action = "party.change"
	ActPartySuspend   audit.Action = "party.suspend"
	ActPartyResume    audit.Action = "party.resume"
	ActCode           audit.Action = "terminal.code"
	ActEnrol          audit.Action = "terminal.enrol"
	ActTermSuspend    audit.Action = "terminal.suspend"
	ActTermResume     audit.Action = "terminal.resume"
	ActPlace          audit.Action = "terminal.place"
	ActOperatorAdd    audit.Action = "operator.add"
	ActOpSuspend      audit.Action = "operator.suspend"
	ActOpResume       audit.Action = "operator.resume"
	ActOpReset        audit.Action = "operator.reset"
	ActOpHours        audit.Action = "operator.hours"
	ActSignIn         audit.Action = "operator.signin"
	ActSignInRefused  audit.Action = "operator.signin_refused"
	ActPIN            audit.Action = "operator.pin"
	ActContact        audit.Action = "party.contact"
	ActKeyAdd         audit.Action = "key.add"
	ActKeySuspend     audit.Action = "key.suspend"
	ActKeyResume      audit.Action = "key.resume"
	ActKeyRevoke      audit.Action = "key.revoke"
	ActScenarioAdd    audit.Action = "scenario.add"
	ActScenarioSwitch audit.Action = "scenario.switch"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActPartyAdd:       lang.T("登记用证单位", "registered a relying party"),
	ActPartyChange:    lang.T("修改用证单位或其场景", "changed a relying party or its scenarios"),
	ActPartySuspend:   lang.T("暂停用证单位", "suspended a relying party"),
	ActPartyResume:    lang.T("恢复用证单位", "restored a relying party"),
	ActCode:           lang.T("发放终端启用码", "made an enrolment code"),
	ActEnrol:          lang.T("启用终端", "enrolled a terminal"),
	ActTermSuspend:    lang.T("暂停终端", "suspended a terminal"),
	ActTermResume:     lang.T("恢复终端", "restored a terminal"),
	ActPlace:          lang.T("修改终端使用地点", "changed a terminal's place"),
	ActOperatorAdd:    lang.T("登记操作员", "registered an operator"),
	ActOpSuspend:      lang.T("暂停操作员", "suspended an operator"),
	ActOpResume:       lang.T("恢复操作员", "restored an operator"),
	ActOpReset:        lang.T("重置操作员 PIN", "reset an operator's PIN"),
	ActOpHours:        lang.T("修改操作员班次", "changed an operator's hours"),
	ActSignIn:         lang.T("登录终端", "signed in at a terminal"),
	ActSignInRefused:  lang.T("登录终端未成功", "failed to sign in at a terminal"),
	ActPIN:            lang.T("修改 PIN", "changed the PIN"),
	ActContact:        lang.T("修改本单位联系方式", "changed the party's own contact"),
	ActKeyAdd:         lang.T("登记接口密钥", "registered an API key"),
	ActKeySuspend:     lang.T("暂停接口密钥", "suspended an API key"),
	ActKeyResume:      lang.T("恢复接口密钥", "restored an API key"),
	ActKeyRevoke:      lang.T("吊销接口密钥", "revoked an API key"),
	ActScenarioAdd:    lang.T("新增场景", "added a scenario"),
	ActScenarioSwitch: lang.T("开启或停用场景", "switched a scenario on or off"),
}

// A Listing is a party with its counts of today.
type Listing struct {
	*Party
	Tally
}

// Parties lists every party, oldest first.
func (s *Service) Parties(ctx context.Context) (list []Listing, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		parties, err := tx.Parties(ctx)
		if err != nil {
			return err
		}
		tallies, err := tx.PartyTallies(ctx, civil.Of(s.Now()).Start())
		for _, p := range parties {
			list = append(list, Listing{p, tallies[p.ID]})
		}
		return err
	})
	return list, err
}

// A Dossier is a party with all that belongs to it.
type Dossier struct {
	Listing
	Terminals []*Terminal
	Operators []*Operator
	Codes     []*EnrolmentCode
	Keys      []*Key
	Scenarios []*Scenario // those granted, switched on or not
}

// Party returns one party.
func (s *Service) Party(ctx context.Context, id string) (*Dossier, error) {
	var d Dossier
	err := s.Read(ctx, func(tx Tx) (err error) {
		if d.Party, err = s.party(ctx, tx, id); err != nil {
			return err
		}
		tallies, err := tx.PartyTallies(ctx, civil.Of(s.Now()).Start())
		if err != nil {
			return err
		}
		d.Tally = tallies[id]
		if d.Terminals, err = tx.Terminals(ctx, id); err != nil {
			return err
		}
		if d.Operators, err = tx.Operators(ctx, id); err != nil {
			return err
		}
		if d.Codes, err = tx.EnrolmentCodes(ctx, id); err != nil {
			return err
		}
		if d.Keys, err = tx.Keys(ctx, id); err != nil {
			return err
		}
		all, err := tx.Scenarios(ctx)
		d.Scenarios = slices.DeleteFunc(all, func(one *Scenario) bool { return !d.Party.May(one.ID) })
		return err
	})
	return &d, err
}

// A Form is what staff enter about a party.
type Form struct {
	Name, Contact, Phone string
	USCC                 identity.USCC
	Kind                 Kind
	Scenarios            []ScenarioID
}

func (f Form) fill(p *Party) {
	p.Name, p.Contact, p.Phone = strings.TrimSpace(f.Name), strings.TrimSpace(f.Contact), strings.TrimSpace(f.Phone)
	p.USCC, p.Kind, p.Scenarios = f.USCC, f.Kind, f.Scenarios
}

// Add registers a party.
func (s *Service) Add(ctx context.Context, by audit.Actor, f Form) (p *Party, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		p, err = s.AddIn(ctx, tx, by, f)
		return err
	})
	return p, err
}

// AddIn is Add within a transaction that the caller began.
func (s *Service) AddIn(ctx context.Context, tx AddTx, by audit.Actor, f Form) (*Party, error) {
	now := s.Now()
	p := &Party{ID: uid.New(now), Status: Active, CreatedAt: now}
	f.fill(p)
	if err := s.fits(ctx, tx, p); err != nil {
		return nil, err
	}
	if err := tx.AddParty(ctx, p); err != nil {
		return nil, err
	}
	return p, s.log(ctx, tx, by, ActPartyAdd, p.ID, p.ID, partyDetail(p))
}

// GrantIn grants a party scenarios beside those it has, within a transaction
// that the caller began.
func (s *Service) GrantIn(ctx context.Context, tx AddTx, by audit.Actor, id string, scenarios []ScenarioID) error {
	p, err := tx.Party(ctx, id)
	if err != nil {
		return err
	}
	for _, one := range scenarios {
		if !p.May(one) {
			p.Scenarios = append(p.Scenarios, one)
		}
	}
	if err := s.fits(ctx, tx, p); err != nil {
		return err
	}
	if err := tx.SaveParty(ctx, p); err != nil {
		return err
	}
	return s.log(ctx, tx, by, ActPartyChange, id, id, partyDetail(p))
}

// Check returns what is wrong with a form, given every scenario there is.
func (f Form) Check(scenarios []*Scenario) error {
	p := &Party{}
	f.fill(p)
	return p.check(scenarios)
}

func (s *Service) fits(ctx context.Context, tx AddTx, p *Party) error {
	scenarios, err := tx.Scenarios(ctx)
	if err != nil {
		return err
	}
	return p.check(scenarios)
}

func partyDetail(p *Party) map[string]string {
	return map[string]string{"name": p.Name, "uscc": string(p.USCC), "kind": string(p.Kind), "scenarios": fmt.Sprint(p.Scenarios)}
}

// Change replaces what is entered about a party.
func (s *Service) Change(ctx context.Context, by audit.Actor, id string, f Form) (*Party, error) {
	return s.changeParty(ctx, by, id, ActPartyChange, func(tx Tx, p *Party) error {
		f.fill(p)
		return s.fits(ctx, tx, p)
	})
}

// Suspend keeps a party's terminals from checking, from the next request on.
func (s *Service) Suspend(ctx context.Context, by audit.Actor, id string) (*Party, error) {
	return s.changeParty(ctx, by, id, ActPartySuspend, func(tx Tx, p *Party) error {
		p.Status = Suspended
		return tx.EndPartySessions(ctx, id)
	})
}

// Resume lets a suspended party check again.
func (s *Service) Resume(ctx context.Context, by audit.Actor, id string) (*Party, error) {
	return s.changeParty(ctx, by, id, ActPartyResume, func(_ Tx, p *Party) error {
		p.Status = Active
		return nil
	})
}

func (s *Service) changeParty(ctx context.Context, by audit.Actor, id string, action audit.Action, change func(Tx, *Party) error) (p *Party, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		if p, err = s.party(ctx, tx, id); err != nil {
			return err
		}
		if err := change(tx, p); err != nil {
			return err
		}
		if err := tx.SaveParty(ctx, p); err != nil {
			return err
		}
		return s.log(ctx, tx, by, action, id, id, partyDetail(p))
	})
	return p, err
}

// log records a deed about something that belongs to a party.
func (s *Service) log(ctx context.Context, tx AddTx, by audit.Actor, action audit.Action, partyID, object string, detail map[string]string) error {
	return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: action, Subject: partyID, Object: object, Detail: detail})
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound && !errors.Is(err, context.Canceled)
}
