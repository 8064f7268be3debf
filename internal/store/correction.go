package store

import (
	"context"
	"database/sql"

	"edl/internal/register"
)

const correctionColumns = `id, licence_id, holds_from, status, asked_by, asked_at, decided_by, decided_at, version_id, sealed, version`

// correctionText is the sealed part of a correction.
type correctionText struct {
	Changes []register.FieldChange
	Reason  string
}

func correctionPlace(id string) string { return "correction.sealed:" + id }

// AddCorrection stores a new correction.
func (tx *Tx) AddCorrection(ctx context.Context, c *register.Correction) error {
	sealed, err := tx.seal(ctx, c.LicenceID, correctionPlace(c.ID), correctionText{c.Changes, c.Reason})
	if err != nil {
		return err
	}
	c.Version = 1
	return tx.exec(ctx, `INSERT INTO correction (`+correctionColumns+`) VALUES (`+placeholders(1, 11)+`)`,
		c.ID, c.LicenceID, ms(c.HoldsFrom), c.Status, c.AskedBy, ms(c.AskedAt), c.DecidedBy, ms(c.DecidedAt), c.VersionID, sealed, c.Version)
}

// SaveCorrection replaces the version of the correction that was read.
func (tx *Tx) SaveCorrection(ctx context.Context, c *register.Correction) error {
	sealed, err := tx.seal(ctx, c.LicenceID, correctionPlace(c.ID), correctionText{c.Changes, c.Reason})
	if err != nil {
		return err
	}
	c.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE correction SET status = $3, decided_by = $4, decided_at = $5, version_id = $6, sealed = $7, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		c.ID, c.Version, c.Status, c.DecidedBy, ms(c.DecidedAt), c.VersionID, sealed))
}

// Correction returns a correction.
func (tx *Tx) Correction(ctx context.Context, id string) (*register.Correction, error) {
	return first(tx.corrections(ctx, `WHERE id = $1`, id))
}

// Corrections returns corrections, those that wait first, then the newest.
func (tx *Tx) Corrections(ctx context.Context, limit int) ([]*register.Correction, error) {
	return tx.corrections(ctx, `ORDER BY CASE status WHEN 'waiting' THEN 0 ELSE 1 END, id DESC LIMIT $1`, limit)
}

func (tx *Tx) corrections(ctx context.Context, where string, args ...any) (list []*register.Correction, err error) {
	var texts [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &register.Correction{}
		var holds, asked, decided int64
		var text []byte
		err := rows.Scan(&c.ID, &c.LicenceID, &holds, &c.Status, &c.AskedBy, &asked, &c.DecidedBy, &decided, &c.VersionID, &text, &c.Version)
		c.HoldsFrom, c.AskedAt, c.DecidedAt = at(holds), at(asked), at(decided)
		list, texts = append(list, c), append(texts, text)
		return err
	}, `SELECT `+correctionColumns+` FROM correction `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		var text correctionText
		if err := tx.unseal(ctx, c.LicenceID, correctionPlace(c.ID), texts[i], &text); err != nil {
			return nil, err
		}
		c.Changes, c.Reason = text.Changes, text.Reason
	}
	return list, nil
}
