package httpapi_test

import (
	"context"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/live"
	"edl/internal/notification"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

func (s *site) staff() *browser {
	return s.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
}

// house is a party with everything that belongs to one, and its administrator.
type house struct {
	*desktest.Desk
	admin   *browser
	adminID string
	second  string // another administrator
	machine *desktest.Machine
}

func (s *site) house(kind relyingparty.Kind, scenarios ...relyingparty.ScenarioID) *house {
	s.t.Helper()
	h := &house{Desk: s.Desk(kind, scenarios...)}
	invite := func(login string) (id string) {
		var made struct{ Admin struct{ ID string } }
		s.staff().want(201, "POST", "/api/staff/parties/"+h.Party.ID+"/admins", object{"login": login, "name": "温疏桐"}, &made)
		return made.Admin.ID
	}
	h.adminID, h.second = invite("a-"+h.Number), invite("b-"+h.Number)
	h.admin = s.as(&account.Session{Population: account.PartyPop, StaffID: h.adminID, PartyID: h.Party.ID})
	h.machine = desktest.AddMachine(s.t, s.Parties, h.Party.ID, scenarios...)
	return h
}

// idOf is what stands for {id} in a path of the party's own API.
func (h *house) idOf(path string) string {
	switch strings.Split(path, "/")[3] {
	case "operators":
		return h.OperatorID
	case "terminals":
		return h.TerminalID
	case "keys":
		return h.machine.KeyID
	case "admins":
		return h.second
	case "requests":
		id, _ := h.request()
		return id
	}
	return ""
}

var bodies = map[string]object{"setOwnHours": {"hours": "08:00-20:00"}, "changeOwnRequest": wantsSecond}

// TestS35NoAdministratorReachesAnotherParty tries every operation of a party's
// own API that names a thing, read from the table of operations, on another
// party's: it answers as for a thing that does not exist, and changes nothing.
// The control is the same on the party's own.
func TestS35NoAdministratorReachesAnotherParty(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		own := s.further()
		other := s.house(relyingparty.Other, "first")
		var before, after object
		other.admin.want(200, "GET", "/api/party/party", nil, &before)
		tried := 0
		for _, p := range (&httpapi.Server{}).Permissions() {
			if p.Access.String() != "party" || !strings.Contains(p.Path, "{id}") || strings.Contains(p.Path, "passkeys") {
				continue
			}
			tried++
			theirs, mine := other.idOf(p.Path), own.idOf(p.Path)
			if theirs == "" {
				t.Errorf("%s is not in the matrix", p.Operation)
				continue
			}
			path := p.Path
			if strings.Contains(path, "{file}") {
				_, file := own.request()
				path = strings.Replace(path, "{file}", file, 1)
			}
			call := func(id string) (int, string) {
				at := strings.Replace(path, "{id}", id, 1)
				if p.Operation == "attachOwnEvidence" {
					return own.admin.upload(at+"?kind=licence", anyPDF, &object{})
				}
				return own.admin.do(p.Method, at, bodies[p.Operation], nil)
			}
			status, code := call(theirs)
			nowhere, same := call("nothing")
			if status != 404 || code != "not_found" || status != nowhere || code != same {
				t.Errorf("%s on another party's: %d %s; on nothing: %d %s", p.Operation, status, code, nowhere, same)
			}
			if status, code := call(mine); status >= 400 && code != "key.revoked" {
				t.Errorf("control: %s: %d %s", p.Operation, status, code)
			}
		}
		if tried < 17 {
			t.Errorf("only %d operations", tried)
		}
		other.admin.want(200, "GET", "/api/party/party", nil, &after)
		if before["name"] != after["name"] || len(after["operators"].([]any)) != 1 {
			t.Errorf("the other party is %v", after)
		}
		for _, list := range []string{"operators", "terminals", "keys"} {
			if one := after[list].([]any)[0].(object); one["status"] != "active" {
				t.Errorf("%s of the other party: %v", list, one)
			}
		}
		if status, code := own.admin.do("GET", "/api/staff/parties", nil, nil); status != 401 {
			t.Errorf("the console: %d %s", status, code)
		}
	})
}

