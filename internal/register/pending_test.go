package register_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
)

func TestARefusedLineLeavesAMarkUntilAGoodOneComes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		good, bad := csv(person(1, nil)), csv(person(1, row{"ZT": "D", "YXQZ": "2021-02-30"}))
		o.file(good)
		o.told = nil
		if r := o.file(bad); r.Refused != 1 {
			t.Fatalf("%+v", r)
		}
		e := o.entry("000000000001")
		if !e.Pending || e.Usable(o.now) || e.State(o.now).Worst != licence.Normal {
			t.Errorf("pending %v, usable %v", e.Pending, e.Usable(o.now))
		}
		if e.PendingWhy.ZH != "有效期止："+register.ErrDate.Say.ZH {
			t.Errorf("why: %s", e.PendingWhy.ZH)
		}
		if diff := cmp.Diff([]string{e.ID}, o.told); diff != "" {
			t.Errorf("the phone was not told: %s", diff)
		}
		list, err := o.OpenPending(ctx)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v %v", list, err)
		}
		if p := list[0]; p.Line != 2 || p.Refusal.Field != "valid_to" || p.Refusal.Column != "YXQZ" || !strings.Contains(p.Text, "2021-02-30") || p.Entry.ID != e.ID {
			t.Errorf("%+v", p)
		}

		o.file(good) // the old file tells nothing of what came after it
		if !o.entry("000000000001").Pending {
			t.Error("an older file settled it")
		}
		o.file(csv(person(1, nil), person(2, nil)))
		if e := o.entry("000000000001"); e.Pending || !e.Usable(o.now) {
			t.Error("a later good line did not settle it")
		}
		if r := o.file(bad); r.Refused != 1 || o.entry("000000000001").Pending {
			t.Errorf("the same file marked it again: %+v", r)
		}
		o.file(bad + "\n" + csv(person(3, nil)))
		if !o.entry("000000000001").Pending {
			t.Error("the same line in another file is news")
		}
	})
}

func TestWithinAFileTheLastLineCounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		rows    []row
		pending bool
	}{
		{"bad, then good", []row{{"ZT": "?", "YXQZ": "x"}, {"ZT": "H"}}, false},
		{"good, then bad", []row{{"ZT": "H"}, {"YXQZ": "x"}}, true},
		{"bad, then good, far apart", append(append([]row{{"YXQZ": "x"}}, make([]row, 25)...), row{"ZT": "H"}), false},
		{"good, then bad, far apart", append(append([]row{{"ZT": "H"}}, make([]row, 25)...), row{"YXQZ": "x"}), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			o.file(csv(person(1, nil)))
			var rows []row
			for i, changes := range c.rows {
				if changes == nil {
					rows = append(rows, person(i+10, nil))
				} else {
					rows = append(rows, person(1, changes))
				}
			}
			text := csv(rows...)
			for range 2 {
				o.later(time.Minute)
				if _, err := o.Import(ctx, feeder, textFile(text).InBatchesOf(10), register.Options{GoOn: true}); err != nil {
					t.Fatal(err)
				}
				if got := o.entry("000000000001").Pending; got != c.pending {
					t.Fatalf("pending %v, want %v", got, c.pending)
				}
			}
		})
	}
}

func TestALicenceIsFoundByItsDocumentWhereTheFileNumberCannotBeRead(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil), person(2, nil)))
	o.file(csv(person(1, row{"DABH": "00000000000I", "ZT": "F"})))
	if !o.entry("000000000001").Pending || o.entry("000000000002").Pending {
		t.Error("the mark is missing, or stands at another licence")
	}
}

func TestAnUnknownLetterCountsAsOtherAndIsToBeVerified(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	r := o.file(csv(person(1, row{"ZT": "AQ"}), person(2, nil)))
	if r.Applied != 2 || r.Refused != 0 || len(r.Refusals) != 1 || r.Refusals[0].Code != register.ErrStatusUnknown.Code {
		t.Errorf("%+v", r)
	}
	e := o.entry("000000000001")
	if state := e.State(o.now); state.Worst != licence.Other || state.Use != licence.Hidden || !e.Pending {
		t.Errorf("%+v, pending %v", state, e.Pending)
	}
	o.file(csv(person(1, row{"ZT": "A"})))
	if e := o.entry("000000000001"); e.Pending || !e.Usable(o.now) {
		t.Error("a known letter did not settle it")
	}
}

