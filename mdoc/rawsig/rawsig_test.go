package rawsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"
)

func key(t testing.TB, s Scheme) crypto.Signer {
	t.Helper()
	if s == Ed25519 {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k, err := ecdsa.GenerateKey(curves[s].elliptic, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEverySchemeVerifiesWhatItSigns(t *testing.T) {
	for s := ES256; s <= Ed25519; s++ {
		k := key(t, s)
		for range 20 { // r and s with leading zeros come up now and then
			sig, err := s.Sign(k, []byte("message"))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(k.Public(), sig, []byte("mess"), []byte("age")); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			if err := s.Verify(k.Public(), sig, []byte("massage")); !errors.Is(err, ErrMismatch) {
				t.Fatalf("%s of another message: %v", s, err)
			}
		}
	}
}

func TestASchemeIsBoundToItsCurve(t *testing.T) {
	for s := ES256; s <= Ed25519; s++ {
		for other := ES256; other <= Ed25519; other++ {
			k := key(t, other)
			if got, err := For(k.Public()); err != nil || got != other {
				t.Errorf("For is %s, %v; want %s", got, err, other)
			}
			if _, err := s.Sign(k, nil); (s == other) != (err == nil) {
				t.Errorf("%s signed by a key of %s: %v", s, other, err)
			}
			if err := s.Verify(k.Public(), make([]byte, 64)); s != other && !errors.Is(err, ErrBadKey) {
				t.Errorf("%s verified by a key of %s: %v", s, other, err)
			}
		}
	}
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if _, err := For(p224.Public()); !errors.Is(err, ErrBadKey) {
		t.Errorf("P-224: %v", err)
	}
}

// TestS12SignaturesOutOfForm: r or s of zero or the order, DER, other lengths.
func TestS12SignaturesOutOfForm(t *testing.T) {
	k := key(t, ES256)
	good, err := ES256.Sign(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	zero, order := make([]byte, 32), curves[ES256].order
	der := toDER(good)
	tests := map[string][]byte{
		"r is zero":       append(bytes.Clone(zero), good[32:]...),
		"s is zero":       append(bytes.Clone(good[:32]), zero...),
		"r is the order":  append(bytes.Clone(order), good[32:]...),
		"s is the order":  append(bytes.Clone(good[:32]), order...),
		"all bits set":    bytes.Repeat([]byte{255}, 64),
		"DER":             der,
		"empty":           nil,
		"a byte too few":  good[:63],
		"a byte too many": append(bytes.Clone(good), 0),
	}
	for name, sig := range tests {
		if err := ES256.Verify(k.Public(), sig); !errors.Is(err, ErrBadSignature) || errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ES256.Verify(k.Public(), good); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestS13PointsOffTheCurve: a key that is no point of its curve.
func TestS13PointsOffTheCurve(t *testing.T) {
	for s := ES256; s <= ES512; s++ {
		x, y, err := Coordinates(key(t, s).Public().(*ecdsa.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Point(x, y); err != nil {
			t.Errorf("control: %v", err)
		}
		off := bytes.Clone(y)
		off[len(off)-1] ^= 1
		big := bytes.Repeat([]byte{255}, len(x))
		for name, p := range map[string][2][]byte{
			"off the curve": {x, off}, "infinity": {make([]byte, len(x)), make([]byte, len(x))},
			"not reduced": {big, y}, "short": {x[1:], y}, "swapped": {y, x}, "empty": {},
		} {
			if _, err := s.Point(p[0], p[1]); !errors.Is(err, ErrBadKey) {
				t.Errorf("%s %s: %v", s, name, err)
			}
		}
	}
}

func BenchmarkVerifyES256(b *testing.B) {
	k := key(b, ES256)
	sig, _ := ES256.Sign(k, nil)
	for b.Loop() {
		if err := ES256.Verify(k.Public(), sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignES256(b *testing.B) {
	k := key(b, ES256)
	for b.Loop() {
		if _, err := ES256.Sign(k, nil); err != nil {
			b.Fatal(err)
		}
	}
}
