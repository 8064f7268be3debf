package httpsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"edl/mdoc/rawsig"
)

// The algorithms, as the registry of RFC 9421 names them.
const (
	Ed25519   = "ed25519"
	ECDSAP256 = "ecdsa-p256-sha256"
)

// ErrKey is returned for a public key that is of neither scheme.
var ErrKey = errors.New("httpsig: not an Ed25519 or P-256 public key")

// A Key is a public key that signatures are checked by.
type Key struct{ public crypto.PublicKey }

// ParseKey reads a public key in PEM, or the same in base64 without its frame.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	var der []byte
	if block, rest := pem.Decode([]byte(text)); block != nil {
		if block.Type != "PUBLIC KEY" || len(strings.TrimSpace(string(rest))) > 0 {
			return Key{}, ErrKey
		}
		der = block.Bytes
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err != nil {
			return Key{}, ErrKey
		}
	}
	return ParseKeyDER(der)
}

// ParseKeyDER reads a SubjectPublicKeyInfo.
func ParseKeyDER(der []byte) (Key, error) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return Key{}, ErrKey
	}
	switch k := public.(type) {
	case ed25519.PublicKey:
		return Key{k}, nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return Key{k}, nil
		}
	}
	return Key{}, ErrKey
}

// DER returns the key as a SubjectPublicKeyInfo.
func (k Key) DER() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return nil // of no key: the zero Key
	}
	return der
}

// Algorithm names what the key signs with.
func (k Key) Algorithm() string {
	if _, ok := k.public.(ed25519.PublicKey); ok {
		return Ed25519
	}
	return ECDSAP256
}

// Verify reports whether the signature is of this request by the key. It says
// nothing of what is covered, when, and how often.
func (k Key) Verify(s *Signature, r Request) bool {
	base, err := s.Base(r)
	if err != nil || s.Algorithm != "" && s.Algorithm != k.Algorithm() {
		return false
	}
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return len(s.Value) == ed25519.SignatureSize && ed25519.Verify(public, base, s.Value)
	case *ecdsa.PublicKey:
		return rawsig.ES256.Verify(public, s.Value, base) == nil
	}
	return false
}
