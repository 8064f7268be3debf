package courier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"edl/internal/notification"
)

// A QueuedPush is a notice as the outbox holds it. To is nil where the phone
// no longer asks for any.
type QueuedPush struct {
	ID       string
	Attempts int
	Device   string
	Push     notification.Push
	To       *notification.Subscription
}

// PushTx is what notices need of a storage transaction.
type PushTx interface {
	// DuePushes returns up to limit notices whose time has come, oldest first.
	DuePushes(ctx context.Context, now time.Time, limit int) ([]QueuedPush, error)
	DeletePush(ctx context.Context, deviceID string) error
	OutboxSent(ctx context.Context, id string, now time.Time) error
	OutboxFailed(ctx context.Context, id, failure string, next time.Time) error
}

// A PushSender takes one notice to the push service of a phone's browser. It
// returns ErrGone where the phone asks for no more; after any other error the
// notice may be tried again.
type PushSender func(ctx context.Context, to notification.Subscription, body []byte) error

// ErrGone says that a browser has ended its subscription.
var ErrGone = errors.New("the subscription is over")

// Pushes delivers notices. A notice that the push service takes is not proof
// that it is seen, and one that is given up is no loss: the message stands in
// the inbox, and what must be heard goes by text message too.
type Pushes struct {
	InTx func(ctx context.Context, f func(PushTx) error) error
	Read func(ctx context.Context, f func(PushTx) error) error
	Now  func() time.Time
	Send PushSender
}

// pushTries is how often a notice is tried, over about an hour and a half.
const pushTries = 10

// Deliver sends the notices that are due, several at once, and returns how
// many were taken.
func (p *Pushes) Deliver(ctx context.Context) (taken int, err error) {
	var due []QueuedPush
	if err := p.Read(ctx, func(tx PushTx) (err error) {
		due, err = tx.DuePushes(ctx, p.Now(), load)
		return err
	}); err != nil {
		return 0, fmt.Errorf("reading the notices: %w", err)
	}
	failures := make([]error, len(due))
	var all sync.WaitGroup
	for i, q := range due {
		all.Go(func() { failures[i] = p.send(ctx, q) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	for i, q := range due {
		if err := p.record(ctx, q, failures[i]); err != nil {
			return taken, fmt.Errorf("recording the notice %s: %w", q.ID, err)
		}
		if failures[i] == nil {
			taken++
		}
	}
	return taken, nil
}

func (p *Pushes) send(ctx context.Context, q QueuedPush) error {
	if q.To == nil {
		return ErrGone
	}
	body, err := json.Marshal(q.Push)
	if err != nil {
		return err
	}
	return p.Send(ctx, *q.To, body)
}

func (p *Pushes) record(ctx context.Context, q QueuedPush, failure error) error {
	gone := errors.Is(failure, ErrGone)
	if failure != nil && !gone {
		slog.Warn("a push notice was not taken", "item", q.ID, "attempts", q.Attempts+1, "error", failure)
	}
	return p.InTx(ctx, func(tx PushTx) error {
		switch {
		case gone:
			if err := tx.DeletePush(ctx, q.Device); err != nil {
				return err
			}
		case failure != nil && q.Attempts+1 < pushTries:
			return tx.OutboxFailed(ctx, q.ID, failure.Error(), p.Now().Add(pause(q.Attempts)))
		}
		return tx.OutboxSent(ctx, q.ID, p.Now())
	})
}
