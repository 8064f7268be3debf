package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"edl/internal/audit"
	"edl/internal/lang"
	"edl/internal/store"
)

// A clock is the machine's, moved in a demonstration.
// It is safe for concurrent use.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// Move sets the clock further on, or back.
func (c *clock) Move(by time.Duration) { c.offset.Add(int64(by)) }

// Set sets the clock to a time.
func (c *clock) Set(to time.Time) { c.Move(to.Sub(c.Now())) }

// clockTolerance is by how much two clocks may differ: a reader elsewhere
// refuses what is signed further ahead.
const clockTolerance = 30 * time.Second

// farBehind is by how much a clock must be behind the audit log for the server
// not to start: it would sign and record a day that is over, by which
// licences that ended are valid again.
const farBehind = 24 * time.Hour

// actClockBehind is the audited start at a time before what the log holds.
const actClockBehind audit.Action = "audit.clock_behind"

var clockAuditSentences = map[audit.Action]lang.Text{
	actClockBehind: lang.T("启动时声明：日志曾由走快的时钟记录", "started with a clock behind the log's, said to have been ahead"),
}

// errClockBehind is a clock far behind what the audit log holds.
type errClockBehind struct{ now, log time.Time }

func (e errClockBehind) Error() string {
	at := e.log.Format(time.RFC3339)
	return fmt.Sprintf("this machine's clock says %s, but the newest checkpoint of the audit log was made at %s: set the clock right and start again; if it was ahead then and is right now, start once with edl serve --log-was-ahead %s", e.now.Format(time.RFC3339), at, at)
}

// mustNotGoBack refuses to work long before what the log holds, unless it is
// told that the log's time was wrong. It is told by that very time, so that
// a setting left behind says nothing of the next wrong clock.
func mustNotGoBack(ctx context.Context, db *store.DB, now, wasAhead time.Time) error {
	var newest audit.Checkpoint
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		newest, err = tx.NewestCheckpoint(ctx)
		return err
	})
	if err != nil {
		return err
	}
	now, log := now.UTC().Truncate(time.Second), newest.At.Truncate(time.Second)
	switch behind := log.Sub(now); {
	case behind < clockTolerance:
		return nil
	case behind < farBehind:
		slog.Warn("this machine's clock is behind the audit log: set it by NTP", "clock", now, "log", log)
		return nil
	case !wasAhead.Equal(log):
		return errClockBehind{now, log}
	}
	slog.Warn("the audit log's newest checkpoint is said to be of a clock that was ahead: serving", "clock", now, "log", log)
	return db.Update(ctx, func(tx *store.Tx) error {
		return tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: audit.Program, Action: actClockBehind, Flagged: true,
			Detail: map[string]string{"by": string(operator()), "clock": now.Format(time.RFC3339), "log": log.Format(time.RFC3339)},
		})
	})
}
