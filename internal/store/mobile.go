package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"edl/internal/mobile"
	"edl/statuslist"
)

var _ mobile.Tx = (*Tx)(nil)

const mobileColumns = `id, licence_id, electronic_id, device_id, register_version_id, photo_id, portrait_hash, holder, encoding, signer_id, issuer, sealed,
	month, signed_at, until, mdoc_place, vc_place, mdoc_digest, vc_digest, mdoc_signature, vc_signature, status, mdoc_said, vc_said, leased_until, version, batch`

func mobilePlace(id string) string { return "mobile.sealed:" + id }

// AddMobile stores a new record; false: one of its places is taken.
func (tx *Tx) AddMobile(ctx context.Context, r *mobile.Record) (free bool, err error) {
	sealed, err := tx.seal(ctx, r.LicenceID, mobilePlace(r.ID), r.Written)
	if err != nil {
		return false, err
	}
	r.Version = 1
	result, err := tx.q.ExecContext(ctx, `INSERT INTO mobile (`+mobileColumns+`, touched) VALUES (`+placeholders(1, 27)+`, FALSE) ON CONFLICT DO NOTHING`,
		r.ID, r.LicenceID, r.ElectronicID, r.DeviceID, r.RegisterVersionID, r.PhotoID, r.PortraitHash, r.Holder, r.Encoding, r.SignerID, r.Issuer, sealed,
		r.Month, ms(r.SignedAt), ms(r.Until), int64(r.MDocPlace), int64(r.VCPlace), r.MDocDigest, r.VCDigest, filled(r.MDocSignature), filled(r.VCSignature),
		r.Status, int64(r.MDocSaid), int64(r.VCSaid), ms(r.LeasedUntil), r.Version, r.Batch)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	if n == 1 && err == nil {
		err = tx.exec(ctx, `UPDATE mobile_lists SET given = given + 1 WHERE id = 'lists'`)
	}
	return n == 1, err
}

// SaveMobile stores status, signatures and lease; nothing else of it ever
// changes, and these only while it is prepared.
func (tx *Tx) SaveMobile(ctx context.Context, r *mobile.Record) error {
	r.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE mobile SET status = $3, mdoc_signature = $4, vc_signature = $5, leased_until = $6, version = $2
		WHERE id = $1 AND version = $2 - 1 AND status = 'prepared'`,
		r.ID, r.Version, r.Status, filled(r.MDocSignature), filled(r.VCSignature), ms(r.LeasedUntil)))
}

// Mobile returns a record.
func (tx *Tx) Mobile(ctx context.Context, id string) (*mobile.Record, error) {
	return first(tx.mobiles(ctx, `WHERE id = $1`, id))
}

// MobilesOf returns a driver's records, the newest first.
func (tx *Tx) MobilesOf(ctx context.Context, licenceID string) ([]*mobile.Record, error) {
	return tx.mobiles(ctx, `WHERE licence_id = $1 ORDER BY id DESC`, licenceID)
}

// MobilesInForce counts a driver's records that have not ended by a time.
func (tx *Tx) MobilesInForce(ctx context.Context, licenceID string, now time.Time) (n int, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM mobile WHERE licence_id = $1 AND until > $2 AND status <> 'void'`, licenceID, ms(now)).Scan(&n)
	return n, err
}

