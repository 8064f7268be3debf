package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/live"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

// site is a world's platform over HTTP.
type site struct {
	*desktest.World
	t   *testing.T
	url string
}

// sites runs f over HTTP on both databases.
func sites(t *testing.T, f func(t *testing.T, s *site)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		server := &httpapi.Server{
			PublicURL: desktest.Origin, Now: w.Now, Sessions: w.Sessions, Drivers: w.Drivers, Parties: w.Parties, Admissions: w.Admissions, PartyAdmins: w.PartyAdmins, Staff: &account.Staff{InTx: store.In[account.StaffTx](db), Read: store.Read[account.StaffTx](db), Now: w.Now, Allow: w.Limiter.Allow}, Checks: w.Checks, Consents: w.Consents, Follow: w.Follow, Bulk: w.Bulk, Detentions: w.Detentions, Delays: w.Delays,
			Authority: w.Authority, Presentation: w.Presentation, Live: &live.Hub{}, Register: registertest.Service(db, w.Now),
		}
		listening := httptest.NewServer(server.Handler())
		t.Cleanup(listening.Close)
		f(t, &site{w, t, listening.URL})
	})
}

// browser is somebody's browser: it keeps cookies.
type browser struct {
	s      *site
	client http.Client
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s: s, client: http.Client{Jar: jar}}
}

// as gives the browser an open session.
func (s *site) as(session *account.Session) *browser {
	s.t.Helper()
	token, hash := account.Begin(session, s.Now())
	storetest.Update(s.t, s.DB, func(tx *store.Tx) error { return tx.AddSession(s.t.Context(), hash, session) })
	b := s.browser()
	b.client.Transport = cookie{"edl_" + string(session.Population), token}
	return b
}

// cookie adds a cookie to each request.
type cookie struct{ name, value string }

func (c cookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r.AddCookie(&http.Cookie{Name: c.name, Value: c.value})
	return http.DefaultTransport.RoundTrip(r)
}

// do sends a request and reads the answer as JSON into out; it returns the
// status and a problem's code.
func (b *browser) do(method, path string, body, out any) (status int, code string) {
	b.s.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			b.s.t.Fatal(err)
		}
	}
	response, text := b.send(b.s.t, method, path, text)
	if response.StatusCode >= 400 {
		var p struct{ Code string }
		if err := json.Unmarshal(text, &p); err != nil {
			b.s.t.Fatalf("%s %s: %s", method, path, text)
		}
		return response.StatusCode, p.Code
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = text
	} else if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.s.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return response.StatusCode, ""
}

// send sends a request, with a body if there is one, and returns the whole answer.
func (b *browser) send(t *testing.T, method, path string, body []byte) (*http.Response, []byte) {
	t.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequest(method, b.s.url+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", desktest.Origin)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Content-Type", "application/json")
	response, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, text
}

