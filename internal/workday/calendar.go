// Package workday counts the working days of mainland China: Monday to Friday,
// less the holidays and plus the working weekends 调休 that the State Council
// announces each year.
//
// A Calendar knows how far it is known. Beyond that day weekends alone count
// as off, and everything made from it says that it is not certain. Calendars
// are values: With and Through return changed copies, so one may be shared.
//
// Left out: hours of opening, and holidays of half a day or of some people
// only (8 March, 4 May), which are working days for a public service.
package workday

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"edl/internal/civil"
)

// The table comes from the npm package chinese-days (MIT, Copyright (c) 2024
// Yawei Sun); gen/days.mjs says how to make it anew.
//
//go:embed days.json
var table []byte

// Kind is what a day is.
type Kind string

// The two kinds of day.
const (
	Working Kind = "working" // 上班
	Off     Kind = "off"     // 休息
)

// Calendar tells working days. Make one with Default.
type Calendar struct {
	days    map[civil.Date]Kind // exceptions to Monday–Friday
	from    civil.Date          // known from this day on
	through civil.Date          // and to the end of this one
	entered map[civil.Date]bool // those of days that With gave
}

// settled is how long the last year's calendar is certain. Next year's notice,
// in November, has moved days around New Year's Eve before (29 December 2007
// and 2018 were worked, 31 December was off), never any earlier.
const settled = 28

// Default returns the calendar of the table: from 2004 on, and as far as the
// last notice in it settles.
func Default() Calendar { return builtIn() }

var builtIn = sync.OnceValue(func() Calendar {
	c, err := read(table)
	if err != nil {
		panic("workday: days.json in this program is damaged: " + err.Error())
	}
	return c
})

func read(text []byte) (Calendar, error) {
	var file struct {
		Years map[string]struct{ Off, On string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return Calendar{}, err
	}
	years := slices.Sorted(maps.Keys(file.Years))
	if len(years) == 0 {
		return Calendar{}, fmt.Errorf("no years")
	}
	c := Calendar{days: map[civil.Date]Kind{}}
	for _, year := range years {
		for kind, list := range map[Kind]string{Off: file.Years[year].Off, Working: file.Years[year].On} {
			for day := range strings.FieldsSeq(list) {
				date, err := civil.Parse(year + day)
				if err != nil {
					return Calendar{}, err
				}
				c.days[date] = kind
			}
		}
	}
	first, err := civil.Parse(years[0] + "0101")
	if err != nil {
		return Calendar{}, err
	}
	last, err := civil.Parse(fmt.Sprintf("%s12%d", years[len(years)-1], settled))
	c.from, c.through = first, last
	return c, err
}

// With returns a copy in which the days given are of the kinds given, whatever
// the table says. It does not move KnownThrough: single days are not a notice.
func (c Calendar) With(days map[civil.Date]Kind) Calendar {
	c.days, c.entered = maps.Clone(c.days), maps.Clone(c.entered)
	if c.days == nil {
		c.days = map[civil.Date]Kind{}
	}
	if c.entered == nil {
		c.entered = map[civil.Date]bool{}
	}
	for date, kind := range days {
		c.days[date], c.entered[date] = kind, true
	}
	return c
}

// Through returns a copy that counts as known to the end of last: an
// administrator says so after entering a whole notice by With.
func (c Calendar) Through(last civil.Date) Calendar {
	if last.After(c.through) {
		c.through = last
	}
	return c
}

// KnownThrough returns the last day on which the calendar is certain.
func (c Calendar) KnownThrough() civil.Date { return c.through }

// Known reports whether the kind of d is certain.
func (c Calendar) Known(d civil.Date) bool {
	return c.entered[d] || !d.Before(c.from) && !d.After(c.through)
}

// IsWorkday reports whether d is worked; beyond the known calendar, whether it
// is a day from Monday to Friday.
func (c Calendar) IsWorkday(d civil.Date) bool {
	if kind, ok := c.days[d]; ok {
		return kind == Working
	}
	return !isWeekend(d)
}

// NextWorkday returns the first working day after a day, and whether it is
// certain: every day from the next one to it is known.
func (c Calendar) NextWorkday(after civil.Date) (next civil.Date, known bool) {
	known = true
	for d := after.AddDays(1); ; d = d.AddDays(1) {
		known = known && c.Known(d)
		if c.IsWorkday(d) {
			return d, known
		}
	}
}

// Day is an exception to Monday–Friday.
type Day struct {
	Date    civil.Date `json:"date"`
	Kind    Kind       `json:"kind"`
	Entered bool       `json:"entered" doc:"entered by an administrator, not from the table"`
}

// Exceptions returns the exceptions of a year in order, for the page that
// shows the calendar.
func (c Calendar) Exceptions(year int) []Day {
	var list []Day
	for date, kind := range c.days {
		if date.Year == year {
			list = append(list, Day{date, kind, c.entered[date]})
		}
	}
	slices.SortFunc(list, func(a, b Day) int { return b.Date.DaysUntil(a.Date) })
	return list
}

func isWeekend(d civil.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}
