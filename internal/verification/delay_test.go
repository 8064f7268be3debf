package verification_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

var security = audit.Actor{Kind: audit.ByStaff, ID: "security", Role: "security"}

// purpose is one in force.
func purpose(t *testing.T, w *desktest.World, days int) *verification.Purpose {
	t.Helper()
	p, err := w.Delays.Propose(ctx, security, "专案侦查", "《中华人民共和国刑事诉讼法》第一百五十二条", days)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Delays.Decide(ctx, auditor, p.ID, true); err != nil {
		t.Fatal(err)
	}
	return p
}

// covert is a look-up for a purpose.
func covert(w *desktest.World, desk *desktest.Desk, d *desktest.Driver, purposeID string) (*verification.Check, error) {
	q := desk.Question("police", "")
	q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, string(d.Licence.Document.Number), string(d.Licence.Name), "核实身份"
	q.CaseNumber, q.Purpose = "ZA-1", purposeID
	return w.Checks.Check(ctx, desk.Asker(), q)
}

func seen(t *testing.T, w *desktest.World, d *desktest.Driver, before string) (numbers []string) {
	t.Helper()
	list, err := w.Checks.OfDriver(ctx, d.LicenceID, before, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		numbers = append(numbers, c.Number)
	}
	return numbers
}

// Until its day nothing shows the driver a delayed look-up: no list, page,
// receipt, event or message, and no cursor. Then it stands where it belongs,
// with its true time and why it comes late.
func TestADelayedLookUpIsHiddenUntilItsDayAndThenSeen(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		p := purpose(t, w, 30)
		first, err := desk.Ask("police", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		w.Wait(time.Minute)
		w.Events()
		c, err := covert(w, desk, d, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if told := w.Events(); len(told) > 0 {
			t.Errorf("the phone was told %+v", told)
		}
		w.Wait(time.Minute)
		last, err := desk.Ask("police", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		hidden := func(when string) {
			t.Helper()
			if got := seen(t, w, d, ""); !slices.Equal(got, []string{last.Number, first.Number}) {
				t.Errorf("%s the driver sees %v", when, got)
			}
			if got := seen(t, w, d, last.Number); !slices.Equal(got, []string{first.Number}) {
				t.Errorf("%s, older than the last: %v", when, got)
			}
			if got := seen(t, w, d, c.Number); len(got) > 0 {
				t.Errorf("%s the hidden number is a cursor: %v", when, got)
			}
			if _, err := w.Checks.OneOfDriver(ctx, d.LicenceID, c.Number); fault.Of(err) == nil || fault.Of(err).Code != "not_found" {
				t.Errorf("%s its page: %v", when, err)
			}
			if _, err := w.Checks.Confirm(ctx, "address", c.Number, c.Record.ReceiptKey); fault.Of(err) == nil || fault.Of(err).Code != "not_found" {
				t.Errorf("%s its receipt: %v", when, err)
			}
		}
		hidden("at once")
		if own, err := w.Checks.One(ctx, desk.Asker(), c.Number); err != nil || own.Record.Answer.Word != c.Record.Answer.Word {
			t.Errorf("the officer's own: %v", err)
		}
		row := entries(t, w, verification.ActNumber)[0]
		if row.Object != c.Number || row.Case != "ZA-1" || row.Detail["basis"] != p.Basis || row.Detail["visible_at"] != c.At.Add(30*24*time.Hour).UTC().Format(time.RFC3339) {
			t.Errorf("the auditor sees %+v", row)
		}
		if o, err := w.Delays.Overview(ctx); err != nil || len(o.Hidden) != 1 || o.Hidden[0].Number != c.Number {
			t.Errorf("the auditor's list: %+v, %v", o, err)
		}

		w.Wait(c.VisibleAt.Sub(w.Now()) - time.Second)
		hidden("a second before")
		w.Wait(time.Second)
		if got := seen(t, w, d, ""); !slices.Equal(got, []string{last.Number, c.Number, first.Number}) {
			t.Errorf("on its day the driver sees %v", got)
		}
		shown, err := w.Checks.OneOfDriver(ctx, d.LicenceID, c.Number)
		if err != nil || !shown.At.Equal(c.At) || shown.Record.Delay.Say().ZH != "延迟30天公开，依据："+p.Basis {
			t.Errorf("its page is %+v, %v", shown, err)
		}
		if _, err := w.Checks.Confirm(ctx, "address", c.Number, c.Record.ReceiptKey); err != nil {
			t.Errorf("its receipt: %v", err)
		}
	})
}

// Each beside the control of the test above.
func TestADelayNeedsThePoliceANumberACaseAndAPurposeInForce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		officer, window, d := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Window, "window"), w.Driver("holder:1", nil)
		p := purpose(t, w, 180)
		proposed, err := w.Delays.Propose(ctx, security, "布控", "依据", 7)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(desk *desktest.Desk, scenario relyingparty.ScenarioID, change func(*verification.Question)) error {
			w.Wait(time.Second)
			q := desk.Question(scenario, "")
			q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, string(d.Licence.Document.Number), string(d.Licence.Name), "核实身份"
			q.CaseNumber, q.Purpose = "ZA-1", p.ID
			change(&q)
			_, err := w.Checks.Check(ctx, desk.Asker(), q)
			return err
		}
		for name, c := range map[string]struct {
			want error
			err  error
		}{
			"without a case":      {verification.ErrCase, ask(officer, "police", func(q *verification.Question) { q.CaseNumber = "" })},
			"by code":             {verification.ErrFieldNotAllowed, ask(officer, "police", func(q *verification.Question) { q.Way, q.Number, q.Name, q.Code = "code", "", "", d.Code(0) })},
			"at a window":         {verification.ErrFieldNotAllowed, ask(window, "window", func(*verification.Question) {})},
			"an unknown purpose":  {verification.ErrPurpose, ask(officer, "police", func(q *verification.Question) { q.Purpose = "none" })},
			"one not yet decided": {verification.ErrPurpose, ask(officer, "police", func(q *verification.Question) { q.Purpose = proposed.ID })},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", name, c.err, c.want)
			}
		}
		if _, err := w.Bulk.Start(ctx, officer.Asker(), verification.Question{Scenario: "police", Reason: "核实", CaseNumber: "ZA-1", Purpose: p.ID}, strings.NewReader("number,name\n"+line(d))); !errors.Is(err, verification.ErrFieldNotAllowed) {
			t.Errorf("in bulk: %v", err)
		}
		if got := seen(t, w, d, ""); len(got) > 0 {
			t.Errorf("what was refused is kept: %v", got)
		}
		if list, err := w.Delays.ForDesk(ctx, officer.Asker()); err != nil || len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("the officer may choose %+v, %v", list, err)
		}
		if list, err := w.Delays.ForDesk(ctx, window.Asker()); err != nil || len(list) > 0 {
			t.Errorf("the window may choose %+v, %v", list, err)
		}
		if err := w.Delays.End(ctx, auditor, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := ask(officer, "police", func(*verification.Question) {}); !errors.Is(err, verification.ErrPurpose) {
			t.Errorf("a purpose that ended: %v", err)
		}
	})
}

