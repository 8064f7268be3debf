package httpapi_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/desktest"
	"edl/internal/identity"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

const applicantPhone = "19900000101"

func aBody() object {
	return object{"name": "示范保险有限公司", "uscc": "91330105MA00000N3" + string(identity.USCCCheck("91330105MA00000N3")), "kind": "insurer", "contact": "客服部",
		"contactPhone": "0571-88880000", "person": "温疏桐", "wanted": []object{{"scenario": "underwriting", "purpose": "承保前核验驾驶资格"}}}
}

// applicant is a browser with the link of an application.
type applicant struct {
	*browser
	Number, Secret string
}

type secretHeader struct{ secret string }

func (h secretHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Application-Secret", h.secret)
	return http.DefaultTransport.RoundTrip(r)
}

// apply begins an application by the code that reached the phone.
func (s *site) apply(body object) *applicant {
	s.t.Helper()
	s.Wait(2 * time.Hour)
	b := s.browser()
	b.want(202, "POST", "/api/public/admission/code", object{"phone": applicantPhone}, nil)
	body["phone"], body["code"] = applicantPhone, s.smsCode(applicantPhone)
	var made struct {
		Secret      string
		Application struct{ Number, Status string }
	}
	b.want(201, "POST", "/api/public/admissions", body, &made)
	b.client.Transport = secretHeader{made.Secret}
	return &applicant{b, made.Application.Number, made.Secret}
}

func (s *site) smsCode(phone string) (code string) {
	s.t.Helper()
	storetest.View(s.t, s.DB, func(tx *store.Tx) error {
		due, err := tx.DueSMS(s.t.Context(), s.Now(), 1000)
		for _, q := range due {
			var m notification.SMS
			if err := json.Unmarshal(q.Body, &m); err != nil {
				return err
			}
			if m.To == phone && m.Code != "" {
				code = m.Code
			}
		}
		return err
	})
	return code
}

func (a *applicant) at(rest string) string { return "/api/public/admissions/" + a.Number + rest }

// attach sends a file with the application.
func (a *applicant) attach(kind, media string, file []byte) (int, string) {
	a.s.t.Helper()
	return a.uploadAs(a.at("/files?kind="+kind), media, file, &object{})
}

func pngOf(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// claimingPNG says that it is w × h px.
func claimingPNG(w, h uint32) []byte {
	b := pngOf(8, 8)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

var anyPDF = []byte("%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n<script>alert(1)</script>\n%%EOF\n")

func TestEvidenceIsKnownByItsBytesAlone(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		a := s.apply(aBody())
		for _, c := range []struct {
			name, media string
			file        []byte
			status      int
			code        string
		}{
			{"a JPEG", "image/jpeg", pictureOf(300, 200, 3), 201, ""},
			{"a PNG that says JPEG", "image/jpeg", pngOf(300, 200), 201, ""},
			{"a PDF that says HTML", "text/html", anyPDF, 201, ""},
			{"a page that says PDF", "application/pdf", []byte("<!doctype html><script>alert(1)</script>"), 415, "admission.file_format"},
			{"a page with a PDF's header further on", "application/pdf", []byte("<p id=x1><script>alert(1)</script>\n%PDF-1.7\n"), 415, "admission.file_format"},
			{"PDF of no version", "application/pdf", []byte("%PDF-x.y <script>"), 415, "admission.file_format"},
			{"SVG", "image/png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 415, "admission.file_format"},
			{"a GIF", "image/png", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), 415, "admission.file_format"},
			{"a WebP", "image/webp", []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"), 415, "admission.file_format"},
			{"60,000 × 60,000 px", "image/png", claimingPNG(60_000, 60_000), 413, "photo.too_many_pixels"},
			{"a picture and a page at once", "image/jpeg", append(pictureOf(300, 200, 3), "<html><script>alert(1)</script>"...), 400, "photo.polyglot"},
			{"a picture and a PDF at once", "image/jpeg", append(pictureOf(300, 200, 3), anyPDF...), 400, "photo.polyglot"},
			{"half a JPEG", "image/jpeg", pictureOf(300, 200, 3)[:3000], 400, "photo.corrupt"},
			{"nothing", "application/pdf", nil, 400, "malformed"},
			{"5 MB and a byte", "application/pdf", append(slices.Clone(anyPDF), make([]byte, admission.MaxFile+1-len(anyPDF))...), 413, "admission.file_size"},
			{"30 MB", "application/pdf", append(slices.Clone(anyPDF), make([]byte, 30<<20)...), 413, "too_large"},
		} {
			if status, code := a.attach("licence", c.media, c.file); status != c.status || code != c.code {
				t.Errorf("%s: %d %s, want %d %s", c.name, status, code, c.status, c.code)
			}
		}
		if status, code := a.attach("passport", "application/pdf", anyPDF); status != 400 || code != "admission.file_kind" {
			t.Errorf("of no kind: %d %s", status, code)
		}
		var view struct{ Files []struct{ Media string } }
		a.want(200, "GET", a.at(""), nil, &view)
		kept := map[string]int{}
		for _, f := range view.Files {
			kept[f.Media]++
		}
		if len(view.Files) != 3 || kept["image/jpeg"] != 2 || kept["application/pdf"] != 1 {
			t.Errorf("kept: %+v", view.Files)
		}
		if n := storetest.Count(t, s.DB, `SELECT CAST(sum(times) AS BIGINT) FROM refusal_count WHERE cause IN ('admission.file_format', 'photo.polyglot')`); n != 8 {
			t.Errorf("%d refusals are counted", n)
		}
	})
}

// TestS54EvidenceNeverRunsInTheConsole: what a stranger sent comes back as a
// picture made anew, or as a file to save, and in no case as a page.
func TestS54EvidenceNeverRunsInTheConsole(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		a := s.apply(aBody())
		marked := append([]byte("\xff\xd8\xff\xfe\x00\x10a hidden note!"), pictureOf(300, 200, 3)[2:]...)
		a.attach("licence", "image/jpeg", marked)
		a.attach("insurance", "application/pdf", anyPDF)
		a.want(200, "POST", a.at("/submit"), nil, nil)
		id := s.queue()[0].ID
		var view struct{ Files []struct{ ID, Media string } }
		s.staff().want(200, "GET", "/api/staff/admissions/"+id, nil, &view)
		if len(view.Files) != 2 {
			t.Fatalf("staff see %+v", view.Files)
		}
		for _, f := range view.Files {
			answer, body := s.staff().send(t, "GET", "/api/staff/admissions/"+id+"/files/"+f.ID, nil)
			want := map[string]string{"Content-Type": f.Media, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": `attachment; filename="evidence.pdf"`, "Cache-Control": "no-store"}
			if f.Media == "image/jpeg" {
				want["Content-Disposition"] = `inline; filename="evidence.jpg"`
				if bytes.Contains(body, []byte("hidden note")) {
					t.Error("the picture is as it was sent")
				}
			} else if !bytes.Equal(body, anyPDF) {
				t.Errorf("the PDF came back as %q", body)
			}
			for name, value := range want {
				if got := answer.Header.Get(name); got != value {
					t.Errorf("%s: %s is %q, want %q", f.Media, name, got, value)
				}
			}
		}
		if n := storetest.Count(t, s.DB, `SELECT count(*) FROM audit_entry WHERE action = 'admission.evidence'`); n != 2 {
			t.Errorf("%d looks are in the log", n)
		}
	})
}

