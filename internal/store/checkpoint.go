package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
)

// copyEvery is after how many transactions the log is copied into the
// database file: some hundred pages, a fiftieth of what the writer lets it
// hold, so that the writer has nothing to copy and nobody waits for it.
const copyEvery = 100

// A copier copies SQLite's log into the database file beside the writer. The
// writer does so itself when the log is long, and everybody waits meanwhile;
// it finds next to nothing to copy where this was here before, and next to
// nothing that the disk has not got yet.
type copier struct {
	conn    *sql.Conn
	readers *readers
	file    *os.File
	written chan struct{} // holds one where there is something to copy
	done    chan struct{} // closed when the goroutine has ended
	since   int           // transactions since the last copy; the writer's
}

func startCopier(ctx context.Context, db *DB) (*copier, error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &copier{conn: conn, readers: db.readers, file: db.file, written: make(chan struct{}, 1), done: make(chan struct{})}
	go c.run()
	return c, nil
}

// wrote is told by the writer how many transactions it committed.
func (c *copier) wrote(transactions int) {
	if c.since += transactions; c.since < copyEvery {
		return
	}
	c.since = 0
	select {
	case c.written <- struct{}{}:
	default: // still at the last
	}
}

// close ends the copier; wrote must not be called any more.
func (c *copier) close() error {
	close(c.written)
	<-c.done
	return c.conn.Close()
}

func (c *copier) run() {
	defer close(c.done)
	for range c.written {
		err := c.readers.leave()
		// PASSIVE copies what no reader needs and waits for nobody. What it
		// leaves is copied the next time.
		_, failed := c.conn.ExecContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`)
		// SQLite brings the file to the disk only when nothing was left, which
		// under load is when the writer copies the rest: thousands of pages at
		// once, for which everybody waited 30 to 80 ms.
		if err := errors.Join(err, failed, c.file.Sync()); err != nil {
			slog.Warn("the database's log was not copied", "error", err)
		}
	}
}
