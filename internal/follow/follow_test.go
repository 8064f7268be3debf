package follow_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/detention"
	"edl/internal/follow"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
	"edl/internal/verification"
)

var ctx = context.Background()

// status brings another version a second after the one before: since when one
// holds is told to the second.
func status(w *desktest.World, d *desktest.Driver, letters licence.Status) {
	w.Wait(time.Second)
	d.Status(letters)
}

func change(w *desktest.World, d *desktest.Driver, f func(*licence.Licence)) {
	w.Wait(time.Second)
	d.Change(f)
}

func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

// followed is a transport company that follows a driver.
func followed(w *desktest.World, change func(*licence.Licence)) (*desktest.Desk, *desktest.Driver) {
	desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", change)
	d.Authorise(desk, "transport")
	return desk, d
}

func driver(d *desktest.Driver) audit.Actor {
	return audit.Actor{Kind: audit.ByDriver, ID: d.LicenceID}
}

func work(t *testing.T, s *follow.Service) {
	t.Helper()
	if err := s.Work(ctx); err != nil {
		t.Fatal(err)
	}
}

// told are the states that a party was told, oldest first.
func told(t *testing.T, w *desktest.World, desk *desktest.Desk) (states []follow.State) {
	t.Helper()
	for _, n := range notices(t, w, desk) {
		states = append(states, n.State)
	}
	return states
}

func notices(t *testing.T, w *desktest.World, desk *desktest.Desk) (list []*follow.Notice) {
	t.Helper()
	err := w.DB.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.NoticesOf(ctx, desk.Party.ID, time.Time{}, w.Now().AddDate(100, 0, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func expect(t *testing.T, w *desktest.World, desk *desktest.Desk, want ...follow.State) {
	t.Helper()
	if diff := cmp.Diff(want, told(t, w, desk)); diff != "" {
		t.Errorf("the party was told (-want +got):\n%s", diff)
	}
}

// A company hears of each change once, however many servers look, and never why.
func TestAPartyIsToldOnceOfEachChangeAndNeverWhy(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, func(l *licence.Licence) { l.ValidTo = civil.D(2029, 5, 20) })
		servers := []*follow.Service{w.Follow, w.AnotherFollow(), w.AnotherFollow()}
		look := func() {
			t.Helper()
			w.Wait(time.Second)
			var all sync.WaitGroup
			for range 2 {
				for _, s := range servers {
					all.Go(func() { work(t, s) })
				}
			}
			all.Wait()
		}
		look()
		expect(t, w, desk, follow.Usable)
		status(w, d, "D")
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		status(w, d, "BDJ") // worse, and the same to a third party
		look()
		status(w, d, "A")
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
		change(w, d, func(l *licence.Licence) { l.Points = 3 })
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
		pending(t, w, d)
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable)
		change(w, d, func(l *licence.Licence) { l.Points = 4 })
		look()
		d.Invalidate() // the electronic licence alone
		look()
		want := []follow.State{follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable}
		expect(t, w, desk, want...)

		checks, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 50)
		if err != nil || len(checks) != len(want) {
			t.Fatalf("the driver sees %d checks, %v", len(checks), err)
		}
		for i, n := range notices(t, w, desk) {
			c := checks[len(checks)-1-i]
			given := []relyingparty.Field{"usable", "class_covers"}
			if n.State != follow.Usable {
				given = given[:1]
			}
			if n.Check != c.Number || !c.Record.Told || c.Record.Party != desk.Party.Name || !slices.Equal(c.Record.Given, given) {
				t.Errorf("notice %d (%s): check %s %s gave %v", i, n.State, c.Number, c.Record.Party, c.Record.Given)
			}
			if c.Record.Answer.Person != nil || len(c.Record.Answer.Facts) > 0 || len(c.Record.Answer.Causes) > 0 {
				t.Errorf("notice %d gives %+v", i, c.Record.Answer)
			}
		}
	})
}

