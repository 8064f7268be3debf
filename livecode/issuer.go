package livecode

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"time"

	"edl/internal/civil"
)

// Claims are what the authority signs about one licence for one device. The
// upper part is the qualification set. The lower part belongs to the full set
// alone, of which the phone makes codes only after 向交警出示 was chosen.
type Claims struct {
	Issuer      string // the authority's identifier, an https URL
	Serial      Serial // of the device's credential; the same in the short form
	IssuedAt    time.Time
	Expires     time.Time // days after IssuedAt: the bound on a stale status
	StatusURI   string    // the status list, and the index in it
	StatusIndex uint64
	Holder      *ecdsa.PublicKey // the device's key, P-256

	Name       string
	Face       []byte // WebP, at most MaxFace bytes
	Classes    []Class
	ValidFrom  civil.Date
	ValidUntil civil.Date // zero: 长期, no end

	Number      string // 证号; empty in the qualification set
	BirthDate   civil.Date
	Sex         Sex
	Nationality string // ISO 3166-1 alpha-3
	FirstIssue  civil.Date
	Authority   string // 发证机关
	Letters     string // status letters on the day of issue
	Points      int    // 累积记分 on the day of issue
	HearingAid  bool
	SchoolBus   bool
	Probation   civil.Date // last day of 实习期; zero: none
}

// MaxFace is what a face may take, in bytes, so that the full set stays within
// a QR of version 30.
const MaxFace = 520

// A Class is one 准驾车型 and the day since when it may be driven.
type Class struct {
	Code  string // such as "C1"
	Since civil.Date
}

// Sex is coded as claim 169 does.
type Sex int

// The values of Sex.
const (
	Male   Sex = 1
	Female Sex = 2
)

// An IssuerPart is the authority's signed statement inside a self-contained
// code. Whoever copies it holds data but no code: that takes the holder's key.
type IssuerPart struct {
	raw    []byte
	keyID  []byte
	claims Claims
	cose   sign1
}

// IssueQualification signs the qualification set of c: name, face, classes,
// validity. Whatever else c holds is left out.
func IssueQualification(key crypto.Signer, keyID []byte, c Claims) (*IssuerPart, error) {
	return issue(key, keyID, c.qualification())
}

// IssueFull signs all of c.
func IssueFull(key crypto.Signer, keyID []byte, c Claims) (*IssuerPart, error) {
	if c.Number == "" {
		return nil, fmt.Errorf("livecode: the full set needs the licence's number")
	}
	return issue(key, keyID, c)
}

// Full tells which of the two sets the claims are.
func (c *Claims) Full() bool { return c.Number != "" }

func (c Claims) qualification() Claims {
	return Claims{
		Issuer: c.Issuer, Serial: c.Serial, IssuedAt: c.IssuedAt, Expires: c.Expires,
		StatusURI: c.StatusURI, StatusIndex: c.StatusIndex, Holder: c.Holder,
		Name: c.Name, Face: c.Face, Classes: c.Classes, ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
	}
}

func issue(key crypto.Signer, keyID []byte, c Claims) (*IssuerPart, error) {
	if len(keyID) == 0 || len(keyID) > maxKeyID {
		return nil, fmt.Errorf("livecode: a key identifier of %d bytes; 1 to %d are allowed", len(keyID), maxKeyID)
	}
	if c.Holder == nil || c.Holder.Curve != elliptic.P256() {
		return nil, fmt.Errorf("livecode: the holder's key is not of P-256")
	}
	payload, err := encodeClaims(&c)
	if err != nil {
		return nil, fmt.Errorf("livecode: encoding claims: %w", err)
	}
	s := sign1{protected: appendBytes([]byte(keyIDHeader), keyID), plain: true, payload: payload}
	if err := s.sign(key); err != nil {
		return nil, err
	}
	// Reading it back refuses what no terminal would accept, before it leaves.
	p, err := ParseIssuerPart(s.appendTo(nil))
	if err != nil {
		return nil, fmt.Errorf("livecode: these claims break the format's limits: %w", err)
	}
	return p, nil
}

const (
	keyIDHeader = "\xa2\x01\x26\x04" // {1: -7, 4: what follows
	maxKeyID    = 32

	// An issuer part is longer than a serial, so the two cannot be confused.
	minIssuerPart = 128
	maxIssuerPart = 1280
)

// ParseIssuerPart reads an issuer part on its own, as the app stores it. Its
// faults are ErrBadCBOR, ErrBadKey and ErrBadSignature, as of Parse.
func ParseIssuerPart(raw []byte) (*IssuerPart, error) {
	if len(raw) < minIssuerPart || len(raw) > maxIssuerPart {
		return nil, ErrBadCBOR
	}
	r := reader{b: raw}
	p := &IssuerPart{raw: raw, cose: r.sign1()}
	if !r.done() {
		return nil, ErrBadCBOR
	}
	h := reader{b: p.cose.protected}
	h.literal(keyIDHeader)
	p.keyID = h.bytes(1, maxKeyID)
	if !h.done() || !p.cose.plain {
		return nil, p.cose.notES256()
	}
	if len(p.cose.signature) != signatureSize {
		return nil, ErrBadSignature
	}
	claims, err := decodeClaims(p.cose.payload)
	if err != nil {
		return nil, err
	}
	p.claims = *claims
	return p, nil
}

// Bytes returns the encoded part. The caller must not change it.
func (p *IssuerPart) Bytes() []byte { return p.raw }

// KeyID names the authority's key.
func (p *IssuerPart) KeyID() []byte { return p.keyID }

// Claims returns what is claimed; believe it after VerifyIssuer.
func (p *IssuerPart) Claims() *Claims { return &p.claims }

// VerifyIssuer checks that key signed the part, else ErrBadSignature.
func (p *IssuerPart) VerifyIssuer(key *ecdsa.PublicKey) error { return p.cose.verify(key) }

// ValidAt returns ErrStale unless now lies within the part's lifetime. A phone
// renews it whenever it is online, so a stale one says nothing bad of its holder.
func (p *IssuerPart) ValidAt(now time.Time) error {
	if now.Before(p.claims.IssuedAt.Add(-MaxAhead)) || !now.Before(p.claims.Expires) {
		return ErrStale
	}
	return nil
}

// Fits reports whether codes of the part, with a challenge of MinChallenge
// bytes too, stay within a QR of version 30.
func (p *IssuerPart) Fits() bool {
	payload, err := appendMoment(nil, p.raw, Moment{Time: p.claims.IssuedAt, Challenge: make([]byte, MinChallenge)})
	if err != nil {
		return false
	}
	raw := sign1{protected: []byte(es256Header), plain: true, payload: payload, signature: make([]byte, signatureSize)}.appendTo(nil)
	return len(Prefix)+base45Length(len(raw)) <= MaxText
}

// Claim169 returns the part as the text of a standard claim-169 QR: zlib, then
// Base45, without our prefix. It is a copy of data on paper, not a live code:
// anybody who has it can show it.
func (p *IssuerPart) Claim169() string {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestCompression) // the level is a valid one
	w.Write(p.raw)
	w.Close() // neither fails: a bytes.Buffer grows or panics
	return string(appendBase45(nil, b.Bytes()))
}
