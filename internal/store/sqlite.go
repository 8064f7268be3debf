package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/pressly/goose/v3"

	"edl/internal/fault"
)

// ErrFull means that the disk has no room for a write.
var ErrFull = fault.New(fault.Unavailable, "disk_full", "服务器磁盘已满，没有保存。请联系管理员。", "The server's disk is full; nothing was saved. Tell the administrator.")

func (db *DB) openSQLite(ctx context.Context, file string) error {
	db.dialect = goose.DialectSQLite3
	var err error
	if db.file, err = openFile(file); err != nil {
		return err
	}
	dsn := func(query string) string {
		return "file:" + (&url.URL{Path: file}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)" + query
	}
	// synchronous=FULL: the schema survives a power cut, as all that is acknowledged
	// does; the writer's own commits are brought to the disk by disk.
	// The log grows to 64 MB before the writer copies it into the file: blind
	// indexes are written all over, and copying each batch at once doubled an
	// import's time. Of many small transactions the copier does all before that.
	if db.write, err = sql.Open("sqlite", dsn("&_pragma=cache_size(-16000)&_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(16000)&_pragma=synchronous(FULL)&_txlock=immediate")); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(2) // the writer's and its copier's
	if err := db.migrate(ctx); err != nil {
		return err
	}
	// What a reader keeps is dropped with the next commit: it needs little room,
	// and dropping much takes longer.
	if db.read, err = sql.Open("sqlite", dsn("&_pragma=cache_size(-2000)&_pragma=query_only(1)")); err != nil {
		return err
	}
	if db.readers, err = openReaders(ctx, db.read, runtime.NumCPU()); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(len(db.readers.all) + 1) // one more for Ping
	db.writer, err = startWriter(ctx, db, file+"-wal")
	return err
}

// aheadSQLite is Ahead on SQLite, whose readers see a commit while the disk is
// still at it.
func (db *DB) aheadSQLite(ctx context.Context, f func(tx *Tx) (follows bool, err error)) error {
	tx := &Tx{db: db, view: true, epoch: db.memory.begin()}
	var follows bool
	asked, err := db.readers.view(func(q querier) (err error) {
		tx.q = q
		follows, err = f(tx)
		return err
	})
	if asked && (!follows || err != nil || tx.learnt != nil) {
		if failed := db.writer.disk.settle(ctx); failed != nil {
			return failed
		}
	}
	db.memory.learn(tx)
	return err
}

// Shrink gives the memory back that SQLite keeps pages in.
func (db *DB) Shrink(ctx context.Context) error {
	if db.writer == nil {
		return nil
	}
	return db.Update(ctx, func(tx *Tx) error { return tx.exec(ctx, `PRAGMA shrink_memory`) })
}

// openFile makes the database file readable by its owner alone; SQLite gives
// its log files the same mode. It must be closed after all of SQLite's
// connections: with any descriptor of a file POSIX drops the process's locks on it.
func openFile(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the database: %w", err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the database file: %w", err)
	}
	return f, nil
}

// preparedConn is a connection that prepares each statement once. One
// goroutine uses it at a time. A statement that began is not interrupted when
// its caller gives up: watching for that takes two goroutines a statement, more
// than most statements do, and a writer's neighbours would have to run again.
type preparedConn struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

// statement returns the prepared statement, or why the caller gave up.
func (c *preparedConn) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = s
	return s, nil
}

func (c *preparedConn) exec(ctx context.Context, query string) error {
	_, err := c.ExecContext(ctx, query)
	return err
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.WithoutCancel(ctx), args...)
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.WithoutCancel(ctx), args...)
}

func (c *preparedConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := c.statement(ctx, query)
	if err != nil {
		return c.conn.QueryRowContext(ctx, query, args...) // carries the same error to Scan
	}
	return s.QueryRowContext(context.WithoutCancel(ctx), args...)
}
