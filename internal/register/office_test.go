package register_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
)

func TestASearchNeedsAReasonAndOpensOnlyWhatItFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.file(csv(person(1, nil), person(2, row{"XM": "欧阳𠮷", "phone": "13900000001"})))
		one := o.entry("000000000001")
		for _, c := range []struct {
			by, value string
			found     int
		}{
			{"file", "0000 0000 0001", 1}, {"file", "000000000009", 0}, {"number", string(one.Licence.Document.Number), 1},
			{"phone", "139 0000 0001", 2}, {"name", "欧阳𠮷", 1}, {"name", "欧阳", 0},
		} {
			_, found, err := o.Search(ctx, registrar("fang"), c.by, c.value, "更正核对", "GZ-2026-0117")
			if err != nil || len(found) != c.found {
				t.Errorf("%s %q: %d found, %v", c.by, c.value, len(found), err)
			}
		}
		if _, _, err := o.Search(ctx, registrar("fang"), "file", "000000000001", "", ""); !errors.Is(err, register.ErrReason) {
			t.Errorf("without a reason: %v", err)
		}
		if _, _, err := o.Search(ctx, registrar("fang"), "address", "云水路", "x", ""); !errors.Is(err, register.ErrSearchBy) {
			t.Errorf("by address: %v", err)
		}

		l, _, err := o.Search(ctx, registrar("fang"), "file", "000000000001", "更正核对", "GZ-2026-0117")
		if err != nil {
			t.Fatal(err)
		}
		d, err := o.View(ctx, registrar("fang"), one.ID, l.ID)
		if err != nil || len(d.History) != 1 || d.Runs[d.History[0].Run] == nil {
			t.Errorf("%+v %v", d, err)
		}
		for name, try := range map[string]func() error{
			"somebody else's search":    func() error { _, err := o.View(ctx, registrar("tian"), one.ID, l.ID); return err },
			"a licence it did not find": func() error { _, err := o.View(ctx, registrar("fang"), o.entry("000000000002").ID, l.ID); return err },
			"no search":                 func() error { _, err := o.View(ctx, registrar("fang"), one.ID, "x"); return err },
			"the past without a search": func() error { _, _, err := o.ViewAt(ctx, registrar("fang"), one.ID, "x", o.now, o.now); return err },
			"a search of half an hour ago": func() error {
				o.later(31 * time.Minute)
				_, err := o.View(ctx, registrar("fang"), one.ID, l.ID)
				return err
			},
		} {
			if err := try(); !errors.Is(err, register.ErrLookup) {
				t.Errorf("%s: %v", name, err)
			}
			o.now = l.At
		}
	})
}

// actions lists the deeds in the audit log, with whose data they concern.
func (o *office) actions() []*audit.Row {
	o.t.Helper()
	var rows []*audit.Row
	storetest.View(o.t, o.db, func(tx *store.Tx) (err error) {
		rows, err = tx.AuditEntries(ctx, audit.Query{Limit: 100})
		return err
	})
	return rows
}

func TestEveryDeedIsInTheAuditLogInItsTransaction(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil), person(2, nil)))
	o.issue("000000000001")
	o.file(csv(person(1, row{"ZT": "D", "YXQZ": "2042-12-28"})))
	o.file(csv(person(2, row{"YXQZ": "x"})))
	if err := o.Resolve(ctx, registrar("fang"), o.entry("000000000002").PendingID, "核对无误"); err != nil {
		t.Fatal(err)
	}
	o.correct(o.entry("000000000001").ID, "2026-10-09", register.Wish{Field: "points", Value: "9"})
	l, _, err := o.Search(ctx, registrar("fang"), "file", "000000000001", "核对", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.View(ctx, registrar("fang"), o.entry("000000000001").ID, l.ID); err != nil {
		t.Fatal(err)
	}
	count := map[audit.Action]int{}
	for _, r := range o.actions() {
		count[r.Action]++
		if say, ok := register.AuditSentences[r.Action]; !ok || say.ZH == "" || say.EN == "" {
			t.Errorf("%s has no sentence", r.Action)
		}
		if r.Case != "" {
			t.Errorf("%s names the case %q, and nobody gave one", r.Action, r.Case)
		}
	}
	for action, want := range map[audit.Action]int{
		register.AuditImport: 3, register.AuditChange: 1, register.AuditInvalidate: 1, register.AuditPending: 1, register.AuditResolve: 1,
		register.AuditAsk: 1, register.AuditApprove: 1, register.AuditSearch: 1, register.AuditView: 1,
	} {
		if count[action] != want {
			t.Errorf("%s stands there %d times, want %d", action, count[action], want)
		}
	}
	o.file(csv(person(1, row{"ZT": "D", "YXQZ": "2042-12-28"})))
	if got := len(o.actions()); got != 11 {
		t.Errorf("a file that changes nothing left %d deeds, want 11", got)
	}
}

func TestTheFeedIsIdempotentInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		send := func(run, text string) *register.Report {
			t.Helper()
			o.later(time.Minute)
			r, err := o.Apply(ctx, feeder, run, "register", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		first, second := csv(person(1, nil)), csv(person(1, row{"ZT": "D"}))
		if r := send("r1", first); r.Applied != 1 || r.Run != "r1" {
			t.Errorf("%+v", r)
		}
		send("r2", second)
		if r := send("r1", first); r.Unchanged != 1 {
			t.Errorf("a retry out of order: %+v", r)
		}
		if got := o.entry("000000000001").Licence.Status; got != "D" {
			t.Errorf("status %s", got)
		}
		r := send("r3", csv(person(1, row{"LJJF": "x"}), person(2, nil)))
		if r.Refused != 1 || r.Applied != 1 || !o.entry("000000000001").Pending {
			t.Errorf("%+v", r)
		}
		if send("r3", csv(person(1, row{"LJJF": "x"}), person(2, nil))); len(o.pendings()) != 1 {
			t.Error("the same delivery marked it twice")
		}
		send("r4", second)
		if o.entry("000000000001").Pending {
			t.Error("a later good line did not settle it")
		}
		if _, err := o.Apply(ctx, feeder, "a name with spaces", "register", []byte(first)); !errors.Is(err, register.ErrRun) {
			t.Errorf("a name with spaces: %v", err)
		}
		if _, err := o.Apply(ctx, feeder, "r5", "register", []byte("DABH\n1\n")); !errors.Is(err, register.ErrColumnNeeded) {
			t.Errorf("columns missing: %v", err)
		}
		runs, err := o.Runs(ctx)
		if err != nil || len(runs) != 4 {
			t.Errorf("%d runs, %v", len(runs), err)
		}
	})
}

func (o *office) pendings() []register.PendingItem {
	o.t.Helper()
	list, err := o.OpenPending(ctx)
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

func TestSideBySideTheFeedAndAFileLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var rows []row
		for i := range 300 {
			rows = append(rows, person(i+1, nil))
		}
		text := csv(rows...)
		o := newOffice(t, db)
		o.Publish = nil
		errs := make(chan error)
		for _, run := range []string{"a", "b", "c", "c"} {
			go func() {
				_, err := o.Apply(ctx, feeder, run, "register", []byte(text))
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		for _, n := range []string{"000000000001", "000000000300"} {
			e := o.entry(licenceFile(n))
			storetest.View(t, db, func(tx *store.Tx) error {
				h, err := tx.LicenceHistories(ctx, []string{e.ID})
				if len(h[e.ID]) != 1 {
					t.Errorf("%s has %d versions", n, len(h[e.ID]))
				}
				return err
			})
		}
	})
}

func TestNoPersonalDataLiesOpenInTheDatabase(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(ctx, filepath.Join(dir, "edl.sqlite"), storetest.Vault(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o := newOffice(t, db)
	o.file(csv(person(1, nil), person(2, row{"YXQZ": "x"})))
	o.file(csv(person(1, row{"YXQZ": "x"})))
	o.correct(o.entry("000000000001").ID, "2026-10-09", register.Wish{Field: "phone", Value: "13900000099"})
	l := o.entry("000000000001").Licence
	var dump string
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		b, readErr := os.ReadFile(f)
		err = errors.Join(err, readErr)
		dump += string(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{string(l.Name), string(l.Document.Number), string(l.FileNumber), string(l.Phone), l.Address, "2016-12-28"} {
		if strings.Contains(dump, secret) {
			t.Errorf("%q lies open", secret)
		}
	}
	if !strings.Contains(dump, "register.csv") {
		t.Error("control: the dump is blind")
	}
}