func TestALineAboutSomebodyElseIsRefused(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	other := person(2, row{"XM": "王海明"})
	other["DABH"] = "000000000001"
	if r := o.file(csv(other)); r.Refused != 1 || r.Refusals[0].Code != register.ErrOtherPerson.Code {
		t.Fatalf("%+v", r)
	}
	if e := o.entry("000000000001"); e.Licence.Name != "林知夏" || !e.Pending {
		t.Errorf("%s, pending %v", e.Licence.Name, e.Pending)
	}
	number := person(1, row{"SFZMHM": person(2, nil)["SFZMHM"], "XM": "林知秋"}) // both may change
	number["SFZMHM"] = strings.Replace(person(1, nil)["SFZMHM"], "000000", "110000", 1)
	number["SFZMHM"] = checked(number["SFZMHM"][:17])
	if r := o.file(csv(number)); r.Applied != 1 {
		t.Errorf("a new number and name: %v", refusals(r))
	}
}

func TestARegistrarResolvesWithAReason(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	bad := csv(person(1, row{"YXQZ": "x"}))
	o.file(bad)
	id := o.entry("000000000001").PendingID
	if err := o.Resolve(ctx, registrar("fang"), id, " "); !errors.Is(err, register.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	if err := o.Resolve(ctx, registrar("fang"), id, "来源系统录入有误，与纸质档案第3页核对无误"); err != nil {
		t.Fatal(err)
	}
	if e := o.entry("000000000001"); e.Pending || !e.Usable(o.now) {
		t.Error("still to be verified")
	}
	if err := o.Resolve(ctx, registrar("fang"), id, "再来一次"); !errors.Is(err, register.ErrResolved) {
		t.Errorf("twice: %v", err)
	}
	if o.file(bad); o.entry("000000000001").Pending {
		t.Error("the same file marked it again")
	}
}

func TestOverOneInAHundredStopsBeforeAnythingIsApplied(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		file := func(refused int) string {
			var rows []row
			for i := range 200 {
				r := person(i+1, nil)
				if i >= 200-refused {
					r["YXQZ"] = "x"
				}
				rows = append(rows, r)
			}
			return csv(rows...)
		}
		r, err := o.try(file(3), register.Options{})
		if !errors.Is(err, register.ErrManyRefused) || r.Applied != 0 || r.Refused != 3 || len(r.Refusals) != 3 {
			t.Fatalf("%+v %v", r, err)
		}
		storetest.View(t, db, func(tx *store.Tx) error {
			if _, err := tx.LicenceByFile(ctx, "000000000001"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("something was applied: %v", err)
			}
			return nil
		})
		if r, err := o.try(file(2), register.Options{}); err != nil || r.Applied != 198 {
			t.Errorf("one in a hundred: %+v %v", r, err)
		}
		if r, err := o.try(file(3), register.Options{GoOn: true}); err != nil || r.Refused != 3 {
			t.Errorf("told to go on: %+v %v", r, err)
		}

		runs, err := o.Runs(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, run := range runs {
			got = append(got, fmt.Sprintf("%s %d/%d/%d/%d", run.Status, run.Lines, run.Applied, run.Unchanged, run.Refused))
		}
		if diff := cmp.Diff([]string{"done 200/0/197/3", "done 200/198/0/2", "stopped 200/0/0/3"}, got); diff != "" {
			t.Error(diff)
		}
		_, refused, err := o.Run(ctx, runs[2].ID)
		if err != nil || len(refused) != 3 || refused[0].Line != 199 || refused[0].Field != "valid_to" {
			t.Errorf("%+v %v", refused, err)
		}
	})
}

func TestAnImportThatWasCutShortIsFinishedByRunningItAgain(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	var rows []row
	for i := range 60 {
		rows = append(rows, person(i+1, nil))
	}
	f := textFile(csv(rows...)).InBatchesOf(20)
	stopped := errors.New("the power went")
	run := o.InTx
	n := 0
	o.InTx = func(c ctxType, do func(register.Tx) error) error {
		if n++; n == 3 { // the first begins the run, then batches
			return stopped
		}
		return run(c, do)
	}
	o.later(time.Minute)
	r, err := o.Import(ctx, feeder, f, register.Options{})
	if !errors.Is(err, stopped) || r.Applied != 20 {
		t.Fatalf("%+v %v", r, err)
	}
	o.InTx = run
	o.later(time.Minute)
	if r, err = o.Import(ctx, feeder, f, register.Options{}); err != nil || r.Applied != 40 || r.Unchanged != 20 {
		t.Errorf("%+v %v", r, err)
	}
}
