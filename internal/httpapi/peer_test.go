package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/keys"
	"edl/internal/live"
	"edl/internal/peer"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
	"edl/livecode"
)

// An bureau is one of two authorities, each with a server and a database of its own.
type bureau struct {
	*site
	peers   *peer.Service
	cut     atomic.Bool // the line to it
	between func(*http.Request, *http.Response)
}

func openAuthority(t *testing.T, db *store.DB) *bureau {
	t.Helper()
	w := desktest.Open(t, db)
	w.OpenOffline()
	o := &bureau{site: &site{World: w, t: t}}
	var handler http.Handler
	listening := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if o.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(listening.Close)
	o.url = listening.URL
	bundle, ask := &keys.Live{Dir: w.KeysDir, Use: keys.ForBundle}, &keys.Live{Dir: w.KeysDir, Use: keys.ForPeers}
	o.peers = &peer.Service{
		InTx: store.In[peer.Tx](db), Read: store.Read[peer.Tx](db), Now: w.Now, Issuer: listening.URL, Profile: w.Authority.Profile,
		BundleKeys: bundle.Set, AskKeys: ask.Set, Do: func(r *http.Request) (*http.Response, error) {
			answer, err := http.DefaultClient.Do(r)
			if err == nil && o.between != nil {
				o.between(r, answer)
			}
			return answer, err
		},
	}
	w.Offline.Issuer = listening.URL
	handler = (&httpapi.Server{
		PublicURL: desktest.Origin, Now: w.Now, Sessions: w.Sessions, Drivers: w.Drivers, Parties: w.Parties, Checks: w.Checks,
		Authority: w.Authority, Presentation: w.Presentation, Offline: w.Offline, Peers: o.peers, Live: &live.Hub{},
	}).Handler()
	return o
}

// trust puts another bureau on the list and fetches its bundle.
func (o *bureau) trust(other *bureau) {
	o.t.Helper()
	if err := other.Offline.Publish(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	admin := o.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
	var theirs, added struct{ Own, Fingerprint string }
	other.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}}).
		want(200, "GET", "/api/staff/peers", nil, &theirs)
	admin.want(201, "POST", "/api/staff/peers", object{"card": theirs.Own}, &added)
	if added.Fingerprint != theirs.Fingerprint {
		o.t.Errorf("one side reads %s, the other %s", added.Fingerprint, theirs.Fingerprint)
	}
	if err := o.peers.Refresh(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// carried makes a self-contained code of a driver's phone.
func (o *bureau) carried(d *desktest.Driver) string {
	o.t.Helper()
	p, err := o.Offline.PartsOf(o.t.Context(), d.LicenceID, d.DeviceID)
	if err != nil {
		o.t.Fatal(err)
	}
	text, err := livecode.SignSelfContained(d.Key, p.Qualification, livecode.NewMoment(o.Now(), nil))
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

// officer signs in at a police desk.
func (o *bureau) officer() *browser {
	o.t.Helper()
	return o.at(o.Desk(relyingparty.Police, relyingparty.PoliceCheck))
}

func (o *bureau) at(desk *desktest.Desk) *browser {
	return o.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID})
}

// listed is the operator's own list of checks of other authorities' codes.
type listed struct {
	Foreign []struct {
		Authority, Word             struct{ ZH string }
		Verdict, Number, ReceiptURL string
		PersonMatch                 *bool
	}
	Checks []struct{ Number string }
	Tally  struct{ Usable, NotUsable int }
}

type foreign struct {
	Authority, Word, Line struct{ ZH, EN string }
	Verdict, Code         string
	Causes                []struct{ ZH string }
	Issuer, Number        string
	ReceiptURL            string
}

func twoAuthorities(t *testing.T, f func(t *testing.T, a, b *bureau)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		other := storetest.SQLite
		if strings.Contains(t.Name(), "postgres") {
			other = storetest.Postgres
		}
		a, b := openAuthority(t, db), openAuthority(t, other(t))
		b.trust(a)
		a.trust(b)
		f(t, a, b)
	})
}

