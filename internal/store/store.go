// Package store keeps the platform's records in SQLite or PostgreSQL.
//
// It is the only package that speaks SQL. Every statement and migration is
// written once, in the dialect the two databases share: columns are TEXT,
// BIGINT, BOOLEAN or BLOB, times are Unix milliseconds with 0 for none,
// identifiers come from the program, placeholders are $1. It scans and saves;
// it decides nothing. Personal data is sealed here, on its way in, and only
// here unsealed (see package seal).
//
// A transaction sees the database as the methods of Tx, one file per
// aggregate; a workflow names the few it needs as an interface of its own and
// gets them through In.
package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"edl/internal/fault"
	"edl/internal/seal"
)

var (
	// ErrNotFound means that there is no such record.
	ErrNotFound = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
	// ErrStale means that the record changed since the caller read it.
	ErrStale = fault.New(fault.Conflict, "stale", "内容刚被别人改过，请刷新后再试。", "Somebody changed this meanwhile. Reload and try again.")
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open database. It is safe for concurrent use.
type DB struct {
	vault   *seal.Vault
	keys    *keyCache
	read    *sql.DB      // for View
	write   *sql.DB      // for Update; on PostgreSQL the same as read
	writer  *groupWriter // SQLite
	readers *readers     // SQLite
	file    *os.File     // SQLite
	memory  memory
	dialect goose.Dialect
}

// Tx is a transaction. Its methods are grouped by aggregate, one file each.
type Tx struct {
	q      querier
	db     *DB
	view   bool                 // changes nothing
	held   map[string]*seal.Key // data keys that this transaction made or read
	epoch  int64                // of the memory, when a reading transaction began
	learnt []func(*memory)      // kept in the memory once it is durable
	places *places              // of the audit log
	onDone []func()             // run after the commit
}

// querier is what *sql.Tx and a SQLite connection with prepared statements share.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens the database at url, a file path for SQLite or a postgres:// URL,
// and brings its schema up to date. ErrKeys: the vault is another database's.
func Open(ctx context.Context, url string, vault *seal.Vault) (*DB, error) {
	db := &DB{vault: vault, keys: newKeyCache()}
	var err error
	if IsPostgres(url) {
		err = db.openPostgres(ctx, url)
	} else {
		err = db.openSQLite(ctx, url)
	}
	if err == nil {
		err = db.ours(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// IsPostgres reports whether url selects PostgreSQL.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close waits for the writer and closes the database.
func (db *DB) Close() error {
	if db.writer != nil {
		db.writer.close()
	}
	var errs []error
	if db.readers != nil {
		errs = append(errs, db.readers.close())
	}
	for _, conn := range []*sql.DB{db.write, db.read} {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	if db.file != nil {
		errs = append(errs, db.file.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers, and its disk.
func (db *DB) Ping(ctx context.Context) error {
	if db.writer != nil {
		if err := db.writer.disk.settle(ctx); err != nil {
			return err
		}
	}
	return db.read.PingContext(ctx)
}

// Update runs f in a transaction that is durable when Update returns nil. It
// runs f again if another transaction got in its way, so f must have no effect
// except through tx.
func (db *DB) Update(ctx context.Context, f func(tx *Tx) error) error {
	if db.writer != nil {
		return db.writer.do(ctx, f)
	}
	return db.updatePostgres(ctx, f)
}

// View runs f in a transaction that sees one state of the database and changes
// nothing. What it saw is durable when View returns.
func (db *DB) View(ctx context.Context, f func(tx *Tx) error) error {
	return db.Ahead(ctx, func(tx *Tx) (bool, error) { return false, f(tx) })
}

// Ahead is View for somebody who reads first and writes then: f reports
// whether a transaction of the same caller follows, which is durable only if
// all that f saw is.
func (db *DB) Ahead(ctx context.Context, f func(tx *Tx) (follows bool, err error)) error {
	if db.readers != nil {
		return db.aheadSQLite(ctx, f)
	}
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = f(&Tx{q: tx, db: db, view: true})
	return err
}

// In adapts db.Update to a workflow that names only the methods it needs.
func In[T any](db *DB) func(context.Context, func(T) error) error {
	return func(ctx context.Context, f func(T) error) error {
		return db.Update(ctx, func(tx *Tx) error { return f(any(tx).(T)) })
	}
}

// Read adapts db.View in the same way.
func Read[T any](db *DB) func(context.Context, func(T) error) error {
	return func(ctx context.Context, f func(T) error) error {
		return db.View(ctx, func(tx *Tx) error { return f(any(tx).(T)) })
	}
}

// Ahead adapts db.Ahead in the same way.
func Ahead[T any](db *DB) func(context.Context, func(T) (bool, error)) error {
	return func(ctx context.Context, f func(T) (bool, error)) error {
		return db.Ahead(ctx, func(tx *Tx) (bool, error) { return f(any(tx).(T)) })
	}
}

// run calls f and turns its panic into an error: on SQLite f runs on the
// writer's goroutine, where a panic would end every caller.
func (tx *Tx) run(f func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: a transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return f(tx)
}

// afterCommit runs f once the transaction is durable.
func (tx *Tx) afterCommit(f func()) { tx.onDone = append(tx.onDone, f) }

func (tx *Tx) committed() {
	for _, f := range tx.onDone {
		f()
	}
}

// migrate runs the migrations that have not run yet, each in a transaction.
// They are numbered by area, so one that comes later may have a lower number.
func (db *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(db.dialect, db.write, files, goose.WithTableName("schema_version"), goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// SchemaDigest names the migrations: where it is the same, so are the tables.
func SchemaDigest() string {
	sum := sha256.New()
	files, _ := migrations.ReadDir("migrations")
	for _, file := range files {
		text, _ := migrations.ReadFile("migrations/" + file.Name()) // embedded, so it is there
		fmt.Fprintf(sum, "%s %d %s", file.Name(), len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// interfered reports whether the transaction may succeed if it is repeated.
func interfered(err error) bool {
	if errors.Is(err, errRaced) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// violates reports whether err is a breach of a UNIQUE constraint, which on
// SQLite the caller cannot tell from others by name.
func violates(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) &&
		(lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// Remedy says what to do where a database could not be opened, "" where the
// error says it.
func Remedy(err error) string {
	var lite *sqlite.Error
	switch {
	case full(err):
		return "the disk is full: make room and run it again; nothing was lost"
	case !errors.As(err, &lite):
	case lite.Code()&0xff == sqlite3.SQLITE_CORRUPT || lite.Code()&0xff == sqlite3.SQLITE_NOTADB:
		return "the file is damaged: keep it, and restore a backup into another folder (edl restore)"
	}
	return ""
}

// full reports whether err means that the disk has no room.
func full(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL
}

// one turns the absence of a row into ErrNotFound.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// saved turns an update of no row into ErrStale.
func saved(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrStale
	}
	return nil
}

// exec runs a statement whose result is of no interest.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.q.ExecContext(ctx, query, args...)
	return err
}

// each scans every row of a query. scan must not query itself: on PostgreSQL
// the connection is busy until the last row is read.
func (tx *Tx) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := tx.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ms stores a time; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at reads what ms stored.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// ExecRaw runs a statement that no method offers. It is there for tests that
// play somebody with the database in hand, and checks no rule.
func (tx *Tx) ExecRaw(ctx context.Context, statement string, args ...any) error {
	return tx.exec(ctx, statement, args...)
}

// CountRaw counts what no method counts. It is there for tests too.
func (tx *Tx) CountRaw(ctx context.Context, query string, args ...any) (n int, err error) {
	err = tx.q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}
