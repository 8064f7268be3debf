package detention_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/detention"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

var (
	ctx   = context.Background()
	clerk = audit.Actor{Kind: audit.ByStaff, ID: "clerk", Role: "window"}
)

func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

// order is what an officer decides; each has a certificate of its own.
func order() detention.Order {
	id := desktest.NewRequest()
	return detention.Order{RequestID: id, Ground: detention.Drink, Place: "滨河路望海街口东80米", Voucher: "京 0000 " + id[:8], Paper: detention.Collected}
}

// checked is an officer's check of the driver, just made.
func checked(t *testing.T, desk *desktest.Desk, d *desktest.Driver) *verification.Check {
	t.Helper()
	c, err := desk.Ask("police", d.Code(0))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func detain(t *testing.T, w *desktest.World, desk *desktest.Desk, d *desktest.Driver) *detention.Detention {
	t.Helper()
	w.Wait(time.Second)
	made, err := w.Detentions.Detain(ctx, desk.Asker(), checked(t, desk, d).Number, order())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func state(t *testing.T, w *desktest.World, d *desktest.Driver) (s licence.State) {
	t.Helper()
	storetest.View(t, w.DB, func(tx *store.Tx) error {
		entry, err := tx.LicenceByID(ctx, d.LicenceID)
		if err == nil {
			s = entry.State(w.Now())
		}
		return err
	})
	return s
}

func entries(t *testing.T, w *desktest.World, action audit.Action) (list []*audit.Row) {
	t.Helper()
	storetest.View(t, w.DB, func(tx *store.Tx) error {
		all, err := tx.AuditEntries(ctx, audit.Query{Limit: 1000})
		for _, row := range all {
			if row.Action == action {
				list = append(list, row)
			}
		}
		return err
	})
	return list
}

func inbox(t *testing.T, w *desktest.World, d *desktest.Driver) []notification.Message {
	t.Helper()
	box := notification.Inbox{Read: store.Read[notification.InboxTx](w.DB), Now: w.Now}
	list, _, err := box.Page(ctx, d.LicenceID, "", 20)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// From the officer's decision to the office's: the licence carries U for
// whoever looks, the driver is told twice, and both deeds are in the log.
func TestADetentionHoldsAtOnceAndUntilTheOfficeLiftsIt(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer, firm, d := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Rental, "rental"), w.Driver("holder:1", nil)
		w.Events()
		made := detain(t, w, officer, d)

		if s := state(t, w, d); s.Worst != licence.Detained || s.Use != licence.NotUsable || s.Causes[0].Source != licence.FromMeasure || s.Since() != made.DueOn().AddDays(-15) {
			t.Errorf("the licence is %+v", s)
		}
		if made.DueOn().String() != "2026-10-24" || !made.DueAt.Equal(made.DueOn().End()) {
			t.Errorf("due on %s at %s", made.DueOn(), made.DueAt)
		}
		w.Wait(time.Second)
		again := checked(t, officer, d)
		if a := again.Record.Answer; again.Outcome != verification.NotUsable || len(a.Causes) == 0 || a.Causes[0].Letter != licence.Detained || !a.Paper.Collect {
			t.Errorf("an officer sees %+v", a)
		}
		w.Wait(time.Second)
		rented, err := firm.Ask("rental", d.Code(0))
		if err != nil || rented.Outcome != verification.NotUsable || len(rented.Record.Answer.Causes) > 0 || !strings.Contains(rented.Record.Answer.Reason.ZH, "扣留") {
			t.Errorf("a rental firm sees %+v, %v", rented, err)
		}
		var told int
		for _, e := range w.Events() {
			if e.Name == "state" && e.LicenceID == d.LicenceID {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the phone was told %d times", told)
		}
		list := inbox(t, w, d)
		if len(list) != 1 || !strings.Contains(list[0].Body.ZH, "2026年10月24日 24:00前") || list[0].Link != "#/detention/"+made.Number {
			t.Errorf("the inbox has %+v", list)
		}

		w.Wait(time.Hour)
		w.Events()
		if err := w.Detentions.Lift(ctx, clerk, made.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		if s := state(t, w, d); s.Use != licence.Usable {
			t.Errorf("after it was lifted the licence is %+v", s)
		}
		if c := checked(t, officer, d); c.Outcome != verification.Usable {
			t.Errorf("an officer sees %+v", c.Record.Answer)
		}
		if e := w.Events(); len(e) == 0 || e[0].Name != "state" {
			t.Errorf("the phone was told %+v", e)
		}
		if list := inbox(t, w, d); len(list) != 2 || list[0].Title.ZH != "驾驶证扣留已解除" {
			t.Errorf("the inbox has %+v", list)
		}
		if err := w.Detentions.Lift(ctx, clerk, made.Number, "已接受处理", "AJ-1"); !errors.Is(err, detention.ErrLifted) {
			t.Errorf("lifted again: %v", err)
		}
		for _, action := range []audit.Action{detention.ActDetain, detention.ActLift} {
			if log := entries(t, w, action); len(log) != 1 || log[0].Subject != d.LicenceID || log[0].Object != made.Number {
				t.Errorf("the log of %s has %+v", action, log)
			}
		}
	})
}

// The register neither ends nor doubles a detention, and a claim sees it as of
// the accident's time.
func TestTheRegisterNeitherEndsNorDoublesADetention(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer, d := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		made := detain(t, w, officer, d)
		w.Wait(time.Hour)

		d.Status("H") // a line that does not know of it
		if s := state(t, w, d); s.Worst != licence.Detained || s.Status() != "HU" {
			t.Errorf("after a line without U the licence is %+v", s)
		}
		if m := inbox(t, w, d)[0]; !strings.Contains(m.Title.ZH, "扣留、违法未处理") || !strings.Contains(m.Body.ZH, "原状态：扣留") {
			t.Errorf("the driver was told %q %q", m.Title.ZH, m.Body.ZH)
		}
		d.Status("U") // a line that does
		if s := state(t, w, d); len(s.Causes) != 2 || s.Status() != "U" {
			t.Errorf("after a line with U the licence is %+v", s)
		}
		w.Wait(time.Second)
		if _, err := w.Detentions.Detain(ctx, officer.Asker(), checked(t, officer, d).Number, order()); !errors.Is(err, detention.ErrDetained) {
			t.Errorf("detained again: %v", err)
		}
		rows, err := w.Detentions.List(ctx, false)
		if err != nil || len(rows) != 1 || !rows[0].OnRegister {
			t.Errorf("the office sees %+v, %v", rows, err)
		}
		if err := w.Detentions.Lift(ctx, clerk, made.Number, "已处罚", "AJ-2"); err != nil {
			t.Fatal(err)
		}
		if s := state(t, w, d); s.Worst != licence.Detained || s.Causes[0].Source != licence.FromRegister {
			t.Errorf("lifted here, still on the register: %+v", s)
		}
		d.Status("A")
		if s := state(t, w, d); s.Use != licence.Usable {
			t.Errorf("the register's own U ended: %+v", s)
		}
	})
}

