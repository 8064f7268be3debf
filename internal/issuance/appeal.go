package issuance

import (
	"context"
	"fmt"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/uid"
)

// An AppealRequest is a driver's appeal against a refusal: 申诉.
type AppealRequest struct {
	LicenceID string
	Of        application.ID // the refused application
	Ground    application.Ground
	Words     string
	Key       string // the same again returns the first case
}

// Appeal lets the photo of a refused application be looked at again by another
// reviewer than the one who refused it. The case is one of its own, with a
// number and a promise of its own; what was declared of the photo stands.
func (s *Service) Appeal(ctx context.Context, by audit.Actor, r AppealRequest) (*Case, error) {
	if first, err := s.appealed(ctx, r); first != nil || err != nil {
		return first, err
	}
	if err := s.allow(LimitApply, r.LicenceID); err != nil {
		return nil, err
	}
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	p := plan{due: calendar.Due(s.Now())}
	var c *Case
	var kind application.Kind
	err = s.Read(ctx, func(tx Tx) error { // whether it can be at all, before a number is taken
		_, refused, err := s.appealOf(ctx, tx, r)
		if err == nil {
			kind = refused.Kind
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var putBack func()
	if p.number, putBack, err = s.next(ctx, kind); err != nil {
		return nil, err
	}
	err = s.InTx(ctx, func(tx Tx) (err error) {
		c, err = s.appeal(ctx, tx, by, r, p)
		return err
	})
	if fault.Of(err) != nil {
		putBack()
	}
	if err != nil {
		return nil, fmt.Errorf("appealing application %s: %w", r.Of, err)
	}
	s.tell(c)
	return c, nil
}

// appealed returns the case that the same key made before, or nil.
func (s *Service) appealed(ctx context.Context, r AppealRequest) (c *Case, err error) {
	if r.Key == "" {
		return nil, nil
	}
	err = s.Read(ctx, func(tx Tx) error {
		c, err = tx.CaseByKey(ctx, r.LicenceID, r.Key)
		return err
	})
	switch {
	case notFound(err):
		return nil, nil
	case err == nil && c.Plea.Of != r.Of:
		return nil, ErrKeyReused
	}
	return c, err
}

// appealOf returns the refused case and the driver's standing, or why it cannot
// be appealed now.
func (s *Service) appealOf(ctx context.Context, tx Tx, r AppealRequest) (*standing, *Case, error) {
	st, err := standingOf(ctx, tx, r.LicenceID, s.Now())
	if err != nil {
		return nil, nil, err
	}
	refused := st.caseOf(r.Of)
	if refused == nil {
		return nil, nil, errNone
	}
	if err := st.mayAppeal(refused); err != nil {
		return nil, nil, err
	}
	return st, refused, st.may(ctx, tx, Submission{LicenceID: r.LicenceID, Kind: refused.Kind, Route: refused.Route})
}

func (st *standing) caseOf(id application.ID) *Case {
	for _, c := range st.cases {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// mayAppeal returns nil if a case can be appealed: it is the newest of its kind.
func (st *standing) mayAppeal(refused *Case) error {
	if err := refused.CanAppeal(st.now); err != nil {
		return err
	}
	for _, c := range st.cases { // the newest first
		switch {
		case c.ID == refused.ID:
			return nil
		case c.Plea.Of == refused.ID:
			return application.ErrAppealOnce
		case c.Kind == refused.Kind && c.Status != application.Withdrawn:
			return application.ErrAppealNewer
		}
	}
	return nil
}

func (s *Service) appeal(ctx context.Context, tx Tx, by audit.Actor, r AppealRequest, p plan) (*Case, error) {
	st, refused, err := s.appealOf(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	if refused.Route != application.Window {
		given, err := tx.Consents(ctx, r.LicenceID)
		if err != nil {
			return nil, err
		}
		if !stands(given, account.IdentityNumber) || !stands(given, account.Face) {
			return nil, account.ErrConsent
		}
	}
	a, err := refused.Application.Appeal(application.Request{ID: application.ID(uid.New(st.now)), Number: p.number, DueAt: p.due.At}, r.Ground, r.Words, st.now)
	if err != nil {
		return nil, err
	}
	c := &Case{Application: *a, PhotoID: refused.PhotoID, RegisterVersionID: st.entry.VersionID, Declared: refused.Declared, Key: r.Key, Ref: refused.Ref}
	if err := tx.AddCase(ctx, c); err != nil {
		return nil, err
	}
	return c, tx.AppendAudit(ctx, audit.Entry{
		At: st.now, Actor: by, Action: ActAppeal, Subject: c.Licence, Object: string(c.ID), Case: c.Ref,
		Detail: map[string]string{"number": string(c.Number), "of": string(refused.Number), "ground": string(a.Plea.Ground)},
	})
}