// pending brings a line that the register cannot take: 信息待核实.
func pending(t *testing.T, w *desktest.World, d *desktest.Driver) {
	t.Helper()
	line, err := register.Write(d.Licence, "", w.Now())
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.ReplaceAll(string(line), d.Licence.ValidTo.String(), "2026-13-45")
	if r, err := registertest.Service(w.DB, w.Now).Apply(ctx, desktest.Staff, "bad", "bad", []byte(bad)); err != nil || r.Refused != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAPartyIsToldThatTheClassNoLongerCoversItsVehicle(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil) // asks about a C1
		work(t, w.Follow)
		held := d.Licence.Classes
		// a change of class also ends the electronic licence, which is applied for again
		change(w, d, func(l *licence.Licence) { l.Classes = []licence.ClassRecord{{Class: "C2", Since: civil.D(2015, 1, 1)}} })
		work(t, w.Follow)
		w.Wait(time.Second)
		d.Reissue()
		work(t, w.Follow)
		change(w, d, func(l *licence.Licence) { l.Classes = held })
		w.Wait(time.Second)
		d.Reissue()
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.NotForThis, follow.Usable)
	})
}

// What an officer does at the roadside is heard of as what the register brings.
func TestADetentionIsAChange(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		work(t, w.Follow)
		police := w.Desk(relyingparty.Police, "police")
		w.Wait(time.Second)
		check, err := police.Ask("police", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		made, err := w.Detentions.Detain(ctx, police.Asker(), check.Number, detention.Order{
			RequestID: desktest.NewRequest(), Ground: detention.Drink, Place: "滨河路望海街口", Voucher: "京 0000 1", Paper: detention.Collected,
		})
		if err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		w.Wait(time.Second)
		if err := w.Detentions.Lift(ctx, desktest.Staff, made.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
	})
}

// Time alone ends a licence: validity at 24:00 of its last day, an extension
// at the end of its own. Nothing is touched, and the next look finds it.
func TestThePassingOfTimeIsNoticed(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		today := civil.Of(w.Now())
		for name, change := range map[string]func(*licence.Licence){
			"validity":        func(l *licence.Licence) { l.ValidTo = today },
			"medical check":   func(l *licence.Licence) { l.Status, l.ExtensionUntil = "P", today },
			"deferred review": func(l *licence.Licence) { l.Status, l.ExtensionUntil = "AT", today },
		} {
			t.Run(name, func(t *testing.T) {
				w := desktest.Open(t, storetest.SQLite(t))
				desk, _ := followed(w, change)
				work(t, w.Follow)
				w.Wait(today.End().Sub(w.Now()) - time.Second)
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable)
				w.Wait(time.Second)
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable, follow.NotUsable)
				w.Wait(365 * 24 * time.Hour) // M, R, G: nothing new to a third party
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable, follow.NotUsable)
			})
		}
	})
}

var errPlug = errors.New("the plug was pulled")

// A server that stops before its commit leaves nothing; the next tells once.
func TestAServerThatStopsTellsNothingHalf(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		work(t, w.Follow)
		receiver(t, w, desk, &phone{})
		status(w, d, "D")
		cut := w.AnotherFollow()
		cut.InTx = func(ctx context.Context, f func(follow.Tx) error) error {
			return w.Follow.InTx(ctx, func(tx follow.Tx) error { return errors.Join(f(tx), errPlug) })
		}
		for range 3 {
			if err := cut.Work(ctx); !errors.Is(err, errPlug) {
				t.Fatal(err)
			}
		}
		expect(t, w, desk, follow.Usable)
		if checks, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 9); err != nil || len(checks) != 1 {
			t.Errorf("%d checks, %v", len(checks), err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		if _, waiting, err := w.Follow.ReceiverOf(ctx, desk.Party.ID); err != nil || waiting != 1 {
			t.Errorf("%d events wait, %v", waiting, err)
		}
	})
}

