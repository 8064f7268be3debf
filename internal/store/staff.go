package store

import (
	"context"
	"database/sql"

	"edl/internal/account"
)

var _ account.StaffTx = (*Tx)(nil)

// memberSecrets is the sealed part of a member of staff.
type memberSecrets struct {
	Name, Password, TOTPSecret string
}

const memberColumns = `id, login, number, roles, status, sealed, totp_step, invite_hash, invite_until, last_seen_at, created_at, version`

// AddMember stores a new member of staff.
func (tx *Tx) AddMember(ctx context.Context, m *account.Member) error {
	sealed, err := tx.sealMember(ctx, m)
	if err != nil {
		return err
	}
	m.Version = 1
	err = tx.exec(ctx, `INSERT INTO member (`+memberColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		m.ID, m.Login, m.Number, joinRoles(m.Roles), m.Status, sealed, m.TOTPStep, filled(m.InviteHash), ms(m.InviteUntil), ms(m.LastSeenAt), ms(m.CreatedAt), m.Version)
	if violates(err) {
		return account.ErrLoginTaken
	}
	return err
}

func (tx *Tx) sealMember(ctx context.Context, m *account.Member) ([]byte, error) {
	return tx.seal(ctx, m.ID, "member.sealed:"+m.ID, memberSecrets{m.Name, m.Password, m.TOTPSecret})
}

// SaveMember stores a changed member of staff.
func (tx *Tx) SaveMember(ctx context.Context, m *account.Member) error {
	sealed, err := tx.sealMember(ctx, m)
	if err != nil {
		return err
	}
	m.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE member SET number = $3, roles = $4, status = $5, sealed = $6, totp_step = $7, invite_hash = $8, invite_until = $9, last_seen_at = $10, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		m.ID, m.Version, m.Number, joinRoles(m.Roles), m.Status, sealed, m.TOTPStep, filled(m.InviteHash), ms(m.InviteUntil), ms(m.LastSeenAt)))
}

// Member returns a member of staff.
func (tx *Tx) Member(ctx context.Context, id string) (*account.Member, error) {
	return tx.member(ctx, `WHERE id = $1`, id)
}

// MemberByLogin returns the member with a login.
func (tx *Tx) MemberByLogin(ctx context.Context, login string) (*account.Member, error) {
	return tx.member(ctx, `WHERE login = $1`, login)
}

// MemberByInvite returns the member whom an invitation's hash names.
func (tx *Tx) MemberByInvite(ctx context.Context, hash []byte) (*account.Member, error) {
	return tx.member(ctx, `WHERE invite_hash = $1`, hash)
}

// Members returns all members of staff, oldest first.
func (tx *Tx) Members(ctx context.Context) ([]*account.Member, error) {
	return tx.members(ctx, `ORDER BY id`)
}

func (tx *Tx) member(ctx context.Context, where string, arg any) (*account.Member, error) {
	list, err := tx.members(ctx, where, arg)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

func (tx *Tx) members(ctx context.Context, where string, args ...any) (list []*account.Member, err error) {
	var secrets [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		m := &account.Member{}
		var roles string
		var sealed []byte
		var invite, seen, created int64
		err := rows.Scan(&m.ID, &m.Login, &m.Number, &roles, &m.Status, &sealed, &m.TOTPStep, &m.InviteHash, &invite, &seen, &created, &m.Version)
		m.Roles, m.InviteUntil, m.LastSeenAt, m.CreatedAt = splitRoles(roles), at(invite), at(seen), at(created)
		list, secrets = append(list, m), append(secrets, sealed)
		return err
	}, `SELECT `+memberColumns+` FROM member `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, m := range list {
		var s memberSecrets
		if err := tx.unseal(ctx, m.ID, "member.sealed:"+m.ID, secrets[i], &s); err != nil {
			return nil, err
		}
		m.Name, m.Password, m.TOTPSecret = s.Name, s.Password, s.TOTPSecret
	}
	return list, nil
}

// filled is a byte string that is never NULL.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
