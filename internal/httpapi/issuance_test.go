package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/demo"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/httpapi"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/live"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
	"edl/internal/window"
)

// authorityOffice is a site at which licences are issued.
type authorityOffice struct {
	*site
	issuance *issuance.Service
	people   map[string]licence.Licence
}

// offices runs f over HTTP on both databases.
func offices(t *testing.T, f func(t *testing.T, o *authorityOffice)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, openOffice(t, db)) })
}

func openOffice(t *testing.T, db *store.DB) *authorityOffice {
	w := desktest.Open(t, db)
	if err := w.Authority.SaveProfile(t.Context(), desktest.Staff, authority.Profile{
		Name: lang.T("示范市公安局交通管理局", "Example Traffic Police"), Code: "示A", Phone: "000-1234567", Jurisdiction: "CN-11",
		Offices: []authority.Office{{Code: demo.OfficeCode, Name: lang.T("安澜窗口", "Anlan office"), Address: lang.T("云水路18号", "18 Yunshui Road"), Phone: "000-7654321"}},
	}); err != nil {
		t.Fatal(err)
	}
	issuer, err := credential.NewIssuer(desktest.NewKey(t))
	if err != nil {
		t.Fatal(err)
	}
	o := &authorityOffice{people: map[string]licence.Licence{}}
	o.issuance = &issuance.Service{
		InTx: store.In[issuance.Tx](db), Read: store.Read[issuance.Tx](db), Now: w.Now, Calendar: w.Authority.Calendar, Profile: w.Authority.Profile,
		Issuer: issuer, Checker: photo.NewChecker(nil, photo.DefaultSettings()),
	}
	w.Drivers.Cease = func(ctx context.Context, tx account.DriverTx, by audit.Actor, licenceID string, why licence.ChangeKind) error {
		return o.issuance.Cease(ctx, tx.(issuance.Tx), by, licenceID, why)
	}
	register := registertest.Service(db, w.Now)
	sentences := map[audit.Action]lang.Text{}
	for _, some := range []map[audit.Action]lang.Text{issuance.AuditSentences, window.AuditSentences, account.AuditSentences, registerSentences} {
		maps.Copy(sentences, some)
	}
	server := &httpapi.Server{
		PublicURL: desktest.Origin, Now: w.Now, Sessions: w.Sessions, Drivers: w.Drivers, Authority: w.Authority, Presentation: w.Presentation,
		Parties: w.Parties, Checks: w.Checks, Live: &live.Hub{}, Register: register, Issuance: o.issuance,
		Staff: &account.Staff{InTx: store.In[account.StaffTx](db), Read: store.Read[account.StaffTx](db), Now: w.Now},
		Inbox: &notification.Inbox{InTx: store.In[notification.InboxTx](db), Read: store.Read[notification.InboxTx](db), Now: w.Now},
		Window: &window.Service{InTx: store.In[window.Tx](db), Read: store.Read[window.Tx](db), Now: w.Now, PublicURL: desktest.Origin,
			Issuance: o.issuance, Drivers: w.Drivers, Register: register},
		AuditSentences: sentences,
	}
	listening := httptest.NewServer(server.Handler())
	t.Cleanup(listening.Close)
	o.site = &site{w, t, listening.URL}
	for _, p := range demo.People(w.Now()) {
		o.people[p.Key] = p.Licence
	}
	return o
}

// registerSentences is the one deed of the register that a window does.
var registerSentences = map[audit.Action]lang.Text{"register.phone": lang.T("在窗口登记手机号", "set the phone number at a window")}

// face is a small portrait on file.
var face = pictureOf(26, 38, 3)

func pictureOf(w, h int, seed byte) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{byte(x)*seed ^ byte(y), byte(y) * seed, byte(x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// enrol puts the person of a case on the register and returns the browser of
// their bound phone.
func (o *authorityOffice) enrol(key string) (licenceID string, b *browser) {
	o.t.Helper()
	l, ok := o.people[key]
	if !ok {
		o.t.Fatalf("nobody shows %s", key)
	}
	if l.Photo.Source == "" {
		registertest.Add(o.t, o.DB, o.Now(), l)
	} else {
		registertest.AddWithPhoto(o.t, o.DB, o.Now(), l, face)
	}
	licenceID, err := registertest.Service(o.DB, o.Now).IDOf(o.t.Context(), l.FileNumber)
	if err != nil {
		o.t.Fatal(err)
	}
	return licenceID, o.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: licenceID, DeviceID: "phone", Phone: "19900000001"})
}

