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
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/credential"
	"edl/internal/demo"
	"edl/internal/desktest"
	"edl/internal/httpapi"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/live"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/registertest"
	"edl/internal/serial"
	"edl/internal/store"
	"edl/internal/storetest"
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
		Issuer: issuer, Checker: photo.NewChecker(nil, photo.DefaultSettings()), Numbers: serial.NewPool(db.TakeNumbers),
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
			Issuance: o.issuance, Drivers: w.Drivers, Register: register, Publish: w.Publish},
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
	return b.uploadAs(path, "image/jpeg", file, out)
}

// uploadAs sends raw bytes as whatever the browser would say they are.
func (b *browser) uploadAs(path, media string, file []byte, out any) (status int, code string) {
	b.s.t.Helper()
	request, err := http.NewRequest("POST", b.s.url+path, bytes.NewReader(file))
	if err != nil {
		b.s.t.Fatal(err)
	}
	request.Header.Set("Origin", desktest.Origin)
	request.Header.Set("Content-Type", media)
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
