package consent_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

var ctx = context.Background()

func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

func operator(d *desktest.Desk) audit.Actor {
	return audit.Actor{Kind: audit.ByOperator, ID: d.OperatorID}
}

func driver(d *desktest.Driver) audit.Actor {
	return audit.Actor{Kind: audit.ByDriver, ID: d.LicenceID}
}

var needed = []relyingparty.Field{"usable", "class_covers"}

func TestADriverAnswersFromAfarWithTheFieldsTheyChose(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Rental, "rental"), w.Driver("holder:1", nil)
		r, token := desk.Request(consent.Once, "rental")
		page, err := w.Consents.Open(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		want := []consent.Item{{"usable", true}, {"photo", false}, {"class_covers", true}, {"valid_until", false}}
		if diff := cmp.Diff(want, page.Items); diff != "" || page.Record.Party != desk.Party.Name || page.Record.Case.Why != "入职前核对" {
			t.Errorf("the driver sees %+v\n%s", page.Record, diff)
		}
		if !slices.Contains(page.Unseen, "number") || slices.Contains(page.Unseen, "photo") {
			t.Errorf("named as not seen: %v", page.Unseen)
		}
		given, err := d.Consent(token, "usable", "class_covers", "valid_until")
		if err != nil {
			t.Fatal(err)
		}
		followed, err := w.Consents.Follow(ctx, desk.OperatorID, r.ID)
		if err != nil || followed.StatusAt(w.Now()) != consent.Given || followed.Check != given.Check {
			t.Fatalf("%+v, %v", followed, err)
		}
		c, err := w.Checks.One(ctx, desk.Asker(), followed.Check)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]relyingparty.Field{"usable", "class_covers", "valid_until"}, c.Record.Given); diff != "" || c.Record.Answer.Person != nil {
			t.Errorf("given (-want +got):\n%s%+v", diff, c.Record.Answer.Person)
		}
		if c.Outcome != verification.Usable || c.Way != relyingparty.ByConsent || c.Record.Answer.Line.ZH != "驾驶人已同意·可驾本车·覆盖还车日" || c.Record.Consent.Confirmed != account.BySMS {
			t.Errorf("%s %s by %s, %+v", c.Outcome, c.Record.Answer.Line.ZH, c.Way, c.Record.Consent)
		}
		if list, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 5); err != nil || len(list) != 1 || list[0].Number != c.Number {
			t.Errorf("the driver's list: %+v, %v", list, err)
		}
	})
}

// One answer: afterwards, too late, cancelled or refused there is none.
func TestARequestIsAnsweredOnceAndInTime(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Rental, "rental"), w.Driver("holder:1", nil)
		for name, spoil := range map[string]func(r *consent.Request, token string) error{
			"answered": func(_ *consent.Request, token string) error { _, err := d.Consent(token, needed...); return err },
			"out of time": func(*consent.Request, string) error {
				w.Wait(30 * time.Minute)
				return nil
			},
			"cancelled": func(r *consent.Request, _ string) error { return w.Consents.Cancel(ctx, operator(desk), r.ID) },
			"refused":   func(_ *consent.Request, token string) error { return w.Consents.Refuse(ctx, driver(d), token) },
		} {
			t.Run(name, func(t *testing.T) {
				r, token := desk.Request(consent.Once, "rental")
				if err := spoil(r, token); err != nil {
					t.Fatal(err)
				}
				if _, err := d.Consent(token, needed...); !errors.Is(err, consent.ErrOver) {
					t.Errorf("answered: %v", err)
				}
				if err := w.Consents.Refuse(ctx, driver(d), token); !errors.Is(err, consent.ErrOver) {
					t.Errorf("refused: %v", err)
				}
			})
		}
		_, token := desk.Request(consent.Once, "rental")
		w.Wait(29 * time.Minute) // the control
		if _, err := d.Consent(token, needed...); err != nil {
			t.Error(err)
		}
	})
}

