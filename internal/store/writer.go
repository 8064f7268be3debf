package store

import (
	"context"
	"database/sql"
	"errors"
)

// errClosed is returned to writers that come after Close.
var errClosed = errors.New("store: the database is closed")

// groupWriter is SQLite's only writer. While the disk takes one commit, the
// transactions that come are run one after the other; when it is free they are
// committed together. None is acknowledged before its commit is on the disk.
type groupWriter struct {
	db     *DB
	conn   *preparedConn
	copier *copier
	disk   *disk
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

// startWriter starts the writer of a database whose log is at the path log.
func startWriter(ctx context.Context, db *DB, log string) (*groupWriter, error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// The disk waits for the log instead of SQLite, which still does so before it
	// copies from it or begins it anew.
	if _, err := conn.ExecContext(ctx, `PRAGMA synchronous=NORMAL`); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	disk, err := openDisk(log)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	copier, err := startCopier(ctx, db)
	if err != nil {
		return nil, errors.Join(err, disk.close(), conn.Close())
	}
	w := &groupWriter{
		db: db, conn: &preparedConn{conn: conn, statements: map[string]*sql.Stmt{}}, copier: copier, disk: disk,
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
	defer w.disk.close()
	for {
		select {
		case j := <-w.jobs:
			w.commit(j)
		case <-w.quit:
			return
		}
	}
}

// commit runs a job in a transaction, and in the same one those that come while
// the disk is at the commit before, and those that wait then.
func (w *groupWriter) commit(first *job) {
	g := w.begin()
	g.add(first)
	before := w.disk.newest()
	for taken := false; !taken && len(g.jobs) < groupLimit; {
		select {
		case j := <-w.jobs:
			g.add(j)
		case <-before.done:
			taken = true
		}
	}
	<-before.done
	for range min(len(w.jobs), groupLimit-len(g.jobs)) {
		g.add(<-w.jobs)
	}
	w.disk.take(g)
	w.copier.wrote(len(g.jobs))
}

// A group is the transactions that share a commit. Where one fails, all are
// undone; those before it are run again, and they and those that follow each
// behind a savepoint, so that it takes nothing with it. A savepoint copies every
// page that follows, and most groups need none.
type group struct {
	db     *DB
	conn   *preparedConn
	jobs   []*job
	places places
	apart  bool  // each job is behind a savepoint
	err    error // why none is committed
}

func (w *groupWriter) begin() *group {
	g := &group{db: w.db, conn: w.conn}
	g.err = g.exec("BEGIN IMMEDIATE")
	return g
}

// exec runs a statement that a caller who gives up must not interrupt for its neighbours.
func (g *group) exec(query string) error { return g.conn.exec(context.Background(), query) }

// add runs a job as a part of the group.
func (g *group) add(j *job) {
	switch {
	case g.err != nil:
	case g.apart:
		g.err = g.runApart(j)
	case !g.run(j):
		g.err = g.again()
	}
	g.jobs = append(g.jobs, j)
}

// run reports whether a job left nothing to be undone: it went well, or its
// caller gave up before it began.
func (g *group) run(j *job) bool {
	if j.err = j.ctx.Err(); j.err != nil {
		return true
	}
	j.tx = &Tx{q: g.conn, db: g.db, places: &g.places}
	j.err = j.tx.run(j.f)
	return j.err == nil
}

// runApart runs a job so that its failure undoes it alone.
func (g *group) runApart(j *job) error {
	if err := g.exec("SAVEPOINT job"); err != nil {
		return err
	}
	if !g.run(j) {
		g.places = places{} // those that it took are free again
		if err := g.exec("ROLLBACK TO job"); err != nil {
			return err
		}
	}
	return g.exec("RELEASE job")
}

// again undoes everything and runs the jobs that went well until now.
func (g *group) again() error {
	g.apart, g.places = true, places{}
	if err := g.exec("ROLLBACK"); err != nil {
		return err
	}
	if err := g.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, j := range g.jobs {
		if err := g.runApart(j); err != nil {
			return err
		}
	}
	return nil
}

// commit makes what the group did visible to readers, or undoes it.
func (g *group) commit() error {
	if g.err == nil {
		g.err = g.exec("COMMIT")
	}
	if g.err != nil {
		g.exec("ROLLBACK")
	}
	return g.err
}

// committed makes known in this process what is durable.
func (g *group) committed() {
	for _, j := range g.jobs {
		if g.err == nil && j.err == nil {
			j.tx.committed()
		}
	}
}

// acknowledge tells the callers what became of their transactions.
func (g *group) acknowledge() {
	for _, j := range g.jobs {
		if g.err != nil {
			j.err = g.err
		}
		close(j.done)
	}
}
