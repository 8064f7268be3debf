package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/store"
)

// ask calls an operation with a cookie and returns the status; the answer goes
// into out, where it is not nil.
func (d *demonstration) ask(t *testing.T, cookie *http.Cookie, method, path string, body, out any) int {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, d.server.URL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if out != nil {
		if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
	return answer.StatusCode
}

// member signs in the first member of staff with a role, by name.
func (d *demonstration) member(t *testing.T, role account.Role) (*account.Member, *http.Cookie) {
	t.Helper()
	list, err := d.staff.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if !slices.Contains(m.Roles, role) {
			continue
		}
		s := &account.Session{Population: account.StaffPop, Roles: m.Roles, StaffID: m.ID}
		token, hash := account.Begin(s, d.clock.Now())
		if err := d.db.Update(context.Background(), func(tx *store.Tx) error { return tx.AddSession(context.Background(), hash, s) }); err != nil {
			t.Fatal(err)
		}
		return m, &http.Cookie{Name: "edl_staff", Value: token}
	}
	t.Fatalf("nobody is %s", role)
	return nil, nil
}

// The codes of GB/T 36904 are entered by the administrator, are on the next
// licence, and the auditor sees by name who entered them.
func TestTheCodesOfCertificatesAreEnteredAndTheAuditorSeesByWhom(t *testing.T) {
	d := startDemonstration(t)
	admin, system := d.member(t, account.System)
	var settings struct {
		Certificate struct{ TypeCode, IssuerCode, Example string }
	}
	if d.ask(t, system, "GET", "/api/staff/settings", nil, &settings); settings.Certificate.Example != "" {
		t.Errorf("before anybody entered codes: %+v", settings)
	}
	for _, bad := range []map[string]string{{"typeCode": "示", "issuerCode": "1"}, {"typeCode": "T", "issuerCode": ""}, {"typeCode": "a b", "issuerCode": "1"}} {
		var problem struct{ Code string }
		if status := d.ask(t, system, "PUT", "/api/staff/settings/certificate", bad, &problem); status != 400 || problem.Code != "certificate.numbering" {
			t.Errorf("%v: %d %s", bad, status, problem.Code)
		}
	}
	if status := d.ask(t, system, "PUT", "/api/staff/settings/certificate", map[string]string{"typeCode": "11100000000013338W009", "issuerCode": "11330105002500287C"}, nil); status != 204 {
		t.Fatal(status)
	}
	d.ask(t, system, "GET", "/api/staff/settings", nil, &settings)
	if !strings.HasPrefix(settings.Certificate.Example, "1.2.156.3005.2.11100000000013338W009.11330105002500287C.") {
		t.Errorf("the example is %q", settings.Certificate.Example)
	}

	_, auditor := d.member(t, account.Auditor)
	read := func(who string) (seen int) {
		var page struct {
			Entries []struct{ Action, ActorName, Actor string }
		}
		d.ask(t, auditor, "GET", "/api/staff/audit?actor="+url.QueryEscape(who), nil, &page)
		for _, e := range page.Entries {
			if e.Actor != admin.ID || e.ActorName != admin.Name {
				t.Errorf("asked for %s, saw %+v", who, e)
			}
			if e.Action == "settings.certificate" {
				seen++
			}
		}
		return seen
	}
	for _, who := range []string{admin.ID, admin.Name, admin.Login, " " + admin.Number + " "} {
		if n := read(who); n != 1 {
			t.Errorf("by %q the deed is seen %d times", who, n)
		}
	}
	if n := read("nobody"); n != 0 {
		t.Errorf("nobody did it %d times", n)
	}
}

func TestADemonstrationsClockGoesForwardAlone(t *testing.T) {
	d := startDemonstration(t)
	var before, after struct {
		Now   time.Time
		Clock bool
	}
	d.ask(t, nil, "GET", "/api/demo", nil, &before)
	for _, bad := range []string{"-1h", "0s", "9000h", "morgen", ""} {
		if status := d.ask(t, nil, "POST", "/api/demo/clock", map[string]string{"add": bad}, nil); status != 400 {
			t.Errorf("%q: %d", bad, status)
		}
	}
	if status := d.ask(t, nil, "POST", "/api/demo/clock", map[string]string{"add": "720h"}, nil); status != 204 {
		t.Fatal(status)
	}
	d.ask(t, nil, "GET", "/api/demo", nil, &after)
	if moved := after.Now.Sub(before.Now); !before.Clock || moved < 720*time.Hour || moved > 721*time.Hour {
		t.Errorf("moved by %s", moved)
	}
}
