package store

import (
	"context"
	"database/sql"

	"edl/internal/verification"
)

// Shown returns what a live code leads to in one statement: four of their own
// cost more than all else that a check reads.
func (tx *Tx) Shown(ctx context.Context, serial []byte) (*verification.Shown, error) {
	var device scannedDevice
	var entry scannedEntry
	var electronic scannedElectronic
	var watched, found bool
	columns := append(append(append(device.columns(), entry.columns()...), electronic.columns()...), &watched)
	err := tx.each(ctx, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(columns...)
	}, `
		SELECT `+deviceColumns+`, `+entryColumns+`, `+electronicColumns+`,
			EXISTS (SELECT 1 FROM watched_licence WHERE watched_licence.licence_id = l.id)
		FROM `+entryTables+` JOIN device ON device.licence_id = l.id JOIN electronic ON electronic.licence_id = l.id
		WHERE device.serial = $2 ORDER BY electronic.identifier_version DESC LIMIT 1`, []byte{}, serial)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNotFound
	}
	shown := &verification.Shown{Device: device.device(), Watched: watched}
	if shown.Entry, err = tx.unsealEntry(ctx, &entry); err != nil {
		return nil, err
	}
	shown.Electronic, err = electronic.electronic()
	return shown, err
}
