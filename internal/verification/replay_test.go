package verification_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"edl/internal/desktest"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/storetest"
	"edl/internal/verification"
)

// A said line of the register: since when a status holds, and when it was learned.
type saidLine struct {
	status         licence.Status
	holds, learned time.Time
}

// replayedAt goes through all that was learned so far, by hand: of the lines
// that hold at the moment the latest counts, and of two of one day the one
// learned later.
func replayedAt(lines []saidLine, at time.Time) (licence.Status, bool) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l saidLine) bool { return l.holds.After(at) })
	if len(lines) == 0 {
		return "", false
	}
	return slices.MaxFunc(lines, func(a, b saidLine) int { return cmp.Or(a.holds.Compare(b.holds), a.learned.Compare(b.learned)) }).status, true
}

// TestAClaimEqualsANaiveReplay: in whatever order changes and late corrections
// come to the register, a claim asked in between is answered as of the accident
// by what was learned until then, and by nothing that was learned later.
func TestAClaimEqualsANaiveReplay(t *testing.T) {
	w := desktest.Open(t, storetest.SQLite(t))
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		driver := w.Driver("holder:1", func(l *licence.Licence) {
			first17 := fmt.Sprintf("%s%03d", l.Document.Number[:14], (2*n+1)%1000) // of the same day and sex
			l.FileNumber = licence.FileNumber(fmt.Sprintf("0009%08d", n))
			l.Document.Number = identity.Number(first17 + string(identity.CheckDigit(first17)))
		})
		desk := authorised(w, driver, relyingparty.Claim)
		lines := []saidLine{{"A", w.Now(), w.Now()}}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			w.Wait(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "minutes")) * time.Minute)
			if rapid.Bool().Draw(rt, "the register learns something") {
				line := saidLine{
					status: licence.Status(rapid.SampledFrom([]string{"A", "D", "H"}).Draw(rt, "status")),
					holds:  w.Now().Add(-time.Duration(rapid.IntRange(0, 60*24*20).Draw(rt, "late by")) * time.Minute).Truncate(time.Second), learned: w.Now(),
				}
				changed := driver.Licence
				changed.Status = line.status
				report := registertest.Send(t, w.DB, w.Now(), changed, func(cells map[string]string) { cells["holds_from"] = line.holds.Format(time.RFC3339) })
				if report.Refused > 0 {
					rt.Fatalf("the register refused %+v", report.Refusals)
				}
				lines = append(lines, line)
			}
			at := w.Now().Add(-time.Duration(rapid.IntRange(1, 60*24*25).Draw(rt, "accident")) * time.Minute)
			claimAsReplayed(rt, w, desk, driver, lines, at)
		}
	})
}

// claimAsReplayed asks a claim about a moment and holds it against the replay.
func claimAsReplayed(rt *rapid.T, w *desktest.World, desk *desktest.Desk, driver *desktest.Driver, lines []saidLine, at time.Time) {
	w.Wait(time.Minute)
	q := question(w, desk, driver, relyingparty.Claim, relyingparty.ByNumber)
	q.AccidentAt = at
	c, err := w.Checks.Check(ctx, desk.Asker(), q)
	if err != nil {
		rt.Fatal(err)
	}
	want, suspended := verification.Usable, false
	switch status, known := replayedAt(lines, at); {
	case !known:
		want = verification.NoVerdict
	case status == "D":
		want, suspended = verification.NotUsable, true
	}
	if c.Outcome != want {
		rt.Fatalf("as of %v: %s, want %s, after %+v", at, c.Outcome, want, lines)
	}
	for _, yes := range c.Record.Answer.Answers {
		if yes.Key == "suspended" && yes.Yes != suspended {
			rt.Fatalf("as of %v: suspended %v, want %v, after %+v", at, yes.Yes, suspended, lines)
		}
	}
}
