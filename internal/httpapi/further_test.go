package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"testing"

	"edl/internal/desktest"
	"edl/internal/lang"
	"edl/internal/relyingparty"
)

// further opens two scenarios and registers a party that has the first.
func (s *site) further() *house {
	s.t.Helper()
	for _, id := range []relyingparty.ScenarioID{"first", "second"} {
		_, err := s.Parties.AddScenario(s.t.Context(), desktest.Staff, relyingparty.Scenario{ID: id, Name: lang.T("场景 "+string(id), "Scenario "+string(id)), Kinds: []relyingparty.Kind{relyingparty.Other},
			Ways: []relyingparty.Way{relyingparty.ByCode}, Fields: []relyingparty.Field{relyingparty.Usable}})
		if err == nil {
			_, err = s.Parties.Switch(s.t.Context(), desktest.Staff, id, true)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return s.house(relyingparty.Other, "first")
}

var wantsSecond = object{"wanted": []object{{"scenario": "second", "purpose": "出车前核验司机"}}}

// request is the party's request that is not decided, begun if there is none,
// with what must be shown.
func (h *house) request() (id, file string) {
	b := h.admin
	b.s.t.Helper()
	var all struct {
		Requests []struct {
			ID, DecidedAt string
			Files         []struct{ ID string }
		}
	}
	b.want(200, "GET", "/api/party/requests", nil, &all)
	if len(all.Requests) == 0 || all.Requests[0].DecidedAt != "" {
		b.want(201, "POST", "/api/party/requests", wantsSecond, nil)
		b.want(200, "GET", "/api/party/requests", nil, &all)
	}
	one := all.Requests[0]
	if len(one.Files) > 0 {
		return one.ID, one.Files[0].ID
	}
	var now struct{ Files []struct{ ID string } }
	if status, code := b.upload("/api/party/requests/"+one.ID+"/files?kind=licence", pictureOf(300, 200, 3), &now); status != 201 {
		b.s.t.Fatalf("the licence: %d %s", status, code)
	}
	return one.ID, now.Files[0].ID
}

// TestOfRequestsThatComeAtOnceOneIsMade sends several from one party's page at
// the same moment, and one of them again.
func TestOfRequestsThatComeAtOnceOneIsMade(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h := s.further()
		post := func(key string) (int, string) {
			body, err := json.Marshal(wantsSecond)
			if err != nil {
				t.Error(err)
			}
			r, err := http.NewRequest("POST", s.url+"/api/party/requests", bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return 0, ""
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Origin", desktest.Origin)
			r.Header.Set("Idempotency-Key", key)
			answer, err := h.admin.client.Do(r)
			if err != nil {
				t.Error(err)
				return 0, ""
			}
			defer answer.Body.Close()
			var got struct{ ID, Code string }
			json.NewDecoder(answer.Body).Decode(&got)
			return answer.StatusCode, got.ID + got.Code
		}
		var wait sync.WaitGroup
		var mu sync.Mutex
		seen, made, key := map[string]int{}, "", ""
		for _, k := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			wait.Go(func() {
				status, what := post(k)
				mu.Lock()
				defer mu.Unlock()
				if status == 201 {
					made, key, what = what, k, "made"
				}
				seen[what]++
			})
		}
		wait.Wait()
		if seen["made"] != 1 || seen["admission.further_open"] != 7 {
			t.Errorf("of eight at once: %v", seen)
		}
		if status, id := post(key); status != 201 || id != made {
			t.Errorf("the same again: %d %s, first %s", status, id, made)
		}
		r := s.request("POST", "/api/party/requests/"+made+"/withdraw", nil)
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := h.admin.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 403 {
			t.Errorf("from another site: %d", answer.StatusCode)
		}
	})
}

