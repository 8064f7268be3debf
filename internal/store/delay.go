package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/verification"
)

var _ verification.DelayTx = (*Tx)(nil)

const (
	purposeColumns   = `id, name, basis, days, status, proposed_by, proposed_at, decided_by, decided_at, ended_at, version`
	extensionColumns = `id, check_number, licence_id, days, status, proposed_by, proposed_at, decided_by, decided_at, sealed, version`
)

func extensionPlace(id string) string { return "delay_extension.sealed:" + id }

// AddPurpose stores a purpose that was proposed.
func (tx *Tx) AddPurpose(ctx context.Context, p *verification.Purpose) error {
	p.Version = 1
	return tx.exec(ctx, `INSERT INTO delay_purpose (`+purposeColumns+`) VALUES (`+placeholders(1, 11)+`)`,
		p.ID, p.Name, p.Basis, p.Days, p.Status, p.ProposedBy, ms(p.ProposedAt), p.DecidedBy, ms(p.DecidedAt), ms(p.EndedAt), p.Version)
}

// SavePurpose stores what was decided of a purpose.
func (tx *Tx) SavePurpose(ctx context.Context, p *verification.Purpose) error {
	p.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE delay_purpose SET status = $3, decided_by = $4, decided_at = $5, ended_at = $6, version = $2 WHERE id = $1 AND version = $2 - 1`,
		p.ID, p.Version, p.Status, p.DecidedBy, ms(p.DecidedAt), ms(p.EndedAt)))
}

// DelayPurpose returns one purpose.
func (tx *Tx) DelayPurpose(ctx context.Context, id string) (*verification.Purpose, error) {
	return only(tx.purposes(ctx, `WHERE id = $1`, id))
}

// DelayPurposes returns every purpose, newest first.
func (tx *Tx) DelayPurposes(ctx context.Context) ([]*verification.Purpose, error) {
	return tx.purposes(ctx, `ORDER BY id DESC`)
}

func (tx *Tx) purposes(ctx context.Context, where string, args ...any) (list []*verification.Purpose, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		p := &verification.Purpose{}
		var proposed, decided, ended int64
		err := rows.Scan(&p.ID, &p.Name, &p.Basis, &p.Days, &p.Status, &p.ProposedBy, &proposed, &p.DecidedBy, &decided, &ended, &p.Version)
		p.ProposedAt, p.DecidedAt, p.EndedAt = at(proposed), at(decided), at(ended)
		list = append(list, p)
		return err
	}, `SELECT `+purposeColumns+` FROM delay_purpose `+where, args...)
	return list, err
}

// AddExtension stores an extension that was proposed; ErrTaken where the check
// has one to decide.
func (tx *Tx) AddExtension(ctx context.Context, e *verification.Extension) error {
	sealed, err := tx.seal(ctx, e.LicenceID, extensionPlace(e.ID), e.Basis)
	if err != nil {
		return err
	}
	e.Version = 1
	err = tx.exec(ctx, `INSERT INTO delay_extension (`+extensionColumns+`) VALUES (`+placeholders(1, 11)+`)`,
		e.ID, e.CheckNumber, e.LicenceID, e.Days, e.Status, e.ProposedBy, ms(e.ProposedAt), e.DecidedBy, ms(e.DecidedAt), sealed, e.Version)
	if violates(err) {
		return verification.ErrTaken
	}
	return err
}

// SaveExtension stores what was decided of an extension.
func (tx *Tx) SaveExtension(ctx context.Context, e *verification.Extension) error {
	e.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE delay_extension SET status = $3, decided_by = $4, decided_at = $5, version = $2 WHERE id = $1 AND version = $2 - 1`,
		e.ID, e.Version, e.Status, e.DecidedBy, ms(e.DecidedAt)))
}

// DelayExtension returns one extension.
func (tx *Tx) DelayExtension(ctx context.Context, id string) (*verification.Extension, error) {
	return only(tx.extensions(ctx, `WHERE id = $1`, id))
}

// DelayExtensions returns extensions, newest first.
func (tx *Tx) DelayExtensions(ctx context.Context, limit int) ([]*verification.Extension, error) {
	return tx.extensions(ctx, `ORDER BY id DESC LIMIT $1`, limit)
}

func (tx *Tx) extensions(ctx context.Context, where string, args ...any) (list []*verification.Extension, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		e := &verification.Extension{}
		var proposed, decided int64
		var basis []byte
		err := rows.Scan(&e.ID, &e.CheckNumber, &e.LicenceID, &e.Days, &e.Status, &e.ProposedBy, &proposed, &e.DecidedBy, &decided, &basis, &e.Version)
		e.ProposedAt, e.DecidedAt = at(proposed), at(decided)
		list, sealed = append(list, e), append(sealed, basis)
		return err
	}, `SELECT `+extensionColumns+` FROM delay_extension `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if err := tx.unseal(ctx, e.LicenceID, extensionPlace(e.ID), sealed[i], &e.Basis); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// HiddenChecks returns checks that drivers do not see yet, the first due first.
func (tx *Tx) HiddenChecks(ctx context.Context, now time.Time, limit int) ([]*verification.Check, error) {
	return tx.checks(ctx, `WHERE visible_at > $1 AND visible_at > 0 ORDER BY visible_at, number LIMIT $2`, ms(now), limit)
}

// SaveDelay stores until when a check is kept from the driver, and why.
func (tx *Tx) SaveDelay(ctx context.Context, c *verification.Check) error {
	sealed, err := tx.seal(ctx, c.LicenceID, checkPlace(c.Number), c.Record)
	if err != nil {
		return err
	}
	c.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE licence_check SET visible_at = $3, sealed = $4, version = $2 WHERE number = $1 AND version = $2 - 1`,
		c.Number, c.Version, ms(c.VisibleAt), sealed))
}
