package verification_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/serial"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

// entries returns the audited deeds of an action, newest first.
func entries(t *testing.T, w *desktest.World, action audit.Action) (list []*audit.Row) {
	t.Helper()
	storetest.View(t, w.DB, func(tx *store.Tx) error {
		rows, err := tx.AuditEntries(ctx, audit.Query{Limit: 1000})
		for _, r := range rows {
			if r.Action == action {
				list = append(list, r)
			}
		}
		return err
	})
	return list
}

func TestALookUpByNumberIsAnsweredLoggedAndSeenByTheDriver(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		l := driver.Licence
		c := usable(t, func() (*verification.Check, error) {
			return desk.LookUp("police", strings.ToLower(string(l.Document.Number)), " "+string(l.Name)+" ")
		})
		if c.LicenceID != driver.LicenceID || c.Redemption != nil || c.Record.Answer.Line.ZH != "号码姓名一致·正常·已联网核查" {
			t.Errorf("%+v", c)
		}
		log := entries(t, w, verification.ActNumber)
		if len(log) != 1 || log[0].Subject != driver.LicenceID || log[0].Detail["reason"] != "未带手机" || log[0].Actor.ID != desk.OperatorID || log[0].Detail["operator"] != desk.Number {
			t.Errorf("the log has %+v", log)
		}
		list, err := w.Checks.OfDriver(ctx, driver.LicenceID, "", 10)
		if err != nil || len(list) != 1 || list[0].Number != c.Number || list[0].WayWords().ZH != "联网，按号码和姓名" {
			t.Errorf("the driver sees %+v, %v", list, err)
		}
		if told := w.Events(); len(told) != 1 || told[0].LicenceID != driver.LicenceID {
			t.Errorf("the phone was told %+v", told)
		}
	})
}

// S38: unknown, and known under another name, are one answer by one path.
func TestS38UnknownAndNotPermittedLookAlike(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		number := string(driver.Licence.Document.Number)
		unknown := "00000019700101000" + string(identity.CheckDigit("00000019700101000"))
		_, a := desk.LookUp("police", unknown, string(driver.Licence.Name))
		_, b := desk.LookUp("police", number, "林晓舟")
		if !errors.Is(a, verification.ErrNobody) || !reflect.DeepEqual(fault.Of(a), fault.Of(b)) || a.Error() != b.Error() {
			t.Errorf("unknown: %v; another name: %v", a, b)
		}
		log := entries(t, w, verification.ActMiss)
		if len(log) != 2 || log[0].Detail["reason"] != log[1].Detail["reason"] || log[0].Subject != log[1].Subject || strings.Contains(fmt.Sprint(log[0].Detail, log[1].Detail), number) {
			t.Errorf("the log tells them apart, or has the number: %+v", log)
		}
		list, err := w.Checks.OfDriver(ctx, driver.LicenceID, "", 10)
		if err != nil || len(list) > 0 {
			t.Errorf("the driver sees %d checks, %v", len(list), err)
		}
		usable(t, func() (*verification.Check, error) { return desk.LookUp("police", number, string(driver.Licence.Name)) })
	})
}

func TestASlipOfTheFingerIsToldFromSomebodyWhoIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, "police")
		for number, want := range map[string]error{
			"000000197001010009":   identity.ErrNumberChecksum,
			"00000019701301000X":   identity.ErrNumberDate,
			"林晓舟":                  identity.ErrNumberFormat,
			"1234":                 identity.ErrNumberLength,
			"' OR 1=1 --":          identity.ErrNumberFormat,
			"E00000099":            verification.ErrNobody,
			"":                     verification.ErrLookup,
			"\u202e00000019700101": identity.ErrNumberFormat,
		} {
			refuses(t, want, func() (*verification.Check, error) { return desk.LookUp("police", number, "林晓舟") })
		}
	})
}

