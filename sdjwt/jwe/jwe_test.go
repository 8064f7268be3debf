package jwe

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/vectortest"
)

func newKey(t testing.TB, c ecdh.Curve) *ecdh.PrivateKey {
	t.Helper()
	k, err := c.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestMessagesReachTheirKeyAlone(t *testing.T) {
	key := newKey(t, ecdh.P256())
	for _, h := range []Header{{Enc: A128GCM}, {Enc: A256GCM, Kid: "1", APU: []byte("u"), APV: []byte("v")}} {
		b, err := Encrypt(h, key.PublicKey(), []byte("response"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, m.Header); d != "" {
			t.Error(d)
		}
		if plain, err := m.Decrypt(key); err != nil || string(plain) != "response" {
			t.Errorf("%s: %q, %v", h.Enc, plain, err)
		}
		if _, err := m.Decrypt(newKey(t, ecdh.P256())); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("%s, another key: %v", h.Enc, err)
		}
		parts := bytes.Split(b, []byte{'.'})
		for i := range parts {
			if len(parts[i]) == 0 {
				continue
			}
			altered := bytes.Split(bytes.Clone(b), []byte{'.'})
			altered[i] = bytes.Clone(altered[i])
			altered[i][len(altered[i])/2] ^= 1
			m, err := Parse(bytes.Join(altered, []byte{'.'}))
			if err == nil {
				_, err = m.Decrypt(key)
			}
			if err == nil {
				t.Errorf("%s: part %d altered and decrypted", h.Enc, i)
			}
		}
	}
	if _, err := Encrypt(Header{Enc: A128GCM}, newKey(t, ecdh.P384()).PublicKey(), nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("to P-384: %v", err)
	}
	if _, err := Encrypt(Header{Enc: "A128CBC-HS256"}, key.PublicKey(), nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("with CBC: %v", err)
	}
}

// TestS27Unsupported: compression, passwords with 2^31 rounds and other
// algorithms are unsupported, at once.
func TestS27Unsupported(t *testing.T) {
	key := newKey(t, ecdh.P256())
	good, err := Encrypt(Header{Enc: A128GCM}, key.PublicKey(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	rest := string(good[bytes.IndexByte(good, '.'):])
	header, err := Header{Enc: A128GCM}.encode(key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	with := func(change map[string]any) []byte {
		m := map[string]any{}
		if err := json.Unmarshal(header, &m); err != nil {
			t.Fatal(err)
		}
		for k, v := range change {
			m[k] = v
		}
		b, _ := json.Marshal(m)
		return []byte(encoding.EncodeToString(b) + rest)
	}
	if _, err := Parse(with(nil)); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, change := range map[string]map[string]any{
		"compression":          {"zip": "DEF"},
		"no compression":       {"zip": ""},
		"a password":           {"alg": "PBES2-HS256+A128KW", "p2c": 1 << 31, "p2s": "AAAA"},
		"rounds alone":         {"p2c": 1 << 31},
		"key wrapping":         {"alg": "ECDH-ES+A128KW"},
		"RSA":                  {"alg": "RSA1_5"},
		"RSA-OAEP":             {"alg": "RSA-OAEP-256"},
		"a shared key":         {"alg": "dir"},
		"no algorithm":         {"alg": "none"},
		"algorithm null":       {"alg": nil},
		"CBC":                  {"enc": "A128CBC-HS256"},
		"no encryption":        {"enc": ""},
		"encryption by number": {"enc": 1},
		"crit":                 {"crit": []string{"exp"}},
		"epk on P-384":         {"epk": map[string]string{"kty": "EC", "crv": "P-384", "x": strings.Repeat("A", 64), "y": strings.Repeat("A", 64)}},
		"epk on X25519":        {"epk": map[string]string{"kty": "OKP", "crv": "X25519", "x": "AAAA"}},
		"epk on Ed25519":       {"epk": map[string]string{"kty": "OKP", "crv": "Ed25519", "x": strings.Repeat("A", 43)}},
		"epk off the curve":    {"epk": map[string]string{"kty": "EC", "crv": "P-256", "x": strings.Repeat("A", 43), "y": strings.Repeat("A", 43)}},
		"epk private":          {"epk": map[string]string{"kty": "EC", "crv": "P-256", "d": "AAAA"}},
		"no epk":               {"epk": nil},
	} {
		_, err := Parse(with(change))
		if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	parts := strings.Split(string(good), ".")
	join := func(i int, s string) []byte {
		p := append([]string(nil), parts...)
		p[i] = s
		return []byte(strings.Join(p, "."))
	}
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"an encrypted key": {join(1, "AAAA"), ErrUnsupported}, "a short IV": {join(2, "AAAA"), ErrBadToken}, "a short tag": {join(4, "AAAA"), ErrBadToken},
		"apu as a number": {with(map[string]any{"apu": 1}), ErrBadToken}, "kid as a number": {with(map[string]any{"kid": 1}), ErrBadToken},
		"four parts": {[]byte("a.b.c.d"), ErrBadToken}, "six parts": {append(bytes.Clone(good), '.'), ErrBadToken}, "nothing": {nil, ErrBadToken},
		"a repeated header": {[]byte(encoding.EncodeToString([]byte(`{"alg":"ECDH-ES","alg":"dir"}`)) + rest), ErrBadToken},
		"too long":          {make([]byte, MaxSize+1), ErrTooLarge},
	} {
		if _, err := Parse(tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestEncryptedResponseVector(t *testing.T) {
	const file = "openid4vp/encrypted_response.json"
	set := vectortest.Open(t, file)
	var v struct {
		Response  string
		Key       map[string]string `json:"private_jwk"`
		Plaintext string
	}
	set.JSON(file, &v)
	d, err := encoding.DecodeString(v.Key["d"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse([]byte(v.Response))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Kid != v.Key["kid"] || m.Header.Enc != A128GCM {
		t.Errorf("header: %+v", m.Header)
	}
	if plain, err := m.Decrypt(key); err != nil || string(plain) != v.Plaintext {
		t.Errorf("plaintext %q, %v", plain, err)
	}
}

func FuzzParse(f *testing.F) {
	d := sha256.Sum256([]byte("key"))
	key, err := ecdh.P256().NewPrivateKey(d[:])
	if err != nil {
		f.Fatal(err)
	}
	b, err := Encrypt(Header{Enc: A128GCM, Kid: "1", APU: []byte("u")}, key.PublicKey(), []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		if plain, err := m.Decrypt(key); err == nil && string(plain) != "x" {
			t.Errorf("a message that nobody encrypted was decrypted: %q", plain)
		}
	})
}