func TestWhatTheAuthoritySuspendedNoPartyResumes(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h, staff := s.house(relyingparty.Rental, "rental"), s.staff()
		things := map[string]string{"operators": h.OperatorID, "terminals": h.TerminalID, "keys": h.machine.KeyID, "admins": h.second}
		for kind, id := range things {
			at := "/" + kind + "/" + id
			h.admin.want(204, "POST", "/api/party"+at+"/suspend", nil, nil)
			h.admin.want(204, "POST", "/api/party"+at+"/resume", nil, nil)
			staff.want(204, "POST", "/api/staff"+at+"/suspend", nil, nil)
			if kind != "admins" { // pressing again is no way round
				h.admin.want(204, "POST", "/api/party"+at+"/suspend", nil, nil)
			}
			if status, code := h.admin.do("POST", "/api/party"+at+"/resume", nil, nil); status != 403 || code != "barred" {
				t.Errorf("%s: %d %s", kind, status, code)
			}
			staff.want(204, "POST", "/api/staff"+at+"/resume", nil, nil)
		}
		staff.want(204, "POST", "/api/staff/admins/"+h.second+"/suspend", nil, nil)
		if status, code := h.admin.do("POST", "/api/party/admins/"+h.second+"/reinvite", nil, nil); status != 403 || code != "barred" {
			t.Errorf("a new invitation: %d %s", status, code)
		}
	})
}

var inviteSecret = regexp.MustCompile(`t=([\w-]+)`)

func TestAnAdministratorStartsByALinkAndManagesTheParty(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		staff, desk := s.staff(), s.Desk(relyingparty.Rental, "rental")
		var made struct{ InviteURL string }
		staff.want(201, "POST", "/api/staff/parties/"+desk.Party.ID+"/admins", object{"login": "wen.st", "name": "温疏桐"}, &made)
		secret := inviteSecret.FindStringSubmatch(made.InviteURL)[1]
		if !strings.HasPrefix(made.InviteURL, desktest.Origin+"/party/#/invite") {
			t.Errorf("the link is %s", made.InviteURL)
		}
		admin := s.browser()
		var opened struct{ Login, Party, TotpSecret string }
		admin.want(200, "POST", "/api/party/invitations/open", object{"token": secret}, &opened)
		if opened.Login != "wen.st" || opened.Party != desk.Party.Name {
			t.Errorf("the invitation is %+v", opened)
		}
		code, err := totp.GenerateCode(opened.TotpSecret, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		admin.want(200, "POST", "/api/party/invitations/accept", object{"token": secret, "password": "correct horse battery", "totp": code}, nil)
		admin.want(204, "DELETE", "/api/party/session", nil, nil)
		s.Wait(time.Minute)
		code, _ = totp.GenerateCode(opened.TotpSecret, s.Now())
		sign := object{"login": "wen.st", "password": "correct horse battery", "totp": code}
		var session struct {
			Admin struct{ ID string }
			Party string
		}
		admin.want(200, "POST", "/api/party/session", sign, &session)
		admin.want(200, "GET", "/api/party/session", nil, nil)
		if status, code := admin.do("POST", "/api/party/admins/"+session.Admin.ID+"/suspend", nil, nil); status != 403 || code != "staff.own" {
			t.Errorf("suspending oneself: %d %s", status, code)
		}

		var operator struct{ ID, PIN string }
		admin.want(201, "POST", "/api/party/operators", object{"number": "0091", "name": "沈望舒"}, &operator)
		admin.want(201, "POST", "/api/party/codes", nil, nil)
		admin.want(200, "PUT", "/api/party/party/contact", object{"contact": "客服部", "phone": "000-1234"}, nil)
		if status, code := admin.do("PUT", "/api/party/party/contact", object{"contact": "客服部", "phone": "000-1234", "scenarios": []string{"police"}}, nil); status != 400 || code != "malformed" {
			t.Errorf("S40, a scenario slipped in: %d %s", status, code)
		}
		driver := s.Driver("holder:1", nil)
		check, err := desk.Ask(relyingparty.Renting, driver.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		admin.want(200, "GET", "/api/party/checks", nil, &raw)
		for _, personal := range []string{string(driver.Licence.Name), string(driver.Licence.Document.Number), driver.LicenceID} {
			if strings.Contains(string(raw), personal) {
				t.Errorf("the list tells %q", personal)
			}
		}
		if !strings.Contains(string(raw), check.Number) || !strings.Contains(string(raw), `"today":{"usable":1,`) {
			t.Errorf("the list is %s", raw)
		}
		var d struct {
			Contact   string
			Grants    []object
			Operators []struct{ Number string }
			Admins    []struct{ Login string }
		}
		admin.want(200, "GET", "/api/party/party", nil, &d)
		if d.Contact != "客服部" || len(d.Grants) != 1 || !slices.ContainsFunc(d.Operators, func(o struct{ Number string }) bool { return o.Number == "0091" }) || d.Admins[0].Login != "wen.st" {
			t.Errorf("the party is %+v", d)
		}

		staff.want(204, "POST", "/api/staff/parties/"+desk.Party.ID+"/suspend", nil, nil)
		if status, code := admin.do("GET", "/api/party/party", nil, nil); status != 401 || code != "signed_out" {
			t.Errorf("of a suspended party: %d %s", status, code)
		}
		s.Wait(time.Minute)
		sign["totp"], _ = totp.GenerateCode(opened.TotpSecret, s.Now())
		if status, code := admin.do("POST", "/api/party/session", sign, nil); status != 403 || code != "party_suspended" {
			t.Errorf("signing in meanwhile: %d %s", status, code)
		}
	})
}

