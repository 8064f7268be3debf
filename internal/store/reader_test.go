package store_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"edl/internal/store"
	"edl/internal/storetest"
)

// Many look at once, so that readers are handed on with their snapshots: nobody
// sees less than was acknowledged before they asked.
func TestAReaderThatIsHandedOnShowsWhatWasAcknowledged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		storetest.Exec(t, db, `CREATE TABLE scratch (id BIGINT PRIMARY KEY)`)
		const written = 300
		var acknowledged atomic.Int64
		var lookers sync.WaitGroup
		done := make(chan struct{})
		for range 24 {
			lookers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					least := acknowledged.Load()
					err := db.View(ctx, func(tx *store.Tx) error {
						n, err := tx.CountRaw(ctx, `SELECT count(*) FROM scratch`)
						if err != nil {
							return err
						}
						if int64(n) < least {
							t.Errorf("%d rows are seen, and %d were acknowledged before", n, least)
						}
						again, err := tx.CountRaw(ctx, `SELECT count(*) FROM scratch`)
						if err == nil && again != n {
							t.Errorf("one transaction sees %d rows, then %d", n, again)
						}
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range written {
			storetest.Exec(t, db, `INSERT INTO scratch (id) VALUES ($1)`, i)
			acknowledged.Add(1)
		}
		close(done)
		lookers.Wait()
	})
}

// As many as can run at once read long: whoever looks something up is served
// beside them.
func TestALookUpIsServedBesideThoseWhoReadLong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		look := func(tx *store.Tx) error {
			_, err := tx.CountRaw(ctx, `SELECT count(*) FROM licence`)
			return err
		}
		var long sync.WaitGroup
		release := make(chan struct{})
		begun := make(chan struct{})
		for range runtime.NumCPU() {
			long.Go(func() {
				storetest.View(t, db, func(tx *store.Tx) error {
					err := look(tx)
					begun <- struct{}{}
					<-release
					return err
				})
			})
		}
		for range runtime.NumCPU() {
			<-begun
		}
		storetest.View(t, db, look)
		close(release)
		long.Wait()
	})
}
