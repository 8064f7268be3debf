package verification_test

import (
	"crypto/rand"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
	"edl/livecode"
)

// waiting is how many callers are served at once: commits are shared by those
// that wait.
const waiting = 32

// spent starts the clock and reports the processor time of an operation, which
// a machine shared with others measures better than the clock on the wall.
func spent(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC()
	before := used()
	b.ResetTimer()
	return func() {
		b.StopTimer()
		b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	}
}

// BenchmarkCheck answers live codes from front door to durable record. Beside
// it the floor: one signature verified, one row of the same size committed in
// the same way.
func BenchmarkCheck(b *testing.B) {
	w := desktest.Open(b, storetest.SQLite(b))
	desk := w.Desk(relyingparty.Police, "police")
	d := w.Driver("holder:1", nil)
	codes := make([]string, b.N)
	serial := d.Serial()
	for i := range codes {
		codes[i] = d.CodeBy(d.Key, serial, 0)
	}
	var next atomic.Int64
	b.SetParallelism(waiting)
	defer spent(b)()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := desk.Ask("police", codes[next.Add(1)-1]); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkCheckFloor(b *testing.B) {
	db := storetest.SQLite(b)
	w := desktest.Open(b, db)
	d := w.Driver("holder:1", nil)
	storetest.Exec(b, db, `CREATE TABLE floor (id TEXT PRIMARY KEY, body BLOB NOT NULL)`)
	codes := make([]string, b.N)
	serial := d.Serial()
	for i := range codes {
		codes[i] = d.CodeBy(d.Key, serial, 0)
	}
	body := make([]byte, 3500) // what a check and its audit entry take
	rand.Read(body)
	var next atomic.Int64
	b.SetParallelism(waiting)
	defer spent(b)()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			code, err := livecode.Parse(codes[next.Add(1)-1])
			if err == nil {
				err = code.VerifyDevice(&d.Key.PublicKey)
			}
			if err == nil {
				err = db.Update(ctx, func(tx *store.Tx) error {
					return tx.ExecRaw(ctx, `INSERT INTO floor (id, body) VALUES ($1, $2)`, uid.New(w.Now()), body)
				})
			}
			if err != nil {
				b.Error(err)
			}
		}
	})
}
