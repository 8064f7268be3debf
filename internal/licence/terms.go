package licence

import (
	"time"

	"edl/internal/civil"
)

// renewalDays is how long before the end of validity renewal opens.
const renewalDays = 90

// RenewalOpens returns the first day on which the licence can be renewed; ok
// is false where its validity has no end.
func RenewalOpens(l Licence) (opens civil.Date, ok bool) {
	if l.ValidTo.IsZero() {
		return civil.Date{}, false
	}
	return l.ValidTo.AddDays(-renewalDays), true
}

// PointsCycleEnds returns the last day of the 12 months of points that t falls
// in; the cycles start on the day of first issue and its anniversaries.
func PointsCycleEnds(l Licence, t time.Time) civil.Date {
	return l.FirstIssue.AddYears(YearsDriving(l, t) + 1).AddDays(-1)
}

// YearsDriving returns the full years since first issue at t, 0 before it.
func YearsDriving(l Licence, t time.Time) int {
	today := civil.Of(t)
	years := today.Year - l.FirstIssue.Year
	if today.Before(l.FirstIssue.AddYears(years)) {
		years--
	}
	return max(years, 0)
}

// ProbationEnds returns the last day of the probation 实习期. Where none is
// recorded it is that of a first licence, 12 months from first issue.
func ProbationEnds(l Licence) civil.Date {
	if !l.ProbationUntil.IsZero() {
		return l.ProbationUntil
	}
	return l.FirstIssue.AddYears(1).AddDays(-1)
}

// InProbation reports whether t falls in a probation: the 12 months from first
// issue, or the 12 months that end with the recorded one, which belong to a
// class added later or prolong the first.
func InProbation(l Licence, t time.Time) bool {
	if within(t, l.FirstIssue, l.FirstIssue.AddYears(1).AddDays(-1)) {
		return true
	}
	last := l.ProbationUntil
	return !last.IsZero() && within(t, last.AddDays(1).AddYears(-1), last)
}

func within(t time.Time, first, last civil.Date) bool {
	return !t.Before(first.Start()) && t.Before(last.End())
}
