package store

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"edl/internal/peer"
)

var _ peer.Tx = (*Tx)(nil)

const peerColumns = `id, issuer, name_zh, name_en, bundle_key, ask_keys, status, bundle, sequence, fetched_at, added_at, added_by, version`

const pointSize = 65 // bytes, of a P-256 key uncompressed

// Peers returns the trust list, oldest first.
func (tx *Tx) Peers(ctx context.Context) ([]*peer.Authority, error) {
	return tx.peers(ctx, `ORDER BY id`)
}

// Peer returns one authority of the trust list.
func (tx *Tx) Peer(ctx context.Context, id string) (*peer.Authority, error) {
	return only(tx.peers(ctx, `WHERE id = $1`, id))
}

func (tx *Tx) peers(ctx context.Context, where string, args ...any) (list []*peer.Authority, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		a := &peer.Authority{}
		var ask []byte
		var sequence, fetched, added int64
		err := rows.Scan(&a.ID, &a.Issuer, &a.Name.ZH, &a.Name.EN, &a.BundleKey, &ask, &a.Status, &a.Bundle, &sequence, &fetched, &added, &a.AddedBy, &a.Version)
		for ; len(ask) >= pointSize; ask = ask[pointSize:] {
			a.AskKeys = append(a.AskKeys, ask[:pointSize])
		}
		a.Sequence, a.FetchedAt, a.AddedAt = uint64(sequence), at(fetched), at(added)
		list = append(list, a)
		return err
	}, `SELECT `+peerColumns+` FROM peer_authority `+where, args...)
	return list, err
}

// SavePeer inserts an authority whose Version is 0 and otherwise replaces the
// version it was read from.
func (tx *Tx) SavePeer(ctx context.Context, a *peer.Authority) error {
	a.Version++
	if a.Version == 1 {
		return tx.exec(ctx, `INSERT INTO peer_authority (`+peerColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			a.ID, a.Issuer, a.Name.ZH, a.Name.EN, a.BundleKey, bytes.Join(a.AskKeys, nil), a.Status, filled(a.Bundle), int64(a.Sequence),
			ms(a.FetchedAt), ms(a.AddedAt), a.AddedBy, a.Version)
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE peer_authority SET bundle_key = $3, status = $4, bundle = $5, sequence = $6, fetched_at = $7, version = $2 WHERE id = $1 AND version = $2 - 1`,
		a.ID, a.Version, a.BundleKey, a.Status, filled(a.Bundle), int64(a.Sequence), ms(a.FetchedAt)))
}

// SpendPeerRequest notes a question and forgets old ones; false: it was noted before.
func (tx *Tx) SpendPeerRequest(ctx context.Context, id string, now, forgetBefore time.Time) (fresh bool, err error) {
	if err := tx.exec(ctx, `DELETE FROM peer_request WHERE at < $1`, ms(forgetBefore)); err != nil {
		return false, err
	}
	r, err := tx.q.ExecContext(ctx, `INSERT INTO peer_request (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, ms(now))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}
