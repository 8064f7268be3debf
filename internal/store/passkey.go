package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/go-webauthn/webauthn/webauthn"

	"edl/internal/account"
	"edl/internal/uid"
)

var _ account.PasskeyTx = (*Tx)(nil)

// AddCeremony stores a ceremony under its challenge.
func (tx *Tx) AddCeremony(ctx context.Context, challenge string, c account.Ceremony) error {
	session, err := json.Marshal(c.Session)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO ceremony (challenge, population, owner, session, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		uid.Hash(challenge), c.Owner.Population, c.Owner.ID, string(session), ms(c.ExpiresAt))
}

// SpendCeremony returns a ceremony and ends it.
func (tx *Tx) SpendCeremony(ctx context.Context, challenge string) (c account.Ceremony, err error) {
	var session string
	var expires int64
	err = tx.q.QueryRowContext(ctx, `DELETE FROM ceremony WHERE challenge = $1 RETURNING population, owner, session, expires_at`, uid.Hash(challenge)).
		Scan(&c.Owner.Population, &c.Owner.ID, &session, &expires)
	if err != nil {
		return c, one(err)
	}
	c.ExpiresAt = at(expires)
	return c, json.Unmarshal([]byte(session), &c.Session)
}

// passkeyBody is the sealed part of a passkey.
type passkeyBody struct {
	Name       string
	Credential webauthn.Credential
}

func (tx *Tx) sealPasskey(ctx context.Context, p *account.Passkey) ([]byte, error) {
	return tx.seal(ctx, p.Owner.ID, "passkey.sealed:"+p.ID, passkeyBody{p.Name, p.Credential})
}

// AddPasskey stores a new passkey.
func (tx *Tx) AddPasskey(ctx context.Context, p *account.Passkey) error {
	sealed, err := tx.sealPasskey(ctx, p)
	if err != nil {
		return err
	}
	p.Version = 1
	return tx.exec(ctx, `INSERT INTO passkey (id, population, owner, sealed, created_at, used_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.ID, p.Owner.Population, p.Owner.ID, sealed, ms(p.CreatedAt), ms(p.UsedAt), p.Version)
}

// SavePasskey stores a passkey's counter and use.
func (tx *Tx) SavePasskey(ctx context.Context, p *account.Passkey) error {
	sealed, err := tx.sealPasskey(ctx, p)
	if err != nil {
		return err
	}
	p.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE passkey SET sealed = $3, used_at = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		p.ID, p.Version, sealed, ms(p.UsedAt)))
}

// Passkeys returns the passkeys of an owner, oldest first.
func (tx *Tx) Passkeys(ctx context.Context, o account.Owner) (list []*account.Passkey, err error) {
	var bodies [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		p := &account.Passkey{Owner: o}
		var body []byte
		var created, used int64
		err := rows.Scan(&p.ID, &body, &created, &used, &p.Version)
		p.CreatedAt, p.UsedAt = at(created), at(used)
		list, bodies = append(list, p), append(bodies, body)
		return err
	}, `SELECT id, sealed, created_at, used_at, version FROM passkey WHERE population = $1 AND owner = $2 ORDER BY created_at`, o.Population, o.ID)
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		var b passkeyBody
		if err := tx.unseal(ctx, o.ID, "passkey.sealed:"+p.ID, bodies[i], &b); err != nil {
			return nil, err
		}
		p.Name, p.Credential = b.Name, b.Credential
	}
	return list, nil
}

// DeletePasskey ends a passkey of an owner.
func (tx *Tx) DeletePasskey(ctx context.Context, o account.Owner, id string) error {
	var gone string
	return one(tx.q.QueryRowContext(ctx, `DELETE FROM passkey WHERE id = $1 AND population = $2 AND owner = $3 RETURNING id`, id, o.Population, o.ID).Scan(&gone))
}