// staff returns the browser of a member of staff.
func (o *authorityOffice) staff(id string, role account.Role) *browser {
	return o.as(&account.Session{Population: account.StaffPop, StaffID: id, Roles: []account.Role{role}})
}

// change sends a new record of somebody on the register.
func (o *authorityOffice) change(id string, do func(*licence.Licence)) {
	o.t.Helper()
	o.Wait(time.Second)
	e, err := registertest.Service(o.DB, o.Now).Entry(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	l := e.Licence
	do(&l)
	l.Photo = licence.Photo{}
	registertest.Add(o.t, o.DB, o.Now(), l)
}

// upload sends raw bytes as a picture.
func (b *browser) upload(path string, file []byte, out any) (status int, code string) {
	b.s.t.Helper()
	request, err := http.NewRequest("POST", b.s.url+path, bytes.NewReader(file))
	if err != nil {
		b.s.t.Fatal(err)
	}
	request.Header.Set("Origin", desktest.Origin)
	request.Header.Set("Content-Type", "image/jpeg")
	response, err := b.client.Do(request)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	if response.StatusCode >= 400 {
		var p struct{ Code string }
		json.Unmarshal(text, &p)
		return response.StatusCode, p.Code
	}
	if err := json.Unmarshal(text, out); err != nil {
		b.s.t.Fatalf("%s: %v", path, err)
	}
	return response.StatusCode, ""
}

// photo sends a photo that will do and returns its identifier.
func (b *browser) photo(path string, seed byte) string {
	b.s.t.Helper()
	var made struct {
		ID     string
		Report struct{ Refused bool }
	}
	if status, code := b.upload(path, pictureOf(520, 756, seed), &made); status != 201 || made.Report.Refused {
		b.s.t.Fatalf("%d %s, refused: %v", status, code, made.Report.Refused)
	}
	return made.ID
}

func submission(kind, route, photoID string) object {
	var declared []photo.RuleID
	for _, r := range photo.Rules() {
		declared = append(declared, r.ID)
	}
	return object{"kind": kind, "route": route, "photoId": photoID, "declared": declared, "consent": object{"identityNumber": true, "face": true, "version": account.ConsentVersion}}
}

type applicationAnswer struct {
	ID, Number, Status string
	Due                struct{ Say lang.Text }
	CanWithdraw        bool
	Reasons            []struct{ Code string }
	Timeline           []struct{ Step, State string }
	PhotoURL           string
	WindowOnly         bool
	Refusals           int
}

type licenceAnswer struct {
	Opening lang.Text
	Licence struct {
		Use     string
		Pending bool
		Why     lang.Text
		Where   lang.Text
	}
	Electronic struct {
		State   string
		Changes []struct{ Kind, Old, New string }
	}
	Face *struct {
		Name, Number, Office string
		PortraitURL          string
	}
}

// TestADriversWayToTheLicence plays R10 to R16 from the first look to the
// second application.
func TestADriversWayToTheLicence(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		id, phone := o.enrol("route:onfile")
		var home struct {
			licenceAnswer
			Name string
		}
		phone.want(200, "GET", "/api/driver/home", nil, &home)
		if home.Electronic.State != "none" || home.Face != nil || home.Opening.ZH != "驾驶证正常，尚未申领电子驾驶证" || home.Name == "" {
			t.Errorf("before: %+v", home)
		}
		var options struct {
			Allowed, Direct bool
			Prompt          lang.Text
			Routes          []string
			OnFile          struct{ URL, TakenOn string }
			Checks          []struct{ OK bool }
			Due             struct{ Say lang.Text }
		}
		phone.want(200, "GET", "/api/driver/apply", nil, &options)
		if !options.Allowed || !options.Direct || options.Prompt.ZH != "您当前符合直接使用二代身份证申领电子驾驶证的条件，是否继续申领" || !options.Checks[0].OK ||
			options.Due.Say.ZH != "10月10日（周六，调休上班）24:00前办结" {
			t.Errorf("offered: %+v", options)
		}
		var picture []byte
		phone.want(200, "GET", options.OnFile.URL, nil, &picture)

		if status, code := phone.do("POST", "/api/driver/applications", object{"kind": "first", "route": "onfile", "consent": object{"version": account.ConsentVersion}}, nil); status != 400 || code != "consent.needed" {
			t.Errorf("without consent: %d %s", status, code)
		}
		var made applicationAnswer
		phone.want(201, "POST", "/api/driver/applications", submission("first", "onfile", ""), &made)
		if made.Status != "issued" || made.Number != "SQ2610090001" || made.Timeline[len(made.Timeline)-1].Step != "issued" {
			t.Errorf("made: %+v", made)
		}
		var mine licenceAnswer
		phone.want(200, "GET", "/api/driver/licence", nil, &mine)
		if mine.Electronic.State != "valid" || mine.Face == nil || mine.Face.Office != "安澜窗口" || mine.Opening.ZH != "状态正常，可凭此证驾驶机动车" {
			t.Errorf("after: %+v", mine)
		}
		phone.want(200, "GET", mine.Face.PortraitURL, nil, &picture)
		if len(picture) < 1000 || http.DetectContentType(picture) != "image/jpeg" {
			t.Errorf("the portrait has %d bytes", len(picture))
		}

		o.change(id, func(l *licence.Licence) {
			l.Classes = append(l.Classes, licence.ClassRecord{Class: licence.D, Since: civil.D(2026, 10, 1)})
		})
		phone.want(200, "GET", "/api/driver/licence", nil, &mine)
		if mine.Electronic.State != "invalidated" || mine.Electronic.Changes[0].New != "C1D" || mine.Opening.ZH != "驾驶证正常，电子驾驶证须重新申领" {
			t.Errorf("changed: %+v", mine)
		}
		if status, _ := phone.do("GET", "/api/driver/portrait", nil, nil); status != 404 {
			t.Errorf("its portrait is shown: %d", status)
		}
		phone.want(201, "POST", "/api/driver/applications", submission("reapply", "reuse", ""), &made)
		if made.Status != "issued" || made.Number != "SQ2610090002" {
			t.Errorf("again: %+v", made)
		}
	})
}