func TestAConsentNeedsItsRequestThePhonesKeyAndTheChoiceItSigned(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d, other := w.Desk(relyingparty.Rental, "rental"), w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		_, token := desk.Request(consent.Once, "rental")
		_, second := desk.Request(consent.Once, "rental")
		say := func(change func(*verification.Decision)) error {
			yes := d.Yes(token, needed...)
			change(&yes)
			_, err := w.Checks.Consent(ctx, d.Holder(), yes)
			return err
		}
		for name, c := range map[string]struct {
			change func(*verification.Decision)
			want   error
		}{
			"another phone's signature":  {func(y *verification.Decision) { y.Signature = other.Yes(token, needed...).Signature }, account.ErrProof},
			"another request's":          {func(y *verification.Decision) { y.Signature = d.Yes(second, needed...).Signature }, account.ErrProof},
			"a field that was not shown": {func(y *verification.Decision) { y.Fields = append(y.Fields, "photo") }, account.ErrProof},
			"no signature":               {func(y *verification.Decision) { y.Signature = nil }, account.ErrProof},
			"an unknown token":           {func(y *verification.Decision) { y.Token = "x" }, consent.ErrNoRequest},
			"less than is required":      {func(y *verification.Decision) { *y = d.Yes(token, "usable") }, consent.ErrFields},
			"more than is asked":         {func(y *verification.Decision) { *y = d.Yes(token, "usable", "class_covers", "address") }, consent.ErrFields},
			"a field twice":              {func(y *verification.Decision) { *y = d.Yes(token, "usable", "class_covers", "usable") }, consent.ErrFields},
		} {
			if err := say(c.change); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		holder := d.Holder()
		holder.DeviceID = other.DeviceID
		if _, err := w.Checks.Consent(ctx, holder, other.Yes(token, needed...)); !errors.Is(err, account.ErrProof) {
			t.Errorf("another driver's phone: %v", err)
		}
		if err := say(func(*verification.Decision) {}); err != nil {
			t.Errorf("the control: %v", err)
		}
	})
}

func TestOfManyAnswersToOneRequestOneIsGiven(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Rental, "rental")
		drivers := []*desktest.Driver{w.Driver("holder:1", nil), w.Driver("holder:2", nil)}
		_, token := desk.Request(consent.Once, "rental")
		var given atomic.Int32
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if _, err := drivers[i%2].Consent(token, needed...); err == nil {
					given.Add(1)
				}
			})
		}
		all.Wait()
		list, err := w.Checks.Shift(ctx, desk.Asker(), time.Time{})
		if given.Load() != 1 || len(list) != 1 || err != nil {
			t.Errorf("%d consents, %d answers, %v", given.Load(), len(list), err)
		}
	})
}

// By number a transport company learns of drivers who consented, and cannot
// tell one who did not from nobody at all.
func TestByNumberNeedsAConsentInForce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		number, name := string(d.Licence.Document.Number), string(d.Licence.Name)
		unknown := "00000019700101000" + string(identity.CheckDigit("00000019700101000"))
		alike := func(when string) {
			t.Helper()
			_, nobody := desk.LookUp("transport", unknown, name)
			_, silent := desk.LookUp("transport", number, name)
			if !errors.Is(silent, verification.ErrNobody) || !reflect.DeepEqual(fault.Of(nobody), fault.Of(silent)) || nobody.Error() != silent.Error() {
				t.Errorf("%s: unknown %v, no consent %v", when, nobody, silent)
			}
		}
		finds := func() {
			t.Helper()
			if c, err := desk.LookUp("transport", number, name); err != nil || c.Outcome != verification.Usable {
				t.Errorf("%+v, %v", c, err)
			}
		}
		standing := func() *consent.Standing {
			t.Helper()
			list, err := w.Consents.WithParty(ctx, desk.Party.ID, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatalf("the party has %d consents, %v", len(list), err)
			}
			return list[0]
		}
		alike("before")
		d.Authorise(desk, "transport")
		finds()
		other := w.Desk(relyingparty.Transport, "transport")
		if _, err := other.LookUp("transport", number, name); !errors.Is(err, verification.ErrNobody) {
			t.Errorf("another company: %v", err)
		}
		if s := standing(); s.Grant.Holder == name || s.Grant.Case.Why != "入职前核对" {
			t.Errorf("the party sees %+v", s.Grant)
		}

		id := standing().ID
		stranger := w.Driver("holder:2", nil)
		if err := w.Consents.Withdraw(ctx, driver(stranger), stranger.LicenceID, id); fault.Of(err) == nil {
			t.Error("a stranger withdrew it")
		}
		finds()
		if err := w.Consents.Withdraw(ctx, driver(d), d.LicenceID, id); err != nil {
			t.Fatal(err)
		}
		alike("withdrawn")
		w.Wait(time.Second)
		d.Authorise(desk, "transport") // may be given again
		finds()
		ended := standing().ID
		w.Events()
		if err := w.Consents.End(ctx, operator(desk), desk.Party.ID, ended); err != nil {
			t.Fatal(err)
		}
		if told := w.Events(); len(told) != 2 || told[0].Name != "consent" || told[1].Name != "message" || told[1].LicenceID != d.LicenceID {
			t.Errorf("the driver's page was told %+v", told)
		}
		alike("ended by the party")
		list, err := w.Consents.OfDriver(ctx, d.LicenceID)
		if err != nil || len(list) != 2 || list[0].EndedBy != consent.ByParty || list[1].EndedBy != consent.ByDriver {
			t.Errorf("the driver sees %+v, %v", list, err)
		}
		d.Authorise(desk, "transport")
		if err := w.Drivers.EndAccount(ctx, d.LicenceID); err != nil {
			t.Fatal(err)
		}
		alike("the account ended")
	})
}

