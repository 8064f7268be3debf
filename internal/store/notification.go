package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"edl/internal/courier"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/uid"
)

// messageText is the sealed part of a message.
type messageText struct {
	Title, Body lang.Text
	Link        string
}

var _ courier.Tx = (*Tx)(nil)

// Notify queues a message for a driver's inbox in this transaction.
func (tx *Tx) Notify(ctx context.Context, m notification.Message) error {
	if m.ID == "" {
		m.ID = uid.New(m.At)
	}
	sealed, err := tx.seal(ctx, m.LicenceID, "message.sealed:"+m.ID, messageText{m.Title, m.Body, m.Link})
	if err != nil {
		return fmt.Errorf("sealing message %s: %w", m.ID, err)
	}
	if err := tx.exec(ctx, `
		INSERT INTO message (id, licence_id, kind, at, not_before, read_at, sealed) VALUES ($1, $2, $3, $4, $5, 0, $6)`,
		m.ID, m.LicenceID, m.Kind, ms(m.At), ms(m.NotBefore), sealed); err != nil {
		return err
	}
	if err := tx.pushToo(ctx, m); err != nil || !m.SMS {
		return err
	}
	return tx.textToo(ctx, m)
}

// textToo sends a message to the phone on the register as well. The text
// message has the identifier of the message, so that both can be withdrawn.
func (tx *Tx) textToo(ctx context.Context, m notification.Message) error {
	entry, err := tx.LicenceByID(ctx, m.LicenceID)
	if err != nil || entry.Licence.Phone == "" {
		return err
	}
	due := m.At
	if m.NotBefore.After(due) {
		due = m.NotBefore
	}
	return tx.enqueue(ctx, m.ID, "sms", m.Kind, m.LicenceID,
		notification.SMS{To: string(entry.Licence.Phone), Kind: m.Kind, Text: m.Body.ZH, Subject: m.LicenceID}, due)
}

// Messages returns a driver's messages that may be seen at now, newest first,
// those older than before if that is set.
func (tx *Tx) Messages(ctx context.Context, licenceID string, now time.Time, before string, limit int) (list []notification.Message, err error) {
	if before == "" {
		before = "~" // sorts after every identifier
	}
	var texts [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		m := notification.Message{LicenceID: licenceID}
		var when, notBefore, read int64
		var sealed []byte
		err := rows.Scan(&m.ID, &m.Kind, &when, &notBefore, &read, &sealed)
		m.At, m.NotBefore, m.ReadAt = at(when), at(notBefore), at(read)
		list, texts = append(list, m), append(texts, sealed)
		return err
	}, `SELECT id, kind, at, not_before, read_at, sealed FROM message
		WHERE licence_id = $1 AND not_before <= $2 AND id < $3 ORDER BY id DESC LIMIT $4`,
		licenceID, ms(now), before, limit)
	if err != nil {
		return nil, err
	}
	for i := range list {
		m := &list[i]
		var text messageText
		if err := tx.unseal(ctx, licenceID, "message.sealed:"+m.ID, texts[i], &text); err != nil {
			return nil, err
		}
		m.Title, m.Body, m.Link = text.Title, text.Body, text.Link
	}
	return list, nil
}

// UnreadMessages counts the unread ones that may be seen at now.
func (tx *Tx) UnreadMessages(ctx context.Context, licenceID string, now time.Time) (n int, err error) {
	err = tx.q.QueryRowContext(ctx, `
		SELECT count(*) FROM message WHERE licence_id = $1 AND read_at = 0 AND not_before <= $2`, licenceID, ms(now)).Scan(&n)
	return n, err
}

// ReadMessages marks one message as read, or all where id is empty.
func (tx *Tx) ReadMessages(ctx context.Context, licenceID, id string, now time.Time) error {
	return tx.exec(ctx, `
		UPDATE message SET read_at = $3 WHERE licence_id = $1 AND read_at = 0 AND not_before <= $3 AND ($2 = '' OR id = $2)`,
		licenceID, id, ms(now))
}

// WithdrawMessage removes a message that was not to be seen yet, its text
// message and its notices.
func (tx *Tx) WithdrawMessage(ctx context.Context, id string, now time.Time) error {
	if err := saved(tx.q.ExecContext(ctx, `DELETE FROM message WHERE id = $1 AND not_before > $2`, id, ms(now))); err != nil {
		return err
	}
	return tx.exec(ctx, `DELETE FROM outbox WHERE sent_at = 0 AND (id = $1 OR id LIKE $2)`, id, id+"/%")
}

// SendSMS queues a text message in this transaction.
func (tx *Tx) SendSMS(ctx context.Context, m notification.SMS, now time.Time) error {
	due := m.At
	if due.IsZero() {
		due = now
	}
	return tx.enqueue(ctx, uid.New(now), "sms", m.Kind, m.Subject, m, due)
}

func (tx *Tx) enqueue(ctx context.Context, id, channel string, kind notification.Kind, subject string, body any, due time.Time) error {
	if subject == "" {
		subject = Platform
	}
	sealed, err := tx.seal(ctx, subject, "outbox.sealed:"+id, body)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `
		INSERT INTO outbox (id, channel, subject, kind, sealed, due_at, attempts, sent_at, failure)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '')`, id, channel, subject, kind, sealed, ms(due))
}

// DueSMS returns up to limit text messages whose time has come, oldest first.
func (tx *Tx) DueSMS(ctx context.Context, now time.Time, limit int) ([]courier.Queued, error) {
	list, _, err := tx.due(ctx, "sms", now, limit)
	return list, err
}

// due returns what is to be sent by a channel, opened, and whose it is.
func (tx *Tx) due(ctx context.Context, channel string, now time.Time, limit int) (list []courier.Queued, subjects []string, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var q courier.Queued
		var subject string
		err := rows.Scan(&q.ID, &subject, &q.Body, &q.Attempts)
		list, subjects = append(list, q), append(subjects, subject)
		return err
	}, `SELECT id, subject, sealed, attempts FROM outbox
		WHERE channel = $1 AND sent_at = 0 AND due_at <= $2 ORDER BY due_at, id LIMIT $3`, channel, ms(now), limit)
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		q := &list[i]
		if q.Body, err = tx.unsealBytes(ctx, subjects[i], "outbox.sealed:"+q.ID, q.Body); err != nil {
			return nil, nil, err
		}
	}
	return list, subjects, nil
}

// OutboxSent records that an item left.
func (tx *Tx) OutboxSent(ctx context.Context, id string, now time.Time) error {
	return tx.exec(ctx, `UPDATE outbox SET sent_at = $2, failure = '' WHERE id = $1`, id, ms(now))
}

// OutboxFailed records a failed try and when the next one is due.
func (tx *Tx) OutboxFailed(ctx context.Context, id, failure string, next time.Time) error {
	return tx.exec(ctx, `UPDATE outbox SET attempts = attempts + 1, failure = $2, due_at = $3 WHERE id = $1`, id, failure, ms(next))
}
