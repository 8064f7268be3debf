package livecode

import "time"

// The window of a code's time round the server's. A phone makes a new code
// every 20 s and corrects its clock by the server's when it was last online.
const (
	MaxAge   = 60 * time.Second // older is expired
	MaxAhead = 30 * time.Second // further ahead is a wrong clock
	MaxStale = 5 * time.Minute  // older still is a wrong clock, not a stale code
)

// Fresh tells whether a code made at codeTime may be accepted at now: nil,
// ErrExpired, or ErrClockSkew. A wrong clock is never called a forgery.
func Fresh(codeTime, now time.Time) error {
	age := now.Sub(codeTime)
	switch {
	case age < -MaxAhead || age > MaxStale:
		return ErrClockSkew
	case age > MaxAge:
		return ErrExpired
	}
	return nil
}
