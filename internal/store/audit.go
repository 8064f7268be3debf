package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"edl/internal/audit"
	"edl/internal/uid"
)

var _ audit.ReaderTx = (*Tx)(nil)

// AppendAudit records a deed in this transaction.
func (tx *Tx) AppendAudit(ctx context.Context, e audit.Entry) error {
	r, err := tx.SealAudit(ctx, e)
	if err != nil {
		return err
	}
	return tx.AppendSealed(ctx, r)
}

// SealAudit seals a deed's entry before the transaction that records it.
func (tx *Tx) SealAudit(ctx context.Context, e audit.Entry) (*audit.Row, error) {
	if e.ID == "" {
		e.ID = uid.New(e.At)
	}
	if e.Subject == "" {
		e.Subject = Platform
	}
	sealed, err := tx.seal(ctx, e.Subject, "audit_entry.sealed:"+e.ID, e.Detail)
	if err != nil {
		return nil, fmt.Errorf("sealing the audit entry of %s: %w", e.Action, err)
	}
	r := &audit.Row{Entry: e, Sealed: sealed, Salt: make([]byte, 16), Seq: -1}
	r.At = at(ms(e.At)) // as it is read again
	rand.Read(r.Salt)
	return r, nil
}

// AppendSealed records what SealAudit sealed in this transaction. On SQLite,
// whose writes come one after the other, it has its place in the log at once;
// elsewhere the sequencer gives it one afterwards.
func (tx *Tx) AppendSealed(ctx context.Context, r *audit.Row) error {
	if tx.db.writer != nil {
		if err := tx.place(ctx, r); err != nil {
			return err
		}
	}
	return tx.exec(ctx, `
		INSERT INTO audit_entry (id, at, actor_kind, actor_id, role, action, subject, object, case_ref, flagged, sealed, salt, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.ID, ms(r.At), r.Actor.Kind, r.Actor.ID, r.Actor.Role, r.Action, r.Subject, r.Object, r.Case, r.Flagged, r.Sealed, r.Salt, r.Seq)
}

// place gives a row the log's next place and stores its leaf there.
func (tx *Tx) place(ctx context.Context, r *audit.Row) (err error) {
	if r.Seq, err = tx.nextPlace(ctx); err != nil {
		return err
	}
	return tx.AddAuditHash(ctx, tlog.StoredHashIndex(0, r.Seq), r.Leaf())
}

// nextPlace takes the log's next free place: after the newest entry that has
// one, and never one that a checkpoint covers.
func (tx *Tx) nextPlace(ctx context.Context) (int64, error) {
	if tx.places.next == 0 {
		var entries, covered int64
		err := tx.q.QueryRowContext(ctx, `SELECT coalesce((SELECT seq + 1 FROM audit_entry WHERE seq >= 0 ORDER BY seq DESC LIMIT 1), 0),
			coalesce((SELECT size FROM audit_checkpoint ORDER BY size DESC LIMIT 1), 0)`).Scan(&entries, &covered)
		if err != nil {
			return 0, fmt.Errorf("finding the end of the audit log: %w", err)
		}
		tx.places.next = max(entries, covered)
	}
	tx.places.next++
	return tx.places.next - 1, nil
}

// places counts the log's places, so that a transaction, and on SQLite those
// that share its commit, ask for the newest once. Zero: not asked yet.
type places struct{ next int64 }

const auditColumns = `e.id, e.at, e.actor_kind, e.actor_id, e.role, e.action, e.subject, e.object, e.case_ref, e.flagged, e.sealed, e.salt, e.seq`

func scanAudit(rows *sql.Rows) (*audit.Row, error) {
	r := &audit.Row{}
	var when int64
	err := rows.Scan(&r.ID, &when, &r.Actor.Kind, &r.Actor.ID, &r.Actor.Role, &r.Action, &r.Subject,
		&r.Object, &r.Case, &r.Flagged, &r.Sealed, &r.Salt, &r.Seq)
	r.At = at(when)
	return r, err
}

func (tx *Tx) auditRows(ctx context.Context, query string, args ...any) (list []*audit.Row, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r, err := scanAudit(rows)
		list = append(list, r)
		return err
	}, query, args...)
	return list, err
}

// UnplacedAudit returns up to limit rows without a place, oldest first.
func (tx *Tx) UnplacedAudit(ctx context.Context, limit int) ([]*audit.Row, error) {
	return tx.auditRows(ctx, `SELECT `+auditColumns+` FROM audit_entry e WHERE e.seq < 0 ORDER BY e.id LIMIT $1`, limit)
}

// PlaceAudit gives a row without a place the next one, and stores its leaf.
func (tx *Tx) PlaceAudit(ctx context.Context, r *audit.Row) error {
	if err := tx.place(ctx, r); err != nil {
		return err
	}
	return saved(tx.q.ExecContext(ctx, `UPDATE audit_entry SET seq = $2 WHERE id = $1 AND seq < 0`, r.ID, r.Seq))
}

// AuditRows returns rows by their place. That it is not below 0 is said for
// the sake of the index, which SQLite does not use otherwise.
func (tx *Tx) AuditRows(ctx context.Context, first int64, limit int) ([]*audit.Row, error) {
	return tx.auditRows(ctx, `SELECT `+auditColumns+` FROM audit_entry e WHERE e.seq >= 0 AND e.seq >= $1 ORDER BY e.seq LIMIT $2`, first, limit)
}

// AuditHashes returns stored hashes in the order asked for.
func (tx *Tx) AuditHashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		var b []byte
		if err := tx.q.QueryRowContext(ctx, `SELECT hash FROM audit_hash WHERE idx = $1`, x).Scan(&b); err != nil {
			return nil, fmt.Errorf("audit hash %d: %w", x, one(err))
		}
		if copy(out[i][:], b) != tlog.HashSize {
			return nil, fmt.Errorf("audit hash %d has %d bytes", x, len(b))
		}
	}
	return out, nil
}

// AuditLeaves returns the leaves that were stored from a place on, and no
// other hash is stored from there on.
func (tx *Tx) AuditLeaves(ctx context.Context, first int64, limit int) (list []audit.Leaf, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var index int64
		var hash []byte
		if err := rows.Scan(&index, &hash); err != nil {
			return err
		}
		level, seq := tlog.SplitStoredHashIndex(index)
		if level != 0 || len(hash) != tlog.HashSize {
			return fmt.Errorf("audit hash %d is no leaf", index)
		}
		list = append(list, audit.Leaf{Seq: seq, Hash: tlog.Hash(hash)})
		return nil
	}, `SELECT idx, hash FROM audit_hash WHERE idx >= $1 ORDER BY idx LIMIT $2`, tlog.StoredHashIndex(0, first), limit)
	return list, err
}

// AddAuditHash stores a hash under its storage index.
func (tx *Tx) AddAuditHash(ctx context.Context, index int64, h tlog.Hash) error {
	return tx.exec(ctx, `INSERT INTO audit_hash (idx, hash) VALUES ($1, $2)`, index, h[:])
}

// NewestCheckpoint returns the last checkpoint, or one of size 0.
func (tx *Tx) NewestCheckpoint(ctx context.Context) (audit.Checkpoint, error) {
	var c audit.Checkpoint
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var root []byte
		var when int64
		err := rows.Scan(&c.Size, &root, &when, &c.Note)
		copy(c.Root[:], root)
		c.At = at(when)
		return err
	}, `SELECT size, root, at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`)
	return c, err
}

// AddCheckpoint stores a checkpoint.
func (tx *Tx) AddCheckpoint(ctx context.Context, c audit.Checkpoint) error {
	return tx.exec(ctx, `INSERT INTO audit_checkpoint (size, root, at, note) VALUES ($1, $2, $3, $4)`,
		c.Size, c.Root[:], ms(c.At), c.Note)
}

// The entries of checks by code and in bulk, of which there are more than of
// all else, are found by whose and by whom through their checks (licence_check
// has the same licence and operator). These say which entries they are, in the
// words of the indexes.
const (
	ofCheck    = `(e.action = 'check.code' OR e.action = 'check.bulk')`
	notOfCheck = `e.action <> 'check.code' AND e.action <> 'check.bulk'`
)

// AuditEntries returns entries, newest first, their details unsealed where the
// subject's key still exists.
func (tx *Tx) AuditEntries(ctx context.Context, q audit.Query) (rows []*audit.Row, err error) {
	if q.Subject == "" && len(q.Actors) == 0 {
		rows, err = tx.auditEntries(ctx, auditSearch{from: `audit_entry e`, order: `e.id DESC`}, q)
	} else {
		rows, err = tx.entriesOfSomebody(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if err := tx.unsealDetail(ctx, r); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// entriesOfSomebody finds the entries of a person's or a body's.
func (tx *Tx) entriesOfSomebody(ctx context.Context, q audit.Query) ([]*audit.Row, error) {
	rows, err := tx.auditEntries(ctx, auditSearch{
		from: `audit_entry e`, subject: `e.subject`, actor: `e.actor_id`, where: notOfCheck, order: `e.id DESC`,
	}, q)
	if err != nil {
		return nil, err
	}
	checks, err := tx.entriesOfChecks(ctx, q)
	if err != nil {
		return nil, err
	}
	rows = append(rows, checks...)
	slices.SortFunc(rows, func(a, b *audit.Row) int { return strings.Compare(b.ID, a.ID) })
	return rows[:min(q.Limit, len(rows))], nil
}

// entriesOfChecks finds the entries of checks of a licence, or by operators, for
// which it may return more than are asked for.
func (tx *Tx) entriesOfChecks(ctx context.Context, q audit.Query) (rows []*audit.Row, err error) {
	checks := auditSearch{
		from: `licence_check c JOIN audit_entry e ON e.object = c.number AND ` + ofCheck, subject: `c.licence_id`, actor: `c.operator_id`,
		where: `e.subject = c.licence_id`, order: `c.at DESC, e.id DESC`, // an entry is of its check's moment
	}
	if q.Subject != "" {
		return tx.auditEntries(ctx, checks, q)
	}
	until, err := tx.auditUntil(ctx, q)
	if err != nil {
		return nil, err
	}
	hours, err := tx.operatorHours(ctx, q.Actors, q.From, until)
	if err != nil {
		return nil, err
	}
	err = newest(hours, q.Limit, func(h operatorHour) (int, error) {
		checks.hour = &h
		some, err := tx.auditEntries(ctx, checks, q)
		rows = append(rows, some...)
		return len(some), err
	})
	return rows, err
}

// auditUntil returns a moment behind all entries that a query asks for, the zero
// Time if it says nothing of that.
func (tx *Tx) auditUntil(ctx context.Context, q audit.Query) (time.Time, error) {
	if q.Before == "" {
		return q.To, nil
	}
	var before int64
	err := tx.q.QueryRowContext(ctx, `SELECT at FROM audit_entry WHERE id = $1`, q.Before).Scan(&before)
	if errors.Is(err, sql.ErrNoRows) {
		return q.To, nil
	}
	until := at(before).Add(time.Minute) // an entry is named a little after its moment
	if !q.To.IsZero() && q.To.Before(until) {
		until = q.To
	}
	return until, err
}

// An auditSearch says where entries are looked for, and by which columns.
type auditSearch struct {
	from, subject, actor, where, order string

	hour *operatorHour // of the checks; nil: of any
}

func (tx *Tx) auditEntries(ctx context.Context, s auditSearch, q audit.Query) ([]*audit.Row, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1))
	}
	if s.where != "" {
		where = append(where, s.where)
	}
	if s.hour != nil {
		from, to := s.hour.bounds()
		add("c.party_id = ?", s.hour.partyID)
		add("c.at >= ?", from)
		add("c.at < ?", to)
	}
	if q.Subject != "" {
		add(s.subject+" = ?", q.Subject)
	}
	if q.Case != "" {
		add("e.case_ref <> '' AND e.case_ref = ?", q.Case) // the first is the index's
	}
	if len(q.Actors) > 0 {
		where = append(where, s.actor+" IN ("+placeholders(len(args)+1, len(q.Actors))+")")
		for _, id := range q.Actors {
			args = append(args, id)
		}
	}
	if !q.From.IsZero() {
		add("e.at >= ?", ms(q.From))
	}
	if !q.To.IsZero() {
		add("e.at < ?", ms(q.To))
	}
	if q.Flagged {
		where = append(where, "e.flagged")
	}
	if q.Before != "" {
		add("e.id < ?", q.Before)
	}
	args = append(args, q.Limit)
	return tx.auditRows(ctx, `SELECT `+auditColumns+` FROM `+s.from+` WHERE `+strings.Join(where, " AND ")+
		fmt.Sprintf(" ORDER BY %s LIMIT $%d", s.order, len(args)), args...)
}

// FirstLostCheck returns the place of the first entry from first up to before
// last whose check is not kept, is of another licence or operator, or of an hour
// that is not noted, in which nobody would find it, or -1.
func (tx *Tx) FirstLostCheck(ctx context.Context, first, last int64) (seq int64, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT coalesce(min(e.seq), -1) FROM audit_entry e WHERE e.seq >= 0 AND e.seq >= $1 AND e.seq < $2 AND `+ofCheck+`
		AND NOT EXISTS (SELECT 1 FROM licence_check c JOIN operator_hour h ON h.operator_id = c.operator_id AND h.party_id = c.party_id AND h.hour = c.at / 3600000
			WHERE c.number = e.object AND c.licence_id = e.subject AND c.operator_id = e.actor_id)`,
		first, last).Scan(&seq)
	return seq, err
}

