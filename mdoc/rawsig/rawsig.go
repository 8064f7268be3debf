// Package rawsig makes and checks the fixed-width signatures that COSE
// (RFC 9053 §2) and JOSE (RFC 7518 §3.4, RFC 8037) share: for ECDSA the two
// numbers r and s side by side, for EdDSA the signature itself.
//
// A scheme is bound to its curve, as ISO/IEC 18013-5 §9.1.2.4 and RFC 7518
// have it: ES256 is P-256 with SHA-256 and nothing else. Signatures of
// another length, and r or s of zero or not below the group's order, are
// refused before any arithmetic.
//
// The brainpool curves and Ed448 are not in Go's library and are left out:
// their signatures are refused as made by an unsupported key. SM2 has no
// registered identifier in COSE or JOSE; package gm has it, for other uses.
package rawsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"edl/internal/fault"
)

// ErrBadSignature is returned for a signature that does not hold.
var ErrBadSignature = fault.New(fault.Invalid, "bad_signature",
	"签名无效，内容可能被改动或不是由该机构签发。",
	"The signature does not hold: the content was altered or signed by someone else.")

// ErrBadKey is returned for a public key that is no point of its curve, is of
// an unsupported curve, or does not fit the algorithm.
var ErrBadKey = fault.New(fault.Invalid, "bad_key",
	"密钥无效或不受支持。",
	"The key is invalid or of a kind that is not supported.")

// ErrMismatch is wrapped by an ErrBadSignature whose form is right, so that
// the message or the key must be another than the signed ones.
var ErrMismatch = errors.New("the signature is not of this message by this key")

// Scheme is a signature algorithm bound to its curve.
type Scheme uint8

// The schemes; the zero Scheme is none.
const (
	ES256   Scheme = iota + 1 // P-256, SHA-256
	ES384                     // P-384, SHA-384
	ES512                     // P-521, SHA-512
	Ed25519                   // RFC 8032, over the message itself
)

func (s Scheme) String() string {
	return [...]string{"none", "ES256", "ES384", "ES512", "Ed25519"}[s]
}

// curve is what the checks need to know of an ECDSA scheme.
type curve struct {
	elliptic elliptic.Curve
	size     int    // bytes of a coordinate, and of r and s
	order    []byte // big-endian, size bytes
	hash     crypto.Hash
}

var curves = [...]curve{
	ES256: newCurve(elliptic.P256(), crypto.SHA256),
	ES384: newCurve(elliptic.P384(), crypto.SHA384),
	ES512: newCurve(elliptic.P521(), crypto.SHA512),
}

func newCurve(c elliptic.Curve, hash crypto.Hash) curve {
	size := (c.Params().BitSize + 7) / 8
	return curve{c, size, c.Params().N.FillBytes(make([]byte, size)), hash}
}

// digest hashes the parts of a message.
func (c curve) digest(message [][]byte) []byte {
	h := c.hash.New()
	for _, part := range message {
		h.Write(part)
	}
	return h.Sum(nil)
}

// For returns the scheme that a public key signs with.
func For(key crypto.PublicKey) (Scheme, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		for s := ES256; s <= ES512; s++ {
			if key != nil && key.Curve == curves[s].elliptic {
				return s, nil
			}
		}
	case ed25519.PublicKey:
		if len(key) == ed25519.PublicKeySize {
			return Ed25519, nil
		}
	}
	return 0, fmt.Errorf("%w (%T)", ErrBadKey, key)
}

// Sign signs a message, given in parts, with a key that must fit the scheme.
// An ECDSA key in memory signs by RFC 6979: the same message has the same
// signature, no source of randomness can betray the key, and it is a fifth
// faster than Go's hedged signature. A key in a device signs as that does.
func (s Scheme) Sign(key crypto.Signer, message ...[]byte) ([]byte, error) {
	if of, err := For(key.Public()); err != nil || of != s {
		return nil, fmt.Errorf("%w (%s with a key of %s)", ErrBadKey, s, of)
	}
	if s == Ed25519 {
		return key.Sign(rand.Reader, bytes.Join(message, nil), crypto.Hash(0))
	}
	var random io.Reader = rand.Reader
	if _, inMemory := key.(*ecdsa.PrivateKey); inMemory {
		random = nil // by which Go means RFC 6979
	}
	der, err := key.Sign(random, curves[s].digest(message), curves[s].hash)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s, err)
	}
	return fromDER(der, curves[s].size)
}

