package cose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	peer "github.com/veraison/go-cose"

	"edl/mdoc/cbor"
)

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keys(t testing.TB) map[Algorithm]crypto.Signer {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[Algorithm]crypto.Signer{
		ES256: ecKey(t, elliptic.P256()), ES384: ecKey(t, elliptic.P384()), ES512: ecKey(t, elliptic.P521()), EdDSA: ed,
	}
}

// TestGoCoseAgrees has an independent implementation verify ours, and ours its.
func TestGoCoseAgrees(t *testing.T) {
	for alg, key := range keys(t) {
		if got, err := AlgorithmOf(key.Public()); got != alg || err != nil {
			t.Errorf("AlgorithmOf is %s, %v; want %s", got, err, alg)
		}
		u := Unsigned{Protected: Headers{Alg: alg, Type: "x/y"}, Unprotected: Headers{KeyID: []byte("k")}, Payload: []byte("payload")}
		sig, err := u.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := peer.NewVerifier(peer.Algorithm(alg), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		var theirs peer.Sign1Message
		if err := theirs.UnmarshalCBOR(u.Tagged(nil, sig)); err != nil {
			t.Fatalf("%s: the peer cannot read ours: %v", alg, err)
		}
		if err := theirs.Verify(nil, verifier); err != nil {
			t.Errorf("%s: the peer refuses ours: %v", alg, err)
		}

		signer, err := peer.NewSigner(peer.Algorithm(alg), key)
		if err != nil {
			t.Fatal(err)
		}
		b, err := peer.Sign1(rand.Reader, signer, peer.Headers{
			Protected:   peer.ProtectedHeader{peer.HeaderLabelAlgorithm: peer.Algorithm(alg), int64(16): "x/y"},
			Unprotected: peer.UnprotectedHeader{peer.HeaderLabelX5Chain: [][]byte{{1}, {2}}},
		}, []byte("payload"), nil)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ParseSign1(b)
		if err != nil {
			t.Fatalf("%s: cannot read the peer's: %v", alg, err)
		}
		if err := ours.Verify(key.Public(), nil); err != nil {
			t.Errorf("%s: refuse the peer's: %v", alg, err)
		}
		if d := cmp.Diff(Headers{Alg: alg, Type: "x/y"}, ours.Protected); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(Headers{X5Chain: [][]byte{{1}, {2}}}, ours.Unprotected); d != "" {
			t.Error(d)
		}
	}
}

// TestS12AlgorithmConfusion: the algorithm outside the protected header,
// swapped, unknown or none, and signatures out of form.
func TestS12AlgorithmConfusion(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	build := func(protected, unprotected Headers, sign func([]byte) []byte) []byte {
		p := protected.Append(nil)
		sig := sign(append(structure(nil, "Signature1", p, []byte("m")), 'm'))
		return appendMessage(nil, p, unprotected, []byte("m"), sig)
	}
	es256 := func(m []byte) []byte {
		s, err := ES256.scheme().Sign(key, m)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	verify := func(b []byte) error {
		s, err := ParseSign1(b)
		if err != nil {
			return err
		}
		return s.Verify(key.Public(), nil)
	}
	if err := verify(build(Headers{Alg: ES256}, Headers{}, es256)); err != nil {
		t.Fatalf("control: %v", err)
	}
	if err := verify(build(Headers{Alg: ESP256}, Headers{}, es256)); err != nil {
		t.Errorf("the fully specified identifier of the same algorithm: %v", err)
	}
	tests := map[string][]byte{
		"algorithm in the unprotected header only": build(Headers{}, Headers{Alg: ES256}, es256),
		"algorithm in both headers":                build(Headers{Alg: ES256}, Headers{Alg: ES256}, es256),
		"algorithm nowhere":                        build(Headers{}, Headers{}, es256),
		"algorithm none":                           build(Headers{Alg: 99}, Headers{}, es256),
		"algorithm of another family":              build(Headers{Alg: HMAC256}, Headers{}, es256),
		"an unregistered number, as for SM2":       build(Headers{Alg: -65544}, Headers{}, es256),
		"signature of zeros":                       build(Headers{Alg: ES256}, Headers{}, func([]byte) []byte { return make([]byte, 64) }),
		"signature in DER": build(Headers{Alg: ES256}, Headers{}, func(m []byte) []byte {
			der, _ := ecdsa.SignASN1(rand.Reader, key, m)
			return der
		}),
	}
	for name, b := range tests {
		if err := verify(b); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, swapped := range []Algorithm{ES384, ES512, EdDSA, ESP384} {
		if err := verify(build(Headers{Alg: swapped}, Headers{}, es256)); !errors.Is(err, ErrBadKey) {
			t.Errorf("ES256 declared as %s: %v", swapped, err)
		}
	}
}

func TestMessagesOutOfForm(t *testing.T) {
	alg := "43a10126"
	tests := []struct {
		name, hex string
		want      error
	}{
		{"a critical header", "84 47a20126 02811864 a0 4101 4101", ErrBadMessage},
		{"three parts", "83" + alg + "a04101", ErrBadMessage},
		{"payload of text", "84" + alg + "a061614101", ErrBadMessage},
		{"payload undefined", "84" + alg + "a0f74101", ErrBadMessage},
		{"signature null", "84" + alg + "a04101f6", ErrBadMessage},
		{"another tag", "d1 84" + alg + "a041014101", ErrBadMessage},
		{"an empty chain", "84" + alg + "a118218041014101", ErrBadMessage},
		{"a certificate of text", "84" + alg + "a1182161614101 4101", ErrBadMessage},
		{"an algorithm of text", "84 45a101 626161 a0 4101 4101", ErrBadMessage},
		{"two items in the protected header", "84 44a1012600 a0 4101 4101", cbor.ErrBad},
		{"a label that repeats", "84 45a201260126 a0 4101 4101", cbor.ErrBad},
		{"a label in both headers", "84 47a20126044101 2a a104 4101 4101 4101", cbor.ErrBad},
		{"a key identifier in both headers", "84 46a20126044101 a1044101 4101 4101", ErrBadMessage},
		{"nothing", "", cbor.ErrBad},
	}
	for _, tt := range tests {
		b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(tt.hex), []byte(" "), nil)))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := ParseSign1(b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestPayloadIsEmbeddedOrDetached(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	u := Unsigned{Protected: Headers{Alg: ES256}, Payload: []byte("m")}
	sig, err := u.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	embedded, _ := ParseSign1(u.Tagged(nil, sig))
	u.Detached = true
	detached, _ := ParseSign1(u.Append(nil, sig))
	if err := detached.Verify(key.Public(), []byte("m")); err != nil {
		t.Errorf("control: %v", err)
	}
	if err := detached.Verify(key.Public(), []byte("n")); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another payload: %v", err)
	}
	if err := detached.Verify(key.Public(), nil); !errors.Is(err, ErrBadMessage) {
		t.Errorf("no payload: %v", err)
	}
	if err := embedded.Verify(key.Public(), []byte("m")); !errors.Is(err, ErrBadMessage) {
		t.Errorf("two payloads: %v", err)
	}
	if _, err := (Unsigned{Protected: Headers{Alg: HMAC256}}).Sign(key); !errors.Is(err, ErrBadKey) {
		t.Errorf("a signature by HMAC: %v", err)
	}
}

func TestMac0(t *testing.T) {
	b := AppendMac0(nil, []byte("key"), []byte("payload"))
	m, err := ParseMac0(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify([]byte("key"), []byte("payload")); err != nil {
		t.Errorf("control: %v", err)
	}
	if err := m.Verify([]byte("kez"), []byte("payload")); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another key: %v", err)
	}
	if err := m.Verify([]byte("key"), []byte("paylaod")); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another payload: %v", err)
	}
	other, err := ParseMac0(bytes.Replace(b, []byte{0xa1, 1, 5}, []byte{0xa1, 1, 6}, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify([]byte("key"), []byte("payload")); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another algorithm: %v", err)
	}
}

func TestKeysSurviveARoundTrip(t *testing.T) {
	for alg, key := range keys(t) {
		b, err := AppendKey(nil, key.Public())
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseKey(b)
		if err != nil {
			t.Fatal(err)
		}
		if !got.(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Public()) {
			t.Errorf("%s: another key came back", alg)
		}
		if ec, ok := key.(*ecdsa.PrivateKey); ok {
			agree, err := ec.PublicKey.ECDH()
			if err != nil {
				t.Fatal(err)
			}
			if same, err := AppendKey(nil, agree); err != nil || !bytes.Equal(same, b) {
				t.Errorf("%s: as a key for agreement it is %x, %v", alg, same, err)
			}
		}
	}
	x, _ := ecdh.X25519().GenerateKey(rand.Reader)
	b, err := AppendKey(nil, x.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseKey(b); err != nil || !x.PublicKey().Equal(got) {
		t.Errorf("X25519: %v, %v", got, err)
	}
}

// TestS13KeysThatAreNone: points off the curve and other shapes of COSE_Key.
func TestS13KeysThatAreNone(t *testing.T) {
	good, err := AppendKey(nil, ecKey(t, elliptic.P256()).Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseKey(good); err != nil {
		t.Fatalf("control: %v", err)
	}
	off := bytes.Clone(good)
	off[len(off)-1] ^= 1
	compressed := append(bytes.Clone(good[:len(good)-34]), 0xf5)
	private := append(append([]byte{0xa5}, good[1:]...), 0x23, 0x41, 1)
	symmetric := []byte{0xa2, 1, 4, 0x20, 0x41, 1}
	brainpool := append([]byte{0xa4, 1, 2, 0x20, 0x19, 1, 0}, good[5:]...)
	for name, b := range map[string][]byte{"off the curve": off, "compressed": compressed, "private": private,
		"symmetric": symmetric, "brainpoolP256r1": brainpool, "no map": {0x01}, "an empty map": {0xa0}} {
		if k, err := ParseKey(b); k != nil || !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	key := ecKey(f, elliptic.P256())
	u := Unsigned{Protected: Headers{Alg: ES256, X5Chain: [][]byte{{1}, {2}}}, Payload: []byte("m")}
	sig, err := u.Sign(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(u.Tagged(nil, sig))
	f.Add(AppendMac0(nil, []byte("key"), []byte("m")))
	cose, _ := AppendKey(nil, key.Public())
	f.Add(cose)
	good := u.Tagged(nil, sig)
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKey(b); err == nil {
			if _, err := AppendKey(nil, k); err != nil {
				t.Errorf("a key that was read cannot be written: %v", err)
			}
		}
		if m, err := ParseMac0(b); err == nil {
			_ = m.Verify([]byte("key"), nil)
		}
		s, err := ParseSign1(b)
		if err != nil {
			return
		}
		if s.Verify(key.Public(), nil) == nil && !bytes.Contains(b, good[len(good)-64:]) {
			t.Errorf("a signature that was never made verifies: %x", b)
		}
	})
}
