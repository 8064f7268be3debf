package mdoc

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/mdoc/rawsig"
)

// The floor is what cannot be avoided: the signatures, the hashes and the
// CBOR of the same document. Issue: writing each item and hashing it, writing
// the MSO and what is signed, hashing and signing it, writing the document.
// Verify: one pass over the CBOR of the response and of the MSO, the digests,
// and three signatures (root over signer, signer over MSO, device over
// session). Salts, validation, certificates and the report are not in it.

// What the floor writes, kept from being optimised away.
var (
	sink    []byte
	lastSum [32]byte
)

type floor struct {
	w        *world
	response []byte
	items    [][]byte
	parsed   *IssuerSigned
	mso      *MSO
	msoBytes []byte
	toSign   []byte
	certTBS  []byte
	device   []byte
	sigs     [3][]byte
}

func newFloor(b *testing.B) *floor {
	w := newWorld(b)
	f := &floor{w: w, response: w.response(b)}
	resp, err := ParseResponse(f.response)
	if err != nil {
		b.Fatal(err)
	}
	d := resp.Documents[0]
	for _, ns := range d.IssuerSigned.NameSpaces {
		for _, it := range ns.Items {
			f.items = append(f.items, it.bytes)
		}
	}
	f.parsed = d.IssuerSigned
	if f.msoBytes, err = f.parsed.mso(); err != nil {
		b.Fatal(err)
	}
	if f.mso, err = f.parsed.MSO(); err != nil {
		b.Fatal(err)
	}
	f.toSign = cose.Unsigned{Protected: d.IssuerSigned.Auth.Protected, Payload: d.IssuerSigned.Auth.Payload}.ToSign()
	f.certTBS = w.ds.RawTBSCertificate
	f.device = deviceAuthentication(w.transcript, d.DocType, d.DeviceSigned.bytes)
	f.device = cose.Unsigned{Protected: d.DeviceSigned.Signature.Protected, Payload: f.device}.ToSign()
	f.sigs = [3][]byte{must(b)(rawsig.ES256.Sign(w.iacaKey, f.certTBS)),
		d.IssuerSigned.Auth.Signature(), d.DeviceSigned.Signature.Signature()}
	return f
}

func (f *floor) verify(b *testing.B) {
	for _, m := range [][]byte{f.response, f.msoBytes} {
		if err := cbor.Check(m); err != nil {
			b.Fatal(err)
		}
	}
	for _, it := range f.items {
		lastSum = sha256.Sum256(it)
	}
	for i, m := range [][]byte{f.certTBS, f.toSign, f.device} {
		key := []*ecdsa.PublicKey{&f.w.iacaKey.PublicKey, &f.w.dsKey.PublicKey, &f.w.device.PublicKey}[i]
		if err := rawsig.ES256.Verify(key, f.sigs[i], m); err != nil {
			b.Fatal(err)
		}
	}
}

func (f *floor) issue(b *testing.B, key *ecdsa.PrivateKey) {
	out := make([]byte, 0, len(f.response))
	for i := range f.parsed.NameSpaces {
		for _, it := range f.parsed.NameSpaces[i].Items {
			start := len(out)
			out = appendItem(out, it.DigestID, it.Random, Element{it.Name, it.Value})
			lastSum = sha256.Sum256(out[start:])
		}
	}
	mso, err := f.mso.append(make([]byte, 0, len(f.msoBytes)))
	if err != nil {
		b.Fatal(err)
	}
	u := cose.Unsigned{Protected: f.parsed.Auth.Protected, Unprotected: f.parsed.Auth.Unprotected,
		Payload: cbor.AppendEncoded(make([]byte, 0, len(mso)+8), mso)}
	digest := sha256.Sum256(u.ToSign())
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	sink = u.Append(out, sig)
}

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

// BenchmarkIssue: 30 elements with a portrait of 20 KB.
func BenchmarkIssue(b *testing.B) {
	f := newFloor(b)
	signer, err := NewDocumentSigner(f.w.dsKey.PrivateKey, f.w.ds, f.w.iaca)
	if err != nil {
		b.Fatal(err)
	}
	i := f.w.issuance(b)
	seed := make([]byte, 32)
	compare(b, func() {
		i.Entropy, _ = DerivedEntropy(seed)
		p, err := i.Prepare(signer)
		if err != nil {
			b.Fatal(err)
		}
		sig, err := p.Sign()
		if err != nil {
			b.Fatal(err)
		}
		if len(p.IssuerSigned(sig)) == 0 {
			b.Fatal("nothing")
		}
	}, func() { f.issue(b, f.w.dsKey.PrivateKey) })
}

// BenchmarkVerify: the full chain, nothing kept between calls.
func BenchmarkVerify(b *testing.B) {
	f := newFloor(b)
	p := f.w.policy()
	compare(b, func() {
		if r := p.VerifyResponse(f.response); !r.Valid {
			b.Fatal(r.Err())
		}
	}, func() { f.verify(b) })
}

// BenchmarkVerifyAlone and BenchmarkIssueAlone are for profiles and memory.
func BenchmarkVerifyAlone(b *testing.B) {
	f := newFloor(b)
	p := f.w.policy()
	b.ReportAllocs()
	for b.Loop() {
		p.VerifyResponse(f.response)
	}
}

func BenchmarkIssueAlone(b *testing.B) {
	f := newFloor(b)
	signer, err := NewDocumentSigner(f.w.dsKey.PrivateKey, f.w.ds, f.w.iaca)
	if err != nil {
		b.Fatal(err)
	}
	i := f.w.issuance(b)
	b.ReportAllocs()
	for b.Loop() {
		p, _ := i.Prepare(signer)
		sig, _ := p.Sign()
		p.IssuerSigned(sig)
	}
}
