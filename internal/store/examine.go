package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"edl/internal/audit"
	"edl/internal/seal"
)

// A Condition is how a database stands, for an operator to read.
type Condition struct {
	Damage       []string // what SQLite finds in its file; PostgreSQL looks after its own
	Pending      []string // migrations that it lacks
	Unknown      []int64  // migrations that this program does not have: a later one ran them
	Keys         error    // ErrKeys: it was sealed under other masters than the vault's
	Newest       audit.Checkpoint
	Waiting      int       // audit entries that no checkpoint covers
	WaitingSince time.Time // of the oldest of them
}

// Examine looks at the database at url, which a server may be using, and
// changes nothing in it: what its tables lack is told, not made. Where migrations are
// pending, what follows them in Condition is not looked for.
func Examine(ctx context.Context, url string, vault *seal.Vault) (*Condition, error) {
	conn, err := openToExamine(url)
	if err != nil {
		return nil, err
	}
	db := &DB{vault: vault, keys: newKeyCache(), read: conn, write: conn}
	defer db.Close()
	if err := db.Ping(ctx); err != nil {
		return nil, err
	}
	c := &Condition{}
	if !IsPostgres(url) {
		if c.Damage, err = damage(ctx, conn); err != nil || len(c.Damage) > 0 {
			return c, err
		}
	}
	err = db.View(ctx, func(tx *Tx) error { return tx.schema(ctx, c) })
	if err != nil || len(c.Pending) > 0 {
		return c, err
	}
	c.Keys = db.ours(ctx)
	return c, db.View(ctx, func(tx *Tx) (err error) {
		if c.Newest, err = tx.NewestCheckpoint(ctx); err != nil {
			return err
		}
		return tx.each(ctx, func(rows *sql.Rows) error {
			var oldest int64
			err := rows.Scan(&c.Waiting, &oldest)
			c.WaitingSince = at(oldest)
			return err
		}, `SELECT count(*), COALESCE(min(at), 0) FROM audit_entry WHERE seq < 0 OR seq >= 0 AND seq >= $1`, c.Newest.Size)
	})
}

func openToExamine(address string) (*sql.DB, error) {
	if IsPostgres(address) {
		return sql.Open("pgx", address)
	}
	// rw makes no file where there is none, as the default would; it may write,
	// for the log of a server that was killed cannot be read otherwise.
	return sql.Open("sqlite", "file:"+(&url.URL{Path: address}).EscapedPath()+"?mode=rw&_pragma=busy_timeout(10000)&_pragma=query_only(1)")
}

// damage returns what is wrong with SQLite's file. The check itself fails where
// it cannot go on.
func damage(ctx context.Context, conn *sql.DB) (list []string, err error) {
	tx := &Tx{q: conn}
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var line string
		err := rows.Scan(&line)
		if line != "ok" {
			list = append(list, strings.ReplaceAll(line, "\n", " "))
		}
		return err
	}, `PRAGMA quick_check(10)`)
	var lite *sqlite.Error
	if errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_CORRUPT {
		return append(list, err.Error()), nil
	}
	return list, err
}

// schema holds the migrations that ran against those of this program.
func (tx *Tx) schema(ctx context.Context, c *Condition) error {
	var ran []int64
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var version int64
		err := rows.Scan(&version)
		ran = append(ran, version)
		return err
	}, `SELECT DISTINCT version_id FROM schema_version WHERE version_id > 0 AND is_applied`)
	if err != nil {
		return err
	}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	for _, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return fmt.Errorf("the migration %s has no number: %w", file.Name(), err)
		}
		if i := slices.Index(ran, version); i >= 0 {
			ran = slices.Delete(ran, i, i+1)
		} else {
			c.Pending = append(c.Pending, file.Name())
		}
	}
	c.Unknown = ran
	return nil
}