// want sends a request that must succeed.
func (b *browser) want(status int, method, path string, body, out any) {
	b.s.t.Helper()
	if got, code := b.do(method, path, body, out); got != status {
		b.s.t.Fatalf("%s %s: %d %s, want %d", method, path, got, code, status)
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

type object = map[string]any

// TestAClerksWholeDay plays what a rental firm's clerk does, from the one-time
// code to the confirmed receipt, and what the driver sees of it.
func TestAClerksWholeDay(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		admin := s.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
		form := s.Form(relyingparty.Rental)
		var party struct {
			ID, Status  string
			ChecksToday int
			Terminals   []object
		}
		admin.want(201, "POST", "/api/staff/parties", object{
			"name": form.Name, "uscc": form.USCC, "kind": "rental", "contact": form.Contact, "phone": form.Phone, "scenarios": []string{"rental"},
		}, &party)
		var code struct{ Code string }
		admin.want(201, "POST", "/api/staff/parties/"+party.ID+"/codes", nil, &code)
		var operator struct{ ID, PIN string }
		admin.want(201, "POST", "/api/staff/parties/"+party.ID+"/operators", object{"number": "0088", "name": "沈望舒"}, &operator)

		clerk, key := s.browser(), desktest.NewKey(t)
		var terminal struct{ TerminalID, Number string }
		clerk.want(200, "POST", "/api/terminal/enrol", object{
			"code": code.Code, "publicKey": b64(desktest.Point(key)), "name": "前台1号", "place": "示例路1号",
			"signature": b64(desktest.Sign(key, relyingparty.EnrolProof(desktest.Origin, code.Code))),
		}, &terminal)
		var challenge struct{ Challenge string }
		clerk.want(200, "POST", "/api/terminal/challenge", object{"terminalId": terminal.TerminalID}, &challenge)
		var session struct {
			MustChangePIN bool `json:"mustChangePin"`
			Scenarios     []struct {
				ID             string
				Ways           []string
				VehicleClasses []object
			}
		}
		clerk.want(200, "POST", "/api/terminal/session", object{
			"terminalId": terminal.TerminalID, "challenge": challenge.Challenge, "operatorNumber": "0088", "pin": operator.PIN,
			"signature": b64(desktest.Sign(key, relyingparty.SessionProof(desktest.Origin, challenge.Challenge, "0088"))),
		}, &session)
		if !session.MustChangePIN || len(session.Scenarios) != 1 || session.Scenarios[0].ID != "rental" || session.Scenarios[0].VehicleClasses[0]["code"] != "C2" {
			t.Errorf("the session is %+v", session)
		}

		driver := s.Driver("holder:1", nil)
		ask := object{"requestId": desktest.NewRequest(), "scenario": "rental", "way": "code", "code": driver.Code(0), "vehicleClass": "C1", "rentalEnd": "2026-10-12",
			"name": string(driver.Licence.Name), "number": string(driver.Licence.Document.Number)}
		if status, code := clerk.do("POST", "/api/terminal/checks", ask, nil); status != 403 || code != "must_change_pin" {
			t.Errorf("with a PIN that was handed out: %d %s", status, code)
		}
		clerk.want(204, "POST", "/api/terminal/operator/pin", object{"old": operator.PIN, "new": "274613"}, nil)
		clerk.want(204, "PUT", "/api/terminal/place", object{"place": "机场店"}, nil)

		var got object
		clerk.want(200, "POST", "/api/terminal/checks", ask, &got)
		id := got["id"].(string)
		delete(got, "id")
		want := object{}
		if err := json.Unmarshal([]byte(`{
			"number": "HY-261009-000001", "at": "2026-10-09T10:32:00+08:00", "scenario": "rental", "scenarioName": {"zh": "租赁核验", "en": "Car rental"},
			"way": "code", "verdict": "usable", "word": {"zh": "可用", "en": "Usable"},
			"line": {"zh": "真实·可驾本车·覆盖还车日", "en": "genuine · covers this vehicle · valid until the return"},
			"person": {"photoUrl": "/api/terminal/checks/`+id+`/photo"},
			"answers": [
				{"key": "same_person", "question": {"zh": "与订单是同一人", "en": "Same person as on the order"}, "yes": true},
				{"key": "class_covers", "question": {"zh": "可驾：小型汽车", "en": "May drive: car"}, "yes": true},
				{"key": "valid_until", "question": {"zh": "10月12日还车时仍有效", "en": "Still valid on return, 12 October"}, "yes": true}],
			"facts": [], "paper": {"needed": false, "say": {"zh": "不需要纸质驾驶证，也不要复印", "en": "No paper licence is needed; do not copy it"}},
			"pending": false, "steps": []}`), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the answer (-want +got):\n%s", diff)
		}
		var again object
		clerk.want(200, "POST", "/api/terminal/checks", ask, &again)
		if again["number"] != got["number"] {
			t.Errorf("repeated: %v", again["number"])
		}
		ask["requestId"] = desktest.NewRequest()
		if status, code := clerk.do("POST", "/api/terminal/checks", ask, nil); status != 409 || code != "replayed_code" {
			t.Errorf("replayed: %d %s", status, code)
		}

		var jpeg []byte
		clerk.want(200, "GET", "/api/terminal/checks/"+id+"/photo", nil, &jpeg)
		if !bytes.Equal(jpeg, desktest.JPEG) {
			t.Errorf("the photo is %q", jpeg)
		}
		clerk.want(204, "POST", "/api/terminal/checks/"+id+"/person", object{"match": true}, nil)
		var shift struct {
			Checks []object
			Tally  object
		}
		clerk.want(200, "GET", "/api/terminal/checks?since=2026-10-09T08:00:00%2B08:00", nil, &shift)
		if len(shift.Checks) != 1 || shift.Checks[0]["personMatch"] != true || shift.Tally["usable"] != 1.0 {
			t.Errorf("the shift is %+v", shift)
		}
		var receipt, confirmed object
		clerk.want(200, "GET", "/api/terminal/checks/"+id+"/receipt", nil, &receipt)
		confirm := strings.TrimPrefix(receipt["confirmUrl"].(string), desktest.Origin+"/verify/#/receipt/")
		s.browser().want(200, "GET", "/api/public/receipts/"+confirm, nil, &confirmed)
		if diff := cmp.Diff(receipt, confirmed); diff != "" {
			t.Errorf("confirmed (-receipt +confirmed):\n%s", diff)
		}
		if status, code := s.browser().do("GET", "/api/public/receipts/"+confirm+"x", nil, nil); status != 404 || code != "not_found" {
			t.Errorf("with another key: %d %s", status, code)
		}

		phone := s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: driver.LicenceID, DeviceID: driver.DeviceID})
		var checks struct{ Checks []object }
		phone.want(200, "GET", "/api/driver/checks", nil, &checks)
		if len(checks.Checks) != 1 {
			t.Fatalf("the driver sees %+v", checks)
		}
		seen := checks.Checks[0]
		as := object{"party": form.Name, "operatorNumber": "0088", "place": "机场店", "outcome": "usable", "personMatch": true, "number": got["number"]}
		for field, want := range as {
			if seen[field] != want {
				t.Errorf("the driver sees %s %v, want %v", field, seen[field], want)
			}
		}
		if len(seen["fields"].([]any)) != 5 {
			t.Errorf("given, says the list: %v", seen["fields"])
		}
		phone.want(200, "GET", "/api/driver/checks/"+seen["id"].(string), nil, nil)

		admin.want(200, "GET", "/api/staff/parties/"+party.ID, nil, &party)
		if party.ChecksToday != 1 || len(party.Terminals) != 1 || party.Terminals[0]["place"] != "机场店" {
			t.Errorf("the console sees %+v", party)
		}
		admin.want(204, "POST", "/api/staff/parties/"+party.ID+"/suspend", nil, nil)
		if status, code := clerk.do("GET", "/api/terminal/session", nil, nil); status != 401 {
			t.Errorf("after the suspension: %d %s", status, code)
		}
	})
}

