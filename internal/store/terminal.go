package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/relyingparty"
	"edl/internal/uid"
)

const terminalColumns = `id, party_id, number, name, place, public_key, status, enrolled_at, last_seen_at, version, own_pause`

// Terminals returns the terminals of a party, or of all, oldest first.
func (tx *Tx) Terminals(ctx context.Context, partyID string) ([]*relyingparty.Terminal, error) {
	if partyID == "" {
		return tx.terminals(ctx, `ORDER BY id`)
	}
	return tx.terminals(ctx, `WHERE party_id = $1 ORDER BY id`, partyID)
}

// Terminal returns one terminal.
func (tx *Tx) Terminal(ctx context.Context, id string) (*relyingparty.Terminal, error) {
	return only(tx.terminals(ctx, `WHERE id = $1`, id))
}

func (tx *Tx) terminals(ctx context.Context, where string, args ...any) (list []*relyingparty.Terminal, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		t := &relyingparty.Terminal{}
		var enrolled, seen int64
		err := rows.Scan(&t.ID, &t.PartyID, &t.Number, &t.Name, &t.Place, &t.PublicKey, &t.Status, &enrolled, &seen, &t.Version, &t.OwnPause)
		t.EnrolledAt, t.LastSeenAt = at(enrolled), at(seen)
		list = append(list, t)
		return err
	}, `SELECT `+terminalColumns+` FROM terminal `+where, args...)
	return list, err
}

// AddTerminal stores a new terminal.
func (tx *Tx) AddTerminal(ctx context.Context, t *relyingparty.Terminal) error {
	t.Version = 1
	return tx.exec(ctx, `INSERT INTO terminal (`+terminalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, t.PartyID, t.Number, t.Name, t.Place, t.PublicKey, t.Status, ms(t.EnrolledAt), ms(t.LastSeenAt), t.Version, t.OwnPause)
}

// SaveTerminal stores a changed terminal.
func (tx *Tx) SaveTerminal(ctx context.Context, t *relyingparty.Terminal) error {
	t.Version++
	tx.changesDesks()
	return saved(tx.q.ExecContext(ctx, `
		UPDATE terminal SET name = $3, place = $4, status = $5, last_seen_at = $6, own_pause = $7, version = $2 WHERE id = $1 AND version = $2 - 1`,
		t.ID, t.Version, t.Name, t.Place, t.Status, ms(t.LastSeenAt), t.OwnPause))
}

const operatorColumns = `id, party_id, number, sealed, must_change, tries, locked_until, status, created_at, last_seen_at, version, hours, own_pause`

// operatorSecrets is the sealed part of an operator.
type operatorSecrets struct{ Name, PIN string }

func operatorPlace(id string) string { return "operator.sealed:" + id }

// Operators returns the operators of a party, oldest first.
func (tx *Tx) Operators(ctx context.Context, partyID string) ([]*relyingparty.Operator, error) {
	return tx.operators(ctx, `WHERE party_id = $1 ORDER BY id`, partyID)
}

// Operator returns one operator.
func (tx *Tx) Operator(ctx context.Context, id string) (*relyingparty.Operator, error) {
	return only(tx.operators(ctx, `WHERE id = $1`, id))
}

// OperatorByNumber returns the operator of a party with a number.
func (tx *Tx) OperatorByNumber(ctx context.Context, partyID, number string) (*relyingparty.Operator, error) {
	return only(tx.operators(ctx, `WHERE party_id = $1 AND number = $2`, partyID, number))
}

func (tx *Tx) operators(ctx context.Context, where string, args ...any) (list []*relyingparty.Operator, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		o := &relyingparty.Operator{}
		var secrets []byte
		var locked, created, seen int64
		err := rows.Scan(&o.ID, &o.PartyID, &o.Number, &secrets, &o.MustChange, &o.Tries, &locked, &o.Status, &created, &seen, &o.Version, &o.Hours, &o.OwnPause)
		o.LockedUntil, o.CreatedAt, o.LastSeenAt = at(locked), at(created), at(seen)
		list, sealed = append(list, o), append(sealed, secrets)
		return err
	}, `SELECT `+operatorColumns+` FROM operator `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, o := range list {
		var s operatorSecrets
		if err := tx.unseal(ctx, o.ID, operatorPlace(o.ID), sealed[i], &s); err != nil {
			return nil, err
		}
		o.Name, o.PIN = s.Name, s.PIN
	}
	return list, nil
}