// What a driver's own wish does: the electronic licence ends at once in every
// view and check, the licence stays good, and one tap with consents anew brings
// the electronic one back.
func TestAWithdrawnFaceAndAnEndedAccountEndTheElectronicLicence(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		officer, rental := o.Desk(relyingparty.Police, "police"), o.Desk(relyingparty.Rental, "rental")
		for key, wish := range map[string]struct{ method, path, kind, line string }{
			"holder:1": {"DELETE", "/api/driver/consents/face", "consent", "电子驾驶证：已失效（人像使用同意已撤回，待重新申领）"},
			"holder:2": {"POST", "/api/driver/account/end", "account", "电子驾驶证：已失效（账户已注销，待重新申领）"},
		} {
			driver := o.Driver(key, nil)
			storetest.Update(t, o.DB, func(tx *store.Tx) error { // the register holds a photo of its own
				entry, err := tx.LicenceByID(t.Context(), driver.LicenceID)
				if err != nil {
					return err
				}
				electronic, err := tx.ElectronicLicence(t.Context(), driver.LicenceID)
				if err != nil {
					return err
				}
				entry.PhotoID = electronic.PhotoID
				return tx.SaveLicence(t.Context(), entry)
			})
			phone := o.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: driver.LicenceID, DeviceID: driver.DeviceID, Phone: "19900000001"})
			if check, err := rental.Ask(relyingparty.Renting, driver.Code(0)); err != nil || check.Outcome != verification.Usable || check.Record.Answer.Person.PhotoID == "" {
				t.Fatalf("before: %+v, %v", check, err)
			}
			phone.want(204, wish.method, wish.path, object{"confirm": true}, nil)
			if wish.kind == "account" {
				if status, _ := phone.do("GET", "/api/driver/show", nil, nil); status != 401 {
					t.Errorf("the phone's session goes on: %d", status)
				}
				if _, err := rental.Ask(relyingparty.Renting, driver.Code(0)); fault.Of(err) == nil || fault.Of(err).Code != "ended_device" {
					t.Errorf("its code: %v", err)
				}
				phone = o.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: driver.LicenceID, DeviceID: "another", Phone: "19900000001"})
			} else {
				var show struct{ State string }
				phone.want(200, "GET", "/api/driver/show", nil, &show)
				if show.State != "invalidated" {
					t.Errorf("the page of the code shows %s", show.State)
				}
				o.Wait(time.Second)
				check, err := rental.Ask(relyingparty.Renting, driver.Code(0))
				if err != nil || check.Outcome != verification.NotUsable || check.Record.Answer.Person != nil && check.Record.Answer.Person.PhotoID != "" {
					t.Errorf("the rental firm is told %+v, %v", check, err)
				}
			}
			var mine licenceAnswer
			phone.want(200, "GET", "/api/driver/licence", nil, &mine)
			if mine.Electronic.State != "invalidated" || mine.Electronic.Changes[0].Kind != wish.kind || mine.Opening.ZH != "驾驶证正常，电子驾驶证须重新申领" || mine.Face != nil && mine.Face.PortraitURL != "" {
				t.Errorf("%s: %+v", wish.kind, mine)
			}
			check, err := officer.LookUp("police", string(driver.Licence.Document.Number), string(driver.Licence.Name))
			if err != nil || check.Outcome != verification.Usable || check.Record.Answer.Electronic == nil || check.Record.Answer.Electronic.Say.ZH != wish.line {
				t.Errorf("an officer is told %+v, %v", check, err)
			}
		}
	})
}

