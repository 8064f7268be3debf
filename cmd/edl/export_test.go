package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestADriverExportsTheirOwnDataAndNobodyElses(t *testing.T) {
	d := demonstrationAt(t, place{Data: filepath.Join(t.TempDir(), "demo")}) // invented here, which the other tests leave to the program
	r, err := http.NewRequest(http.MethodGet, d.server.URL+"/api/driver/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(d.session(t, "driver"))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var file struct {
		Licence struct {
			FileNumber string `json:"file_number"`
		}
		Applications []any
		Messages     []any
	}
	if err := json.NewDecoder(answer.Body).Decode(&file); err != nil {
		t.Fatal(err)
	}
	if file.Licence.FileNumber != "000000000005" || len(file.Applications) != 1 || len(file.Messages) == 0 {
		t.Errorf("%+v", file)
	}
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("shown, not saved: %q", got)
	}
}
