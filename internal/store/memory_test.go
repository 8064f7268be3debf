package store_test

import (
	"errors"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
)

// A reader that began before a change may finish on what it saw; what it saw
// is not kept for those who begin afterwards.
func TestAReaderThatBeganBeforeAChangeLeavesNothingOldBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		enabled := func(tx *store.Tx) bool {
			s, err := tx.Scenario(ctx, relyingparty.Renting)
			must(t, err)
			return s.Enabled
		}
		storetest.View(t, db, func(tx *store.Tx) error {
			if _, err := tx.Parties(ctx); err != nil { // takes the snapshot
				return err
			}
			if _, err := w.Parties.Switch(ctx, desktest.Staff, relyingparty.Renting, false); err != nil {
				return err
			}
			enabled(tx)
			return nil
		})
		storetest.View(t, db, func(tx *store.Tx) error {
			if enabled(tx) {
				t.Error("what the old reader saw was kept")
			}
			return nil
		})
		for _, want := range []bool{true, false} {
			_, err := w.Parties.Switch(ctx, desktest.Staff, relyingparty.Renting, want)
			must(t, err)
			for range 2 { // read, and remembered
				storetest.View(t, db, func(tx *store.Tx) error {
					if enabled(tx) != want {
						t.Errorf("enabled %v after it was switched to %v", !want, want)
					}
					return nil
				})
			}
		}
	})
}

func TestASessionThatEndedIsNotRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ends := map[string]func(tx *store.Tx, s *account.Session) error{
			"signed out":          func(tx *store.Tx, s *account.Session) error { return tx.EndSession(ctx, s.ID) },
			"the operator ended":  func(tx *store.Tx, s *account.Session) error { return tx.EndSessions(ctx, s.OperatorID) },
			"the party suspended": func(tx *store.Tx, s *account.Session) error { return tx.EndPartySessions(ctx, s.PartyID) },
		}
		for how, end := range ends {
			token := uid.Hash(how)
			s := &account.Session{ID: how, Population: account.TerminalPop, PartyID: "p " + how, OperatorID: "o " + how, TerminalID: "t " + how}
			find := func(tx *store.Tx) (*account.Session, error) { return tx.SessionByToken(ctx, token) }
			storetest.Update(t, db, func(tx *store.Tx) error { return tx.AddSession(ctx, token, s) })
			for range 2 { // read, and remembered
				storetest.View(t, db, func(tx *store.Tx) error {
					got, err := find(tx)
					got.Level = "changed by its holder"
					return err
				})
			}
			seen := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
			storetest.Update(t, db, func(tx *store.Tx) error { return tx.TouchSession(ctx, s.ID, seen) })
			storetest.View(t, db, func(tx *store.Tx) error {
				got, err := find(tx)
				if err != nil || !got.SeenAt.Equal(seen) || got.Level != "" {
					t.Errorf("after it was touched: %+v, %v", got, err)
				}
				return nil
			})
			storetest.View(t, db, func(old *store.Tx) error {
				if _, err := old.Parties(ctx); err != nil { // takes the snapshot
					return err
				}
				storetest.Update(t, db, func(tx *store.Tx) error { return end(tx, s) })
				find(old)
				return nil
			})
			storetest.View(t, db, func(tx *store.Tx) error {
				if got, err := find(tx); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %+v, %v", how, got, err)
				}
				return nil
			})
		}
	})
}

func TestAReaderWhoseCallerGaveUpHindersNobody(t *testing.T) {
	db := storetest.SQLite(t)
	for range 50 { // more than there are connections
		func() {
			defer func() { recover() }()
			db.View(ctx, func(tx *store.Tx) error {
				if _, err := tx.Scenarios(ctx); err != nil {
					t.Error(err)
				}
				panic("the handler failed")
			})
		}()
	}
	storetest.View(t, db, func(tx *store.Tx) error {
		_, err := tx.Scenarios(ctx)
		return err
	})
}