func TestAnOfficerOfOneAuthorityChecksALicenceOfTheOther(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d := a.Driver("holder:1", nil)
		officer := b.officer()
		ask := func(code string) (got foreign) {
			t.Helper()
			officer.want(200, "POST", "/api/terminal/foreign-checks", object{"code": code, "scenario": "police"}, &got)
			return got
		}
		code := a.carried(d)
		if got := ask(code); got.Verdict != "usable" || got.Word.ZH != "可用" || got.Authority.ZH != "示例市公安局交通管理支队" {
			t.Errorf("%+v", got)
		}
		if got := ask(code); got.Verdict != "refused" || got.Code != "replayed_code" {
			t.Errorf("the same code again: %+v", got)
		}
		list, err := a.Checks.OfDriver(t.Context(), d.LicenceID, "", 10)
		if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].Record.Party, "示例市公安局交通管理支队 示例单位") || list[0].Record.OperatorNumber == "" {
			t.Errorf("the driver sees %+v, %v", list, err)
		}

		a.Wait(time.Second)
		b.Wait(time.Second)
		code = a.carried(d)
		d.Status("D")
		if got := ask(code); got.Verdict != "not_usable" || len(got.Causes) != 1 || got.Causes[0].ZH != "暂扣" {
			t.Errorf("suspended: %+v", got)
		}

		d = a.Driver("holder:2", nil)
		code = a.carried(d)
		a.cut.Store(true)
		if got := ask(code); got.Verdict != "unreachable" || got.Word.ZH != "真实，状态未知" || !strings.Contains(got.Line.ZH, "不代表驾驶证不能使用") {
			t.Errorf("the issuer cannot be reached: %+v", got)
		}
		a.cut.Store(false)
		if got := ask(code); got.Verdict != "usable" {
			t.Errorf("reached again: %+v", got)
		}
	})
}

