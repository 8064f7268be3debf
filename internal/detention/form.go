package detention

import (
	"context"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/verification"
)

// A Form is what an officer sees before deciding.
type Form struct {
	Check     *verification.Check
	Suggested GroundCode // that the licence's state gives; "": none
	Place     string     // the terminal's
	DueOn     civil.Date // the last day of the term, if it were now
	Refusal   *fault.Fault
	Detention *Detention // that this check led to; nil: none
}

// Form returns what a check of the operator's own can lead to, and what it led to.
func (s *Service) Form(ctx context.Context, by verification.Asker, check string) (f *Form, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		now := s.Now()
		d, err := tx.DetentionByCheck(ctx, check)
		if err == nil && d.OperatorID == by.OperatorID {
			f = &Form{Detention: d, Place: d.Record.Place, DueOn: d.DueOn()}
			f.Check, err = tx.CheckByNumber(ctx, check)
			return err
		}
		if err != nil && !missing(err) {
			return err
		}
		c, desk, entry, err := s.admit(ctx, tx, by, check, now)
		if refusal := fault.Of(err); refusal != nil && refusal.Kind == fault.Conflict {
			c, readErr := tx.CheckByNumber(ctx, check)
			f = &Form{Check: c, Refusal: refusal, DueOn: dueOn(now)}
			return readErr
		}
		if err != nil {
			return err
		}
		f = &Form{Check: c, Place: desk.Terminal.Place, DueOn: dueOn(now)}
		if entry.State(now).Has(licence.PointsFull) || entry.Licence.Points >= 12 {
			f.Suggested = Points
		}
		return nil
	})
	return f, err
}
