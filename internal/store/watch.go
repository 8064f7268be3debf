package store

import (
	"context"
	"database/sql"

	"edl/internal/verification"
)

var _ verification.WatchTx = (*Tx)(nil)

func watchPlace(licenceID string) string { return "watched_licence.sealed:" + licenceID }

// Watched reports whether every look-up of the licence is flagged.
func (tx *Tx) Watched(ctx context.Context, licenceID string) (bool, error) {
	var n int
	err := tx.q.QueryRowContext(ctx, `SELECT count(*) FROM watched_licence WHERE licence_id = $1`, licenceID).Scan(&n)
	return n > 0, err
}

// AddWatch stores a licence on the list, or why it is there.
func (tx *Tx) AddWatch(ctx context.Context, w *verification.Watch) error {
	sealed, err := tx.seal(ctx, w.LicenceID, watchPlace(w.LicenceID), w.Why)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `
		INSERT INTO watched_licence (licence_id, since, staff_id, sealed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (licence_id) DO UPDATE SET staff_id = excluded.staff_id, sealed = excluded.sealed`,
		w.LicenceID, ms(w.Since), w.StaffID, sealed)
}

// DropWatch takes a licence off the list.
func (tx *Tx) DropWatch(ctx context.Context, licenceID string) error {
	return tx.exec(ctx, `DELETE FROM watched_licence WHERE licence_id = $1`, licenceID)
}

// Watches returns the list, newest first.
func (tx *Tx) Watches(ctx context.Context) (list []*verification.Watch, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		w := &verification.Watch{}
		var since int64
		var why []byte
		err := rows.Scan(&w.LicenceID, &since, &w.StaffID, &why)
		w.Since = at(since)
		list, sealed = append(list, w), append(sealed, why)
		return err
	}, `SELECT licence_id, since, staff_id, sealed FROM watched_licence ORDER BY since DESC, licence_id LIMIT 500`)
	if err != nil {
		return nil, err
	}
	for i, w := range list {
		if err := tx.unseal(ctx, w.LicenceID, watchPlace(w.LicenceID), sealed[i], &w.Why); err != nil {
			return nil, err
		}
	}
	return list, nil
}
