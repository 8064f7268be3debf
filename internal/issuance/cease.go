package issuance

import (
	"context"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/licence"
)

// Cease does what a driver's own wish means for the electronic licence, in the
// transaction of that wish: it ends, and what is applied for is stopped. The
// licence itself stays as it is. What is being signed at this moment is voided
// by record, which looks at the consents again.
func (s *Service) Cease(ctx context.Context, tx Tx, by audit.Actor, licenceID string, why licence.ChangeKind) error {
	st, err := standingOf(ctx, tx, licenceID, s.Now())
	if err != nil {
		return err
	}
	contacts, err := s.contacts(ctx)
	if err != nil {
		return err
	}
	for _, c := range st.cases {
		if !c.Status.Open() || c.Status == application.Approved || c.Route == application.Window {
			continue
		}
		if err := s.stop(ctx, tx, c.clone(), application.ConsentWithdrawn, contacts, st.now); err != nil {
			return err
		}
	}
	if st.electronic == nil {
		return nil
	}
	active := st.electronic.State() == licence.Active
	st.electronic.Invalidate([]licence.Change{licence.Wished(why)}, st.now)
	if err := tx.SaveElectronic(ctx, st.electronic); err != nil || !active {
		return err
	}
	if err := tx.Notify(ctx, ceasedMessage(licenceID, why, st.now)); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: st.now, Actor: by, Action: ActCease, Subject: licenceID, Object: st.electronic.ID, Detail: map[string]string{"why": string(why)},
	})
}
