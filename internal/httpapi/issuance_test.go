package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

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
