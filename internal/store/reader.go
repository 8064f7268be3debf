package store

import (
	"context"
	"database/sql"
	"errors"
)

// readers are SQLite's reading connections. Each keeps the statements that it
// prepared: preparing one anew costs more than the look-up itself.
type readers struct {
	db     *sql.DB
	idle   chan *preparedConn
	opened int
}

func openReaders(ctx context.Context, db *sql.DB, n int) (*readers, error) {
	r := &readers{db: db, idle: make(chan *preparedConn, n)}
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return r, err
		}
		r.idle <- &preparedConn{conn: conn, statements: map[string]*sql.Stmt{}}
		r.opened++
	}
	return r, nil
}

// view runs f in a reading transaction.
func (r *readers) view(f func(querier) error) (err error) {
	s := &snapshot{readers: r}
	defer func() { err = errors.Join(err, s.end()) }()
	return f(s)
}

// close waits for every reader and closes its connection.
func (r *readers) close() (err error) {
	for range r.opened {
		conn := <-r.idle
		err = errors.Join(err, conn.conn.Close())
	}
	return err
}

// snapshot is a reading transaction that takes a connection and begins with
// the first question: what the memory answers needs neither.
type snapshot struct {
	readers *readers
	conn    *preparedConn
	failed  error // to begin
}

func (s *snapshot) begin(ctx context.Context) error {
	if s.conn != nil || s.failed != nil {
		return s.failed
	}
	var conn *preparedConn
	select {
	case conn = <-s.readers.idle:
	case <-ctx.Done():
		s.failed = ctx.Err()
		return s.failed
	}
	// A caller that gives up must not leave its transaction open.
	if s.failed = conn.exec(context.Background(), "BEGIN"); s.failed != nil {
		s.readers.idle <- conn
		return s.failed
	}
	s.conn = conn
	return nil
}

func (s *snapshot) end() error {
	if s.conn == nil {
		return s.failed
	}
	defer func() { s.readers.idle <- s.conn }()
	err := s.conn.exec(context.Background(), "COMMIT")
	if err != nil {
		err = errors.Join(err, s.conn.exec(context.Background(), "ROLLBACK"))
	}
	return err
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