func TestACheckOfAForeignCodeIsALineInItsOfficersListWithoutTheDriver(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d, second := a.Driver("holder:1", nil), a.Driver("holder:2", nil)
		desk := b.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		officer, other := b.at(desk), b.officer()
		list := func(from *browser) (got listed, text string) {
			t.Helper()
			var raw json.RawMessage
			from.want(200, "GET", "/api/terminal/checks?since="+b.Now().Add(-time.Hour).Format(time.RFC3339), nil, &raw)
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			return got, string(raw)
		}
		check := func(code string) (got foreign) {
			t.Helper()
			officer.want(200, "POST", "/api/terminal/foreign-checks", object{"code": code, "scenario": "police"}, &got)
			a.Wait(time.Second)
			b.Wait(time.Second)
			return got
		}
		code := a.carried(d)
		first := check(code)
		check(code)
		late := a.carried(second)
		a.cut.Store(true)
		check(late)
		a.cut.Store(false)
		officer.want(204, "POST", "/api/terminal/foreign-checks/person", object{"issuer": first.Issuer, "number": first.Number, "match": true}, nil)

		got, text := list(officer)
		if len(got.Foreign) != 3 || len(got.Checks) != 0 || got.Tally.Usable != 1 || got.Tally.NotUsable != 0 {
			t.Fatalf("%s", text)
		}
		for i, want := range []string{"unreachable", "refused", "usable"} { // newest first
			f := got.Foreign[i]
			answered := want == "usable"
			if f.Verdict != want || f.Word.ZH == "" || f.Authority.ZH != first.Authority.ZH || (f.Number == first.Number) != answered || (f.ReceiptURL == first.ReceiptURL) != answered || (f.PersonMatch != nil) != answered {
				t.Errorf("line %d, %s: %+v", i, want, f)
			}
		}
		for _, secret := range []string{string(d.Licence.Name), string(d.Licence.Document.Number), string(second.Licence.Name)} {
			if strings.Contains(text, secret) {
				t.Errorf("the list holds %q", secret)
			}
		}
		if got, text := list(other); len(got.Foreign) != 0 {
			t.Errorf("a colleague reads %s", text)
		}
		b.Wait(25 * time.Hour)
		a.Wait(25 * time.Hour)
		officer = b.at(desk) // the next day's shift
		check(a.carried(second))
		err := b.DB.View(t.Context(), func(tx *store.Tx) error {
			kept, err := tx.ForeignChecks(t.Context(), desk.OperatorID, time.Time{}, 10)
			if len(kept) != 1 {
				t.Errorf("%d lines are kept, want the one of today", len(kept))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestACheckOfAForeignCodeIsKeptByItsIssuerWithItsReceiptAndComparison(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d := a.Driver("holder:1", nil)
		officer, other := b.officer(), b.officer()
		var got foreign
		officer.want(200, "POST", "/api/terminal/foreign-checks", object{"code": a.carried(d), "scenario": "police"}, &got)
		kept := func() *verification.Check {
			t.Helper()
			list, err := a.Checks.OfDriver(t.Context(), d.LicenceID, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d checks, %v", len(list), err)
			}
			return list[0]
		}
		if c := kept(); got.Number != c.Number || got.ReceiptURL != a.url+c.ConfirmPath() || got.Issuer != a.url {
			t.Errorf("%+v of %s", got, c.Number)
		}
		say := func(from *browser, number string, match bool) (int, string) {
			return from.do("POST", "/api/terminal/foreign-checks/person", object{"issuer": got.Issuer, "number": number, "match": match}, nil)
		}
		a.cut.Store(true)
		if status, code := say(officer, got.Number, true); code != "peer.not_recorded" {
			t.Errorf("the issuer cannot be reached: %d %s", status, code)
		}
		a.cut.Store(false)
		for name, do := range map[string]func() (int, string){
			"another officer of the same authority": func() (int, string) { return say(other, got.Number, true) },
			"a check that is not there":             func() (int, string) { return say(officer, "HY-261009-999999", true) },
		} {
			if status, code := do(); code != "not_found" {
				t.Errorf("%s: %d %s", name, status, code)
			}
		}
		if c := kept(); c.Match != verification.NotCompared {
			t.Errorf("recorded by nobody: %s", c.Match)
		}
		if status, code := say(officer, got.Number, false); status != 204 {
			t.Errorf("%d %s", status, code)
		}
		if c := kept(); c.Match != verification.Different {
			t.Errorf("the driver reads %q", c.Match)
		}
	})
}

func TestAForeignCodeIsGenuineByTheTrustListAlone(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d := a.Driver("holder:1", nil)
		officer := b.officer()
		post := func(code string) (int, string) {
			return officer.do("POST", "/api/terminal/foreign-checks", object{"code": code, "scenario": "police"}, nil)
		}
		// A part in A's name by a key that is not A's.
		p, err := a.Offline.PartsOf(t.Context(), d.LicenceID, d.DeviceID)
		if err != nil {
			t.Fatal(err)
		}
		thief := desktest.NewKey(t)
		for name, id := range map[string][]byte{"under its own identifier": []byte(livecode.KeyID(&thief.PublicKey)), "under the identifier of A's key": p.Qualification.KeyID()} {
			forged, err := livecode.IssueQualification(thief, id, *p.Qualification.Claims())
			if err != nil {
				t.Fatal(err)
			}
			text, err := livecode.SignSelfContained(d.Key, forged, livecode.NewMoment(a.Now(), nil))
			if err != nil {
				t.Fatal(err)
			}
			if status, code := post(text); status < 400 || code != "bad_signature" && code != "unknown_issuer" {
				t.Errorf("%s: %d %s", name, status, code)
			}
		}
		if status, code := post(d.Code(0)); code != "unknown_issuer" {
			t.Errorf("a short code: %d %s", status, code)
		}
		var list struct{ Authorities []struct{ ID string } }
		admin := b.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
		admin.want(200, "GET", "/api/staff/peers", nil, &list)
		admin.want(204, "POST", "/api/staff/peers/"+list.Authorities[0].ID+"/suspend", nil, nil)
		if status, code := post(a.carried(d)); code != "unknown_issuer" {
			t.Errorf("of an authority that is trusted no more: %d %s", status, code)
		}
		admin.want(204, "POST", "/api/staff/peers/"+list.Authorities[0].ID+"/resume", nil, nil)
		if status, code := post(a.carried(d)); status != 200 {
			t.Errorf("trusted again: %d %s", status, code)
		}
	})
}

