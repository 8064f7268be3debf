package register_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"edl/internal/register"
	"edl/internal/storetest"
)

// TestAHundredThousandLinesInTwentySeconds runs where EDL_VOLUME is set, and
// says nothing useful under the race detector.
func TestAHundredThousandLinesInTwentySeconds(t *testing.T) {
	if os.Getenv("EDL_VOLUME") == "" {
		t.Skip("volume is not tested here: set EDL_VOLUME=1")
	}
	const lines = 100_000
	rows := make([]row, lines)
	for i := range rows {
		rows[i] = person(i+1, nil)
	}
	text := csv(rows...)
	o := newOffice(t, storetest.SQLite(t))

	run := func(what, text string, limit time.Duration) *register.Report {
		o.later(time.Hour)
		f := register.File{Name: "volume.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
		began := time.Now()
		r, err := o.Import(ctx, feeder, f, register.Options{})
		took := time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d lines, %d applied, %d unchanged in %v", what, r.Lines, r.Applied, r.Unchanged, took.Round(time.Millisecond))
		if took > limit {
			t.Errorf("%s took %v, more than %v", what, took, limit)
		}
		return r
	}
	if r := run("first", text, 20*time.Second); r.Applied != lines {
		t.Errorf("applied %d", r.Applied)
	}
	if r := run("again", text, 20*time.Second); r.Unchanged != lines {
		t.Errorf("unchanged %d", r.Unchanged)
	}
	for i := range rows {
		rows[i] = person(i+1, row{"LJJF": "6"})
	}
	if r := run("every line another", csv(rows...), time.Minute); r.Applied != lines {
		t.Errorf("applied %d", r.Applied)
	}
}