// Once the consent ended, by whomever, no server tells anything, not even what
// waited.
func TestAfterAConsentEndedNothingMoreIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for name, end := range map[string]func(*desktest.Desk, *desktest.Driver, string) error{
			"withdrawn": func(_ *desktest.Desk, d *desktest.Driver, id string) error {
				return w.Consents.Withdraw(ctx, driver(d), d.LicenceID, id)
			},
			"ended by the party": func(desk *desktest.Desk, _ *desktest.Driver, id string) error {
				return w.Consents.End(ctx, audit.Actor{Kind: audit.ByOperator, ID: desk.OperatorID}, desk.Party.ID, id)
			},
			"the account ended": func(_ *desktest.Desk, d *desktest.Driver, _ string) error {
				return w.Drivers.EndAccount(ctx, d.LicenceID)
			},
		} {
			t.Run(name, func(t *testing.T) {
				desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver(map[string]string{"withdrawn": "holder:1", "ended by the party": "holder:2", "the account ended": "holder:3"}[name], nil)
				d.Authorise(desk, "transport")
				work(t, w.Follow)
				p := &phone{}
				receiver(t, w, desk, p)
				status(w, d, "D")
				work(t, w.Follow) // told on the page, and waits in the outbox
				list, err := w.Consents.OfDriver(ctx, d.LicenceID)
				if err != nil {
					t.Fatal(err)
				}
				// another server has read what is due, and is about to send it
				slow := w.AnotherFollow()
				slow.Send = p.take
				ended := false
				slow.InTx = func(ctx context.Context, f func(follow.Tx) error) error {
					if !ended {
						ended = true
						if err := end(desk, d, list[0].ID); err != nil {
							t.Fatal(err)
						}
					}
					return w.Follow.InTx(ctx, f)
				}
				if n, err := slow.Deliver(ctx); err != nil || n != 0 || !ended {
					t.Errorf("%d events left, %v", n, err)
				}
				status(w, d, "A")
				for _, s := range []*follow.Service{w.Follow, w.AnotherFollow()} {
					s.Send = p.take
					w.Wait(time.Minute)
					work(t, s)
					if n, err := s.Deliver(ctx); err != nil || n != 0 {
						t.Errorf("%d events left, %v", n, err)
					}
				}
				expect(t, w, desk)
				if len(p.got) != 0 {
					t.Errorf("the party's system was told %s", p.got)
				}
				if page, err := w.Follow.List(ctx, desk.Asker(), follow.All, ""); err != nil || page.Total != 0 {
					t.Errorf("%+v, %v", page, err)
				}
				if _, waiting, err := w.Follow.ReceiverOf(ctx, desk.Party.ID); err != nil || waiting != 0 {
					t.Errorf("%d events wait, %v", waiting, err)
				}
				if err := w.Follow.DropReceiver(ctx, desktest.Staff, desk.Party.ID); err != nil {
					t.Fatal(err)
				}
				if name == "the account ended" { // and with it the phone
					return
				}
				d.Authorise(desk, "transport") // the control: given again, it begins again
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable)
			})
		}
	})
}

// A party that is suspended, or has lost the scenario, is told nothing until
// it is back; then it hears how things stand.
func TestWhoMayNotAskIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		work(t, w.Follow)
		p := &phone{}
		receiver(t, w, desk, p)
		if _, err := w.Parties.Suspend(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		status(w, d, "D")
		w.Wait(time.Hour)
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable)
		if _, err := w.Parties.Resume(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		if _, err := w.Parties.Suspend(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := w.Follow.Deliver(ctx); err != nil || n != 0 {
			t.Errorf("a suspended party's system was told: %d, %v", n, err)
		}
		if _, err := w.Parties.Resume(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Parties.Switch(ctx, desktest.Staff, "transport", false); err != nil {
			t.Fatal(err)
		}
		status(w, d, "A")
		work(t, w.Follow)
		if _, err := w.Parties.Switch(ctx, desktest.Staff, "transport", true); err != nil {
			t.Fatal(err)
		}
		w.Wait(10 * time.Minute)
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
	})
}

