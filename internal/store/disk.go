package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"edl/internal/fault"
)

// ErrDisk means that the disk did not confirm a commit. What was written since
// then may be there or not, so nothing is read or written until a new start
// has found out.
var ErrDisk = fault.New(fault.Unavailable, "disk_failed", "服务器磁盘未能确认写入，服务已暂停。请联系管理员检查磁盘并重新启动。",
	"The server's disk did not confirm a write, so it has stopped serving. Tell the administrator to look at the disk and to start it again.")

// A disk waits until SQLite's log is on the disk, beside the writer, which goes
// on meanwhile. From a commit until then readers see what could still be lost
// with the power; they keep it to themselves that long (see settle).
type disk struct {
	sync    func() error
	log     *os.File
	last    atomic.Pointer[flush]
	running sync.WaitGroup
}

// A flush is a commit on its way to the disk.
type flush struct {
	done chan struct{} // closed when it is there, or is known not to be
	err  error         // why it is not; read once done is closed
}

// openDisk opens the log at a path, and waits until what is in it is on the disk.
func openDisk(log string) (*disk, error) {
	f, err := os.OpenFile(log, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	d := &disk{sync: f.Sync, log: f}
	first := &flush{done: make(chan struct{})}
	defer close(first.done)
	d.last.Store(first)
	if err := d.bring(first); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return d, nil
}

// newest returns the flush of the newest commit.
func (d *disk) newest() *flush { return d.last.Load() }

// take commits a group behind the flush before, which must be done, and
// acknowledges it when it is on the disk.
func (d *disk) take(g *group) {
	f := &flush{done: make(chan struct{}), err: d.newest().err}
	if g.err == nil {
		g.err = f.err
	}
	d.last.Store(f) // before a reader can see the commit
	if g.commit() != nil {
		close(f.done)
		g.acknowledge()
		return
	}
	d.running.Go(func() {
		g.err = d.bring(f)
		g.committed() // before the next commit: what it makes known is newer
		close(f.done)
		g.acknowledge()
	})
}

// bring waits until the log is on the disk.
func (d *disk) bring(f *flush) error {
	if err := d.sync(); err != nil {
		slog.Error("the disk did not confirm a commit; the database is shut until a new start", "error", err)
		f.err = errors.Join(ErrDisk, err)
	}
	return f.err
}

// settle waits until all that a reader can have seen is on the disk.
func (d *disk) settle(ctx context.Context) error {
	f := d.newest()
	select {
	case <-f.done:
		return f.err
	default:
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *disk) close() error {
	d.running.Wait()
	return d.log.Close()
}