func TestWhatADriverIsToldByLetterOverHTTP(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		for _, key := range []string{"held-status:B", "held-status:L", "held-status:F"} {
			id, phone := o.enrol(key)
			phone.want(201, "POST", "/api/driver/applications", submission("first", "onfile", ""), nil)
			letter := licence.Letter(strings.TrimPrefix(key, "held-status:"))
			o.change(id, func(l *licence.Licence) { l.Status = licence.Status(letter) })
			var mine licenceAnswer
			phone.want(200, "GET", "/api/driver/licence", nil, &mine)
			shown := letter.Use() == licence.NotUsable
			if mine.Licence.Use != string(letter.Use()) || (mine.Face != nil) != shown || mine.Licence.Where.ZH != "安澜窗口，云水路18号，电话 000-7654321" {
				t.Errorf("%s: %+v", key, mine)
			}
			if hidden := strings.Contains(mine.Licence.Why.ZH, licence.HiddenNotice.ZH); hidden != (letter == licence.Locked) {
				t.Errorf("%s says %s", key, mine.Licence.Why.ZH)
			}
			if status, _ := phone.do("GET", "/api/driver/portrait", nil, nil); (status == 200) != shown {
				t.Errorf("%s: its portrait answers %d", key, status)
			}
		}
	})
}

func TestAHundredPressesOverHTTPMakeOneApplication(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		id, phone := o.enrol("route:album")
		body := submission("first", "album", phone.photo("/api/driver/photos?source=album", 5))
		var mu sync.Mutex
		got := map[string]int{}
		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() {
				_, code := phone.do("POST", "/api/driver/applications", body, nil)
				mu.Lock()
				defer mu.Unlock()
				got[code]++
			})
		}
		wait.Wait()
		if diff := cmp.Diff(map[string]int{"": 1, "application.open": 99}, got); diff != "" {
			t.Error(diff)
		}
		storetest.View(t, o.DB, func(tx *store.Tx) error {
			cases, err := tx.CasesOf(t.Context(), id)
			if len(cases) != 1 {
				t.Errorf("%d applications are stored", len(cases))
			}
			return err
		})
	})
}

func TestNobodySeesOrMovesAnothersThings(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, mine := o.enrol("route:album")
		_, other := o.enrol("route:camera")
		photoID := mine.photo("/api/driver/photos?source=album", 5)
		var made applicationAnswer
		mine.want(201, "POST", "/api/driver/applications", submission("first", "album", photoID), &made)
		for _, path := range []string{"/api/driver/photos/" + photoID, "/api/driver/applications/" + made.ID} {
			if status, code := other.do("GET", path, nil, nil); status != 404 || code != "not_found" {
				t.Errorf("GET %s: %d %s", path, status, code)
			}
		}
		for _, verb := range []string{"withdraw", "urge"} {
			if status, code := other.do("POST", "/api/driver/applications/"+made.ID+"/"+verb, nil, nil); status != 404 || code != "not_found" {
				t.Errorf("%s: %d %s", verb, status, code)
			}
		}
		if status, code := other.do("POST", "/api/driver/applications", submission("first", "album", photoID), nil); status != 400 || code != "application.photo_missing" {
			t.Errorf("applied with another's photo: %d %s", status, code)
		}
		if status, code := mine.do("POST", "/api/driver/applications", object{"kind": "first", "route": "window", "consent": object{"version": "x"}}, nil); status != 400 {
			t.Errorf("the window's route from a phone: %d %s", status, code)
		}
	})
}

