package verification

import (
	"context"
	"crypto/subtle"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/photo"
)

var errNoCheck = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

// Match records whether the person is the one of the photo. It can be
// corrected; each time is audited, and a difference is put before the auditor.
func (s *Service) Match(ctx context.Context, by Asker, number string, same bool) error {
	return s.InTx(ctx, func(tx Tx) error {
		c, err := own(ctx, tx, by, number)
		if err != nil {
			return err
		}
		return s.match(ctx, tx, by, c, same)
	})
}

func (s *Service) match(ctx context.Context, tx Tx, by Asker, c *Check, same bool) error {
	c.Match, c.MatchedAt = Different, s.Now()
	if same {
		c.Match = Same
	}
	if err := tx.SaveMatch(ctx, c); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: s.Now(), Actor: by.actor(), Action: ActMatch, Subject: c.LicenceID, Object: c.Number, Flagged: !same,
		Detail: map[string]string{"match": string(c.Match)},
	})
}

// own returns a check that this operator made; another's is not there.
func own(ctx context.Context, tx Tx, by Asker, number string) (*Check, error) {
	c, err := tx.CheckByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	if c.OperatorID != by.OperatorID {
		return nil, errNoCheck
	}
	return c, nil
}

// One returns a check of the operator's own.
func (s *Service) One(ctx context.Context, by Asker, number string) (c *Check, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		c, err = own(ctx, tx, by, number)
		return err
	})
	return c, err
}

// shiftLength bounds how far back an operator sees, and how long a photo is
// shown again: a terminal is no archive.
const shiftLength = 24 * time.Hour

// shiftRows bounds the list of a shift.
const shiftRows = 200

// Shift lists the operator's own checks since a moment, newest first.
func (s *Service) Shift(ctx context.Context, by Asker, since time.Time) (list []*Check, err error) {
	if earliest := s.Now().Add(-shiftLength); since.Before(earliest) {
		since = earliest
	}
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.ChecksByOperator(ctx, by.OperatorID, since, shiftRows)
		return err
	})
	return list, err
}

// Portrait returns the photo that a check of the operator's own gave, as JPEG.
func (s *Service) Portrait(ctx context.Context, by Asker, number string) (jpeg []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		c, err := own(ctx, tx, by, number)
		if err != nil {
			return err
		}
		person := c.Record.Answer.Person
		if person == nil || person.PhotoID == "" || s.Now().Sub(c.At) > shiftLength {
			return errNoCheck
		}
		stored, err := tx.Photo(ctx, person.PhotoID)
		if err != nil {
			return err
		}
		jpeg, err = tx.PhotoImage(ctx, stored, photo.ImagePortrait)
		return err
	})
	return jpeg, err
}

// Confirm returns a check to whoever holds its receipt. A wrong key and an
// unknown number are one answer.
func (s *Service) Confirm(ctx context.Context, address, number, key string) (c *Check, err error) {
	if err := s.Allow(LimitOpen, address); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		c, err = tx.CheckByNumber(ctx, number)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(c.Record.ReceiptKey), []byte(key)) != 1 || c.Hidden(s.Now()) {
			return errNoCheck
		}
		return nil
	})
	if !missing(err) {
		return c, err
	}
	if err := s.InTx(ctx, func(tx Tx) error { return tx.CountRefusal(ctx, s.Now(), LimitOpen, address) }); err != nil {
		return nil, err
	}
	return nil, errNoCheck
}

// OfDriver lists who checked the driver's licence, newest first: every check,
// also one by number. One whose showing is delayed is not there until its day.
func (s *Service) OfDriver(ctx context.Context, licenceID, before string, limit int) (list []*Check, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.ChecksOf(ctx, licenceID, before, s.Now(), limit)
		return err
	})
	return list, err
}

// OneOfDriver returns one check of the driver's licence.
func (s *Service) OneOfDriver(ctx context.Context, licenceID, number string) (c *Check, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		c, err = tx.CheckByNumber(ctx, number)
		if err == nil && (c.LicenceID != licenceID || c.Hidden(s.Now())) {
			return errNoCheck
		}
		return err
	})
	return c, err
}

// A PartyTally counts what a party checked, by outcome.
type PartyTally struct{ Today, Month map[Outcome]int }

// tallied is how far back a party's own counts go.
const tallied = 30 * 24 * time.Hour

// OfParty lists what a party's operators and keys checked, newest first, and
// counts it. Whoever passes this on leaves out the drivers: a party's
// administrator is not shown what an operator saw.
func (s *Service) OfParty(ctx context.Context, partyID, before string, limit int) (list []*Check, tally PartyTally, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		if list, err = tx.ChecksByParty(ctx, partyID, before, limit); err != nil {
			return err
		}
		now := s.Now()
		if tally.Today, err = tx.PartyOutcomes(ctx, partyID, civil.Of(now).Start()); err != nil {
			return err
		}
		tally.Month, err = tx.PartyOutcomes(ctx, partyID, now.Add(-tallied))
		return err
	})
	return list, tally, err
}
