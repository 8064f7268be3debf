package licence

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"edl/internal/civil"
	"edl/internal/identity"
)

// sample is a good licence of an invented person; each case changes it.
func sample(changes ...func(*Licence)) Licence {
	l := Licence{
		FileNumber: "000000000029", Document: identity.Document{Type: identity.ResidentCard, Number: "000000199204150029"},
		Name: "林知夏", Sex: identity.Female, BirthDate: civil.D(1992, 4, 15), Nationality: "中国", Address: "示范市松园路1号",
		Phone:   "13800008000",
		Classes: []ClassRecord{{C1, civil.D(2010, 12, 28)}}, FirstIssue: civil.D(2010, 12, 28),
		ValidFrom: civil.D(2016, 12, 28), ValidTo: civil.D(2026, 12, 28), Authority: "示范市公安局交管局", Status: "A",
		Photo: Photo{Digest: strings.Repeat("0a", 32), TakenOn: civil.D(2018, 5, 6), Source: FromIdentityCard},
	}
	for _, c := range changes {
		c(&l)
	}
	return l
}

func status(s Status) func(*Licence) { return func(l *Licence) { l.Status = s } }

func validTo(d civil.Date) func(*Licence) { return func(l *Licence) { l.ValidTo = d } }

func extendedTo(until civil.Date) func(*Licence) {
	return func(l *Licence) { l.ExtensionUntil = until }
}

// noon is 12:00 of the day in Shanghai.
func noon(year int, month time.Month, day int) time.Time {
	return civil.D(year, month, day).Start().Add(12 * time.Hour)
}

var today = noon(2026, 10, 9)

func TestWhatEachLetterPermits(t *testing.T) {
	rows := []struct {
		letters []Letter
		use     Use
	}{
		{[]Letter{Normal, OffenceOpen, AccidentOpen}, Usable},
		{[]Letter{PointsFull, Suspended, Seized, Detained, NotRenewed, NotReviewed}, NotUsable},
		{[]Letter{Locked, Stopped, Other}, Hidden},
		{[]Letter{Annulled, Revoked, Cancelled, Recoverable, MovedOut}, Gone},
		{[]Letter{RenewalDeferred, MedicalDeferred, ReviewDeferred}, Usable},
	}
	seen := 0
	for _, row := range rows {
		for _, letter := range row.letters {
			seen++
			state := StatusAt(sample(status(Status(letter)), extendedTo(civil.D(2027, 1, 1))), today)
			if state.Worst != letter || state.Use != row.use {
				t.Errorf("%s: worst %s, %s; want %s", letter, state.Worst, state.Use, row.use)
			}
			if allowed := CanApply(state) == nil; allowed != (row.use == Usable) {
				t.Errorf("%s: may apply: %v", letter, allowed)
			}
		}
	}
	if seen != len(Letters()) {
		t.Errorf("%d letters tried of %d", seen, len(Letters()))
	}
}

func TestTheWorstOfSeveralDecides(t *testing.T) {
	cases := []struct {
		status Status
		worst  Letter
		use    Use
	}{
		{"BDJ", Stopped, Hidden},
		{"AH", OffenceOpen, Usable},
		{"DK", Suspended, NotUsable},
		{"AN", RenewalDeferred, Usable},
		{"HI", AccidentOpen, Usable},
		{"BM", PointsFull, NotUsable},
		{"KU", Seized, NotUsable},
		{"LZ", Locked, Hidden},
		{"CL", MovedOut, Gone},
		{"EF", Annulled, Gone},
		{"FG", Revoked, Gone},
		{"AG", Cancelled, Gone},
		{"", Other, Hidden},
		{"X", Other, Hidden}, // no parser returns it; it is judged as 其他 all the same
	}
	for _, c := range cases {
		state := StatusAt(sample(status(c.status), extendedTo(civil.D(2027, 1, 1))), today)
		if state.Worst != c.worst || state.Use != c.use {
			t.Errorf("%s: %s, %s; want %s, %s", c.status, state.Worst, state.Use, c.worst, c.use)
		}
	}
}

