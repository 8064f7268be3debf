package follow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/uid"
)

// LimitTest is the kind of limit on tests of a receiver, by party.
const LimitTest = "receiver.test"

// SetReceiver says where a party's own system is told, with a new secret,
// which is shown this once. Events that wait go to the new address.
func (s *Service) SetReceiver(ctx context.Context, by audit.Actor, partyID, address string) (secret string, err error) {
	if address, err = notification.ParseReceiver(address, s.plainly); err != nil {
		return "", err
	}
	secret = notification.NewSecret()
	err = s.InTx(ctx, func(tx Tx) error {
		if _, err := tx.Party(ctx, partyID); err != nil {
			return err
		}
		r, err := tx.Receiver(ctx, partyID)
		if missing(err) {
			r, err = &Receiver{PartyID: partyID}, nil
		}
		if err != nil {
			return err
		}
		r.To, r.Status, r.SetAt = notification.Receiver{URL: address, Secret: secret}, Called, s.Now()
		r.FailingSince, r.Failure, r.DeliveredAt = time.Time{}, "", time.Time{}
		if err := tx.SaveReceiver(ctx, r); err != nil {
			return err
		}
		if err := tx.HurryHooks(ctx, partyID, s.Now()); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: s.Now(), Actor: by, Action: ActReceiver, Subject: partyID, Object: partyID, Detail: map[string]string{"host": Host(address)},
		})
	})
	return secret, err
}

func (s *Service) plainly(host string) bool { return s.Plainly != nil && s.Plainly(host) }

// Host is what of an address is told to others than who set it: the path may
// hold a secret of the party's.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// DropReceiver ends telling the party's own system. Its pages go on.
func (s *Service) DropReceiver(ctx context.Context, by audit.Actor, partyID string) error {
	return s.InTx(ctx, func(tx Tx) error {
		if _, err := tx.Receiver(ctx, partyID); missing(err) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tx.DropReceiver(ctx, partyID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActDrop, Subject: partyID, Object: partyID})
	})
}

// ReceiverOf returns a party's receiver, nil where there is none, and how many
// events wait for it.
func (s *Service) ReceiverOf(ctx context.Context, partyID string) (r *Receiver, waiting int, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		if r, err = tx.Receiver(ctx, partyID); missing(err) {
			r = nil
			return nil
		}
		if err != nil {
			return err
		}
		waiting, err = tx.WaitingHooks(ctx, partyID)
		return err
	})
	return r, waiting, err
}

// Test sends an event that says nothing, once, and returns why it was not
// taken, or "".
func (s *Service) Test(ctx context.Context, by audit.Actor, partyID string) (failure string, err error) {
	if err := s.Allow(LimitTest, partyID); err != nil {
		return "", err
	}
	r, _, err := s.ReceiverOf(ctx, partyID)
	if err != nil {
		return "", err
	}
	if r == nil {
		return "", ErrNoReceiver
	}
	now := s.Now()
	body, err := json.Marshal(Event{EventTest, now.In(civil.Shanghai).Format(time.RFC3339), EventData{Word: lang.T("这是一条测试消息", "this is a test")}})
	if err != nil {
		return "", err
	}
	if failure, err = said(s.Send(ctx, r.To, uid.New(now), body)); err != nil {
		return "", err
	}
	return failure, s.InTx(ctx, func(tx Tx) error {
		return tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: by, Action: ActTest, Subject: partyID, Object: partyID, Detail: map[string]string{"host": Host(r.To.URL), "failure": failure},
		})
	})
}

// said parts what a receiver did from what went wrong with us.
func said(err error) (failure string, ours error) {
	var e *notification.HookError
	if errors.As(err, &e) {
		return e.Error(), nil
	}
	return "", err
}

// A Hook is an event in the outbox. To is its receiver.
type Hook struct {
	ID       string // the notice's
	PartyID  string
	Body     []byte
	Attempts int
	To       notification.Receiver
}