// S39: whoever tries numbers in a row is stopped, and the auditor is told.
func TestS39EnumerationIsStoppedAndReported(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		w.Limiter.Rates[verification.LimitLookup] = account.Rate{Burst: 60, Every: time.Minute}
		w.Limiter.Rates[verification.LimitMiss] = account.Rate{Burst: 20, Every: 5 * time.Minute}
		w.Limiter.Rates[verification.LimitAlert] = account.Rate{Burst: 1, Every: 10 * time.Minute}
		first := -1
		for i := range 100 {
			head := fmt.Sprintf("00000019700101%03d", i)
			_, err := desk.LookUp("police", head+string(identity.CheckDigit(head)), "林晓舟")
			if errors.Is(err, account.ErrLimited) && first < 0 {
				first = i + 1
			}
			if first < 0 && !errors.Is(err, verification.ErrNobody) || first > 0 && !errors.Is(err, account.ErrLimited) {
				t.Fatalf("call %d: %v", i+1, err)
			}
		}
		if first != 21 {
			t.Errorf("stopped at call %d, want 21", first)
		}
		if alerts := entries(t, w, verification.ActBurst); len(alerts) != 1 || !alerts[0].Flagged || alerts[0].Actor.ID != desk.OperatorID {
			t.Errorf("the auditor is told %+v", alerts)
		}
		other := w.DeskOf(desk.Party) // another operator is not held up by it
		usable(t, func() (*verification.Check, error) {
			return other.LookUp("police", string(driver.Licence.Document.Number), string(driver.Licence.Name))
		})
	})
}

func TestARepeatedLookUpIsOneCheckAndAChangedOneIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		q := question(w, desk, driver, "police", relyingparty.ByNumber)
		ask := func() (*verification.Check, error) { return w.Checks.Check(ctx, desk.Asker(), q) }
		if a, b := usable(t, ask), usable(t, ask); a.Number != b.Number {
			t.Errorf("%s and %s", a.Number, b.Number)
		}
		q.Reason = "另一个事由"
		refuses(t, verification.ErrRequestUsed, ask)
	})
}

// S37: whoever or whatever is out of force gets nothing, from the next request on.
func TestASuspensionHoldsFromTheNextRequestOn(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", nil)
		for _, c := range []struct {
			name            string
			suspend, resume func(d *desktest.Desk) error
			want            error
		}{
			{"the party", func(d *desktest.Desk) error {
				_, err := w.Parties.Suspend(ctx, desktest.Staff, d.Party.ID)
				return err
			}, func(d *desktest.Desk) error {
				_, err := w.Parties.Resume(ctx, desktest.Staff, d.Party.ID)
				return err
			}, relyingparty.ErrPartySuspended},
			{"the terminal",
				func(d *desktest.Desk) error { return w.Parties.SuspendTerminal(ctx, desktest.Staff, d.TerminalID) },
				func(d *desktest.Desk) error { return w.Parties.ResumeTerminal(ctx, desktest.Staff, d.TerminalID) },
				relyingparty.ErrTerminalSuspended},
			{"the operator",
				func(d *desktest.Desk) error { return w.Parties.SuspendOperator(ctx, desktest.Staff, d.OperatorID) },
				func(d *desktest.Desk) error { return w.Parties.ResumeOperator(ctx, desktest.Staff, d.OperatorID) },
				relyingparty.ErrOperatorSuspended},
			{"the scenario",
				func(*desktest.Desk) error {
					_, err := w.Parties.Switch(ctx, desktest.Staff, "police", false)
					return err
				}, func(*desktest.Desk) error {
					_, err := w.Parties.Switch(ctx, desktest.Staff, "police", true)
					return err
				}, relyingparty.ErrScenario},
			{"the grant", func(d *desktest.Desk) error {
				_, err := w.Parties.Change(ctx, desktest.Staff, d.Party.ID, formOf(d.Party, nil))
				return err
			}, func(d *desktest.Desk) error {
				_, err := w.Parties.Change(ctx, desktest.Staff, d.Party.ID, formOf(d.Party, []relyingparty.ScenarioID{"police"}))
				return err
			}, relyingparty.ErrScenario},
		} {
			t.Run(c.name, func(t *testing.T) {
				desk := w.Desk(relyingparty.Police, "police")
				ask := func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) }
				usable(t, ask)
				if err := c.suspend(desk); err != nil {
					t.Fatal(err)
				}
				refuses(t, c.want, ask)
				if err := c.resume(desk); err != nil {
					t.Fatal(err)
				}
				usable(t, ask)
			})
		}
		strange := w.Desk(relyingparty.Police, "police").Asker()
		strange.TerminalID = w.Desk(relyingparty.Rental, "rental").TerminalID // another party's
		q := w.Desk(relyingparty.Police, "police").Question("police", driver.Code(0))
		refuses(t, relyingparty.ErrOperatorSuspended, func() (*verification.Check, error) { return w.Checks.Check(ctx, strange, q) })
	})
}

