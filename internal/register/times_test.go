package register_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
)

func (o *office) stateAt(file licence.FileNumber, holds, known time.Time) string {
	o.t.Helper()
	state, ok, err := o.StateAt(ctx, o.entry(file).ID, holds, known)
	if err != nil {
		o.t.Fatal(err)
	}
	if !ok {
		return "无记录"
	}
	return string(state.Status())
}

func shanghai(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, civil.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func TestALateDecisionTakesItsPlaceInTheMiddle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		line := func(status, since string) { o.file(csv(person(1, row{"ZT": status, "GXSJ": since}))) }
		line("A", "2026-07-12 15:00:00")
		before := o.now
		line("A", "2026-09-05 00:00:00")
		o.later(24 * time.Hour)
		late := o.now.Add(time.Minute)
		line("D", "2026-08-05 00:00:00") // learned after what came after it

		for _, c := range []struct{ holds, want string }{
			{"2026-07-12 14:59", "无记录"}, {"2026-07-12 15:00", "A"}, {"2026-08-04 23:59", "A"},
			{"2026-08-05 00:00", "D"}, {"2026-09-04 23:59", "D"}, {"2026-09-05 00:00", "A"},
		} {
			if got := o.stateAt("000000000001", shanghai(c.holds), o.now); got != c.want {
				t.Errorf("at %s: %s, want %s", c.holds, got, c.want)
			}
			if got := o.stateAt("000000000001", shanghai(c.holds), late.Add(-time.Hour)); got != "A" && c.want != "无记录" {
				t.Errorf("at %s as known before: %s", c.holds, got)
			}
		}
		if got := o.stateAt("000000000001", shanghai("2026-10-01 00:00"), before.Add(-time.Hour)); got != "无记录" {
			t.Errorf("before anything was learned: %s", got)
		}
		if e := o.entry("000000000001"); e.State(o.now).Worst != licence.Normal {
			t.Errorf("the present changed: %s", e.State(o.now).Worst)
		}
	})
}

