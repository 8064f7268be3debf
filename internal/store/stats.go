package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"edl/internal/stats"
)

var _ stats.Tx = (*Tx)(nil)

func (tx *Tx) count(ctx context.Context, into *int, query string, args ...any) func() error {
	return func() error { return tx.q.QueryRowContext(ctx, query, args...).Scan(into) }
}

func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Counts counts what happened from from until to.
func (tx *Tx) Counts(ctx context.Context, from, to time.Time) (c stats.Counts, err error) {
	a, b := ms(from), ms(to)
	err = inOrder(
		tx.count(ctx, &c.Submitted, `SELECT count(*) FROM application WHERE submitted_at >= $1 AND submitted_at < $2`, a, b),
		tx.count(ctx, &c.Issued, `SELECT count(*) FROM electronic WHERE issued_at >= $1 AND issued_at < $2`, a, b),
		tx.count(ctx, &c.Refused, `SELECT count(*) FROM application WHERE status = 'refused' AND ended_at >= $1 AND ended_at < $2`, a, b),
		tx.count(ctx, &c.Withdrawn, `SELECT count(*) FROM application WHERE status = 'withdrawn' AND ended_at >= $1 AND ended_at < $2`, a, b),
		tx.count(ctx, &c.Checks, `SELECT count(*) FROM licence_check WHERE at >= $1 AND at < $2`, a, b),
		tx.count(ctx, &c.Feedback, `SELECT count(*) FROM feedback WHERE at >= $1 AND at < $2`, a, b),
		tx.count(ctx, &c.Imports, `SELECT count(*) FROM register_run WHERE started_at >= $1 AND started_at < $2`, a, b),
	)
	return c, err
}

// CountsNow counts what stands at now.
func (tx *Tx) CountsNow(ctx context.Context, now time.Time) (c stats.Now, err error) {
	err = inOrder(
		tx.count(ctx, &c.Waiting, `SELECT count(*) FROM application WHERE status IN ('submitted', 'reviewing')`),
		tx.count(ctx, &c.Overdue, `SELECT count(*) FROM application WHERE status IN ('submitted', 'reviewing') AND due_at < $1`, ms(now)),
		tx.count(ctx, &c.OpenFeedback, `SELECT count(*) FROM feedback WHERE answered_at = 0`),
		tx.count(ctx, &c.Pending, `SELECT count(*) FROM licence_pending WHERE resolved_at = 0`),
	)
	return c, err
}

// PromiseKept counts the applications that ended from from until to, by
// whether that was in time.
func (tx *Tx) PromiseKept(ctx context.Context, from, to time.Time) (p stats.Promise, err error) {
	const ended = `SELECT count(*) FROM application WHERE status IN ('issued', 'refused') AND ended_at >= $1 AND ended_at < $2 AND ended_at `
	err = inOrder(
		tx.count(ctx, &p.Within, ended+`<= due_at`, ms(from), ms(to)),
		tx.count(ctx, &p.Late, ended+`> due_at`, ms(from), ms(to)),
	)
	return p, err
}

// AppealsMade counts the appeals that were made, and those that were decided,
// from from until to.
func (tx *Tx) AppealsMade(ctx context.Context, from, to time.Time) (c stats.Appeals, err error) {
	a, b := ms(from), ms(to)
	const decided = `SELECT count(*) FROM application WHERE appeal_of <> '' AND ended_at >= $1 AND ended_at < $2 AND status = `
	err = inOrder(
		tx.count(ctx, &c.Opened, `SELECT count(*) FROM application WHERE appeal_of <> '' AND submitted_at >= $1 AND submitted_at < $2`, a, b),
		tx.count(ctx, &c.Upheld, decided+`'refused'`, a, b),
		tx.count(ctx, &c.Changed, decided+`'issued'`, a, b),
	)
	return c, err
}

// RefusalReasons counts why applications were not approved.
func (tx *Tx) RefusalReasons(ctx context.Context, from, to time.Time) (map[string]int, error) {
	reasons := map[string]int{}
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var codes string
		err := rows.Scan(&codes)
		for _, code := range strings.Fields(codes) {
			reasons[code]++
		}
		return err
	}, `SELECT reasons FROM application WHERE status = 'refused' AND ended_at >= $1 AND ended_at < $2`, ms(from), ms(to))
	return reasons, err
}

// ChecksByScenario counts checks by their scenario.
func (tx *Tx) ChecksByScenario(ctx context.Context, from, to time.Time) (map[string]int, error) {
	counts := map[string]int{}
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var scenario string
		var n int
		err := rows.Scan(&scenario, &n)
		counts[scenario] = n
		return err
	}, `SELECT scenario, count(*) FROM licence_check WHERE at >= $1 AND at < $2 GROUP BY scenario`, ms(from), ms(to))
	return counts, err
}

// ReviewTimes returns the times between claim and decision.
func (tx *Tx) ReviewTimes(ctx context.Context, from, to time.Time) (times []time.Duration, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var millis int64
		err := rows.Scan(&millis)
		times = append(times, time.Duration(millis)*time.Millisecond)
		return err
	}, `SELECT decided_at - claimed_at FROM application
		WHERE decided_by <> '' AND claimed_at > 0 AND decided_at >= $1 AND decided_at < $2`, ms(from), ms(to))
	return times, err
}
