// Package livecode makes and reads 亮码, the code a driver's phone shows as a
// QR and renews every 20 seconds. docs/livecode.md describes its bytes.
//
// A code is a COSE_Sign1 by the phone's own key over a moment (time, nonce and
// the verifier's challenge, where there is one) and what the moment is shown
// for. In the short form that is the serial of the device's credential, by
// which a server finds key, licence and live status; a stranger's camera
// learns no personal data from it. In the self-contained form it is the issuer
// part: claims signed by the authority that a terminal can check without a
// network. Both travel as the text "EDL1:" followed by Base45.
//
// Guarantees: Parse accepts exactly the texts that encode its result, within
// MaxText, and never panics; a Code that verified was made by the holder of
// the key over those very bytes; Digest is one value per moment, whatever is
// done to the signature, so it may serve to redeem a code once.
//
// Left out: whose key a serial names, whether a code was seen before, and
// what the licence permits now. Those are the server's questions. The package
// knows no clock, disk or network.
package livecode

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

const (
	// Prefix opens every code's text.
	Prefix = "EDL1:"
	// MaxText is what a QR of version 30 at error correction M holds in
	// alphanumeric mode; denser ones are not read reliably off a phone.
	MaxText = 1994

	// MinChallenge and MaxChallenge bound a verifier's challenge, in bytes.
	MinChallenge = 16
	MaxChallenge = 32

	serialSize = 8
	nonceSize  = 8
)

// A Serial names the credential of one device; the server rotates it with each
// renewal. It is an identifier, not a secret: only the device's key makes codes.
type Serial [serialSize]byte

// NewSerial returns a random serial.
func NewSerial() (s Serial) {
	rand.Read(s[:]) // never fails: crypto/rand ends the program instead
	return s
}

// ParseSerial reads the text form, base64url without padding.
func ParseSerial(text string) (s Serial, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != serialSize {
		return s, ErrBadCode
	}
	copy(s[:], b)
	return s, nil
}

// String returns the text form.
func (s Serial) String() string { return base64.RawURLEncoding.EncodeToString(s[:]) }

// A Nonce makes two codes of the same second differ.
type Nonce [nonceSize]byte

// A Moment is when, and for whom, a code is shown.
type Moment struct {
	Time      time.Time // kept to the second
	Nonce     Nonce
	Challenge []byte // nil, or MinChallenge to MaxChallenge bytes the verifier chose
}

// NewMoment returns the moment t with a random nonce. The challenge may be nil.
func NewMoment(t time.Time, challenge []byte) Moment {
	m := Moment{Time: t, Challenge: challenge}
	rand.Read(m.Nonce[:])
	return m
}

// A Code is a well-formed code whose signature nobody has checked yet.
type Code struct {
	serial Serial
	issuer *IssuerPart // nil in the short form
	moment Moment
	cose   sign1
}

// Parse reads a scanned text as it is, spaces included. Its faults are
// ErrTooLarge, ErrBadCode, ErrBadCBOR, ErrBadKey for an issuer part whose
// holder key is no point of the curve, and ErrBadSignature where a signature is
// none of ES256 at all.
func Parse(text string) (*Code, error) {
	if len(text) > MaxText {
		return nil, ErrTooLarge
	}
	if len(text) < len(Prefix) || text[:len(Prefix)] != Prefix {
		return nil, ErrBadCode
	}
	raw, ok := decodeBase45(text[len(Prefix):])
	if !ok {
		return nil, ErrBadCode
	}
	return decode(raw)
}

func decode(raw []byte) (*Code, error) {
	r := reader{b: raw}
	c := &Code{cose: r.sign1()}
	if !r.done() {
		return nil, ErrBadCBOR
	}
	if string(c.cose.protected) != es256Header || !c.cose.plain {
		return nil, c.cose.notES256()
	}
	if len(c.cose.signature) != signatureSize {
		return nil, ErrBadSignature // ASN.1 instead of r and s, for one
	}
	if err := c.decodePayload(); err != nil {
		return nil, err
	}
	return c, nil
}