// A consent that was given before drivers were asked about this does not cover it.
func TestAConsentWithoutChangesLetsNobodyFollow(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		err := w.DB.Update(ctx, func(tx *store.Tx) error {
			return tx.AddStanding(ctx, &consent.Standing{ID: uid.New(w.Now()), LicenceID: d.LicenceID, PartyID: desk.Party.ID, Scenario: "transport", GivenAt: w.Now(),
				Grant: consent.Grant{Fields: []relyingparty.Field{"usable", "class_covers"}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk)
		if c, err := desk.LookUp("transport", string(d.Licence.Document.Number), string(d.Licence.Name)); err != nil || c.Outcome != verification.Usable {
			t.Errorf("the control: %+v, %v", c, err)
		}
	})
}

func TestOnlyTheScenarioThatFollowsAsksForIt(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for scenario, want := range map[relyingparty.ScenarioID]bool{"transport": true, "claim": false} {
			kind := map[relyingparty.ScenarioID]relyingparty.Kind{"transport": relyingparty.Transport, "claim": relyingparty.Insurer}[scenario]
			_, token := w.Desk(kind, scenario).Request(consent.Lasting, scenario)
			page, err := w.Consents.Open(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Contains(page.Items, consent.Item{Field: relyingparty.Changes, Required: true}); got != want {
				t.Errorf("%s: asked for changes: %v", scenario, got)
			}
		}
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		_, token := desk.Request(consent.Lasting, "transport")
		if _, err := d.Consent(token, "usable", "photo", "class_covers", "class_since", "expiry", "points_full"); !errors.Is(err, consent.ErrFields) {
			t.Errorf("consented without what was asked: %v", err)
		}
		_, token = desk.Request(consent.Once, "transport")
		if page, err := w.Consents.Open(ctx, token); err != nil || slices.ContainsFunc(page.Items, func(it consent.Item) bool { return it.Field == relyingparty.Changes }) {
			t.Errorf("one answer asks for changes: %v", err)
		}
	})
}

func TestThePageShowsFirstWhatIsToBeDone(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, first := followed(w, nil)
		other, second := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:2", nil)
		second.Authorise(desk, "transport")
		work(t, w.Follow)
		page := func(f follow.Filter, text string) *follow.List {
			t.Helper()
			list, err := w.Follow.List(ctx, desk.Asker(), f, text)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if p := page(follow.All, ""); p.Total != 2 || p.Stopped != 0 || p.New != 0 {
			t.Errorf("%+v", p)
		}
		status(w, second, "D")
		status(w, first, "B")
		work(t, w.Follow)
		w.Wait(time.Second)
		status(w, first, "A")
		work(t, w.Follow)
		p := page(follow.All, "")
		if p.Stopped != 1 || p.New != 2 || p.Drivers[0].LicenceID != second.LicenceID {
			t.Errorf("%+v", p)
		}
		id := p.Drivers[0].ID
		if err := w.Follow.Acknowledge(ctx, other.Asker(), id); !errors.Is(err, follow.ErrNothing) {
			t.Errorf("another party acknowledged: %v", err)
		}
		for range 2 {
			if err := w.Follow.Acknowledge(ctx, desk.Asker(), id); err != nil {
				t.Fatal(err)
			}
		}
		if p := page(follow.New, ""); p.Matches != 1 || p.New != 1 || p.Drivers[0].LicenceID != first.LicenceID {
			t.Errorf("%+v", p)
		}
		if p := page(follow.Stopped, ""); p.Matches != 1 || p.Drivers[0].Notice.AcknowledgedBy != desk.Number {
			t.Errorf("%+v", p)
		}
		if p := page(follow.All, second.Licence.Name.Masked()); p.Matches != 1 || p.Total != 2 {
			t.Errorf("%+v", p)
		}
		if p, err := w.Follow.List(ctx, other.Asker(), follow.All, ""); err != nil || p.Total != 0 {
			t.Errorf("another party sees %+v, %v", p, err)
		}
		if list, err := w.Follow.OfDriver(ctx, second.LicenceID); err != nil || len(list) != 1 || list[0].State() != follow.NotUsable {
			t.Errorf("the driver sees %+v, %v", list, err)
		}
	})
}