// TestAnAppealGoesToAnotherDesk plays 申诉: the driver appeals what r1 refused,
// r1 is told that it is another's, r2 reads why and decides.
func TestAnAppealGoesToAnotherDesk(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:onfile")
		_, other := o.enrol("route:album")
		var made, appeal struct {
			ID, Status string
			Title      lang.Text
			Grounds    []struct{ Code string }
			Appeal     *struct{ ID, Words string }
		}
		phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", 5)), &made)
		r1, r2 := o.staff("r1", account.Reviewer), o.staff("r2", account.Reviewer)
		appealed := "/api/driver/applications/" + made.ID + "/appeal"
		if status, code := phone.do("POST", appealed, object{"ground": "meets"}, nil); status != 409 || code != "application.no_appeal" {
			t.Errorf("before any result: %d %s", status, code)
		}
		r1.want(200, "POST", "/api/staff/review/next", nil, nil)
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"ears_covered"}}, nil)
		o.Wait(application.UndoFor)
		if _, err := o.issuance.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if len(made.Grounds) != len(application.Grounds()) {
			t.Fatalf("the driver is offered %+v", made)
		}
		if status, code := other.do("POST", appealed, object{"ground": "meets"}, nil); status != 404 || code != "not_found" {
			t.Errorf("another driver appeals: %d %s", status, code)
		}
		phone.want(201, "POST", appealed, object{"ground": "other", "words": "两边耳朵都露着"}, &appeal)
		if appeal.Status != "submitted" || appeal.Appeal == nil || appeal.Appeal.ID != made.ID || appeal.Title.ZH != "首次申领申诉（现场拍照）" {
			t.Errorf("appeal: %+v", appeal)
		}
		var queue struct {
			Items []struct {
				ID             string
				Appeal, Barred bool
			}
		}
		for desk, barred := range map[*browser]bool{r1: true, r2: false} {
			desk.want(200, "GET", "/api/staff/review/queue", nil, &queue)
			if len(queue.Items) != 1 || !queue.Items[0].Appeal || queue.Items[0].Barred != barred {
				t.Errorf("barred %v: %+v", barred, queue)
			}
		}
		if status, code := r1.do("POST", "/api/staff/review/"+appeal.ID+"/claim", nil, nil); status != 403 || code != "application.own_decision" {
			t.Errorf("claimed by who refused: %d %s", status, code)
		}
		var open struct {
			ID, TakenFrom string
			Appeal        *struct {
				Words   string
				Reasons []struct{ Code string }
			}
		}
		r2.want(200, "POST", "/api/staff/review/next", nil, &open)
		if open.ID != appeal.ID || open.Appeal == nil || open.Appeal.Words != "两边耳朵都露着" || len(open.Appeal.Reasons) != 1 || open.TakenFrom != "clock" {
			t.Errorf("the other reviewer sees %+v", open)
		}
	})
}

type caseAnswer struct {
	ID, Number, PhotoURL, PortraitURL string
	RegisterPhoto                     *struct{ URL string }
	Checklist                         []struct{ ID string }
	Reasons                           []struct{ Code string }
	Findings                          []struct{ Rule string }
}

