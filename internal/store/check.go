package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/verification"
)

var _ verification.Tx = (*Tx)(nil)

const checkColumns = `number, at, party_id, terminal_id, operator_id, licence_id, scenario, way, request_id, redemption, outcome, person, matched_at, sealed, version, visible_at`

func checkPlace(number string) string { return "licence_check.sealed:" + number }

// SealCheck seals a check's record before it is stored.
func (tx *Tx) SealCheck(ctx context.Context, c *verification.Check) (err error) {
	c.Sealed, err = tx.seal(ctx, c.LicenceID, checkPlace(c.Number), c.Record)
	return err
}

// AddCheck stores a check; ErrTaken if the code or the request has one.
func (tx *Tx) AddCheck(ctx context.Context, c *verification.Check) error {
	if c.Sealed == nil {
		if err := tx.SealCheck(ctx, c); err != nil {
			return err
		}
	}
	sealed := c.Sealed
	c.Version, c.Sealed = 1, nil
	err := tx.exec(ctx, `INSERT INTO licence_check (`+checkColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		c.Number, ms(c.At), c.PartyID, c.TerminalID, c.OperatorID, c.LicenceID, c.Scenario, c.Way, c.RequestID, orNull(c.Redemption),
		c.Outcome, c.Match, ms(c.MatchedAt), sealed, c.Version, ms(c.VisibleAt))
	if violates(err) {
		return verification.ErrTaken
	}
	if err != nil {
		return err
	}
	return tx.noteHour(ctx, c)
}

// SaveMatch stores what the operator said of person and photo.
func (tx *Tx) SaveMatch(ctx context.Context, c *verification.Check) error {
	c.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE licence_check SET person = $3, matched_at = $4, version = $2 WHERE number = $1 AND version = $2 - 1`,
		c.Number, c.Version, c.Match, ms(c.MatchedAt)))
}

// CheckByRedemption returns the check that redeemed a code.
func (tx *Tx) CheckByRedemption(ctx context.Context, redemption []byte) (*verification.Check, error) {
	return only(tx.checks(ctx, `WHERE redemption = $1`, redemption))
}

// CheckByRequest returns the look-up by number that a terminal's request led to.
func (tx *Tx) CheckByRequest(ctx context.Context, terminalID, requestID string) (*verification.Check, error) {
	return only(tx.checks(ctx, `WHERE terminal_id = $1 AND request_id = $2 AND redemption IS NULL`, terminalID, requestID))
}

// CheckByNumber returns the check with a number.
func (tx *Tx) CheckByNumber(ctx context.Context, number string) (*verification.Check, error) {
	return only(tx.checks(ctx, `WHERE number = $1`, number))
}

// ChecksByOperator returns what an operator checked, newest first.
func (tx *Tx) ChecksByOperator(ctx context.Context, operatorID string, since time.Time, limit int) (list []*verification.Check, err error) {
	hours, err := tx.operatorHours(ctx, []string{operatorID}, since, time.Time{})
	if err != nil {
		return nil, err
	}
	err = newest(hours, limit, func(h operatorHour) (int, error) {
		from, to := h.bounds()
		some, err := tx.checks(ctx, `WHERE party_id = $1 AND at >= $2 AND at < $3 AND operator_id = $4 ORDER BY at DESC, number DESC LIMIT $5`,
			h.partyID, max(from, ms(since)), to, operatorID, limit-len(list))
		list = append(list, some...)
		return len(some), err
	})
	return list, err
}

// ChecksByParty returns what a party checked, newest first, older than before.
func (tx *Tx) ChecksByParty(ctx context.Context, partyID, before string, limit int) ([]*verification.Check, error) {
	if before == "" {
		return tx.checks(ctx, `WHERE party_id = $1 ORDER BY at DESC, number DESC LIMIT $2`, partyID, limit)
	}
	return tx.checks(ctx, `
		WHERE party_id = $1 AND (at, number) < (SELECT at, number FROM licence_check WHERE number = $2)
		ORDER BY at DESC, number DESC LIMIT $3`, partyID, before, limit)
}

// PartyOutcomes counts a party's checks since a moment, by outcome.
func (tx *Tx) PartyOutcomes(ctx context.Context, partyID string, since time.Time) (map[verification.Outcome]int, error) {
	counts := map[verification.Outcome]int{}
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var outcome verification.Outcome
		var n int
		err := rows.Scan(&outcome, &n)
		counts[outcome] = n
		return err
	}, `SELECT outcome, count(*) FROM licence_check WHERE party_id = $1 AND at >= $2 GROUP BY outcome`, partyID, ms(since))
	return counts, err
}

// ChecksOf returns the checks of a licence that its driver may see at now,
// newest first, older than before. That one must be one of them: the number of
// a hidden check, or of another driver's, finds the end of the list.
func (tx *Tx) ChecksOf(ctx context.Context, licenceID, before string, now time.Time, limit int) ([]*verification.Check, error) {
	if before == "" {
		return tx.checks(ctx, `WHERE licence_id = $1 AND visible_at <= $2 ORDER BY at DESC, number DESC LIMIT $3`, licenceID, ms(now), limit)
	}
	return tx.checks(ctx, `
		WHERE licence_id = $1 AND visible_at <= $2
			AND (at, number) < (SELECT b.at, b.number FROM licence_check b WHERE b.number = $3 AND b.licence_id = $1 AND b.visible_at <= $2)
		ORDER BY at DESC, number DESC LIMIT $4`, licenceID, ms(now), before, limit)
}

func (tx *Tx) checks(ctx context.Context, where string, args ...any) (list []*verification.Check, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &verification.Check{}
		var when, matched, visible int64
		var record []byte
		err := rows.Scan(&c.Number, &when, &c.PartyID, &c.TerminalID, &c.OperatorID, &c.LicenceID, &c.Scenario, &c.Way,
			&c.RequestID, &c.Redemption, &c.Outcome, &c.Match, &matched, &record, &c.Version, &visible)
		c.At, c.MatchedAt, c.VisibleAt = at(when), at(matched), at(visible)
		list, sealed = append(list, c), append(sealed, record)
		return err
	}, `SELECT `+checkColumns+` FROM licence_check `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		if err := tx.unseal(ctx, c.LicenceID, checkPlace(c.Number), sealed[i], &c.Record); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// TakeNumbers counts a series up by n and returns the last number taken.
func (tx *Tx) TakeNumbers(ctx context.Context, series string, n int) (last int, err error) {
	err = tx.q.QueryRowContext(ctx, `
		INSERT INTO series (name, newest) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET newest = series.newest + excluded.newest RETURNING newest`, series, n).Scan(&last)
	return last, err
}

// TakeNumbers is Tx.TakeNumbers in a transaction of its own.
func (db *DB) TakeNumbers(ctx context.Context, series string, n int) (last int, err error) {
	err = db.Update(ctx, func(tx *Tx) error {
		last, err = tx.TakeNumbers(ctx, series, n)
		return err
	})
	return last, err
}

// orNull stores an absent byte string as NULL on either database.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
