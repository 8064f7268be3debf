package desktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"edl/mdoc/rawsig"
)

// NewKey makes a P-256 key.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Point returns a key's public point as devices send it.
func Point(key *ecdsa.PrivateKey) []byte {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err) // it was just made on the curve
	}
	return point
}

// Sign makes a raw signature, as browsers do.
func Sign(key *ecdsa.PrivateKey, text string) []byte {
	signature, err := rawsig.ES256.Sign(key, []byte(text))
	if err != nil {
		panic(err) // an ES256 key signs
	}
	return signature
}
