package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"edl/internal/consent"
	"edl/internal/follow"
	"edl/internal/relyingparty"
)

var _ follow.Tx = (*Tx)(nil)

func followedPlace(id string) string { return "followed.sealed:" + id }

// addFollowed lets the party follow the driver from the consent's first moment.
func (tx *Tx) addFollowed(ctx context.Context, s *consent.Standing) error {
	g := s.Grant
	sealed, err := tx.seal(ctx, s.PartyID, followedPlace(s.ID), follow.Known{
		Holder: g.Holder, Name: g.Case.Name, Reference: g.Case.Reference, Scenario: g.ScenarioName, Why: g.Case.Why,
	})
	if err != nil {
		return err
	}
	return tx.exec(ctx, `
		INSERT INTO followed (id, licence_id, party_id, scenario, since, notice_id, touched, due_at, sealed, version)
		VALUES ($1, $2, $3, $4, $5, '', TRUE, 0, $6, 1)`, s.ID, s.LicenceID, s.PartyID, s.Scenario, ms(s.GivenAt), sealed)
}

// dropFollowed forgets who is followed, what was told and what waits to be,
// where a column of followed has a value.
func (tx *Tx) dropFollowed(ctx context.Context, column, value string) error {
	of := `(SELECT id FROM followed WHERE ` + column + ` = $1)`
	return errors.Join(
		tx.exec(ctx, `DELETE FROM outbox WHERE channel = 'hook' AND sent_at = 0 AND id IN (SELECT id FROM follow_notice WHERE followed_id IN `+of+`)`, value),
		tx.exec(ctx, `DELETE FROM follow_notice WHERE followed_id IN `+of, value),
		tx.exec(ctx, `DELETE FROM followed WHERE `+column+` = $1`, value),
	)
}

// touchFollowed marks those whose answer a change of the licence may change.
func (tx *Tx) touchFollowed(ctx context.Context, licenceID string) error {
	return tx.exec(ctx, `UPDATE followed SET touched = TRUE WHERE licence_id = $1`, licenceID)
}

// FollowedToLookAt returns whom a change or the time may have changed.
func (tx *Tx) FollowedToLookAt(ctx context.Context, now time.Time, limit int) (ids []string, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT f.id FROM (
			SELECT id, party_id FROM followed WHERE touched
			UNION SELECT id, party_id FROM followed WHERE due_at <> 0 AND due_at <= $1
		) f JOIN party p ON p.id = f.party_id WHERE p.status = 'active' ORDER BY f.id LIMIT $2`, ms(now), limit)
	return ids, err
}

// Followed returns one followed driver.
func (tx *Tx) Followed(ctx context.Context, id string) (*follow.Driver, error) {
	return only(tx.followed(ctx, `WHERE f.id = $1`, id))
}

// FollowedBy returns whom a party follows, newest first.
func (tx *Tx) FollowedBy(ctx context.Context, partyID string, limit int) ([]*follow.Driver, error) {
	return tx.followed(ctx, `WHERE f.party_id = $1 ORDER BY f.id DESC LIMIT $2`, partyID, limit)
}

// FollowedOf returns by whom a driver is followed.
func (tx *Tx) FollowedOf(ctx context.Context, licenceID string) ([]*follow.Driver, error) {
	return tx.followed(ctx, `WHERE f.licence_id = $1 ORDER BY f.id DESC`, licenceID)
}

const (
	noticeColumns = `COALESCE(n.id, ''), COALESCE(n.followed_id, ''), COALESCE(n.party_id, ''), COALESCE(n.at, 0), COALESCE(n.before, ''), COALESCE(n.state, ''),
		COALESCE(n.check_number, ''), COALESCE(n.acknowledged_at, 0), COALESCE(n.acknowledged_by, ''), COALESCE(n.version, 0), COALESCE(o.sent_at, 0), COALESCE(o.id, '')`
	noticeOutbox = ` LEFT JOIN outbox o ON o.id = n.id AND o.channel = 'hook' `
)

// noticeRow is a notice as it is scanned.
type noticeRow struct {
	follow.Notice
	at, acknowledged, sent int64
	queued                 string
}

func (r *noticeRow) into() []any {
	return []any{&r.ID, &r.FollowedID, &r.PartyID, &r.at, &r.Before, &r.State, &r.Check, &r.acknowledged, &r.AcknowledgedBy, &r.Version, &r.sent, &r.queued}
}

func (r *noticeRow) notice() *follow.Notice {
	n := r.Notice
	n.At, n.AcknowledgedAt, n.SentAt = at(r.at), at(r.acknowledged), at(r.sent)
	n.Waits = r.queued != "" && r.sent == 0
	return &n
}

func (tx *Tx) followed(ctx context.Context, where string, args ...any) (list []*follow.Driver, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		d, n := &follow.Driver{}, noticeRow{}
		var since, due int64
		var known []byte
		err := rows.Scan(append([]any{&d.ID, &d.LicenceID, &d.PartyID, &d.Scenario, &since, &d.NoticeID, &d.Touched, &due, &known, &d.Version}, n.into()...)...)
		d.Since, d.DueAt = at(since), at(due)
		if d.NoticeID != "" {
			d.Notice = n.notice()
		}
		list, sealed = append(list, d), append(sealed, known)
		return err
	}, `SELECT f.id, f.licence_id, f.party_id, f.scenario, f.since, f.notice_id, f.touched, f.due_at, f.sealed, f.version, `+noticeColumns+`
		FROM followed f LEFT JOIN follow_notice n ON n.id = f.notice_id `+noticeOutbox+where, args...)
	if err != nil {
		return nil, err
	}
	for i, d := range list {
		if err := tx.unseal(ctx, d.PartyID, followedPlace(d.ID), sealed[i], &d.Known); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SaveFollowed stores when a driver is looked at next, and the newest notice.
func (tx *Tx) SaveFollowed(ctx context.Context, d *follow.Driver) error {
	d.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE followed SET notice_id = $3, touched = $4, due_at = $5, version = $2 WHERE id = $1 AND version = $2 - 1`,
		d.ID, d.Version, d.NoticeID, d.Touched, ms(d.DueAt)))
}

