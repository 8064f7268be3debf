package store

import (
	"context"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/identity"
)

var _ account.SessionTx = (*Tx)(nil)

// AddSession stores a new session under the hash of its token.
func (tx *Tx) AddSession(ctx context.Context, tokenHash []byte, s *account.Session) error {
	phone, err := tx.sealSessionPhone(ctx, s)
	if err != nil {
		return err
	}
	s.Version = 1
	return tx.exec(ctx, `
		INSERT INTO session (id, token, population, level, phone, licence_id, device_id, staff_id, roles,
			party_id, terminal_id, operator_id, must_change, challenge, created_at, seen_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		s.ID, tokenHash, s.Population, s.Level, phone, s.LicenceID, s.DeviceID, s.StaffID, joinRoles(s.Roles),
		s.PartyID, s.TerminalID, s.OperatorID, s.MustChange, s.Challenge, ms(s.CreatedAt), ms(s.SeenAt), s.Version)
}

// SessionByToken returns the session of a token's hash.
func (tx *Tx) SessionByToken(ctx context.Context, tokenHash []byte) (*account.Session, error) {
	if s := tx.knownSession(tokenHash); s != nil {
		return s, nil
	}
	s := &account.Session{}
	var roles string
	var phone []byte
	var created, seen int64
	err := tx.q.QueryRowContext(ctx, `
		SELECT id, population, level, phone, licence_id, device_id, staff_id, roles, party_id, terminal_id, operator_id,
			must_change, challenge, created_at, seen_at, version
		FROM session WHERE token = $1`, tokenHash).
		Scan(&s.ID, &s.Population, &s.Level, &phone, &s.LicenceID, &s.DeviceID, &s.StaffID, &roles, &s.PartyID,
			&s.TerminalID, &s.OperatorID, &s.MustChange, &s.Challenge, &created, &seen, &s.Version)
	if err != nil {
		return nil, one(err)
	}
	s.CreatedAt, s.SeenAt, s.Roles = at(created), at(seen), splitRoles(roles)
	if len(phone) > 0 {
		var number string
		if err := tx.unseal(ctx, Platform, "session.phone:"+s.ID, phone, &number); err != nil {
			return nil, err
		}
		s.Phone = identity.Phone(number)
	}
	tx.keepSession(tokenHash, *s)
	return s, nil
}

// SaveSession stores a changed session.
func (tx *Tx) SaveSession(ctx context.Context, s *account.Session) error {
	phone, err := tx.sealSessionPhone(ctx, s)
	if err != nil {
		return err
	}
	s.Version++
	tx.changesSessions(sessionIs(s.ID))
	return saved(tx.q.ExecContext(ctx, `
		UPDATE session SET level = $3, phone = $4, licence_id = $5, device_id = $6, must_change = $7, challenge = $8, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		s.ID, s.Version, s.Level, phone, s.LicenceID, s.DeviceID, s.MustChange, s.Challenge))
}

// TouchSession records that the session was used.
func (tx *Tx) TouchSession(ctx context.Context, id string, now time.Time) error {
	tx.changesSessions(sessionIs(id))
	return tx.exec(ctx, `UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, id, ms(now))
}

// EndSession removes a session.
func (tx *Tx) EndSession(ctx context.Context, id string) error {
	tx.changesSessions(sessionIs(id))
	return tx.exec(ctx, `DELETE FROM session WHERE id = $1`, id)
}

func sessionIs(id string) func(account.Session) bool {
	return func(s account.Session) bool { return s.ID == id }
}

// EndSessions removes every session of a device, a member of staff, a terminal
// or an operator, whichever has this identifier.
func (tx *Tx) EndSessions(ctx context.Context, owner string) error {
	tx.changesSessions(func(s account.Session) bool {
		return owner == s.DeviceID || owner == s.StaffID || owner == s.TerminalID || owner == s.OperatorID
	})
	return tx.exec(ctx, `DELETE FROM session WHERE device_id = $1 OR staff_id = $1 OR terminal_id = $1 OR operator_id = $1`, owner)
}

func (tx *Tx) sealSessionPhone(ctx context.Context, s *account.Session) ([]byte, error) {
	if s.Phone == "" {
		return []byte{}, nil
	}
	return tx.seal(ctx, Platform, "session.phone:"+s.ID, string(s.Phone))
}

func joinRoles(roles []account.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}

func splitRoles(joined string) (roles []account.Role) {
	for name := range strings.SplitSeq(joined, ",") {
		if name != "" {
			roles = append(roles, account.Role(name))
		}
	}
	return roles
}