// Each refusal over HTTP: its status, its code, and nothing of the person.
func TestRefusalsOfAChecksCodeOverHTTP(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		desk := s.Desk(relyingparty.Police, "police")
		officer := s.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID})
		driver, ended := s.Driver("holder:1", nil), s.Driver("holder:2", nil)
		if err := s.Drivers.EndDevice(t.Context(), desktest.Staff, ended.LicenceID, ended.DeviceID); err != nil {
			t.Fatal(err)
		}
		ask := func(change func(q object)) object {
			q := object{"requestId": desktest.NewRequest(), "scenario": "police", "way": "code", "code": driver.Code(0)}
			change(q)
			return q
		}
		for _, c := range []struct {
			name   string
			change func(q object)
			status int
			code   string
		}{
			{"as it should be", func(object) {}, 200, ""},
			{"two minutes old", func(q object) { q["code"] = driver.Code(120e9) }, 409, "expired_code"},
			{"a clock an hour off", func(q object) { q["code"] = driver.Code(3600e9) }, 409, "clock_skew"},
			{"another's signature", func(q object) { q["code"] = driver.CodeBy(ended.Key, driver.Serial(), 0) }, 400, "bad_signature"},
			{"an ended phone", func(q object) { q["code"] = ended.Code(0) }, 409, "ended_device"},
			{"an unknown serial", func(q object) { q["code"] = driver.CodeBy(driver.Key, [8]byte{1}, 0) }, 404, "unknown_code"},
			{"an address", func(q object) { q["code"] = "https://example.org" }, 400, "bad_code"},
			{"50 kB", func(q object) { q["code"] = "EDL1:" + strings.Repeat("A", 50_000) }, 413, "too_large"},
			{"a field outside the scenario", func(q object) { q["fields"] = []string{"points_full"} }, 403, "field_not_allowed"},
			{"a member that there is not", func(q object) { q["role"] = "police" }, 400, "malformed"},
			{"no reason", func(q object) { q["way"], q["code"], q["number"], q["name"] = "number", "", "E00000099", "林晓舟" }, 400, "check.reason_needed"},
			{"nobody", func(q object) {
				q["way"], q["code"], q["number"], q["name"], q["reason"] = "number", "", "E00000099", "林晓舟", "未带手机"
			}, 404, "not_found"},
			{"another's scenario", func(q object) { q["scenario"] = "rental" }, 403, "scenario_not_granted"},
			{"a date that is none", func(q object) { q["rentalEnd"] = "2026-13-40" }, 400, "date"},
		} {
			t.Run(c.name, func(t *testing.T) {
				if status, code := officer.do("POST", "/api/terminal/checks", ask(c.change), nil); status != c.status || code != c.code {
					t.Errorf("%d %s, want %d %s", status, code, c.status, c.code)
				}
			})
		}
		stranger := s.browser()
		if status, code := stranger.do("POST", "/api/terminal/checks", ask(func(object) {}), nil); status != 401 {
			t.Errorf("without a session: %d %s", status, code)
		}
	})
}

