package follow_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/follow"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
)

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