func TestTheFileHoldsTheDayAndTheStateAndNoFormula(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		r, token, err := w.Checks.Ask(ctx, desk.Asker(), consent.Lasting, consent.Case{Why: "=1+1", Reference: "@SUM(A1)", VehicleClass: "C1"}, "transport")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Consent(token, "usable", "photo", "class_covers", "class_since", "expiry", "points_full", "changes"); err != nil {
			t.Fatal(err, r.ID)
		}
		work(t, w.Follow)
		w.Wait(24 * time.Hour)
		status(w, d, "D")
		work(t, w.Follow)
		text, err := w.Follow.File(ctx, desk.Asker(), civil.Of(w.Now()))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 3 || rows[1][0] != "当日变化" || rows[2][0] != "现状" || rows[2][5] != "当前不能使用" || rows[1][7] != "可以使用" {
			t.Errorf("%q", rows)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
					t.Errorf("a formula: %q", cell)
				}
			}
		}
		if strings.Contains(string(text), "暂扣") {
			t.Error("the file says why")
		}
	})
}

// phone is a party's own system, as far as a test needs it.
type phone struct {
	mu     sync.Mutex // guards what follows
	got    []string   // identifier and body
	refuse *notification.HookError
}

func (p *phone) take(_ context.Context, to notification.Receiver, id string, body []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return p.refuse
	}
	p.got = append(p.got, id+" "+string(body))
	return nil
}

func receiver(t *testing.T, w *desktest.World, desk *desktest.Desk, p *phone) {
	t.Helper()
	w.Follow.Send = p.take
	secret, err := w.Follow.SetReceiver(ctx, desktest.Staff, desk.Party.ID, "https://receiver.example.org/hook?k=1")
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%q, %v", secret, err)
	}
}

func deliver(t *testing.T, s *follow.Service, want int) {
	t.Helper()
	if n, err := s.Deliver(ctx); err != nil || n != want {
		t.Fatalf("%d events were taken, want %d: %v", n, want, err)
	}
}

// Events go in their order, again with the same identifier until they are
// taken, each once.
func TestAReceiverIsToldInOrderUntilItTakesIt(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		p := &phone{}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		deliver(t, w.Follow, 1)
		deliver(t, w.Follow, 0)

		p.refuse = &notification.HookError{Failure: notification.HookStatus, Status: 503}
		for _, letters := range []licence.Status{"D", "A"} {
			status(w, d, letters)
			work(t, w.Follow)
		}
		deliver(t, w.Follow, 0)
		if r, waiting, err := w.Follow.ReceiverOf(ctx, desk.Party.ID); err != nil || r.Failure != "status 503" || r.FailingSince.IsZero() || waiting != 2 {
			t.Fatalf("%+v, %d wait, %v", r, waiting, err)
		}
		p.refuse = nil
		deliver(t, w.Follow, 0) // not at once
		w.Wait(5 * time.Second)
		var all sync.WaitGroup
		for _, s := range []*follow.Service{w.Follow, w.AnotherFollow(), w.AnotherFollow()} {
			s.Send = p.take
			all.Go(func() { s.Deliver(ctx) })
		}
		all.Wait()
		w.Follow.Deliver(ctx)
		var want, got []string
		for _, n := range notices(t, w, desk) {
			want = append(want, n.ID)
			if n.SentAt.IsZero() || n.Waits {
				t.Errorf("the page says that %s was not sent", n.ID)
			}
		}
		for _, line := range p.got {
			got = append(got, line[:26])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it was told (-want +got):\n%s", diff)
		}
		var e follow.Event
		if err := json.Unmarshal([]byte(p.got[1][27:]), &e); err != nil {
			t.Fatal(err)
		}
		n := notices(t, w, desk)[1]
		wanted := follow.Event{Type: "qualification.changed", Timestamp: n.At.In(civil.Shanghai).Format(time.RFC3339), Data: follow.EventData{
			Followed: n.FollowedID, Holder: d.Licence.Name.Masked(), Scenario: "transport", Before: "usable", State: "not_usable",
			Word: follow.NotUsable.Words(), Check: n.Check}}
		if diff := cmp.Diff(wanted, e); diff != "" {
			t.Errorf("the event (-want +got):\n%s", diff)
		}
		for _, secret := range []string{string(d.Licence.Name), string(d.Licence.Document.Number), string(d.Licence.FileNumber), "暂扣", "suspended", `"D"`} {
			if strings.Contains(fmt.Sprint(p.got), secret) {
				t.Errorf("the events hold %s", secret)
			}
		}
	})
}

