package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// readers are SQLite's reading connections. Each keeps the statements that it
// prepared: preparing one anew costs more than the look-up itself.
type readers struct {
	db      *sql.DB
	idle    chan *reader // as many as can run at once
	spare   chan *reader // for those who would wait for somebody who reads long
	all     []*reader
	waiting atomic.Int64 // for one that is idle
}

// patienceForReader is how long a reading transaction waits before it takes a
// spare connection. A look-up takes a fraction of a millisecond, a backup minutes.
const patienceForReader = 5 * time.Millisecond

// A reader is a connection. Where many wait, whoever is done hands it on with
// its snapshot, which is as good for those who asked before it began: they need
// not begin anew, nor read the pages again that SQLite drops with a snapshot.
// The fewer there are, the more share one.
type reader struct {
	*preparedConn
	home  chan *reader // idle or spare
	began time.Time    // when its snapshot was still to be taken; zero: it has none
}

// openReaders opens as many connections for look-ups as can run at once, and as
// many again, at least two, as spares.
func openReaders(ctx context.Context, db *sql.DB, atOnce int) (*readers, error) {
	spares := max(2, atOnce)
	r := &readers{db: db, idle: make(chan *reader, atOnce), spare: make(chan *reader, spares)}
	for i := range atOnce + spares {
		conn, err := db.Conn(ctx)
		if err != nil {
			return r, err
		}
		one := &reader{preparedConn: &preparedConn{conn: conn, statements: map[string]*sql.Stmt{}}, home: r.idle}
		if i >= atOnce {
			one.home = r.spare
		}
		one.home <- one
		r.all = append(r.all, one)
	}
	return r, nil
}

// view runs f in a reading transaction. It reports whether f asked anything.
func (r *readers) view(f func(querier) error) (asked bool, err error) {
	s := &snapshot{readers: r}
	defer func() {
		asked, err = s.conn != nil, errors.Join(err, s.end())
	}()
	return false, f(s)
}

// take returns a reader whose snapshot shows all that was written before.
func (r *readers) take(ctx context.Context) (*reader, error) {
	asked := time.Now()
	one, err := r.wait(ctx)
	if err != nil || one.began.After(asked) {
		return one, err
	}
	if err := one.renew(); err != nil {
		one.home <- one
		return nil, err
	}
	return one, nil
}

func (r *readers) wait(ctx context.Context) (*reader, error) {
	select {
	case one := <-r.idle:
		return one, nil
	default:
	}
	r.waiting.Add(1)
	defer r.waiting.Add(-1)
	enough := time.NewTimer(patienceForReader)
	defer enough.Stop()
	select {
	case one := <-r.idle:
		return one, nil
	case <-enough.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case one := <-r.idle:
		return one, nil
	case one := <-r.spare:
		return one, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give returns a reader, with its snapshot where somebody waits for it.
func (r *readers) give(one *reader) (err error) {
	if r.waiting.Load() == 0 || one.home == r.spare {
		err = one.end()
	}
	one.home <- one
	return err
}

// leave ends a snapshot that was handed on to somebody who took another: the
// log behind it cannot be copied.
func (r *readers) leave() (err error) {
	for range cap(r.idle) {
		select {
		case one := <-r.idle:
			err = errors.Join(err, one.end())
			r.idle <- one
		default:
			return err
		}
	}
	return err
}

// close waits for every reader and closes its connection.
func (r *readers) close() (err error) {
	for _, one := range r.all {
		<-one.home
	}
	for _, one := range r.all {
		err = errors.Join(err, one.conn.Close())
	}
	return err
}

// renew ends a snapshot that there may be and begins another. SQLite takes it
// with the first question. A caller that gives up must not leave it half begun.
func (one *reader) renew() error {
	if err := one.end(); err != nil {
		return err
	}
	began := time.Now()
	if err := one.exec(context.Background(), "BEGIN"); err != nil {
		return err
	}
	one.began = began
	return nil
}

func (one *reader) end() error {
	if one.began.IsZero() {
		return nil
	}
	err := one.exec(context.Background(), "COMMIT")
	if err != nil {
		err = errors.Join(err, one.exec(context.Background(), "ROLLBACK"))
	}
	one.began = time.Time{}
	return err
}

// snapshot is a reading transaction that takes a connection with the first
// question: what the memory answers needs none.
type snapshot struct {
	readers *readers
	conn    *reader
	failed  error // to begin
}

func (s *snapshot) begin(ctx context.Context) error {
	if s.conn == nil && s.failed == nil {
		s.conn, s.failed = s.readers.take(ctx)
	}
	return s.failed
}

func (s *snapshot) end() error {
	if s.conn == nil {
		return s.failed
	}
	return s.readers.give(s.conn)
}

func (s *snapshot) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	return s.conn.ExecContext(ctx, query, args...)
}

func (s *snapshot) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	return s.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext returns a row of no transaction where none could begin; view
// then returns why, and nobody sees the row.
func (s *snapshot) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s.begin(ctx) != nil {
		return s.readers.db.QueryRowContext(ctx, query, args...)
	}
	return s.conn.QueryRowContext(ctx, query, args...)
}