func TestSinceWhenALetterHolds(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []row
		want  map[licence.Letter]civil.Date
	}{
		{"dated from the first record on", []row{{"ZT": "D", "GXSJ": "2026-08-05"}}, map[licence.Letter]civil.Date{"D": civil.D(2026, 8, 5)}},
		{"a first record that does not say", []row{{"ZT": "D"}}, map[licence.Letter]civil.Date{}},
		{"one after the other", []row{{"ZT": "H", "GXSJ": "2026-07-01"}, {"ZT": "DH", "GXSJ": "2026-08-05"}, {"ZT": "BDH", "GXSJ": "2026-08-20"}},
			map[licence.Letter]civil.Date{"H": civil.D(2026, 7, 1), "D": civil.D(2026, 8, 5), "B": civil.D(2026, 8, 20)}},
		{"gone and back", []row{{"ZT": "D", "GXSJ": "2026-07-01"}, {"ZT": "H", "GXSJ": "2026-08-05"}, {"ZT": "D", "GXSJ": "2026-08-20"}},
			map[licence.Letter]civil.Date{"D": civil.D(2026, 8, 20)}},
		{"a late line that joins two stretches", []row{{"ZT": "D", "GXSJ": "2026-07-01"}, {"ZT": "H", "GXSJ": "2026-08-05"}, {"ZT": "D", "GXSJ": "2026-08-20"}, {"ZT": "D", "GXSJ": "2026-08-05"}},
			map[licence.Letter]civil.Date{"D": civil.D(2026, 7, 1)}},
		{"a late line that moves the start", []row{{"ZT": "H", "GXSJ": "2026-07-01"}, {"ZT": "D", "GXSJ": "2026-08-20"}, {"ZT": "D", "GXSJ": "2026-08-02"}},
			map[licence.Letter]civil.Date{"D": civil.D(2026, 8, 2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			for _, changes := range c.lines {
				o.file(csv(person(1, changes)))
			}
			got := map[licence.Letter]civil.Date{}
			for _, cause := range o.entry("000000000001").State(o.now).Causes {
				if !cause.Since.IsZero() {
					got[cause.Letter] = cause.Since
				}
			}
			if diff := gocmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnOlderFileDoesNotBringBackAnOlderStatus(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	first, second := csv(person(1, row{"ZT": "A"})), csv(person(1, row{"ZT": "D"}))
	o.file(first)
	o.file(second)
	if r := o.file(first); r.Unchanged != 1 {
		t.Errorf("%+v", r)
	}
	if got := o.entry("000000000001").Licence.Status; got != "D" {
		t.Errorf("status %s", got)
	}
}

func TestASourceThatRepeatsItselfDoesNotUndoACorrection(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, row{"phone": "13900000001"})))
	o.correct(o.entry("000000000001").ID, "2026-10-09", register.Wish{Field: "phone", Value: "13900000099"})
	o.file(csv(person(1, row{"phone": "13900000001"}), person(2, nil)))
	if got := o.entry("000000000001").Licence.Phone; got != "13900000099" {
		t.Errorf("the nightly file undid the correction: %s", got)
	}
	o.file(csv(person(1, row{"phone": "13900000055"})))
	if got := o.entry("000000000001").Licence.Phone; got != "13900000055" {
		t.Errorf("news from the source was not taken: %s", got)
	}
}

// A source that came to agree with a correction has said so: when it says again
// what it said before, that is news, and the better status does not stand on.
func TestASourceThatAgreedWithACorrectionIsHeardWhenItTurnsBack(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	status := func() licence.Status { return o.entry("000000000001").Licence.Status }
	o.file(csv(person(1, row{"ZT": "D", "GXSJ": "2026-08-05"})))
	o.correct(o.entry("000000000001").ID, "2026-08-05", register.Wish{Field: "status", Value: "A"})
	for range 2 { // said, and repeated
		o.later(time.Hour)
		o.file(csv(person(1, row{"ZT": "A", "GXSJ": "2026-08-05"})))
		if got := status(); got != "A" {
			t.Fatalf("control: %s", got)
		}
	}
	o.later(time.Hour)
	o.file(csv(person(1, row{"ZT": "D"})))
	if got := status(); got != "D" {
		t.Errorf("the source said D again, and the register has %s", got)
	}
}

func TestAColumnThatTheSourceLacksIsKept(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	without := func(changes row) string {
		var out string
		for i, line := range []row{nil, person(1, changes)} {
			for _, name := range header {
				switch {
				case name == "phone" || name == "class_since" || name == "QFRQ":
				case i == 0:
					out += name + ","
				default:
					out += line[name] + ","
				}
			}
			out = out[:len(out)-1] + "\n"
		}
		return out
	}
	o.file(without(row{"ZT": "H"}))
	e := o.entry("000000000001")
	if e.Licence.Status != "H" || e.Licence.Phone != "13900000001" || e.Licence.Classes[0].Since.IsZero() || e.Licence.PaperReplaced.IsZero() {
		t.Errorf("%+v", e.Licence)
	}
	if r := o.file(without(row{"ZT": "H"})); r.Unchanged != 1 {
		t.Errorf("again: %+v", r)
	}
	o.file(csv(person(1, row{"ZT": "H", "phone": ""})))
	if e := o.entry("000000000001"); e.Licence.Phone != "" {
		t.Error("an empty cell did not clear the phone")
	}
}

// correct has two registrars change fields.
func (o *office) correct(licenceID, holdsFrom string, wishes ...register.Wish) *register.Correction {
	o.t.Helper()
	o.later(time.Minute)
	c, err := o.AskCorrection(ctx, registrar("fang"), register.CorrectionAsk{LicenceID: licenceID, Wishes: wishes, HoldsFrom: holdsFrom, Reason: "与纸质档案第3页一致"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.later(time.Minute)
	if c, err = o.ApproveCorrection(ctx, registrar("tian"), c.ID); err != nil {
		o.t.Fatal(err)
	}
	return c
}

func registrar(id string) audit.Actor {
	return audit.Actor{Kind: audit.ByStaff, ID: id, Role: "registrar"}
}

// A deed is one thing that a naive replay does again.
type deed struct {
	kind    string // "dated", "undated", "correction" or "again"
	status  licence.Status
	holds   time.Time
	learned time.Time
	text    string // the file, for "again"
}

// TestTwoTimesEqualANaiveReplay: whatever the order of lines, late lines,
// repeated files and corrections, the state at any moment as known at any
// other is what going through all of it again by hand gives.
func TestTwoTimesEqualANaiveReplay(t *testing.T) {
	db := storetest.SQLite(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		o := newOffice(t, db)
		file := licence.FileNumber(fmt.Sprintf("%012d", n))
		statuses := []licence.Status{"A", "B", "D", "H", "BD"}
		day := func(i int) time.Time { return start.AddDate(0, 0, i-40).Truncate(24 * time.Hour) }
		var deeds []deed
		for range rapid.IntRange(1, 8).Draw(rt, "deeds") {
			d := deed{
				kind:   rapid.SampledFrom([]string{"dated", "dated", "undated", "correction", "again"}).Draw(rt, "kind"),
				status: rapid.SampledFrom(statuses).Draw(rt, "status"), holds: day(rapid.IntRange(0, 39).Draw(rt, "day")),
			}
			o.later(time.Duration(rapid.IntRange(1, 600).Draw(rt, "minutes")) * time.Minute)
			deeds = replayed(rt, o, file, n, deeds, d)
		}
		for range 12 {
			holds, known := day(rapid.IntRange(-2, 45).Draw(rt, "holds")), start.Add(time.Duration(rapid.IntRange(-10, 8000).Draw(rt, "known"))*time.Minute)
			if got, want := stateOrNone(o, file, holds, known), naive(deeds, holds, known); got != want {
				rt.Fatalf("at %v as known at %v: %s, want %s, after %+v", holds, known, got, want, deeds)
			}
		}
		if want := naive(deeds, o.now, o.now); want != "无记录" && string(o.entry(file).Licence.Status) != want {
			rt.Fatalf("the row says %s, want %s", o.entry(file).Licence.Status, want)
		}
	})
}

// replayed does a deed and adds what counts of it to the list.
func replayed(rt *rapid.T, o *office, file licence.FileNumber, n int, deeds []deed, d deed) []deed {
	switch d.kind {
	case "again":
		if files := slices.DeleteFunc(slices.Clone(deeds), func(x deed) bool { return x.text == "" }); len(files) > 0 {
			o.file(rapid.SampledFrom(files).Draw(rt, "file").text)
		}
		return deeds
	case "correction":
		recorded := naive(deeds, d.holds, o.now.Add(time.Hour))
		if recorded == "无记录" || recorded == string(d.status) {
			return deeds // nothing to correct
		}
		o.correct(o.entry(file).ID, d.holds.Format(time.RFC3339), register.Wish{Field: "status", Value: string(d.status)})
		d.learned = o.now
		return append(deeds, d)
	}
	changes := row{"ZT": string(d.status)}
	if d.kind == "dated" {
		changes["GXSJ"] = d.holds.Format(time.RFC3339)
	}
	// A comment column makes each file another one.
	d.text = csv(person(n, changes)) + fmt.Sprintf("%s\n", o.now)
	o.file(d.text)
	d.learned = o.now
	if d.kind == "undated" {
		d.holds = o.now
		if last, ok := lastOfSource(deeds, d.holds); ok && last.status == d.status {
			return deeds // the source repeats itself
		}
	} else if slices.ContainsFunc(deeds, func(x deed) bool { return x.kind == "dated" && x.holds.Equal(d.holds) && x.status == d.status }) {
		return deeds // said before
	}
	return append(deeds, d)
}

// lastOfSource is what the source last said of a moment.
func lastOfSource(deeds []deed, at time.Time) (deed, bool) {
	return latest(slices.DeleteFunc(slices.Clone(deeds), func(x deed) bool { return x.kind == "correction" || x.holds.After(at) }))
}

func naive(deeds []deed, holds, known time.Time) string {
	last, ok := latest(slices.DeleteFunc(slices.Clone(deeds), func(x deed) bool { return x.holds.After(holds) || x.learned.After(known) }))
	if !ok {
		return "无记录"
	}
	return string(last.status)
}

func latest(deeds []deed) (deed, bool) {
	if len(deeds) == 0 {
		return deed{}, false
	}
	return slices.MaxFunc(deeds, func(a, b deed) int { return cmp.Or(a.holds.Compare(b.holds), a.learned.Compare(b.learned)) }), true
}

func stateOrNone(o *office, file licence.FileNumber, holds, known time.Time) string {
	var found []*register.Entry
	storetest.View(o.t, o.db, func(tx *store.Tx) error {
		if e, err := tx.LicenceByFile(ctx, file); err == nil {
			found = append(found, e)
		}
		return nil
	})
	if len(found) == 0 {
		return "无记录"
	}
	return o.stateAt(file, holds, known)
}
