package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"edl/internal/civil"
	"edl/internal/credential"
)

const electronicColumns = `electronic.id, electronic.licence_id, identifier, identifier_version, register_version_id, electronic.photo_id, valid_to, issued_at, invalidated_at, changes, previous_id, electronic.version`

// ElectronicLicence returns the newest electronic licence of a licence.
func (tx *Tx) ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error) {
	return first(tx.electronics(ctx, `WHERE licence_id = $1 ORDER BY identifier_version DESC LIMIT 1`, licenceID))
}

// Expiring returns the electronic licences in force that end between two days,
// both included, in the order of their identifiers, after one.
func (tx *Tx) Expiring(ctx context.Context, from, to civil.Date, after string, limit int) ([]*credential.Electronic, error) {
	return tx.electronics(ctx, `
		WHERE invalidated_at = 0 AND valid_to <> '' AND valid_to BETWEEN $1 AND $2 AND id > $3 ORDER BY id LIMIT $4`,
		from.String(), to.String(), after, limit)
}

func (tx *Tx) electronics(ctx context.Context, where string, args ...any) (list []*credential.Electronic, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		s := &scannedElectronic{}
		if err := rows.Scan(s.columns()...); err != nil {
			return err
		}
		e, err := s.electronic()
		list = append(list, e)
		return err
	}, `SELECT `+electronicColumns+` FROM electronic `+where, args...)
	return list, err
}

// scannedElectronic takes the columns of an electronic licence.
type scannedElectronic struct {
	e                   credential.Electronic
	validTo, changes    string
	issued, invalidated int64
}

// columns are where electronicColumns go.
func (s *scannedElectronic) columns() []any {
	e := &s.e
	return []any{&e.ID, &e.LicenceID, &e.Identifier, &e.IdentifierVersion, &e.RegisterVersionID, &e.PhotoID,
		&s.validTo, &s.issued, &s.invalidated, &s.changes, &e.PreviousID, &e.Version}
}

func (s *scannedElectronic) electronic() (*credential.Electronic, error) {
	e := &s.e
	e.IssuedAt, e.InvalidatedAt = at(s.issued), at(s.invalidated)
	if err := e.ValidTo.UnmarshalText([]byte(s.validTo)); err != nil || s.changes == "" {
		return e, err
	}
	return e, json.Unmarshal([]byte(s.changes), &e.Changes)
}

// SaveElectronic inserts an electronic licence whose Version is 0 and
// otherwise replaces the version it was read from.
func (tx *Tx) SaveElectronic(ctx context.Context, e *credential.Electronic) error {
	changes := ""
	if len(e.Changes) > 0 {
		text, err := json.Marshal(e.Changes)
		if err != nil {
			return err
		}
		changes = string(text)
	}
	if err := tx.touchLicence(ctx, e.LicenceID); err != nil {
		return err
	}
	e.Version++
	if e.Version == 1 {
		return tx.exec(ctx, `INSERT INTO electronic (id, licence_id, identifier, identifier_version, register_version_id, photo_id, valid_to, issued_at, invalidated_at, changes, previous_id, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			e.ID, e.LicenceID, e.Identifier, e.IdentifierVersion, e.RegisterVersionID, e.PhotoID, e.ValidTo.String(),
			ms(e.IssuedAt), ms(e.InvalidatedAt), changes, e.PreviousID, e.Version)
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE electronic SET invalidated_at = $3, changes = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		e.ID, e.Version, ms(e.InvalidatedAt), changes))
}
