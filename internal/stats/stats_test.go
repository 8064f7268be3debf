package stats

import (
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	times := []time.Duration{5, 1, 4, 2, 3, 9, 8, 7, 6, 10}
	if m, p := percentile(times, 50), percentile(times, 90); m != 5 || p != 9 {
		t.Errorf("median %d, 90th %d", m, p)
	}
	if percentile(nil, 50) != 0 || percentile([]time.Duration{7}, 90) != 7 {
		t.Error("none or one")
	}
}

func TestAPeriodEndsTodayAndHasNoGap(t *testing.T) {
	now := time.Date(2026, 3, 1, 15, 30, 0, 0, time.UTC) // 23:30 in Shanghai
	for p, n := range map[Period]int{Day: 24, Week: 7, Month: 30} {
		list, err := spans(p, now)
		if err != nil || len(list) != n {
			t.Fatalf("%s: %d, %v", p, len(list), err)
		}
		for i := 1; i < n; i++ {
			if !list[i].From.Equal(list[i-1].To) {
				t.Errorf("%s: a gap before %s", p, list[i].Label)
			}
		}
		if last := list[n-1]; now.Before(last.From) && p != Day || !now.Before(last.To) {
			t.Errorf("%s ends %v", p, last.To)
		}
	}
	if _, err := spans("year", now); err == nil {
		t.Error("a year was counted")
	}
}
