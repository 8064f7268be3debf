package httpapi_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"edl/internal/httpapi"
)

func TestAMethodThatAnAddressDoesNotTakeIsToldFromAnAddressThatIsNotThere(t *testing.T) {
	handler := (&httpapi.Server{PublicURL: "http://localhost:8080", Pages: fstest.MapFS{}}).Handler()
	for _, c := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/api/feed/licences", 405, "no_method", "POST"},
		{"DELETE", "/api/public/about", 405, "no_method", "GET, HEAD"},
		{"OPTIONS", "/api/public/about", 405, "no_method", "GET, HEAD"},
		{"PATCH", "/api/staff/calendar/2026-12-31", 405, "no_method", "PUT, DELETE"},
		{"POST", "/healthz", 405, "no_method", "GET, HEAD"},
		{"POST", "/driver/", 405, "no_method", "GET, HEAD"},
		{"GET", "/api/nothing", 404, "no_route", ""},
		{"POST", "/api/feed/licences/nothing/at/all", 404, "no_route", ""},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		var p httpapi.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Errorf("%s %s: %v in %s", c.method, c.path, err, w.Body)
			continue
		}
		if w.Code != c.status || p.Status != c.status || p.Code != c.code || w.Header().Get("Allow") != c.allow || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s, Allow %q, %s", c.method, c.path, w.Code, p.Code, w.Header().Get("Allow"), w.Header().Get("Content-Type"))
		}
	}
}

func TestBrowsersAreToldToComeByHTTPSAloneWhereThatHolds(t *testing.T) {
	for _, c := range []struct {
		name, public string
		tls, demo    bool
		want         string
	}{
		{"an authority with a certificate", "https://licence.example.cn", true, false, "max-age=31536000"},
		{"behind a proxy, which says so itself", "https://licence.example.cn", false, false, ""},
		{"by HTTP", "http://licence.example.cn", false, false, ""},
		{"another port", "https://licence.example.cn:8443", true, false, ""},
		{"this machine", "https://localhost", true, false, ""},
		{"this machine's address", "https://127.0.0.1", true, false, ""},
		{"a phone on the same network", "https://192.168.1.7:8443", true, true, ""},
		{"a demonstration under a name", "https://demo.example.cn", true, true, ""},
	} {
		handler := (&httpapi.Server{PublicURL: c.public, Demo: c.demo, Pages: fstest.MapFS{}}).Handler()
		for _, path := range []string{"/healthz", "/driver/", "/api/nothing"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if got := w.Header().Get("Strict-Transport-Security"); got != c.want {
				t.Errorf("%s, %s: %q", c.name, path, got)
			}
		}
	}
}
