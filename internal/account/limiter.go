package account

import (
	"sync"
	"time"

	"edl/internal/fault"
)

// ErrLimited is returned where too much was asked.
var ErrLimited = fault.New(fault.Limited, "limited", "操作太频繁，请稍等片刻再试。", "Too many tries. Wait a moment and try again.")

// A Rate permits Burst at once and then one per Every.
type Rate struct {
	Burst int           `json:"burst"`
	Every time.Duration `json:"every"`
}

// Limiter counts what callers do, by kind and caller, in this server's memory:
// a limit is a brake, and what must never be exceeded is counted in the
// database as well. It is safe for concurrent use.
type Limiter struct {
	Now   func() time.Time
	Rates map[string]Rate // by kind; a kind without a rate is not limited

	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket holds when the caller's debt is paid: a token bucket in one number.
type bucket struct{ free time.Time }

// bucketLimit bounds the memory of the limiter; beyond it, paid ones are dropped.
const bucketLimit = 100_000

// Allow returns nil, or ErrLimited with the time to wait.
func (l *Limiter) Allow(kind, caller string) error {
	rate, ok := l.Rates[kind]
	if !ok {
		return nil
	}
	now := l.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil || len(l.buckets) >= bucketLimit {
		l.sweep(now)
	}
	key := kind + "\x00" + caller
	free := l.buckets[key].free
	if free.Before(now) {
		free = now
	}
	if wait := free.Sub(now) - time.Duration(rate.Burst-1)*rate.Every; wait > 0 {
		return fault.RetryAfter(ErrLimited, wait)
	}
	l.buckets[key] = bucket{free.Add(rate.Every)}
	return nil
}

func (l *Limiter) sweep(now time.Time) {
	kept := map[string]bucket{}
	for key, b := range l.buckets {
		if b.free.After(now) {
			kept[key] = b
		}
	}
	l.buckets = kept
}