// The page of the code, in each state.
func TestThePageOfTheCodeSaysHowTheLicenceStands(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		for key, want := range map[string]string{
			"holder:1": "usable", "status:H": "usable", "status:B": "not_usable", "status:L": "hidden", "status:F": "gone", "validity:yesterday": "not_usable",
		} {
			d := s.Driver(key, nil)
			var got struct {
				Serial, State, OfflineUntil, Since string
				Sentence                           object
			}
			phone := s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: d.LicenceID, DeviceID: d.DeviceID})
			phone.want(200, "GET", "/api/driver/show", nil, &got)
			serial := d.Serial()
			if want == "hidden" || want == "gone" {
				serial = [8]byte{}
			}
			if got.State != want || got.Sentence["zh"] == "" || (got.Serial == b64(serial[:])) != (want != "hidden" && want != "gone") {
				t.Errorf("%s: %+v, want %s", key, got, want)
			}
			if want == "usable" {
				var renewed struct{ Serial string }
				phone.want(200, "POST", "/api/driver/devices/current/renew", nil, &renewed)
				if renewed.Serial == got.Serial || got.OfflineUntil != "2026-10-16T10:32:00+08:00" {
					t.Errorf("%s: renewed %q from %q, offline until %s", key, renewed.Serial, got.Serial, got.OfflineUntil)
				}
			}
		}
	})
}

