package audit

import (
	"context"
	"time"
)

// Refused is how often input was refused for one cause.
type Refused struct {
	Cause   string // the fault's code
	Times   int
	Callers int // operators, or network addresses of who is not signed in
	Most    int // times of the one refused most often
}

// A RefusedHour is how often input was refused in an hour, for any cause.
type RefusedHour struct {
	At    time.Time // when the hour began
	Times int
}

// Refusals is what was refused lately. Refused input is counted, not kept; of
// whose it was is known only that it was the same caller's.
type Refusals struct {
	Causes []Refused     // the most frequent first
	Hours  []RefusedHour // all of them, oldest first; the last is the present one
}

// ActRefusals is the audited deed of looking at the counts.
const ActRefusals Action = "audit.refusals"

// Refusals counts what was refused in the last hours, the present one included.
func (r *Reader) Refusals(ctx context.Context, by Actor, hours int) (found Refusals, err error) {
	from := r.Now().Truncate(time.Hour).Add(-time.Duration(hours-1) * time.Hour)
	err = r.InTx(ctx, func(tx ReaderTx) error {
		found = Refusals{Hours: make([]RefusedHour, hours)}
		if found.Causes, err = tx.RefusedCauses(ctx, from); err != nil {
			return err
		}
		counted, err := tx.RefusedHours(ctx, from)
		if err != nil {
			return err
		}
		for i := range found.Hours {
			at := from.Add(time.Duration(i) * time.Hour)
			found.Hours[i] = RefusedHour{At: at, Times: counted[at.Unix()/3600]}
		}
		return tx.AppendAudit(ctx, Entry{At: r.Now(), Actor: by, Action: ActRefusals})
	})
	return found, err
}