// TestSuspensionHoldsOnAnotherServerAtOnce runs two servers that share a
// PostgreSQL database and nothing else: what one suspends, the other refuses at
// its next request.
func TestSuspensionHoldsOnAnotherServerAtOnce(t *testing.T) {
	address := storetest.PostgresURL(t)
	open := func() *site {
		db, err := store.Open(t.Context(), address, storetest.Vault(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		w := desktest.Open(t, db)
		listening := httptest.NewServer((&httpapi.Server{
			PublicURL: desktest.Origin, Now: w.Now, Sessions: w.Sessions, Drivers: w.Drivers, Parties: w.Parties, PartyAdmins: w.PartyAdmins, Checks: w.Checks,
			Bulk: w.Bulk, Authority: w.Authority, Live: &live.Hub{}, Register: registertest.Service(db, w.Now),
		}).Handler())
		t.Cleanup(listening.Close)
		return &site{w, t, listening.URL}
	}
	here, there := open(), open()
	for _, c := range []struct {
		what, suspend, resume string
		of                    func(*house) string
		who                   func(*house) []string // who is refused
	}{
		{"the party", "/api/staff/parties/%/suspend", "/api/staff/parties/%/resume", func(h *house) string { return h.Party.ID }, func(*house) []string { return []string{"terminal", "machine", "admin"} }},
		{"the key", "/api/staff/keys/%/suspend", "/api/staff/keys/%/resume", func(h *house) string { return h.machine.KeyID }, func(*house) []string { return []string{"machine"} }},
		{"the terminal", "/api/staff/terminals/%/suspend", "/api/staff/terminals/%/resume", func(h *house) string { return h.TerminalID }, func(*house) []string { return []string{"terminal"} }},
		{"the operator", "/api/staff/operators/%/suspend", "/api/staff/operators/%/resume", func(h *house) string { return h.OperatorID }, func(*house) []string { return []string{"terminal"} }},
		{"the administrator", "/api/staff/admins/%/suspend", "/api/staff/admins/%/resume", func(h *house) string { return h.adminID }, func(*house) []string { return []string{"admin"} }},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := here.house(relyingparty.Rental, "rental")
			terminal := here.as(&account.Session{Population: account.TerminalPop, PartyID: h.Party.ID, TerminalID: h.TerminalID, OperatorID: h.OperatorID})
			ask := func(b *browser) *browser { return &browser{there, b.client} } // the same cookie at the other server
			calls := map[string]func() (int, string){
				"terminal": func() (int, string) { return ask(terminal).do("GET", "/api/terminal/checks", nil, nil) },
				"admin":    func() (int, string) { return ask(h.admin).do("GET", "/api/party/party", nil, nil) },
				"machine":  func() (int, string) { return there.signed(h.machine, "GET", "/api/machine/bulk/none", nil, nil) },
			}
			for who, call := range calls {
				if status, code := call(); status != 200 && code != "not_found" {
					t.Fatalf("control: %s: %d %s", who, status, code)
				}
			}
			here.staff().want(204, "POST", strings.Replace(c.suspend, "%", c.of(h), 1), nil, nil)
			for who, call := range calls {
				status, code := call()
				refused := status == 401 || status == 403
				if refused != slices.Contains(c.who(h), who) {
					t.Errorf("%s is suspended; %s: %d %s", c.what, who, status, code)
				}
			}
		})
	}
}

