package account

import (
	"errors"
	"testing"
	"time"

	"edl/internal/fault"
)

func TestALimiterPermitsABurstThenOnePerInterval(t *testing.T) {
	now := time.Date(2026, 10, 9, 2, 0, 0, 0, time.UTC)
	l := &Limiter{Now: func() time.Time { return now }, Rates: map[string]Rate{"check": {Burst: 3, Every: time.Minute}}}
	for i := range 3 {
		if err := l.Allow("check", "a"); err != nil {
			t.Fatalf("within the burst, %d: %v", i, err)
		}
	}
	err := l.Allow("check", "a")
	var retry *fault.Retry
	if !errors.Is(err, ErrLimited) || !errors.As(err, &retry) || retry.After != time.Minute {
		t.Fatalf("past the burst: %v", err)
	}
	if err := l.Allow("check", "b"); err != nil {
		t.Errorf("another caller: %v", err)
	}
	if err := l.Allow("other", "a"); err != nil {
		t.Errorf("a kind without a rate: %v", err)
	}
	now = now.Add(time.Minute)
	if err := l.Allow("check", "a"); err != nil {
		t.Errorf("after the interval: %v", err)
	}
	if err := l.Allow("check", "a"); err == nil {
		t.Error("two after one interval")
	}
}