// AddNotice stores a notice.
func (tx *Tx) AddNotice(ctx context.Context, n *follow.Notice) error {
	n.Version = 1
	return tx.exec(ctx, `
		INSERT INTO follow_notice (id, followed_id, party_id, at, before, state, check_number, acknowledged_at, acknowledged_by, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n.ID, n.FollowedID, n.PartyID, ms(n.At), n.Before, n.State, n.Check, ms(n.AcknowledgedAt), n.AcknowledgedBy, n.Version)
}

// NoticesOf returns a party's notices between two moments, oldest first.
func (tx *Tx) NoticesOf(ctx context.Context, partyID string, from, to time.Time) (list []*follow.Notice, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var n noticeRow
		err := rows.Scan(n.into()...)
		list = append(list, n.notice())
		return err
	}, `SELECT `+noticeColumns+` FROM follow_notice n `+noticeOutbox+`WHERE n.party_id = $1 AND n.at >= $2 AND n.at < $3 ORDER BY n.at, n.id`, partyID, ms(from), ms(to))
	return list, err
}

// AcknowledgeNotices marks what a party was told of a driver as known.
func (tx *Tx) AcknowledgeNotices(ctx context.Context, followedID, by string, now time.Time) (int, error) {
	r, err := tx.q.ExecContext(ctx, `
		UPDATE follow_notice SET acknowledged_at = $2, acknowledged_by = $3, version = version + 1 WHERE followed_id = $1 AND acknowledged_at = 0`,
		followedID, ms(now), by)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

func receiverPlace(partyID string) string { return "receiver.sealed:" + partyID }

// Receiver returns where a party's own system is told.
func (tx *Tx) Receiver(ctx context.Context, partyID string) (*follow.Receiver, error) {
	r := &follow.Receiver{PartyID: partyID}
	var set, delivered, failing int64
	var sealed []byte
	err := tx.q.QueryRowContext(ctx, `SELECT status, sealed, set_at, delivered_at, failing_since, failure, version FROM receiver WHERE party_id = $1`, partyID).
		Scan(&r.Status, &sealed, &set, &delivered, &failing, &r.Failure, &r.Version)
	if err != nil {
		return nil, one(err)
	}
	r.SetAt, r.DeliveredAt, r.FailingSince = at(set), at(delivered), at(failing)
	return r, tx.unseal(ctx, partyID, receiverPlace(partyID), sealed, &r.To)
}

// SaveReceiver inserts a receiver whose Version is 0 and otherwise replaces the
// version that it was read from.
func (tx *Tx) SaveReceiver(ctx context.Context, r *follow.Receiver) error {
	sealed, err := tx.seal(ctx, r.PartyID, receiverPlace(r.PartyID), r.To)
	if err != nil {
		return err
	}
	r.Version++
	values := []any{r.PartyID, r.Version, r.Status, sealed, ms(r.SetAt), ms(r.DeliveredAt), ms(r.FailingSince), r.Failure}
	if r.Version == 1 {
		err := tx.exec(ctx, `
			INSERT INTO receiver (party_id, version, status, sealed, set_at, delivered_at, failing_since, failure)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, values...)
		if violates(err) {
			return errRaced
		}
		return err
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE receiver SET status = $3, sealed = $4, set_at = $5, delivered_at = $6, failing_since = $7, failure = $8, version = $2
		WHERE party_id = $1 AND version = $2 - 1`, values...))
}

// DropReceiver forgets a receiver and what waits for it.
func (tx *Tx) DropReceiver(ctx context.Context, partyID string) error {
	return errors.Join(
		tx.exec(ctx, `DELETE FROM outbox WHERE channel = 'hook' AND subject = $1 AND sent_at = 0`, partyID),
		tx.exec(ctx, `DELETE FROM receiver WHERE party_id = $1`, partyID),
	)
}

// WaitingHooks counts what waits for a party's receiver.
func (tx *Tx) WaitingHooks(ctx context.Context, partyID string) (n int, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE channel = 'hook' AND subject = $1 AND sent_at = 0`, partyID).Scan(&n)
	return n, err
}

