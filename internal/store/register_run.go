package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"edl/internal/register"
	"edl/internal/uid"
)

const runColumns = `id, source, run_key, name, started_by, started_at, first_at, as_of, finished_at, status, lines, applied, unchanged, refused, version`

// AddRun stores a new run.
func (tx *Tx) AddRun(ctx context.Context, r *register.Run) error {
	r.Version = 1
	err := tx.exec(ctx, `INSERT INTO register_run (`+runColumns+`) VALUES (`+placeholders(1, 15)+`)`,
		r.ID, r.Source, r.Key, r.Name, r.By, ms(r.StartedAt), ms(r.FirstAt), ms(r.AsOf), ms(r.FinishedAt), r.Status,
		r.Lines, r.Applied, r.Unchanged, r.Refused, r.Version)
	if violates(err) { // a delivery of the same run at the same time
		return errors.Join(errRaced, err)
	}
	return err
}

// SaveRun replaces the version of the run that was read.
func (tx *Tx) SaveRun(ctx context.Context, r *register.Run) error {
	r.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE register_run SET finished_at = $3, status = $4, lines = $5, applied = $6, unchanged = $7, refused = $8, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		r.ID, r.Version, ms(r.FinishedAt), r.Status, r.Lines, r.Applied, r.Unchanged, r.Refused))
}

// Run returns a run.
func (tx *Tx) Run(ctx context.Context, id string) (*register.Run, error) {
	return first(tx.runs(ctx, `WHERE id = $1`, id))
}

// FirstRun returns the first run of the source and key that was not stopped.
func (tx *Tx) FirstRun(ctx context.Context, source register.Source, key string) (*register.Run, error) {
	return first(tx.runs(ctx, `WHERE run_key = $1 AND source = $2 AND status <> 'stopped' ORDER BY id LIMIT 1`, key, source))
}

// Runs returns the newest runs.
func (tx *Tx) Runs(ctx context.Context, limit int) ([]*register.Run, error) {
	return tx.runs(ctx, `ORDER BY id DESC LIMIT $1`, limit)
}

func (tx *Tx) runs(ctx context.Context, where string, args ...any) (list []*register.Run, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r := &register.Run{}
		var started, firstAt, asOf, finished int64
		err := rows.Scan(&r.ID, &r.Source, &r.Key, &r.Name, &r.By, &started, &firstAt, &asOf, &finished, &r.Status,
			&r.Lines, &r.Applied, &r.Unchanged, &r.Refused, &r.Version)
		r.StartedAt, r.FirstAt, r.AsOf, r.FinishedAt = at(started), at(firstAt), at(asOf), at(finished)
		list = append(list, r)
		return err
	}, `SELECT `+runColumns+` FROM register_run `+where, args...)
	return list, err
}

// first returns the only one wanted of a list, or ErrNotFound.
func first[T any](list []*T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// AddRefusals stores what a run refused. They belong to no person that is
// known: the platform's key seals them.
func (tx *Tx) AddRefusals(ctx context.Context, runID string, now time.Time, list []register.Refusal) error {
	rows := make([][]any, len(list))
	for i, r := range list {
		id := uid.New(now)
		sealed, err := tx.seal(ctx, Platform, "register_refusal.sealed:"+id, r)
		if err != nil {
			return fmt.Errorf("sealing a refusal: %w", err)
		}
		rows[i] = []any{id, runID, r.Line, sealed}
	}
	return tx.insertRows(ctx, `register_refusal (id, run_id, line, sealed)`, rows)
}

// Refusals returns what a run refused, by line.
func (tx *Tx) Refusals(ctx context.Context, runID string, limit int) ([]register.Refusal, error) {
	var ids []string
	var sealed [][]byte
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var id string
		var text []byte
		err := rows.Scan(&id, &text)
		ids, sealed = append(ids, id), append(sealed, text)
		return err
	}, `SELECT id, sealed FROM register_refusal WHERE run_id = $1 ORDER BY line, id LIMIT $2`, runID, limit)
	if err != nil {
		return nil, err
	}
	list := make([]register.Refusal, len(ids))
	for i, id := range ids {
		if err := tx.unseal(ctx, Platform, "register_refusal.sealed:"+id, sealed[i], &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// pendingText is the sealed part of a refused line.
type pendingText struct {
	Refusal    register.Refusal
	Text       string // the line as it was received
	Resolution string // a registrar's reason, "" until then
}

const pendingColumns = `id, licence_id, run_id, run_key, line, fingerprint, at, resolved_at, resolved_by, sealed, version`

// PendingSeen reports whether the refused line was noted before.
func (tx *Tx) PendingSeen(ctx context.Context, licenceID string, fingerprint []byte) (bool, error) {
	var n int
	err := tx.q.QueryRowContext(ctx, `SELECT count(*) FROM licence_pending WHERE licence_id = $1 AND fingerprint = $2`, licenceID, fingerprint).Scan(&n)
	return n > 0, err
}

// AddPending stores a refused line.
func (tx *Tx) AddPending(ctx context.Context, p *register.Pending) error {
	sealed, err := tx.sealPending(ctx, p)
	if err != nil {
		return err
	}
	p.Version = 1
	return tx.exec(ctx, `INSERT INTO licence_pending (`+pendingColumns+`) VALUES (`+placeholders(1, 11)+`)`,
		p.ID, p.LicenceID, p.RunID, p.RunKey, p.Line, p.Fingerprint, ms(p.At), ms(p.ResolvedAt), p.ResolvedBy, sealed, p.Version)
}

// SavePending replaces the version of the refused line that was read.
func (tx *Tx) SavePending(ctx context.Context, p *register.Pending) error {
	sealed, err := tx.sealPending(ctx, p)
	if err != nil {
		return err
	}
	p.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE licence_pending SET resolved_at = $3, resolved_by = $4, sealed = $5, version = $2 WHERE id = $1 AND version = $2 - 1`,
		p.ID, p.Version, ms(p.ResolvedAt), p.ResolvedBy, sealed))
}

func (tx *Tx) sealPending(ctx context.Context, p *register.Pending) ([]byte, error) {
	return tx.seal(ctx, p.LicenceID, pendingPlace(p.ID), pendingText{p.Refusal, p.Text, p.Resolution})
}

// Pending returns a refused line.
func (tx *Tx) Pending(ctx context.Context, id string) (*register.Pending, error) {
	return first(tx.pending(ctx, `WHERE id = $1`, id))
}

// OpenPending returns the refused lines that wait, the oldest first.
func (tx *Tx) OpenPending(ctx context.Context) ([]*register.Pending, error) {
	return tx.pending(ctx, `WHERE resolved_at = 0 ORDER BY id LIMIT 500`)
}

func (tx *Tx) pending(ctx context.Context, where string, args ...any) (list []*register.Pending, err error) {
	var texts [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		p := &register.Pending{}
		var when, resolved int64
		var text []byte
		err := rows.Scan(&p.ID, &p.LicenceID, &p.RunID, &p.RunKey, &p.Line, &p.Fingerprint, &when, &resolved, &p.ResolvedBy, &text, &p.Version)
		p.At, p.ResolvedAt = at(when), at(resolved)
		list, texts = append(list, p), append(texts, text)
		return err
	}, `SELECT `+pendingColumns+` FROM licence_pending `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		var text pendingText
		if err := tx.unseal(ctx, p.LicenceID, pendingPlace(p.ID), texts[i], &text); err != nil {
			return nil, err
		}
		p.Refusal, p.Text, p.Resolution = text.Refusal, text.Text, text.Resolution
	}
	return list, nil
}