const (
	eachParty = 20               // events of one party that are taken at once
	round     = 15 * time.Second // for one party, so that a slow one holds up nobody for long
	lease     = time.Minute      // longer than a call may take
	giveUp    = 5 * 24 * time.Hour
)

// Deliver takes due events to their receivers, each party's in their order,
// and returns how many were taken. An event that a crash cut off from its
// record is sent again with the same identifier.
func (s *Service) Deliver(ctx context.Context) (taken int, err error) {
	var due []Hook
	if err := s.Read(ctx, func(tx Tx) (err error) {
		due, err = tx.DueHooks(ctx, s.Now(), eachParty)
		return err
	}); err != nil {
		return 0, fmt.Errorf("reading what receivers are to be told: %w", err)
	}
	of := map[string][]Hook{}
	for _, h := range due {
		of[h.PartyID] = append(of[h.PartyID], h)
	}
	var mu sync.Mutex // guards taken and err
	var all sync.WaitGroup
	for _, hooks := range of {
		all.Go(func() {
			n, failed := s.deliver(ctx, hooks)
			mu.Lock()
			defer mu.Unlock()
			taken, err = taken+n, errors.Join(err, failed)
		})
	}
	all.Wait()
	return taken, err
}

// deliver sends one party's events until one is not taken.
func (s *Service) deliver(ctx context.Context, hooks []Hook) (taken int, err error) {
	enough, cancel := context.WithTimeout(ctx, round)
	defer cancel()
	for _, h := range hooks {
		if enough.Err() != nil {
			return taken, ctx.Err()
		}
		var mine bool
		if err := s.InTx(ctx, func(tx Tx) (err error) {
			mine, err = tx.ClaimHook(ctx, h.ID, s.Now(), s.Now().Add(lease))
			return err
		}); err != nil {
			return taken, fmt.Errorf("claiming the event %s: %w", h.ID, err)
		}
		if !mine { // the consent ended, or another server is at it: the next round knows
			return taken, nil
		}
		failure, ours := said(s.Send(ctx, h.To, h.ID, h.Body))
		if ours != nil {
			return taken, fmt.Errorf("sending the event %s: %w", h.ID, ours)
		}
		if err := s.record(ctx, h, failure); err != nil {
			return taken, fmt.Errorf("recording the event %s: %w", h.ID, err)
		}
		if failure != "" {
			slog.Warn("a receiver did not take an event; it will be tried again", "party", h.PartyID, "event", h.ID, "attempts", h.Attempts+1, "failure", failure)
			return taken, nil
		}
		taken++
	}
	return taken, nil
}

// record keeps what became of a try. A receiver that fails is left alone for a
// while, for its events go in their order, and after days for good, until somebody
// sets it anew: the pages and the file hold everything meanwhile.
func (s *Service) record(ctx context.Context, h Hook, failure string) error {
	return s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		r, err := tx.Receiver(ctx, h.PartyID)
		if missing(err) || err == nil && r.To != h.To { // set anew while it was called
			return nil
		}
		if err != nil {
			return err
		}
		if failure == "" {
			r.DeliveredAt, r.FailingSince, r.Failure = now, time.Time{}, ""
			return errors.Join(tx.OutboxSent(ctx, h.ID, now), tx.SaveReceiver(ctx, r))
		}
		next := now.Add(pause(h.Attempts))
		if r.Failure = failure; r.FailingSince.IsZero() {
			r.FailingSince = now
		}
		if now.Sub(r.FailingSince) >= giveUp {
			r.Status = GivenUp
			if err := tx.AppendAudit(ctx, audit.Entry{
				At: now, Actor: audit.Program, Action: ActStop, Subject: h.PartyID, Object: h.PartyID, Flagged: true,
				Detail: map[string]string{"host": Host(r.To.URL), "failure": failure},
			}); err != nil {
				return err
			}
		}
		return errors.Join(tx.OutboxFailed(ctx, h.ID, failure, next), tx.SaveReceiver(ctx, r))
	})
}

// pause before the next try: 5 seconds, doubling to an hour.
func pause(attempts int) time.Duration {
	return min(5*time.Second<<min(attempts, 12), time.Hour)
}
