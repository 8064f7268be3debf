package httpapi_test

import (
	"testing"

	"edl/internal/account"
	"edl/internal/photo"
)

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
