package issuance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Pace of the jobs, by the machine's clock.
const (
	workEvery   = time.Second
	remindEvery = time.Hour
)

// Run does the desk's own work until ctx ends: it settles decisions, finishes
// what was cut short, keeps promises in step with the calendar and reminds.
// Several servers may run it on one database.
func (s *Service) Run(ctx context.Context) {
	work, hourly := time.NewTicker(workEvery), time.NewTicker(remindEvery)
	defer work.Stop()
	defer hourly.Stop()
	s.hourly(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-work.C:
			_, err := s.Settle(ctx)
			report("settle", err)
			_, err = s.Resume(ctx)
			report("resume", err)
		case <-hourly.C:
			s.hourly(ctx)
		}
	}
}

func (s *Service) hourly(ctx context.Context) {
	_, err := s.Remind(ctx)
	report("remind", err)
	_, err = s.Redate(ctx)
	report("redate", err)
}

func report(job string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		slog.Error("a job of issuing failed and is tried again", "job", job, "error", err)
	}
}

// Redate moves the promises of waiting cases where the calendar of working
// days has changed since: a holiday announced later moves them back, as the
// driver was told. It returns how many it moved.
func (s *Service) Redate(ctx context.Context) (moved int, err error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return 0, err
	}
	var waiting []*Case
	if err := s.Read(ctx, func(tx Tx) (err error) {
		waiting, err = tx.WaitingCases(ctx, 10_000)
		return err
	}); err != nil {
		return 0, fmt.Errorf("looking for promises: %w", err)
	}
	for _, c := range waiting {
		due := calendar.Due(c.SubmittedAt).At
		if due.Equal(c.DueAt) {
			continue
		}
		err := s.InTx(ctx, func(tx Tx) error {
			c := c.clone()
			c.DueAt = due
			c.Version++
			return tx.SaveCase(ctx, c)
		})
		if err != nil {
			later("redate", c.ID, err) // changed meanwhile: the next hour sees to it
			continue
		}
		moved++
	}
	return moved, nil
}
