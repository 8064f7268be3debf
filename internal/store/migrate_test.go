package store_test

import (
	"path/filepath"
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
