// Package storetest opens a real, empty database for a test.
//
// SQLite is always there. PostgreSQL is used when EDL_TEST_POSTGRES holds the
// URL of a server on which the user may create databases; "make test" starts one.
// Without it those tests say aloud that they were skipped.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
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
	WriteEmpty(t, file)
	return open(t, file)
}

// WriteEmpty writes an empty SQLite database to a file.
func WriteEmpty(t testing.TB, file string) {
	t.Helper()
	content, err := empty()
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
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

// Postgres opens an empty PostgreSQL database, dropped when the test ends.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL returns the URL of a database whose tables are made and empty,
// dropped when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := postgresServer(t)
	return server.create(t, template(t, server))
}

// BarePostgresURL returns the URL of a database without tables, as an authority
// begins with one.
func BarePostgresURL(t testing.TB) string {
	t.Helper()
	return postgresServer(t).create(t, "template1")
}

// A server is PostgreSQL as the tests use it: a database for each.
type server struct {
	admin *sql.DB
	base  string // its URL
}

func postgresServer(t testing.TB) server {
	t.Helper()
	base := os.Getenv("EDL_TEST_POSTGRES")
	if base == "" {
		t.Skip("PostgreSQL is not tested here: EDL_TEST_POSTGRES is not set (make test starts a server and sets it)")
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	return server{admin, base}
}

// create copies a database. The pages are copied through the log: copying files
// would wait for a checkpoint of all that the other tests wrote.
func (s server) create(t testing.TB, from string) string {
	t.Helper()
	name := "t_" + uid.Digits(18)
	if _, err := s.admin.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + from + ` STRATEGY WAL_LOG`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// By force: a program that a test killed may not be gone for the server.
		if _, err := s.admin.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return s.url(t, name)
}

func (s server) url(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

// template returns the database that the others are copied from, made by the
// first test of all processes that share the server: making its tables costs
// thirty times as much as a copy. Its name tells the migrations that made it.
func template(t testing.TB, s server) string {
	t.Helper()
	name := "edl_" + store.SchemaDigest()
	conn, err := s.admin.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() // and with it the lock
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	there := func() (is bool) {
		t.Helper()
		if err := conn.QueryRowContext(context.Background(), `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	if there() {
		return name
	}
	exec(`SELECT pg_advisory_lock(7305513)`)
	defer exec(`SELECT pg_advisory_unlock(7305513)`)
	if there() {
		return name
	}
	exec(`DROP DATABASE IF EXISTS edl_unfinished`)
	exec(`CREATE DATABASE edl_unfinished`)
	db, err := store.Open(context.Background(), s.url(t, "edl_unfinished"), Vault(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	exec(`ALTER DATABASE edl_unfinished RENAME TO ` + name)
	return name
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
