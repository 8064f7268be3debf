package workday

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"edl/internal/civil"
)

func date(t *testing.T, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheNextWorkingDayAfter(t *testing.T) {
	cases := []struct{ name, day, want string }{
		{"a Friday before a worked Saturday", "2021-09-17", "2021-09-18"},
		{"the eve of the National Day week", "2021-09-30", "2021-10-08"},
		{"a Friday before a worked Saturday in October", "2021-10-08", "2021-10-09"},
		{"a worked Sunday before the Spring Festival", "2022-01-30", "2022-02-07"},
		{"the eve of a Spring Festival that ends on a worked Sunday", "2024-02-09", "2024-02-18"},
		{"the eve of a week that joins two festivals", "2025-09-30", "2025-10-09"},
		{"the last day of a year", "2025-12-31", "2026-01-04"},
		{"a worked Saturday before the Spring Festival", "2026-02-14", "2026-02-24"},
		{"an ordinary Monday", "2021-09-06", "2021-09-07"},
		{"an ordinary Friday", "2021-09-10", "2021-09-13"},
	}
	for _, c := range cases {
		got, known := Default().NextWorkday(date(t, c.day))
		if got.String() != c.want || !known {
			t.Errorf("%s, %s: %v (known: %v), want %s", c.name, c.day, got, known, c.want)
		}
	}
}

func TestWorkingDaysPerYear(t *testing.T) {
	want := map[int]int{2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}
	got := map[int]int{}
	for d := civil.D(2021, 1, 1); d.Year <= 2026; d = d.AddDays(1) {
		if Default().IsWorkday(d) {
			got[d.Year]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheTableHoldsExceptionsAlone(t *testing.T) {
	c := Default()
	for day, kind := range c.days {
		if isWeekend(day) != (kind == Working) {
			t.Errorf("%v (%v) as %s is no exception", day, day.Weekday(), kind)
		}
	}
	if first := c.Exceptions(2004); len(first) == 0 || c.Known(civil.D(2003, 12, 31)) || !c.Known(civil.D(2004, 1, 1)) {
		t.Error("the table does not begin with 2004")
	}
}

// The last days of December are not certain before the next year's notice is;
// the table itself shows how far back such notices have reached.
func TestNoNoticeReachedBackBeyondTheSettledDays(t *testing.T) {
	reached := false
	for day := range Default().days {
		if day.Month == time.December {
			reached = true
			if day.Day <= settled {
				t.Errorf("%v is an exception: settle no later than the day before", day)
			}
		}
	}
	if !reached {
		t.Error("the table has no exception in December, so this test sees nothing")
	}
	if got := Default().KnownThrough(); got != civil.D(2026, 12, settled) {
		t.Errorf("known through %v", got)
	}
}

func TestThePromise(t *testing.T) {
	cases := []struct {
		name, at string
		want     Due
	}{
		{"before a worked Saturday", "2021-09-17T10:32:00+08:00", due("2021-09-18", true,
			"9月18日（周六，调休上班）24:00前", "by the end of Saturday 18 September, a working day by the holiday schedule")},
		{"just before midnight", "2021-09-16T23:59:59+08:00", due("2021-09-17", true,
			"9月17日（周五）24:00前", "by the end of Friday 17 September")},
		{"at midnight the day is the new one", "2021-09-17T00:00:00+08:00", due("2021-09-18", true,
			"9月18日（周六，调休上班）24:00前", "by the end of Saturday 18 September, a working day by the holiday schedule")},
		{"midnight counts in Shanghai, not in Greenwich", "2021-09-16T16:00:00Z", due("2021-09-18", true,
			"9月18日（周六，调休上班）24:00前", "by the end of Saturday 18 September, a working day by the holiday schedule")},
		{"on the eve of a festival", "2021-09-30T09:00:00+08:00", due("2021-10-08", true,
			"10月8日（周五，节后）24:00前", "by the end of Friday 8 October, after the holiday")},
		{"over a weekend alone", "2021-09-10T09:00:00+08:00", due("2021-09-13", true,
			"9月13日（周一）24:00前", "by the end of Monday 13 September")},
		{"into the next year", "2025-12-31T09:00:00+08:00", due("2026-01-04", true,
			"2026年1月4日（周日，调休上班）24:00前", "by the end of Sunday 4 January 2026, a working day by the holiday schedule")},
		{"beyond the known calendar", "2027-02-04T09:00:00+08:00", due("2027-02-05", false,
			"2月5日（周五）24:00前（该时段节假日安排尚未公布，遇节假日顺延）",
			"by the end of Friday 5 February (the holidays of that time are not announced yet; a holiday would move it back)")},
		{"on the last days before a notice that is not out", "2026-12-28T09:00:00+08:00", due("2026-12-29", false,
			"12月29日（周二）24:00前（该时段节假日安排尚未公布，遇节假日顺延）",
			"by the end of Tuesday 29 December (the holidays of that time are not announced yet; a holiday would move it back)")},
	}
	for _, c := range cases {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, Default().Due(at)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func due(day string, known bool, zh, en string) Due {
	d, _ := civil.Parse(day)
	one := Due{At: d.End(), Date: d, Known: known}
	one.Say.ZH, one.Say.EN = zh, en
	return one
}

func TestAnAdministratorEntersDays(t *testing.T) {
	saturday, monday := civil.D(2027, 2, 6), civil.D(2027, 2, 8)
	entered := Default().With(map[civil.Date]Kind{saturday: Working, monday: Off})

	if next, known := entered.NextWorkday(civil.D(2027, 2, 5)); next != saturday || !known {
		t.Errorf("after the Friday: %v (known: %v), want the entered Saturday", next, known)
	}
	if next, known := entered.NextWorkday(saturday); next != civil.D(2027, 2, 9) || known {
		t.Errorf("over an unknown Sunday: %v (known: %v)", next, known)
	}
	if next, known := entered.Through(civil.D(2027, 12, settled)).NextWorkday(saturday); next != civil.D(2027, 2, 9) || !known {
		t.Errorf("with the year's notice entered: %v (known: %v)", next, known)
	}
	want := []Day{{saturday, Working, true}, {monday, Off, true}}
	if diff := cmp.Diff(want, entered.Exceptions(2027)); diff != "" {
		t.Error(diff)
	}
	if Default().IsWorkday(saturday) || Default().Known(saturday) {
		t.Error("the change reached the calendar that it was made from")
	}
	if entered.With(nil).Through(civil.D(2020, 1, 1)).KnownThrough() != Default().KnownThrough() {
		t.Error("knowledge went back")
	}
}

func TestADayEnteredWinsOverTheTable(t *testing.T) {
	holiday := civil.D(2026, 10, 1)
	if Default().IsWorkday(holiday) {
		t.Fatal("1 October is worked")
	}
	if !Default().With(map[civil.Date]Kind{holiday: Working}).IsWorkday(holiday) {
		t.Error("the table won")
	}
}

func TestACalendarOfNothingKnowsNothing(t *testing.T) {
	var c Calendar
	if next, known := c.With(map[civil.Date]Kind{civil.D(2026, 1, 5): Off}).NextWorkday(civil.D(2026, 1, 2)); next != civil.D(2026, 1, 6) || known {
		t.Errorf("got %v (known: %v)", next, known)
	}
}

func TestADamagedTableIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":      "{",
		"no years":     "{}",
		"no such day":  `{"years":{"2026":{"off":"0230","on":""}}}`,
		"no such year": `{"years":{"20x6":{"off":"","on":""}}}`,
	} {
		if _, err := read([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	var named struct{ Source, Licence string }
	if err := json.Unmarshal(table, &named); err != nil || named.Source == "" || named.Licence == "" {
		t.Errorf("the table does not name its source and licence: %+v, %v", named, err)
	}
}

// Whatever the day and whatever is entered: the next working day lies after
// it, is worked, and every day between is off.
func TestNothingWorkedIsPassedOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := civil.D(2024, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "day"))
		days := rapid.MapOf(
			rapid.Custom(func(t *rapid.T) civil.Date { return start.AddDays(rapid.IntRange(-3, 20).Draw(t, "offset")) }),
			rapid.SampledFrom([]Kind{Working, Off})).Draw(t, "entered")
		c := Default().With(days)
		next, known := c.NextWorkday(start)
		if !next.After(start) || !c.IsWorkday(next) {
			t.Fatalf("%v after %v", next, start)
		}
		certain := true
		for d := start.AddDays(1); d != next; d = d.AddDays(1) {
			certain = certain && c.Known(d)
			if c.IsWorkday(d) {
				t.Fatalf("%v was passed over", d)
			}
		}
		if known != (certain && c.Known(next)) {
			t.Fatalf("known: %v", known)
		}
	})
}
