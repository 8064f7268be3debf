package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

// A pair is an authority with two servers on one database, and what it takes to
// revoke at one of them and to check at the other.
type pair struct {
	t       *testing.T
	one     *browser // the register's feed, a driver, staff: where things are revoked
	other   *browser // an officer, at the other server
	people  []licence.Licence
	phones  []*inventedPhone
	feed    string
	drivers []string // cookies
	devices []string
	staff   string
	party   string
}

func pairAt(t *testing.T, at place, people int) *pair {
	t.Helper()
	ctx := context.Background()
	p, err := at.establish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	w := &pair{t: t, people: crowd(people, true), feed: p.ring.Feed}
	ids, err := p.enter(ctx, w.people)
	if err != nil {
		t.Fatal(err)
	}
	if w.phones, err = p.enrolled(ctx, ids); err != nil {
		t.Fatal(err)
	}
	officers, err := p.officers(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = p.db.Update(ctx, func(tx *store.Tx) error {
		parties, err := tx.Parties(ctx)
		if err != nil {
			return err
		}
		w.party = parties[0].ID
		for i, id := range ids {
			device, err := tx.DeviceBySerial(ctx, w.phones[i].serial[:])
			if err != nil {
				return err
			}
			s := &account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: id, DeviceID: device.ID}
			token, hash := account.Begin(s, p.clock.Now())
			if err := tx.AddSession(ctx, hash, s); err != nil {
				return err
			}
			w.drivers, w.devices = append(w.drivers, "edl_driver="+token), append(w.devices, device.ID)
		}
		s := &account.Session{Population: account.StaffPop, Roles: []account.Role{account.System}, StaffID: "admin"}
		token, hash := account.Begin(s, p.clock.Now())
		w.staff = "edl_staff=" + token
		return tx.AddSession(ctx, hash, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	second := place{Data: filepath.Join(t.TempDir(), "second"), Keys: at.keysDir(), DB: at.DB}
	w.one = &browser{t: t, url: serve(t, at).url}
	w.other = &browser{t: t, url: serve(t, second).url, cookie: "edl_terminal=" + officers[0]}
	return w
}

// says is what the other server says of a driver's code now: a verdict, or a
// problem's code.
func (w *pair) says(i int) string {
	w.t.Helper()
	code, err := w.phones[i].show(time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"requestId": newRequestID(), "scenario": string(relyingparty.PoliceCheck), "way": string(relyingparty.ByCode), "code": code})
	if err != nil {
		w.t.Fatal(err)
	}
	_, text, err := w.other.send(http.MethodPost, "/api/terminal/checks", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	var said struct{ Verdict, Code string }
	if err := json.Unmarshal(text, &said); err != nil {
		w.t.Fatalf("%v: %s", err, text)
	}
	return said.Verdict + said.Code
}

// suspended brings the driver's suspension to the register at the first server.
func (w *pair) suspended(i int) {
	w.t.Helper()
	l := w.people[i]
	l.Status = "D"
	line, err := register.Write(l, "", time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	answer, text, err := w.one.send(http.MethodPost, "/api/feed/licences?source=test&run="+fmt.Sprint(i), "application/x-ndjson", bytes.NewReader(line), "Authorization", "Bearer "+w.feed)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.t.Fatalf("the feed: %v %s", err, text)
	}
}

func (w *pair) phoneEnded(i int) {
	w.t.Helper()
	w.one.cookie = w.drivers[i]
	w.one.call(http.StatusNoContent, http.MethodDelete, "/api/driver/devices/"+w.devices[i], nil, nil)
}

func (w *pair) partySuspended(int) {
	w.t.Helper()
	w.one.cookie = w.staff
	w.one.call(http.StatusNoContent, http.MethodPost, "/api/staff/parties/"+w.party+"/suspend", nil, nil)
}

// From the acknowledgement of a revocation on, the first answer of another
// process is the new one. It is asked at once, so an answer that were held back
// for a second at most would be caught too.
func TestWhatOneProcessRevokedTheFirstAnswerOfAnotherKnows(t *testing.T) {
	const each = 10
	w := pairAt(t, place{Data: filepath.Join(t.TempDir(), "data"), DB: storetest.PostgresURL(t)}, 2*each+1)
	slowest := time.Duration(0)
	revoked := func(i int, revoke func(i int), want string) {
		t.Helper()
		if said := w.says(i); said != "usable" {
			t.Fatalf("before, of driver %d: %s", i, said)
		}
		revoke(i)
		acknowledged := time.Now()
		if said := w.says(i); said != want {
			t.Errorf("the first answer after the acknowledgement, of driver %d: %s, want %s", i, said, want)
		}
		slowest = max(slowest, time.Since(acknowledged))
	}
	for i := range each {
		revoked(i, w.suspended, "not_usable")
		revoked(each+i, w.phoneEnded, "ended_device")
	}
	revoked(2*each, w.partySuspended, "signed_out")
	t.Logf("%d revocations; the other process answered %v after the acknowledgement at the most", 2*each+1, slowest)
}

// S39 at a server with its own limits: a thousand numbers in a row.
func TestS39NumbersInARowAreStoppedWithinAHundredCalls(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		w := townAt(t, at, 0, 1, 2)
		server := serve(t, at)
		guesser, first := &browser{t: t, url: server.url, cookie: "edl_terminal=" + w.officers[0]}, 0
		for call := 1; call <= 1000; call++ {
			head := fmt.Sprintf("00000019700101%03d", call%1000)
			body, err := json.Marshal(map[string]string{
				"requestId": newRequestID(), "scenario": string(relyingparty.PoliceCheck), "way": string(relyingparty.ByNumber),
				"number": head + string(identity.CheckDigit(head)), "name": "林晓舟", "reason": "未带手机",
			})
			if err != nil {
				t.Fatal(err)
			}
			answer, text, err := guesser.send(http.MethodPost, "/api/terminal/checks", "application/json", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case answer.StatusCode == http.StatusNotFound && first == 0:
			case answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "" && bytes.Contains(text, []byte(`"code":"limited"`)):
				if first == 0 {
					first = call
				}
			default:
				t.Fatalf("call %d: %d %s", call, answer.StatusCode, text)
			}
		}
		t.Logf("stopped at call %d", first)
		if first == 0 || first > 100 {
			t.Errorf("stopped at call %d, want 100 at the most", first)
		}
		if n := at.count(t, `SELECT count(*) FROM audit_entry WHERE action = 'check.burst' AND flagged`); n != 1 {
			t.Errorf("the auditor was told %d times, want once", n)
		}
		if done, err := w.check(t, 1).try(http.DefaultClient, server.url); !done || err != nil { // the control
			t.Errorf("another officer is held up: %v", err)
		}
	})
}