// A server that is killed between sending and recording sends again, the same.
func TestAnEventWhoseRecordWasLostIsSentAgainTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, _ := followed(w, nil)
		p := &phone{}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		cut := w.AnotherFollow()
		cut.Send = p.take
		deeds := 0
		cut.InTx = func(ctx context.Context, f func(follow.Tx) error) error {
			if deeds++; deeds > 1 {
				return errPlug
			}
			return w.Follow.InTx(ctx, f)
		}
		if _, err := cut.Deliver(ctx); !errors.Is(err, errPlug) {
			t.Fatal(err)
		}
		deliver(t, w.Follow, 0) // it is in hand
		w.Wait(time.Minute)
		deliver(t, w.Follow, 1)
		if len(p.got) != 2 || p.got[0] != p.got[1] {
			t.Errorf("it was sent as %q", p.got)
		}
	})
}

// After five days of failing a receiver is left alone; the auditor sees it,
// the page says it, and nothing is lost: set anew, it hears everything.
func TestAReceiverThatFailsForDaysIsStoppedAndLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		p := &phone{refuse: &notification.HookError{Failure: notification.HookTime}}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		tries := 0
		w.Follow.Send = func(ctx context.Context, to notification.Receiver, id string, body []byte) error {
			tries++
			return p.take(ctx, to, id, body)
		}
		for range 5*24 - 3 {
			deliver(t, w.Follow, 0)
			w.Wait(time.Hour)
		}
		called := func() follow.ReceiverStatus {
			t.Helper()
			r, _, err := w.Follow.ReceiverOf(ctx, desk.Party.ID)
			if err != nil {
				t.Fatal(err)
			}
			return r.Status
		}
		if s := called(); s != follow.Called {
			t.Fatalf("%s after %d tries", s, tries)
		}
		for range 6 {
			deliver(t, w.Follow, 0)
			w.Wait(time.Hour)
		}
		if s := called(); s != follow.GivenUp {
			t.Fatalf("%s after %d tries", s, tries)
		}
		before := tries
		status(w, d, "D")
		work(t, w.Follow)
		w.Wait(24 * time.Hour)
		deliver(t, w.Follow, 0)
		if tries != before || before > 5*24+12 {
			t.Errorf("tried %d times, then %d more", before, tries-before)
		}
		expect(t, w, desk, follow.Usable, follow.NotUsable) // the page goes on
		receiver(t, w, desk, p)
		p.refuse = nil
		deliver(t, w.Follow, 2)
	})
}

func TestATestOfAReceiverSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, _ := followed(w, nil)
		if _, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); !errors.Is(err, follow.ErrNoReceiver) {
			t.Errorf("without a receiver: %v", err)
		}
		p := &phone{}
		receiver(t, w, desk, p)
		if failure, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); err != nil || failure != "" || len(p.got) != 1 {
			t.Errorf("%q, %v, %s", failure, err, p.got)
		}
		p.refuse = &notification.HookError{Failure: notification.HookRedirect, Status: 302}
		if failure, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); err != nil || failure != "redirect 302" {
			t.Errorf("%q, %v", failure, err)
		}
		if err := w.Follow.DropReceiver(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		deliver(t, w.Follow, 0)
		for _, address := range []string{"http://receiver.example.org/", "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://[::1]/", "https://a:b@receiver.example.org/", "file:///etc/passwd", "gopher://receiver.example.org/", "https://receiver/", "https://receiver.example.org/#a", "https://0x7f.1/", "https://127.0.0.0x1/", "https://a.localhost/", ""} {
			if _, err := w.Follow.SetReceiver(ctx, desktest.Staff, desk.Party.ID, address); !errors.Is(err, notification.ErrReceiver) {
				t.Errorf("%q: %v", address, err)
			}
		}
	})
}
