package verification_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

func sorted(fields []relyingparty.Field) []relyingparty.Field {
	return slices.Sorted(slices.Values(fields))
}

// Without a network: what a code carries is taken for given where the table
// has it, and refused of everybody else, with nothing kept.
func TestWithoutANetworkThoseCheckWhomTheTableLets(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", desktest.Rich)
		seen := 0
		for scenario, law := range desktest.Law {
			t.Run(string(scenario), func(t *testing.T) {
				w.Wait(time.Hour)
				desk := w.Desk(law.Kind, scenario)
				r := reported(t, driver, driver.Code(0), "usable", w.Now())
				r.Scenario = scenario
				_, err := w.Checks.Report(ctx, desk.Asker(), []verification.Reported{r})
				list, listErr := w.Checks.OfDriver(ctx, driver.LicenceID, "", 100)
				if listErr != nil {
					t.Fatal(listErr)
				}
				if len(law.Offline) == 0 {
					if !errors.Is(err, verification.ErrAlone) || len(list) != seen {
						t.Errorf("%v, and the driver sees %d checks, want %d", err, len(list), seen)
					}
					return
				}
				if seen++; err != nil || len(list) != seen {
					t.Fatalf("%v, and the driver sees %d checks, want %d", err, len(list), seen)
				}
				if diff := cmp.Diff(sorted(law.Offline), sorted(list[0].Record.Given)); diff != "" {
					t.Errorf("given (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// As of a past moment: a scenario asks about one or it does not, whatever the
// way; who asks of the wrong time is refused whole.
func TestOnlyWhomTheTableLetsAsksAboutThePast(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", desktest.Rich)
		for scenario, law := range desktest.Law {
			desk := authorised(w, driver, scenario)
			for _, way := range law.Ways {
				if way == relyingparty.ByConsent || way == relyingparty.InBulk { // have no entry for it
					continue
				}
				t.Run(string(scenario)+" by "+string(way), func(t *testing.T) {
					w.Wait(time.Hour)
					at := func(moment time.Time) (*verification.Check, error) {
						q := question(w, desk, driver, scenario, way)
						q.AccidentAt = moment
						return w.Checks.Check(ctx, desk.Asker(), q)
					}
					then := func() (*verification.Check, error) { return at(w.Now().Add(-time.Minute)) }
					now := func() (*verification.Check, error) { return at(time.Time{}) }
					if !law.Past {
						refuses(t, verification.ErrFieldNotAllowed, then)
						usable(t, now)
						return
					}
					refuses(t, verification.ErrAccident, now)
					c := usable(t, then)
					if diff := cmp.Diff(sorted(law.Fields), sorted(c.Record.Given)); diff != "" {
						t.Errorf("given (-want +got):\n%s", diff)
					}
					leaks(t, driver, law.Fields, c)
				})
			}
		}
	})
}

// A party's own system is given what its people are, in the ways of the table.
func TestAKeyIsGivenWhatTheTableGivesItsScenario(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", desktest.Rich)
		for scenario, law := range desktest.Law {
			desk := authorised(w, driver, scenario)
			key := desktest.AddMachine(t, w.Parties, desk.Party.ID, scenario)
			system := *desk
			system.TerminalID, system.OperatorID = key.KeyID, key.KeyID
			for _, way := range []relyingparty.Way{relyingparty.ByCode, relyingparty.ByNumber, relyingparty.InBulk} {
				t.Run(string(scenario)+" by "+string(way), func(t *testing.T) {
					w.Wait(time.Hour)
					ask := func() (*verification.Check, error) { return asked(w, &system, driver, scenario, way) }
					if !slices.Contains(law.Key, way) {
						refuses(t, notByThisWay[way], ask)
						return
					}
					c := usable(t, ask)
					if diff := cmp.Diff(sorted(law.Fields), sorted(c.Record.Given)); diff != "" {
						t.Errorf("given (-want +got):\n%s", diff)
					}
					if c.OperatorID != key.KeyID {
						t.Errorf("the check is of %s, want the key's", c.OperatorID)
					}
					leaks(t, driver, law.Fields, c)
				})
			}
		}
	})
}
