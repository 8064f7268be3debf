package httpapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/desktest"
	"edl/internal/identity"
	"edl/internal/lang"
)

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
		o.Events()
		clerk.want(204, "POST", at+"/loss", nil, nil)
		if told := o.Events(); len(told) != 1 || told[0].Name != "message" {
			t.Errorf("the driver's page was told %+v", told)
		}

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
