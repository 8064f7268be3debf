package store

import (
	"context"
	"database/sql"

	"edl/internal/account"
)

// admins is a transaction in which accounts are those of the administrators of
// relying parties: they lie in a table of their own, and nobody found there is
// a member of staff.
type admins struct{ *Tx }

var _ account.StaffTx = admins{}

// InAdmins is In for the accounts of administrators of relying parties.
func InAdmins(db *DB) func(context.Context, func(account.StaffTx) error) error {
	return func(ctx context.Context, f func(account.StaffTx) error) error {
		return db.Update(ctx, func(tx *Tx) error { return f(admins{tx}) })
	}
}

// ReadAdmins is Read for them.
func ReadAdmins(db *DB) func(context.Context, func(account.StaffTx) error) error {
	return func(ctx context.Context, f func(account.StaffTx) error) error {
		return db.View(ctx, func(tx *Tx) error { return f(admins{tx}) })
	}
}

// Admins are the accounts of administrators of relying parties in this
// transaction.
func (tx *Tx) Admins() account.StaffTx { return admins{tx} }

const adminColumns = `id, party_id, login, status, sealed, totp_step, invite_hash, invite_until, last_seen_at, created_at, version, own_pause`

func adminPlace(id string) string { return "party_admin.sealed:" + id }

func (tx admins) sealAdmin(ctx context.Context, m *account.Member) ([]byte, error) {
	return tx.seal(ctx, m.ID, adminPlace(m.ID), memberSecrets{m.Name, m.Password, m.TOTPSecret})
}

// AddMember stores a new administrator.
func (tx admins) AddMember(ctx context.Context, m *account.Member) error {
	sealed, err := tx.sealAdmin(ctx, m)
	if err != nil {
		return err
	}
	m.Version = 1
	err = tx.exec(ctx, `INSERT INTO party_admin (`+adminColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		m.ID, m.PartyID, m.Login, m.Status, sealed, m.TOTPStep, filled(m.InviteHash), ms(m.InviteUntil), ms(m.LastSeenAt), ms(m.CreatedAt), m.Version, m.OwnPause)
	if violates(err) {
		return account.ErrLoginTaken
	}
	return err
}

// SaveMember stores a changed administrator.
func (tx admins) SaveMember(ctx context.Context, m *account.Member) error {
	sealed, err := tx.sealAdmin(ctx, m)
	if err != nil {
		return err
	}
	m.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE party_admin SET status = $3, sealed = $4, totp_step = $5, invite_hash = $6, invite_until = $7, last_seen_at = $8, own_pause = $9, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		m.ID, m.Version, m.Status, sealed, m.TOTPStep, filled(m.InviteHash), ms(m.InviteUntil), ms(m.LastSeenAt), m.OwnPause))
}

// Member returns an administrator.
func (tx admins) Member(ctx context.Context, id string) (*account.Member, error) {
	return tx.PartyAdmin(ctx, id)
}

// MemberByLogin returns the administrator with a login.
func (tx admins) MemberByLogin(ctx context.Context, login string) (*account.Member, error) {
	return only(tx.partyAdmins(ctx, `WHERE login = $1`, login))
}

// MemberByInvite returns the administrator whom an invitation's hash names.
func (tx admins) MemberByInvite(ctx context.Context, hash []byte) (*account.Member, error) {
	return only(tx.partyAdmins(ctx, `WHERE invite_hash = $1`, hash))
}

// Members returns all administrators, oldest first.
func (tx admins) Members(ctx context.Context) ([]*account.Member, error) {
	return tx.partyAdmins(ctx, `ORDER BY id`)
}

// PartyAdmin returns an administrator of a relying party.
func (tx *Tx) PartyAdmin(ctx context.Context, id string) (*account.Member, error) {
	return only(tx.partyAdmins(ctx, `WHERE id = $1`, id))
}

func (tx *Tx) partyAdmins(ctx context.Context, where string, args ...any) (list []*account.Member, err error) {
	var secrets [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		m := &account.Member{}
		var sealed []byte
		var invite, seen, created int64
		err := rows.Scan(&m.ID, &m.PartyID, &m.Login, &m.Status, &sealed, &m.TOTPStep, &m.InviteHash, &invite, &seen, &created, &m.Version, &m.OwnPause)
		m.InviteUntil, m.LastSeenAt, m.CreatedAt = at(invite), at(seen), at(created)
		list, secrets = append(list, m), append(secrets, sealed)
		return err
	}, `SELECT `+adminColumns+` FROM party_admin `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, m := range list {
		var s memberSecrets
		if err := tx.unseal(ctx, m.ID, adminPlace(m.ID), secrets[i], &s); err != nil {
			return nil, err
		}
		m.Name, m.Password, m.TOTPSecret = s.Name, s.Password, s.TOTPSecret
	}
	return list, nil
}
