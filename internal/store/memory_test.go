package store_test

import (
	"testing"

	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
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