func TestAClaimSeesADetentionAsOfTheAccident(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer, insurer, d := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Insurer, "claim"), w.Driver("holder:1", nil)
		d.Authorise(insurer, "claim")
		before := w.Now()
		w.Wait(time.Hour)
		made := detain(t, w, officer, d)
		during := w.Now().Add(time.Hour)
		w.Wait(48 * time.Hour)
		if err := w.Detentions.Lift(ctx, clerk, made.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			at   time.Time
			want verification.Outcome
		}{"before": {before, verification.Usable}, "during": {during, verification.NotUsable}, "after": {w.Now(), verification.Usable}} {
			w.Wait(time.Second)
			q := insurer.Question("claim", "")
			q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, string(d.Licence.Document.Number), string(d.Licence.Name), "理赔"
			q.CaseNumber, q.PolicyNumber, q.VehicleClass, q.AccidentAt = "LP-1", "BD-1", "C1", c.at
			got, err := w.Checks.Check(ctx, insurer.Asker(), q)
			if err != nil || got.Outcome != c.want {
				t.Errorf("%s: %+v, %v, want %s", name, got, err, c.want)
			}
		}
	})
}

// Each attack beside the control that differs in nothing else.
func TestWhoMayDetainAfterWhichCheck(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer := w.Desk(relyingparty.Police, "police")
		colleague := w.DeskOf(officer.Party)
		firm := w.Desk(relyingparty.Rental, "rental")
		window := w.Desk(relyingparty.Window, "window")
		d := w.Driver("holder:1", nil)
		refused := func(name string, want error, by verification.Asker, check string, o detention.Order) {
			t.Helper()
			if got, err := w.Detentions.Detain(ctx, by, check, o); !errors.Is(err, want) || got != nil {
				t.Errorf("%s: %+v, %v, want %v", name, got, err, want)
			}
			if s := state(t, w, d); s.Has(licence.Detained) {
				t.Errorf("%s: the licence is detained", name)
			}
		}
		c := checked(t, officer, d).Number
		for name, change := range map[string]struct {
			want error
			of   func(*detention.Order)
		}{
			"no grounds":             {detention.ErrGround, func(o *detention.Order) { o.Ground = "speeding" }},
			"no place":               {detention.ErrPlace, func(o *detention.Order) { o.Place = " " }},
			"a place of two lines":   {detention.ErrPlace, func(o *detention.Order) { o.Place = "a\nb" }},
			"no certificate":         {detention.ErrVoucher, func(o *detention.Order) { o.Voucher = " 1 2 " }},
			"paper not said":         {detention.ErrPaper, func(o *detention.Order) { o.Paper = "" }},
			"a request without UUID": {verification.ErrRequestID, func(o *detention.Order) { o.RequestID = "1" }},
		} {
			o := order()
			change.of(&o)
			refused(name, change.want, officer.Asker(), c, o)
		}
		w.Wait(time.Second)
		rented, err := firm.Ask("rental", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		refused("a rental firm's operator", detention.ErrPoliceOnly, firm.Asker(), rented.Number, order())
		w.Wait(time.Second)
		seen, err := window.Ask("window", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		refused("a window", detention.ErrPoliceOnly, window.Asker(), seen.Number, order())
		if _, err := w.Detentions.Detain(ctx, colleague.Asker(), c, order()); fault.Of(err) == nil || fault.Of(err).Code != "not_found" {
			t.Errorf("a colleague's check: %v", err)
		}
		refused("another terminal", detention.ErrTerminal, verification.Asker{TerminalID: colleague.TerminalID, OperatorID: officer.OperatorID}, c, order())

		w.Wait(detention.Recent)
		refused("a check of over half an hour ago", detention.ErrStale, officer.Asker(), c, order())

		w.Wait(time.Second)
		c = checked(t, officer, d).Number
		if _, err := w.Parties.Suspend(ctx, desktest.Staff, officer.Party.ID); err != nil {
			t.Fatal(err)
		}
		refused("a party that was suspended", relyingparty.ErrPartySuspended, officer.Asker(), c, order())
		if _, err := w.Parties.Resume(ctx, desktest.Staff, officer.Party.ID); err != nil {
			t.Fatal(err)
		}

		w.Wait(detention.Recent - time.Minute) // the control: in time, the same officer and terminal
		o := order()
		made, err := w.Detentions.Detain(ctx, officer.Asker(), c, o)
		if err != nil {
			t.Fatal(err)
		}
		w.Wait(time.Hour) // repeated, even long afterwards, it is the same
		same, err := w.Detentions.Detain(ctx, officer.Asker(), c, o)
		if err != nil || cmp.Diff(made, same) != "" {
			t.Errorf("the same request again: %v\n%s", err, cmp.Diff(made, same))
		}
		o.Place = "别处"
		if _, err := w.Detentions.Detain(ctx, officer.Asker(), c, o); !errors.Is(err, verification.ErrRequestUsed) {
			t.Errorf("the request with another place: %v", err)
		}
		if err := w.Detentions.Lift(ctx, clerk, made.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		w.Wait(time.Second)
		twice := checked(t, officer, d)
		next := order()
		next.Voucher = strings.ReplaceAll(made.Record.Voucher, "00", "0 0")
		refused("a certificate used before", detention.ErrVoucherUse, officer.Asker(), twice.Number, next)
		if _, err := w.Detentions.Detain(ctx, officer.Asker(), c, order()); !errors.Is(err, detention.ErrStale) {
			t.Errorf("the check of then: %v", err)
		}
		second, err := w.Detentions.Detain(ctx, officer.Asker(), twice.Number, order())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Detentions.Lift(ctx, clerk, second.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		refused("a check that led to one", detention.ErrCheckUsed, officer.Asker(), twice.Number, order())

		gone := w.Driver("status:F", nil)
		if _, err := w.Detentions.Detain(ctx, officer.Asker(), checked(t, officer, gone).Number, order()); !errors.Is(err, detention.ErrGone) {
			t.Errorf("a licence that was revoked: %v", err)
		}
	})
}

// Of many detentions of one licence at once one is made.
func TestOfManyDetentionsAtOnceOneIsMade(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		first := w.Desk(relyingparty.Police, "police")
		d := w.Driver("holder:1", nil)
		type try struct {
			desk  *desktest.Desk
			check string
		}
		var tries []try
		for range 8 {
			desk := w.DeskOf(first.Party)
			w.Wait(time.Second)
			tries = append(tries, try{desk, checked(t, desk, d).Number})
		}
		var wg sync.WaitGroup
		results := make([]error, len(tries))
		for i, one := range tries {
			wg.Go(func() { _, results[i] = w.Detentions.Detain(ctx, one.desk.Asker(), one.check, order()) })
		}
		wg.Wait()
		made := 0
		for _, err := range results {
			switch {
			case err == nil:
				made++
			case !errors.Is(err, detention.ErrDetained):
				t.Errorf("another answer: %v", err)
			}
		}
		if made != 1 {
			t.Errorf("%d were made", made)
		}
		err := w.DB.Update(ctx, func(tx *store.Tx) error { // whatever a workflow does, the table holds one
			return tx.AddDetention(ctx, &detention.Detention{Number: "KL-1", LicenceID: d.LicenceID, CheckNumber: "HY-1", RequestID: "1", At: w.Now(), Record: detention.Record{Voucher: "1"}})
		})
		if !errors.Is(err, detention.ErrTaken) {
			t.Errorf("the table took another: %v", err)
		}
		if log := entries(t, w, detention.ActDetain); len(log) != 1 || len(inbox(t, w, d)) != 1 {
			t.Errorf("%d entries, %d messages", len(log), len(inbox(t, w, d)))
		}
	})
}

