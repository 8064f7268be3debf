// Package civil is the calendar day of the law: licences, birthdays and
// working days are dates in Asia/Shanghai, not moments.
//
// It knows nothing of holidays (package workday does) and never asks the clock.
package civil

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Shanghai is the zone of every date: UTC+8 without daylight saving since 1991.
// It is fixed here so that the product does not depend on a zone database.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// ErrDate is returned for text that is not a date of the calendar.
var ErrDate = errors.New("not a date of the calendar")

// Date is a day in Asia/Shanghai. The zero Date is no day; IsZero tells.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// D makes a Date from a year, month and day that are known to be valid.
func D(year int, month time.Month, day int) Date { return Date{year, month, day} }

// Parse reads "2006-01-02", "20060102", "2006/01/02" or "2006.01.02". It
// reads the digits itself: a licence has some nine dates, and is read at every
// check.
func Parse(s string) (Date, error) {
	digits := s
	if len(s) == 10 && strings.IndexByte("-/.", s[4]) >= 0 && s[7] == s[4] {
		digits = s[:4] + s[5:7] + s[8:]
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	d := Date{int(n / 10000), time.Month(n / 100 % 100), int(n % 100)}
	if err != nil || len(digits) != 8 || d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > lastOf(d.Year, d.Month) {
		return Date{}, fmt.Errorf("%q: %w", s, ErrDate)
	}
	return d, nil
}

// lastOf is the last day of a month.
func lastOf(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Of returns the day in Shanghai that t falls on.
func Of(t time.Time) Date {
	y, m, d := t.In(Shanghai).Date()
	return Date{y, m, d}
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Start returns the moment 00:00 of d in Shanghai.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Shanghai) }

// End returns the moment 24:00 of d, which is 00:00 of the next day.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// AddDays returns the day n days after d; n may be negative.
func (d Date) AddDays(n int) Date { return Of(d.Start().AddDate(0, 0, n)) }

// AddYears returns the same day n years later; 29 February becomes 1 March
// in a common year, as a period counted in years ends with its last full day.
func (d Date) AddYears(n int) Date { return Of(d.Start().AddDate(n, 0, 0)) }

// AddMonths returns the same day n months later, clipped to the month's end.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, Shanghai)
	return Date{first.Year(), first.Month(), min(d.Day, lastOf(first.Year(), first.Month()))}
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.compare(e) > 0 }

// DaysUntil returns the number of days from d to e, negative if e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.Start().Sub(d.Start()).Hours() / 24) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Start().Weekday() }

func (d Date) compare(e Date) int {
	return (d.Year-e.Year)*400 + (int(d.Month)-int(e.Month))*32 + d.Day - e.Day
}

// String returns "2006-01-02", or "" for the zero Date.
func (d Date) String() string {
	b, _ := d.AppendText(make([]byte, 0, len("2006-01-02")))
	return string(b)
}

// AppendText appends the form of String.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d.IsZero() {
		return b, nil
	}
	if d.Year > 9999 { // after a 长期 that was written 9999-12-31
		return d.Start().AppendFormat(b, "2006-01-02"), nil
	}
	y, m := d.Year, int(d.Month)
	digit := func(n int) byte { return byte('0' + n%10) }
	return append(b, digit(y/1000), digit(y/100), digit(y/10), digit(y), '-', digit(m/10), digit(m), '-', digit(d.Day/10), digit(d.Day)), nil
}

// MarshalText writes the form of String.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads any form of Parse; an empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
