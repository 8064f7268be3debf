package licence

import (
	"time"

	"edl/internal/civil"
)

// NextChange returns the first moment after t at which StatusAt may say
// something else though the register stays as it is: the end of an extension
// or of validity, and the years that follow from that. It is zero where time
// changes nothing more.
func NextChange(l Licence, t time.Time) (next time.Time) {
	var ends []civil.Date // last days
	if !l.ExtensionUntil.IsZero() {
		ends = append(ends, l.ExtensionUntil)
	}
	if !l.ValidTo.IsZero() {
		ends = append(ends, l.ValidTo)
	}
	for _, last := range ends {
		lapsed := last.AddDays(1)
		for _, day := range []civil.Date{lapsed, lapsed.AddYears(1), lapsed.AddYears(3)} {
			if at := day.Start(); at.After(t) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}
