package mdoc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/hmac"
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
// session). The signature is of the kind that ours is, by RFC 6979. The salts
// are prescribed to be HKDF of each digest identifier: their hashes, one HMAC
// each, are in the floor, and a second figure leaves them out. Validation,
// certificates and the report are in neither.

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

// salts makes the hashes of HKDF, and no salts of them.
func (f *floor) salts(b *testing.B, secret []byte) {
	prk, err := hkdf.Extract(sha256.New, secret, nil)
	if err != nil {
		b.Fatal(err)
	}
	expand := hmac.New(sha256.New, prk)
	for range f.items {
		expand.Reset()
		expand.Write(prk[:26]) // an identifier, a namespace and a count
		sink = expand.Sum(sink[:0])
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
	sig, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	sink = u.Append(out, sig)
}

// compare has ours and the parts of the floor take turns in one run, so that
// neighbours on the machine disturb all alike, and reports the medians and
// their ratio; and the ratio to the first part alone, if there are more.
func compare(b *testing.B, ours func(), floor ...func()) {
	took := make([][]time.Duration, 1+len(floor))
	b.ReportAllocs()
	for b.Loop() {
		for i, part := range append([]func(){ours}, floor...) {
			start := time.Now()
			part()
			took[i] = append(took[i], time.Since(start))
		}
	}
	var medians []float64
	sum := 0.0
	for i, t := range took {
		slices.Sort(t)
		medians = append(medians, t[len(t)/2].Seconds())
		if i > 0 {
			sum += medians[i]
		}
	}
	b.ReportMetric(1/medians[0], "ours/s")
	b.ReportMetric(1/sum, "floor/s")
	b.ReportMetric(sum/medians[0], "of-floor")
	if len(floor) > 1 {
		b.ReportMetric(medians[1]/medians[0], "of-first")
	}
}

// BenchmarkIssue: 30 elements with a portrait of 20 KB.
func BenchmarkIssue(b *testing.B) {
	f := newFloor(b)
	signer, err := NewDocumentSigner(f.w.dsKey.PrivateKey, f.w.ds, f.w.iaca)
	if err != nil {
		b.Fatal(err)
	}
	i := f.w.issuance(b)
	secret := make([]byte, 32)
	compare(b, func() {
		i.Entropy, _ = DerivedEntropy(secret, "a document")
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
	}, func() { f.issue(b, f.w.dsKey.PrivateKey) }, func() { f.salts(b, secret) })
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
	i, secret := f.w.issuance(b), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		i.Entropy, _ = DerivedEntropy(secret, "a document")
		p, _ := i.Prepare(signer)
		sig, _ := p.Sign()
		p.IssuerSigned(sig)
	}
}
