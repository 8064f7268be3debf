package audit_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"edl/internal/audit"
	"edl/internal/store"
	"edl/internal/storetest"
)

const origin = "example.test/edl"

var (
	ctx = context.Background()
	now = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	pub = key.Public().(ed25519.PublicKey)
)

// alterations are what an insider with the database in hand might do.
var alterations = []struct {
	name       string
	statements []string
	firstBad   int64
}{
	{"alter a row", []string{`UPDATE audit_entry SET object = 'other' WHERE seq = 3`}, 3},
	{"delete a row", []string{`DELETE FROM audit_entry WHERE seq = 4`}, 4},
	{"swap two rows", []string{
		`UPDATE audit_entry SET seq = 1001 WHERE seq = 1`,
		`UPDATE audit_entry SET seq = 1 WHERE seq = 2`,
		`UPDATE audit_entry SET seq = 2 WHERE seq = 1001`,
	}, 1},
	{"delete a row's hash", []string{fmt.Sprintf(`DELETE FROM audit_hash WHERE idx = %d`, tlog.StoredHashIndex(0, 3))}, 3},
	{"truncate the tail", []string{`DELETE FROM audit_entry WHERE seq >= 5`}, 5},
}

func TestS61AnAlteredLogIsNamedAtItsFirstBadRow(t *testing.T) {
	for _, a := range alterations {
		t.Run(a.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				fill(t, db, 8)
				if v := verify(t, db, nil); !v.OK || v.Size != 8 {
					t.Fatalf("control: %+v", v)
				}
				for _, s := range a.statements {
					storetest.Exec(t, db, s)
				}
				if v := verify(t, db, nil); v.OK || v.FirstBad != a.firstBad {
					t.Errorf("%+v, want the first bad row %d", v, a.firstBad)
				}
			})
		})
	}
}

func TestS61AnOlderLogIsShorterThanTheCheckpointThatWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db, 4)
		var kept audit.Checkpoint
		storetest.View(t, db, func(tx *store.Tx) (err error) {
			kept, err = tx.NewestCheckpoint(ctx)
			return err
		})
		if v := verify(t, db, &kept); !v.OK {
			t.Fatalf("control: %+v", v)
		}
		storetest.Exec(t, db, `DELETE FROM audit_checkpoint WHERE size > 2`)
		if v := verify(t, db, &kept); v.OK || v.Why == "" {
			t.Errorf("%+v", v)
		}
	})
}

func TestRowsYoungerThanTheCheckpointAreSaidToBeUncovered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db, 3)
		storetest.Update(t, db, func(tx *store.Tx) error { return tx.AppendAudit(ctx, entry(99)) })
		if v := verify(t, db, nil); !v.OK || v.Uncovered != 1 {
			t.Errorf("%+v", v)
		}
	})
}

func TestAnEntryTakenAwayBeforeACheckpointCoversItIsNamed(t *testing.T) {
	for name, taken := range map[string][]string{
		"the row":         {`DELETE FROM audit_entry WHERE seq = 3`},
		"row and leaf":    {`DELETE FROM audit_entry WHERE seq = 3`, fmt.Sprintf(`DELETE FROM audit_hash WHERE idx = %d`, tlog.StoredHashIndex(0, 3))},
		"another instead": {`UPDATE audit_entry SET object = 'other' WHERE seq = 3`},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.SQLite(t) // PostgreSQL's entries have no place before
			fill(t, db, 3)
			storetest.Update(t, db, func(tx *store.Tx) error {
				return errors.Join(tx.AppendAudit(ctx, entry(3)), tx.AppendAudit(ctx, entry(4)))
			})
			for _, s := range taken {
				storetest.Exec(t, db, s)
			}
			if n, err := sequencer(db).Sequence(ctx); n == 0 || err != nil {
				t.Fatalf("%d, %v: the log stands still", n, err)
			}
			if v := verify(t, db, nil); v.OK || v.FirstBad != 3 || v.Size != 5 {
				t.Errorf("%+v, want the first bad row 3 of 5", v)
			}
		})
	}
}

func TestDeedsThatFailBesideOthersTakeNoPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		failed := errors.New("the deed failed")
		var deeds sync.WaitGroup
		for i := range 40 {
			deeds.Go(func() {
				err := db.Update(ctx, func(tx *store.Tx) error {
					if err := tx.AppendAudit(ctx, entry(i)); err != nil || i%2 == 0 {
						return errors.Join(err, failed)
					}
					return nil
				})
				if want := i%2 == 0; errors.Is(err, failed) != want || !want && err != nil {
					t.Errorf("deed %d: %v", i, err)
				}
			})
		}
		deeds.Wait()
		if n, err := sequencer(db).Sequence(ctx); n != 20 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if v := verify(t, db, nil); !v.OK || v.Size != 20 || v.Uncovered != 0 {
			t.Errorf("%+v", v)
		}
	})
}

func TestAForeignSignatureIsRefused(t *testing.T) {
	db := storetest.SQLite(t)
	fill(t, db, 3)
	other := ed25519.NewKeyFromSeed([]byte("another key of thirty-two bytes!"))
	storetest.View(t, db, func(tx *store.Tx) error {
		v, err := audit.Verify(ctx, tx, origin, other.Public().(ed25519.PublicKey), nil)
		if v.OK {
			t.Error("accepted")
		}
		return err
	})
}

func entry(i int) audit.Entry {
	return audit.Entry{At: now, Actor: audit.Program, Action: "test.deed", Object: fmt.Sprint(i), Detail: map[string]string{"i": fmt.Sprint(i)}}
}

func sequencer(db *store.DB) *audit.Sequencer {
	return &audit.Sequencer{InTx: store.In[audit.Tx](db), Now: func() time.Time { return now }, Origin: origin, Key: key}
}

// fill appends n entries, sequenced in two goes.
func fill(t *testing.T, db *store.DB, n int) {
	t.Helper()
	s := sequencer(db)
	for i := range n {
		storetest.Update(t, db, func(tx *store.Tx) error { return tx.AppendAudit(ctx, entry(i)) })
		if i == n/2 || i == n-1 {
			if _, err := s.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func verify(t *testing.T, db *store.DB, kept *audit.Checkpoint) (v audit.Verdict) {
	t.Helper()
	storetest.View(t, db, func(tx *store.Tx) (err error) {
		v, err = audit.Verify(ctx, tx, origin, pub, kept)
		return err
	})
	return v
}
