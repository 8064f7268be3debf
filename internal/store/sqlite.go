package store

import (
	"context"
	"database/sql"
	"errors"
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

// errClosed is returned to writers that come after Close.
var errClosed = errors.New("store: the database is closed")

func (db *DB) openSQLite(ctx context.Context, file string) error {
	db.dialect = goose.DialectSQLite3
	var err error
	if db.file, err = openFile(file); err != nil {
		return err
	}
	dsn := func(query string) string {
		return "file:" + (&url.URL{Path: file}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)" + query
	}
	// synchronous=FULL: what was acknowledged survives a power cut. Transactions
	// that wait share one commit, so it costs one fsync for many (see groupWriter).
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
	db.writer, err = startWriter(ctx, db)
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

// groupWriter is SQLite's only writer. Transactions that wait while another
// commits are run one after the other and committed together: none is
// acknowledged before the shared commit is on the disk. Where one fails, the
// group is undone and run again, each behind a savepoint, so that it takes
// nothing with it; a savepoint copies every page that follows, and most groups
// need none.
type groupWriter struct {
	db     *DB
	conn   *preparedConn
	copier *copier
	places places // of the group that is running
	jobs   chan *job
	quit   chan struct{} // closed by close
	done   chan struct{} // closed when the goroutine has ended
}

type job struct {
	ctx  context.Context
	f    func(*Tx) error
	tx   *Tx
	err  error
	done chan struct{}
}

// groupLimit bounds how many transactions share a commit, and so how long the
// first of them waits for the others.
const groupLimit = 256

func startWriter(ctx context.Context, db *DB) (*groupWriter, error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	copier, err := startCopier(ctx, db)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w := &groupWriter{
		db: db, conn: &preparedConn{conn: conn, statements: map[string]*sql.Stmt{}}, copier: copier,
		jobs: make(chan *job, groupLimit), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w, nil
}

func (w *groupWriter) do(ctx context.Context, f func(*Tx) error) error {
	j := &job{ctx: ctx, f: f, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-w.quit:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
	case <-w.done:
		return errClosed
	}
	if full(j.err) {
		return errors.Join(ErrFull, j.err)
	}
	return j.err
}

func (w *groupWriter) close() {
	close(w.quit)
	<-w.done
}

func (w *groupWriter) run() {
	defer close(w.done)
	defer w.conn.conn.Close()
	defer w.copier.close()
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.group(j))
		case <-w.quit:
			return
		}
	}
}

// group takes the jobs that wait already.
func (w *groupWriter) group(first *job) []*job {
	group := []*job{first}
	for len(group) < groupLimit {
		select {
		case j := <-w.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction and acknowledges its jobs.
func (w *groupWriter) commit(group []*job) {
	err := w.together(group, w.runJob)
	switch {
	case errors.Is(err, errJobFailed) && len(group) == 1:
		err = nil // undone already
	case errors.Is(err, errJobFailed):
		err = w.together(group, w.runApart)
	}
	for _, j := range group {
		if err != nil {
			j.err = err
		} else if j.err == nil {
			j.tx.committed()
		}
		close(j.done)
	}
	w.copier.wrote(len(group))
}

// errJobFailed is returned by together for a group in which a job failed that
// was not apart.
var errJobFailed = errors.New("store: a transaction of the group failed")

// together runs every job in one transaction, which a caller that gives up
// must not undo for its neighbours.
func (w *groupWriter) together(group []*job, run func(context.Context, *job) error) error {
	ctx := context.Background()
	w.places = places{}
	err := w.conn.exec(ctx, "BEGIN IMMEDIATE")
	if err != nil {
		return err
	}
	for _, j := range group {
		if err = run(ctx, j); err != nil {
			break
		}
	}
	if err == nil {
		err = w.conn.exec(ctx, "COMMIT")
	}
	if err != nil {
		w.conn.exec(ctx, "ROLLBACK")
	}
	return err
}

// runJob runs a job as a part of the group. One that gave up before it began
// has changed nothing.
func (w *groupWriter) runJob(_ context.Context, j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	j.tx = &Tx{q: w.conn, db: w.db, places: &w.places}
	if j.err = j.tx.run(j.f); j.err != nil {
		return errJobFailed
	}
	return nil
}

// runApart runs a job so that its failure undoes it alone.
func (w *groupWriter) runApart(ctx context.Context, j *job) error {
	if err := w.conn.exec(ctx, "SAVEPOINT job"); err != nil {
		return err
	}
	if w.runJob(ctx, j) != nil {
		w.places = places{} // those that it took are free again
		if err := w.conn.exec(ctx, "ROLLBACK TO job"); err != nil {
			return err
		}
	}
	return w.conn.exec(ctx, "RELEASE job")
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
