package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// A backup is gzipped JSON Lines: a head, then for each table a line that
// names it and one array per row, then a foot with the number of rows and the
// SHA-256 of all before it. It is of one state of the database, holds personal
// data only as it is sealed, and no key. It can be restored into either kind
// of database.

type backupHead struct {
	Format int    `json:"edl_backup"`
	Schema int64  `json:"schema"`
	At     string `json:"at"`
}

type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Kinds   []string `json:"kinds"` // text, int, bool or blob
}

type backupFoot struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

const backupFormat = 1

var (
	// ErrBackup is returned for a backup that is cut short or altered.
	ErrBackup = errors.New("the backup is damaged or cut short: nothing was restored; take another copy of it")
	// ErrNotEmpty is returned where a restore would mix two installations.
	ErrNotEmpty = errors.New("the database holds data already: restore into an empty one")
)

// Backup writes one state of the database to w and returns the number of rows.
func (db *DB) Backup(ctx context.Context, w io.Writer, now time.Time) (rows int, err error) {
	schema, err := db.schemaVersion(ctx)
	if err != nil {
		return 0, err
	}
	zipped := gzip.NewWriter(w)
	sum := sha256.New()
	out := json.NewEncoder(io.MultiWriter(zipped, sum))
	out.SetEscapeHTML(false)
	err = db.View(ctx, func(tx *Tx) error {
		if err := out.Encode(backupHead{backupFormat, schema, now.UTC().Format(time.RFC3339)}); err != nil {
			return err
		}
		tables, err := tx.tables(ctx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			n, err := tx.backupTable(ctx, out, t)
			if err != nil {
				return fmt.Errorf("backing up %s: %w", t.Table, err)
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	foot := backupFoot{rows, hex.EncodeToString(sum.Sum(nil))}
	return rows, errors.Join(json.NewEncoder(zipped).Encode(foot), zipped.Close())
}

func (db *DB) schemaVersion(ctx context.Context) (v int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT max(version_id) FROM schema_version`).Scan(&v)
	return v, err
}

// tables lists the tables in the order of their making, so that a row comes
// after what it refers to.
func (tx *Tx) tables(ctx context.Context) ([]backupTable, error) {
	query := `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_version' ORDER BY m.rowid, c.cid`
	if tx.db.dialect == goose.DialectPostgres {
		query = `SELECT r.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
			WHERE r.relkind = 'r' AND r.relnamespace = current_schema()::regnamespace AND r.relname <> 'schema_version'
				AND a.attnum > 0 AND NOT a.attisdropped ORDER BY r.oid, a.attnum`
	}
	var list []backupTable
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].Table != table {
			list = append(list, backupTable{Table: table})
		}
		t := &list[len(list)-1]
		t.Columns, t.Kinds = append(t.Columns, column), append(t.Kinds, backupKind(kind))
		return nil
	}, query)
	return list, err
}

func backupKind(declared string) string {
	switch strings.ToLower(declared) {
	case "bigint":
		return "int"
	case "boolean":
		return "bool"
	case "blob", "bytea":
		return "blob"
	}
	return "text"
}

func (tx *Tx) backupTable(ctx context.Context, out *json.Encoder, t backupTable) (n int, err error) {
	if err := out.Encode(t); err != nil {
		return 0, err
	}
	err = tx.each(ctx, func(rows *sql.Rows) error {
		row := newRow(t.Kinds)
		if err := rows.Scan(row...); err != nil {
			return err
		}
		n++
		return out.Encode(row)
	}, `SELECT `+strings.Join(t.Columns, ", ")+` FROM `+t.Table)
	return n, err
}

// newRow makes places for a row's values; JSON writes and reads []byte in base64.
func newRow(kinds []string) []any {
	row := make([]any, len(kinds))
	for i, k := range kinds {
		switch k {
		case "int":
			row[i] = new(sql.Null[int64])
		case "bool":
			row[i] = new(sql.Null[bool])
		case "blob":
			row[i] = new([]byte)
		default:
			row[i] = new(sql.Null[string])
		}
	}
	for i, v := range row {
		row[i] = &cell{v}
	}
	return row
}

// cell is a value that the database, and JSON, read and write alike.
type cell struct{ v any }

// Scan implements sql.Scanner.
func (c *cell) Scan(src any) error {
	switch v := c.v.(type) {
	case *[]byte:
		if src == nil {
			*v = nil
			return nil
		}
		b, ok := src.([]byte)
		if !ok {
			return fmt.Errorf("a %T in a column of bytes", src)
		}
		*v = append([]byte{}, b...)
		return nil
	case sql.Scanner:
		return v.Scan(src)
	}
	return errors.ErrUnsupported
}

// MarshalJSON implements json.Marshaler.
func (c *cell) MarshalJSON() ([]byte, error) {
	switch v := c.v.(type) {
	case *[]byte:
		if *v == nil {
			return []byte("null"), nil
		}
		return json.Marshal(base64.StdEncoding.EncodeToString(*v))
	case *sql.Null[int64]:
		return nullable(v.Valid, v.V)
	case *sql.Null[bool]:
		return nullable(v.Valid, v.V)
	case *sql.Null[string]:
		return nullable(v.Valid, v.V)
	}
	return nil, errors.ErrUnsupported
}

func nullable(valid bool, v any) ([]byte, error) {
	if !valid {
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

// Restore fills an empty database from a backup, in one transaction: it is
// restored whole or not at all. It returns the number of rows.
func (db *DB) Restore(ctx context.Context, r io.Reader) (rows int, err error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return 0, errors.Join(ErrBackup, err)
	}
	schema, err := db.schemaVersion(ctx)
	if err != nil {
		return 0, err
	}
	lines := bufio.NewReaderSize(unzipped, 1<<20)
	err = db.Update(ctx, func(tx *Tx) error {
		rows = 0
		if err := tx.mustBeEmpty(ctx); err != nil {
			return err
		}
		n, err := tx.restore(ctx, &backupReader{lines: lines, sum: sha256.New()}, schema)
		rows = n
		return err
	})
	return rows, err
}

// brought are the tables with rows that a migration brings: the policies of the
// scenarios, and the counters of the mobile lists.
var brought = []string{"scenario", "mobile_lists"}

// mustBeEmpty clears what migrations put in and refuses anything else.
func (tx *Tx) mustBeEmpty(ctx context.Context) error {
	tables, err := tx.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if slices.Contains(brought, t.Table) {
			continue
		}
		var n int
		if err := tx.q.QueryRowContext(ctx, `SELECT count(*) FROM `+t.Table).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrNotEmpty
		}
	}
	for _, table := range brought {
		if err := tx.exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	return nil
}

type backupReader struct {
	lines *bufio.Reader
	sum   hash.Hash
}

func (r *backupReader) line() ([]byte, error) {
	line, err := r.lines.ReadBytes('\n')
	if err != nil {
		return nil, errors.Join(ErrBackup, err)
	}
	return line, nil
}

func (tx *Tx) restore(ctx context.Context, r *backupReader, schema int64) (rows int, err error) {
	line, err := r.line()
	if err != nil {
		return 0, err
	}
	var head backupHead
	if json.Unmarshal(line, &head) != nil || head.Format != backupFormat {
		return 0, ErrBackup
	}
	if head.Schema != schema {
		return 0, fmt.Errorf("the backup has schema %d and this program %d: restore it with the version that made it, then start the newer one", head.Schema, schema)
	}
	r.sum.Write(line)
	var insert string
	var kinds []string
	for {
		if line, err = r.line(); err != nil {
			return rows, err
		}
		if line[0] == '[' {
			r.sum.Write(line)
			if err := tx.restoreRow(ctx, insert, kinds, line); err != nil {
				return rows, err
			}
			rows++
			continue
		}
		var t backupTable
		if json.Unmarshal(line, &t) == nil && t.Table != "" {
			r.sum.Write(line)
			if insert, err = tx.insertInto(ctx, t); err != nil {
				return rows, err
			}
			kinds = t.Kinds
			continue
		}
		var foot backupFoot
		if json.Unmarshal(line, &foot) != nil || foot.Rows != rows || foot.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) {
			return rows, ErrBackup
		}
		return rows, nil
	}
}