func TestAQuestionIsForOneAuthorityOneMinuteAndOneUse(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d := a.Driver("holder:1", nil)
		officer := b.officer()
		var seen *http.Request
		var body []byte
		b.between = func(r *http.Request, _ *http.Response) {
			seen = r
			reader, err := r.GetBody()
			if err != nil {
				t.Fatal(err)
			}
			body, _ = io.ReadAll(reader)
		}
		officer.want(200, "POST", "/api/terminal/foreign-checks", object{"code": a.carried(d), "scenario": "police"}, nil)
		again := func(change func(*http.Request), content []byte) string {
			t.Helper()
			r, err := http.NewRequest("POST", a.url+peer.StatusPath, bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = seen.Header.Clone()
			change(r)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			var p struct{ Code string }
			json.NewDecoder(answer.Body).Decode(&p)
			return p.Code
		}
		nothing := func(*http.Request) {}
		for _, c := range []struct {
			name   string
			change func(*http.Request)
			body   []byte
			want   string
		}{
			{"played again", nothing, body, "peer.replayed"},
			{"its body altered", nothing, bytes.Replace(body, []byte(`"unit":"`), []byte(`"unit":"x`), 1), "peer.signature"},
			{"another request", func(r *http.Request) { r.Header.Set(peer.HeaderRequest, "another-request-of-16") }, body, "peer.signature"},
			{"in another's name", func(r *http.Request) { r.Header.Set(peer.HeaderFrom, a.url) }, body, "peer.signature"},
			{"another time", func(r *http.Request) { r.Header.Set(peer.HeaderDate, "2026-10-09T02:33:00Z") }, body, "peer.signature"},
			{"at the door of another question", func(r *http.Request) { r.URL.Path = peer.PersonPath }, body, "peer.signature"},
			{"no signature", func(r *http.Request) { r.Header.Del(peer.HeaderSignature) }, body, "peer.signature"},
		} {
			if got := again(c.change, c.body); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		a.Wait(2 * time.Minute)
		if got := again(nothing, body); got != "peer.clock" {
			t.Errorf("two minutes later: %q", got)
		}
	})
}

func TestAnAnswerThatTheIssuerDidNotSignIsNoAnswer(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		d := a.Driver("holder:1", nil)
		officer := b.officer()
		for name, tamper := range map[string]func(*http.Response){
			"altered": func(r *http.Response) {
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte("usable"), []byte("unable"), 1)))
			},
			"unsigned": func(r *http.Response) { r.Header.Del(peer.HeaderSignature) },
			"endless":  func(r *http.Response) { r.Body = io.NopCloser(io.LimitReader(zeros{}, 1<<30)) },
		} {
			b.between = func(_ *http.Request, r *http.Response) { tamper(r) }
			var got foreign
			officer.want(200, "POST", "/api/terminal/foreign-checks", object{"code": a.carried(d), "scenario": "police"}, &got)
			if got.Verdict != "unreachable" {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestACardThatIsNoneIsRefused(t *testing.T) {
	twoAuthorities(t, func(t *testing.T, a, b *bureau) {
		admin := b.as(&account.Session{Population: account.StaffPop, StaffID: "admin", Roles: []account.Role{account.System}})
		var own struct{ Own string }
		admin.want(200, "GET", "/api/staff/peers", nil, &own)
		for name, c := range map[string]struct{ card, want string }{
			"one's own":         {own.Own, "peer.self"},
			"nothing":           {"", "peer.card"},
			"no keys":           {`{"issuer":"https://x.example","name":{"zh":"某","en":"X"}}`, "peer.card"},
			"a plain address":   {strings.Replace(own.Own, b.url, "http://x.example", 1), "peer.card"},
			"a member too many": {strings.Replace(own.Own, `{"issuer"`, `{"role":"root","issuer"`, 1), "peer.card"},
		} {
			if status, code := admin.do("POST", "/api/staff/peers", object{"card": c.card}, nil); code != c.want {
				t.Errorf("%s: %d %s, want %s", name, status, code, c.want)
			}
		}
	})
}