// TestAPartyAsksForAScenarioAndStaffDecide is the whole way over HTTP.
func TestAPartyAsksForAScenarioAndStaffDecide(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h, driver := s.further(), s.Driver("holder:1", nil)
		var all struct {
			Offered  []struct{ ID string }
			Requests []struct {
				ID, Status, AnswerBy string
				News                 bool
				Missing              []object
				Wanted               []struct{ Outcome, Condition string }
			}
		}
		look := func() { h.admin.want(200, "GET", "/api/party/requests", nil, &all) }
		look()
		if len(all.Offered) != 1 || all.Offered[0].ID != "second" || len(all.Requests) != 0 {
			t.Fatalf("offered: %+v", all)
		}
		if status, code := h.admin.do("POST", "/api/party/requests", object{"wanted": []object{{"scenario": "police", "purpose": "看看而已吧"}}}, nil); status != 400 || code != "party.scenario" {
			t.Errorf("the police's: %d %s", status, code)
		}
		h.admin.want(201, "POST", "/api/party/requests", wantsSecond, nil)
		look()
		at := "/api/party/requests/" + all.Requests[0].ID
		if status, code := h.admin.do("POST", at+"/submit", nil, nil); status != 400 || code != "admission.evidence" {
			t.Errorf("without evidence: %d %s", status, code)
		}
		_, file := h.request()
		h.admin.want(200, "POST", at+"/submit", nil, nil)
		h.admin.want(200, "POST", at+"/submit", nil, nil) // again it changes nothing
		if status, code := h.admin.do("DELETE", at+"/files/"+file, nil, nil); status != 409 || code != "admission.not_now" {
			t.Errorf("a file of what waits: %d %s", status, code)
		}

		var queue struct {
			Applications []struct {
				ID, Name string
				Further  bool
			}
		}
		s.staff().want(200, "GET", "/api/staff/admissions", nil, &queue)
		if len(queue.Applications) != 1 || !queue.Applications[0].Further || queue.Applications[0].Name != h.Party.Name {
			t.Fatalf("in the queue: %+v", queue)
		}
		case_ := struct {
			ID, PartyID, AnswerBy, InviteURL string
			Version                          int64
			Further                          bool
			Has                              []lang.Text
		}{}
		staffAt := "/api/staff/admissions/" + queue.Applications[0].ID
		s.staff().want(200, "GET", staffAt, nil, &case_)
		if !case_.Further || case_.PartyID != h.Party.ID || len(case_.Has) != 1 || case_.Has[0].ZH != "场景 first" {
			t.Errorf("staff see %+v", case_)
		}
		s.staff().want(200, "POST", staffAt+"/return", object{"version": case_.Version, "reasons": []string{"unreadable"}}, &case_)
		look()
		if r := all.Requests[0]; r.Status != "returned" || r.AnswerBy != "2026-10-29" || case_.AnswerBy != r.AnswerBy || len(r.Missing) != 1 {
			t.Errorf("returned as %+v, staff see %s", r, case_.AnswerBy)
		}
		h.admin.want(200, "PUT", at, object{"wanted": []object{{"scenario": "second", "purpose": "只在出车前核验本单位司机"}}}, nil)
		h.admin.want(200, "POST", at+"/submit", nil, nil)
		s.staff().want(200, "GET", staffAt, nil, &case_)

		ask := func(code string) error { _, err := h.Ask("second", code); return err }
		if _, err := h.Ask("first", driver.Code(0)); err != nil {
			t.Fatal(err)
		}
		if err := ask(driver.Code(1e9)); err == nil {
			t.Error("it serves before it is granted")
		}
		decision := object{"version": case_.Version, "verdicts": []object{{"scenario": "second", "granted": true, "condition": "只用于本单位司机"}}}
		s.staff().want(200, "POST", staffAt+"/decide", decision, &case_)
		if err := ask(driver.Code(2e9)); err != nil || case_.InviteURL != "" || len(case_.Has) != 2 {
			t.Errorf("once granted: %v, %+v", err, case_)
		}
		if status, code := s.staff().do("POST", staffAt+"/decide", decision, nil); status != 409 || code != "admission.decided" {
			t.Errorf("again: %d %s", status, code)
		}
		look()
		if r := all.Requests[0]; r.Status != "granted" || !r.News || r.Wanted[0].Outcome != "granted" || r.Wanted[0].Condition != "只用于本单位司机" || len(all.Offered) != 0 {
			t.Errorf("the party sees %+v", all)
		}
		var party struct{ Grants []struct{ ID string } }
		h.admin.want(200, "GET", "/api/party/party", nil, &party)
		if len(party.Grants) != 2 {
			t.Errorf("its grants: %+v", party)
		}
		h.admin.want(204, "POST", at+"/seen", nil, nil)
		if look(); all.Requests[0].News {
			t.Error("still news after it was acknowledged")
		}
		if status, code := h.admin.do("POST", at+"/withdraw", nil, nil); status != 409 || code != "admission.ended" {
			t.Errorf("withdrawing what is decided: %d %s", status, code)
		}
		if slices.ContainsFunc(s.queue(), func(q queued) bool { return q.ID == case_.ID }) {
			t.Error("it still waits")
		}
	})
}
