package gm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
)

var now = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

func newKey(t testing.TB) *sm2.PrivateKey {
	t.Helper()
	k, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignatures(t *testing.T) {
	key := newKey(t)
	message := []byte("电子驾驶证")
	sig, err := Sign(key, message)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(key.Public(), message, sig); err != nil {
		t.Errorf("control: %v", err)
	}
	if !sm2.VerifyASN1WithSM2(&key.PublicKey, nil, message, sig) {
		t.Error("the library's own way of the default identifier refuses the signature")
	}
	if sm2.VerifyASN1WithSM2(&key.PublicKey, []byte("ALICE123@YAHOO.COM"), message, sig) {
		t.Error("another identifier verifies")
	}
	bare := SM3(message)
	if sm2.VerifyASN1(&key.PublicKey, bare[:], sig) {
		t.Error("the signature is of the bare digest")
	}
	if err := Verify(key.Public(), append(message, 0), sig); !errors.Is(err, rawsig.ErrMismatch) {
		t.Errorf("another message: %v", err)
	}
	if err := Verify(newKey(t).Public(), message, sig); !errors.Is(err, rawsig.ErrMismatch) {
		t.Errorf("another key: %v", err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(p256.Public(), message, sig); !errors.Is(err, ErrBadKey) {
		t.Errorf("a P-256 key: %v", err)
	}
	if _, err := Sign(p256, message); !errors.Is(err, ErrBadKey) {
		t.Errorf("signed by a P-256 key: %v", err)
	}
	if err := Verify(nil, message, sig); !errors.Is(err, ErrBadKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestSignaturesOutOfForm(t *testing.T) {
	key := newKey(t)
	sig, err := Sign(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &rs); err != nil {
		t.Fatal(err)
	}
	der := func(r, s *big.Int) []byte {
		b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	n, zero := sm2.P256().Params().N, new(big.Int)
	if err := Verify(key.Public(), nil, der(rs.R, rs.S)); err != nil {
		t.Fatalf("control: %v", err)
	}
	long := append([]byte{0x30, 0x81, sig[1]}, sig[2:]...)
	padded := append([]byte{0x30, sig[1] + 1, 0x02, sig[3] + 1, 0}, sig[4:]...)
	for name, s := range map[string][]byte{
		"r is zero": der(zero, rs.S), "s is zero": der(rs.R, zero), "r is the order": der(n, rs.S), "s is the order": der(rs.R, n),
		"r beyond the order": der(new(big.Int).Add(rs.R, n), rs.S), "r negative": der(new(big.Int).Neg(rs.R), rs.S),
		"r and s make the order": der(rs.R, new(big.Int).Sub(n, rs.R)), "swapped": der(rs.S, rs.R),
		"a byte after the end": append(bytes.Clone(sig), 0), "cut off": sig[:len(sig)-1], "empty": nil,
		"a longer length": long, "a padded number": padded, "r and s side by side": append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...),
	} {
		if err := Verify(key.Public(), nil, s); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysSurviveARoundTrip(t *testing.T) {
	key := newKey(t)
	der, err := MarshalKey(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKey(der)
	if err != nil || !again.Equal(key) {
		t.Errorf("another key came back: %v", err)
	}
	point, err := MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if k, err := ParsePublicKey(point); err != nil || !k.Equal(&key.PublicKey) {
		t.Errorf("another point came back: %v", err)
	}
	off := bytes.Clone(point)
	off[len(off)-1] ^= 1
	for name, p := range map[string][]byte{"off the curve": off, "short": point[:64], "compressed": append([]byte{2}, point[1:33]...), "infinity": {0}, "empty": nil} {
		if k, err := ParsePublicKey(p); k != nil || !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other, err := smx509.MarshalPKCS8PrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"a P-256 key": other, "cut off": der[:20], "empty": nil} {
		if _, err := ParseKey(b); !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pki is an invented SM2 hierarchy: a root, an authority and a signer.
type pki struct {
	rootKey, authorityKey, signerKey *sm2.PrivateKey
	root, authority, signer          *Certificate
	trust                            *Trust
}

func request(name string, days int) Request {
	return Request{Subject: pkix.Name{Country: []string{"CN"}, Organization: []string{"测试机关"}, CommonName: name},
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, days), CRL: "https://authority.example/sm2.crl"}
}

func parse(t testing.TB) func([]byte, error) *Certificate {
	return func(der []byte, err error) *Certificate {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func newPKI(t testing.TB) *pki {
	t.Helper()
	p := &pki{rootKey: newKey(t), authorityKey: newKey(t), signerKey: newKey(t), trust: &Trust{}}
	p.root = parse(t)(request("Demo SM2 root", 3650).CreateRoot(p.rootKey))
	p.authority = parse(t)(request("Demo SM2 authority", 1000).CreateAuthority(p.authorityKey.Public(), p.root, p.rootKey))
	p.signer = parse(t)(request("Demo seal", 400).CreateSigner(p.signerKey.Public(), p.authority, p.authorityKey))
	if err := p.trust.AddRoot(p.root); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pki) chain() [][]byte { return [][]byte{p.signer.Raw, p.authority.Raw} }

func TestChains(t *testing.T) {
	p := newPKI(t)
	cert, steps := p.trust.Verify(p.chain(), now)
	if !steps.OK() || !bytes.Equal(cert.Raw, p.signer.Raw) {
		t.Fatalf("control: %v", steps.Err())
	}
	for _, s := range steps {
		if s.Clause == "" {
			t.Errorf("step %s names no clause", s.Name)
		}
	}
	sig, err := Sign(p.signerKey, []byte("seal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(cert.PublicKey, []byte("seal"), sig); err != nil {
		t.Errorf("a seal under the chain: %v", err)
	}
	direct := parse(t)(request("Direct", 10).CreateSigner(p.signerKey.Public(), p.root, p.rootKey))
	if _, steps := p.trust.Verify([][]byte{direct.Raw}, now); !steps.OK() {
		t.Errorf("a signer right below the root: %v", steps.Err())
	}

	strange := newPKI(t) // the same names, other keys
	deep := parse(t)(request("Too deep", 10).CreateAuthority(p.signerKey.Public(), p.authority, p.authorityKey))
	below := parse(t)(request("Below", 10).CreateSigner(p.signerKey.Public(), deep, p.signerKey))
	bySigner := parse(t)(request("By a signer", 10).CreateSigner(p.signerKey.Public(), p.signer, p.signerKey))
	for name, tt := range map[string]struct {
		chain [][]byte
		at    time.Time
	}{
		"another hierarchy of the same names": {strange.chain(), now},
		"a signer of another hierarchy":       {[][]byte{strange.signer.Raw, p.authority.Raw}, now},
		"the authority left out":              {[][]byte{p.signer.Raw}, now},
		"the authority alone":                 {[][]byte{p.authority.Raw}, now},
		"the root alone":                      {[][]byte{p.root.Raw}, now},
		"the root sent along":                 {[][]byte{p.signer.Raw, p.authority.Raw, p.root.Raw}, now},
		"the wrong order":                     {[][]byte{p.authority.Raw, p.signer.Raw}, now},
		"an authority below its path length":  {[][]byte{below.Raw, deep.Raw, p.authority.Raw}, now},
		"issued by a signer":                  {[][]byte{bySigner.Raw, p.signer.Raw, p.authority.Raw}, now},
		"nothing":                             {nil, now},
		"ten":                                 {[][]byte{p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.signer.Raw, p.authority.Raw}, now},
		"no certificate":                      {[][]byte{{1, 2, 3}}, now},
		"cut off":                             {[][]byte{p.signer.Raw[:100], p.authority.Raw}, now},
		"after the signer's time":             {p.chain(), p.signer.NotAfter.Add(time.Second)},
		"after the authority's time":          {p.chain(), p.authority.NotAfter.Add(time.Second)},
		"before all":                          {p.chain(), p.signer.NotBefore.Add(-time.Second)},
	} {
		cert, steps := p.trust.Verify(tt.chain, tt.at)
		if cert != nil || !errors.Is(steps.Err(), ErrUntrustedIssuer) {
			t.Errorf("%s: %v", name, steps.Err())
		}
	}
	for _, trust := range []*Trust{nil, {}} {
		if _, steps := trust.Verify(p.chain(), now); !errors.Is(steps.Err(), ErrUntrustedIssuer) {
			t.Errorf("nobody trusted: %v", steps.Err())
		}
	}
	altered := bytes.Clone(p.signer.Raw)
	altered[len(altered)-1] ^= 1
	if _, steps := p.trust.Verify([][]byte{altered, p.authority.Raw}, now); !errors.Is(steps.Err(), ErrUntrustedIssuer) {
		t.Errorf("an altered signature: %v", steps.Err())
	}
}

func TestRevocation(t *testing.T) {
	for name, tt := range map[string]struct {
		revoke func(p *pki) ([]byte, error)
		valid  bool
	}{
		"nothing revoked": {func(p *pki) ([]byte, error) { return p.revoke(p.root, p.rootKey, big.NewInt(7)) }, true},
		"the signer": {func(p *pki) ([]byte, error) {
			return p.revoke(p.authority, p.authorityKey, p.signer.SerialNumber)
		}, false},
		"the authority": {func(p *pki) ([]byte, error) { return p.revoke(p.root, p.rootKey, p.authority.SerialNumber) }, false},
		"the signer's number, by the root": {func(p *pki) ([]byte, error) {
			return p.revoke(p.root, p.rootKey, p.signer.SerialNumber)
		}, true},
		"the signer, by a stranger of the authority's name": {func(p *pki) ([]byte, error) {
			stranger := newPKI(t)
			return stranger.revoke(stranger.authority, stranger.authorityKey, p.signer.SerialNumber)
		}, true},
	} {
		p := newPKI(t)
		list, err := tt.revoke(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.trust.AddCRL(list); err != nil {
			t.Fatal(err)
		}
		if _, steps := p.trust.Verify(p.chain(), now); steps.OK() != tt.valid {
			t.Errorf("%s: %v", name, steps.Err())
		}
	}
	if err := (&Trust{}).AddCRL([]byte{1}); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a list that is none: %v", err)
	}
}

func (p *pki) revoke(issuer *Certificate, key *sm2.PrivateKey, serial *big.Int) ([]byte, error) {
	return CreateCRL(1, now, now.AddDate(0, 0, 1), []smx509.RevocationListEntry{{SerialNumber: serial, RevocationTime: now}}, issuer, key)
}

func TestRootsThatAreNone(t *testing.T) {
	p := newPKI(t)
	for name, c := range map[string]*Certificate{"a signer": p.signer, "an authority below a root": p.authority} {
		if err := (&Trust{}).AddRoot(c); !errors.Is(err, ErrBadCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if _, err := request("P-256", 10).CreateRoot(p256); !errors.Is(err, ErrBadKey) {
		t.Errorf("a root on P-256: %v", err)
	}
	if _, err := request("P-256", 10).CreateSigner(p256.Public(), p.root, p.rootKey); !errors.Is(err, ErrBadKey) {
		t.Errorf("a signer on P-256: %v", err)
	}
	for name, r := range map[string]Request{"no name": {NotAfter: now}, "no time": {Subject: pkix.Name{CommonName: "x"}, NotBefore: now, NotAfter: now}} {
		if _, err := r.CreateRoot(p.rootKey); !errors.Is(err, ErrBadCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	for _, err := range []error{ErrBadSignature, ErrBadKey, ErrBadCertificate, ErrUntrustedIssuer} {
		if f := fault.Of(err); f == nil || f.Say.ZH == "" || f.Say.EN == "" {
			t.Errorf("%v", err)
		}
	}
}

func FuzzChain(f *testing.F) {
	p := newPKI(f)
	f.Add(p.signer.Raw, p.authority.Raw)
	f.Add(p.root.Raw, []byte{})
	f.Fuzz(func(t *testing.T, leaf, authority []byte) {
		cert, steps := p.trust.Verify([][]byte{leaf, authority}, now)
		if (cert != nil) != steps.OK() {
			t.Fatalf("certificate %v with %v", cert, steps.Err())
		}
		if cert != nil && !bytes.Equal(cert.RawTBSCertificate, p.signer.RawTBSCertificate) {
			t.Error("a chain that was never issued is trusted")
		}
		_ = (&Trust{}).AddCRL(leaf)
		_, _ = ParseKey(leaf)
		_, _ = ParsePublicKey(leaf)
	})
}

func FuzzVerify(f *testing.F) {
	key := newKey(f)
	sig, err := Sign(key, []byte("message"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sig)
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := Verify(key.Public(), []byte("another message"), b); err == nil {
			t.Error("a signature that was never made verifies")
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key := newKey(b)
	for b.Loop() {
		if _, err := Sign(key, []byte("message")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	key := newKey(b)
	sig, err := Sign(key, []byte("message"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Verify(key.Public(), []byte("message"), sig); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyFloor is the verification of a hash that is there already.
func BenchmarkVerifyFloor(b *testing.B) {
	key := newKey(b)
	sig, err := Sign(key, []byte("message"))
	if err != nil {
		b.Fatal(err)
	}
	e, err := Digest(key.Public(), []byte("message"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !sm2.VerifyASN1(&key.PublicKey, e, sig) {
			b.Fatal("refused")
		}
	}
}
