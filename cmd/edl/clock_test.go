package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/register"
	"edl/internal/store"
)

// ranAhead is an authority whose audit log was signed by a clock that was ahead;
// the second result is the time of its newest checkpoint.
func ranAhead(t *testing.T, by time.Duration) (place, time.Time) {
	t.Helper()
	at := setUp(t, place{Data: filepath.Join(t.TempDir(), "authority")})
	return at, signAhead(t, at, by)
}

// signAhead signs an installation's log by a clock that is ahead.
func signAhead(t *testing.T, at place, by time.Duration) time.Time {
	t.Helper()
	p, err := at.assemble(t.Context(), &clock{}, "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.clock.Move(by)
	err = p.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.AppendAudit(t.Context(), audit.Entry{At: p.clock.Now(), Actor: audit.Program, Action: audit.ActRead})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.sequencer.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	var c audit.Checkpoint
	if err := p.db.View(t.Context(), func(tx *store.Tx) (err error) { c, err = tx.NewestCheckpoint(t.Context()); return err }); err != nil {
		t.Fatal(err)
	}
	return c.At.Truncate(time.Second)
}

func TestF6AServerADayBehindItsOwnLogDoesNotStart(t *testing.T) {
	at, log := ranAhead(t, 25*time.Hour)
	wrong := log.Add(-time.Hour).Format(time.RFC3339)
	for _, more := range [][]string{nil, {"--log-was-ahead", wrong}} {
		out, said, code := edl(t, at.flags("serve", append(more, "--listen", "127.0.0.1:0")...)...)
		if code != 1 || out != "" {
			t.Fatalf("%v: exit %d, stdout %q", more, code, out)
		}
		last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
		today := time.Now().UTC().Format("2006-01-02T")
		for _, want := range []string{"clock says " + today, "made at " + log.Format(time.RFC3339), "set the clock right", "--log-was-ahead " + log.Format(time.RFC3339)} {
			if !strings.Contains(last, want) {
				t.Errorf("%v: %q is missing in: %s", more, want, last)
			}
		}
	}

	file := filepath.Join(t.TempDir(), "lines.csv")
	if err := os.WriteFile(file, register.Template(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := edl(t, at.flags("import", file)...); code != int(exitNothingDone) || !strings.Contains(said, "edl serve --log-was-ahead "+log.Format(time.RFC3339)) {
		t.Errorf("an import without the server: exit %d: %s", code, said)
	}

	p := serve(t, at, "--log-was-ahead", log.Format(time.RFC3339))
	if !strings.Contains(p.said.String(), "said to be of a clock that was ahead") {
		t.Errorf("the log does not say it: %s", p.said)
	}
	p.stop()
	if n := entries(t, at, actClockBehind); n != 1 {
		t.Errorf("%d entries say that it was overruled", n)
	}
}

// entries counts the entries of a deed, and signs those that wait.
func entries(t *testing.T, at place, action audit.Action) (n int) {
	t.Helper()
	p, err := at.assemble(t.Context(), &clock{}, "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if _, err := p.sequencer.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = p.db.View(t.Context(), func(tx *store.Tx) (err error) {
		n, err = tx.CountRaw(t.Context(), `SELECT count(*) FROM audit_entry WHERE action = $1 AND flagged`, action)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What was overruled once needs no word the next time: the log is at the time again.
func TestF6ALogThatWasOverruledStartsWithoutAWord(t *testing.T) {
	at, log := ranAhead(t, 25*time.Hour)
	serve(t, at, "--log-was-ahead", log.Format(time.RFC3339)).stop()
	entries(t, at, actClockBehind) // signs what the server had no time to
	p := serve(t, at)
	if strings.Contains(p.said.String(), "clock") {
		t.Errorf("it is still said: %s", p.said)
	}
}

func TestF6ASmallerDifferenceIsALineInTheLog(t *testing.T) {
	at, _ := ranAhead(t, 2*time.Hour)
	if p := serve(t, at); !strings.Contains(p.said.String(), "clock is behind the audit log") {
		t.Errorf("nothing is said: %s", p.said)
	}
	at, _ = ranAhead(t, 10*time.Second)
	if p := serve(t, at); strings.Contains(p.said.String(), "behind the audit log") {
		t.Errorf("control: %s", p.said)
	}
}

func TestF6ADemonstrationMovesItsClockAsItLikes(t *testing.T) {
	at := demonstrated(t)
	signAhead(t, at, 72*time.Hour)
	serve(t, at, "--demo").stop()
}