// AddOperator stores a new operator.
func (tx *Tx) AddOperator(ctx context.Context, o *relyingparty.Operator) error {
	sealed, err := tx.seal(ctx, o.ID, operatorPlace(o.ID), operatorSecrets{o.Name, o.PIN})
	if err != nil {
		return err
	}
	o.Version = 1
	err = tx.exec(ctx, `INSERT INTO operator (`+operatorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		o.ID, o.PartyID, o.Number, sealed, o.MustChange, o.Tries, ms(o.LockedUntil), o.Status, ms(o.CreatedAt), ms(o.LastSeenAt), o.Version, o.Hours, o.OwnPause)
	if violates(err) {
		return relyingparty.ErrOperatorHere
	}
	return err
}

// SaveOperator stores a changed operator.
func (tx *Tx) SaveOperator(ctx context.Context, o *relyingparty.Operator) error {
	sealed, err := tx.seal(ctx, o.ID, operatorPlace(o.ID), operatorSecrets{o.Name, o.PIN})
	if err != nil {
		return err
	}
	o.Version++
	tx.changesDesks()
	return saved(tx.q.ExecContext(ctx, `
		UPDATE operator SET sealed = $3, must_change = $4, tries = $5, locked_until = $6, status = $7, last_seen_at = $8, hours = $9, own_pause = $10, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		o.ID, o.Version, sealed, o.MustChange, o.Tries, ms(o.LockedUntil), o.Status, ms(o.LastSeenAt), o.Hours, o.OwnPause))
}

const enrolmentCodeColumns = `id, party_id, created_at, expires_at, used_at, terminal_id`

// AddEnrolmentCode stores a code under its hash.
func (tx *Tx) AddEnrolmentCode(ctx context.Context, hash []byte, c *relyingparty.EnrolmentCode) error {
	return tx.exec(ctx, `INSERT INTO enrolment_code (`+enrolmentCodeColumns+`, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.ID, c.PartyID, ms(c.CreatedAt), ms(c.ExpiresAt), ms(c.UsedAt), c.TerminalID, hash)
}

// EnrolmentCode returns the code of a hash.
func (tx *Tx) EnrolmentCode(ctx context.Context, hash []byte) (*relyingparty.EnrolmentCode, error) {
	return only(tx.enrolmentCodes(ctx, `WHERE hash = $1`, hash))
}

// EnrolmentCodes returns the codes of a party, newest first.
func (tx *Tx) EnrolmentCodes(ctx context.Context, partyID string) ([]*relyingparty.EnrolmentCode, error) {
	return tx.enrolmentCodes(ctx, `WHERE party_id = $1 ORDER BY id DESC LIMIT 200`, partyID)
}

func (tx *Tx) enrolmentCodes(ctx context.Context, where string, arg any) (list []*relyingparty.EnrolmentCode, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &relyingparty.EnrolmentCode{}
		var created, expires, used int64
		err := rows.Scan(&c.ID, &c.PartyID, &created, &expires, &used, &c.TerminalID)
		c.CreatedAt, c.ExpiresAt, c.UsedAt = at(created), at(expires), at(used)
		list = append(list, c)
		return err
	}, `SELECT `+enrolmentCodeColumns+` FROM enrolment_code `+where, arg)
	return list, err
}

// SpendEnrolmentCode records whom an unused code enrolled.
func (tx *Tx) SpendEnrolmentCode(ctx context.Context, id, terminalID string, now time.Time) error {
	return saved(tx.q.ExecContext(ctx, `UPDATE enrolment_code SET used_at = $2, terminal_id = $3 WHERE id = $1 AND used_at = 0`,
		id, ms(now), terminalID))
}

// SpendChallenge records that a challenge was answered; false if it was before.
func (tx *Tx) SpendChallenge(ctx context.Context, challenge string, now, forget time.Time) (bool, error) {
	if err := tx.exec(ctx, `DELETE FROM spent_challenge WHERE at < $1`, ms(forget)); err != nil {
		return false, err
	}
	r, err := tx.q.ExecContext(ctx, `INSERT INTO spent_challenge (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`,
		uid.Hash(challenge), ms(now))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}
