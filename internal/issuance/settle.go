package issuance

import (
	"context"
	"errors"
	"fmt"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/licence"
)

// Settle makes decisions final that can no longer be undone: an approval is
// signed and published, and the driver is told. It returns how many cases it
// brought to their end or on their way.
func (s *Service) Settle(ctx context.Context) (done int, err error) {
	var decided []*Case
	if err := s.Read(ctx, func(tx Tx) (err error) {
		decided, err = tx.DecidedCases(ctx, s.Now().Add(-application.UndoFor), 100)
		return err
	}); err != nil {
		return 0, fmt.Errorf("looking for decisions to settle: %w", err)
	}
	for _, c := range decided {
		err := s.settle(ctx, c)
		switch {
		case errors.Is(err, context.Canceled):
			return done, err
		case errors.Is(err, application.ErrStatus), errors.Is(err, application.ErrUnsettled): // undone, or settled by another server
		case err != nil:
			later("settle", c.ID, err)
		default:
			done++
		}
	}
	return done, nil
}

func (s *Service) settle(ctx context.Context, decided *Case) error {
	p, contacts, err := s.settling(ctx, decided)
	if err != nil {
		return err
	}
	var c *Case
	var w *work
	if err := s.InTx(ctx, func(tx Tx) error {
		if c, err = tx.Case(ctx, decided.ID); err != nil {
			return err
		}
		w, err = s.settleIn(ctx, tx, c, p, contacts)
		return err
	}); err != nil {
		return err
	}
	if w != nil {
		s.finishNow(ctx, w)
		return nil
	}
	s.tell(c, "message")
	return nil
}

// settling looks up what an approval will need.
func (s *Service) settling(ctx context.Context, c *Case) (plan, licence.Contacts, error) {
	profile, err := s.Profile(ctx)
	if err != nil || c.Decision.Outcome != application.Approval {
		return plan{}, profile.Contacts(), err
	}
	p := plan{issuer: profile.Code, photoID: c.PhotoID}
	err = s.Read(ctx, func(tx Tx) error {
		if p.portrait, err = portraitHash(ctx, tx, c.PhotoID); err != nil {
			return err
		}
		return tx.Setting(ctx, NumberingSetting, &p.numbering)
	})
	return p, profile.Contacts(), err
}

func (s *Service) settleIn(ctx context.Context, tx Tx, c *Case, p plan, contacts licence.Contacts) (*work, error) {
	now := s.Now()
	st, err := standingOf(ctx, tx, c.Licence, now)
	if err != nil {
		return nil, err
	}
	reason, err := s.hindered(ctx, tx, st, c)
	if err != nil {
		return nil, err
	}
	if reason != "" {
		return nil, s.stop(ctx, tx, c, reason, contacts, now)
	}
	if err := c.Settle(now); err != nil {
		return nil, err
	}
	if err := s.save(ctx, tx, audit.Program, c, ActSettle, map[string]string{"outcome": string(c.Decision.Outcome), "number": string(c.Number)}); err != nil {
		return nil, err
	}
	if c.Status == application.Refused {
		refusals := st.refusals()
		if c.CountsAsFailedReview() {
			refusals++ // of which the standing does not know yet
		}
		return nil, tx.Notify(ctx, refusedMessage(c, refusals, now))
	}
	return s.prepare(ctx, tx, st, c, p)
}

// hindered says why an approval that is about to become final must not, or "":
// the licence is asked again at the last moment.
func (s *Service) hindered(ctx context.Context, tx Tx, st *standing, c *Case) (application.Reason, error) {
	if c.Status != application.Decided || c.Decision.Outcome != application.Approval || !c.Final(st.now) {
		return "", nil
	}
	l, err := tx.LicenceVersion(ctx, c.Licence, c.RegisterVersionID)
	if err != nil {
		return "", err
	}
	given, err := tx.Consents(ctx, c.Licence)
	return hindrance(st.entry, st.electronic, given, c, l, st.now), err
}
