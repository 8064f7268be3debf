// Package stats counts what happened, for the console's charts: how much came
// in, whether the promise of one working day was kept, why photos were not
// approved. It counts rows and sees no personal data.
package stats

import (
	"context"
	"fmt"
	"slices"
	"time"

	"edl/internal/civil"
	"edl/internal/fault"
)

// A Period is what the charts look back on.
type Period string

// The periods.
const (
	Day   Period = "day"   // today, by the hour
	Week  Period = "week"  // seven days
	Month Period = "month" // thirty days
)

// ErrPeriod is returned for a period that does not exist.
var ErrPeriod = fault.New(fault.Invalid, "stats.period", "没有这个统计周期。", "There is no such period.")

// Counts is what happened in a span of time.
type Counts struct {
	Submitted int // applications handed in
	Issued    int // electronic licences issued
	Refused   int // applications not approved
	Withdrawn int
	Checks    int // by relying parties
	Feedback  int
	Imports   int // deliveries of the register
}

// Now is what stands at this moment.
type Now struct {
	Waiting      int // applications that wait for a reviewer
	Overdue      int // of these, past their due time
	OpenFeedback int
	Pending      int // licences marked 信息待核实
}

// Promise says how many applications were answered in time.
type Promise struct{ Within, Late int }

// Appeals says what became of 申诉: how many were made, and of those decided how
// many left the refusal standing and how many changed it.
type Appeals struct{ Opened, Upheld, Changed int }

// A Point is one bar of a series.
type Point struct {
	From, To time.Time
	Label    string
	Counts
}

// A Report is all that the page of statistics shows.
type Report struct {
	Period    Period
	Total     Counts
	Now       Now
	Promise   Promise
	Appeals   Appeals
	Series    []Point
	Reasons   map[string]int // refusal reasons, by code
	Scenarios map[string]int // checks, by scenario
	// Review is the median and the 90th percentile of the time between claim
	// and decision; zero without a decision.
	ReviewMedian, ReviewP90 time.Duration
}

// Tx is what statistics need of a storage transaction.
type Tx interface {
	Counts(ctx context.Context, from, to time.Time) (Counts, error)
	CountsNow(ctx context.Context, now time.Time) (Now, error)
	PromiseKept(ctx context.Context, from, to time.Time) (Promise, error)
	AppealsMade(ctx context.Context, from, to time.Time) (Appeals, error)
	RefusalReasons(ctx context.Context, from, to time.Time) (map[string]int, error)
	ChecksByScenario(ctx context.Context, from, to time.Time) (map[string]int, error)
	// ReviewTimes returns the times between claim and decision, in any order.
	ReviewTimes(ctx context.Context, from, to time.Time) ([]time.Duration, error)
}

// Service makes reports.
type Service struct {
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time
}

// Report counts a period that ends now.
func (s *Service) Report(ctx context.Context, p Period) (*Report, error) {
	points, err := spans(p, s.Now())
	if err != nil {
		return nil, err
	}
	from, to := points[0].From, points[len(points)-1].To
	r := &Report{Period: p, Series: points}
	err = s.Read(ctx, func(tx Tx) (err error) {
		for i := range r.Series {
			if r.Series[i].Counts, err = tx.Counts(ctx, r.Series[i].From, r.Series[i].To); err != nil {
				return err
			}
		}
		if r.Total, err = tx.Counts(ctx, from, to); err != nil {
			return err
		}
		if r.Now, err = tx.CountsNow(ctx, s.Now()); err != nil {
			return err
		}
		if r.Promise, err = tx.PromiseKept(ctx, from, to); err != nil {
			return err
		}
		if r.Appeals, err = tx.AppealsMade(ctx, from, to); err != nil {
			return err
		}
		if r.Reasons, err = tx.RefusalReasons(ctx, from, to); err != nil {
			return err
		}
		if r.Scenarios, err = tx.ChecksByScenario(ctx, from, to); err != nil {
			return err
		}
		times, err := tx.ReviewTimes(ctx, from, to)
		r.ReviewMedian, r.ReviewP90 = percentile(times, 50), percentile(times, 90)
		return err
	})
	return r, err
}

// spans cuts a period into its bars: hours of today, or days up to today.
func spans(p Period, now time.Time) ([]Point, error) {
	today := civil.Of(now)
	var list []Point
	switch p {
	case Day:
		for h := range 24 {
			from := today.Start().Add(time.Duration(h) * time.Hour)
			list = append(list, Point{From: from, To: from.Add(time.Hour), Label: fmt.Sprintf("%d:00", h)})
		}
	case Week, Month:
		days := 7
		if p == Month {
			days = 30
		}
		for i := days - 1; i >= 0; i-- {
			d := today.AddDays(-i)
			list = append(list, Point{From: d.Start(), To: d.End(), Label: fmt.Sprintf("%d-%d", d.Month, d.Day)})
		}
	default:
		return nil, fault.At("period", ErrPeriod)
	}
	return list, nil
}

// percentile returns the smallest time that at least p percent do not exceed.
func percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)*p+99)/100-1]
}
