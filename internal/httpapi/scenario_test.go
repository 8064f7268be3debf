package httpapi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
)

// R9 over HTTP: a scenario that is added may check codes and ask drivers from
// afar, as it is told, and may never ask by number; switched off, it is refused.
func TestAnAddedScenarioAsksInTheWaysThatItWasGiven(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		admin := s.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
		driver := s.Driver("holder:1", nil)
		scenario := func(id string, ways ...string) object {
			return object{"id": id, "name": object{"zh": "代驾核验", "en": "Chauffeur"}, "kinds": []string{"other"}, "asks": []string{"vehicleClass"}, "fields": []string{"usable", "class_covers"}, "ways": ways}
		}
		if status, code := admin.do("POST", "/api/staff/scenarios", scenario("by_number", "code", "number"), nil); status != 400 || code != "scenario.ways" {
			t.Errorf("by number: %d %s", status, code)
		}
		for id, ways := range map[string][]string{"scanned": {"code"}, "asked": {"consent"}, "both": {"code", "consent"}} {
			var made struct{ Ways []string }
			admin.want(201, "POST", "/api/staff/scenarios", scenario(id, ways...), &made)
			if diff := cmp.Diff(ways, made.Ways); diff != "" {
				t.Errorf("%s (-want +got):\n%s", id, diff)
			}
			admin.want(200, "PUT", "/api/staff/scenarios/"+id, object{"enabled": true}, nil)
			desk := s.Desk(relyingparty.Other, relyingparty.ScenarioID(id))
			clerk := s.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID})
			byCode := object{"requestId": desktest.NewRequest(), "scenario": id, "way": "code", "code": driver.Code(0), "vehicleClass": "C1"}
			fromAfar := object{"kind": "once", "scenario": id, "why": "接单前核对", "vehicleClass": "C1"}
			for _, c := range []struct {
				way, path string
				body      object
				status    int
			}{{"code", "/api/terminal/checks", byCode, 200}, {"consent", "/api/terminal/consent-requests", fromAfar, 201}} {
				want := c.status
				if len(ways) == 1 && ways[0] != c.way {
					want = 403
				}
				if status, code := clerk.do("POST", c.path, c.body, nil); status != want {
					t.Errorf("%s by %s: %d %s, want %d", id, c.way, status, code, want)
				}
			}
			admin.want(200, "PUT", "/api/staff/scenarios/"+id, object{"enabled": false}, nil)
			byCode["requestId"], byCode["code"] = desktest.NewRequest(), driver.Code(1e9)
			if status, code := clerk.do("POST", "/api/terminal/checks", byCode, nil); status != 403 || code != "scenario_not_granted" {
				t.Errorf("%s switched off: %d %s", id, status, code)
			}
		}
	})
}
