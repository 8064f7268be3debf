package civil

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	cases := []struct {
		text, want string
		ok         bool
	}{
		{"2024-02-29", "2024-02-29", true},
		{"20240229", "2024-02-29", true},
		{"2024/02/29", "2024-02-29", true},
		{"2024.02.29", "2024-02-29", true},
		{"2023-02-29", "", false},
		{"2023-13-01", "", false},
		{"2023-1-1", "", false},
		{"2023-00-10", "", false},
		{"2023-10-00", "", false},
		{"2023-10/10", "", false},
		{"+2023101", "", false},
		{"２０２３", "", false},
		{"", "", false},
	}
	for _, c := range cases {
		got, err := Parse(c.text)
		if got.String() != c.want || (err == nil) != c.ok {
			t.Errorf("Parse(%q) = %v, %v", c.text, got, err)
		}
	}
}

func TestEveryDayIsReadAsItIsWritten(t *testing.T) {
	for day := time.Date(1899, 12, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2101; day = day.AddDate(0, 0, 1) {
		text := day.Format("2006-01-02")
		if d, err := Parse(text); err != nil || d != Of(day) || d.String() != text {
			t.Fatalf("%s is read as %v, %v", text, d, err)
		}
	}
	if got := D(9999, 12, 31).AddDays(1).String(); got != "10000-01-01" {
		t.Errorf("the day after 9999-12-31 is %s", got)
	}
}

func TestADayIsADayInShanghai(t *testing.T) {
	if got := Of(time.Date(2021, 9, 17, 16, 0, 0, 0, time.UTC)); got != D(2021, 9, 18) {
		t.Errorf("16:00 UTC on the 17th is %v", got)
	}
	if got := D(2021, 9, 17).End(); !got.Equal(time.Date(2021, 9, 17, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("24:00 of the 17th is %v", got.UTC())
	}
}

func TestArithmetic(t *testing.T) {
	cases := []struct{ name, got, want string }{
		{"a year from a leap day", D(2024, 2, 29).AddYears(1).String(), "2025-03-01"},
		{"a month from the 31st", D(2024, 1, 31).AddMonths(1).String(), "2024-02-29"},
		{"months backwards over a year", D(2024, 1, 31).AddMonths(-2).String(), "2023-11-30"},
		{"days over a month", D(2024, 2, 28).AddDays(2).String(), "2024-03-01"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	if n := D(2024, 2, 28).DaysUntil(D(2024, 3, 1)); n != 2 {
		t.Errorf("days over a leap day: %d", n)
	}
	if !D(2023, 12, 31).Before(D(2024, 1, 1)) || D(2024, 1, 1).Before(D(2023, 12, 31)) {
		t.Error("the year decides first")
	}
}