// QueueHook queues an event in this transaction.
func (tx *Tx) QueueHook(ctx context.Context, h follow.Hook, now time.Time) error {
	return tx.enqueue(ctx, h.ID, "hook", "follow", h.PartyID, json.RawMessage(h.Body), now)
}

// DueHooks returns what waits for receivers that are called, each party's
// oldest first, where the oldest is due.
func (tx *Tx) DueHooks(ctx context.Context, now time.Time, each int) (list []follow.Hook, err error) {
	var parties []string
	if err := tx.each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		parties = append(parties, id)
		return err
	}, `SELECT r.party_id FROM receiver r JOIN party p ON p.id = r.party_id
		WHERE r.status = 'active' AND p.status = $1
			AND EXISTS (SELECT 1 FROM outbox o WHERE o.channel = 'hook' AND o.subject = r.party_id AND o.sent_at = 0)
		ORDER BY r.party_id`, relyingparty.Active); err != nil {
		return nil, err
	}
	for _, id := range parties {
		hooks, err := tx.partyHooks(ctx, id, now, each)
		if err != nil {
			return nil, err
		}
		list = append(list, hooks...)
	}
	return list, nil
}

func (tx *Tx) partyHooks(ctx context.Context, partyID string, now time.Time, most int) (list []follow.Hook, err error) {
	var due []time.Time
	if err := tx.each(ctx, func(rows *sql.Rows) error {
		h := follow.Hook{PartyID: partyID}
		var when int64
		err := rows.Scan(&h.ID, &h.Body, &h.Attempts, &when)
		list, due = append(list, h), append(due, at(when))
		return err
	}, `SELECT id, sealed, attempts, due_at FROM outbox WHERE channel = 'hook' AND subject = $1 AND sent_at = 0 ORDER BY id LIMIT $2`, partyID, most); err != nil {
		return nil, err
	}
	if len(list) == 0 || due[0].After(now) {
		return nil, nil
	}
	r, err := tx.Receiver(ctx, partyID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		h := &list[i]
		if h.Body, err = tx.unsealBytes(ctx, partyID, "outbox.sealed:"+h.ID, h.Body); err != nil {
			return nil, err
		}
		h.To = r.To
	}
	return list, nil
}

// ClaimHook takes an event in hand until a time.
func (tx *Tx) ClaimHook(ctx context.Context, id string, now, until time.Time) (bool, error) {
	r, err := tx.q.ExecContext(ctx, `UPDATE outbox SET due_at = $3 WHERE id = $1 AND channel = 'hook' AND sent_at = 0 AND due_at <= $2`, id, ms(now), ms(until))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// HurryHooks makes everything due that waits for a party.
func (tx *Tx) HurryHooks(ctx context.Context, partyID string, now time.Time) error {
	return tx.exec(ctx, `UPDATE outbox SET due_at = $2, attempts = 0 WHERE channel = 'hook' AND subject = $1 AND sent_at = 0`, partyID, ms(now))
}