type queued struct {
	ID, Number string
	Rivals     int
}

func (s *site) queue() []queued {
	s.t.Helper()
	var list struct{ Applications []queued }
	s.staff().want(200, "GET", "/api/staff/admissions", nil, &list)
	return list.Applications
}

func TestAnApplicationIsItsApplicantsAndStaffs(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		a := s.apply(aBody())
		other := s.apply(aBody())
		a.attach("licence", "image/jpeg", pictureOf(300, 200, 3))
		a.attach("insurance", "application/pdf", anyPDF)
		var mine struct{ Files []struct{ ID string } }
		a.want(200, "GET", a.at(""), nil, &mine)
		stranger := &applicant{other.browser, a.Number, other.Secret}
		for _, call := range []struct {
			method, rest string
			body         any
		}{
			{"GET", "", nil}, {"PUT", "", aBody()}, {"DELETE", "/files/" + mine.Files[0].ID, nil}, {"POST", "/submit", nil},
		} {
			status, code := stranger.do(call.method, stranger.at(call.rest), call.body, nil)
			nowhere, same := stranger.do(call.method, "/api/public/admissions/YZ2610099999"+call.rest, call.body, nil)
			if status != 404 || code != "admission.none" || status != nowhere || code != same {
				t.Errorf("%s %s of another: %d %s; of nobody: %d %s", call.method, call.rest, status, code, nowhere, same)
			}
		}
		if status, code := stranger.attach("licence", "application/pdf", anyPDF); status != 404 || code != "admission.none" {
			t.Errorf("a file for another's: %d %s", status, code)
		}
		if status, code := other.do("DELETE", other.at("/files/"+mine.Files[0].ID), nil, nil); status != 404 {
			t.Errorf("another's file under one's own number: %d %s", status, code)
		}
		a.want(200, "POST", a.at("/submit"), nil, nil)
		id := s.queue()[0].ID
		for _, role := range account.Roles() {
			b := s.as(&account.Session{Population: account.StaffPop, StaffID: "somebody", Roles: []account.Role{role}})
			status, _ := b.do("GET", "/api/staff/admissions/"+id+"/files/"+mine.Files[0].ID, nil, nil)
			if want := map[bool]int{true: 200, false: 403}[role == account.System]; status != want {
				t.Errorf("the evidence to %s: %d, want %d", role, status, want)
			}
		}
		party := s.house("rental", "rental")
		if status, _ := party.admin.do("GET", "/api/staff/admissions/"+id, nil, nil); status != 401 {
			t.Errorf("to a party's administrator: %d", status)
		}
	})
}