func formOf(p *relyingparty.Party, scenarios []relyingparty.ScenarioID) relyingparty.Form {
	return relyingparty.Form{Name: p.Name, Contact: p.Contact, Phone: p.Phone, USCC: p.USCC, Kind: p.Kind, Scenarios: scenarios}
}

// S35: another's check is not there, whoever knows its identifier.
func TestAnothersCheckIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver, stranger := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		other := w.DeskOf(desk.Party)
		c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
		for name, ask := range map[string]func(by verification.Asker, id string) error{
			"the answer": func(by verification.Asker, id string) error { _, err := w.Checks.One(ctx, by, id); return err },
			"the photo":  func(by verification.Asker, id string) error { _, err := w.Checks.Portrait(ctx, by, id); return err },
			"the match":  func(by verification.Asker, id string) error { return w.Checks.Match(ctx, by, id, true) },
		} {
			theirs, unknown := ask(other.Asker(), c.Number), ask(other.Asker(), "nothing")
			if fault.Of(theirs) == nil || fault.Of(theirs).Code != "not_found" || fault.Of(theirs).Say != fault.Of(unknown).Say {
				t.Errorf("%s: another's %v, unknown %v", name, theirs, unknown)
			}
			if err := ask(desk.Asker(), c.Number); err != nil {
				t.Errorf("%s: one's own %v", name, err)
			}
		}
		if _, err := w.Checks.OneOfDriver(ctx, stranger.LicenceID, c.Number); fault.Of(err) == nil || fault.Of(err).Code != "not_found" {
			t.Errorf("another driver reads the check: %v", err)
		}
		if _, err := w.Checks.OneOfDriver(ctx, driver.LicenceID, c.Number); err != nil {
			t.Error(err)
		}
		if list, err := w.Checks.Shift(ctx, other.Asker(), time.Time{}); err != nil || len(list) > 0 {
			t.Errorf("a colleague's shift has %d checks, %v", len(list), err)
		}
	})
}

func TestThePhotoIsGivenWhereTheScenarioHasItAndForTheShift(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", nil)
		rental, insurer := w.Desk(relyingparty.Rental, "rental"), w.Desk(relyingparty.Insurer, "underwriting")
		r := usable(t, func() (*verification.Check, error) { return rental.Ask("rental", driver.Code(0)) })
		u := usable(t, func() (*verification.Check, error) { return insurer.Ask("underwriting", driver.Code(0)) })
		if jpeg, err := w.Checks.Portrait(ctx, rental.Asker(), r.Number); err != nil || !slices.Equal(jpeg, desktest.JPEG) {
			t.Errorf("the rental's photo: %q, %v", jpeg, err)
		}
		if _, err := w.Checks.Portrait(ctx, insurer.Asker(), u.Number); fault.Of(err) == nil {
			t.Errorf("the insurer got a photo: %v", err)
		}
		w.Wait(24*time.Hour + time.Second)
		if _, err := w.Checks.Portrait(ctx, rental.Asker(), r.Number); fault.Of(err) == nil {
			t.Errorf("the photo is there a day later: %v", err)
		}
	})
}