// TestAReviewersDesk plays the review from the queue to the message.
func TestAReviewersDesk(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:onfile")
		var made applicationAnswer
		phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", 5)), &made)
		if made.Status != "submitted" || !made.CanWithdraw {
			t.Errorf("made: %+v", made)
		}
		r1, r2 := o.staff("r1", account.Reviewer), o.staff("r2", account.Reviewer)
		var queue struct {
			Items  []struct{ ID, ClaimedBy string }
			Counts struct{ Waiting, Mine int }
		}
		r1.want(200, "GET", "/api/staff/review/queue", nil, &queue)
		if len(queue.Items) != 1 || queue.Items[0].ID != made.ID || queue.Counts.Waiting != 1 {
			t.Errorf("queue: %+v", queue)
		}
		if status, _ := r1.do("GET", "/api/staff/photos/"+made.PhotoURL[len("/api/driver/photos/"):], nil, nil); status != 404 {
			t.Errorf("a photo of nobody's case is shown: %d", status)
		}
		var open caseAnswer
		r1.want(200, "POST", "/api/staff/review/next", nil, &open)
		var nothing []byte
		r2.want(204, "POST", "/api/staff/review/next", nil, &nothing)
		if open.ID != made.ID || open.RegisterPhoto == nil || len(open.Findings) == 0 || len(open.Reasons) < 30 {
			t.Errorf("case: %+v", open)
		}
		for _, url := range []string{open.PhotoURL, open.PortraitURL, open.RegisterPhoto.URL} {
			var picture []byte
			r1.want(200, "GET", url, nil, &picture)
			if status, _ := r2.do("GET", url, nil, nil); status != 404 {
				t.Errorf("another reviewer sees %s: %d", url, status)
			}
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "reviewing" || made.CanWithdraw {
			t.Errorf("while reviewed: %+v", made)
		}
		if status, code := r2.do("POST", "/api/staff/review/"+made.ID+"/claim", nil, nil); status != 409 || code != "application.holder" {
			t.Errorf("claimed by the other: %d %s", status, code)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/approve", object{"checked": []string{}}, nil); status != 400 || code != "application.unchecked" {
			t.Errorf("approved unseen: %d %s", status, code)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"licence_changed"}}, nil); status != 400 || code != "application.reason" {
			t.Errorf("refused for a reason of the program's: %d %s", status, code)
		}
		var decision struct {
			Outcome            string
			Final              bool
			DecidedAt, FinalAt time.Time
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"ears_covered", "other"}, "other": "请把眼镜摘下"}, &decision)
		if decision.Outcome != "refused" || decision.Final || decision.FinalAt.Sub(decision.DecidedAt) != application.UndoFor {
			t.Errorf("decision: %+v", decision)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "reviewing" || len(made.Reasons) != 0 {
			t.Errorf("the driver sees a decision that can be undone: %+v", made)
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/undo", nil, &open)
		var checked []string
		for _, item := range open.Checklist {
			checked = append(checked, item.ID)
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/approve", object{"checked": checked}, &decision)
		o.Wait(application.UndoFor)
		if _, err := o.issuance.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "issued" {
			t.Errorf("at the end: %+v", made)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/undo", nil, nil); status != 409 || code != "application.undo" {
			t.Errorf("undone too late: %d %s", status, code)
		}
		var mine struct{ Decisions []struct{ Final bool } }
		r1.want(200, "GET", "/api/staff/review/mine", nil, &mine)
		if len(mine.Decisions) != 1 || !mine.Decisions[0].Final {
			t.Errorf("mine: %+v", mine)
		}
	})
}

type windowAnswer struct {
	ID, Number, PhoneMasked string
	Devices                 []struct{ ID string }
	Deeds                   []struct{ Say lang.Text }
	Applications            []applicationAnswer
	Refusals                int
	WindowOnly              bool
	Paper                   lang.Text
	Face                    struct{ PortraitURL string }
	ClosedAt                string
}

