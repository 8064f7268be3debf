package relyingparty

import (
	"context"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
)

// Hours are when an operator works, in Shanghai: "08:00-20:00", over midnight
// too; "" is any time.
type Hours string

// ErrHours is returned for hours that are none.
var ErrHours = fault.New(fault.Invalid, "operator.hours", "班次写成 08:00-20:00，可以跨零点；不限就留空。", "Write hours like 08:00-20:00, over midnight too; leave them empty for any time.")

// ParseHours reads hours as people enter them.
func ParseHours(s string) (Hours, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	from, to, ok := strings.Cut(s, "-")
	a, err1 := time.Parse("15:04", from)
	b, err2 := time.Parse("15:04", to)
	if !ok || err1 != nil || err2 != nil || a.Equal(b) {
		return "", fault.At("hours", ErrHours)
	}
	return Hours(a.Format("15:04") + "-" + b.Format("15:04")), nil
}

// Cover reports whether a moment lies within the hours.
func (h Hours) Cover(at time.Time) bool {
	from, to, ok := strings.Cut(string(h), "-")
	if !ok {
		return true
	}
	now := at.In(civil.Shanghai).Format("15:04")
	if from < to {
		return from <= now && now < to
	}
	return from <= now || now < to
}

// SetHours says when an operator works. Look-ups at other times are answered,
// and put before the auditor.
func (s *Service) SetHours(ctx context.Context, by audit.Actor, id, hours string) error {
	h, err := ParseHours(hours)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		o, err := s.operator(ctx, tx, id)
		if err != nil {
			return err
		}
		o.Hours = h
		if err := tx.SaveOperator(ctx, o); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActOpHours, o.PartyID, id, map[string]string{"number": o.Number, "hours": string(h)})
	})
}
