package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/keys"
	"edl/internal/store"
	"edl/internal/storetest"
)

// examined returns what the doctor finds at the database, by what was looked at.
func examined(t *testing.T, at place) map[string]keys.Finding {
	t.Helper()
	out, said, _ := edl(t, at.flags("doctor", "--offline", "--json")...)
	var all []keys.Finding
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %s%s", err, out, said)
	}
	found := map[string]keys.Finding{}
	for _, f := range all {
		for _, about := range []string{"database: ", "audit log: ", "disk: "} {
			if strings.HasPrefix(f.What, about) {
				found[f.What] = f
			}
		}
	}
	return found
}

// alter runs a statement in an installation's database.
func alter(t *testing.T, at place, statement string) {
	t.Helper()
	_, db, err := at.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ExecRaw(t.Context(), statement) }); err != nil {
		t.Fatal(err)
	}
}

func TestTheDoctorSaysHowTheDatabaseStands(t *testing.T) {
	for name, db := range map[string]func() string{
		"sqlite":   func() string { return "" },
		"postgres": func() string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && os.Getenv("EDL_TEST_POSTGRES") == "" {
				t.Skip("PostgreSQL is not tested here: EDL_TEST_POSTGRES is not set (make test starts a server and sets it)")
			}
			at := setUp(t, place{Data: filepath.Join(t.TempDir(), "authority"), DB: db()})
			const tables, log, covered = "database: its tables are those of this program", "audit log: newest checkpoint", "audit log: a checkpoint covers every entry"

			found := examined(t, at)
			for what, f := range found {
				if !f.OK {
					t.Errorf("control: %s: %s", what, f.Detail)
				}
			}
			if !strings.Contains(found[covered].Detail, " wait, the oldest since "+time.Now().UTC().Format("2006-01-02T")) || !strings.Contains(found[log].Detail, "none yet") {
				t.Errorf("%+v %+v", found[covered], found[log])
			}

			signed := signAhead(t, at, time.Hour)
			found = examined(t, at)
			if f := found[log]; f.OK || !strings.Contains(f.Detail, signed.Format(time.RFC3339)) || !strings.Contains(f.Remedy, "NTP") {
				t.Errorf("a log ahead of the clock: %+v", f)
			}
			if f := found[covered]; !f.OK || f.Detail != "" {
				t.Errorf("%+v", f)
			}

			alter(t, at, `INSERT INTO schema_version (version_id, is_applied) VALUES (9999, TRUE)`)
			if f := examined(t, at)[tables]; f.OK || !strings.Contains(f.Detail, "9999") || !strings.Contains(f.Remedy, "a later one") {
				t.Errorf("tables of a later program: %+v", f)
			}
			alter(t, at, `DELETE FROM schema_version WHERE version_id = 180`)
			found = examined(t, at)
			if f := found[tables]; f.OK || !strings.Contains(f.Detail, "0180_further.sql") || !strings.Contains(f.Remedy, "edl serve") {
				t.Errorf("tables that lack a migration: %+v", f)
			}
			if again := examined(t, at)[tables]; again.OK {
				t.Error("the doctor ran the migration itself")
			}
		})
	}
}

func TestTheDoctorFindsADatabaseThatIsNotThereOrNotWhole(t *testing.T) {
	const opens, whole, sealed = "database: it opens", "database: it is whole", "database: it was sealed under these keys"
	other := setUp(t, place{Data: filepath.Join(t.TempDir(), "other")})
	for _, c := range []struct {
		name, what, remedy string
		spoil              func(t *testing.T, at *place)
	}{
		{"none", opens, "is --data right", func(_ *testing.T, at *place) { os.Remove(at.database()) }},
		{"something else", opens, "edl restore", func(t *testing.T, at *place) {
			if err := os.WriteFile(at.database(), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a PostgreSQL that is not there", opens, "PostgreSQL must be running", func(_ *testing.T, at *place) { at.DB = "postgres://edl@127.0.0.1:1/edl" }},
		{"a page damaged", whole, "edl restore", func(t *testing.T, at *place) {
			f, err := os.OpenFile(at.database(), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), info.Size()/2&^4095); err != nil {
				t.Fatal(err)
			}
		}},
		{"sealed under other keys", sealed, "--keys", func(_ *testing.T, at *place) { at.Keys = other.keysDir() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := setUp(t, place{Data: filepath.Join(t.TempDir(), "authority")})
			if f := examined(t, at)[c.what]; !f.OK { // whoever closes it last leaves nothing beside the file
				t.Fatalf("control: %+v", f)
			}
			c.spoil(t, &at)
			f, looked := examined(t, at)[c.what]
			if !looked || f.OK || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%+v", f)
			}
			if _, err := os.Stat(at.database()); c.name == "none" && err == nil {
				t.Error("the doctor made a database")
			}
		})
	}
}

func TestEntriesThatWaitAreWrongWhereAServerRuns(t *testing.T) {
	now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		served  bool
		waiting time.Duration
		ok      bool
	}{
		{"a server that was just written to", true, time.Second, true},
		{"a server whose job fails", true, 2 * time.Minute, false},
		{"no server", false, 48 * time.Hour, true},
	} {
		r := &record{served: c.served}
		r.log(&store.Condition{Newest: audit.Checkpoint{Size: 7, At: now.Add(-time.Hour)}, Waiting: 3, WaitingSince: now.Add(-c.waiting)}, now)
		if f := r.all[1]; f.OK != c.ok || !strings.Contains(f.Detail, "3 wait") {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}