// TestAClerksCase plays what a window does for a driver who is there.
func TestAClerksCase(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		id, phone := o.enrol("route:onfile")
		l := o.people["route:onfile"]
		clerk, other, reviewer := o.staff("w1", account.WindowRep), o.staff("w2", account.WindowRep), o.staff("r1", account.Reviewer)
		opening := object{"business": "办理电子驾驶证", "caseNumber": "A042", "documentType": "A", "number": string(l.Document.Number), "fileNumber": string(l.FileNumber), "seenPerson": true}
		with := func(key string, value any) object {
			changed := maps.Clone(opening)
			changed[key] = value
			return changed
		}
		if status, code := clerk.do("POST", "/api/staff/window/cases", with("seenPerson", false), nil); status != 400 || code != "window.seen" {
			t.Errorf("nobody was seen: %d %s", status, code)
		}
		if status, code := clerk.do("POST", "/api/staff/window/cases", with("fileNumber", "999999999999"), nil); status != 404 || code != "window.no_match" {
			t.Errorf("another file number: %d %s", status, code)
		}
		var c windowAnswer
		clerk.want(201, "POST", "/api/staff/window/cases", opening, &c)
		at := "/api/staff/window/cases/" + c.ID
		if status, _ := other.do("GET", at, nil, nil); status != 404 {
			t.Errorf("another clerk reads the case: %d", status)
		}
		var picture []byte
		clerk.want(200, "GET", c.Face.PortraitURL, nil, &picture)
		if status, _ := other.do("GET", c.Face.PortraitURL, nil, nil); status != 404 {
			t.Errorf("another clerk sees the portrait: %d", status)
		}

		// Bind a phone by the QR, once.
		var binding struct{ URL, QR string }
		clerk.want(200, "POST", at+"/bind", nil, &binding)
		token, ok := strings.CutPrefix(binding.URL, desktest.Origin+"/driver/#/bind?w=")
		if !ok || binding.QR != binding.URL {
			t.Fatalf("binding: %+v", binding)
		}
		o.bind(token, 201)
		o.bind(token, 409)
		clerk.want(200, "GET", at, nil, &c)
		if len(c.Devices) != 1 {
			t.Fatalf("devices: %+v", c.Devices)
		}
		clerk.want(204, "POST", at+"/devices/"+c.Devices[0].ID+"/end", nil, nil)

		// Another number.
		if status, code := clerk.do("POST", at+"/phone", object{"phone": string(l.Phone)}, nil); status != 409 || code != "register.same_phone" {
			t.Errorf("the number on file: %d %s", status, code)
		}
		clerk.want(200, "POST", at+"/phone", object{"phone": "13900001234"}, &c)
		if c.PhoneMasked != identity.Phone("13900001234").Masked() || len(c.Devices) != 0 {
			t.Errorf("the number: %s", c.PhoneMasked)
		}

		// Three refusals, lifted.
		for n := range 3 {
			var made applicationAnswer
			phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", byte(5+40*n))), &made)
			reviewer.want(200, "POST", "/api/staff/review/"+made.ID+"/claim", nil, nil)
			reviewer.want(200, "POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"too_dark"}}, nil)
			o.Wait(application.UndoFor)
			if _, err := o.issuance.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		clerk.want(200, "GET", at, nil, &c)
		if !c.WindowOnly || c.Refusals != 3 || !c.Applications[0].WindowOnly || len(c.Applications[0].Reasons) != 1 {
			t.Errorf("after three refusals: %+v", c)
		}
		clerk.want(204, "POST", at+"/unlock", nil, nil)

		// Apply with a photo taken here; somebody else reviews it.
		var applied applicationAnswer
		clerk.want(200, "POST", at+"/apply", object{"photoId": clerk.photo(at+"/photo", 201)}, &applied)
		if status, code := o.staff("w1", account.Reviewer).do("POST", "/api/staff/review/"+applied.ID+"/claim", nil, nil); status != 403 || code != "application.own_case" {
			t.Errorf("reviewed by the clerk: %d %s", status, code)
		}
		clerk.want(204, "POST", at+"/loss", nil, nil)

		var slip struct {
			Lines []struct{ Label, Value lang.Text }
		}
		clerk.want(200, "GET", at+"/slip", nil, &slip)
		var lines []string
		for _, line := range slip.Lines {
			lines = append(lines, line.Label.ZH+"="+line.Value.ZH)
		}
		text := strings.Join(lines, "\n")
		if !strings.Contains(text, "受理号="+c.Number) || !strings.Contains(text, "申请编号="+applied.Number) || strings.Contains(text, string(l.Document.Number)) {
			t.Errorf("slip:\n%s", text)
		}

		clerk.want(204, "POST", at+"/close", nil, nil)
		if status, code := clerk.do("POST", at+"/bind", nil, nil); status != 409 || code != "window.closed" {
			t.Errorf("after it was closed: %d %s", status, code)
		}
		clerk.want(200, "GET", at, nil, &c)
		var deeds []string
		for _, d := range c.Deeds {
			deeds = append(deeds, d.Say.ZH)
		}
		slices.Sort(deeds) // the clock stands still for some of them
		want := []string{"上传照片", "停用手机", "出示绑定二维码", "在窗口登记手机号", "提交申请", "核对本人和证件，开始受理", "登记纸质驾驶证遗失", "结束受理", "解除三次审核不通过的限制"}
		slices.Sort(want)
		if diff := cmp.Diff(want, deeds); diff != "" {
			t.Error(diff)
		}
		if id == "" {
			t.Error("no licence")
		}
	})
}

