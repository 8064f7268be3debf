package account

import (
	"context"
	"fmt"
	"time"

	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/uid"
)

// A Purpose is what a one-time code may be used for; it serves no other.
type Purpose string

// The purposes.
const (
	ToSignIn  Purpose = "signin"
	ToBind    Purpose = "bind"
	ToConsent Purpose = "consent"
	ToApply   Purpose = "apply" // of a body that applies to be a relying party
)

// A Code is a one-time code as stored: it dies after its time, its use, or
// maxTries wrong answers. Verifier is a keyed hash, as six digits are guessed
// at once from a plain one.
type Code struct {
	ID        string
	Purpose   Purpose
	Phone     identity.Phone // where it was sent; "" for a decoy that was sent nowhere
	SessionID string         // the session that asked, for ToBind and ToConsent
	LicenceID string         // what is to be bound, for ToBind; "" for a decoy
	Secret    string         // the six digits, only while the code is made
	Tries     int
	At        time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
	Version   int64
}

// How codes live.
const (
	codeLife = 5 * time.Minute
	maxTries = 5
)

// usable reports whether another answer may be evaluated.
func (c *Code) usable(now time.Time) bool {
	return c.UsedAt.IsZero() && c.Tries < maxTries && now.Before(c.ExpiresAt)
}

var (
	// ErrCode is returned for a wrong, expired or used code, without saying which.
	ErrCode = fault.New(fault.Denied, "code.wrong", "验证码不对或已过期。请核对最新一条短信，或重新获取。", "The code is wrong or has expired. Check the newest message, or ask for another.")
	// ErrCodeSoon is returned where a code was just sent to that number.
	ErrCodeSoon = fault.New(fault.Limited, "code.soon", "验证码刚刚发出，请稍后再获取。", "A code was sent a moment ago. Wait before asking for another.")
)

// A CodeLimit bounds the codes that are sent to one number in a span of time.
type CodeLimit struct {
	Span time.Duration
	Most int
	Each bool // counted for each purpose apart: who has just signed in goes on to bind
}

// CodeLimits are one a minute for each purpose, five an hour and ten a day.
func CodeLimits() []CodeLimit {
	return []CodeLimit{{time.Minute, 1, true}, {time.Hour, 5, false}, {24 * time.Hour, 10, false}}
}

// CodeTx is what codes need of a storage transaction.
type CodeTx interface {
	// CodesSince returns the codes that were sent to a number, newest first.
	CodesSince(ctx context.Context, phone identity.Phone, since time.Time) ([]Sent, error)
	// AddCode stores a code, its secret as a keyed hash.
	AddCode(ctx context.Context, c *Code) error
	// NewestCode returns the newest sign-in code sent to a number, or store.ErrNotFound.
	NewestCode(ctx context.Context, p Purpose, phone identity.Phone) (*Code, error)
	// CodeByID returns a code, or store.ErrNotFound.
	CodeByID(ctx context.Context, id string) (*Code, error)
	// CodeMatches reports whether secret is the code's.
	CodeMatches(ctx context.Context, c *Code, secret string) (bool, error)
	SaveCode(ctx context.Context, c *Code) error
	SendSMS(ctx context.Context, m notification.SMS, now time.Time) error
}

// Sent is when a code was sent, and what for.
type Sent struct {
	At      time.Time
	Purpose Purpose
}

// throttle refuses a further message to a number that had enough.
func throttle(ctx context.Context, tx CodeTx, limits []CodeLimit, p Purpose, phone identity.Phone, now time.Time) error {
	sent, err := tx.CodesSince(ctx, phone, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for _, l := range limits {
		n := 0
		for _, one := range sent {
			if l.Each && one.Purpose != p {
				continue
			}
			if n++; n == l.Most && one.At.Add(l.Span).After(now) {
				return fault.RetryAfter(ErrCodeSoon, one.At.Add(l.Span).Sub(now))
			}
		}
	}
	return nil
}

// send stores a code and, unless it is a decoy, sends it.
func send(ctx context.Context, tx CodeTx, c *Code, say lang.Text, now time.Time) error {
	c.ID, c.At, c.ExpiresAt = uid.New(now), now, now.Add(codeLife)
	if c.Purpose == ToBind { // its identifier is read aloud at a window
		c.ID = "BD" + uid.Digits(10)
	}
	c.Secret = uid.Digits(6)
	if err := tx.AddCode(ctx, c); err != nil {
		return err
	}
	if c.Phone == "" {
		return nil
	}
	return tx.SendSMS(ctx, notification.SMS{
		To: string(c.Phone), Kind: notification.Code, Code: c.Secret, Subject: c.LicenceID,
		Text: fmt.Sprintf(say.ZH, c.Secret),
	}, now)
}

// try evaluates one answer and spends it. It reports a wrong answer as
// (false, nil), so that the transaction which counts the try commits.
func try(ctx context.Context, tx CodeTx, c *Code, secret string, now time.Time) (bool, error) {
	if !c.usable(now) {
		return false, nil
	}
	c.Tries++
	ok, err := tx.CodeMatches(ctx, c, secret)
	if err != nil {
		return false, err
	}
	if ok {
		c.UsedAt = now
	}
	return ok, tx.SaveCode(ctx, c)
}
