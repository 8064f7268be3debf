package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/uid"
)

// ErrSignedOut is returned where a session is missing, ended or timed out.
var ErrSignedOut = fault.New(fault.Unauthenticated, "signed_out", "您还没有登录，或登录已过期，请重新登录。", "You are not signed in, or the session has ended. Sign in again.")

// A Session is one signed-in browser. Only the fields of its population are set.
type Session struct {
	ID         string
	Population Population
	Level      Level // drivers
	Phone      identity.Phone
	LicenceID  string // drivers at DriverLevel
	DeviceID   string // drivers at DriverLevel
	StaffID    string // a member of staff, or an administrator of a party
	Roles      []Role // staff
	PartyID    string // operators, and administrators of parties
	TerminalID string
	OperatorID string
	MustChange bool   // the operator's or staff member's first secret must be replaced first
	Challenge  string // to be signed by a device key; base64url, renewed by each proof
	CreatedAt  time.Time
	SeenAt     time.Time
	Version    int64
}

// LogValue shows no more than the identifier.
func (s Session) LogValue() slog.Value { return slog.StringValue("session " + s.ID) }

// A Limit is how long sessions of one kind live.
type Limit struct {
	Idle     time.Duration // without a request
	Absolute time.Duration // since sign-in
}

// limits of each population; a driver's phone keeps its session, as a licence
// in a pocket does, while a console left alone is locked.
var limits = map[Population]Limit{
	DriverPop:   {Idle: 60 * 24 * time.Hour, Absolute: 180 * 24 * time.Hour},
	TerminalPop: {Idle: 30 * time.Minute, Absolute: 12 * time.Hour},
	StaffPop:    {Idle: 20 * time.Minute, Absolute: 10 * time.Hour},
	PartyPop:    {Idle: 20 * time.Minute, Absolute: 10 * time.Hour},
}

// phoneLimit bounds a session that is bound to no licence yet.
var phoneLimit = Limit{Idle: 30 * time.Minute, Absolute: 2 * time.Hour}

// LimitOf returns how long s may live.
func LimitOf(s *Session) Limit {
	if s.Population == DriverPop && s.Level == PhoneLevel {
		return phoneLimit
	}
	return limits[s.Population]
}

// expired reports whether s has timed out at now.
func (s *Session) expired(now time.Time) bool {
	l := LimitOf(s)
	return now.Sub(s.SeenAt) > l.Idle || now.Sub(s.CreatedAt) > l.Absolute
}

// SessionTx is what sessions need of a storage transaction.
type SessionTx interface {
	// AddSession stores a new session under the hash of its token.
	AddSession(ctx context.Context, tokenHash []byte, s *Session) error
	// SessionByToken returns the session, or store.ErrNotFound.
	SessionByToken(ctx context.Context, tokenHash []byte) (*Session, error)
	// SaveSession stores a changed session.
	SaveSession(ctx context.Context, s *Session) error
	// TouchSession records that the session was used.
	TouchSession(ctx context.Context, id string, now time.Time) error
	EndSession(ctx context.Context, id string) error
}

// Sessions opens, finds and ends sessions.
type Sessions struct {
	InTx func(ctx context.Context, f func(SessionTx) error) error
	Read func(ctx context.Context, f func(SessionTx) error) error
	Now  func() time.Time
}

// touchEvery bounds how often the use of a session is written down.
const touchEvery = time.Minute

// Begin fills in what every new session has and returns its token. The caller
// stores it with AddSession in the transaction of the sign-in.
func Begin(s *Session, now time.Time) (token string, tokenHash []byte) {
	s.ID, s.CreatedAt, s.SeenAt = uid.New(now), now, now
	s.Challenge = uid.Secret()
	token = uid.Secret()
	return token, uid.Hash(token)
}

// Find returns the session of a token, or ErrSignedOut.
func (ss *Sessions) Find(ctx context.Context, p Population, token string) (*Session, error) {
	if token == "" {
		return nil, ErrSignedOut
	}
	var s *Session
	err := ss.Read(ctx, func(tx SessionTx) (err error) {
		s, err = tx.SessionByToken(ctx, uid.Hash(token))
		return err
	})
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("finding a session: %w", err)
	}
	now := ss.Now()
	if s.Population != p || s.expired(now) {
		return nil, ErrSignedOut
	}
	if now.Sub(s.SeenAt) > touchEvery {
		s.SeenAt = now
		if err := ss.InTx(ctx, func(tx SessionTx) error { return tx.TouchSession(ctx, s.ID, now) }); err != nil && !errors.Is(err, context.Canceled) {
			return nil, fmt.Errorf("touching a session: %w", err)
		}
	}
	return s, nil
}

// End signs a session out.
func (ss *Sessions) End(ctx context.Context, s *Session) error {
	return ss.InTx(ctx, func(tx SessionTx) error { return tx.EndSession(ctx, s.ID) })
}
