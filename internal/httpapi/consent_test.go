package httpapi_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

// newestCode is the newest one-time code that waits to be sent.
func (s *site) newestCode() (code string) {
	s.t.Helper()
	storetest.View(s.t, s.DB, func(tx *store.Tx) error {
		due, err := tx.DueSMS(s.t.Context(), s.Now(), 100)
		for _, m := range due {
			var sms notification.SMS
			if err := json.Unmarshal(m.Body, &sms); err != nil {
				return err
			}
			code = sms.Code
		}
		return err
	})
	return code
}

// TestADriverConsentsFromAfar plays a rental clerk's link and a driver's answer,
// then a company's standing consent from its request to its withdrawal.
func TestADriverConsentsFromAfar(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		at := func(d *desktest.Desk) *browser {
			return s.as(&account.Session{Population: account.TerminalPop, PartyID: d.Party.ID, TerminalID: d.TerminalID, OperatorID: d.OperatorID})
		}
		d := s.Driver("holder:1", nil)
		phone := s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, Phone: d.Licence.Phone, LicenceID: d.LicenceID, DeviceID: d.DeviceID})
		clerk := at(s.Desk(relyingparty.Rental, "rental"))

		ask := func(b *browser, body object) (id, token string) {
			t.Helper()
			var made struct {
				URL     string
				Request struct{ ID, Status string }
			}
			b.want(201, "POST", "/api/terminal/consent-requests", body, &made)
			u, err := url.Parse(made.URL)
			if err != nil || !strings.HasPrefix(made.URL, desktest.Origin+"/driver/#/consent/") || made.Request.Status != "waiting" {
				t.Fatalf("%s %+v", made.URL, made)
			}
			_, token, _ = strings.Cut(u.Fragment, "consent/")
			return made.Request.ID, token
		}
		yes := func(token string, fields ...relyingparty.Field) object {
			return object{"token": token, "fields": fields, "signature": b64(desktest.Sign(d.Key, consent.Proof(desktest.Origin, token, fields)))}
		}

		id, token := ask(clerk, object{"kind": "once", "scenario": "rental", "why": "交车前核对", "vehicleClass": "C1", "rentalEnd": "2026-10-12"})
		var page struct {
			Party, Why, VehicleClass, RentalEnd, Status string
			Fields                                      []struct {
				Field    relyingparty.Field
				Required bool
			}
			Unseen []object
		}
		phone.want(200, "POST", "/api/driver/consent-requests/open", object{"token": token}, &page)
		if page.Why != "交车前核对" || page.RentalEnd != "2026-10-12" || len(page.Fields) != 4 || len(page.Unseen) != 6 {
			t.Errorf("the driver sees %+v", page)
		}
		answer := yes(token, "usable", "class_covers")
		if status, code := phone.do("POST", "/api/driver/consent-requests/give", answer, nil); status != 400 || code != "consent.confirm" {
			t.Errorf("without being asked again: %d %s", status, code)
		}
		phone.want(200, "POST", "/api/driver/consent-requests/code", nil, nil)
		answer["code"] = "000000"
		if right := s.newestCode(); right == "000000" {
			answer["code"] = "000001"
		}
		if status, code := phone.do("POST", "/api/driver/consent-requests/give", answer, nil); status != 403 || code != "code.wrong" {
			t.Errorf("a wrong code: %d %s", status, code)
		}
		answer["code"] = s.newestCode()
		var given struct{ Check string }
		phone.want(200, "POST", "/api/driver/consent-requests/give", answer, &given)
		if status, _ := phone.do("POST", "/api/driver/consent-requests/give", answer, nil); status != 403 {
			t.Errorf("the same code and answer again: %d", status)
		}
		var row struct{ Status, Check string }
		clerk.want(200, "GET", "/api/terminal/consent-requests/"+id, nil, &row)
		var check struct {
			Way, Verdict string
			Person       object
		}
		clerk.want(200, "GET", "/api/terminal/checks/"+row.Check, nil, &check)
		if row.Status != "given" || row.Check != given.Check || check.Way != "consent" || check.Verdict != "usable" || check.Person != nil {
			t.Errorf("%+v %+v", row, check)
		}
		if status, code := at(s.Desk(relyingparty.Rental, "rental")).do("GET", "/api/terminal/consent-requests/"+id, nil, nil); status != 404 || code != "not_found" {
			t.Errorf("another's request: %d %s", status, code)
		}

		company := at(s.Desk(relyingparty.Transport, "transport"))
		lookUp := object{"requestId": desktest.NewRequest(), "scenario": "transport", "way": "number", "vehicleClass": "C1",
			"number": string(d.Licence.Document.Number), "name": string(d.Licence.Name)}
		if status, code := company.do("POST", "/api/terminal/checks", lookUp, nil); status != 404 || code != "not_found" {
			t.Errorf("before the consent: %d %s", status, code)
		}
		s.Wait(time.Second) // the codes of one moment have no order
		_, token = ask(company, object{"kind": "standing", "scenario": "transport", "why": "聘用期间核对驾驶资格", "name": string(d.Licence.Name), "reference": "工号 12", "vehicleClass": "C1"})
		phone.want(200, "POST", "/api/driver/consent-requests/code", nil, nil)
		answer = yes(token, "usable", "same_person", "photo", "class_covers", "class_since", "expiry", "points_full", "changes")
		answer["code"] = s.newestCode()
		phone.want(200, "POST", "/api/driver/consent-requests/give", answer, nil)
		company.want(200, "POST", "/api/terminal/checks", lookUp, nil)
		var theirs, mine struct {
			Standing []struct{ ID, Holder, Party, EndedBy string }
		}
		company.want(200, "GET", "/api/terminal/standing", nil, &theirs)
		phone.want(200, "GET", "/api/driver/standing", nil, &mine)
		if len(theirs.Standing) != 1 || len(mine.Standing) != 1 || theirs.Standing[0].ID != mine.Standing[0].ID {
			t.Fatalf("%+v %+v", theirs, mine)
		}
		if err := s.Follow.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		var followed struct {
			Followed []struct{ ID, Name, Reference, State, Check string }
			Total    int
		}
		company.want(200, "POST", "/api/terminal/followed/search", object{"filter": "all", "text": "工号"}, &followed)
		if f := followed.Followed; followed.Total != 1 || len(f) != 1 || f[0].State != "usable" || f[0].Name != string(d.Licence.Name) || f[0].Reference != "工号 12" {
			t.Fatalf("%+v", followed)
		}
		var told struct {
			Standing []struct{ Told struct{ Check string } }
		}
		phone.want(200, "GET", "/api/driver/standing", nil, &told)
		var seen struct {
			Way    lang.Text
			Fields []lang.Text
		}
		phone.want(200, "GET", "/api/driver/checks/"+followed.Followed[0].Check, nil, &seen)
		if told.Standing[0].Told.Check != followed.Followed[0].Check || seen.Way.ZH != "按您的授权，变化后自动告知" || len(seen.Fields) != 2 {
			t.Errorf("the driver sees %+v, %+v", told, seen)
		}
		stranger := at(s.Desk(relyingparty.Transport, "transport"))
		if status, code := stranger.do("POST", "/api/terminal/followed/"+followed.Followed[0].ID+"/acknowledge", object{}, nil); status != 404 || code != "not_found" {
			t.Errorf("another company acknowledges: %d %s", status, code)
		}
		company.want(204, "POST", "/api/terminal/followed/"+followed.Followed[0].ID+"/acknowledge", object{}, nil)

		phone.want(204, "DELETE", "/api/driver/standing/"+mine.Standing[0].ID, nil, nil)
		lookUp["requestId"] = desktest.NewRequest()
		if status, code := company.do("POST", "/api/terminal/checks", lookUp, nil); status != 404 || code != "not_found" {
			t.Errorf("withdrawn: %d %s", status, code)
		}
	})
}