// unsealDetail reads what the entry says; a destroyed key leaves it empty.
func (tx *Tx) unsealDetail(ctx context.Context, r *audit.Row) error {
	if _, err := tx.existingKey(ctx, r.Subject); err == ErrNotFound {
		return nil
	}
	return tx.unseal(ctx, r.Subject, "audit_entry.sealed:"+r.ID, r.Sealed, &r.Detail)
}

// maxNamed bounds how many operators of different bodies share a number.
const maxNamed = 50

// ActorsNamed returns the identifiers of members of staff with a name, account
// or number, of administrators of parties with a name or account, and of
// operators with a number.
func (tx *Tx) ActorsNamed(ctx context.Context, text string) (ids []string, err error) {
	members, err := tx.Members(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if text == m.Name || text == m.Login || text == m.Number {
			ids = append(ids, m.ID)
		}
	}
	admins, err := tx.partyAdmins(ctx, `ORDER BY id`)
	if err != nil {
		return nil, err
	}
	for _, m := range admins {
		if text == m.Name || text == m.Login {
			ids = append(ids, m.ID)
		}
	}
	operators, err := tx.operators(ctx, `WHERE number = $1 ORDER BY id LIMIT $2`, text, maxNamed)
	for _, o := range operators {
		ids = append(ids, o.ID)
	}
	return ids, err
}