func TestValidityEndsByDateWhateverTheRegisterCarries(t *testing.T) {
	last := civil.D(2026, 12, 28)
	cases := []struct {
		name string
		at   time.Time
		want Cause
		use  Use
	}{
		{"in the last second of the last day", last.End().Add(-time.Second), Cause{Normal, FromRegister, civil.Date{}}, Usable},
		{"at 24:00 of the last day", last.End(), Cause{NotRenewed, FromValidity, civil.D(2026, 12, 29)}, NotUsable},
		{"in the last second of a year after", civil.D(2027, 12, 28).End().Add(-time.Second), Cause{NotRenewed, FromValidity, civil.D(2026, 12, 29)}, NotUsable},
		{"when a year is over", civil.D(2027, 12, 28).End(), Cause{Recoverable, FromValidity, civil.D(2027, 12, 29)}, Gone},
		{"in the last second of three years after", civil.D(2029, 12, 28).End().Add(-time.Second), Cause{Recoverable, FromValidity, civil.D(2027, 12, 29)}, Gone},
		{"when three years are over", civil.D(2029, 12, 28).End(), Cause{Cancelled, FromValidity, civil.D(2029, 12, 29)}, Gone},
		{"in a time zone where the last day still lasts", last.End().UTC(), Cause{NotRenewed, FromValidity, civil.D(2026, 12, 29)}, NotUsable},
	}
	for _, c := range cases {
		state := StatusAt(sample(validTo(last)), c.at)
		if state.Causes[0] != c.want || state.Use != c.use || state.Since() != c.want.Since {
			t.Errorf("%s: %+v", c.name, state)
		}
	}
}

func TestValidityThatEndsOnALeapDay(t *testing.T) {
	leap := sample(validTo(civil.D(2024, 2, 29)))
	if got := StatusAt(leap, civil.D(2025, 2, 28).End().Add(-time.Second)).Worst; got != NotRenewed {
		t.Errorf("on 28 February a year later: %s", got)
	}
	if got := StatusAt(leap, civil.D(2025, 3, 1).Start()).Worst; got != Recoverable {
		t.Errorf("on 1 March a year later: %s", got)
	}
}

func TestALicenceWithoutEndNeverExpires(t *testing.T) {
	if got := StatusAt(sample(validTo(civil.Date{})), noon(2099, 1, 1)); got.Worst != Normal {
		t.Errorf("got %s", got.Worst)
	}
}

func TestALicenceRenewedEarlyServesBeforeItsValidityBegins(t *testing.T) {
	early := sample(func(l *Licence) { l.ValidFrom, l.ValidTo = civil.D(2026, 12, 28), civil.D(2036, 12, 28) })
	if got := StatusAt(early, today); got.Use != Usable {
		t.Errorf("got %s", got.Use)
	}
}