// decodePayload reads [serial / issuer part, time, nonce, ? challenge].
func (c *Code) decodePayload() error {
	r := reader{b: c.cose.payload}
	elements := r.array()
	subject := r.bytes(serialSize, maxIssuerPart)
	seconds := r.uint()
	copy(c.moment.Nonce[:], r.bytes(nonceSize, nonceSize))
	if elements == 4 {
		c.moment.Challenge = r.bytes(MinChallenge, MaxChallenge)
	}
	if !r.done() || elements < 3 || elements > 4 || seconds > maxTime {
		return ErrBadCBOR
	}
	c.moment.Time = time.Unix(int64(seconds), 0).UTC()
	if len(subject) == serialSize {
		c.serial = Serial(subject)
		return nil
	}
	issuer, err := ParseIssuerPart(subject)
	if err != nil {
		return err
	}
	c.issuer, c.serial = issuer, issuer.claims.Serial
	return nil
}

const maxTime = 1<<32 - 1 // seconds; until 2106 a time takes the same five bytes

// Serial names the device's credential.
func (c *Code) Serial() Serial { return c.serial }

// Issuer is the authority's part in the self-contained form, nil in the short.
func (c *Code) Issuer() *IssuerPart { return c.issuer }

// Time is when the phone made the code, by its own clock.
func (c *Code) Time() time.Time { return c.moment.Time }

// Nonce is the phone's random value.
func (c *Code) Nonce() Nonce { return c.moment.Nonce }

// Challenge is the verifier's, or nil.
func (c *Code) Challenge() []byte { return c.moment.Challenge }

// Digest is SHA-256 over the signed payload. It leaves the signature out: of
// an ECDSA signature anybody can make a second valid one, which must not turn
// a redeemed code into a new one.
func (c *Code) Digest() [32]byte { return sha256.Sum256(c.cose.payload) }

// VerifyDevice checks that key signed the code, else ErrBadSignature. A server
// takes the key it enrolled for the serial; a terminal without a network takes
// the holder's from an issuer part that it verified before.
func (c *Code) VerifyDevice(key *ecdsa.PublicKey) error { return c.cose.verify(key) }

// SignShort makes a code in the short form with the device's key.
func SignShort(key crypto.Signer, serial Serial, m Moment) (string, error) {
	payload, err := appendMoment(nil, serial[:], m)
	if err != nil {
		return "", err
	}
	return signCode(key, payload)
}

// SignSelfContained makes a code in the self-contained form with the key that
// the issuer part names as its holder's.
func SignSelfContained(key crypto.Signer, issuer *IssuerPart, m Moment) (string, error) {
	if !issuer.claims.Holder.Equal(key.Public()) {
		return "", errors.New("livecode: the issuer part belongs to another device's key")
	}
	payload, err := appendMoment(nil, issuer.raw, m)
	if err != nil {
		return "", err
	}
	return signCode(key, payload)
}

// appendMoment writes [subject, time, nonce, ? challenge].
func appendMoment(dst, subject []byte, m Moment) ([]byte, error) {
	seconds := m.Time.Unix()
	if seconds < 0 || seconds > maxTime {
		return nil, fmt.Errorf("livecode: time %v is outside 1970 to 2106", m.Time)
	}
	n := len(m.Challenge)
	if m.Challenge != nil && (n < MinChallenge || n > MaxChallenge) {
		return nil, fmt.Errorf("livecode: a challenge of %d bytes; %d to %d are allowed", n, MinChallenge, MaxChallenge)
	}
	elements := uint64(3)
	if m.Challenge != nil {
		elements = 4
	}
	dst = appendHead(dst, majorArray, elements)
	dst = appendBytes(dst, subject)
	dst = appendHead(dst, majorUint, uint64(seconds))
	dst = appendBytes(dst, m.Nonce[:])
	if m.Challenge != nil {
		dst = appendBytes(dst, m.Challenge)
	}
	return dst, nil
}

// signCode wraps a payload and writes it as text.
func signCode(key crypto.Signer, payload []byte) (string, error) {
	s := sign1{protected: []byte(es256Header), plain: true, payload: payload}
	if err := s.sign(key); err != nil {
		return "", err
	}
	raw := s.appendTo(nil)
	if len(Prefix)+base45Length(len(raw)) > MaxText {
		return "", errors.New("livecode: the code does not fit a QR of version 30")
	}
	return string(appendBase45([]byte(Prefix), raw)), nil
}
