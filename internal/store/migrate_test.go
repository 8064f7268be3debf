package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"edl/internal/store"
	"edl/internal/storetest"
)

// A migration that comes later with a lower number than the newest that ran
// runs all the same.
func TestAMigrationOfALowerNumberStillRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "edl.sqlite")
	open := func() *store.DB {
		db, err := store.Open(ctx, file, storetest.Vault(t))
		must(t, err)
		return db
	}
	db := open()
	storetest.Exec(t, db, `DROP TABLE push_subscription`)
	storetest.Exec(t, db, `DELETE FROM schema_version WHERE version_id = 50`)
	must(t, db.Close())
	db = open()
	storetest.Exec(t, db, `DELETE FROM push_subscription`)
	must(t, db.Close())
}

// Where the most rows are written, SQLite builds no table for a CHECK: a list of
// three or more is one, for each row.
func TestARowIsCheckedWithoutATable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "edl.sqlite")
	db, err := store.Open(ctx, file, storetest.Vault(t))
	must(t, err)
	must(t, db.Close())
	lite, err := sql.Open("sqlite", file)
	must(t, err)
	defer lite.Close()
	for _, table := range []string{"licence", "licence_version", "licence_check", "audit_entry", "audit_hash"} {
		var columns int
		must(t, lite.QueryRow(`SELECT count(*) FROM pragma_table_info($1)`, table).Scan(&columns))
		if columns == 0 {
			t.Fatalf("there is no table %s", table)
		}
		rows, err := lite.Query(`EXPLAIN INSERT INTO ` + table + ` VALUES (NULL` + strings.Repeat(`, NULL`, columns-1) + `)`)
		must(t, err)
		for rows.Next() {
			var address, p1, p2, p3, p5 int
			var operation string
			var p4, comment sql.NullString
			must(t, rows.Scan(&address, &operation, &p1, &p2, &p3, &p4, &p5, &comment))
			if operation == "OpenEphemeral" {
				t.Errorf("%s: a row that is written makes a table of its own", table)
			}
		}
		must(t, rows.Err())
	}
}
