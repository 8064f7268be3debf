package licence

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/lang"
)

func TestWhatInvalidatesAnElectronicLicence(t *testing.T) {
	both := func(s string) lang.Text { return lang.T(s, s) }
	cases := []struct {
		name   string
		before func(*Licence)
		after  func(*Licence)
		want   []Change
	}{
		{"nothing changed", func(*Licence) {}, func(*Licence) {}, nil},
		{"a class added", func(*Licence) {}, func(l *Licence) { l.Classes = append(l.Classes, ClassRecord{D, civil.D(2026, 3, 1)}) },
			[]Change{{ClassesChanged, both("C1"), both("C1D"), lang.T("准驾车型由“C1”变更为“C1D”。", "The classes changed from “C1” to “C1D”.")}}},
		{"the same classes in another order", func(l *Licence) { l.Classes = []ClassRecord{{D, l.FirstIssue}, {C1, l.FirstIssue}} },
			func(l *Licence) { l.Classes = []ClassRecord{{C1, l.FirstIssue}, {D, l.FirstIssue}} }, nil},
		{"the same class with its start corrected", func(*Licence) {}, func(l *Licence) { l.Classes[0].Since = civil.D(2011, 1, 1) }, nil},
		{"renewed for good", func(*Licence) {}, func(l *Licence) { l.ValidFrom, l.ValidTo = civil.D(2026, 12, 28), civil.Date{} },
			[]Change{{ValidityChanged, lang.T("2016-12-28 至 2026-12-28", "2016-12-28 to 2026-12-28"), lang.T("2026-12-28 至 长期", "2026-12-28 onwards"),
				lang.T("有效期由“2016-12-28 至 2026-12-28”变更为“2026-12-28 至 长期”。", "The validity changed from “2016-12-28 to 2026-12-28” to “2026-12-28 onwards”.")}}},
		{"moved to another authority", func(*Licence) {}, func(l *Licence) { l.Authority = "邻市公安局交管局" },
			[]Change{{AuthorityChanged, both("示范市公安局交管局"), both("邻市公安局交管局"),
				lang.T("发证机关由“示范市公安局交管局”变更为“邻市公安局交管局”。", "The issuing authority changed from “示范市公安局交管局” to “邻市公安局交管局”.")}}},
		{"the paper replaced", func(l *Licence) { l.PaperReplaced = civil.D(2016, 12, 28) }, func(l *Licence) { l.PaperReplaced = civil.D(2026, 10, 8) },
			[]Change{{PaperReissued, lang.T("2016年12月28日", "28 December 2016"), lang.T("2026年10月8日", "8 October 2026"),
				lang.T("纸质驾驶证签发日期由“2016年12月28日”变更为“2026年10月8日”。", "The paper licence's date of issue changed from “28 December 2016” to “8 October 2026”.")}}},
		{"the paper replaced, its first date not recorded", func(*Licence) {}, func(l *Licence) { l.PaperReplaced = civil.D(2026, 10, 8) },
			[]Change{{PaperReissued, lang.Text{}, lang.T("2026年10月8日", "8 October 2026"),
				lang.T("纸质驾驶证签发日期变更为“2026年10月8日”。", "The paper licence's date of issue changed to “8 October 2026”.")}}},
		{"the first paper's date recorded late", func(*Licence) {}, func(l *Licence) { l.PaperReplaced = civil.D(2016, 12, 28) }, nil},
		{"the paper's date lost", func(l *Licence) { l.PaperReplaced = civil.D(2016, 12, 28) }, func(*Licence) {}, nil},
		{"a status, an address, a phone", func(*Licence) {}, func(l *Licence) { l.Status, l.Address, l.Phone = "D", "别处", "13900009000" }, nil},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, ChangesBetween(sample(c.before), sample(c.after))); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestANewPaperThatRenewalPrintsIsNoReplacement(t *testing.T) {
	before := sample(func(l *Licence) { l.PaperReplaced = civil.D(2016, 12, 28) })
	after := sample(func(l *Licence) { l.PaperReplaced, l.ValidTo = civil.D(2026, 10, 8), civil.Date{} })
	changes := ChangesBetween(before, after)
	if len(changes) != 1 || changes[0].Kind != ValidityChanged {
		t.Errorf("got %+v", changes)
	}
}

func TestSeveralChangesStandInTheOrderOfTheRule(t *testing.T) {
	after := sample(func(l *Licence) {
		l.Authority, l.ValidTo = "邻市公安局交管局", civil.Date{}
		l.Classes = []ClassRecord{{B2, civil.D(2020, 1, 1)}}
	})
	var kinds []ChangeKind
	for _, c := range ChangesBetween(sample(), after) {
		kinds = append(kinds, c.Kind)
		if c.Kind.Name().ZH == "" || c.Kind.Name().EN == "" {
			t.Errorf("%s has no name", c.Kind)
		}
	}
	if diff := cmp.Diff([]ChangeKind{ClassesChanged, ValidityChanged, AuthorityChanged}, kinds); diff != "" {
		t.Error(diff)
	}
	if PaperReissued.Name().ZH == "" {
		t.Error("补证 has no name")
	}
}

func TestPointsCyclesStartOnTheDayOfFirstIssue(t *testing.T) {
	leap := sample(func(l *Licence) { l.FirstIssue = civil.D(2020, 2, 29) })
	cases := []struct {
		name string
		l    Licence
		at   time.Time
		ends civil.Date
	}{
		{"on the day of first issue", sample(), noon(2010, 12, 28), civil.D(2011, 12, 27)},
		{"before the day in its year", sample(), noon(2026, 10, 9), civil.D(2026, 12, 27)},
		{"on the last day of the cycle", sample(), noon(2026, 12, 27), civil.D(2026, 12, 27)},
		{"on the first day of the next", sample(), noon(2026, 12, 28), civil.D(2027, 12, 27)},
		{"from a leap day, in a common year", leap, noon(2025, 2, 28), civil.D(2025, 2, 28)},
		{"from a leap day, on 1 March", leap, noon(2025, 3, 1), civil.D(2026, 2, 28)},
	}
	for _, c := range cases {
		if got := PointsCycleEnds(c.l, c.at); got != c.ends {
			t.Errorf("%s: %v, want %v", c.name, got, c.ends)
		}
	}
}

func TestYearsOfDrivingAreFullOnes(t *testing.T) {
	for at, want := range map[time.Time]int{noon(2010, 1, 1): 0, noon(2010, 12, 28): 0, noon(2011, 12, 27): 0, noon(2011, 12, 28): 1, noon(2026, 10, 9): 15} {
		if got := YearsDriving(sample(), at); got != want {
			t.Errorf("%v: %d, want %d", at, got, want)
		}
	}
}

func TestProbation(t *testing.T) {
	recorded := sample(func(l *Licence) { l.ProbationUntil = civil.D(2026, 12, 31) })
	cases := []struct {
		name string
		l    Licence
		at   time.Time
		want bool
	}{
		{"before first issue", sample(), noon(2010, 12, 27), false},
		{"on the day of first issue", sample(), noon(2010, 12, 28), true},
		{"on the last day of the first year", sample(), noon(2011, 12, 27), true},
		{"a year after first issue", sample(), noon(2011, 12, 28), false},
		{"between first issue and a class added later", recorded, noon(2020, 1, 1), false},
		{"just before the probation of a class added later", recorded, noon(2025, 12, 31), false},
		{"on its first day", recorded, noon(2026, 1, 1), true},
		{"in the last second of its last day", recorded, civil.D(2026, 12, 31).End().Add(-time.Second), true},
		{"after it", recorded, civil.D(2026, 12, 31).End(), false},
	}
	for _, c := range cases {
		if got := InProbation(c.l, c.at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := ProbationEnds(sample()); got != civil.D(2011, 12, 27) {
		t.Errorf("a first probation ends on %v", got)
	}
	if got := ProbationEnds(recorded); got != civil.D(2026, 12, 31) {
		t.Errorf("a recorded probation ends on %v", got)
	}
}

func TestRenewalOpensNinetyDaysBeforeTheEnd(t *testing.T) {
	if got, ok := RenewalOpens(sample()); got != civil.D(2026, 9, 29) || !ok {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := RenewalOpens(sample(validTo(civil.Date{}))); ok {
		t.Error("a licence without end is to be renewed")
	}
}
