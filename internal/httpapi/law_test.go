package httpapi_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/desktest"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/livecode"
)

// S36 for a party's own system: scenario × way × field, each asked with its key.
func TestS36AKeyIsGivenWhatTheTableSays(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario)
				m := desktest.AddMachine(t, s.Parties, a.desk.Party.ID, scenario)
				for _, way := range []relyingparty.Way{"code", "number", "bulk"} {
					given := 0
					for _, field := range relyingparty.Fields() {
						if a.checkAgainst(t, law.Key, way, field, a.signed(m, way, field)) {
							given++
						}
						if way == relyingparty.InBulk {
							break // a file chooses no field
						}
					}
					want := len(law.Fields)
					switch {
					case !slices.Contains(law.Key, way):
						want = 0
					case way == relyingparty.InBulk:
						want = 1
					}
					if given != want {
						t.Errorf("by %s: %d fields were given, want %d", way, given, want)
					}
				}
				// What asks a driver from afar is no operation of a key's.
				ask := a.question()
				ask["kind"] = "once"
				if status, _ := s.signed(m, "POST", "/api/terminal/consent-requests", ask, nil); status != 401 {
					t.Errorf("a key asks for consent: %d", status)
				}
				if status, _ := s.signed(m, "POST", "/api/machine/consent-requests", ask, nil); status != 404 {
					t.Errorf("a key asks for consent: %d", status)
				}
			})
		})
	}
}

// signed asks for one field with a key.
func (a *asking) signed(m *desktest.Machine, way relyingparty.Way, field relyingparty.Field) said {
	var raw []byte
	if way != relyingparty.InBulk {
		status, code := a.site.signed(m, "POST", "/api/machine/checks", a.asked(way, field), &raw)
		return a.seen(status, code, raw)
	}
	var made struct{ ID string }
	if status, code := a.site.signed(m, "POST", "/api/machine/bulk", a.file(a.question()), &made); status != 201 {
		return said{status: status, code: code}
	}
	if err := a.Bulk.Work(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	status, code := a.site.signed(m, "GET", "/api/machine/bulk/"+made.ID+"/result", nil, &raw)
	return a.seen(status, code, raw)
}

// S36 as of a past moment: scenario × way × field, with and without a time.
func TestS36ThePastIsAskedAboutAsTheTableSays(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario)
				for _, way := range []relyingparty.Way{"code", "number"} {
					for _, field := range relyingparty.Fields() {
						q := a.asked(way, field)
						q["accidentAt"] = a.Now().Add(-time.Minute).Format(time.RFC3339)
						var raw []byte
						status, code := a.clerk.do("POST", "/api/terminal/checks", q, &raw)
						allowed := law.Past && slices.Contains(law.Ways, way) && slices.Contains(law.Fields, field)
						if got := a.seen(status, code, raw); (got.status == 200) != allowed || !allowed && got.code != "field_not_allowed" {
							t.Errorf("%s by %s, as of a minute ago: %d %s %s", field, way, got.status, got.code, got.text)
						}
					}
				}
				if law.Past { // and it asks about nothing else
					q := a.asked("number", "usable")
					delete(q, "accidentAt")
					if status, code := a.clerk.do("POST", "/api/terminal/checks", q, nil); status != 400 || code != "check.accident_needed" {
						t.Errorf("as of no moment: %d %s", status, code)
					}
				}
			})
		})
	}
}

// S36 without a network: scenario × field, as a terminal reports it.
func TestS36WithoutANetworkIsGivenWhatTheTableSays(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario)
				code, err := livecode.Parse(a.driver.Code(0))
				if err != nil {
					t.Fatal(err)
				}
				digest, serial := code.Digest(), code.Serial()
				report := object{"checks": []object{{
					"digest": hex.EncodeToString(digest[:]), "serial": hex.EncodeToString(serial[:]), "at": s.Now().UnixMilli(), "madeAt": code.Time().Unix(),
					"scenario": scenario, "verdict": "usable", "sequence": 7,
				}}}
				before := a.list()
				var raw []byte
				status, problem := a.clerk.do("POST", "/api/terminal/offline-checks", report, &raw)
				after := a.list()
				if len(law.Offline) == 0 {
					if status != 403 || problem != "offline.not_allowed" || len(after) != len(before) {
						t.Errorf("%d %s, and the driver sees %d more", status, problem, len(after)-len(before))
					}
					return
				}
				if status != 200 || len(after) != len(before)+1 {
					t.Fatalf("%d %s, and the driver sees %d more", status, problem, len(after)-len(before))
				}
				if diff := cmp.Diff(labels(law.Offline...), after[0].fields()); diff != "" {
					t.Errorf("given (-want +got):\n%s", diff)
				}
				a.shows(t, "offline", nil, string(raw)) // the report's answer holds nothing of anybody
			})
		})
	}
}

