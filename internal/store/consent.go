package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/consent"
	"edl/internal/relyingparty"
)

var _ consent.Tx = (*Tx)(nil)

const requestColumns = `id, kind, party_id, terminal_id, operator_id, scenario, created_at, expires_at, status, decided_at, licence_id, check_number, sealed, version`

func askedPlace(id string) string { return "consent_request.sealed:" + id }

// AddConsentRequest stores a request under the hash of its token.
func (tx *Tx) AddConsentRequest(ctx context.Context, token []byte, r *consent.Request) error {
	sealed, err := tx.seal(ctx, r.PartyID, askedPlace(r.ID), r.Record)
	if err != nil {
		return err
	}
	r.Version = 1
	return tx.exec(ctx, `INSERT INTO consent_request (`+requestColumns+`, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r.ID, r.Kind, r.PartyID, r.TerminalID, r.OperatorID, r.Scenario, ms(r.CreatedAt), ms(r.ExpiresAt), r.Status, ms(r.DecidedAt),
		r.LicenceID, r.Check, sealed, r.Version, token)
}

// SaveConsentRequest stores what became of a request.
func (tx *Tx) SaveConsentRequest(ctx context.Context, r *consent.Request) error {
	r.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE consent_request SET status = $3, decided_at = $4, licence_id = $5, check_number = $6, version = $2 WHERE id = $1 AND version = $2 - 1`,
		r.ID, r.Version, r.Status, ms(r.DecidedAt), r.LicenceID, r.Check))
}

// ConsentRequest returns a request.
func (tx *Tx) ConsentRequest(ctx context.Context, id string) (*consent.Request, error) {
	return only(tx.consentRequests(ctx, `WHERE id = $1`, id))
}

// ConsentRequestByToken returns the request whose token has the hash.
func (tx *Tx) ConsentRequestByToken(ctx context.Context, hash []byte) (*consent.Request, error) {
	return only(tx.consentRequests(ctx, `WHERE token = $1`, hash))
}

// ConsentRequestsBy returns what an operator asked since a moment, newest first.
func (tx *Tx) ConsentRequestsBy(ctx context.Context, operatorID string, since time.Time, limit int) ([]*consent.Request, error) {
	return tx.consentRequests(ctx, `WHERE operator_id = $1 AND created_at >= $2 ORDER BY created_at DESC, id DESC LIMIT $3`, operatorID, ms(since), limit)
}

func (tx *Tx) consentRequests(ctx context.Context, where string, args ...any) (list []*consent.Request, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r := &consent.Request{}
		var created, expires, decided int64
		var record []byte
		err := rows.Scan(&r.ID, &r.Kind, &r.PartyID, &r.TerminalID, &r.OperatorID, &r.Scenario, &created, &expires, &r.Status, &decided,
			&r.LicenceID, &r.Check, &record, &r.Version)
		r.CreatedAt, r.ExpiresAt, r.DecidedAt = at(created), at(expires), at(decided)
		list, sealed = append(list, r), append(sealed, record)
		return err
	}, `SELECT `+requestColumns+` FROM consent_request `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		if err := tx.unseal(ctx, r.PartyID, askedPlace(r.ID), sealed[i], &r.Record); err != nil {
			return nil, err
		}
	}
	return list, nil
}

const standingColumns = `id, licence_id, party_id, scenario, given_at, ended_at, ended_by, sealed, version`

func standingPlace(id string) string { return "standing_consent.sealed:" + id }

// policyIndex finds a consent by the insurance policy that it was given for.
func (tx *Tx) policyIndex(policy string) []byte {
	return filled(tx.index("standing_consent.policy", policy))
}

// AddStanding stores a consent; consent.ErrHave if one like it is in force.
func (tx *Tx) AddStanding(ctx context.Context, s *consent.Standing) error {
	sealed, err := tx.seal(ctx, s.LicenceID, standingPlace(s.ID), s.Grant)
	if err != nil {
		return err
	}
	s.Version = 1
	err = tx.exec(ctx, `INSERT INTO standing_consent (`+standingColumns+`, policy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.ID, s.LicenceID, s.PartyID, s.Scenario, ms(s.GivenAt), ms(s.EndedAt), s.EndedBy, sealed, s.Version, tx.policyIndex(s.Grant.Case.PolicyNumber))
	if violates(err) {
		return consent.ErrHave
	}
	if err != nil || !s.Follows() {
		return err
	}
	return tx.addFollowed(ctx, s)
}

// SaveStanding stores the end of a consent, with which following ends.
func (tx *Tx) SaveStanding(ctx context.Context, s *consent.Standing) error {
	if err := tx.dropFollowed(ctx, "id", s.ID); err != nil {
		return err
	}
	s.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE standing_consent SET ended_at = $3, ended_by = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		s.ID, s.Version, ms(s.EndedAt), s.EndedBy))
}

// Standing returns a consent.
func (tx *Tx) Standing(ctx context.Context, id string) (*consent.Standing, error) {
	return only(tx.standings(ctx, `WHERE id = $1`, id))
}

// StandingOf returns a driver's consents, newest first.
func (tx *Tx) StandingOf(ctx context.Context, licenceID string) ([]*consent.Standing, error) {
	return tx.standings(ctx, `WHERE licence_id = $1 ORDER BY given_at DESC, id DESC`, licenceID)
}

// StandingWith returns the consents to a party in force, newest first.
func (tx *Tx) StandingWith(ctx context.Context, partyID, before string, limit int) ([]*consent.Standing, error) {
	if before == "" {
		return tx.standings(ctx, `WHERE party_id = $1 AND ended_at = 0 ORDER BY id DESC LIMIT $2`, partyID, limit)
	}
	return tx.standings(ctx, `WHERE party_id = $1 AND ended_at = 0 AND id < $2 ORDER BY id DESC LIMIT $3`, partyID, before, limit)
}

// Consented reports whether a driver's consent to the party is in force.
func (tx *Tx) Consented(ctx context.Context, licenceID, partyID string, scenario relyingparty.ScenarioID, policy string) (bool, error) {
	var n int
	err := tx.q.QueryRowContext(ctx, `
		SELECT count(*) FROM standing_consent WHERE licence_id = $1 AND party_id = $2 AND scenario = $3 AND policy = $4 AND ended_at = 0`,
		licenceID, partyID, scenario, tx.policyIndex(policy)).Scan(&n)
	return n > 0, err
}

// EndStandings withdraws every consent of a driver.
func (tx *Tx) EndStandings(ctx context.Context, licenceID string, now time.Time) error {
	if err := tx.dropFollowed(ctx, "licence_id", licenceID); err != nil {
		return err
	}
	return tx.exec(ctx, `UPDATE standing_consent SET ended_at = $2, ended_by = 'driver', version = version + 1 WHERE licence_id = $1 AND ended_at = 0`, licenceID, ms(now))
}

func (tx *Tx) standings(ctx context.Context, where string, args ...any) (list []*consent.Standing, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		s := &consent.Standing{}
		var given, ended int64
		var grant []byte
		err := rows.Scan(&s.ID, &s.LicenceID, &s.PartyID, &s.Scenario, &given, &ended, &s.EndedBy, &grant, &s.Version)
		s.GivenAt, s.EndedAt = at(given), at(ended)
		list, sealed = append(list, s), append(sealed, grant)
		return err
	}, `SELECT `+standingColumns+` FROM standing_consent `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, s := range list {
		if err := tx.unseal(ctx, s.LicenceID, standingPlace(s.ID), sealed[i], &s.Grant); err != nil {
			return nil, err
		}
	}
	return list, nil
}
