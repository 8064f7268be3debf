package store

import (
	"context"
	"database/sql"

	"edl/internal/custody"
)

var _ custody.Tx = (*Tx)(nil)

// KeySteps returns what the audit log holds of keys.
func (tx *Tx) KeySteps(ctx context.Context) (list []custody.Entered, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var e custody.Entered
		var when int64
		err := rows.Scan(&e.Key, &e.Stage, &e.Use, &when, &e.Lacking)
		e.At = at(when)
		list = append(list, e)
		return err
	}, `SELECT key_id, stage, key_use, entered_at, lacking FROM key_step ORDER BY entered_at, key_id, stage`)
	return list, err
}

// AddKeyStep stores a step of a key, once.
func (tx *Tx) AddKeyStep(ctx context.Context, e custody.Entered) error {
	return tx.exec(ctx, `INSERT INTO key_step (key_id, stage, key_use, entered_at, lacking) VALUES ($1, $2, $3, $4, FALSE)`,
		e.Key, e.Stage, e.Use, ms(e.At))
}

// SaveLacking stores that the auditor was told of a step that the folder lacks.
func (tx *Tx) SaveLacking(ctx context.Context, e custody.Entered) error {
	return saved(tx.q.ExecContext(ctx, `UPDATE key_step SET lacking = TRUE WHERE key_id = $1 AND stage = $2 AND NOT lacking`, e.Key, e.Stage))
}
