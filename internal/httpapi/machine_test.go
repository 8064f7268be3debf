package httpapi_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/live"
	"edl/internal/relyingparty"
	"edl/internal/storetest"
)

// request is what a machine is about to send.
func (s *site) request(method, path string, body any) *http.Request {
	s.t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, s.url+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// send sends it as it is.
func (s *site) send(r *http.Request, out any) (status int, code string) {
	s.t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var p struct{ Code string }
	if answer.StatusCode >= 400 {
		json.Unmarshal(text, &p)
	} else if raw, ok := out.(*[]byte); ok {
		*raw = text
	} else if out != nil && json.Unmarshal(text, out) != nil {
		s.t.Fatalf("%s %s: %s", r.Method, r.URL, text)
	}
	return answer.StatusCode, p.Code
}

// signed signs a request and sends it.
func (s *site) signed(m *desktest.Machine, method, path string, body, out any) (status int, code string) {
	s.t.Helper()
	r := s.request(method, path, body)
	m.Sign(r, s.Now())
	return s.send(r, out)
}

func rental(code string) object {
	return object{"requestId": desktest.NewRequest(), "scenario": "rental", "way": "code", "code": code, "vehicleClass": "C1", "rentalEnd": "2026-10-12"}
}

// TestS37ASignedRequestIsBelievedOnceWholeAndFresh plays each attack on a
// signed request beside its control: the same request unharmed is answered.
func TestS37ASignedRequestIsBelievedOnceWholeAndFresh(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h, stranger := s.house(relyingparty.Rental, "rental"), s.house(relyingparty.Rental, "rental")
		driver := s.Driver("holder:1", nil)
		fresh := func() *http.Request { return s.request("POST", "/api/machine/checks", rental(driver.Code(0))) }
		for _, c := range []struct {
			attack string
			do     func() *http.Request
			status int
			code   string
		}{
			{"nothing (control)", func() *http.Request { r := fresh(); h.machine.Sign(r, s.Now()); return r }, 200, ""},
			{"no signature", fresh, 401, "key.unsigned"},
			{"a cookie in its place", func() *http.Request {
				r := fresh()
				r.Header.Set("Origin", desktest.Origin)
				r.AddCookie(&http.Cookie{Name: "edl_terminal", Value: "x"})
				return r
			}, 401, "key.unsigned"},
			{"the body altered", func() *http.Request {
				r := fresh()
				h.machine.Sign(r, s.Now())
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte("C1"), []byte("A1"), 1)))
				return r
			}, 401, "key.digest"},
			{"the body and its digest altered", func() *http.Request {
				r, other := fresh(), fresh()
				h.machine.Sign(other, s.Now())
				h.machine.Sign(r, s.Now())
				r.Header.Set("Content-Digest", other.Header.Get("Content-Digest"))
				r.Body = other.Body
				return r
			}, 401, "key.signature"},
			{"another target", func() *http.Request {
				r := fresh()
				h.machine.Sign(r, s.Now())
				r.URL.RawQuery = "x=1"
				return r
			}, 401, "key.signature"},
			{"another method", func() *http.Request {
				r := s.request("GET", "/api/machine/bulk/x", nil)
				h.machine.Sign(r, s.Now())
				r.Method = "DELETE"
				return r
			}, 401, "key.incomplete"},
			{"the digest not covered", func() *http.Request {
				r := fresh()
				r.Method = "GET"
				h.machine.Sign(r, s.Now())
				r.Method = "POST"
				return r
			}, 401, "key.incomplete"},
			{"no nonce to speak of", func() *http.Request { r := fresh(); h.machine.SignAs(r, s.Now(), "1"); return r }, 401, "key.incomplete"},
			{"signed too long ago", func() *http.Request { r := fresh(); h.machine.Sign(r, s.Now().Add(-61*time.Second)); return r }, 401, "key.clock"},
			{"signed in the future", func() *http.Request { r := fresh(); h.machine.Sign(r, s.Now().Add(62*time.Second)); return r }, 401, "key.clock"},
			{"another party's key under this name", func() *http.Request {
				r := fresh()
				(&desktest.Machine{KeyID: h.machine.KeyID, Private: stranger.machine.Private, Origin: desktest.Origin}).Sign(r, s.Now())
				return r
			}, 401, "key.signature"},
			{"a key nobody has", func() *http.Request {
				r := fresh()
				(&desktest.Machine{KeyID: "nobody", Private: h.machine.Private, Origin: desktest.Origin}).Sign(r, s.Now())
				return r
			}, 401, "key.signature"},
			{"meant for another authority", func() *http.Request {
				r := fresh()
				(&desktest.Machine{KeyID: h.machine.KeyID, Private: h.machine.Private, Origin: "https://elsewhere.example"}).Sign(r, s.Now())
				return r
			}, 401, "key.signature"},
		} {
			if status, code := s.send(c.do(), nil); status != c.status || code != c.code {
				t.Errorf("%s: %d %s, want %d %s", c.attack, status, code, c.status, c.code)
			}
		}

		replayed := fresh()
		h.machine.Sign(replayed, s.Now())
		text, _ := io.ReadAll(replayed.Body)
		again := replayed.Clone(t.Context())
		replayed.Body, again.Body = io.NopCloser(bytes.NewReader(text)), io.NopCloser(bytes.NewReader(text))
		if status, code := s.send(replayed, nil); status != 200 {
			t.Fatalf("control: %d %s", status, code)
		}
		if status, code := s.send(again, nil); status != 409 || code != "key.replayed" {
			t.Errorf("replayed: %d %s", status, code)
		}
		var first, second object
		ask := rental(driver.Code(0))
		s.signed(h.machine, "POST", "/api/machine/checks", ask, &first)
		if status, code := s.signed(h.machine, "POST", "/api/machine/checks", ask, &second); status != 200 || first["number"] != second["number"] {
			t.Errorf("the same question signed anew: %d %s, %v and %v", status, code, first["number"], second["number"])
		}

		for what, end := range map[string]func(id string){
			"suspended": func(id string) { h.admin.want(204, "POST", "/api/party/keys/"+id+"/suspend", nil, nil) },
			"revoked":   func(id string) { h.admin.want(204, "POST", "/api/party/keys/"+id+"/revoke", nil, nil) },
		} {
			m := desktest.AddMachine(t, s.Parties, h.Party.ID, "rental")
			if status, code := s.signed(m, "POST", "/api/machine/checks", rental(driver.Code(0)), nil); status != 200 {
				t.Errorf("control, not yet %s: %d %s", what, status, code)
			}
			end(m.KeyID)
			if status, code := s.signed(m, "POST", "/api/machine/checks", rental(driver.Code(0)), nil); status != 401 || code != "key.ended" {
				t.Errorf("%s: %d %s", what, status, code)
			}
		}
		s.Wait(366 * 24 * time.Hour)
		if status, code := s.signed(h.machine, "GET", "/api/machine/bulk/x", nil, nil); status != 401 || code != "key.expired" {
			t.Errorf("expired: %d %s", status, code)
		}
	})
}

