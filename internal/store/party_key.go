package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/httpsig"
	"edl/internal/relyingparty"
)

const keyColumns = `id, party_id, number, name, public_key, scenarios, status, own_pause, created_at, expires_at, last_used_at, version`

// Keys returns the keys of a party, oldest first.
func (tx *Tx) Keys(ctx context.Context, partyID string) ([]*relyingparty.Key, error) {
	return tx.keys(ctx, `WHERE party_id = $1 ORDER BY id`, partyID)
}

// Key returns one key.
func (tx *Tx) Key(ctx context.Context, id string) (*relyingparty.Key, error) {
	return only(tx.keys(ctx, `WHERE id = $1`, id))
}

func (tx *Tx) keys(ctx context.Context, where string, args ...any) (list []*relyingparty.Key, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		k := &relyingparty.Key{}
		var public []byte
		var scenarios string
		var created, expires, used int64
		err := rows.Scan(&k.ID, &k.PartyID, &k.Number, &k.Name, &public, &scenarios, &k.Status, &k.OwnPause, &created, &expires, &used, &k.Version)
		if err != nil {
			return err
		}
		k.Scenarios, k.CreatedAt, k.ExpiresAt, k.LastUsedAt = splitScenarios(scenarios), at(created), at(expires), at(used)
		k.Public, err = httpsig.ParseKeyDER(public)
		list = append(list, k)
		return err
	}, `SELECT `+keyColumns+` FROM party_key `+where, args...)
	return list, err
}

// AddKey stores a new key.
func (tx *Tx) AddKey(ctx context.Context, k *relyingparty.Key) error {
	k.Version = 1
	err := tx.exec(ctx, `INSERT INTO party_key (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		k.ID, k.PartyID, k.Number, k.Name, k.Public.DER(), joinScenarios(k.Scenarios), k.Status, k.OwnPause, ms(k.CreatedAt), ms(k.ExpiresAt), ms(k.LastUsedAt), k.Version)
	if violates(err) {
		return relyingparty.ErrKeyHere
	}
	return err
}

// SaveKey stores a changed key.
func (tx *Tx) SaveKey(ctx context.Context, k *relyingparty.Key) error {
	k.Version++
	tx.changesDesks()
	return saved(tx.q.ExecContext(ctx, `UPDATE party_key SET status = $3, own_pause = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		k.ID, k.Version, k.Status, k.OwnPause))
}

// TouchKey records that a key was used.
func (tx *Tx) TouchKey(ctx context.Context, id string, now time.Time) error {
	return tx.exec(ctx, `UPDATE party_key SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2`, id, ms(now))
}

// deskOfKey returns the desk at which a key asks.
func (tx *Tx) deskOfKey(ctx context.Context, key deskKey) (*relyingparty.Desk, error) {
	k, err := tx.Key(ctx, key.terminalID)
	if err != nil {
		return nil, err
	}
	p := relyingparty.Party{}
	var scenarios string
	err = tx.q.QueryRowContext(ctx, `SELECT id, name, kind, scenarios, status FROM party WHERE id = $1`, k.PartyID).
		Scan(&p.ID, &p.Name, &p.Kind, &scenarios, &p.Status)
	if err != nil {
		return nil, one(err)
	}
	p.Scenarios = splitScenarios(scenarios)
	d := relyingparty.DeskOf(p, k)
	tx.keepDesk(key, d)
	return d, nil
}
