package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/relyingparty"
	"edl/internal/store"
)

// demonstration is a platform with the invented authority, served over HTTP.
type demonstration struct {
	*platform
	server  *httptest.Server
	machine *desktest.Machine // of the first party, once it was asked for
}

// startDemonstration opens a copy of the demonstration that the built program
// invented: under the race detector inventing one takes half a minute.
func startDemonstration(t *testing.T) *demonstration { return demonstrationAt(t, demonstrated(t)) }

func demonstrationAt(t *testing.T, at place) *demonstration {
	t.Helper()
	c := &serveCommand{place: at, Demo: true, PublicURL: "http://localhost:8080"}
	p, err := c.build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	d := &demonstration{platform: p, server: httptest.NewServer(p.http.Handler())}
	t.Cleanup(func() {
		p.live.Close()
		d.server.Close()
		p.close()
	})
	return d
}

// session opens a fresh session of a kind of caller and returns its cookie.
func (d *demonstration) session(t *testing.T, caller string) *http.Cookie {
	t.Helper()
	s := &account.Session{}
	switch caller {
	case "anonymous", "feed", "machine":
		return nil
	case "phone":
		s.Population, s.Level, s.Phone = account.DriverPop, account.PhoneLevel, "19900000001"
	case "driver":
		id, err := d.register.IDOf(context.Background(), "000000000005")
		if err != nil {
			t.Fatal(err)
		}
		s.Population, s.Level, s.LicenceID, s.DeviceID = account.DriverPop, account.DriverLevel, id, "no device"
	case "terminal":
		s.Population, s.PartyID, s.TerminalID, s.OperatorID = account.TerminalPop, d.demo.Parties[0].ID, "no terminal", "no operator"
	case "party":
		s.Population, s.PartyID, s.StaffID = account.PartyPop, d.demo.Parties[0].ID, "nobody"
	default:
		s.Population, s.Roles, s.StaffID = account.StaffPop, []account.Role{account.Role(caller)}, "nobody"
	}
	token, hash := account.Begin(s, d.clock.Now())
	if err := d.db.Update(context.Background(), func(tx *store.Tx) error { return tx.AddSession(context.Background(), hash, s) }); err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: "edl_" + string(s.Population), Value: token}
}

var pathPlace = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// admitted calls an operation and reports whether the caller was let in:
// whatever happens after that, it is not one of the refusals for who they are.
func (d *demonstration) admitted(t *testing.T, p httpapi.Permission, caller string) bool {
	t.Helper()
	r, err := http.NewRequest(p.Method, d.server.URL+pathPlace.ReplaceAllString(p.Path, "nothing"), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie := d.session(t, caller); cookie != nil {
		r.AddCookie(cookie)
	}
	if caller == "feed" {
		r.Header.Set("Authorization", "Bearer "+d.ring.Feed)
	}
	if caller == "machine" {
		if d.machine == nil {
			d.machine = desktest.AddMachine(t, d.parties, d.demo.Parties[0].ID, relyingparty.PoliceCheck)
		}
		d.machine.Sign(r, d.clock.Now())
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var problem struct{ Code string }
	json.NewDecoder(answer.Body).Decode(&problem)
	switch problem.Code {
	case "signed_out", "forbidden", "unbound", "must_change_pin", "key.unsigned":
		return false
	}
	if answer.StatusCode == http.StatusInternalServerError {
		t.Errorf("%s as %s: %s", p.Operation, caller, problem.Code)
	}
	return true
}

// publicOperations is the closed list of what anybody may call.
var publicOperations = []string{
	"getAbout", "getPaperRules", "getPhotoRules", "getPrivacyNotice", "confirmReceipt", "giveAnonymousFeedback", "getStatusList", "getPublicBundle", "askStatus", "askPerson", "getMobileList",
	"sendSignInCode", "signInDriver", "beginDriverPasskeySignIn", "signInDriverByPasskey",
	"signInStaff", "beginStaffPasskeySignIn", "signInStaffByPasskey", "openInvitation", "acceptInvitation",
	"getAdmissionOffer", "sendAdmissionCode", "checkAdmission", "beginAdmission", "findAdmission", "getAdmission", "changeAdmission", "attachEvidence", "removeEvidence", "submitAdmission",
	"signInPartyAdmin", "openPartyInvitation", "acceptPartyInvitation", "beginPartyPasskeySignIn", "signInPartyAdminByPasskey",
	"enrolTerminal", "challengeTerminal", "signInOperator", "beginOperatorPasskeySignIn", "signInOperatorByPasskey",
}

func TestEveryOperationAdmitsWhomItsTableSays(t *testing.T) {
	d := startDemonstration(t)
	public := map[string]bool{}
	for _, id := range publicOperations {
		public[id] = true
	}
	cells := 0
	for _, p := range d.http.Permissions() {
		if p.Access.String() == "" {
			t.Errorf("%s declares no access", p.Operation)
		}
		if p.Access.String() == "public" && !public[p.Operation] {
			t.Errorf("%s is public and not on the closed list", p.Operation)
		}
		for _, caller := range httpapi.Callers() {
			cells++
			if got, want := d.admitted(t, p, caller), p.Allows(caller); got != want {
				t.Errorf("%s as %s: admitted %v, the table says %v", p.Operation, caller, got, want)
			}
		}
	}
	t.Logf("%d cells played", cells)
	if cells < 500 {
		t.Errorf("only %d cells", cells)
	}
}

func TestS44AWriteFromAnotherSiteOrFromNowhereIsRefused(t *testing.T) {
	d := startDemonstration(t)
	for _, p := range d.http.Permissions() {
		if p.Method == http.MethodGet {
			continue
		}
		for name, header := range map[string][2]string{
			"another origin":        {"Origin", "https://evil.example"},
			"another site":          {"Sec-Fetch-Site", "cross-site"},
			"a cookie from nowhere": {"Cookie", "edl_driver=x"},
		} {
			r, err := http.NewRequest(p.Method, d.server.URL+pathPlace.ReplaceAllString(p.Path, "nothing"), strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(header[0], header[1])
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %s: %d", p.Operation, name, answer.StatusCode)
			}
		}
	}
}
