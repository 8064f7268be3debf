package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"edl/internal/store"
	"edl/internal/storetest"
)

// Of many small transactions the log reaches the database file long before it
// is as long as the writer lets it grow.
func TestTheLogIsCopiedBesideTheWriter(t *testing.T) {
	file := filepath.Join(t.TempDir(), "edl.sqlite")
	db, err := store.Open(ctx, file, storetest.Vault(t))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	size := func() int64 {
		info, err := os.Stat(file)
		must(t, err)
		return info.Size()
	}
	const rows, bytes = 600, 3000 // 2 MB; the writer copies at 64 MB
	storetest.Exec(t, db, `CREATE TABLE scratch (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`)
	before := size()
	for range rows {
		storetest.Exec(t, db, `INSERT INTO scratch (body) VALUES ($1)`, make([]byte, bytes))
	}
	patience, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for size()-before < rows*bytes/2 {
		select {
		case <-patience.Done():
			t.Fatalf("the file grew by %d bytes of %d", size()-before, rows*bytes)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