func TestAMachineChecksWithinItsGrantsAndTheDriverReadsItsNumber(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h := s.house(relyingparty.Insurer, relyingparty.Underwriting, relyingparty.Claim)
		narrow := desktest.AddMachine(t, s.Parties, h.Party.ID, relyingparty.Underwriting)
		driver := s.Driver("holder:1", nil)
		ask := object{"requestId": desktest.NewRequest(), "scenario": "underwriting", "way": "code", "code": driver.Code(0), "vehicleClass": "C1"}
		var got struct {
			Number, Verdict string
			Person          *struct{ PhotoURL string }
		}
		if status, code := s.signed(narrow, "POST", "/api/machine/checks", ask, &got); status != 200 || got.Verdict != "usable" {
			t.Fatalf("%d %s %+v", status, code, got)
		}
		claim := object{"requestId": desktest.NewRequest(), "scenario": "claim", "way": "number", "number": "110101199003070011", "name": "某人", "reason": "理赔",
			"caseNumber": "AJ-1", "policyNumber": "BD-1", "vehicleClass": "C1", "accidentAt": "2026-10-01T00:00:00+08:00"}
		if status, code := s.signed(narrow, "POST", "/api/machine/checks", claim, nil); status != 403 || code != "scenario_not_granted" {
			t.Errorf("the party's scenario that the key was not granted: %d %s", status, code)
		}
		if status, code := s.signed(h.machine, "POST", "/api/machine/checks", claim, nil); status != 404 {
			t.Errorf("control, a key that was: %d %s", status, code)
		}
		if status, code := s.signed(h.machine, "GET", "/api/machine/checks/"+got.Number, nil, nil); status != 404 {
			t.Errorf("a check of another key: %d %s", status, code)
		}
		if status, code := s.signed(narrow, "GET", "/api/machine/checks/"+got.Number, nil, nil); status != 200 {
			t.Errorf("a check of one's own: %d %s", status, code)
		}
		list, err := s.Checks.OfDriver(t.Context(), driver.LicenceID, "", 10)
		if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].Record.OperatorNumber, "系统 ") || list[0].Record.Party != h.Party.Name {
			t.Errorf("the driver reads %+v, %v", list, err)
		}
		if status, code := s.as(&account.Session{Population: account.TerminalPop, PartyID: h.Party.ID, TerminalID: narrow.KeyID, OperatorID: narrow.KeyID}).
			do("GET", "/api/terminal/session", nil, nil); status == 200 {
			t.Errorf("a key as an operator's session: %d %s", status, code)
		}
	})
}