// TestADelayedLookUpOverHTTP plays what an officer, the driver, the security
// administrator and the auditor each see: export, list, receipt and complaint
// tell the driver of nothing before its day.
func TestADelayedLookUpOverHTTP(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		staff := func(id string, role account.Role) *browser {
			return s.as(&account.Session{Population: account.StaffPop, StaffID: id, Roles: []account.Role{role}})
		}
		security, auditor := staff("security", account.Security), staff("auditor", account.Auditor)
		d, desk := s.Driver("holder:1", nil), s.Desk(relyingparty.Police, "police")
		officer := s.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID})
		phone := func() *browser {
			return s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, Phone: d.Licence.Phone, LicenceID: d.LicenceID, DeviceID: d.DeviceID})
		}

		if status, code := auditor.do("POST", "/api/staff/delays", object{"name": "侦查", "basis": "依据", "days": 30}, nil); status != 403 || code != "forbidden" {
			t.Errorf("an auditor proposes: %d %s", status, code)
		}
		security.want(204, "POST", "/api/staff/delays", object{"name": "侦查", "basis": "刑事诉讼法第一百五十二条", "days": 30}, nil)
		var all struct {
			Purposes []struct{ ID, Status string }
			Hidden   []struct{ Number, VisibleAt string }
		}
		security.want(200, "GET", "/api/staff/delays", nil, &all)
		path := "/api/staff/delays/" + all.Purposes[0].ID + "/decision"
		if status, code := security.do("POST", path, object{"approve": true}, nil); status != 403 || code != "forbidden" {
			t.Errorf("one's own: %d %s", status, code)
		}
		auditor.want(204, "POST", path, object{"approve": true}, nil)
		var choice struct{ Purposes []struct{ ID string } }
		officer.want(200, "GET", "/api/terminal/delay-purposes", nil, &choice)
		ask := object{"requestId": desktest.NewRequest(), "scenario": "police", "way": "number", "number": string(d.Licence.Document.Number), "name": string(d.Licence.Name),
			"reason": "核实身份", "caseNumber": "ZA-1", "purpose": choice.Purposes[0].ID}
		var check struct{ Number, VisibleAt string }
		officer.want(200, "POST", "/api/terminal/checks", ask, &check)
		if check.VisibleAt != "2026-11-08T10:32:00+08:00" {
			t.Errorf("shown at %q", check.VisibleAt)
		}
		if status, code := officer.do("GET", "/api/terminal/checks/"+check.Number+"/receipt", nil, nil); status != 409 || code != "check.no_receipt" {
			t.Errorf("its receipt: %d %s", status, code)
		}
		auditor.want(200, "GET", "/api/staff/delays", nil, &all)
		if len(all.Hidden) != 1 || all.Hidden[0].Number != check.Number {
			t.Errorf("the auditor sees %+v", all)
		}

		holds := func(path string) bool {
			var text []byte
			phone().want(200, "GET", path, nil, &text)
			return bytes.Contains(text, []byte(check.Number)) || bytes.Contains(text, []byte("ZA-1"))
		}
		for _, when := range []bool{false, true} {
			for _, path := range []string{"/api/driver/checks", "/api/driver/checks?before=HY-991231-999999"} {
				if got := holds(path); got != (when && !strings.Contains(path, "before")) {
					t.Errorf("on its day %v: %s holds it: %v", when, path, got)
				}
			}
			want := 404
			if when {
				want = 200
			}
			if status, _ := phone().do("GET", "/api/driver/checks/"+check.Number, nil, nil); status != want {
				t.Errorf("on its day %v: its page is %d", when, status)
			}
			if !when {
				if status, code := phone().do("POST", "/api/driver/checks/"+check.Number+"/complaint", nil, nil); status != 404 || code != "not_found" {
					t.Errorf("a complaint of it: %d %s", status, code)
				}
				s.Wait(30 * 24 * time.Hour)
			}
		}
		var late struct {
			Checks []struct {
				At    string
				Delay struct {
					Days int
					Say  struct{ ZH string }
				}
			}
		}
		phone().want(200, "GET", "/api/driver/checks", nil, &late)
		if len(late.Checks) != 1 || late.Checks[0].At != "2026-10-09T10:32:00+08:00" || late.Checks[0].Delay.Say.ZH != "延迟30天公开，依据：刑事诉讼法第一百五十二条" {
			t.Errorf("the driver sees %+v", late)
		}
	})
}
