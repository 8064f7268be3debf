package sdjwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/fault"
	"edl/sdjwt/jws"
	"edl/statuslist"
)

const vct = "https://authority.example/licence"

// world is an invented issuer, holder and verifier. It is the same in every
// process, signatures included, so that a fuzzer's findings repeat.
type world struct {
	now    time.Time
	signer *Signer
	key    fixedKey
	holder fixedKey
	cert   *x509.Certificate
}

// fixedKey signs deterministically (RFC 6979).
type fixedKey struct{ *ecdsa.PrivateKey }

func fixed(t testing.TB, name string) fixedKey {
	t.Helper()
	d := sha256.Sum256([]byte(name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return fixedKey{k}
}

func (k fixedKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC), key: fixed(t, "issuer"), holder: fixed(t, "holder")}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Demo issuer"},
		NotBefore: w.now, NotAfter: w.now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(nil, template, template, w.key.Public(), w.key)
	if err != nil {
		t.Fatal(err)
	}
	if w.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if w.signer, err = NewSigner(w.key, w.cert); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) policy() Policy {
	return Policy{Key: func(jws.Header, map[string]any) (crypto.PublicKey, error) { return w.key.Public(), nil },
		Now: w.now.Add(time.Minute), Types: []string{vct}, Binding: &Binding{Audience: "x509_hash:abc", Nonce: "nonce"}}
}

func (w *world) vc(t testing.TB) VC {
	t.Helper()
	salts, err := DerivedSalts(make([]byte, 32), "a credential")
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	for _, name := range []string{"family_name", "given_name", "birth_date", "document_number", "issuing_authority", "a", "b", "c", "d", "e", "f",
		"g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u"} {
		claims[name] = Hidden{"value of " + name}
	}
	claims["address"] = Hidden{map[string]any{"city": Hidden{"测试市"}, "street": Hidden{"测试路1号"}}}
	claims["classes"] = []any{Hidden{"C1"}, Hidden{"D"}}
	claims["issuing_country"] = "CN"
	return VC{Type: vct, Issuer: "https://authority.example", IssuedAt: w.now, NotBefore: w.now, Expires: w.now.AddDate(0, 0, 30),
		Holder: w.holder.Public(), Status: &statuslist.Reference{Index: 7, URI: "https://authority.example/lists/1"}, Claims: claims, Salts: salts}
}

func (w *world) issue(t testing.TB, v VC) []byte {
	t.Helper()
	p, err := v.Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := p.Sign()
	if err != nil {
		t.Fatal(err)
	}
	return p.SDJWT(sig)
}

