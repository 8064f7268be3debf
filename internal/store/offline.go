package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/offline"
	"edl/statuslist"
)

var _ offline.Tx = (*Tx)(nil)

const handleColumns = `serial, place, device_id, licence_id, expires_at, status`

// Handle returns the handle of a serial.
func (tx *Tx) Handle(ctx context.Context, serial []byte) (*offline.Handle, error) {
	return only(tx.handles(ctx, `WHERE serial = $1`, serial))
}

// LicenceOfPart returns the licence of an issuer part that has not ended, by its serial.
func (tx *Tx) LicenceOfPart(ctx context.Context, serial []byte) (string, error) {
	h, err := tx.Handle(ctx, serial)
	if err != nil {
		return "", err
	}
	return h.LicenceID, nil
}

// TouchedHandles returns handles whose phone or licence changed.
func (tx *Tx) TouchedHandles(ctx context.Context, limit int) ([]*offline.Handle, error) {
	return tx.handles(ctx, `WHERE touched LIMIT $1`, limit)
}

// LapsedHandles returns handles whose parts ended before a time.
func (tx *Tx) LapsedHandles(ctx context.Context, before time.Time, limit int) ([]*offline.Handle, error) {
	return tx.handles(ctx, `WHERE expires_at < $1 LIMIT $2`, ms(before), limit)
}

func (tx *Tx) handles(ctx context.Context, where string, args ...any) (list []*offline.Handle, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		h := &offline.Handle{}
		var place, expires, status int64
		err := rows.Scan(&h.Serial, &place, &h.DeviceID, &h.LicenceID, &expires, &status)
		h.Place, h.ExpiresAt, h.Status = statuslist.Index(place), at(expires), statuslist.Status(status)
		list = append(list, h)
		return err
	}, `SELECT `+handleColumns+` FROM code_handle `+where, args...)
	return list, err
}

// AddHandle stores a new handle; false: its place is taken.
func (tx *Tx) AddHandle(ctx context.Context, h *offline.Handle) (free bool, err error) {
	r, err := tx.q.ExecContext(ctx, `INSERT INTO code_handle (`+handleColumns+`, touched) VALUES ($1, $2, $3, $4, $5, $6, FALSE) ON CONFLICT (place) DO NOTHING`,
		h.Serial, int64(h.Place), h.DeviceID, h.LicenceID, ms(h.ExpiresAt), int64(h.Status))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// ExtendHandle stores the end of the newest part.
func (tx *Tx) ExtendHandle(ctx context.Context, serial []byte, until time.Time) error {
	return tx.exec(ctx, `UPDATE code_handle SET expires_at = $2 WHERE serial = $1`, serial, ms(until))
}

// SettleHandle stores a status and takes the touch away.
func (tx *Tx) SettleHandle(ctx context.Context, serial []byte, status statuslist.Status) error {
	return tx.exec(ctx, `UPDATE code_handle SET status = $2, touched = FALSE WHERE serial = $1`, serial, int64(status))
}

// DropHandle frees a place.
func (tx *Tx) DropHandle(ctx context.Context, serial []byte) error {
	return tx.exec(ctx, `DELETE FROM code_handle WHERE serial = $1`, serial)
}

// touchHandles marks what a change of a phone or licence may have made false.
func (tx *Tx) touchHandles(ctx context.Context, column, id string) error {
	return tx.exec(ctx, `UPDATE code_handle SET touched = TRUE WHERE `+column+` = $1`, id)
}

// SaidIn returns the places of a shard that are not good, by their index in it.
func (tx *Tx) SaidIn(ctx context.Context, shard int) (map[uint64]statuslist.Status, error) {
	from := int64(shard) << statuslist.ShardBits
	said := map[uint64]statuslist.Status{}
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var place, status int64
		err := rows.Scan(&place, &status)
		said[uint64(place-from)] = statuslist.Status(status)
		return err
	}, `SELECT place, status FROM code_handle WHERE status <> 0 AND place >= $1 AND place < $2`, from, from+1<<statuslist.ShardBits)
	return said, err
}

// Shards returns the status lists in order.
func (tx *Tx) Shards(ctx context.Context) (list []*offline.Shard, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		s := &offline.Shard{}
		err := rows.Scan(&s.Number, &s.Token, &s.KeyID, &s.Stale, &s.Signed)
		list = append(list, s)
		return err
	}, `SELECT shard, token, key_id, stale, signed FROM status_shard ORDER BY shard`)
	return list, err
}

// AddShard adds a list that is to be signed.
func (tx *Tx) AddShard(ctx context.Context, number int) error {
	err := tx.exec(ctx, `INSERT INTO status_shard (shard, token, key_id, stale, signed) VALUES ($1, $2, '', 1, 0)`, number, []byte{})
	if violates(err) {
		return errRaced
	}
	return err
}

// TouchShard says that a list's token no longer holds.
func (tx *Tx) TouchShard(ctx context.Context, number int) error {
	return tx.exec(ctx, `UPDATE status_shard SET stale = stale + 1 WHERE shard = $1`, number)
}

// SaveShard stores a token, or returns ErrStale where a later one is there.
func (tx *Tx) SaveShard(ctx context.Context, s *offline.Shard) error {
	return saved(tx.q.ExecContext(ctx, `UPDATE status_shard SET token = $2, key_id = $3, signed = $4 WHERE shard = $1 AND signed <= $4`,
		s.Number, s.Token, s.KeyID, s.Signed))
}

// Bundle returns the newest bundle.
func (tx *Tx) Bundle(ctx context.Context) (*offline.Published, error) {
	b := &offline.Published{}
	var sequence, issued int64
	err := tx.q.QueryRowContext(ctx, `SELECT sequence, issued_at, content, signed FROM bundle WHERE id = 'bundle'`).Scan(&sequence, &issued, &b.Content, &b.Signed)
	b.Sequence, b.IssuedAt = uint64(sequence), at(issued)
	return b, one(err)
}

// SaveBundle replaces the bundle of the sequence before, 0 for none, or returns
// ErrStale.
func (tx *Tx) SaveBundle(ctx context.Context, b *offline.Published, before uint64) error {
	if before == 0 {
		err := tx.exec(ctx, `INSERT INTO bundle (id, sequence, issued_at, content, signed) VALUES ('bundle', $1, $2, $3, $4)`,
			int64(b.Sequence), ms(b.IssuedAt), b.Content, b.Signed)
		if violates(err) {
			return ErrStale
		}
		return err
	}
	return saved(tx.q.ExecContext(ctx, `UPDATE bundle SET sequence = $1, issued_at = $2, content = $3, signed = $4 WHERE id = 'bundle' AND sequence = $5`,
		int64(b.Sequence), ms(b.IssuedAt), b.Content, b.Signed, int64(before)))
}