func TestHowOftenAnApplicantMayTry(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		a := s.apply(aBody())
		s.Limiter.Rates = map[string]account.Rate{
			admission.LimitUpload: {Burst: 2, Every: time.Minute}, admission.LimitRead: {Burst: 4, Every: time.Minute}, admission.LimitBegin: {Burst: 1, Every: time.Hour},
		}
		for range 2 {
			a.attach("licence", "application/pdf", anyPDF)
		}
		if status, code := a.attach("licence", "application/pdf", anyPDF); status != 429 || code != "limited" {
			t.Errorf("a third file at once: %d %s", status, code)
		}
		a.do("GET", a.at(""), nil, nil)
		a.do("GET", a.at(""), nil, nil)
		if status, code := a.do("GET", a.at(""), nil, nil); status != 429 || code != "limited" {
			t.Errorf("a fifth look: %d %s", status, code)
		}
		if status, code := a.do("DELETE", a.at("/files/none"), nil, nil); status != 429 || code != "limited" {
			t.Errorf("a file removed after that: %d %s", status, code)
		}
		body := aBody()
		body["phone"], body["code"] = applicantPhone, "000000"
		a.do("POST", "/api/public/admissions", body, nil)
		if status, code := a.do("POST", "/api/public/admissions", body, nil); status != 429 || code != "limited" {
			t.Errorf("a second beginning: %d %s", status, code)
		}
		a.want(202, "POST", "/api/public/admission/code", object{"phone": "19900000103"}, nil)
		if status, code := a.do("POST", "/api/public/admission/code", object{"phone": "19900000103"}, nil); status != 429 || code != "code.soon" {
			t.Errorf("two codes to one phone: %d %s", status, code)
		}
	})
}

// TestABodyAppliesAndStaffDecide is the whole way over HTTP.
func TestABodyAppliesAndStaffDecide(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		var offer struct {
			Kinds     []string
			Scenarios []struct{ ID string }
		}
		if _, err := s.Parties.Switch(t.Context(), desktest.Staff, relyingparty.Renting, false); err != nil {
			t.Fatal(err)
		}
		s.browser().want(200, "GET", "/api/public/admission", nil, &offer)
		for _, one := range offer.Scenarios {
			if one.ID == "police" || one.ID == "window" || one.ID == "rental" { // the last is switched off
				t.Errorf("%s is offered", one.ID)
			}
		}
		if slices.Contains(offer.Kinds, "police") || len(offer.Scenarios) < 4 {
			t.Errorf("offered: %+v", offer)
		}
		s.browser().want(204, "POST", "/api/public/admission/check", aBody(), nil)
		a := s.apply(aBody())
		a.attach("licence", "image/jpeg", pictureOf(300, 200, 3))
		if status, code := a.do("POST", a.at("/submit"), nil, nil); status != 400 || code != "admission.evidence" {
			t.Errorf("without the permit: %d %s", status, code)
		}
		a.attach("insurance", "application/pdf", anyPDF)
		a.want(200, "POST", a.at("/submit"), nil, nil)
		case_ := struct {
			ID, InviteURL, PartyID, Phone string
			Version                       int64
			MayReturn                     bool
		}{}
		at := "/api/staff/admissions/" + s.queue()[0].ID
		s.staff().want(200, "GET", at, nil, &case_)
		if case_.Phone != applicantPhone || !case_.MayReturn {
			t.Errorf("staff see %+v", case_)
		}
		s.staff().want(200, "POST", at+"/return", object{"version": case_.Version, "reasons": []string{"unreadable"}}, nil)
		var own struct {
			Status, Account string
			Missing         []object
			Wanted          []struct{ Outcome string }
		}
		a.want(200, "GET", a.at(""), nil, &own)
		if own.Status != "returned" || len(own.Missing) != 1 {
			t.Errorf("returned as %+v", own)
		}
		a.want(200, "POST", a.at("/submit"), nil, nil)
		s.staff().want(200, "GET", at, nil, &case_)
		decision := object{"version": case_.Version, "verdicts": []object{{"scenario": "underwriting", "granted": true}}}
		s.staff().want(200, "POST", at+"/decide", decision, &case_)
		if status, code := s.staff().do("POST", at+"/decide", decision, nil); status != 409 || code != "admission.decided" {
			t.Errorf("again: %d %s", status, code)
		}
		if !strings.HasPrefix(case_.InviteURL, desktest.Origin+"/party/#/invite?t=") || case_.PartyID == "" {
			t.Errorf("granted as %+v", case_)
		}
		a.want(200, "GET", a.at(""), nil, &own)
		if own.Status != "granted" || own.Account != "invited" || own.Wanted[0].Outcome != "granted" {
			t.Errorf("the applicant sees %+v", own)
		}
		case_.InviteURL = ""
		s.staff().want(200, "GET", at, nil, &case_)
		if case_.InviteURL != "" {
			t.Error("the link is shown twice")
		}
		if len(s.queue()) != 0 {
			t.Errorf("still waiting: %+v", s.queue())
		}
	})
}