func TestExtensions(t *testing.T) {
	ended, until := civil.D(2026, 6, 30), civil.D(2026, 12, 31)
	after := until.AddDays(1)
	cases := []struct {
		name   string
		status Status
		valid  civil.Date
		until  civil.Date
		at     time.Time
		worst  Letter
		since  civil.Date
		runs   civil.Date
	}{
		{"a deferred renewal runs past the end of validity", "N", ended, until, today, RenewalDeferred, civil.Date{}, until},
		{"a deferred renewal runs to the last second", "N", ended, until, until.End().Add(-time.Second), RenewalDeferred, civil.Date{}, until},
		{"a deferred renewal ran out", "N", ended, until, until.End(), NotRenewed, after, civil.Date{}},
		{"a year after it", "N", ended, until, noon(2028, 1, 1), Recoverable, civil.D(2028, 1, 1), civil.Date{}},
		{"three years after it", "N", ended, until, noon(2030, 1, 1), Cancelled, civil.D(2030, 1, 1), civil.Date{}},
		{"a deferred renewal ran out, and the licence was renewed", "N", civil.D(2032, 6, 30), until, noon(2027, 1, 1), Normal, civil.Date{}, civil.Date{}},
		{"a deferred renewal without an end is not relied on", "N", ended, civil.Date{}, today, NotRenewed, civil.D(2026, 7, 1), civil.Date{}},
		{"a deferred medical check runs", "P", civil.D(2030, 1, 1), until, today, MedicalDeferred, civil.Date{}, until},
		{"a deferred medical check ran out", "P", civil.D(2030, 1, 1), until, until.End(), NotReviewed, after, civil.Date{}},
		{"a deferred review runs", "T", civil.D(2030, 1, 1), until, today, ReviewDeferred, civil.Date{}, until},
		{"a deferred review ran out", "T", civil.D(2030, 1, 1), until, until.End(), NotReviewed, after, civil.Date{}},
		{"a deferred review without an end is not relied on", "T", civil.D(2030, 1, 1), civil.Date{}, today, NotReviewed, civil.Date{}, civil.Date{}},
		{"a deferred review does not move the end of validity", "T", ended, until, today, NotRenewed, civil.D(2026, 7, 1), until},
		{"a date without a letter is no extension", "A", ended, until, today, NotRenewed, civil.D(2026, 7, 1), civil.Date{}},
		{"a deferred renewal beside a suspension", "DN", ended, until, today, Suspended, civil.Date{}, until},
		{"the register's own letter stands beside a deferral", "MN", ended, until, today, NotRenewed, civil.Date{}, until},
	}
	for _, c := range cases {
		state := StatusAt(sample(status(c.status), validTo(c.valid), extendedTo(c.until)), c.at)
		if state.Worst != c.worst || state.Since() != c.since || state.ExtensionUntil != c.runs {
			t.Errorf("%s: %s since %v, runs until %v; want %s since %v, until %v",
				c.name, state.Worst, state.Since(), state.ExtensionUntil, c.worst, c.since, c.runs)
		}
	}
}

func TestTheRegisterTellsSinceWhen(t *testing.T) {
	judged := StatusAt(sample(status("BM"), validTo(civil.D(2026, 6, 30))), today)
	told := judged.Registered(func(l Letter) civil.Date {
		return map[Letter]civil.Date{PointsFull: civil.D(2026, 9, 28), NotRenewed: civil.D(2026, 8, 1)}[l]
	})
	want := []Cause{
		{PointsFull, FromRegister, civil.D(2026, 9, 28)},
		{NotRenewed, FromRegister, civil.D(2026, 8, 1)},
		{NotRenewed, FromValidity, civil.D(2026, 7, 1)},
	}
	if diff := cmp.Diff(want, told.Causes); diff != "" {
		t.Error(diff)
	}
	if !judged.Since().IsZero() || told.Since() != civil.D(2026, 9, 28) {
		t.Errorf("since %v, then %v", judged.Since(), told.Since())
	}
	told.Worst = NotRenewed
	if told.Since() != civil.D(2026, 7, 1) {
		t.Errorf("of two sources the earlier counts, got %v", told.Since())
	}
	if told.Status() != "BM" || !told.Has(NotRenewed) || told.Has(Suspended) {
		t.Errorf("the set is %s", told.Status())
	}
}

func TestStatusIsReadAsASet(t *testing.T) {
	cases := []struct {
		name, text string
		want       Status
		unknown    []Letter
	}{
		{"in another order", "JDB", "BDJ", nil},
		{"a letter twice", "BB", "B", nil},
		{"small letters and commas", "b, d", "BD", nil},
		{"the first and the last small letter", "az", "AZ", nil},
		{"full width", "ＡＨ", "AH", nil},
		{"an unknown letter", "AX", "AZ", []Letter{"X"}},
		{"two unknown signs", "O1", "Z", []Letter{"O", "1"}},
		{"an unknown sign in Chinese", "正", "Z", []Letter{"正"}},
		{"nothing", "", "Z", nil},
	}
	for _, c := range cases {
		got, unknown := ParseStatus(c.text)
		if got != c.want || !slices.Equal(unknown, c.unknown) {
			t.Errorf("%s: %s, unknown %v; want %s, %v", c.name, got, unknown, c.want, c.unknown)
		}
	}
}

