package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"edl/internal/verification"
)

// An operatorHour says that somebody checked for a party within an hour. An
// operator's checks are found among the party's of those hours: an index by
// operator had a page to be written for nearly every check, as operators are
// many, and an hour is noted once.
type operatorHour struct {
	operatorID, partyID string
	hour                int64 // since 1970
}

const hourMS = int64(time.Hour / time.Millisecond)

// newest calls f, which returns how many it found, with one hour after the other
// until enough are found. Of the hour in which that is, all parties' are looked
// through: which are the newest is known behind them.
func newest(hours []operatorHour, enough int, f func(operatorHour) (found int, err error)) error {
	found := 0
	for i, h := range hours {
		if i > 0 && found >= enough && h.hour != hours[i-1].hour {
			return nil
		}
		n, err := f(h)
		if err != nil {
			return err
		}
		found += n
	}
	return nil
}

// bounds returns when the hour begins and ends, in milliseconds since 1970.
func (h operatorHour) bounds() (from, to int64) { return h.hour * hourMS, (h.hour + 1) * hourMS }

// noteHour notes the hour of a check, unless that is known to have been done.
func (tx *Tx) noteHour(ctx context.Context, c *verification.Check) error {
	h := operatorHour{c.OperatorID, c.PartyID, ms(c.At) / hourMS}
	if tx.db.memory.noted(h) {
		return nil
	}
	tx.afterCommit(func() { tx.db.memory.note(h) })
	return tx.exec(ctx, `INSERT INTO operator_hour (operator_id, party_id, hour) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, h.operatorID, h.partyID, h.hour)
}

// operatorHours returns the hours from one moment to another, newest first, in
// which some of the operators checked, without saying who. The zero Time: no bound.
func (tx *Tx) operatorHours(ctx context.Context, operators []string, from, to time.Time) (list []operatorHour, err error) {
	last := int64(math.MaxInt64)
	if !to.IsZero() {
		last = ms(to) / hourMS
	}
	args := []any{ms(from) / hourMS, last}
	for _, id := range operators {
		args = append(args, id)
	}
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var h operatorHour
		err := rows.Scan(&h.hour, &h.partyID)
		list = append(list, h)
		return err
	}, `SELECT DISTINCT hour, party_id FROM operator_hour WHERE operator_id IN (`+placeholders(3, len(operators))+`) AND hour >= $1 AND hour <= $2
		ORDER BY hour DESC, party_id`, args...)
	return list, err
}