// insertInto makes the statement of a table. Its names come from the file, so
// they are held against the database's own before they become SQL.
func (tx *Tx) insertInto(ctx context.Context, t backupTable) (string, error) {
	have, err := tx.tables(ctx)
	if err != nil {
		return "", err
	}
	for _, h := range have {
		if h.Table == t.Table && strings.Join(h.Columns, ",") == strings.Join(t.Columns, ",") {
			places := make([]string, len(t.Columns))
			for i := range places {
				places[i] = fmt.Sprintf("$%d", i+1)
			}
			return `INSERT INTO ` + h.Table + ` (` + strings.Join(h.Columns, ", ") + `) VALUES (` + strings.Join(places, ", ") + `)`, nil
		}
	}
	return "", fmt.Errorf("table %q: %w", t.Table, ErrBackup)
}

func (tx *Tx) restoreRow(ctx context.Context, insert string, kinds []string, line []byte) error {
	row := make([]any, len(kinds))
	for i, k := range kinds {
		switch k {
		case "int":
			row[i] = new(*int64)
		case "bool":
			row[i] = new(*bool)
		case "blob":
			row[i] = new([]byte)
		default:
			row[i] = new(*string)
		}
	}
	if insert == "" || json.Unmarshal(line, &row) != nil || len(row) != len(kinds) {
		return ErrBackup
	}
	for i, v := range row {
		switch v := v.(type) {
		case *[]byte:
			row[i] = *v
		case **int64:
			row[i] = *v
		case **bool:
			row[i] = *v
		case **string:
			row[i] = *v
		}
	}
	return tx.exec(ctx, insert, row...)
}