func TestWhetherThePersonMatchesIsKeptCorrectedAndAudited(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
		for _, same := range []bool{false, true} {
			w.Wait(time.Second)
			if err := w.Checks.Match(ctx, desk.Asker(), c.Number, same); err != nil {
				t.Fatal(err)
			}
		}
		got, err := w.Checks.OneOfDriver(ctx, driver.LicenceID, c.Number)
		if err != nil || got.Match != verification.Same || !got.MatchedAt.Equal(w.Now()) {
			t.Errorf("%+v, %v", got, err)
		}
		log := entries(t, w, verification.ActMatch)
		if len(log) != 2 || log[0].Flagged || !log[1].Flagged {
			t.Errorf("the log has %+v", log)
		}
	})
}

func TestAReceiptHoldsNoMoreThanWasShownAndOpensToItsKeyAlone(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		rental := w.Desk(relyingparty.Rental, "rental")
		l := driver.Licence
		c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
		text := fmt.Sprint(c.Receipt())
		for _, v := range []string{string(l.Name), string(l.Document.Number), l.Address, string(l.FileNumber), l.BirthDate.String()} {
			if strings.Contains(text, v) {
				t.Errorf("the receipt holds %q: %s", v, text)
			}
		}
		r := usable(t, func() (*verification.Check, error) { return rental.Ask("rental", driver.Code(0)) })
		want := []verification.Line{
			{Label: r.Record.Answer.Answers[0].Question, Value: lang.T("是", "yes")},
			{Label: r.Record.Answer.Answers[1].Question, Value: lang.T("是", "yes")},
		}
		if diff := cmp.Diff(want, r.Receipt()[:2]); diff != "" || len(r.Receipt()) != 6 {
			t.Errorf("%s%+v", diff, r.Receipt())
		}
		number, key, _ := strings.Cut(strings.TrimPrefix(c.ConfirmPath(), "/verify/#/receipt/"), "?k=")
		if got, err := w.Checks.Confirm(ctx, "address", number, key); err != nil || got.Number != c.Number {
			t.Errorf("with its key: %v", err)
		}
		_, wrong := w.Checks.Confirm(ctx, "address", number, r.Record.ReceiptKey)
		_, empty := w.Checks.Confirm(ctx, "address", number, "")
		_, unknown := w.Checks.Confirm(ctx, "address", "HY-261009-999999", key)
		for _, err := range []error{wrong, empty, unknown} {
			if fault.Of(err) == nil || fault.Of(err).Code != "not_found" || err.Error() != unknown.Error() {
				t.Errorf("confirmed without its key: %v", err)
			}
		}
	})
}

func TestNumbersOfADayFollowOneAnotherAndNeverRepeat(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		second := &verification.Service{InTx: w.Checks.InTx, Read: w.Checks.Read, Ahead: w.Checks.Ahead, Now: w.Now, Allow: w.Checks.Allow, Profile: w.Checks.Profile, Numbers: serial.NewPool(w.DB.TakeNumbers)}
		var got []string
		for _, service := range []*verification.Service{w.Checks, w.Checks, second} {
			c, err := service.Check(ctx, desk.Asker(), desk.Question("police", driver.Code(0)))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Number)
		}
		w.Wait(24 * time.Hour)
		c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
		got = append(got, c.Number)
		want := []string{"HY-261009-000001", "HY-261009-000002", "HY-261009-000004", "HY-261010-000001"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestADriversListGoesBackPageByPage(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		var want []string
		for range 5 {
			w.Wait(time.Second)
			c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
			want = append([]string{c.Number}, want...)
		}
		var got []string
		for before := ""; ; {
			page, err := w.Checks.OfDriver(ctx, driver.LicenceID, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, c := range page {
				got = append(got, c.Number)
			}
			before = page[len(page)-1].Number
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
