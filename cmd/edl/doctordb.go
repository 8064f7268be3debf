package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"edl/internal/keys"
	"edl/internal/seal"
	"edl/internal/store"
)

// littleRoom is how much of the disk is too little: the log of the database
// takes 64 MB before it is copied, and a backup is written beside others.
const littleRoom = 1 << 30

// slowLog is how long entries may wait for a checkpoint while a server runs,
// which signs one each second.
const slowLog = time.Minute

// A record examines where the records are.
type record struct {
	place
	served bool // a server answers
	findings
}

func (r *record) look(ctx context.Context, now time.Time) {
	ring, err := keys.Open(r.keysDir())
	if err != nil {
		return // said of the keys already
	}
	c, err := r.examine(ctx, ring)
	remedy := store.Remedy(err)
	if remedy == "" {
		remedy = "is --data right, or --db? PostgreSQL must be running; \"edl setup\" makes a new database, \"edl restore\" fills one from a backup"
	}
	if !r.add("database: it opens", err, databaseKind(r.database()), remedy) {
		return
	}
	if len(c.Damage) > 0 {
		err = errors.New(strings.Join(c.Damage, "; "))
	}
	if !r.add("database: it is whole", err, "", "stop the server, keep the file, and restore a backup into another folder (edl restore)") {
		return
	}
	if r.tables(c) {
		r.add("database: it was sealed under these keys", c.Keys, r.keysDir(), "pass --keys with the folder that belongs to this database, or restore it from its own backup")
		r.log(c, now)
	}
	r.room()
}

// examine says that a file is missing in words of its own: SQLite's are a number.
func (r *record) examine(ctx context.Context, ring *keys.Ring) (*store.Condition, error) {
	if !store.IsPostgres(r.database()) {
		if _, err := os.Stat(r.database()); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no %s", r.database())
		}
	}
	vault, err := seal.NewVault(ring.Masters...)
	if err != nil {
		return nil, err
	}
	return store.Examine(ctx, r.database(), vault)
}

func (r *record) tables(c *store.Condition) bool {
	var err error
	remedy := "a start of edl serve brings them up to date; make a backup before"
	switch {
	case len(c.Pending) > 0:
		err = fmt.Errorf("migrations that have not run: %d, the first %s", len(c.Pending), c.Pending[0])
	case len(c.Unknown) > 0:
		err, remedy = fmt.Errorf("a later program ran migration %d", c.Unknown[0]), "use that program, or a later one"
	}
	return r.add("database: its tables are those of this program", err, "", remedy)
}

func (r *record) log(c *store.Condition, now time.Time) {
	if c.Newest.Size == 0 {
		r.add("audit log: newest checkpoint", nil, "none yet: the server makes the first", "")
	} else {
		log, err := c.Newest.At.UTC().Format(time.RFC3339), error(nil)
		if c.Newest.At.Sub(now) > clockTolerance {
			err = fmt.Errorf("it was made at %s, and this machine's clock says %s", log, now.UTC().Format(time.RFC3339))
		}
		r.add("audit log: newest checkpoint", err, fmt.Sprintf("of %d entries, made at %s", c.Newest.Size, log),
			"set the clock by NTP; if the log's was the wrong one and is a day ahead, start once with edl serve --log-was-ahead "+log)
	}
	detail, err := "", error(nil)
	if c.Waiting > 0 {
		detail = fmt.Sprintf("%d wait, the oldest since %s; a server that runs signs one", c.Waiting, c.WaitingSince.Format(time.RFC3339))
	}
	if c.Waiting > 0 && r.served && now.Sub(c.WaitingSince) > slowLog {
		err = fmt.Errorf("%d wait while a server runs, the oldest since %s", c.Waiting, c.WaitingSince.Format(time.RFC3339))
	}
	r.add("audit log: a checkpoint covers every entry", err, detail, `look in the server's log for job="audit log"`)
}

// room looks at the disk of the database, or of what is local beside PostgreSQL.
func (r *record) room() {
	dir := r.Data
	if !store.IsPostgres(r.database()) {
		dir = filepath.Dir(r.database())
	}
	var disk syscall.Statfs_t
	err := syscall.Statfs(dir, &disk)
	free := disk.Bavail * uint64(disk.Bsize)
	if err == nil && free < littleRoom {
		err = fmt.Errorf("%d MB are free", free>>20)
	}
	r.add("disk: "+dir+" has room", err, fmt.Sprintf("%d MB are free", free>>20), "make room: on a full disk nothing is saved, and checks go on")
}
