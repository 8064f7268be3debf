package statuslist

import (
	"crypto"
	"encoding/json"
	"fmt"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/sdjwt/jws"
)

// The media types of the two forms, which their headers name too.
const (
	TypeJWT  = "application/statuslist+jwt"
	TypeCWT  = "application/statuslist+cwt"
	shortJWT = "statuslist+jwt"
)

// Claims of the CWT form (RFC 8392, and this specification's).
const (
	claimIssuer  = 1
	claimSubject = 2
	claimExpiry  = 4
	claimIssued  = 6
	claimList    = 65533
	claimTTL     = 65534
	claimStatus  = 65535
)

// Token is a list with its address and times, in whole seconds.
type Token struct {
	Subject     string // the URI at which the list is published, as credentials name it
	Issuer      string // empty: not named
	IssuedAt    time.Time
	Expires     time.Time     // zero: not stated
	TTL         time.Duration // how long a copy may be kept; zero: not stated
	KeyID       []byte        // names the signer's key in a CWT; nil: not named
	Aggregation string        // URI of a list of all lists; empty: none
	List        *List
}

// Until returns until when a copy of the token, fetched at a time, may be
// believed: its expiry or its time to live, whichever ends first. A token that
// states neither may be believed for no time beyond that of fetching.
func (t *Token) Until(fetched time.Time) time.Time {
	until := t.Expires
	if t.TTL > 0 {
		if byTTL := fetched.Add(t.TTL); until.IsZero() || byTTL.Before(until) {
			until = byTTL
		}
	}
	if until.IsZero() {
		return fetched
	}
	return until
}

// check refuses to sign what a reader would refuse.
func (t *Token) check() error {
	switch {
	case t.Subject == "" || t.IssuedAt.IsZero() || t.List == nil:
		return fmt.Errorf("%w (a token without subject, time of issue or list)", ErrBadList)
	case t.TTL < 0 || t.TTL%time.Second != 0 || t.TTL > 0 && t.TTL < time.Second:
		return fmt.Errorf("%w (a time to live of %s)", ErrBadList, t.TTL)
	case !t.Expires.IsZero() && !t.Expires.After(t.IssuedAt):
		return fmt.Errorf("%w (it expires before it is issued)", ErrBadList)
	}
	return nil
}

// SignJWT returns the token as a JWT (§5.1) with the signer's chain in x5c,
// its own certificate first and the root left out.
func (t *Token) SignJWT(key crypto.Signer, chain [][]byte) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	lst, err := t.List.Compress()
	if err != nil {
		return nil, err
	}
	list := map[string]any{"bits": t.List.Bits(), "lst": encode(lst)}
	if t.Aggregation != "" {
		list["aggregation_uri"] = t.Aggregation
	}
	claims := map[string]any{"sub": t.Subject, "iat": t.IssuedAt.Unix(), "status_list": list}
	if t.Issuer != "" {
		claims["iss"] = t.Issuer
	}
	if !t.Expires.IsZero() {
		claims["exp"] = t.Expires.Unix()
	}
	if t.TTL > 0 {
		claims["ttl"] = int64(t.TTL / time.Second)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	return jws.Sign(key, jws.Header{Typ: shortJWT, X5C: chain}, payload)
}

// SignCWT returns the token as a tagged COSE_Sign1 (§5.2) with the signer's
// chain in the protected header, where ISO/IEC 18013-5 ed. 2 wants it.
func (t *Token) SignCWT(key crypto.Signer, chain [][]byte) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	alg, err := cose.AlgorithmOf(key.Public())
	if err != nil {
		return nil, err
	}
	payload, err := t.claims()
	if err != nil {
		return nil, err
	}
	u := cose.Unsigned{Protected: cose.Headers{Alg: alg, KeyID: t.KeyID, Type: TypeCWT, X5Chain: chain}, Payload: payload}
	sig, err := u.Sign(key)
	if err != nil {
		return nil, fmt.Errorf("signing the status list %s: %w", t.Subject, err)
	}
	return u.Tagged(nil, sig), nil
}

func (t *Token) claims() ([]byte, error) {
	lst, err := t.List.Compress()
	if err != nil {
		return nil, err
	}
	pairs := 3
	for _, has := range []bool{t.Issuer != "", !t.Expires.IsZero(), t.TTL > 0} {
		if has {
			pairs++
		}
	}
	b := cbor.AppendMap(make([]byte, 0, len(lst)+256), pairs)
	if t.Issuer != "" {
		b = cbor.AppendText(cbor.AppendUint(b, claimIssuer), t.Issuer)
	}
	b = cbor.AppendText(cbor.AppendUint(b, claimSubject), t.Subject)
	if !t.Expires.IsZero() {
		b = cbor.AppendInt(cbor.AppendUint(b, claimExpiry), t.Expires.Unix())
	}
	b = cbor.AppendInt(cbor.AppendUint(b, claimIssued), t.IssuedAt.Unix())
	b = cbor.AppendUint(b, claimList)
	if t.Aggregation == "" {
		b = cbor.AppendMap(b, 2)
	} else {
		b = cbor.AppendMap(b, 3)
	}
	b = cbor.AppendUint(cbor.AppendText(b, "bits"), uint64(t.List.Bits()))
	b = cbor.AppendBytes(cbor.AppendText(b, "lst"), lst)
	if t.Aggregation != "" {
		b = cbor.AppendText(cbor.AppendText(b, "aggregation_uri"), t.Aggregation)
	}
	if t.TTL > 0 {
		b = cbor.AppendUint(cbor.AppendUint(b, claimTTL), uint64(t.TTL/time.Second))
	}
	return b, nil
}
