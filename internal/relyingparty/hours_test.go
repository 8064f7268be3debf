package relyingparty_test

import (
	"errors"
	"testing"
	"time"

	"edl/internal/civil"
	"edl/internal/relyingparty"
)

func TestHoursCoverFromTheirBeginToBeforeTheirEndOverMidnightToo(t *testing.T) {
	for _, c := range []struct {
		hours, at string
		want      bool
	}{
		{"", "03:00", true}, {"08:00-20:00", "08:00", true}, {"08:00-20:00", "19:59", true}, {"08:00-20:00", "20:00", false}, {"08:00-20:00", "07:59", false},
		{"22:00-06:00", "23:30", true}, {"22:00-06:00", "05:59", true}, {"22:00-06:00", "06:00", false}, {"22:00-06:00", "12:00", false},
	} {
		h, err := relyingparty.ParseHours(c.hours)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-10-09 "+c.at, civil.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Cover(at.UTC()); got != c.want {
			t.Errorf("%q covers %s: %v", c.hours, c.at, got)
		}
	}
	for _, bad := range []string{"8-20", "08:00", "08:00-08:00", "25:00-26:00", "'; DROP"} {
		if _, err := relyingparty.ParseHours(bad); !errors.Is(err, relyingparty.ErrHours) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