func TestEveryLetterHasNameKeyAndUse(t *testing.T) {
	for _, l := range Letters() {
		if l.Name().ZH == "" || l.Name().EN == "" || l.Key() != "status:"+string(l) || l.Use().rank() < 0 {
			t.Errorf("%s: %v, %s, %s", l, l.Name(), l.Key(), l.Use())
		}
	}
	if got := Status("BD").Name(); got.ZH != "超分、暂扣" || got.EN != "12 points reached, suspended" {
		t.Errorf("got %v", got)
	}
	if got := Letter("X").Name(); got != Other.Name() {
		t.Errorf("an unknown letter is %v", got)
	}
}

// draws makes licences with any set of letters and any dates near 2026.
func draws(t *rapid.T) Licence {
	near := rapid.Custom(func(t *rapid.T) civil.Date {
		return civil.D(2022, 1, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, "days"))
	})
	letters := rapid.SliceOfN(rapid.SampledFrom(Letters()), 1, 5).Draw(t, "letters")
	l := sample(status(statusOf(slices.Clone(letters))))
	l.ValidTo = rapid.OneOf(near, rapid.Just(civil.Date{})).Draw(t, "valid to")
	l.ExtensionUntil = rapid.OneOf(near, rapid.Just(civil.Date{})).Draw(t, "extended until")
	return l
}

func moment(t *rapid.T, label string) time.Time {
	return civil.D(2021, 1, 1).Start().Add(time.Duration(rapid.IntRange(0, 12*365*24).Draw(t, label)) * time.Hour)
}

// Time alone never makes a version of a licence better; only a new version can.
func TestTimeAloneNeverHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, a, b := draws(t), moment(t, "a"), moment(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		early, late := StatusAt(l, a), StatusAt(l, b)
		if early.Use.Worse(late.Use) {
			t.Fatalf("%s (%s) at %v became %s (%s) at %v", early.Use, early.Worst, a, late.Use, late.Worst, b)
		}
	})
}

// One more letter on the register never makes a licence better, and whatever
// decides is worse than or as bad as every other cause. N and its deferral of
// the end of validity are the one exception that the law makes.
func TestOneMoreLetterNeverHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, at := draws(t), moment(t, "at")
		before := StatusAt(l, at)
		for _, c := range before.Causes {
			if c.Letter.Worse(before.Worst) || c.Letter.Use().Worse(before.Use) {
				t.Fatalf("%s decides over %s", before.Worst, c.Letter)
			}
		}
		more := rapid.SampledFrom(Letters()).Draw(t, "more")
		if more == RenewalDeferred {
			t.Skip()
		}
		l.Status = statusOf(append(l.Status.Letters(), more))
		after := StatusAt(l, at)
		if before.Use.Worse(after.Use) {
			t.Fatalf("%s under %s, better under %s: %s", before.Use, before.Status(), l.Status, after.Use)
		}
	})
}

// The table of uses and the order of letters agree: a worse letter never
// permits more.
func TestTheOrderOfLettersFollowsTheUses(t *testing.T) {
	letters := Letters()
	for i, l := range letters[1:] {
		if l.Use().Worse(letters[i].Use()) {
			t.Errorf("%s stands after %s and permits less", l, letters[i])
		}
	}
}

// Between two moments that NextChange tells, time alone changes nothing.
func TestNothingChangesBeforeTheMomentThatIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, at := draws(t), moment(t, "at")
		next := NextChange(l, at)
		later := at.Add(time.Duration(rapid.Int64Range(0, int64(5*365*24*time.Hour)).Draw(t, "later")))
		if !next.IsZero() && !later.Before(next) {
			later = next.Add(-time.Second)
		}
		if !next.IsZero() && !next.After(at) || later.Before(at) {
			t.Skip()
		}
		if diff := cmp.Diff(StatusAt(l, at), StatusAt(l, later), cmp.Comparer(func(a, b civil.Date) bool { return a == b })); diff != "" {
			t.Fatalf("between %v and %v, before %v:\n%s", at, later, next, diff)
		}
	})
}
