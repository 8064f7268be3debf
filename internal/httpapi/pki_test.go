package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/httpapi"
	"edl/internal/inspect"
	"edl/internal/keys"
)

func TestWhatTheCertificatesPointToIsServedAndVerifies(t *testing.T) {
	dir, noon := filepath.Join(t.TempDir(), "keys"), time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	if _, err := keys.Make(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.InitPKI(dir, keys.About{PublicURL: "https://licence.example", Name: "Shifan", Country: "CN"}, "root@host", noon); err != nil {
		t.Fatal(err)
	}
	live := &keys.LivePKI{Dir: dir}
	server := &httpapi.Server{PublicURL: "https://licence.example", Now: func() time.Time { return noon }, PKI: live.PKI}
	site := server.Handler()
	get := func(url string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, strings.TrimPrefix(url, "https://licence.example"), nil))
		return w
	}
	pki, _ := live.PKI()
	if _, err := keys.RevokeCertificate(dir, pki.InUse(keys.DocumentSigner).ID, "root@host", noon); err != nil {
		t.Fatal(err)
	}
	pem := get("/pki/trust.pem").Body.Bytes()
	files := [][]byte{pem}
	for _, c := range pki.Certificates {
		for _, url := range c.GM().CRLDistributionPoints {
			answer := get(url)
			if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/pkix-crl" || answer.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s, named by the %s: %d %v", url, c.Role, answer.Code, answer.Header())
			}
			files = append(files, answer.Body.Bytes())
		}
	}
	trust, err := inspect.NewTrust(files...)
	if err != nil {
		t.Fatal(err)
	}
	for role, valid := range map[keys.Role]bool{keys.DocumentSigner: false, keys.StatusSigner: true, keys.ReaderAuth: true} {
		r := inspect.Policy{Trust: trust, Now: noon.Add(time.Hour)}.Verify(inspect.Input{Format: inspect.Certificate, Bytes: pki.InUse(role).DER}, nil)
		if r.Valid != valid {
			t.Errorf("%s by what is served: valid %v, %v", role, r.Valid, r.Checks.Err())
		}
	}
	var list struct {
		Roots []struct{ Role, Certificate, Revocations string }
	}
	if err := json.Unmarshal(get("/pki/").Body.Bytes(), &list); err != nil || len(list.Roots) != 3 {
		t.Errorf("%d roots, %v", len(list.Roots), err)
	}
	for _, url := range []string{"/pki/0000000000000000.crl", "/pki/pki.json", "/pki/" + pki.InUse(keys.IACA).ID} {
		if answer := get(url); answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "pki.none") {
			t.Errorf("%s: %d %s", url, answer.Code, answer.Body)
		}
	}
	none := (&httpapi.Server{PublicURL: "https://licence.example", Now: server.Now, PKI: (&keys.LivePKI{Dir: t.TempDir()}).PKI}).Handler()
	w := httptest.NewRecorder()
	none.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/pki/", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("without certificates: %d", w.Code)
	}
}
