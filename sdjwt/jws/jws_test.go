package jws

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/vectortest"
	"edl/sdjwt/strictjson"
)

func newKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encode(s string) string { return encoding.EncodeToString([]byte(s)) }

func TestTokensOfEveryAlgorithm(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for alg, key := range map[string]crypto.Signer{"ES256": newKey(t, elliptic.P256()), "ES384": newKey(t, elliptic.P384()),
		"ES512": newKey(t, elliptic.P521()), "EdDSA": ed} {
		b, err := Sign(key, Header{Typ: "x+jwt", Kid: "1", X5C: [][]byte{{1, 2}}, All: map[string]any{"extra": "e"}}, []byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Verify(key.Public()); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if tok.Header.Alg != alg || tok.Header.Typ != "x+jwt" || tok.Header.Kid != "1" || tok.Header.All["extra"] != "e" ||
			!cmp.Equal(tok.Header.X5C, [][]byte{{1, 2}}) || string(tok.Payload) != `{"a":1}` {
			t.Errorf("%s: %+v", alg, tok)
		}
		jwk, err := JWK(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseJWK(jwk)
		if err != nil || !again.(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Public()) {
			t.Errorf("%s: the JWK is another key: %v", alg, err)
		}
		if err := tok.Verify(newKey(t, elliptic.P256()).Public()); err == nil {
			t.Errorf("%s: another key verifies", alg)
		}
	}
	if _, err := Sign(ed, Header{All: map[string]any{"alg": "none"}}, nil); !errors.Is(err, ErrBadKey) {
		t.Errorf("alg none asked for: %v", err)
	}
}

// TestS17AlgorithmNone: no name of no algorithm is accepted.
func TestS17AlgorithmNone(t *testing.T) {
	key := newKey(t, elliptic.P256())
	good, err := Sign(key, Header{}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Parse(good)
	if err != nil || tok.Verify(key.Public()) != nil {
		t.Fatalf("control: %v", err)
	}
	signature := string(good[strings.LastIndexByte(string(good), '.'):])
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":"NONE"}`, `{"alg":""}`, `{}`, `{"alg":"es256"}`, `{"alg":"ES256 "}`, `{"alg":"RS256"}`, `{"alg":"SM2"}`} {
		for _, sig := range []string{".", signature} {
			tok, err := Parse([]byte(encode(header) + "." + encode("{}") + sig))
			if err == nil {
				err = tok.Verify(key.Public())
			}
			if !errors.Is(err, ErrBadSignature) {
				t.Errorf("%s%s: %v", header, sig, err)
			}
		}
	}
	if _, err := Parse([]byte(encode(`{"alg":null}`) + "." + encode("{}") + ".")); !errors.Is(err, ErrBadToken) {
		t.Errorf("alg null: %v", err)
	}
}

// TestS18PublicKeyAsSecret: HMAC under the bytes of the public key.
func TestS18PublicKeyAsSecret(t *testing.T) {
	key := newKey(t, elliptic.P256())
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range [][]byte{spki, nil} {
		input := encode(`{"alg":"HS256"}`) + "." + encode("{}")
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		tok, err := Parse([]byte(input + "." + encoding.EncodeToString(mac.Sum(nil))))
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Verify(key.Public()); !errors.Is(err, ErrBadSignature) {
			t.Errorf("HS256: %v", err)
		}
		if err := tok.Verify(secret); !errors.Is(err, ErrBadSignature) {
			t.Errorf("HS256 with bytes as key: %v", err)
		}
	}
}

// TestS19KeysNamedBySender: whatever the header says about the key, the
// caller's key decides, and nothing is fetched (the package cannot).
func TestS19KeysNamedBySender(t *testing.T) {
	key, stranger := newKey(t, elliptic.P256()), newKey(t, elliptic.P256())
	jwk, err := JWK(stranger.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"kid": "../../etc/passwd", "jku": "https://attacker.example/jwks", "x5u": "https://attacker.example/cert",
		"jwk": jwk, "x5t#S256": "AAAA"} {
		for _, kid := range []string{"' OR 1=1 --", "https://attacker.example/key", "\x00"} {
			h := Header{Kid: kid, All: map[string]any{name: v}}
			forged, err := Sign(stranger, h, []byte("{}"))
			if err != nil {
				t.Fatal(err)
			}
			tok, err := Parse(forged)
			if err != nil {
				t.Fatal(err)
			}
			if err := tok.Verify(key.Public()); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%s: %v", name, err)
			}
			good, _ := Sign(key, h, []byte("{}"))
			if tok, err := Parse(good); err != nil || tok.Verify(key.Public()) != nil {
				t.Errorf("control, %s: %v", name, err)
			}
		}
	}
}

// TestS20CriticalHeaders: crit and b64 are refused.
func TestS20CriticalHeaders(t *testing.T) {
	key := newKey(t, elliptic.P256())
	for _, extra := range []map[string]any{{"crit": []string{"exp"}, "exp": 1}, {"crit": []string{}}, {"crit": []string{"b64"}, "b64": false}, {"b64": false}, {"b64": true}} {
		b, err := Sign(key, Header{All: extra}, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); !errors.Is(err, ErrBadToken) {
			t.Errorf("%v: %v", extra, err)
		}
	}
	b, _ := Sign(key, Header{All: map[string]any{"unknown": "x"}}, []byte("{}"))
	if _, err := Parse(b); err != nil {
		t.Errorf("control, an unknown header that is not critical: %v", err)
	}
}

func TestTokensOutOfForm(t *testing.T) {
	key := newKey(t, elliptic.P256())
	good, err := Sign(key, Header{}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	h, p, s := encode(`{"alg":"ES256"}`), encode("{}"), encoding.EncodeToString(make([]byte, 64))
	for name, b := range map[string]string{
		"two parts":                   h + "." + p,
		"four parts":                  h + "." + p + "." + s + "." + s,
		"nothing":                     "",
		"dots":                        "..",
		"padding":                     h + "." + p + "=." + s,
		"standard base64":             h + "." + "+/8" + "." + s,
		"a line break":                h[:4] + "\n" + h[4:] + "." + p + "." + s,
		"a line break in the payload": h + "." + p + "\r\n." + s,
		"spare bits":                  h + "." + p[:len(p)-1] + "1." + s,
		"a space":                     " " + string(good),
		"a header that repeats":       encode(`{"alg":"none","alg":"ES256"}`) + "." + p + "." + s,
		"a header that is no object":  encode(`[]`) + "." + p + "." + s,
		"typ as a number":             encode(`{"alg":"ES256","typ":1}`) + "." + p + "." + s,
		"x5c as text":                 encode(`{"alg":"ES256","x5c":"AAAA"}`) + "." + p + "." + s,
		"x5c empty":                   encode(`{"alg":"ES256","x5c":[]}`) + "." + p + "." + s,
		"x5c in base64url":            encode(`{"alg":"ES256","x5c":["-_8="]}`) + "." + p + "." + s,
		"x5c of eleven":               encode(`{"alg":"ES256","x5c":["AAAA"`+strings.Repeat(`,"AAAA"`, 10)+`]}`) + "." + p + "." + s,
	} {
		if _, err := Parse([]byte(b)); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJWKsThatAreNone(t *testing.T) {
	jwk, err := JWK(newKey(t, elliptic.P256()).Public())
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, v any) map[string]any {
		m := map[string]any{}
		for k, old := range jwk {
			m[k] = old
		}
		m[name] = v
		return m
	}
	if _, err := ParseJWK(jwk); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, m := range map[string]map[string]any{"private": with("d", "AAAA"), "symmetric": {"kty": "oct", "k": "AAAA"}, "RSA": {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
		"another curve": with("crv", "P-384"), "SM2": with("crv", "SM2"), "secp256k1": with("crv", "secp256k1"), "no type": with("kty", nil),
		"off the curve": with("y", jwk["x"]), "a short coordinate": with("x", "AAAA"), "a number": with("x", 1), "empty": {}, "X25519": {"kty": "OKP", "crv": "X25519", "x": jwk["x"]}} {
		if k, err := ParseJWK(m); k != nil || !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
}

func TestThumbprintVector(t *testing.T) {
	const file = "openid4vp/session_transcripts.json"
	set := vectortest.Open(t, file)
	var v struct {
		JWK        map[string]any `json:"jwk"`
		Thumbprint string         `json:"jwk_thumbprint_hex"`
	}
	set.JSON(file, &v)
	key, err := ParseJWK(v.JWK)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := Thumbprint(key); err != nil || hex.EncodeToString(sum) != v.Thumbprint {
		t.Errorf("thumbprint %x, %v; want %s", sum, err, v.Thumbprint)
	}
}

// TestOpenIDTokenVectors verifies the signed metadata and the wallet attestation
// of OpenID4VCI, which carry the certificate of their signer.
func TestOpenIDTokenVectors(t *testing.T) {
	var paths []string
	for _, version := range []string{"1.0", "1.1"} {
		for _, name := range []string{"credential_issuer_metadata_sd_jwt_jwt.txt", "wallet_attestation.jwt.txt"} {
			paths = append(paths, "openid4vci/"+version+"/"+name)
		}
	}
	set := vectortest.Open(t, paths...)
	for _, path := range paths {
		b := bytes.Join(bytes.Fields(set.Bytes(path)), nil)
		tok, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		cert, err := x509.ParseCertificate(tok.Header.X5C[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Verify(cert.PublicKey); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := strictjson.Object(tok.Payload); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		b[len(b)/2] ^= 1
		if tok, err := Parse(b); err == nil && tok.Verify(cert.PublicKey) == nil {
			t.Errorf("%s: control, altered and valid", path)
		}
	}
}

func FuzzParse(f *testing.F) {
	d := sha256.Sum256([]byte("key"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		f.Fatal(err)
	}
	good := encode(`{"alg":"ES256","x5c":["AAAA"],"jwk":{"kty":"EC"}}`) + "." + encode(`{"a":1}`)
	digest := sha256.Sum256([]byte(good))
	der, err := key.Sign(nil, digest[:], crypto.SHA256) // deterministic
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(good + "." + encoding.EncodeToString(der)))
	f.Add([]byte("e30.e30."))
	f.Fuzz(func(t *testing.T, b []byte) {
		tok, err := Parse(b)
		if err != nil {
			return
		}
		if tok.Verify(key.Public()) == nil {
			t.Errorf("a signature in a form that is never accepted verifies: %q", b)
		}
		if jwk, ok := tok.Header.All["jwk"].(map[string]any); ok {
			if k, err := ParseJWK(jwk); (k == nil) == (err == nil) {
				t.Errorf("key %v with error %v", k, err)
			}
		}
		if _, err := strictjson.Decode(tok.Payload); err != nil && !errors.Is(err, strictjson.ErrBad) {
			t.Errorf("payload: %v", err)
		}
	})
}
