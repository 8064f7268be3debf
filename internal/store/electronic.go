package store

import (
	"context"
	"database/sql"

	"edl/internal/credential"
)

const electronicColumns = `id, licence_id, identifier, identifier_version, register_version_id, photo_id, issued_at, invalidated_at, sealed, previous_id, version`

// ElectronicLicence returns the newest electronic licence of a licence.
func (tx *Tx) ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error) {
	return first(tx.electronics(ctx, `WHERE licence_id = $1 ORDER BY id DESC LIMIT 1`, licenceID))
}

func (tx *Tx) electronics(ctx context.Context, where string, args ...any) (list []*credential.Electronic, err error) {
	var changes [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		e := &credential.Electronic{}
		var issued, invalidated int64
		var sealed []byte
		err := rows.Scan(&e.ID, &e.LicenceID, &e.Identifier, &e.IdentifierVersion, &e.RegisterVersionID, &e.PhotoID,
			&issued, &invalidated, &sealed, &e.PreviousID, &e.Version)
		e.IssuedAt, e.InvalidatedAt = at(issued), at(invalidated)
		list, changes = append(list, e), append(changes, sealed)
		return err
	}, `SELECT `+electronicColumns+` FROM electronic `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if err := tx.unseal(ctx, e.LicenceID, "electronic.sealed:"+e.ID, changes[i], &e.Changes); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SaveElectronic inserts an electronic licence whose Version is 0 and
// otherwise replaces the version it was read from.
func (tx *Tx) SaveElectronic(ctx context.Context, e *credential.Electronic) error {
	changes, err := tx.seal(ctx, e.LicenceID, "electronic.sealed:"+e.ID, e.Changes)
	if err != nil {
		return err
	}
	e.Version++
	if e.Version == 1 {
		return tx.exec(ctx, `INSERT INTO electronic (`+electronicColumns+`) VALUES (`+placeholders(1, 11)+`)`,
			e.ID, e.LicenceID, e.Identifier, e.IdentifierVersion, e.RegisterVersionID, e.PhotoID, ms(e.IssuedAt), ms(e.InvalidatedAt),
			changes, e.PreviousID, e.Version)
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE electronic SET invalidated_at = $3, sealed = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		e.ID, e.Version, ms(e.InvalidatedAt), changes))
}