// Two persons decide, for a purpose and for more days, and both are in the log.
func TestADelayIsDecidedByTwoPersons(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		for days, want := range map[int]error{0: verification.ErrDelayDays, -1: verification.ErrDelayDays, 181: verification.ErrDelayDays, 180: nil} {
			if _, err := w.Delays.Propose(ctx, security, "侦查", "依据", days); !errors.Is(err, want) {
				t.Errorf("%d days: %v", days, err)
			}
		}
		if _, err := w.Delays.Propose(ctx, security, "侦查", " ", 7); !errors.Is(err, verification.ErrDelayBasis) {
			t.Errorf("without a basis: %v", err)
		}
		own, err := w.Delays.Propose(ctx, security, "侦查", "依据", 7)
		if err != nil {
			t.Fatal(err)
		}
		turned := audit.Actor{Kind: audit.ByStaff, ID: security.ID, Role: "audit"} // the same person in another post
		if err := w.Delays.Decide(ctx, turned, own.ID, true); !errors.Is(err, verification.ErrSamePerson) {
			t.Errorf("one's own: %v", err)
		}
		err = w.DB.Update(ctx, func(tx *store.Tx) error { // nor past the workflow
			p, err := tx.DelayPurpose(ctx, own.ID)
			if err != nil {
				return err
			}
			p.Status, p.DecidedBy, p.DecidedAt = verification.InForce, security.ID, w.Now()
			return tx.SavePurpose(ctx, p)
		})
		if err == nil {
			t.Error("the table took one's own decision")
		}
		if err := w.Delays.Decide(ctx, auditor, own.ID, false); err != nil {
			t.Fatal(err)
		}
		if err := w.Delays.Decide(ctx, auditor, own.ID, true); !errors.Is(err, verification.ErrDelayDecided) {
			t.Errorf("decided again: %v", err)
		}

		p := purpose(t, w, 10)
		c, err := covert(w, desk, d, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		more, err := w.Delays.Extend(ctx, security, c.Number, "案件尚未侦结", 180)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Delays.Extend(ctx, security, c.Number, "案件尚未侦结", 5); !errors.Is(err, verification.ErrDelayPending) {
			t.Errorf("a second: %v", err)
		}
		if err := w.Delays.DecideExtension(ctx, turned, more.ID, true); !errors.Is(err, verification.ErrSamePerson) {
			t.Errorf("one's own extension: %v", err)
		}
		if err := w.Delays.DecideExtension(ctx, auditor, more.ID, true); err != nil {
			t.Fatal(err)
		}
		w.Wait(189 * 24 * time.Hour)
		if got := seen(t, w, d, ""); len(got) > 0 {
			t.Errorf("in the extension the driver sees %v", got)
		}
		w.Wait(24 * time.Hour)
		shown, err := w.Checks.OneOfDriver(ctx, d.LicenceID, c.Number)
		if err != nil || shown.Record.Delay.Days != 190 || shown.Record.Delay.Basis != p.Basis+"；案件尚未侦结" {
			t.Errorf("after it the driver sees %+v, %v", shown, err)
		}
		if _, err := w.Delays.Extend(ctx, security, c.Number, "再延", 5); !errors.Is(err, verification.ErrDelayShown) {
			t.Errorf("taken back: %v", err)
		}
		for _, action := range []audit.Action{verification.ActExtensionPropose, verification.ActExtensionApprove} {
			if log := entries(t, w, action); len(log) != 1 || log[0].Object != c.Number || log[0].Subject != d.LicenceID {
				t.Errorf("the log of %s has %+v", action, log)
			}
		}
		if a, b := entries(t, w, verification.ActExtensionPropose)[0], entries(t, w, verification.ActExtensionApprove)[0]; a.Actor.ID == b.Actor.ID {
			t.Error("one person did both")
		}

		// what is approved too late is not taken back either
		c2, err := covert(w, desk, d, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		late, err := w.Delays.Extend(ctx, security, c2.Number, "再延", 5)
		if err != nil {
			t.Fatal(err)
		}
		w.Wait(10 * 24 * time.Hour)
		if err := w.Delays.DecideExtension(ctx, auditor, late.ID, true); !errors.Is(err, verification.ErrDelayShown) {
			t.Errorf("approved too late: %v", err)
		}
	})
}

