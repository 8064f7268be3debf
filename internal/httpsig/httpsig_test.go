package httpsig

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"edl/mdoc/rawsig"
)

func parsed(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// published is the request of RFC 9421 appendix B.2, signed as in B.2.6.
func published(t *testing.T) (Key, Request) {
	t.Helper()
	key, err := ParseKey("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n")
	if err != nil {
		t.Fatal(err)
	}
	return key, Request{Method: "POST", Target: parsed(t, "https://example.com/foo?param=Value&Pet=dog"), Header: http.Header{
		"Date": {"Tue, 20 Apr 2021 02:07:55 GMT"}, "Content-Type": {"application/json"}, "Content-Length": {"18"},
		"Content-Digest":  {"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"},
		"Signature-Input": {`sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`},
		"Signature":       {"sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"},
	}}
}

func TestThePublishedEd25519SignatureVerifies(t *testing.T) {
	key, r := published(t)
	s, err := Parse(r.Header)
	if err != nil {
		t.Fatal(err)
	}
	if !key.Verify(s, r) {
		base, _ := s.Base(r)
		t.Fatalf("it does not; the text is\n%s", base)
	}
	if !Digest(r.Header, []byte(`{"hello": "world"}`)) {
		t.Error("the published digest is not of the published body")
	}
	if s.KeyID != "test-key-ed25519" || s.Created.Unix() != 1618884473 || s.Nonce != "" || !s.Covers("date", "@path") || s.Covers("content-digest") {
		t.Errorf("read as %+v", s)
	}
	for name, alter := range map[string]func(*Request){
		"another method":      func(r *Request) { r.Method = "PUT" },
		"another path":        func(r *Request) { r.Target = parsed(t, "https://example.com/bar") },
		"another host":        func(r *Request) { r.Target = parsed(t, "https://example.org/foo") },
		"another type":        func(r *Request) { r.Header.Set("Content-Type", "text/plain") },
		"a field told twice":  func(r *Request) { r.Header.Add("Date", "x") },
		"a field that is not": func(r *Request) { r.Header.Del("Date") },
	} {
		key, r := published(t)
		alter(&r)
		if s, err := Parse(r.Header); err != nil || key.Verify(s, r) {
			t.Errorf("%s: verified (%v)", name, err)
		}
	}
}

func TestP256SignsTheRequestAsWell(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := Key{&private.PublicKey}
	again, err := ParseKeyDER(key.DER())
	if err != nil || again.Algorithm() != ECDSAP256 {
		t.Fatalf("%v %v", again, err)
	}
	r := Request{Method: "GET", Target: parsed(t, "http://Example.com:80"), Header: http.Header{}}
	s := &Signature{Covered: []string{"@method", "@target-uri", "@authority", "@path", "@query"}, Algorithm: ECDSAP256, params: "()"}
	base, err := s.Base(r)
	if err != nil {
		t.Fatal(err)
	}
	want := "\"@method\": GET\n\"@target-uri\": http://Example.com:80\n\"@authority\": example.com\n\"@path\": /\n\"@query\": ?\n\"@signature-params\": ()"
	if string(base) != want {
		t.Errorf("the text is\n%s", base)
	}
	if s.Value, err = rawsig.ES256.Sign(private, base); err != nil {
		t.Fatal(err)
	}
	if !again.Verify(s, r) {
		t.Error("it does not verify")
	}
	s.Algorithm = Ed25519
	if again.Verify(s, r) {
		t.Error("it verifies under another algorithm")
	}
}

func TestASignatureInAnotherSpellingIsNotRead(t *testing.T) {
	const input, value = `a=("@method");created=1;keyid="k"`, "a=:AAAA:"
	if _, err := Parse(http.Header{"Signature-Input": {input}, "Signature": {value}}); err != nil {
		t.Fatalf("control: %v", err)
	}
	if _, err := Parse(http.Header{}); !errors.Is(err, ErrNone) {
		t.Errorf("unsigned: %v", err)
	}
	for name, h := range map[string]http.Header{
		"no value":             {"Signature-Input": {input}},
		"no input":             {"Signature": {value}},
		"two signatures":       {"Signature-Input": {input, input}, "Signature": {value}},
		"two in one line":      {"Signature-Input": {input + ", b=();created=1"}, "Signature": {value}},
		"another label":        {"Signature-Input": {input}, "Signature": {"b=:AAAA:"}},
		"spaces":               {"Signature-Input": {`a=( "@method" );created=1`}, "Signature": {value}},
		"a part covered twice": {"Signature-Input": {`a=("@method" "@method");created=1`}, "Signature": {value}},
		"a member said twice":  {"Signature-Input": {`a=("@method");created=1;created=2`}, "Signature": {value}},
		"a part's parameter":   {"Signature-Input": {`a=("@query-param";name="x");created=1`}, "Signature": {value}},
		"a quoted moment":      {"Signature-Input": {`a=();created="1"`}, "Signature": {value}},
		"a bare key":           {"Signature-Input": {`a=();keyid=1`}, "Signature": {value}},
		"an upper-case part":   {"Signature-Input": {`a=("Date");created=1`}, "Signature": {value}},
		"bad base64":           {"Signature-Input": {input}, "Signature": {"a=:A:"}},
	} {
		if _, err := Parse(h); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADigestIsOfTheBodyOrRefused(t *testing.T) {
	right := "sha-256=:" + base64.StdEncoding.EncodeToString(sum("sha-256", []byte("x"))) + ":"
	for header, ok := range map[string]bool{
		right: true, right + ", " + right: true, "": false, "sha-256=:AAAA:": false, "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:": false,
		right + ", md5=:1B2M2Y8AsgTpgAmY7PhCfg==:": false, "sha-512" + right[7:]: false,
	} {
		if got := Digest(http.Header{"Content-Digest": {header}}, []byte("x")); got != ok {
			t.Errorf("%q: %v", header, got)
		}
	}
	if Digest(http.Header{"Content-Digest": {right}}, []byte("y")) || Digest(http.Header{}, nil) {
		t.Error("another body, or no digest, is taken")
	}
}

func TestOnlyTheTwoKindsOfKeyAreTaken(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := Key{public}
	if again, err := ParseKey(base64.StdEncoding.EncodeToString(k.DER())); err != nil || again.Algorithm() != Ed25519 {
		t.Errorf("%v %v", again, err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "words": "a key", "P-384": base64.StdEncoding.EncodeToString(Key{&other.PublicKey}.DER()),
		"a private key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
	} {
		if _, err := ParseKey(text); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri" "content-digest");created=1;keyid="k";nonce="n"`, "sig1=:AAAA:")
	f.Add(`a=();expires=-1`, "a=:AA==:")
	f.Fuzz(func(t *testing.T, input, value string) {
		s, err := Parse(http.Header{"Signature-Input": {input}, "Signature": {value}})
		if err != nil {
			return
		}
		s.Base(Request{Method: "GET", Target: &url.URL{Scheme: "https", Host: "a.example"}, Header: http.Header{}})
	})
}
