package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/audit"
)

// CountRefusal counts input that was refused. The caller is kept as a blind
// index: refusals of one caller can be told to be many, not whose they are.
func (tx *Tx) CountRefusal(ctx context.Context, now time.Time, cause, caller string) error {
	return tx.exec(ctx, `
		INSERT INTO refusal_count (minute, cause, caller, times) VALUES ($1, $2, $3, 1)
		ON CONFLICT (minute, cause, caller) DO UPDATE SET times = refusal_count.times + 1`,
		now.Unix()/60, cause, filled(tx.index("refusal_count.caller", caller)))
}

// RefusedCauses returns what was refused since a moment, the most frequent
// cause first.
func (tx *Tx) RefusedCauses(ctx context.Context, since time.Time) (list []audit.Refused, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var r audit.Refused
		err := rows.Scan(&r.Cause, &r.Times, &r.Callers, &r.Most)
		list = append(list, r)
		return err
	}, `SELECT cause, CAST(sum(times) AS BIGINT), count(*), CAST(max(times) AS BIGINT)
		FROM (SELECT cause, caller, sum(times) AS times FROM refusal_count WHERE minute >= $1 GROUP BY cause, caller) AS by_caller
		GROUP BY cause ORDER BY 2 DESC, cause`, since.Unix()/60)
	return list, err
}

// RefusedHours returns how often anything was refused, by hour since the epoch.
func (tx *Tx) RefusedHours(ctx context.Context, since time.Time) (map[int64]int, error) {
	hours := map[int64]int{}
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var hour int64
		var times int
		err := rows.Scan(&hour, &times)
		hours[hour] = times
		return err
	}, `SELECT minute / 60, CAST(sum(times) AS BIGINT) FROM refusal_count WHERE minute >= $1 GROUP BY minute / 60`, since.Unix()/60)
	return hours, err
}