// TestAPartyKeepsItsOwnReceiver plays what its administrator does with the
// address of the party's system; another party's stays its own.
func TestAPartyKeepsItsOwnReceiver(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		h, other := s.house(relyingparty.Transport, "transport"), s.house(relyingparty.Transport, "transport")
		var called []string
		s.Follow.Send = func(_ context.Context, to notification.Receiver, _ string, _ []byte) error {
			called = append(called, to.URL)
			return nil
		}
		const at = "/api/party/receiver"
		read := func(b *browser, path string) string {
			t.Helper()
			var seen struct {
				Receiver *struct{ Host, Status string }
			}
			b.want(200, "GET", path, nil, &seen)
			if seen.Receiver == nil {
				return ""
			}
			return seen.Receiver.Host + " " + seen.Receiver.Status
		}
		if status, code := h.admin.do("POST", at+"/test", nil, nil); status != 409 || code != "receiver.none" {
			t.Errorf("a test without an address: %d %s", status, code)
		}
		if status, code := h.admin.do("PUT", at, object{"url": "https://169.254.169.254/latest"}, nil); status != 400 || code != "receiver.url" {
			t.Errorf("an address inside: %d %s", status, code)
		}
		var made struct{ Secret string }
		h.admin.want(200, "PUT", at, object{"url": "https://fleet.example/hook?k=1"}, &made)
		other.admin.want(200, "PUT", at, object{"url": "https://other.example/hook"}, nil)
		if !strings.HasPrefix(made.Secret, "whsec_") {
			t.Errorf("the secret is %q", made.Secret)
		}
		var raw []byte
		h.admin.want(200, "GET", at, nil, &raw)
		if strings.Contains(string(raw), made.Secret) || strings.Contains(string(raw), "k=1") {
			t.Errorf("shown again: %s", raw)
		}
		if own, seen := read(h.admin, at), read(s.staff(), "/api/staff/parties/"+h.Party.ID+"/receiver"); own != "fleet.example active" || own != seen {
			t.Errorf("the party sees %q, the authority %q", own, seen)
		}
		var tested struct{ Taken bool }
		h.admin.want(200, "POST", at+"/test", nil, &tested)
		if want := []string{"https://fleet.example/hook?k=1"}; !tested.Taken || !slices.Equal(called, want) {
			t.Errorf("the test went to %v, %+v", called, tested)
		}
		h.admin.want(204, "DELETE", at, nil, nil)
		if own, theirs := read(h.admin, at), read(other.admin, at); own != "" || theirs != "other.example active" {
			t.Errorf("dropped: %q; the other party's: %q", own, theirs)
		}
	})
}
