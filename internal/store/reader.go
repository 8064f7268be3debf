package store

import (
	"context"
	"database/sql"
	"errors"
)

// readers are SQLite's reading connections. Each keeps the statements that it
// prepared: preparing one anew costs more than the look-up itself.
type readers struct {
	idle   chan *preparedConn
	opened int
}

func openReaders(ctx context.Context, db *sql.DB, n int) (*readers, error) {
	r := &readers{idle: make(chan *preparedConn, n)}
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

// view runs f in a reading transaction on a connection of its own.
func (r *readers) view(ctx context.Context, f func(querier) error) (err error) {
	var conn *preparedConn
	select {
	case conn = <-r.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.idle <- conn }()
	end := context.Background() // a caller that gave up must not leave its transaction open
	if err := conn.exec(end, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if failed := conn.exec(end, "COMMIT"); failed != nil {
			err = errors.Join(err, failed, conn.exec(end, "ROLLBACK"))
		}
	}()
	return f(conn)
}

// close waits for every reader and closes its connection.
func (r *readers) close() (err error) {
	for range r.opened {
		conn := <-r.idle
		err = errors.Join(err, conn.conn.Close())
	}
	return err
}
