// Package courier delivers what is queued in the outbox: text messages through
// a gateway or, in a demonstration, as files, and notices on phones through
// their browsers' push services.
//
// An item is marked as sent after the gateway took it. A crash between the two
// sends it again, with the same identifier, by which a gateway can tell; an
// item is never lost, and never sent twice on purpose. A gateway that fails is
// tried again after a time that doubles, up to an hour.
package courier

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"edl/internal/notification"
)

// An Item is one text message to deliver. ID stays the same over all tries.
type Item struct {
	ID string
	notification.SMS
}

// A Gateway takes one text message; an error means that it may be tried again.
type Gateway func(ctx context.Context, item Item) error

// Queued is an item as the outbox holds it.
type Queued struct {
	ID       string
	Body     []byte // a notification.SMS as JSON
	Attempts int
}

// Tx is what the courier needs of a storage transaction.
type Tx interface {
	// DueSMS returns up to limit text messages whose time has come, oldest first.
	DueSMS(ctx context.Context, now time.Time, limit int) ([]Queued, error)
	OutboxSent(ctx context.Context, id string, now time.Time) error
	OutboxFailed(ctx context.Context, id, failure string, next time.Time) error
}

// Courier empties the outbox. One runs per database.
type Courier struct {
	InTx    func(ctx context.Context, f func(Tx) error) error
	Read    func(ctx context.Context, f func(Tx) error) error
	Now     func() time.Time
	Gateway Gateway
}

// load is how many items are taken at once.
const load = 50

// Deliver sends what is due and returns how many items left.
func (c *Courier) Deliver(ctx context.Context) (sent int, err error) {
	var due []Queued
	if err := c.Read(ctx, func(tx Tx) (err error) {
		due, err = tx.DueSMS(ctx, c.Now(), load)
		return err
	}); err != nil {
		return 0, fmt.Errorf("reading the outbox: %w", err)
	}
	for _, q := range due {
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		left, err := c.deliver(ctx, q)
		if err != nil {
			return sent, err
		}
		if left {
			sent++
		}
	}
	return sent, nil
}

func (c *Courier) deliver(ctx context.Context, q Queued) (left bool, err error) {
	item := Item{ID: q.ID}
	failure := json.Unmarshal(q.Body, &item.SMS)
	if failure == nil {
		failure = c.Gateway(ctx, item)
	}
	err = c.InTx(ctx, func(tx Tx) error {
		if failure == nil {
			return tx.OutboxSent(ctx, q.ID, c.Now())
		}
		return tx.OutboxFailed(ctx, q.ID, failure.Error(), c.Now().Add(pause(q.Attempts)))
	})
	if failure != nil {
		slog.Warn("a text message was not taken and will be tried again", "item", q.ID, "attempts", q.Attempts+1, "error", failure)
	}
	if err != nil {
		return false, fmt.Errorf("recording the delivery of %s: %w", q.ID, err)
	}
	return failure == nil, nil
}

// pause before the next try: 5 seconds, doubling to an hour.
func pause(attempts int) time.Duration {
	return min(5*time.Second<<min(attempts, 12), time.Hour)
}
