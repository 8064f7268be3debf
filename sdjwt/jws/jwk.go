package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"edl/mdoc/rawsig"
)

// ParseJWK reads a public JSON Web Key (RFC 7517), as strictjson decodes it:
// an *ecdsa.PublicKey on P-256, P-384 or P-521, or an ed25519.PublicKey. A key
// with its private part is refused, as are points off their curve.
func ParseJWK(m map[string]any) (crypto.PublicKey, error) {
	for _, private := range []string{"d", "k", "p", "q"} {
		if _, ok := m[private]; ok {
			return nil, fmt.Errorf("%w (a JWK with a private part)", ErrBadKey)
		}
	}
	crv, _ := m["crv"].(string)
	switch m["kty"] {
	case "EC":
		s := map[string]rawsig.Scheme{"P-256": rawsig.ES256, "P-384": rawsig.ES384, "P-521": rawsig.ES512}[crv]
		x, errX := coordinate(m, "x")
		y, errY := coordinate(m, "y")
		if errX != nil || errY != nil {
			return nil, fmt.Errorf("%w (a JWK without coordinates)", ErrBadKey)
		}
		key, err := s.Point(x, y)
		if err != nil {
			return nil, err
		}
		return key, nil
	case "OKP":
		x, err := coordinate(m, "x")
		if err == nil && crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x), nil
		}
	}
	return nil, fmt.Errorf("%w (a JWK of type %v on %q)", ErrBadKey, m["kty"], crv)
}

func coordinate(m map[string]any, name string) ([]byte, error) {
	s, _ := m[name].(string)
	return Decode([]byte(s))
}

// JWK returns the members of a public key's JWK.
func JWK(key crypto.PublicKey) (map[string]any, error) {
	s, err := rawsig.For(key)
	if err != nil {
		return nil, err
	}
	if s == rawsig.Ed25519 {
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encoding.EncodeToString(key.(ed25519.PublicKey))}, nil
	}
	x, y, err := rawsig.Coordinates(key.(*ecdsa.PublicKey))
	if err != nil {
		return nil, err
	}
	crv := [...]string{rawsig.ES256: "P-256", rawsig.ES384: "P-384", rawsig.ES512: "P-521"}[s]
	return map[string]any{"kty": "EC", "crv": crv, "x": encoding.EncodeToString(x), "y": encoding.EncodeToString(y)}, nil
}

// Thumbprint returns the SHA-256 thumbprint of a key (RFC 7638), over the
// required members only.
func Thumbprint(key crypto.PublicKey) ([]byte, error) {
	m, err := JWK(key)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(m) // a map is written in the order of its names, as RFC 7638 wants
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}