// S60 whole: each look-up that an officer should not make is refused or before
// the auditor at once, in the entry that commits with it, and in the citizen's
// log when its day has come: at once, or with a purpose after its days.
func TestS60AnInsidersLookUpIsBlockedOrFlaggedAndSeenByTheCitizen(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		named := func(name string) func(*licence.Licence) {
			return func(l *licence.Licence) { l.Name = identity.Name(name) }
		}
		desk := w.Desk(relyingparty.Police, "police") // the operator is 沈望舒
		self, relative, known := w.Driver("holder:1", named("沈望舒")), w.Driver("holder:2", named("沈知夏")), w.Driver("holder:3", named("周知夏"))
		stranger := w.Bare("status:H", named("林晓舟"))
		watches := &verification.Watches{InTx: store.In[verification.WatchTx](w.DB), Read: store.Read[verification.WatchTx](w.DB), Now: w.Now}
		if err := watches.Add(ctx, auditor, known.LicenceID, "知名人士"); err != nil {
			t.Fatal(err)
		}
		const days = 7
		p := purpose(t, w, days)
		for _, c := range []struct {
			name  string
			d     *desktest.Driver
			flags string
		}{{"oneself", self, "self"}, {"a relative", relative, "same_surname"}, {"a watched person", known, "watched"}, {"a stranger", stranger, ""}} {
			for _, purposeID := range []string{"", p.ID} {
				w.Wait(time.Second)
				check, err := covert(w, desk, c.d, purposeID)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				row := entries(t, w, verification.ActNumber)[0]
				if row.Object != check.Number || row.Detail["flags"] != c.flags || row.Flagged != (c.flags != "") || row.At.After(w.Now()) {
					t.Errorf("%s, purpose %q: the auditor sees %+v", c.name, purposeID, row)
				}
				if got := seen(t, w, c.d, ""); slices.Contains(got, check.Number) != (purposeID == "") {
					t.Errorf("%s, purpose %q: the citizen sees %v", c.name, purposeID, got)
				}
			}
		}
		q := desk.Question("police", "")
		q.Way, q.Number, q.Name = relyingparty.ByNumber, string(self.Licence.Document.Number), string(self.Licence.Name)
		if _, err := w.Checks.Check(ctx, desk.Asker(), q); !errors.Is(err, verification.ErrReason) {
			t.Errorf("without a reason: %v", err)
		}
		q.Reason, q.Purpose, q.CaseNumber = "核实身份", p.ID, ""
		if _, err := w.Checks.Check(ctx, desk.Asker(), q); !errors.Is(err, verification.ErrCase) {
			t.Errorf("delayed, without a case: %v", err)
		}

		if err := w.Parties.SetHours(ctx, desktest.Staff, desk.OperatorID, offHours(w.Now())); err != nil {
			t.Fatal(err)
		}
		w.Wait(time.Second)
		off, err := covert(w, desk, stranger, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if row := entries(t, w, verification.ActNumber)[0]; row.Object != off.Number || row.Detail["flags"] != "off_shift" {
			t.Errorf("off shift: %+v", row)
		}

		w.Limiter.Rates[verification.LimitLookup] = account.Rate{Burst: 30, Every: 18 * time.Second} // 200 an hour, as in service
		made := 0
		for range 40 {
			if _, err := covert(w, desk, stranger, p.ID); err == nil {
				made++
			} else if !errors.Is(err, account.ErrLimited) {
				t.Fatal(err)
			}
		}
		if log := entries(t, w, verification.ActBurst); made != 30 || len(log) == 0 || !log[0].Flagged || log[0].Actor.ID != desk.OperatorID {
			t.Errorf("%d look-ups in a moment; the auditor sees %+v", made, log)
		}

		w.Wait(days * 24 * time.Hour)
		for _, d := range []*desktest.Driver{self, relative, known} {
			if got := seen(t, w, d, ""); len(got) != 2 {
				t.Errorf("when its day came %s sees %v", d.Licence.Name, got)
			}
		}
		if got := seen(t, w, stranger, ""); len(got) != 2+1+30 {
			t.Errorf("the stranger sees %d", len(got))
		}
	})
}

// offHours are an operator's hours that do not hold now.
func offHours(now time.Time) string {
	h := now.In(civil.Shanghai).Hour()
	clock := func(h int) string { return time.Date(2026, 1, 1, (h+24)%24, 0, 0, 0, time.UTC).Format("15:04") }
	return clock(h+2) + "-" + clock(h+4)
}

// Two persons at once decide once.
func TestAPurposeIsDecidedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		p, err := w.Delays.Propose(ctx, security, "侦查", "依据", 7)
		if err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 2)
		for _, yes := range []bool{true, false} {
			go func() { results <- w.Delays.Decide(ctx, auditor, p.ID, yes) }()
		}
		a, b := <-results, <-results
		if (a == nil) == (b == nil) {
			t.Errorf("both: %v, %v", a, b)
		}
		storetest.View(t, w.DB, func(tx *store.Tx) error { _, err := tx.DelayPurpose(ctx, p.ID); return err })
	})
}
