package issuance

import (
	"context"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/fault"
)

// ErrNotLocked is returned where there is no limit to lift.
var ErrNotLocked = fault.New(fault.Conflict, "photo.not_locked", "没有三次审核不通过的限制，不用解除。", "There is no limit of three refusals to lift.")

// Unlock lifts the limit of three refusals, in a window's case. The driver's
// open page hears of it and shows the way again.
func (s *Service) Unlock(ctx context.Context, by audit.Actor, licenceID, ref string) error {
	err := s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		st, err := standingOf(ctx, tx, licenceID, now)
		if err != nil {
			return err
		}
		if st.refusals() < application.MaxRefusals {
			return ErrNotLocked
		}
		if err := tx.AddUnlock(ctx, licenceID, by.ID, ref, now); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: now, Actor: by, Action: ActUnlock, Subject: licenceID, Case: ref})
	})
	if err == nil && s.Publish != nil {
		s.Publish(licenceID, "state", nil)
	}
	return err
}

// Refusals returns the failed reviews that count now.
func (s *Service) Refusals(ctx context.Context, licenceID string) (n int, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, licenceID, s.Now())
		if err == nil {
			n = st.refusals()
		}
		return err
	})
	return n, err
}
