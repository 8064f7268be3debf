// Package registertest puts licences on a test's register, through its front
// door.
package registertest

import (
	"context"
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
	report, err := Service(db, func() time.Time { return now }).
		Apply(context.Background(), audit.Actor{Kind: audit.ByFeed, ID: "test"}, "test-"+uid.Digits(12), "test", body)
	if err != nil {
		t.Fatal(err)
	}
	if report.Refused > 0 {
		t.Fatalf("the register refused: %+v", report.Refusals)
	}
}
