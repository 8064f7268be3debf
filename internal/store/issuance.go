package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/civil"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/uid"
)

// LicenceVersion returns one version of the register.
func (tx *Tx) LicenceVersion(ctx context.Context, licenceID, versionID string) (l licence.Licence, err error) {
	var sealed []byte
	err = tx.q.QueryRowContext(ctx, `SELECT sealed FROM licence_version WHERE id = $1 AND licence_id = $2`, versionID, licenceID).Scan(&sealed)
	if err != nil {
		return l, one(err)
	}
	return l, tx.unseal(ctx, licenceID, versionPlace(versionID), sealed, &l)
}

const intentColumns = `id, application_id, licence_id, route, status, identifier, identifier_version, previous_id, issuer, register_version_id,
	photo_id, portrait_hash, issued_at, encoding, key_id, digest, signature, leased_until, version`

// AddIntent stores what is about to be signed.
func (tx *Tx) AddIntent(ctx context.Context, i *issuance.Intent) error {
	i.Version = 1
	return tx.exec(ctx, `INSERT INTO issuance (`+intentColumns+`) VALUES (`+placeholders(1, 19)+`)`,
		i.ID, i.ApplicationID, i.LicenceID, i.Route, i.Status, i.Identifier, i.IdentifierVersion, i.PreviousID, i.Issuer, i.RegisterVersionID,
		i.PhotoID, i.PortraitHash, ms(i.IssuedAt), i.Encoding, i.KeyID, i.Digest, filled(i.Signature), ms(i.LeasedUntil), i.Version)
}

// SaveIntent stores an intent's status, signature and lease; nothing else of
// it ever changes.
func (tx *Tx) SaveIntent(ctx context.Context, i *issuance.Intent) error {
	i.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE issuance SET status = $3, signature = $4, leased_until = $5, version = $2
		WHERE id = $1 AND version = $2 - 1 AND status = 'prepared'`,
		i.ID, i.Version, i.Status, filled(i.Signature), ms(i.LeasedUntil)))
}

// Intent returns the intent of an electronic licence.
func (tx *Tx) Intent(ctx context.Context, id string) (*issuance.Intent, error) {
	return first(tx.intents(ctx, `WHERE id = $1`, id))
}

// IntentsOf returns a driver's intents, the oldest first.
func (tx *Tx) IntentsOf(ctx context.Context, licenceID string) ([]*issuance.Intent, error) {
	return tx.intents(ctx, `WHERE licence_id = $1 ORDER BY issued_at, id`, licenceID)
}

// IdleIntents returns prepared intents whose lease has ended.
func (tx *Tx) IdleIntents(ctx context.Context, now time.Time, limit int) ([]*issuance.Intent, error) {
	return tx.intents(ctx, `WHERE status = 'prepared' AND leased_until <= $1 ORDER BY leased_until LIMIT $2`, ms(now), limit)
}

func (tx *Tx) intents(ctx context.Context, where string, args ...any) (list []*issuance.Intent, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		i := &issuance.Intent{}
		var issued, leased int64
		err := rows.Scan(&i.ID, &i.ApplicationID, &i.LicenceID, &i.Route, &i.Status, &i.Identifier, &i.IdentifierVersion, &i.PreviousID, &i.Issuer,
			&i.RegisterVersionID, &i.PhotoID, &i.PortraitHash, &issued, &i.Encoding, &i.KeyID, &i.Digest, &i.Signature, &leased, &i.Version)
		i.IssuedAt, i.LeasedUntil = at(issued), at(leased)
		list = append(list, i)
		return err
	}, `SELECT `+intentColumns+` FROM issuance `+where, args...)
	return list, err
}

// Unlocked returns when a window last lifted the limit of three refusals.
func (tx *Tx) Unlocked(ctx context.Context, licenceID string) (time.Time, error) {
	var last int64
	err := tx.q.QueryRowContext(ctx, `SELECT COALESCE(max(at), 0) FROM photo_unlock WHERE licence_id = $1`, licenceID).Scan(&last)
	return at(last), err
}

// AddUnlock notes that a window lifted it.
func (tx *Tx) AddUnlock(ctx context.Context, licenceID, staffID, ref string, now time.Time) error {
	return tx.exec(ctx, `INSERT INTO photo_unlock (id, licence_id, at, staff_id, case_ref) VALUES ($1, $2, $3, $4, $5)`,
		uid.New(now), licenceID, ms(now), staffID, ref)
}

// AddReminder notes that a reminder went out; false if it did before.
func (tx *Tx) AddReminder(ctx context.Context, licenceID string, validTo civil.Date, days int, now time.Time) (added bool, err error) {
	r, err := tx.q.ExecContext(ctx, `
		INSERT INTO reminder (licence_id, valid_to, days, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		licenceID, validTo.String(), days, ms(now))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
