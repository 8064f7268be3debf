package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/store"
)

// desk is a member of staff at the console, over HTTP.
type desk struct {
	*demonstration
	t      *testing.T
	cookie *http.Cookie
}

// desk signs a member of staff in with one post.
func (d *demonstration) desk(t *testing.T, staffID string, role account.Role) *desk {
	t.Helper()
	s := &account.Session{Population: account.StaffPop, Roles: []account.Role{role}, StaffID: staffID}
	token, hash := account.Begin(s, d.clock.Now())
	if err := d.db.Update(context.Background(), func(tx *store.Tx) error { return tx.AddSession(context.Background(), hash, s) }); err != nil {
		t.Fatal(err)
	}
	return &desk{d, t, &http.Cookie{Name: "edl_staff", Value: token}}
}

// call sends a request and reads the answer; it fails the test on another status.
func (d *desk) call(want int, method, path, body string) map[string]any {
	d.t.Helper()
	r, err := http.NewRequest(method, d.server.URL+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(d.cookie)
	return d.do(want, r)
}

func (d *desk) do(want int, r *http.Request) map[string]any {
	d.t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(answer.Body)
	if answer.StatusCode != want {
		d.t.Fatalf("%s %s: %d %s", r.Method, r.URL.Path, answer.StatusCode, text.String())
	}
	var v map[string]any
	if text.Len() > 0 {
		if err := json.Unmarshal(text.Bytes(), &v); err != nil {
			d.t.Fatalf("%s: %v", text.String(), err)
		}
	}
	return v
}

// at follows names and places through an answer: at(v, "matches", 0, "name").
func at(v any, way ...any) any {
	for _, step := range way {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

// registrars are two members of staff of the demonstration.
func (d *demonstration) registrars(t *testing.T) (*desk, *desk) {
	t.Helper()
	members, err := d.staff.List(context.Background())
	if err != nil || len(members) < 2 {
		t.Fatalf("%d members, %v", len(members), err)
	}
	return d.desk(t, members[0].ID, account.Registrar), d.desk(t, members[1].ID, account.Registrar)
}

func (d *desk) feed(run, body string) map[string]any {
	d.t.Helper()
	r, err := http.NewRequest(http.MethodPost, d.server.URL+"/api/feed/licences?source=test&run="+run, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Authorization", "Bearer "+d.ring.Feed)
	return d.do(http.StatusOK, r)
}

func TestTheRegisterOverHTTP(t *testing.T) {
	d := startDemonstration(t)
	t.Run("records, corrections and refused lines", d.playTheRegister)
	t.Run("a change is published within a second", d.publishAChange)
}

func (d *demonstration) playTheRegister(t *testing.T) {
	fang, tian := d.registrars(t)
	line := `{"file_number":"000099990001","document_type":"A","number":"000000199003070022","name":"欧阳龘","address":"示范市安澜区云水路18号","classes":"C1",` +
		`"first_issue":"2016-12-28","valid_from":"2022-12-28","valid_to":"%s","status":"%s","points":3,"authority":"示范市公安局交通管理局","phone":"13900000011","holds_from":"%s"}` + "\n"

	got := fang.feed("r1", fmt.Sprintf(line, "2032-12-28", "A", "2024-05-20"))
	if at(got, "applied") != 1.0 || at(got, "lines") != 1.0 {
		t.Fatalf("%v", got)
	}
	if got := fang.feed("r1", fmt.Sprintf(line, "2032-12-28", "A", "2024-05-20")); at(got, "unchanged") != 1.0 {
		t.Errorf("again: %v", got)
	}

	search := fang.call(200, "POST", "/api/staff/register/search", `{"by":"name","value":"欧阳龘","reason":"更正核对","caseNumber":"GZ-1"}`)
	id, lookup := at(search, "matches", 0, "licenceId").(string), at(search, "lookup").(string)
	record := "/api/staff/register/" + id
	v := fang.call(200, "GET", record+"?lookup="+lookup, "")
	if at(v, "licence", "name") != "欧阳龘" || at(v, "state", "use") != "usable" || at(v, "phoneMasked") != "139****0011" || len(at(v, "versions").([]any)) != 1 {
		t.Errorf("%v", v)
	}
	if p := tian.call(403, "GET", record+"?lookup="+lookup, ""); at(p, "code") != "register.lookup" {
		t.Errorf("%v", p)
	}
	if p := fang.call(400, "POST", "/api/staff/register/search", `{"by":"name","value":"欧阳龘","reason":""}`); at(p, "code") != "register.reason" {
		t.Errorf("%v", p)
	}

	// One asks, another approves; the history tells both times.
	ask := `{"licenceId":"` + id + `","changes":[{"field":"status","value":"D"}],"holdsFrom":"2025-08-05","reason":"决定书迟到"}`
	c := fang.call(201, "POST", "/api/staff/corrections", ask)
	if at(c, "changes", 0, "old") != "A" || at(c, "changes", 0, "new") != "D" || at(c, "askedBy") == "" {
		t.Errorf("%v", c)
	}
	approve := "/api/staff/corrections/" + at(c, "id").(string) + "/approve"
	fang.call(403, "POST", approve, "")
	tian.call(200, "POST", approve, "")
	tian.call(409, "POST", approve, "")
	if list := fang.call(200, "GET", "/api/staff/corrections", ""); at(list, "corrections", 0, "status") != "approved" {
		t.Errorf("%v", list)
	}
	asOf := func(day string) string {
		v := fang.call(200, "GET", record+"/at?lookup="+lookup+"&holds="+day+"T00:00:00%2B08:00", "")
		if at(v, "none") == true {
			return "none"
		}
		return at(v, "state", "worst").(string)
	}
	for day, want := range map[string]string{"2024-05-19": "none", "2025-08-04": "A", "2025-08-05": "D"} {
		if got := asOf(day); got != want {
			t.Errorf("on %s: %s, want %s", day, got, want)
		}
	}
	v = fang.call(200, "GET", record+"?lookup="+lookup, "")
	if !strings.HasPrefix(at(v, "versions", 1, "source", "zh").(string), "更正：") || at(v, "versions", 1, "changes", 0, "new") != "D" {
		t.Errorf("%v", at(v, "versions"))
	}

	// A refused line marks the licence until a registrar resolves it.
	got = fang.feed("r2", fmt.Sprintf(line, "2032-02-30", "A", "2026-01-01"))
	if at(got, "refused", 0, "field") != "valid_to" || at(got, "refused", 0, "code") != "register.date" {
		t.Errorf("%v", got)
	}
	pending := fang.call(200, "GET", "/api/staff/pending", "")
	if at(pending, "pending", 0, "licenceId") != id || at(pending, "pending", 0, "field") != "valid_to" || !strings.Contains(at(pending, "pending", 0, "text").(string), "2032-02-30") {
		t.Fatalf("%v", pending)
	}
	fang.call(204, "POST", "/api/staff/pending/"+at(pending, "pending", 0, "id").(string)+"/resolve", `{"reason":"来源系统录入有误"}`)
	if pending := fang.call(200, "GET", "/api/staff/pending", ""); len(at(pending, "pending").([]any)) > 0 {
		t.Errorf("%v", pending)
	}
	imports := fang.call(200, "GET", "/api/staff/imports", "")
	if at(imports, "imports", 0, "refused") != 1.0 || at(imports, "imports", 0, "status") != "done" {
		t.Errorf("%v", imports)
	}
	one := fang.call(200, "GET", "/api/staff/imports/"+at(imports, "imports", 0, "id").(string), "")
	if at(one, "refusals", 0, "line") != 1.0 || at(one, "file") != "test" {
		t.Errorf("%v", one)
	}
}

// publishAChange shows that the phone of a driver hears of a change.
func (d *demonstration) publishAChange(t *testing.T) {
	fang, _ := d.registrars(t)
	entry := d.demo.Drivers[0]
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	id, err := d.register.IDOf(ctx, licence.FileNumber(entry.FileNumber))
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.register.Entry(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	events, stop := d.live.Listen(id)
	defer stop()
	l := e.Licence
	l.Status, l.Points = "D", l.Points+1
	line, err := register.Write(l, "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	fang.feed("r1", string(line))
	select {
	case event := <-events:
		if event.Name != "state" {
			t.Errorf("event %q", event.Name)
		}
	case <-ctx.Done():
		t.Error("nobody was told")
	}
}
