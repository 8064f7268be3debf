// Package storetest opens a real, empty database for a test.
//
// SQLite is always there. PostgreSQL is used when EDL_TEST_POSTGRES holds the
// URL of a server on which the user may create schemas; "make test" starts one.
// Without it those tests say aloud that they were skipped.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"edl/internal/seal"
	"edl/internal/store"
	"edl/internal/uid"
)

// Each runs f on an empty SQLite database and on an empty PostgreSQL one.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite opens an empty SQLite database in the test's own folder.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "edl.sqlite")
	content, err := empty()
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return open(t, file)
}

// empty is an empty database as a file. Making its tables takes seconds under
// the race detector, so a process does it once.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "edl-storetest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "edl.sqlite")
	vault, err := newVault()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(context.Background(), file, vault)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// Postgres opens an empty PostgreSQL schema, dropped when the test ends.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL returns the URL of an empty schema, dropped when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv("EDL_TEST_POSTGRES")
	if base == "" {
		t.Skip("PostgreSQL is not tested here: EDL_TEST_POSTGRES is not set (make test starts a server and sets it)")
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	schema := "t_" + strings.ToLower(uid.Digits(18))
	if _, err := admin.Exec(`CREATE SCHEMA ` + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Vault is the vault of every test database.
func Vault(t testing.TB) *seal.Vault {
	t.Helper()
	v, err := newVault()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newVault() (*seal.Vault, error) { return seal.NewVault(bytes.Repeat([]byte{7}, seal.MasterSize)) }

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url, Vault(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// View runs f in a reading transaction.
func View(t testing.TB, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// Update runs f in a transaction.
func Update(t testing.TB, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// Count answers a query for one number.
func Count(t testing.TB, db *store.DB, query string, args ...any) (n int) {
	t.Helper()
	View(t, db, func(tx *store.Tx) (err error) {
		n, err = tx.CountRaw(context.Background(), query, args...)
		return err
	})
	return n
}

// Exec runs a statement of the test's own, past every rule, as somebody with
// the database in hand would.
func Exec(t testing.TB, db *store.DB, statement string, args ...any) {
	t.Helper()
	if err := TryExec(db, statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TryExec is Exec for statements that the database should refuse.
func TryExec(db *store.DB, statement string, args ...any) error {
	return db.Update(context.Background(), func(tx *store.Tx) error { return tx.ExecRaw(context.Background(), statement, args...) })
}
