package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	_ "modernc.org/sqlite"             // registers the driver "sqlite"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
)

// A town is an authority with people who are about to do things.
type town struct {
	at       place
	drivers  []string // session tokens of drivers who can apply on the direct way
	phones   []*inventedPhone
	officers []string // session tokens
}

// townAt fills an empty place.
func townAt(t testing.TB, at place, drivers, phones, officers int) *town {
	t.Helper()
	ctx := context.Background()
	p, err := at.establish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	w := &town{at: at}
	ids, err := p.enter(ctx, crowd(drivers+phones, true))
	if err != nil {
		t.Fatal(err)
	}
	err = p.db.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids[phones:] {
			token, hash, s := p.driverSession(id)
			if err := tx.AddSession(ctx, hash, s); err != nil {
				return err
			}
			w.drivers = append(w.drivers, token)
		}
		return nil
	})
	if err == nil {
		w.phones, err = p.enrolled(ctx, ids[:phones])
	}
	if err == nil {
		w.officers, err = p.officers(ctx, officers)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// eachPlace runs a test on SQLite and on PostgreSQL.
func eachPlace(t *testing.T, f func(t *testing.T, at place)) {
	t.Run("sqlite", func(t *testing.T) { f(t, place{Data: filepath.Join(t.TempDir(), "data")}) })
	t.Run("postgres", func(t *testing.T) {
		f(t, place{Data: filepath.Join(t.TempDir(), "data"), DB: storetest.PostgresURL(t)})
	})
}

// ask opens the database itself.
func (at *place) ask(t testing.TB) *sql.DB {
	t.Helper()
	driver, url := "sqlite", "file:"+at.database()+"?_pragma=busy_timeout(10000)"
	if at.DB != "" {
		driver, url = "pgx", at.DB
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// count asks for a number.
func (at *place) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	db := at.ask(t)
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// counts asks for a number for each identifier.
func (at *place) counts(t testing.TB, query string) map[string]int {
	t.Helper()
	db := at.ask(t)
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		counts[id] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return counts
}

// application is the body of an application on the direct way.
var applicationBody = fmt.Sprintf(`{"kind":"first","route":"onfile","consent":{"identityNumber":true,"face":true,"version":%q}}`, account.ConsentVersion)

// A deed is what a client does and repeats until it is answered.
type deed struct {
	path, cookie, key, body string
	want                    int
	id                      string // of what it made, as the answer says
	tries                   int
}

func (d *deed) try(client *http.Client, url string) (done bool, refused error) {
	r, err := http.NewRequest(http.MethodPost, url+d.path, strings.NewReader(d.body))
	if err != nil {
		return false, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Sec-Fetch-Site": {"same-origin"}, "Cookie": {d.cookie}, "Idempotency-Key": {d.key}}
	d.tries++
	answer, err := client.Do(r)
	if err != nil {
		return false, nil // the server is gone; it comes back
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		return false, nil
	}
	var out struct{ ID, Status, Number string }
	if answer.StatusCode != d.want || json.Unmarshal(text.Bytes(), &out) != nil {
		return false, fmt.Errorf("%s: %d %s", d.path, answer.StatusCode, text.String())
	}
	d.id = out.ID
	return true, nil
}

// apply is a driver's application.
func apply(token string) *deed {
	return &deed{path: "/api/driver/applications", cookie: "edl_driver=" + token, key: uid.Secret(), body: applicationBody, want: http.StatusCreated}
}

// check is an officer's check of a phone.
func (w *town) check(t testing.TB, n int) *deed {
	code, err := w.phones[n%len(w.phones)].show(time.Now())
	if err != nil {
		t.Error(err)
	}
	body, err := json.Marshal(map[string]string{"requestId": newRequestID(), "scenario": string(relyingparty.PoliceCheck), "way": string(relyingparty.ByCode), "code": code})
	if err != nil {
		t.Error(err)
	}
	return &deed{path: "/api/terminal/checks", cookie: "edl_terminal=" + w.officers[n%len(w.officers)], body: string(body), want: http.StatusOK}
}

// A rush is clients that do one deed after another while the server dies and
// comes back. What was answered is acknowledged.
type rush struct {
	mu    sync.Mutex // guards what follows
	url   string     // of the present server
	acked map[string][]*deed
	over  bool
}

func (r *rush) at() (url string, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.url, r.over
}

func (r *rush) acknowledge(d *deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acked[d.path] = append(r.acked[d.path], d)
}

// client does deeds until there are none left or the rush is over; the one
// under way is carried through.
func (r *rush) client(t *testing.T, next func() *deed) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	for {
		d := next()
		if _, over := r.at(); over || d == nil {
			return
		}
		for {
			url, _ := r.at()
			done, err := d.try(client, url)
			if err != nil {
				t.Error(err)
				return
			}
			if done {
				r.acknowledge(d)
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// one after another, of n; nil when they are used up.
func counter(n int, make func(i int) *deed) func() *deed {
	var mu sync.Mutex
	i := 0
	return func() *deed {
		mu.Lock()
		defer mu.Unlock()
		if i == n {
			return nil
		}
		i++
		return make(i - 1)
	}
}

func TestF1WhatWasAcknowledgedSurvivesEveryKill(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		const kills = 10
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		w := townAt(t, at, 1200, 40, 80)
		r := &rush{acked: map[string][]*deed{}}
		server := serve(t, at)
		r.url = server.url
		var clients sync.WaitGroup
		applications := counter(len(w.drivers), func(i int) *deed { return apply(w.drivers[i]) })
		checks := counter(60*len(w.officers), func(i int) *deed { return w.check(t, i) })
		for range 4 {
			clients.Go(func() { r.client(t, applications) })
			clients.Go(func() { r.client(t, checks) })
		}
		slowest := time.Duration(0)
		for range kills {
			time.Sleep(time.Duration(100+random.IntN(500)) * time.Millisecond)
			server.kill()
			began := time.Now()
			server = serve(t, at)
			slowest = max(slowest, time.Since(began))
			r.mu.Lock()
			r.url = server.url
			r.mu.Unlock()
		}
		time.Sleep(300 * time.Millisecond)
		r.mu.Lock()
		r.over = true
		r.mu.Unlock()
		clients.Wait()
		server.stop()
		at.finish(t)
		t.Logf("%d kills, ready again after %v at the most, %d applications and %d checks acknowledged", kills, slowest,
			len(r.acked["/api/driver/applications"]), len(r.acked["/api/terminal/checks"]))
		r.verify(t, at)
	})
}

// finish does what the server's jobs do once the leases of a killed one are
// over, half a minute later.
func (at *place) finish(t *testing.T) {
	t.Helper()
	later := &clock{}
	later.Move(time.Minute)
	p, err := at.assemble(context.Background(), later, benchURL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	done, err := p.issuance.Resume(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d issuances that a kill cut short were finished", done)
}

// verify holds what clients were told against the database.
func (r *rush) verify(t *testing.T, at place) {
	t.Helper()
	retried := 0
	licences := at.counts(t, `SELECT a.id, count(*) FROM application a JOIN electronic e ON e.licence_id = a.licence_id
		WHERE a.status = 'issued' AND e.invalidated_at = 0 GROUP BY a.id`)
	for _, d := range r.acked["/api/driver/applications"] {
		if n := licences[d.id]; n != 1 {
			t.Errorf("application %s was acknowledged and led to %d electronic licences", d.id, n)
		}
		retried += d.tries - 1
	}
	checks := at.counts(t, `SELECT number, count(*) FROM licence_check GROUP BY number`)
	for _, d := range r.acked["/api/terminal/checks"] {
		if n := checks[d.id]; n != 1 {
			t.Errorf("check %s was acknowledged and is there %d times", d.id, n)
		}
		retried += d.tries - 1
	}
	if len(r.acked["/api/driver/applications"]) == 0 || len(r.acked["/api/terminal/checks"]) == 0 || retried == 0 {
		t.Errorf("the kills hit nothing: %d retries", retried)
	}
	at.consistent(t)
}

// consistent fails the test if a deed was done twice, half, or without its
// audit entry.
func (at *place) consistent(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"drivers with two applications": `SELECT count(*) FROM (SELECT licence_id FROM application GROUP BY licence_id HAVING count(*) > 1) AS twice`,
		"drivers with two licences":     `SELECT count(*) FROM (SELECT licence_id FROM electronic GROUP BY licence_id HAVING count(*) > 1) AS twice`,
		"requests with two checks":      `SELECT count(*) FROM (SELECT request_id FROM licence_check GROUP BY request_id HAVING count(*) > 1) AS twice`,
		"applications without an entry": `SELECT count(*) FROM application a WHERE (SELECT count(*) FROM audit_entry e WHERE e.object = a.id AND e.action = 'application.submit') <> 1`,
		"licences without an entry":     `SELECT count(*) FROM electronic l WHERE (SELECT count(*) FROM audit_entry e WHERE e.subject = l.licence_id AND e.action = 'electronic.issue') <> 1`,
		"checks without an entry":       `SELECT count(*) FROM licence_check c WHERE (SELECT count(*) FROM audit_entry e WHERE e.object = c.number AND e.action = 'check.code') <> 1`,
		"issued without a message":      `SELECT count(*) FROM application a WHERE status = 'issued' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.licence_id = a.licence_id)`,
		"signed, but not published":     `SELECT count(*) FROM issuance WHERE status = 'issued' AND id NOT IN (SELECT id FROM electronic) AND licence_id NOT IN (SELECT licence_id FROM electronic)`,
	} {
		if n := at.count(t, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	p, err := at.assemble(context.Background(), &clock{}, benchURL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if _, err := p.sequencer.Sequence(context.Background()); err != nil {
		t.Fatal(err)
	}
	v, err := p.auditLog.Verify(context.Background(), audit.Program)
	if err != nil || !v.OK {
		t.Errorf("the audit log does not hold: %+v %v", v, err)
	}
}

func TestF1AServerKilledBetweenPressAndAnswerIssuesOnce(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		w := townAt(t, at, 8, 0, 1)
		server := serve(t, at)
		client := &http.Client{Timeout: 10 * time.Second}
		for i, token := range w.drivers {
			d := apply(token)
			pressed := make(chan struct{})
			go func() {
				defer close(pressed)
				d.try(&http.Client{Transport: &http.Transport{}}, server.url)
			}()
			time.Sleep(time.Duration(i) * 2 * time.Millisecond)
			server.kill()
			<-pressed
			server = serve(t, at)
			answered := d.id
			done, err := d.try(client, server.url)
			if !done || err != nil {
				t.Fatalf("repeated after the kill: %v", err)
			}
			if answered != "" && answered != d.id {
				t.Errorf("the first answer said %s, the second %s", answered, d.id)
			}
		}
		server.stop()
		at.finish(t)
		if n := at.count(t, `SELECT count(*) FROM electronic WHERE invalidated_at = 0`); n != len(w.drivers) {
			t.Errorf("%d drivers pressed, %d electronic licences", len(w.drivers), n)
		}
		at.consistent(t)
	})
}

func TestS45AHundredPressesAtOnceMakeOneApplication(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		w := townAt(t, at, 2, 0, 1)
		p, err := at.assemble(context.Background(), &clock{}, benchURL)
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		clear(p.limiter.Rates) // or nine in ten would be refused for that
		server := httptest.NewServer(p.http.Handler())
		defer server.Close()
		press := func(token string, key func() string) (ids map[string]int) {
			ids = map[string]int{}
			var mu sync.Mutex
			var presses sync.WaitGroup
			for range 100 {
				presses.Go(func() {
					d := apply(token)
					d.key = key()
					_, err := d.try(server.Client(), server.URL)
					mu.Lock()
					defer mu.Unlock()
					if err != nil && !strings.Contains(err.Error(), application.ErrOpen.Code) && !strings.Contains(err.Error(), application.ErrHeld.Code) {
						t.Error(err)
					}
					ids[d.id]++
				})
			}
			presses.Wait()
			return ids
		}
		different := press(w.drivers[0], uid.Secret)
		if len(different) != 2 || different[""] != 99 {
			t.Errorf("a hundred different presses led to %v", different)
		}
		key := uid.Secret()
		same := press(w.drivers[1], func() string { return key })
		if len(same) != 1 || same[""] != 0 {
			t.Errorf("one press repeated a hundred times led to %v", same)
		}
		if n := at.count(t, `SELECT count(*) FROM electronic`); n != 2 {
			t.Errorf("%d electronic licences for two drivers", n)
		}
		at.consistent(t)
	})
}