// Verify returns nil if sig is a signature by key of the message, given in
// parts, else an ErrBadSignature, or an ErrBadKey if the key does not fit the
// scheme.
func (s Scheme) Verify(key crypto.PublicKey, sig []byte, message ...[]byte) error {
	if of, err := For(key); err != nil || of != s {
		return fmt.Errorf("%w (%s with a key of %s)", ErrBadKey, s, of)
	}
	if s == Ed25519 {
		if len(sig) != ed25519.SignatureSize {
			return fmt.Errorf("%w (%d bytes long, not %d)", ErrBadSignature, len(sig), ed25519.SignatureSize)
		}
		if !ed25519.Verify(key.(ed25519.PublicKey), bytes.Join(message, nil), sig) {
			return fmt.Errorf("%w: %w", ErrBadSignature, ErrMismatch)
		}
		return nil
	}
	c := curves[s]
	if len(sig) != 2*c.size {
		return fmt.Errorf("%w (%d bytes long, not %d)", ErrBadSignature, len(sig), 2*c.size)
	}
	if !c.inRange(sig[:c.size]) || !c.inRange(sig[c.size:]) {
		return fmt.Errorf("%w (r or s is zero or not below the order)", ErrBadSignature)
	}
	if !ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), c.digest(message), toDER(sig)) {
		return fmt.Errorf("%w: %w", ErrBadSignature, ErrMismatch)
	}
	return nil
}

func (c curve) inRange(n []byte) bool {
	return bytes.Compare(n, c.order) < 0 && len(bytes.TrimLeft(n, "\x00")) > 0
}

// fromDER turns SEQUENCE { r, s } into r || s of size bytes each.
func fromDER(der []byte, size int) ([]byte, error) {
	var r, s []byte
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !in.Empty() ||
		!seq.ReadASN1Integer(&r) || !seq.ReadASN1Integer(&s) || !seq.Empty() || len(r) > size || len(s) > size {
		return nil, errors.New("rawsig: the signer returned no DER signature")
	}
	sig := make([]byte, 2*size)
	copy(sig[size-len(r):], r)
	copy(sig[2*size-len(s):], s)
	return sig, nil
}

// toDER turns r || s into SEQUENCE { r, s }; the caller checked the lengths.
func toDER(sig []byte) []byte {
	half := len(sig) / 2
	body := appendInteger(appendInteger(make([]byte, 0, len(sig)+9), sig[:half]), sig[half:])
	if len(body) < 128 {
		return append([]byte{0x30, byte(len(body))}, body...)
	}
	return append([]byte{0x30, 0x81, byte(len(body))}, body...) // P-521: up to 138 bytes
}

func appendInteger(b, n []byte) []byte {
	n = bytes.TrimLeft(n, "\x00")
	if n[0]&0x80 != 0 {
		return append(append(b, 0x02, byte(len(n)+1), 0), n...)
	}
	return append(append(b, 0x02, byte(len(n))), n...)
}

// Point returns the public key at the affine coordinates x and y, each of
// exactly the curve's size, or an ErrBadKey. The scheme names the curve.
func (s Scheme) Point(x, y []byte) (*ecdsa.PublicKey, error) {
	if s < ES256 || s > ES512 {
		return nil, fmt.Errorf("%w (no elliptic curve)", ErrBadKey)
	}
	c := curves[s]
	if len(x) != c.size || len(y) != c.size {
		return nil, fmt.Errorf("%w (coordinates of %d and %d bytes, not %d)", ErrBadKey, len(x), len(y), c.size)
	}
	point := append(append(append(make([]byte, 0, 1+2*c.size), 4), x...), y...)
	key, err := ecdsa.ParseUncompressedPublicKey(c.elliptic, point)
	if err != nil {
		return nil, fmt.Errorf("%w (not a point of the curve)", ErrBadKey)
	}
	return key, nil
}

// Coordinates returns x and y of a key that For knows as an ECDSA one.
func Coordinates(key *ecdsa.PublicKey) (x, y []byte, err error) {
	point, err := key.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	half := (len(point) - 1) / 2
	return point[1 : 1+half], point[1+half:], nil
}
