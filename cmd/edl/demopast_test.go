package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/stats"
)

// A demonstration with a week behind it is an office at work: what was handed
// in was decided in time, for the most part, and something waits.
func TestADemonstrationHasAPast(t *testing.T) {
	ctx := context.Background()
	at := place{Data: filepath.Join(t.TempDir(), "demo")}
	began := time.Now()
	serve(t, at, "--demo", "--demo-weeks", "1").stop()
	p, err := at.assemble(ctx, &clock{}, benchURL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if _, err := p.sequencer.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	if v, err := p.auditLog.Verify(ctx, audit.Program); err != nil || !v.OK {
		t.Errorf("its log: %+v, %v", v, err)
	}
	r, err := p.stats.Report(ctx, stats.Month)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total.Issued < 40 || r.Total.Checks < 50 || r.Promise.Late > 0 || r.Promise.Within < 40 || r.Now.Waiting < len(treatments) || r.Now.Overdue > 0 || r.ReviewMedian == 0 {
		t.Errorf("%+v", r)
	}
	busy := 0
	for _, day := range r.Series {
		if day.Checks > 0 {
			busy++
		}
		if day.To.Before(began.AddDate(0, 0, -8)) && day.Counts != (stats.Counts{}) {
			t.Errorf("something happened before its time: %+v", day)
		}
	}
	if busy < 7 {
		t.Errorf("checks on %d days of a week", busy)
	}
	queue, err := p.issuance.Queue(ctx, application.Staff("nobody"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range queue.Items {
		if c.SubmittedAt.After(began) {
			t.Errorf("handed in at %v, which is yet to come", c.SubmittedAt)
		}
	}
}