// bind binds an SD-JWT to the verifier of the world's policy.
func (w *world) bind(t testing.TB, sdjwt []byte) []byte {
	t.Helper()
	b, err := Bind(sdjwt, w.holder, "x509_hash:abc", "nonce", w.now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// present shows some claims to the verifier.
func (w *world) present(t testing.TB, paths ...Path) []byte {
	t.Helper()
	s, err := Parse(w.issue(t, w.vc(t)))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.Disclose(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return w.bind(t, shown)
}

func TestHolderShowsSomeClaims(t *testing.T) {
	w := newWorld(t)
	r := w.policy().VerifyVC(w.present(t, Path{"family_name"}, Path{"address", "city"}, Path{"classes", 1}))
	if !r.Valid {
		t.Fatal(r.Err())
	}
	var steps []string
	for _, s := range r.Checks {
		if steps = append(steps, s.Name); s.Clause == "" {
			t.Errorf("step %s names no clause", s.Name)
		}
	}
	want := []string{StepForm, StepType, StepSignature, StepDisclosures, StepValidity, StepVCT, StepRegistered, StepHolder, StepStatus,
		StepBinding, StepBindingSig, StepBindingHash, StepAudience, StepNonce, StepBindingTime}
	if d := cmp.Diff(want, steps); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	delete(r.Claims, "cnf")
	delete(r.Claims, "status")
	if d := cmp.Diff(map[string]any{"vct": vct, "iss": "https://authority.example", "iat": json.Number("1772413323"), "nbf": json.Number("1772413323"),
		"exp": json.Number("1775005323"), "issuing_country": "CN", "family_name": "value of family_name",
		"address": map[string]any{"city": "测试市"}, "classes": []any{"D"}}, r.Claims); d != "" {
		t.Errorf("claims (-want +got):\n%s", d)
	}
	if r.Status == nil || r.Status.Index != 7 || !w.holder.PublicKey.Equal(r.Holder) {
		t.Errorf("status %v, holder %v", r.Status, r.Holder)
	}
	if r := w.policy().VerifyVC(w.present(t)); !r.Valid || r.Claims["classes"] == nil || r.Claims["family_name"] != nil {
		t.Errorf("nothing shown: %v, %v", r.Err(), r.Claims)
	}
	if r := w.policy().VerifyVC(w.present(t, Path{"classes", nil}, Path{"address"})); len(r.Claims["classes"].([]any)) != 2 || len(r.Claims["address"].(map[string]any)) != 2 {
		t.Errorf("whole containers: %v", r.Claims)
	}
}

func TestCredentialIsRebuiltFromItsSignature(t *testing.T) {
	w := newWorld(t)
	first, err := w.vc(t).Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := first.Sign()
	if err != nil {
		t.Fatal(err)
	}
	later, err := NewSigner(nil, w.cert)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.vc(t).Prepare(later)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Verify(sig); err != nil || !bytes.Equal(first.SDJWT(sig), again.SDJWT(sig)) {
		t.Errorf("the rebuilt credential is another: %v", err)
	}
	if _, err := again.Sign(); !errors.Is(err, ErrBadKey) {
		t.Errorf("signed without a key: %v", err)
	}
	other := w.vc(t)
	other.Expires = other.Expires.Add(time.Second)
	changed, err := other.Prepare(later)
	if err != nil {
		t.Fatal(err)
	}
	if err := changed.Verify(sig); !errors.Is(err, ErrBadSignature) {
		t.Errorf("control, other facts: %v", err)
	}
	if _, err := NewSigner(w.holder, w.cert); !errors.Is(err, ErrBadKey) {
		t.Errorf("another private key: %v", err)
	}
	if _, err := DerivedSalts(make([]byte, 31), "a credential"); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestIssuanceRefusesWhatVerifiersWould(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*VC){
		"no type":                          func(v *VC) { v.Type = "" },
		"neither an expiry nor a status":   func(v *VC) { v.Expires, v.Status = time.Time{}, nil },
		"a hidden expiry":                  func(v *VC) { v.Claims["exp"] = Hidden{1} },
		"a status of its own":              func(v *VC) { v.Claims["status"] = 1 },
		"iat of its own":                   func(v *VC) { v.Claims["iat"] = 1 },
		"a claim _sd":                      func(v *VC) { v.Claims["_sd"] = []any{} },
		"a claim ...":                      func(v *VC) { v.Claims["..."] = "x" },
		"a hidden claim _sd":               func(v *VC) { v.Claims["_sd"] = Hidden{1} },
		"a claim _sd_alg":                  func(v *VC) { v.Claims["_sd_alg"] = "sha-256" },
		"a claim ... further down":         func(v *VC) { v.Claims["x"] = map[string]any{"...": 1} },
		"a hidden value in a hidden value": func(v *VC) { v.Claims["x"] = Hidden{Hidden{1}} },
		"no salts":                         func(v *VC) { v.Salts = nil },
	} {
		v := w.vc(t)
		change(&v)
		if _, err := v.Prepare(w.signer); !errors.Is(err, ErrBadCredential) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v := w.vc(t)
	v.Salts = bytes.NewReader(make([]byte, 20))
	if _, err := v.Prepare(w.signer); err == nil {
		t.Error("issued with too few salts")
	}
	v = w.vc(t)
	v.Claims["x"] = func() {}
	if _, err := v.Prepare(w.signer); err == nil {
		t.Error("a function was issued")
	}
}

func TestJSONIsWrittenAsTheLibraryDoes(t *testing.T) {
	for _, v := range []any{nil, true, -1, int64(1) << 40, uint64(1) << 63, "plain", "中\"\\<>&\n\x7f", "\xff", []string{"a", "b"}, []any{},
		map[string]any{"b": 1, "a": []any{map[string]any{}, 1.5}, "é": json.Number("1.50")}, json.Number("7"), map[string]string{"x": "y"}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := appendJSON(nil, v); err != nil || string(got) != string(want) {
			t.Errorf("%v is written as %s, %v; want %s", v, got, err, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, bad := range []any{nil, []any{}, []any{json.Number("-1")}, []any{json.Number("1.5")}, []any{true}, []any{map[string]any{}}, "x"} {
		if p, err := ParsePath(bad); !errors.Is(err, ErrBadCredential) {
			t.Errorf("%v is the path %v, %v", bad, p, err)
		}
	}
	claims := map[string]any{"a": []any{"x", map[string]any{"b": 1}}, "s": "text"}
	for _, tt := range []struct {
		path Path
		want []any
	}{
		{Path{"a", 1, "b"}, []any{1}}, {Path{"a", nil, "b"}, []any{1}}, {Path{"a", 2}, nil}, {Path{"s", 0}, nil},
		{Path{"s", nil}, nil}, {Path{"a", "b"}, nil}, {Path{"nothing"}, nil},
	} {
		if d := cmp.Diff(tt.want, tt.path.Select(claims)); d != "" {
			t.Errorf("%v: %s", tt.path, d)
		}
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	codes := map[string]bool{}
	for _, err := range []error{ErrBadToken, ErrBadSignature, ErrBadKey, ErrBadDisclosure, ErrTooLarge, ErrExpired, ErrUntrustedIssuer, ErrBadCredential, ErrBinding, ErrReplayed} {
		f := fault.Of(err)
		if f == nil || f.Say.ZH == "" || f.Say.EN == "" || codes[f.Code] {
			t.Errorf("%v", err)
			continue
		}
		codes[f.Code] = true
	}
}
