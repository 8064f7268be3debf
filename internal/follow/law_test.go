package follow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/follow"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
)

// Each scenario × field, told unasked: on the page, in the file and to the
// party's own system stands what the table has, and nothing where it has none,
// even under a consent that names more than the scenario may be consented to.
func TestEachScenarioIsToldUnaskedWhatTheTableSaysAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", desktest.Rich)
		for scenario, law := range desktest.Law {
			t.Run(string(scenario), func(t *testing.T) {
				desk := w.Desk(law.Kind, scenario)
				err := w.DB.Update(ctx, func(tx *store.Tx) error {
					return tx.AddStanding(ctx, &consent.Standing{ID: uid.New(w.Now()), LicenceID: d.LicenceID, PartyID: desk.Party.ID, Scenario: scenario, GivenAt: w.Now(),
						Grant: consent.Grant{Record: consent.Record{Case: consent.Case{VehicleClass: "C1"}}, Holder: d.Licence.Name.Masked(), Fields: append(relyingparty.Fields(), relyingparty.Changes)}})
				})
				if err != nil {
					t.Fatal(err)
				}
				p := &phone{}
				receiver(t, w, desk, p)
				defer func() { // the next scenario's party is told through the same call
					if err := w.Follow.DropReceiver(ctx, desktest.Staff, desk.Party.ID); err != nil {
						t.Error(err)
					}
				}()
				work(t, w.Follow)
				status(w, d, "D")
				work(t, w.Follow)
				status(w, d, "AH")
				work(t, w.Follow)
				for range 3 {
					if _, err := w.Follow.Deliver(ctx); err != nil {
						t.Fatal(err)
					}
				}
				told, text := toldOf(t, w, desk, d), everywhere(t, w, desk, p)
				if len(law.Told) == 0 {
					expect(t, w, desk)
					if len(told) > 0 || len(p.got) > 0 {
						t.Errorf("told %d times, and its system %s", len(told), p.got)
					}
					return
				}
				expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
				if len(told) != 3 || len(p.got) != 3 {
					t.Fatalf("the driver sees %d, its system was told %d", len(told), len(p.got))
				}
				for _, c := range told {
					want := law.Told
					if c.Outcome != verification.Usable {
						want = []relyingparty.Field{relyingparty.Usable} // the rest would hint at why
					}
					for _, field := range relyingparty.Fields() {
						if got := slices.Contains(c.Record.Given, field); got != slices.Contains(want, field) {
							t.Errorf("%s given: %v, in the answer %s", field, got, c.Outcome)
						}
					}
				}
				for field, values := range desktest.Shown(d.Licence) {
					for _, v := range values {
						if strings.Contains(text, v) {
							t.Errorf("page, file or event shows %s: %s", field, text)
						}
					}
				}
			})
		}
	})
}

// A consent to be told is asked for where the table has it, and nowhere else.
func TestOnlyWhoIsToldAsksTheDriverForIt(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for scenario, law := range desktest.Law {
			desk := w.Desk(law.Kind, scenario)
			_, token, err := w.Checks.Ask(ctx, desk.Asker(), consent.Lasting, consent.Case{Why: "入职前核对", PolicyNumber: policyOf(scenario)}, scenario)
			if !slices.Contains(desktest.Standing, scenario) {
				if !errors.Is(err, consent.ErrKind) {
					t.Errorf("%s asks for a standing consent: %v", scenario, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(scenario, err)
			}
			page, err := w.Consents.Open(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			got := slices.ContainsFunc(page.Items, func(it consent.Item) bool { return it.Field == relyingparty.Changes })
			if diff := cmp.Diff(len(law.Told) > 0, got); diff != "" {
				t.Errorf("%s asks to be told (-want +got):\n%s", scenario, diff)
			}
		}
	})
}

func policyOf(scenario relyingparty.ScenarioID) string {
	if scenario == relyingparty.Claim {
		return "BD-1"
	}
	return ""
}

// toldOf are the checks by which a driver sees that a party was told, oldest first.
func toldOf(t *testing.T, w *desktest.World, desk *desktest.Desk, d *desktest.Driver) (list []*verification.Check) {
	t.Helper()
	all, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Backward(all) {
		if c.Record.Told && c.PartyID == desk.Party.ID {
			list = append(list, c)
		}
	}
	return list
}

// everywhere is all that a party is told: its page, its file, its own system.
func everywhere(t *testing.T, w *desktest.World, desk *desktest.Desk, p *phone) string {
	t.Helper()
	page, err := w.Follow.List(ctx, desk.Asker(), follow.All, "")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.Follow.File(ctx, desk.Asker(), civil.Of(w.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%s\n%s", shown, file, p.got)
}