// MobileKeyUsed reports whether a key of a batch has the licence already.
func (tx *Tx) MobileKeyUsed(ctx context.Context, key []byte) (used bool, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM mobile WHERE holder = $1 AND batch <> '')`, key).Scan(&used)
	return used, err
}

// IdleMobiles returns prepared records whose lease has ended.
func (tx *Tx) IdleMobiles(ctx context.Context, now time.Time, limit int) ([]*mobile.Record, error) {
	return tx.mobiles(ctx, `WHERE status = 'prepared' AND leased_until <= $1 ORDER BY leased_until LIMIT $2`, ms(now), limit)
}

// TouchedMobiles returns records whose licence or phone changed.
func (tx *Tx) TouchedMobiles(ctx context.Context, limit int) ([]*mobile.Record, error) {
	return tx.mobiles(ctx, `WHERE touched LIMIT $1`, limit)
}

func (tx *Tx) mobiles(ctx context.Context, where string, args ...any) (list []*mobile.Record, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r := &mobile.Record{}
		var written []byte
		var signed, until, mdocPlace, vcPlace, mdocSaid, vcSaid, leased int64
		err := rows.Scan(&r.ID, &r.LicenceID, &r.ElectronicID, &r.DeviceID, &r.RegisterVersionID, &r.PhotoID, &r.PortraitHash, &r.Holder, &r.Encoding,
			&r.SignerID, &r.Issuer, &written, &r.Month, &signed, &until, &mdocPlace, &vcPlace, &r.MDocDigest, &r.VCDigest, &r.MDocSignature, &r.VCSignature,
			&r.Status, &mdocSaid, &vcSaid, &leased, &r.Version, &r.Batch)
		r.SignedAt, r.Until, r.LeasedUntil = at(signed).UTC(), at(until).UTC(), at(leased)
		r.MDocPlace, r.VCPlace = statuslist.Index(mdocPlace), statuslist.Index(vcPlace)
		r.MDocSaid, r.VCSaid = statuslist.Status(mdocSaid), statuslist.Status(vcSaid)
		list, sealed = append(list, r), append(sealed, written)
		return err
	}, `SELECT `+mobileColumns+` FROM mobile `+where, args...)
	for i, r := range list {
		if err != nil {
			break
		}
		err = tx.unseal(ctx, r.LicenceID, mobilePlace(r.ID), sealed[i], &r.Written)
	}
	return list, err
}

// touchMobiles marks what a change of a phone or licence may have made false.
func (tx *Tx) touchMobiles(ctx context.Context, column, id string) error {
	return tx.exec(ctx, `UPDATE mobile SET touched = TRUE WHERE `+column+` = $1`, id)
}

// SettleMobile stores what the lists say and takes the mark away.
func (tx *Tx) SettleMobile(ctx context.Context, id string, mdoc, vc statuslist.Status) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE mobile SET mdoc_said = $2, vc_said = $3 WHERE id = $1 AND (mdoc_said <> $2 OR vc_said <> $3)`, id, int64(mdoc), int64(vc))
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed > 0 {
		err = tx.exec(ctx, `UPDATE mobile_lists SET changes = changes + 1 WHERE id = 'lists'`)
	}
	return errors.Join(err, tx.exec(ctx, `UPDATE mobile SET touched = FALSE WHERE id = $1`, id))
}

// CountMobiles returns how many places were given out.
func (tx *Tx) CountMobiles(ctx context.Context) (n int64, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT given FROM mobile_lists WHERE id = 'lists'`).Scan(&n)
	return n, err
}

// MobileChanges returns a number that is another after every change of the lists.
func (tx *Tx) MobileChanges(ctx context.Context) (n int64, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT changes FROM mobile_lists WHERE id = 'lists'`).Scan(&n)
	return n, err
}

// SaidMobile returns the places of a shard that are not valid, by their index
// in it, and the number of changes at that moment.
func (tx *Tx) SaidMobile(ctx context.Context, form mobile.Form, shard int) (said map[uint64]statuslist.Status, changes int64, err error) {
	if changes, err = tx.MobileChanges(ctx); err != nil {
		return nil, 0, err
	}
	query := `SELECT mdoc_place, mdoc_said FROM mobile WHERE mdoc_said <> 0 AND mdoc_place >= $1 AND mdoc_place < $2`
	if form == mobile.VC {
		query = `SELECT vc_place, vc_said FROM mobile WHERE vc_said <> 0 AND vc_place >= $1 AND vc_place < $2`
	}
	from := int64(shard) << statuslist.ShardBits
	said = map[uint64]statuslist.Status{}
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var place, status int64
		err := rows.Scan(&place, &status)
		said[uint64(place-from)] = statuslist.Status(status)
		return err
	}, query, from, from+1<<statuslist.ShardBits)
	return said, changes, err
}

// MonthSecret returns the secret of a month, storing fresh if there is none
// and fresh is not nil.
func (tx *Tx) MonthSecret(ctx context.Context, month string, fresh []byte) ([]byte, error) {
	place := "mobile_secret.sealed:" + month
	if fresh != nil {
		sealed, err := tx.sealBytes(ctx, Platform, place, fresh)
		if err != nil {
			return nil, err
		}
		if err := tx.exec(ctx, `INSERT INTO mobile_secret (month, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING`, month, sealed); err != nil {
			return nil, err
		}
	}
	var sealed []byte
	if err := tx.q.QueryRowContext(ctx, `SELECT sealed FROM mobile_secret WHERE month = $1`, month).Scan(&sealed); err != nil {
		return nil, one(err)
	}
	return tx.unsealBytes(ctx, Platform, place, sealed)
}