// A claim names the policy that the consent was given for.
func TestAClaimNeedsThePolicysConsent(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Insurer, "claim"), w.Driver("holder:1", nil)
		d.Authorise(desk, "claim") // for the policy BD-1
		w.Wait(time.Hour)
		for policy, want := range map[string]error{"BD-1": nil, "BD-2": verification.ErrNobody} {
			q := desk.Question("claim", "")
			q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, string(d.Licence.Document.Number), string(d.Licence.Name), "理赔"
			q.CaseNumber, q.PolicyNumber, q.VehicleClass, q.AccidentAt = "LP-1", policy, "C1", w.Now().Add(-time.Minute)
			if _, err := w.Checks.Check(ctx, desk.Asker(), q); !errors.Is(err, want) {
				t.Errorf("policy %s: %v, want %v", policy, err, want)
			}
		}
	})
}

func TestTheSameConsentIsInForceOnce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		d.Authorise(desk, "transport")
		_, token := desk.Request(consent.Lasting, "transport")
		if _, err := d.Consent(token, "usable", "photo", "class_covers", "class_since", "expiry", "points_full", "changes"); !errors.Is(err, consent.ErrHave) {
			t.Errorf("a second one: %v", err)
		}
	})
}

func TestWhoMayNotAskByNumberMayNotAskToBeLet(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for kind, scenario := range map[relyingparty.Kind]relyingparty.ScenarioID{"rental": "rental", "insurer": "underwriting", "police": "police"} {
			desk := w.Desk(kind, scenario)
			_, _, err := w.Checks.Ask(ctx, desk.Asker(), consent.Lasting, consent.Case{Why: "核对"}, scenario)
			if !errors.Is(err, consent.ErrKind) {
				t.Errorf("%s: %v", scenario, err)
			}
		}
		desk := w.Desk(relyingparty.Transport, "transport")
		if _, _, err := w.Checks.Ask(ctx, desk.Asker(), consent.Lasting, consent.Case{}, "transport"); !errors.Is(err, consent.ErrWhy) {
			t.Errorf("without a reason: %v", err)
		}
	})
}

func TestARequestOfASuspendedPartyIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Rental, "rental"), w.Driver("holder:1", nil)
		_, token := desk.Request(consent.Once, "rental")
		if _, err := w.Parties.Suspend(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Consents.Open(ctx, token); !errors.Is(err, consent.ErrOver) {
			t.Errorf("opened: %v", err)
		}
		if _, err := d.Consent(token, needed...); !errors.Is(err, consent.ErrOver) {
			t.Errorf("consented: %v", err)
		}
		if _, err := w.Parties.Resume(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Consent(token, needed...); err != nil {
			t.Errorf("the control: %v", err)
		}
	})
}