// S36 of a data code: scenario × field, as a terminal that read one reports it.
func TestS36OfADataCodeIsGivenWhatItHolds(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario)
				serial := a.driver.Serial()
				read := func(name string, status, full bool) (int, string) {
					return a.clerk.do("POST", "/api/terminal/offline-checks", object{"checks": []object{{
						"kind": "data", "full": full, "status": status, "digest": strings.Repeat(name, 64), "serial": hex.EncodeToString(serial[:]), "at": s.Now().UnixMilli(), "madeAt": s.Now().Unix(),
						"scenario": scenario, "verdict": "data", "sequence": 7,
					}}}, nil)
				}
				before := len(a.list())
				if status, problem := read("1", false, false); len(law.Offline) == 0 {
					if status != 403 || problem != "offline.not_allowed" || len(a.list()) != before {
						t.Errorf("%d %s, and the driver sees %d more", status, problem, len(a.list())-before)
					}
					return
				}
				unsaid := slices.DeleteFunc(slices.Clone(law.Offline), func(f relyingparty.Field) bool { return f == "usable" })
				if diff := cmp.Diff(labels(unsaid...), a.list()[0].fields()); diff != "" {
					t.Errorf("without a list, given (-want +got):\n%s", diff)
				}
				s.Wait(time.Second)
				if read("2", true, false); a.list()[0].Way.ZH != "读取数据码，不是现场出示" {
					t.Errorf("kept as %s", a.list()[0].Way.ZH)
				}
				if diff := cmp.Diff(labels(law.Offline...), a.list()[0].fields()); diff != "" {
					t.Errorf("with its list, given (-want +got):\n%s", diff)
				}
				s.Wait(time.Second)
				if read("3", true, true); !slices.Contains(a.list()[0].fields(), "证号") || slices.Contains(a.list()[0].fields(), "住址") {
					t.Errorf("a full one gave %v", a.list()[0].fields())
				}
			})
		})
	}
}

// S36 unasked: scenario × field, by the terminal's page, the day's file and the
// party's own system.
func TestS36WhatIsToldUnaskedIsWhatTheTableSays(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario) // consented where the scenario lasts
				var events []string
				s.Follow.Send = func(_ context.Context, _ notification.Receiver, _ string, body []byte) error {
					events = append(events, string(body))
					return nil
				}
				if _, err := s.Follow.SetReceiver(t.Context(), desktest.Staff, a.desk.Party.ID, "https://receiver.example.org/"); err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(desktest.Standing, scenario) {
					ask := a.question()
					ask["kind"], ask["why"] = "standing", "入职前核对"
					delete(ask, "caseNumber")
					if status, code := a.clerk.do("POST", "/api/terminal/consent-requests", ask, nil); status != 403 || code != "consent.not_allowed" {
						t.Errorf("asks for a consent that lasts: %d %s", status, code)
					}
				}
				a.turns("D", "AH")
				page, file := a.told()
				told := slices.DeleteFunc(a.list(), func(c driverCheck) bool { return !strings.Contains(c.Way.ZH, "自动告知") })
				if len(law.Told) == 0 {
					if len(told)+len(events) > 0 || !strings.Contains(page, `"total":0`) || strings.Count(file, "\n") != 1 {
						t.Errorf("told: %v %s %s %s", told, events, page, file)
					}
					return
				}
				if len(told) != 3 || len(events) != 3 || !strings.Contains(page, `"state":"usable"`) || !strings.Contains(file, "可以使用") {
					t.Fatalf("told: %v %s %s %s", told, events, page, file)
				}
				for i, want := range [][]relyingparty.Field{law.Told, {"usable"}, law.Told} { // newest first; why it ended is not hinted at
					if diff := cmp.Diff(labels(want...), told[i].fields()); diff != "" {
						t.Errorf("told (-want +got):\n%s", diff)
					}
				}
				a.shows(t, "told", nil, page+file+fmt.Sprint(events))
			})
		})
	}
}

// turns gives the driver other letters, one after the other, and tells who is
// to be told of each.
func (a *asking) turns(letters ...string) {
	a.t.Helper()
	look := func() {
		if err := a.Follow.Work(a.t.Context()); err != nil {
			a.t.Fatal(err)
		}
		if _, err := a.Follow.Deliver(a.t.Context()); err != nil {
			a.t.Fatal(err)
		}
	}
	look()
	for _, l := range letters {
		a.Wait(time.Second)
		a.driver.Status(licence.Status(l))
		look()
	}
}

// told is what the party's people read: the page, and the day's file.
func (a *asking) told() (page, file string) {
	var raw, csv []byte
	a.clerk.want(200, "POST", "/api/terminal/followed/search", object{}, &raw)
	a.clerk.want(200, "GET", "/api/terminal/followed/file", nil, &csv)
	return string(raw), string(csv)
}

// shows holds a text against the fields that it may show.
func (a *asking) shows(t *testing.T, how string, allowed []relyingparty.Field, text string) {
	t.Helper()
	for field, values := range desktest.Shown(a.driver.Licence) {
		if !slices.Contains(allowed, field) && holds(text, values) {
			t.Errorf("%s shows %s: %s", how, field, text)
		}
	}
}
