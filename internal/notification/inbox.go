package notification

import (
	"context"
	"time"
)

// InboxTx is what an inbox needs of a storage transaction.
type InboxTx interface {
	// Messages returns a driver's messages that may be seen at now, newest
	// first, those older than before if that is set.
	Messages(ctx context.Context, licenceID string, now time.Time, before string, limit int) ([]Message, error)
	UnreadMessages(ctx context.Context, licenceID string, now time.Time) (int, error)
	// ReadMessages marks one message as read, or all where id is "".
	ReadMessages(ctx context.Context, licenceID, id string, now time.Time) error
}

// Inbox shows drivers their messages.
type Inbox struct {
	InTx func(ctx context.Context, f func(InboxTx) error) error
	Read func(ctx context.Context, f func(InboxTx) error) error
	Now  func() time.Time
}

// Page returns up to limit messages, newest first, and how many are unread.
func (b *Inbox) Page(ctx context.Context, licenceID, before string, limit int) (list []Message, unread int, err error) {
	err = b.Read(ctx, func(tx InboxTx) error {
		if list, err = tx.Messages(ctx, licenceID, b.Now(), before, limit); err != nil {
			return err
		}
		unread, err = tx.UnreadMessages(ctx, licenceID, b.Now())
		return err
	})
	return list, unread, err
}

// MarkRead marks one message as read, or all where id is "".
func (b *Inbox) MarkRead(ctx context.Context, licenceID, id string) error {
	return b.InTx(ctx, func(tx InboxTx) error { return tx.ReadMessages(ctx, licenceID, id, b.Now()) })
}
