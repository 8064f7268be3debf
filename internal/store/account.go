package store

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"edl/internal/account"
	"edl/internal/identity"
)

var _ account.DriverTx = (*Tx)(nil)

// phoneIndex finds codes and requests by a number; the empty number has an
// empty index, which no look-up asks for.
func (tx *Tx) phoneIndex(phone identity.Phone) []byte {
	if phone == "" {
		return []byte{}
	}
	return tx.index("account.phone", string(phone))
}

// CodesSince returns the codes that were sent to a number, newest first.
func (tx *Tx) CodesSince(ctx context.Context, phone identity.Phone, since time.Time) (list []account.Sent, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var s account.Sent
		var when int64
		err := rows.Scan(&when, &s.Purpose)
		s.At = at(when)
		list = append(list, s)
		return err
	}, `SELECT at, purpose FROM code WHERE phone_index = $1 AND at > $2 ORDER BY at DESC`, tx.phoneIndex(phone), ms(since))
	return list, err
}

// codeVerifier is a keyed hash: six digits are guessed at once from a plain one.
func (tx *Tx) codeVerifier(id, secret string) []byte {
	return tx.db.vault.Index("code.verifier", id+"/"+secret)
}

// AddCode stores a code, its secret as a keyed hash.
func (tx *Tx) AddCode(ctx context.Context, c *account.Code) error {
	c.Version = 1
	return tx.exec(ctx, `
		INSERT INTO code (id, purpose, phone_index, session_id, licence_id, verifier, tries, at, expires_at, used_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Purpose, tx.phoneIndex(c.Phone), c.SessionID, c.LicenceID, tx.codeVerifier(c.ID, c.Secret),
		c.Tries, ms(c.At), ms(c.ExpiresAt), ms(c.UsedAt), c.Version)
}

// NewestCode returns the newest code sent to a number for a purpose.
func (tx *Tx) NewestCode(ctx context.Context, p account.Purpose, phone identity.Phone) (*account.Code, error) {
	return tx.code(ctx, `WHERE purpose = $1 AND phone_index = $2 ORDER BY at DESC LIMIT 1`, p, tx.phoneIndex(phone))
}

// CodeByID returns a code.
func (tx *Tx) CodeByID(ctx context.Context, id string) (*account.Code, error) {
	return tx.code(ctx, `WHERE id = $1`, id)
}

func (tx *Tx) code(ctx context.Context, where string, args ...any) (*account.Code, error) {
	c := &account.Code{}
	var when, expires, used int64
	err := tx.q.QueryRowContext(ctx, `SELECT id, purpose, session_id, licence_id, tries, at, expires_at, used_at, version FROM code `+where, args...).
		Scan(&c.ID, &c.Purpose, &c.SessionID, &c.LicenceID, &c.Tries, &when, &expires, &used, &c.Version)
	c.At, c.ExpiresAt, c.UsedAt = at(when), at(expires), at(used)
	return c, one(err)
}

// CodeMatches reports whether secret is the code's.
func (tx *Tx) CodeMatches(ctx context.Context, c *account.Code, secret string) (bool, error) {
	var verifier []byte
	if err := tx.q.QueryRowContext(ctx, `SELECT verifier FROM code WHERE id = $1`, c.ID).Scan(&verifier); err != nil {
		return false, one(err)
	}
	return bytes.Equal(verifier, tx.codeVerifier(c.ID, secret)), nil
}

// SaveCode stores the tries and the use of a code.
func (tx *Tx) SaveCode(ctx context.Context, c *account.Code) error {
	c.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE code SET tries = $3, used_at = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		c.ID, c.Version, c.Tries, ms(c.UsedAt)))
}

// requestBody is the sealed part of a request.
type requestBody struct {
	Phone  identity.Phone
	Device account.Device
}

// AddRequest stores a new phone's request.
func (tx *Tx) AddRequest(ctx context.Context, r *account.Request) error {
	sealed, err := tx.sealRequest(ctx, r)
	if err != nil {
		return err
	}
	r.Version = 1
	return tx.exec(ctx, `
		INSERT INTO device_request (id, session_id, phone_index, sealed, match, at, answer, taken, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.SessionID, tx.phoneIndex(r.Phone), sealed, r.Match, ms(r.At), r.Answer, r.Taken, r.Version)
}

func (tx *Tx) sealRequest(ctx context.Context, r *account.Request) ([]byte, error) {
	return tx.seal(ctx, Platform, "device_request.sealed:"+r.ID, requestBody{r.Phone, r.Device})
}

// Request returns a new phone's request.
func (tx *Tx) Request(ctx context.Context, id string) (*account.Request, error) {
	list, err := tx.requests(ctx, `WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// RequestsOf returns the unanswered requests of phones that signed in with a
// number, made after since.
func (tx *Tx) RequestsOf(ctx context.Context, phone identity.Phone, since time.Time) ([]*account.Request, error) {
	return tx.requests(ctx, `WHERE phone_index = $1 AND at > $2 AND answer = 'waiting' ORDER BY id`, tx.phoneIndex(phone), ms(since))
}

func (tx *Tx) requests(ctx context.Context, where string, args ...any) (list []*account.Request, err error) {
	var bodies [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r := &account.Request{}
		var body []byte
		var when int64
		err := rows.Scan(&r.ID, &r.SessionID, &body, &r.Match, &when, &r.Answer, &r.Taken, &r.Version)
		r.At = at(when)
		list, bodies = append(list, r), append(bodies, body)
		return err
	}, `SELECT id, session_id, sealed, match, at, answer, taken, version FROM device_request `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		var body requestBody
		if err := tx.unseal(ctx, Platform, "device_request.sealed:"+r.ID, bodies[i], &body); err != nil {
			return nil, err
		}
		r.Phone, r.Device = body.Phone, body.Device
	}
	return list, nil
}

// SaveRequest stores the answer to a request.
func (tx *Tx) SaveRequest(ctx context.Context, r *account.Request) error {
	sealed, err := tx.sealRequest(ctx, r)
	if err != nil {
		return err
	}
	r.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE device_request SET sealed = $3, answer = $4, taken = $5, version = $2 WHERE id = $1 AND version = $2 - 1`,
		r.ID, r.Version, sealed, r.Answer, r.Taken))
}

// Consents returns all consents of a driver, newest first.
func (tx *Tx) Consents(ctx context.Context, licenceID string) (list []account.Consent, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var c account.Consent
		var given, withdrawn int64
		err := rows.Scan(&c.ID, &c.Kind, &c.Version, &given, &withdrawn)
		c.At, c.WithdrawnAt = at(given), at(withdrawn)
		list = append(list, c)
		return err
	}, `SELECT id, kind, version, at, withdrawn_at FROM consent WHERE licence_id = $1 ORDER BY id DESC`, licenceID)
	return list, err
}

// AddConsent stores a consent.
func (tx *Tx) AddConsent(ctx context.Context, licenceID string, c account.Consent) error {
	return tx.exec(ctx, `INSERT INTO consent (id, licence_id, kind, version, at, withdrawn_at) VALUES ($1, $2, $3, $4, $5, 0)`,
		c.ID, licenceID, c.Kind, c.Version, ms(c.At))
}

// WithdrawConsents withdraws the open consents of a kind, or all where kind is "".
func (tx *Tx) WithdrawConsents(ctx context.Context, licenceID string, kind account.ConsentKind, now time.Time) error {
	return tx.exec(ctx, `UPDATE consent SET withdrawn_at = $3 WHERE licence_id = $1 AND withdrawn_at = 0 AND ($2 = '' OR kind = $2)`,
		licenceID, kind, ms(now))
}
