package issuance

import (
	"context"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/lang"
	"edl/internal/workday"
)

// A Progress is a case as its driver sees it: 网办进度.
type Progress struct {
	*Case
	Now        time.Time
	Due        workday.Due
	Ahead      int // cases that are due before it; only while it waits
	Refusals   int // failed reviews, this one included
	WindowOnly bool
	CanAppeal  bool
	Refused    *Case // the refusal that it appeals; nil: no appeal
}

// CanWithdraw reports whether the driver may withdraw it now: until a reviewer
// claimed it.
func (p *Progress) CanWithdraw() bool {
	return p.StatusAt(p.Now) == application.Submitted
}

// CanUrge reports whether the driver may ask for haste: once, past the promise.
func (p *Progress) CanUrge() bool { return p.Overdue(p.Now) && p.UrgedAt.IsZero() }

// Title says what was applied for, and how.
func (c *Case) Title() lang.Text {
	kind := c.Kind.Name()
	if c.Plea.Of != "" {
		kind = lang.T(kind.ZH+"申诉", "appeal: "+kind.EN)
	}
	return lang.T(kind.ZH+"（"+c.Route.Name().ZH+"）", kind.EN+" ("+c.Route.Name().EN+")")
}

// ProgressOf returns a driver's cases, the newest first.
func (s *Service) ProgressOf(ctx context.Context, licenceID string) (list []*Progress, err error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		list = nil
		st, err := standingOf(ctx, tx, licenceID, s.Now())
		if err != nil {
			return err
		}
		for _, c := range st.cases {
			p, err := st.progress(ctx, tx, c, calendar)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	return list, err
}

func (st *standing) progress(ctx context.Context, tx Tx, c *Case, calendar workday.Calendar) (*Progress, error) {
	p := &Progress{Case: c, Now: st.now, Due: calendar.Due(c.SubmittedAt), Refusals: st.refusals()}
	p.WindowOnly = p.Refusals >= application.MaxRefusals
	p.CanAppeal, p.Refused = st.mayAppeal(c) == nil, st.caseOf(c.Plea.Of)
	if c.Route.Direct() || c.StatusAt(st.now) != application.Submitted {
		return p, nil
	}
	var err error
	p.Ahead, _, err = tx.CountWaiting(ctx, c)
	return p, err
}

// Progress returns one of the driver's cases.
func (s *Service) Progress(ctx context.Context, licenceID string, id application.ID) (p *Progress, err error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, licenceID, s.Now())
		if err != nil {
			return err
		}
		for _, c := range st.cases {
			if c.ID == id {
				p, err = st.progress(ctx, tx, c, calendar)
				return err
			}
		}
		return errNone
	})
	return p, err
}

// Withdraw ends a case at its driver's wish.
func (s *Service) Withdraw(ctx context.Context, by audit.Actor, licenceID string, id application.ID) error {
	return s.own(ctx, by, licenceID, id, ActWithdraw, (*application.Application).Withdraw)
}

// Urge records that the driver asks for haste.
func (s *Service) Urge(ctx context.Context, by audit.Actor, licenceID string, id application.ID) error {
	return s.own(ctx, by, licenceID, id, ActUrge, (*application.Application).Urge)
}

// own lets a driver do something to a case of theirs.
func (s *Service) own(ctx context.Context, by audit.Actor, licenceID string, id application.ID, action audit.Action, do func(*application.Application, time.Time) error) error {
	var c *Case
	err := s.InTx(ctx, func(tx Tx) (err error) {
		if c, err = tx.Case(ctx, id); err != nil {
			return err
		}
		if c.Licence != licenceID {
			return errNone
		}
		if err := do(&c.Application, s.Now()); err != nil {
			return err
		}
		return s.save(ctx, tx, by, c, action, map[string]string{"number": string(c.Number)})
	})
	if err == nil {
		s.tell(c)
	}
	return err
}
