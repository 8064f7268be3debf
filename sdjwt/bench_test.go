package sdjwt

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"edl/mdoc/rawsig"
	"edl/sdjwt/jws"
)

var lastSum [32]byte

// compare has ours and the floor take turns in one run, so that neighbours on
// the machine disturb both alike, and reports the medians and their ratio.
func compare(b *testing.B, ours, floor func()) {
	var a, z []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		ours()
		middle := time.Now()
		floor()
		a, z = append(a, middle.Sub(start)), append(z, time.Since(middle))
	}
	slices.Sort(a)
	slices.Sort(z)
	x, y := a[len(a)/2].Seconds(), z[len(z)/2].Seconds()
	b.ReportMetric(1/x, "ours/s")
	b.ReportMetric(1/y, "floor/s")
	b.ReportMetric(y/x, "of-floor")
}

// BenchmarkIssueVC: 33 claims, all hidden. The floor is the signature and the
// hashes.
func BenchmarkIssueVC(b *testing.B) {
	w := newWorld(b)
	signer, err := NewSigner(w.key.PrivateKey, w.cert)
	if err != nil {
		b.Fatal(err)
	}
	v := w.vc(b)
	s, err := Parse(w.issue(b, w.vc(b)))
	if err != nil {
		b.Fatal(err)
	}
	compare(b, func() {
		v.Salts = rand.Reader
		p, err := v.Prepare(signer)
		if err != nil {
			b.Fatal(err)
		}
		sig, err := p.Sign()
		if err != nil {
			b.Fatal(err)
		}
		p.SDJWT(sig)
	}, func() {
		for i := range s.Disclosures {
			lastSum = sha256.Sum256(s.Disclosures[i].Encoded)
		}
		if _, err := rawsig.ES256.Sign(w.key.PrivateKey, s.issuer); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkVerifyVC: all claims shown, with a key binding and the chain of the
// issuer's certificate. The floor is the three signatures, the hashes and
// base64.
func BenchmarkVerifyVC(b *testing.B) {
	w := newWorld(b)
	all := w.bind(b, w.issue(b, w.vc(b)))
	p := w.policy()
	p.Key = func(h jws.Header, _ map[string]any) (crypto.PublicKey, error) {
		cert, err := x509.ParseCertificate(h.X5C[0])
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, w.cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	}
	s, err := Parse(all)
	if err != nil {
		b.Fatal(err)
	}
	sig, err := rawsig.ES256.Sign(w.key.PrivateKey, s.signed)
	if err != nil {
		b.Fatal(err)
	}
	room := make([]byte, len(all))
	compare(b, func() {
		if r := p.VerifyVC(all); !r.Valid {
			b.Fatal(r.Err())
		}
	}, func() {
		for i := range s.Disclosures {
			lastSum = sha256.Sum256(s.Disclosures[i].Encoded)
			_, _ = base64.RawURLEncoding.Decode(room, s.Disclosures[i].Encoded)
		}
		for range 3 {
			if err := rawsig.ES256.Verify(w.key.Public(), sig, s.signed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
