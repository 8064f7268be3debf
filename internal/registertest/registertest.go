// Package registertest puts licences on a test's register, through its front
// door.
package registertest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/uid"
)

// Service returns a register over db whose clock stands at now.
func Service(db *store.DB, now func() time.Time) *register.Service {
	return &register.Service{InTx: store.In[register.Tx](db), Read: store.Read[register.Tx](db), Now: now}
}

// Add puts records on the register, or changes those that are there, as of now.
func Add(t testing.TB, db *store.DB, now time.Time, licences ...licence.Licence) {
	t.Helper()
	var body []byte
	for _, l := range licences {
		line, err := register.Write(l, "", now)
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, line...)
	}
	if report := apply(t, db, now, body); report.Refused > 0 {
		t.Fatalf("the register refused: %+v", report.Refusals)
	}
}

// AddWithPhoto puts one record on the register with its photo, a JPEG.
func AddWithPhoto(t testing.TB, db *store.DB, now time.Time, l licence.Licence, jpeg []byte) {
	t.Helper()
	report := Send(t, db, now, l, func(cells map[string]string) {
		cells["photo_data"] = base64.StdEncoding.EncodeToString(jpeg)
	})
	if report.Refused > 0 {
		t.Fatalf("the register refused: %+v", report.Refusals)
	}
}

// Send sends one record whose cells were changed, by which it may become one
// that the register refuses.
func Send(t testing.TB, db *store.DB, now time.Time, l licence.Licence, change func(cells map[string]string)) *register.Report {
	t.Helper()
	line, err := register.Write(l, "photo", now)
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]string{}
	if err := json.Unmarshal(line, &cells); err != nil {
		t.Fatal(err)
	}
	delete(cells, "photo") // there is no folder; its date and source stay
	change(cells)
	if cells["photo_data"] == "" {
		delete(cells, "photo_taken_on")
		delete(cells, "photo_source")
	}
	body, err := json.Marshal(cells)
	if err != nil {
		t.Fatal(err)
	}
	return apply(t, db, now, append(body, '\n'))
}

func apply(t testing.TB, db *store.DB, now time.Time, body []byte) *register.Report {
	t.Helper()
	report, err := Service(db, func() time.Time { return now }).
		Apply(context.Background(), audit.Actor{Kind: audit.ByFeed, ID: "test"}, "test-"+uid.Digits(12), "test", body)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
