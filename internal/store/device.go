package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"edl/internal/account"
	"edl/internal/uid"
)

const deviceColumns = `device.id, device.licence_id, device.sealed, public_key, serial, previous_serial, serial_at, enrolled_at, ended_at, last_seen_at, device.version`

// Device returns a device by its identifier.
func (tx *Tx) Device(ctx context.Context, id string) (*account.Device, error) {
	return tx.device(ctx, `WHERE id = $1`, id)
}

// DeviceBySerial returns the device that a live code names, by its present
// serial or by the one before. Whether the old one may still be used is the
// caller's to say.
func (tx *Tx) DeviceBySerial(ctx context.Context, serial []byte) (*account.Device, error) {
	return tx.device(ctx, `WHERE serial = $1 OR previous_serial = $1`, serial)
}

func (tx *Tx) device(ctx context.Context, where string, arg any) (*account.Device, error) {
	list, err := tx.devices(ctx, where, arg)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// Devices returns the devices of a licence that are in use, oldest first.
func (tx *Tx) Devices(ctx context.Context, licenceID string) ([]*account.Device, error) {
	return tx.devices(ctx, `WHERE licence_id = $1 AND ended_at = 0 ORDER BY id`, licenceID)
}

func (tx *Tx) devices(ctx context.Context, where string, arg any) (list []*account.Device, err error) {
	var scanned []*scannedDevice
	err = tx.each(ctx, func(rows *sql.Rows) error {
		s := &scannedDevice{}
		scanned = append(scanned, s)
		return rows.Scan(s.columns()...)
	}, `SELECT `+deviceColumns+` FROM device `+where, arg)
	if err != nil {
		return nil, err
	}
	for _, s := range scanned {
		d := s.device()
		if err := tx.unseal(ctx, d.LicenceID, "device.sealed:"+d.ID, s.name, &d.Name); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// scannedDevice takes the columns of a device.
type scannedDevice struct {
	d                               account.Device
	name                            []byte
	serialAt, enrolled, ended, seen int64
}

// columns are where deviceColumns go.
func (s *scannedDevice) columns() []any {
	d := &s.d
	return []any{&d.ID, &d.LicenceID, &s.name, &d.PublicKey, &d.Serial, &d.PreviousSerial, &s.serialAt, &s.enrolled, &s.ended, &s.seen, &d.Version}
}

// device is the device without its name, which is sealed.
func (s *scannedDevice) device() *account.Device {
	s.d.SerialAt, s.d.EnrolledAt, s.d.EndedAt, s.d.LastSeenAt = at(s.serialAt), at(s.enrolled), at(s.ended), at(s.seen)
	return &s.d
}

// SaveDevice inserts a device whose Version is 0 and otherwise replaces the
// version it was read from.
func (tx *Tx) SaveDevice(ctx context.Context, d *account.Device) error {
	name, err := tx.seal(ctx, d.LicenceID, "device.sealed:"+d.ID, d.Name)
	if err != nil {
		return err
	}
	d.Version++
	if d.Version == 1 {
		return tx.exec(ctx, `INSERT INTO device (id, licence_id, sealed, public_key, serial, previous_serial, serial_at, enrolled_at, ended_at, last_seen_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			d.ID, d.LicenceID, name, d.PublicKey, d.Serial, filled(d.PreviousSerial), ms(d.SerialAt), ms(d.EnrolledAt), ms(d.EndedAt), ms(d.LastSeenAt), d.Version)
	}
	if err := errors.Join(tx.touchHandles(ctx, `device_id`, d.ID), tx.touchMobiles(ctx, `device_id`, d.ID)); err != nil {
		return err
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE device SET sealed = $3, serial = $4, previous_serial = $5, serial_at = $6, ended_at = $7, last_seen_at = $8, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		d.ID, d.Version, name, d.Serial, filled(d.PreviousSerial), ms(d.SerialAt), ms(d.EndedAt), ms(d.LastSeenAt)))
}

// AddBindToken stores a window's one-time token for a licence.
func (tx *Tx) AddBindToken(ctx context.Context, token, licenceID, caseID string, expires time.Time) error {
	return tx.exec(ctx, `INSERT INTO bind_token (hash, licence_id, case_id, expires_at, spent_at) VALUES ($1, $2, $3, $4, 0)`,
		uid.Hash(token), licenceID, caseID, ms(expires))
}

// SpendBindToken returns the licence of a token and ends the token.
func (tx *Tx) SpendBindToken(ctx context.Context, token string, now time.Time) (licenceID string, err error) {
	hash := uid.Hash(token)
	err = tx.q.QueryRowContext(ctx, `SELECT licence_id FROM bind_token WHERE hash = $1 AND spent_at = 0 AND expires_at > $2`, hash, ms(now)).Scan(&licenceID)
	if err != nil {
		return "", one(err)
	}
	return licenceID, saved(tx.q.ExecContext(ctx, `UPDATE bind_token SET spent_at = $2 WHERE hash = $1 AND spent_at = 0`, hash, ms(now)))
}