func TestAMachineHandsInAFileAndReadsItsResult(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h := s.house(relyingparty.Window, relyingparty.WindowCheck)
		driver := s.Driver("holder:1", nil)
		csv := "证号,姓名\n" + string(driver.Licence.Document.Number) + "," + string(driver.Licence.Name) + "\n"
		var batch struct{ ID, Status string }
		ask := object{"scenario": "window", "caseNumber": "SW-1", "reason": "换证", "csv": csv}
		status, code := s.signed(h.machine, "POST", "/api/machine/bulk", ask, &batch)
		if status != 201 {
			t.Fatalf("%d %s", status, code)
		}
		if err := s.Bulk.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.signed(h.machine, "GET", "/api/machine/bulk/"+batch.ID, nil, &batch)
		var result []byte
		if status, code := s.signed(h.machine, "GET", "/api/machine/bulk/"+batch.ID+"/result", nil, &result); status != 200 || batch.Status != "done" || bytes.Count(result, []byte("\n")) < 2 {
			t.Errorf("%d %s %+v: %s", status, code, batch, result)
		}
		other := s.house(relyingparty.Window, relyingparty.WindowCheck)
		if status, code := s.signed(other.machine, "GET", "/api/machine/bulk/"+batch.ID+"/result", nil, nil); status != 404 {
			t.Errorf("another's file: %d %s", status, code)
		}
	})
}

// TestAStrangersClientIsAnswered runs the client of docs/api as it stands.
func TestAStrangersClientIsAnswered(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to run the client")
	}
	w := desktest.Open(t, storetest.SQLite(t))
	w.Wait(time.Since(w.Now())) // the client has the clock of its machine
	server := &httpapi.Server{PublicURL: desktest.Origin, Now: w.Now, Parties: w.Parties, Checks: w.Checks, Authority: w.Authority, Live: &live.Hub{}}
	listening := httptest.NewServer(server.Handler())
	defer listening.Close()
	m := desktest.AddMachine(t, w.Parties, w.Desk(relyingparty.Insurer, relyingparty.Underwriting).Party.ID, relyingparty.Underwriting)
	der, err := x509.MarshalPKCS8PrivateKey(m.Private)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	driver := w.Driver("holder:1", nil)
	run := func(keyID string) (string, error) {
		question, err := json.Marshal(object{"requestId": desktest.NewRequest(), "scenario": "underwriting", "way": "code", "code": driver.Code(0), "vehicleClass": "C1"})
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), node, "../../docs/api/client.mjs", "POST", "/api/machine/checks")
		c.Env = append(os.Environ(), "EDL_ORIGIN="+desktest.Origin, "EDL_SEND_TO="+listening.URL, "EDL_KEYID="+keyID, "EDL_KEY="+file)
		c.Stdin = bytes.NewReader(question)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(m.KeyID); err != nil || !strings.Contains(out, `"verdict":"usable"`) {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run("another"); err == nil || !strings.Contains(out, "key.signature") {
		t.Errorf("with a key that is not there: %v: %s", err, out)
	}
}
