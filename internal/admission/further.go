package admission

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// A Request is a party's own application for further scenarios. Each of its
// administrators may do all with it.
type Request struct{ PartyID, ID string }

// What a party may meet that asks for more.
var (
	ErrFurther = fault.New(fault.Conflict, "admission.further_open", "本单位已有一份增加场景的申请没有办结，请刷新，在那一份上继续。", "The party has a request for scenarios that is not decided. Reload and go on with that one.")
	ErrEnded   = fault.New(fault.Conflict, "admission.ended", "这份申请已经办结，不能再撤回。请刷新。", "The request is decided already and cannot be withdrawn. Reload.")
)

// open returns the party's own request; another's is not there, and nothing is
// done for a party that is suspended.
func (r Request) open(ctx context.Context, tx Tx) (*Application, error) {
	a, err := tx.Admission(ctx, r.ID)
	if missing(err) || err == nil && (!a.Further || a.PartyID != r.PartyID) {
		return nil, errNoFile
	}
	if err != nil {
		return nil, err
	}
	return a, working(ctx, tx, r.PartyID)
}

func working(ctx context.Context, tx Tx, partyID string) error {
	p, err := tx.Party(ctx, partyID)
	if err == nil && p.Status != relyingparty.Active {
		return relyingparty.ErrPartySuspended
	}
	return err
}

// requestsShown bounds what a party sees of its requests.
const requestsShown = 20

// Requests returns what a party asked for, newest first, and what it may still
// ask for. The one that is not decided has its files.
func (s *Service) Requests(ctx context.Context, partyID string) (list []*Application, offered []*relyingparty.Scenario, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		p, err := tx.Party(ctx, partyID)
		if err != nil {
			return err
		}
		if list, err = tx.FurtherAdmissions(ctx, partyID, requestsShown); err != nil {
			return err
		}
		for i, a := range list {
			if !a.DecidedAt.IsZero() {
				continue
			}
			if list[i], err = tx.Admission(ctx, a.ID); err != nil {
				return err
			}
		}
		all, err := tx.Scenarios(ctx)
		offered = further(p, all)
		return err
	})
	return list, offered, err
}

// further are the scenarios that a party may ask for: none where the authority
// registers bodies of its kind itself.
func further(p *relyingparty.Party, all []*relyingparty.Scenario) []*relyingparty.Scenario {
	if !slices.Contains(Kinds(), p.Kind) {
		return nil
	}
	return slices.DeleteFunc(Offered(all), func(one *relyingparty.Scenario) bool { return !one.For(p.Kind) || p.May(one.ID) })
}

// BeginFurther makes a draft of a party's request; the same key again returns
// the first.
func (s *Service) BeginFurther(ctx context.Context, by audit.Actor, address, partyID, key string, wanted []Want) (a *Application, err error) {
	if err := s.Allow(LimitBegin, address); err != nil {
		return nil, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		a = nil
		if err := working(ctx, tx, partyID); err != nil {
			return err
		}
		before, err := tx.FurtherAdmissions(ctx, partyID, requestsShown)
		if err != nil {
			return err
		}
		for _, one := range before {
			if key != "" && bytes.Equal(one.Secret, uid.Hash(key)) {
				a, err = tx.Admission(ctx, one.ID)
				return err
			}
		}
		if slices.ContainsFunc(before, func(one *Application) bool { return one.DecidedAt.IsZero() }) {
			return ErrFurther
		}
		admin, err := tx.Admins().Member(ctx, by.ID)
		if err != nil {
			return err
		}
		now := s.Now()
		a = &Application{ID: uid.New(now), Status: Draft, Further: true, PartyID: partyID, CreatedAt: now, KeptUntil: now.Add(DraftLife),
			Form: Form{Person: identity.Name(admin.Name), Wanted: wanted}}
		if key != "" {
			a.Secret = uid.Hash(key)
		}
		if err := s.fits(ctx, tx, a); err != nil {
			return err
		}
		return s.begin(ctx, tx, by, a)
	})
	return a, err
}

// Withdraw ends a request that is not decided. Its evidence goes at once; a
// draft goes with all that it says.
func (s *Service) Withdraw(ctx context.Context, by audit.Actor, r Request) error {
	return s.InTx(ctx, func(tx Tx) error {
		a, err := r.open(ctx, tx)
		if err != nil || a.Status == Withdrawn {
			return err
		}
		if !a.DecidedAt.IsZero() {
			return ErrEnded
		}
		if a.Status == Draft {
			if err := tx.DropAdmission(ctx, a.ID); err != nil {
				return err
			}
			return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActWithdraw, Object: a.ID, Case: a.Number})
		}
		if err := a.become(Withdrawn); err != nil {
			return err
		}
		if err := tx.DestroyEvidence(ctx, a.ID); err != nil {
			return err
		}
		a.DecidedAt, a.EvidenceGoneAt, a.SeenAt = s.Now(), s.Now(), s.Now()
		if err := tx.SaveAdmission(ctx, a); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActWithdraw, a, nil)
	})
}

// Seen records that the party's administrators know how a request ended.
func (s *Service) Seen(ctx context.Context, r Request) error {
	return s.InTx(ctx, func(tx Tx) error {
		a, err := r.open(ctx, tx)
		if err != nil || a.DecidedAt.IsZero() || !a.SeenAt.IsZero() {
			return err
		}
		a.SeenAt = s.Now()
		return tx.SaveAdmission(ctx, a)
	})
}

// extend grants a party scenarios beside those it has.
func (s *Service) extend(ctx context.Context, tx Tx, by audit.Actor, a *Application, granted []relyingparty.ScenarioID) error {
	if err := a.become(Granted); err != nil {
		return err
	}
	if err := s.Parties.GrantIn(ctx, tx, by, a.PartyID, granted); err != nil {
		return err
	}
	a.DecidedAt = s.Now()
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	if err := s.log(ctx, tx, by, ActExtend, a, verdictDetail(a)); err != nil {
		return err
	}
	return s.text(ctx, tx, a, fmt.Sprintf("%s的%s（编号 %s）已办结：批准 %d 个，未批准 %d 个。批准的场景现在就可以用。详情：%s", a.Name, a.called(), a.Number, len(granted), len(a.Wanted)-len(granted), s.page(a)))
}

// phoneOf returns where an applicant is told, or "". Of a party that is the
// phone that its first administrator confirmed, while they may sign in; all of
// them read it on their page.
func phoneOf(ctx context.Context, tx Tx, a *Application) (identity.Phone, error) {
	if !a.Further {
		return a.Phone, nil
	}
	first, err := tx.AdmissionOf(ctx, a.PartyID)
	if missing(err) {
		return "", nil // staff registered it
	}
	if err != nil {
		return "", err
	}
	m, err := tx.Admins().Member(ctx, first.AdminID)
	if missing(err) || err == nil && m.Status != account.Active {
		return "", nil
	}
	return first.Phone, err
}