// bind plays the driver's phone that scanned a window's QR.
func (o *authorityOffice) bind(token string, want int) {
	o.t.Helper()
	key := desktest.NewKey(o.t)
	session := &account.Session{Population: account.DriverPop, Level: account.PhoneLevel, Phone: "19900000001"}
	b := o.as(session)
	status, code := b.do("POST", "/api/driver/binding/qr", object{
		"token": token, "consent": object{"identityNumber": true, "version": account.ConsentVersion},
		"device": object{"publicKey": b64(desktest.Point(key)), "name": "示例手机", "signature": b64(desktest.Sign(key, account.EnrolProof(desktest.Origin, session.Challenge)))},
	}, nil)
	if (want >= 400) != (status >= 400) || want == 409 && code != "binding.failed" {
		o.t.Errorf("binding: %d %s, want %d", status, code, want)
	}
}

func TestACaseIsOverWhenThePersonHasLongGone(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		o.enrol("route:onfile")
		l := o.people["route:onfile"]
		clerk := o.staff("w1", account.WindowRep)
		var c windowAnswer
		clerk.want(201, "POST", "/api/staff/window/cases", object{"business": "注销驾驶证", "caseNumber": "A1", "documentType": "A", "number": string(l.Document.Number), "fileNumber": string(l.FileNumber), "seenPerson": true}, &c)
		if !strings.HasPrefix(c.Paper.ZH, "这项业务要收纸质驾驶证") {
			t.Errorf("paper: %s", c.Paper.ZH)
		}
		o.Wait(4 * time.Hour)
		clerk = o.staff("w1", account.WindowRep) // signed in anew
		if status, code := clerk.do("POST", "/api/staff/window/cases/"+c.ID+"/loss", nil, nil); status != 409 || code != "window.closed" {
			t.Errorf("%d %s", status, code)
		}
	})
}

func TestUploadsOverHTTP(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:album")
		for _, c := range []struct {
			name   string
			file   []byte
			status int
			code   string
		}{
			{"30 MB", make([]byte, 30<<20), 413, "too_large"},
			{"a page", []byte("<html><script>alert(1)</script>"), 415, "photo.format"},
			{"half a JPEG", pictureOf(520, 756, 3)[:9000], 400, "photo.corrupt"},
		} {
			if status, code := phone.upload("/api/driver/photos?source=album", c.file, nil); status != c.status || code != c.code {
				t.Errorf("%s: %d %s", c.name, status, code)
			}
		}
		if status, code := phone.upload("/api/driver/photos?source=album&takenOn=2026-01-01", pictureOf(520, 756, 3), nil); status != 400 || code != "application.photo_old" {
			t.Errorf("an old photo: %d %s", status, code)
		}
		var made struct {
			Width, Height int
			Report        struct {
				Findings []struct{ Rule, Verdict string }
				Refused  bool
			}
		}
		if status, _ := phone.upload("/api/driver/photos?source=album", pictureOf(300, 436, 3), &made); status != 201 || !made.Report.Refused || len(made.Report.Findings) != len(photo.Rules()) {
			t.Errorf("a small photo: %d %+v", status, made)
		}
	})
}

// Where no models judged, the reviewer and the administrator read it.
func TestTheConsoleSaysThatThereAreNoPhotoModels(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:onfile")
		phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", 5)), nil)
		var open struct {
			Models   string
			Findings []struct{ Rule, Verdict string }
		}
		o.staff("r1", account.Reviewer).want(200, "POST", "/api/staff/review/next", nil, &open)
		if open.Models != "" || len(open.Findings) != len(photo.Rules()) {
			t.Errorf("%+v", open)
		}
		for _, f := range open.Findings {
			if f.Rule == string(photo.RuleOnePerson) && f.Verdict != string(photo.NotAssessed) {
				t.Errorf("without models one person is %s", f.Verdict)
			}
		}
		var settings struct{ PhotoModels *bool }
		o.staff("admin", account.System).want(200, "GET", "/api/staff/settings", nil, &settings)
		if settings.PhotoModels == nil || *settings.PhotoModels {
			t.Errorf("the settings say %v", settings.PhotoModels)
		}
	})
}