// The office lists what stands, the first due first, and says what is overdue
// from the end of the fifteenth day.
func TestTheTermPassedIsListedForTheOffice(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer := w.Desk(relyingparty.Police, "police")
		early := detain(t, w, officer, w.Driver("holder:1", nil))
		w.Wait(48 * time.Hour)
		late := detain(t, w, officer, w.Driver("holder:2", nil))
		w.Wait(early.DueAt.Sub(w.Now()) - time.Second)
		rows, err := w.Detentions.List(ctx, false)
		if err != nil || len(rows) != 2 || rows[0].Number != early.Number || rows[1].Number != late.Number || rows[0].Overdue(w.Now()) {
			t.Errorf("in the term: %+v, %v", rows, err)
		}
		w.Wait(time.Second)
		if rows, err = w.Detentions.List(ctx, false); err != nil || !rows[0].Overdue(w.Now()) || rows[1].Overdue(w.Now()) {
			t.Errorf("after it: %+v, %v", rows, err)
		}
		for _, bad := range [][2]string{{"", "AJ-1"}, {"已接受处理", " "}, {strings.Repeat("长", 101), "AJ-1"}} {
			if err := w.Detentions.Lift(ctx, clerk, early.Number, bad[0], bad[1]); !errors.Is(err, detention.ErrLiftReason) && !errors.Is(err, detention.ErrLiftCase) {
				t.Errorf("lifted with %q: %v", bad, err)
			}
		}
		if err := w.Detentions.Lift(ctx, clerk, early.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		lifted, err := w.Detentions.List(ctx, true)
		if err != nil || len(lifted) != 1 || lifted[0].Record.LiftCase != "AJ-1" || lifted[0].Overdue(w.Now()) {
			t.Errorf("lifted: %+v, %v", lifted, err)
		}
	})
}

// A receipt is confirmed by its key, and tells nobody else anything.
func TestAReceiptIsConfirmedByItsKey(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		made := detain(t, w, w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil))
		stranger := w.Driver("holder:2", nil)
		if d, err := w.Detentions.Confirm(ctx, "address", made.Number, made.Record.ReceiptKey); err != nil || d.Number != made.Number {
			t.Errorf("with the key: %+v, %v", d, err)
		}
		wrong := func(name string, err error) {
			t.Helper()
			if f := fault.Of(err); f == nil || f.Code != "not_found" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := w.Detentions.Confirm(ctx, "address", made.Number, "")
		wrong("without it", err)
		_, err = w.Detentions.Confirm(ctx, "address", "KL-261009-999999", made.Record.ReceiptKey)
		wrong("of none", err)
		_, err = w.Detentions.OneOf(ctx, stranger.LicenceID, made.Number)
		wrong("another driver's", err)
		if one, err := w.Detentions.OneOf(ctx, made.LicenceID, made.Number); err != nil || one.Number != made.Number {
			t.Errorf("one's own: %v", err)
		}
	})
}
