package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// A trouble is what the log was told of a job that fails. Most run once a
// second or oftener: the same line each time would bury what else is said.
type trouble struct {
	said string    // the last error told; "" while the job works
	at   time.Time // when it was told
}

// What is new in a failure is told once a minute, for some errors name a port
// or a time and are never the same; what is not new, once an hour.
const (
	tellNew   = time.Minute
	tellAgain = time.Hour
)

// tell logs how a run of the job ended, where that is news.
func (t *trouble) tell(job string, err error, now time.Time) {
	if err == nil {
		if t.said != "" {
			slog.Info("a job works again", "job", job)
		}
		*t = trouble{}
		return
	}
	wait := tellAgain
	switch t.said {
	case "":
		wait = 0
	case err.Error():
	default:
		wait = tellNew
	}
	if now.Sub(t.at) < wait {
		return
	}
	slog.Error("a job failed and will run again", "job", job, "error", err)
	*t = trouble{said: err.Error(), at: now}
}

// startJobs runs what works in the background until ctx ends.
func (w *platform) startJobs(ctx context.Context, running *sync.WaitGroup) {
	repeat := func(name string, every time.Duration, job func(context.Context) error) {
		running.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			t := &trouble{}
			for {
				if err := job(ctx); ctx.Err() == nil {
					t.tell(name, err, time.Now())
				}
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	repeat("audit log", time.Second, func(ctx context.Context) error {
		_, err := w.sequencer.Sequence(ctx)
		return err
	})
	repeat("keys' deeds", 2*time.Second, w.custody.Work)
	repeat("trust list", 30*time.Second, w.peers.Refresh)
	repeat("international form", time.Second, w.mobile.Work)
	repeat("offline bundle", 300*time.Millisecond, w.offline.Publish)
	repeat("revocation lists", time.Hour, func(context.Context) error { return w.renewLists() })
	running.Go(func() { w.issuance.Run(ctx) })
	if w.pushes != nil {
		repeat("push notices", time.Second, func(ctx context.Context) error {
			_, err := w.pushes.Deliver(ctx)
			return err
		})
	}
	repeat("bulk checks", time.Second, w.bulk.Work)
	repeat("applications of bodies", time.Minute, w.admissions.Work)
	repeat("followed drivers", time.Second, w.follow.Work)
	repeat("receivers", time.Second, func(ctx context.Context) error {
		_, err := w.follow.Deliver(ctx)
		return err
	})
	if w.courier != nil {
		repeat("outbox", 300*time.Millisecond, func(ctx context.Context) error {
			_, err := w.courier.Deliver(ctx)
			return err
		})
	}
}
