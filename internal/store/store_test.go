package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/courier"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/store"
	"edl/internal/storetest"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
)

func message(id string) notification.Message {
	return notification.Message{ID: id, LicenceID: "licence", Kind: notification.Licence, At: now, Title: lang.T("题", "title"), Body: lang.T("文", "body")}
}

func TestATransactionThatFailsLeavesNothingAndTakesNobodyWithIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		refused := errors.New("refused")
		var wait sync.WaitGroup
		for i := range 40 {
			wait.Go(func() {
				err := db.Update(ctx, func(tx *store.Tx) error {
					if err := tx.Notify(ctx, message(fmt.Sprintf("m%02d", i))); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return refused
					case 2:
						panic("boom")
					}
					return nil
				})
				if want := i%4 == 0 || i%4 == 3; (err == nil) != want {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wait.Wait()
		if err := db.View(ctx, func(tx *store.Tx) error {
			got, err := tx.Messages(ctx, "licence", now, "", 100)
			if len(got) != 20 {
				t.Errorf("%d messages, want the 20 of those that succeeded", len(got))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAMessageIsSeenFromItsTimeOnAndCanBeWithdrawnBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m := message("later")
		m.NotBefore = now.Add(30 * time.Second)
		must(t, db.Update(ctx, func(tx *store.Tx) error { return tx.Notify(ctx, m) }))
		seen := func(at time.Time) (n int) {
			must(t, db.View(ctx, func(tx *store.Tx) (err error) {
				n, err = tx.UnreadMessages(ctx, "licence", at)
				return err
			}))
			return n
		}
		if seen(now) != 0 || seen(m.NotBefore) != 1 {
			t.Errorf("unread now %d, at its time %d", seen(now), seen(m.NotBefore))
		}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.WithdrawMessage(ctx, "later", m.NotBefore) }); !errors.Is(err, store.ErrStale) {
			t.Errorf("withdrawn after its time: %v", err)
		}
		must(t, db.Update(ctx, func(tx *store.Tx) error { return tx.WithdrawMessage(ctx, "later", now) }))
		if seen(m.NotBefore) != 0 {
			t.Error("a withdrawn message is still seen")
		}
	})
}

func TestTheOutboxKeepsAnItemUntilItLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		due := func(at time.Time) (list []courier.Queued) {
			must(t, db.View(ctx, func(tx *store.Tx) (err error) {
				list, err = tx.DueSMS(ctx, at, 10)
				return err
			}))
			return list
		}
		must(t, db.Update(ctx, func(tx *store.Tx) error {
			return tx.SendSMS(ctx, notification.SMS{To: "13800000001", Kind: notification.Code, Text: "验证码", Code: "123456"}, now)
		}))
		item := due(now)[0]
		must(t, db.Update(ctx, func(tx *store.Tx) error {
			return tx.OutboxFailed(ctx, item.ID, "gateway down", now.Add(time.Minute))
		}))
		if len(due(now)) != 0 || len(due(now.Add(time.Minute))) != 1 || due(now.Add(time.Minute))[0].Attempts != 1 {
			t.Error("a failed item is not tried again at its time")
		}
		must(t, db.Update(ctx, func(tx *store.Tx) error { return tx.OutboxSent(ctx, item.ID, now) }))
		if len(due(now.Add(time.Hour))) != 0 {
			t.Error("a sent item is due again")
		}
	})
}

func TestADestroyedKeyLeavesTheAuditRowAndNothingToRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		entry := audit.Entry{At: now, Actor: audit.Program, Action: "test.deed", Subject: "person", Detail: map[string]string{"name": "林知夏"}}
		must(t, db.Update(ctx, func(tx *store.Tx) error { return tx.AppendAudit(ctx, entry) }))
		read := func() *audit.Row {
			var rows []*audit.Row
			must(t, db.View(ctx, func(tx *store.Tx) (err error) {
				rows, err = tx.AuditEntries(ctx, audit.Query{Subject: "person", Limit: 10})
				return err
			}))
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}
			return rows[0]
		}
		if got := read().Detail["name"]; got != "林知夏" {
			t.Fatalf("control: %q", got)
		}
		must(t, db.Update(ctx, func(tx *store.Tx) error { return tx.DestroyKey(ctx, "person") }))
		if got := read().Detail; got != nil {
			t.Errorf("still readable: %v", got)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
