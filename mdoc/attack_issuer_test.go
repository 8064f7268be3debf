package mdoc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// TestS8ElementsMoved: elements elsewhere than where they were signed.
func TestS8ElementsMoved(t *testing.T) {
	w := newWorld(t)
	s, err := ParseIssuerSigned(w.issue(t, w.issuance(t)))
	if err != nil {
		t.Fatal(err)
	}
	show := func(change func(ns []SignedNameSpace)) *Report {
		c := &IssuerSigned{Auth: s.Auth, auth: s.auth}
		for _, ns := range s.NameSpaces {
			c.NameSpaces = append(c.NameSpaces, SignedNameSpace{ns.Name, append([]Item(nil), ns.Items...)})
		}
		change(c.NameSpaces)
		return w.policy().VerifyIssuerSigned(c.Append(nil))
	}
	rewrite := func(it Item, id uint64) Item {
		it.bytes = appendItem(nil, id, it.Random, Element{it.Name, it.Value})
		return it
	}
	accepted(t, "control", show(func([]SignedNameSpace) {}))
	accepted(t, "control, an item written again", show(func(ns []SignedNameSpace) { ns[0].Items[0] = rewrite(ns[0].Items[0], ns[0].Items[0].DigestID) }))
	refused(t, "an element moved to another namespace", show(func(ns []SignedNameSpace) {
		ns[1].Items = append(ns[1].Items, ns[0].Items[0])
	}), ErrDigestMismatch)
	refused(t, "a namespace renamed", show(func(ns []SignedNameSpace) { ns[1].Name = "org.example" }), ErrDigestMismatch)
	refused(t, "the digest of another element", show(func(ns []SignedNameSpace) {
		ns[0].Items[0] = rewrite(ns[0].Items[0], ns[0].Items[1].DigestID)
	}), ErrDigestMismatch)
	refused(t, "an element that is not in the MSO", show(func(ns []SignedNameSpace) {
		ns[0].Items = append(ns[0].Items, rewrite(Item{Name: "vip", Random: make([]byte, 16), Value: []byte{0xf5}}, 99))
	}), ErrDigestMismatch)
	refused(t, "the value of another", show(func(ns []SignedNameSpace) {
		it := ns[0].Items[0]
		it.Value = cbor.AppendText(nil, "Li")
		ns[0].Items[0] = rewrite(it, it.DigestID)
	}), ErrDigestMismatch)
	refused(t, "an element twice", show(func(ns []SignedNameSpace) { ns[0].Items = append(ns[0].Items, ns[0].Items[0]) }), ErrBadStructure)
}

// TestS9DocumentType: the type that was sent is not the one signed.
func TestS9DocumentType(t *testing.T) {
	w := newWorld(t)
	s, err := ParseIssuerSigned(w.issue(t, w.issuance(t)))
	if err != nil {
		t.Fatal(err)
	}
	for docType, want := range map[string]error{DocTypeMDL: nil, "org.example.staff": ErrDocTypeMismatch, DocTypeMDL + " ": ErrDocTypeMismatch} {
		doc := must(t)(s.Present(docType, w.transcript, SignWith(w.device)))
		r := w.policy().VerifyResponse(AppendResponse(nil, [][]byte{doc}, nil))
		if r.Valid != (want == nil) || !errors.Is(r.Err(), want) {
			t.Errorf("%q: %v", docType, r.Err())
		}
	}
}

// TestS10Times: before, after, and outside the signer's validity.
func TestS10Times(t *testing.T) {
	w := newWorld(t)
	issued := w.issue(t, w.issuance(t))
	at := func(now time.Time, leeway time.Duration) *Report {
		p := w.policy()
		p.Now, p.Leeway = now, leeway
		return p.VerifyIssuerSigned(issued)
	}
	v := w.validity()
	accepted(t, "the first moment", at(v.From, 0))
	accepted(t, "the last moment", at(v.Until, 0))
	accepted(t, "a little early, with leeway", at(v.From.Add(-30*time.Second), 30*time.Second))
	refused(t, "a little early", at(v.From.Add(-time.Second), 0), ErrExpired)
	refused(t, "early beyond the leeway", at(v.From.Add(-31*time.Second), 30*time.Second), ErrExpired)
	refused(t, "a second late", at(v.Until.Add(time.Second), 0), ErrExpired)
	refused(t, "late, leeway or not", at(v.Until.Add(time.Second), time.Hour), ErrExpired)

	long := w.validity()
	long.Until = w.ds.NotAfter.AddDate(0, 0, 10)
	mso := func(v Validity) []byte {
		return w.forge(t, func(b []byte) []byte { return replaceOnce(t, b, w.validity().append(nil), v.append(nil)) })
	}
	beyond := mso(long)
	p := w.policy()
	accepted(t, "a document that outlives its signer, before that", p.VerifyIssuerSigned(beyond))
	p.Now = w.ds.NotAfter.Add(time.Second)
	r := p.VerifyIssuerSigned(beyond)
	refused(t, "and after", r, ErrUntrustedIssuer)
	if s := r.Checks.Get(StepValidity); s == nil || !errors.Is(s.Err, ErrExpired) {
		t.Errorf("after its signer's end: %+v", s)
	}
	early := w.validity()
	early.Signed = w.ds.NotBefore.Add(-time.Second)
	refused(t, "signed before its signer's time", w.policy().VerifyIssuerSigned(mso(early)), ErrExpired)
	backwards := w.validity()
	backwards.Until = backwards.From
	refused(t, "ends before it begins", w.policy().VerifyIssuerSigned(mso(backwards)), ErrBadMSO)
}

// TestS11Issuers: certificates that must not be believed.
func TestS11Issuers(t *testing.T) {
	w := newWorld(t)
	device := w.device
	// issueBy issues with any certificate, past the checks of NewDocumentSigner.
	issueBy := func(cert []byte, key crypto.Signer, rest ...[]byte) []byte {
		ds := &DocumentSigner{key: key, cert: parseCert(t, cert), alg: cose.ES256, country: "CN"}
		p, err := w.issuance(t).Prepare(ds)
		if err != nil {
			t.Fatal(err)
		}
		p.unsigned.Unprotected.X5Chain = append([][]byte{cert}, rest...)
		return p.IssuerSigned(must(t)(p.Sign()))
	}
	verify := func(b []byte) *Report { return w.policy().VerifyResponse(w.present(t, b, SignWith(device))) }
	key := keyOf(t)
	template := func() *x509.Certificate {
		c := w.certificate("Demo DS 2", 300)
		tpl, err := c.template(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		tpl.KeyUsage = x509.KeyUsageDigitalSignature
		value, _ := asn1.Marshal([]asn1.ObjectIdentifier{OIDDocumentSigner})
		tpl.ExtraExtensions = append(tpl.ExtraExtensions, pkix.Extension{Id: oidExtKeyUsage, Critical: true, Value: value})
		return tpl
	}
	sign := func(tpl, parent *x509.Certificate, by crypto.Signer) []byte {
		return must(t)(x509.CreateCertificate(rand.Reader, tpl, parent, key.Public(), by))
	}
	accepted(t, "control", verify(issueBy(sign(template(), w.iaca, w.iacaKey), key)))

	purpose := func(oid asn1.ObjectIdentifier, critical bool) *x509.Certificate {
		tpl := template()
		value, _ := asn1.Marshal([]asn1.ObjectIdentifier{oid})
		tpl.ExtraExtensions[len(tpl.ExtraExtensions)-1] = pkix.Extension{Id: oidExtKeyUsage, Critical: critical, Value: value}
		return tpl
	}
	change := func(f func(*x509.Certificate)) *x509.Certificate { tpl := template(); f(tpl); return tpl }
	otherKey := keyOf(t)
	other := parseCert(t, must(t)(w.certificate("Demo IACA", 9*365).CreateIACA(otherKey))) // same name, another key
	for name, cert := range map[string][]byte{
		"the purpose of a reader":    sign(purpose(OIDReaderAuth, true), w.iaca, w.iacaKey),
		"a purpose that is optional": sign(purpose(OIDDocumentSigner, false), w.iaca, w.iacaKey),
		"no purpose":                 sign(change(func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[:1] }), w.iaca, w.iacaKey),
		"self-signed":                sign(template(), template(), key),
		"a root of the same name":    sign(template(), other, otherKey),
		"another key usage":          sign(change(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment }), w.iaca, w.iacaKey),
		"two key usages":             sign(change(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }), w.iaca, w.iacaKey),
		"an authority":               sign(change(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }), w.iaca, w.iacaKey),
		"expired":                    sign(change(func(c *x509.Certificate) { c.NotAfter = w.now.Add(time.Minute) }), w.iaca, w.iacaKey),
		"not yet valid":              sign(change(func(c *x509.Certificate) { c.NotBefore = w.now.Add(2 * time.Hour) }), w.iaca, w.iacaKey),
		"another country":            sign(change(func(c *x509.Certificate) { c.Subject.Country = []string{"US"} }), w.iaca, w.iacaKey),
		"no country":                 sign(change(func(c *x509.Certificate) { c.Subject.Country = nil }), w.iaca, w.iacaKey),
		"no issuer alternative name": sign(change(func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[1:] }), w.iaca, w.iacaKey),
		"no revocation list":         sign(change(func(c *x509.Certificate) { c.CRLDistributionPoints = nil }), w.iaca, w.iacaKey),
		"a false key identifier":     sign(change(func(c *x509.Certificate) { c.SubjectKeyId = []byte{1, 2, 3} }), w.iaca, w.iacaKey),
		"458 days":                   sign(change(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.AddDate(0, 0, 458) }), w.iaca, w.iacaKey),
		"name constraints":           sign(change(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example"} }), w.iaca, w.iacaKey),
		"an unknown critical addition": sign(change(func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}), w.iaca, w.iacaKey),
	} {
		ds := &DocumentSigner{key: key, cert: parseCert(t, cert), alg: cose.ES256, country: "CN"}
		i := w.issuance(t)
		i.Validity.Until = i.Validity.From.Add(30 * time.Second) // within the certificates that end early
		if ds.cert.NotBefore.After(i.Validity.Signed) {
			i.Validity.Signed, i.Validity.From = ds.cert.NotBefore, ds.cert.NotBefore
			i.Validity.Until = i.Validity.From.Add(time.Minute)
		}
		p, err := i.Prepare(ds)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		policy := w.policy()
		r := policy.VerifyIssuerSigned(p.IssuerSigned(must(t)(p.Sign())))
		refused(t, name, r, ErrUntrustedIssuer)
	}

	good := sign(template(), w.iaca, w.iacaKey)
	refused(t, "a chain of two", verify(issueBy(good, key, w.iaca.Raw)), ErrUntrustedIssuer)
	refused(t, "a chain of ten", verify(issueBy(good, key, bytes.Split(bytes.Repeat([]byte{1}, 17), []byte{})[:9]...)), ErrUntrustedIssuer)
	refused(t, "no certificate", verify(issueBy2(t, w, good, key)), ErrUntrustedIssuer)
	refused(t, "the certificate of another key", verify(issueBy(w.ds.Raw, key)), ErrBadSignature)
	if err := w.trust.AddCRL(w.revoke(t, parseCert(t, good))); err != nil {
		t.Fatal(err)
	}
	refused(t, "revoked", verify(issueBy(good, key)), ErrUntrustedIssuer)
	accepted(t, "control, another signer after the revocation", verify(issueBy(w.ds.Raw, w.dsKey)))
	if err := (&Trust{}).AddCRL(w.revoke(t, w.ds)); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a revocation list of a stranger: %v", err)
	}
	if err := w.trust.AddCRL([]byte{1}); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a revocation list that is none: %v", err)
	}
	refused(t, "nobody is trusted", Policy{Now: w.now, Transcript: w.transcript}.VerifyResponse(w.response(t)), ErrUntrustedIssuer)
	abroad := w.issuance(t)
	abroad.NameSpaces[0].Elements[5].Value = cbor.AppendText(nil, "US")
	ds := *w.signer
	ds.country = "US" // past the issuer's own check
	abroad.NameSpaces[0].Elements[13].Value = cbor.AppendText(nil, "US-NY")
	p, err := abroad.Prepare(&ds)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "a document for another country", w.policy().VerifyIssuerSigned(p.IssuerSigned(must(t)(p.Sign()))), ErrUntrustedIssuer)
}

func issueBy2(t *testing.T, w *world, cert []byte, key *ecdsa.PrivateKey) []byte {
	ds := &DocumentSigner{key: key, cert: parseCert(t, cert), alg: cose.ES256, country: "CN"}
	p, err := w.issuance(t).Prepare(ds)
	if err != nil {
		t.Fatal(err)
	}
	p.unsigned.Unprotected.X5Chain = nil
	return p.IssuerSigned(must(t)(p.Sign()))
}

// TestS12Signatures: the issuer's signature out of form (the forms themselves
// are in packages cose and rawsig).
func TestS12Signatures(t *testing.T) {
	w := newWorld(t)
	p, err := w.issuance(t).Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	good := must(t)(p.Sign())
	verify := func(sig []byte) *Report { return w.policy().VerifyIssuerSigned(p.IssuerSigned(sig)) }
	accepted(t, "control", verify(good))
	digest := sha256.Sum256(p.ToSign())
	der, err := ecdsa.SignASN1(rand.Reader, w.dsKey.PrivateKey, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	order := elliptic.P256().Params().N.Bytes()
	negated := bytes.Clone(good)
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(good[32:])).FillBytes(negated[32:])
	for name, sig := range map[string][]byte{
		"r is zero": append(make([]byte, 32), good[32:]...), "s is zero": append(bytes.Clone(good[:32]), make([]byte, 32)...),
		"r is the order": append(bytes.Clone(order), good[32:]...), "s is the order": append(bytes.Clone(good[:32]), order...),
		"DER": der, "63 bytes": good[:63], "65 bytes": append(bytes.Clone(good), 0), "empty": {},
		"halves swapped": append(bytes.Clone(good[32:]), good[:32]...),
	} {
		refused(t, name, verify(sig), ErrBadSignature)
	}
	// ECDSA's own second form of a signature is a signature; nothing here
	// identifies a document by its signature's bytes.
	accepted(t, "n - s", verify(negated))
	for _, alg := range []cose.Algorithm{cose.ES384, cose.ES512, cose.EdDSA, 0, -65544} {
		q := *p
		q.unsigned.Protected.Alg = alg
		r := w.policy().VerifyIssuerSigned(q.IssuerSigned(good))
		if r.Valid || !errors.Is(r.Err(), ErrBadSignature) && !errors.Is(r.Err(), ErrBadKey) {
			t.Errorf("%s: %v", alg, r.Err())
		}
	}
	q := *p
	q.unsigned.Protected, q.unsigned.Unprotected.Alg = cose.Headers{}, cose.ES256
	refused(t, "the algorithm in the unprotected header alone", w.policy().VerifyIssuerSigned(q.IssuerSigned(good)), ErrBadSignature)
}

// TestS13DeviceKey: a device key that is no point of its curve.
func TestS13DeviceKey(t *testing.T) {
	w := newWorld(t)
	key := must(t)(cose.AppendKey(nil, w.device.Public()))
	off := bytes.Clone(key)
	off[len(off)-1] ^= 1
	accepted(t, "control", w.policy().VerifyResponse(w.present(t, w.forge(t, same), SignWith(w.device))))
	forged := w.forge(t, func(mso []byte) []byte { return replaceOnce(t, mso, key, off) })
	refused(t, "off the curve", w.policy().VerifyIssuerSigned(forged), ErrBadKey)
	refused(t, "off the curve", w.policy().VerifyResponse(w.present(t, forged, SignWith(w.device))), ErrBadKey)
}

// TestS14Sessions: a proof of another session, and the same one again.
func TestS14Sessions(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	accepted(t, "control", w.policy().VerifyResponse(response))
	for name, transcript := range map[string]Transcript{
		"another nonce":    OpenID4VPTranscript("x509_hash:abc", "nonce2", nil, "https://verifier.example/response"),
		"another verifier": OpenID4VPTranscript("x509_hash:abd", "nonce", nil, "https://verifier.example/response"),
		"another address":  OpenID4VPTranscript("x509_hash:abc", "nonce", nil, "https://verifier.example/responses"),
		"another key":      OpenID4VPTranscript("x509_hash:abc", "nonce", make([]byte, 32), "https://verifier.example/response"),
		"another channel":  DCAPITranscript("https://verifier.example", "nonce", nil),
		"no transcript":    nil,
	} {
		p := w.policy()
		p.Transcript = transcript
		refused(t, name, p.VerifyResponse(response), ErrSessionMismatch)
	}
	issued := w.issue(t, w.issuance(t))
	refused(t, "another device", w.policy().VerifyResponse(w.present(t, issued, SignWith(keyOf(t)))), ErrSessionMismatch)

	agreement, err := w.device.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	mac := w.present(t, issued, MACWith(agreement, w.reader.PublicKey()))
	p := w.policy()
	refused(t, "a MAC without a reader key", p.VerifyResponse(mac), ErrSessionMismatch)
	p.ReaderKey = w.reader
	accepted(t, "control, a MAC", p.VerifyResponse(mac))
	p.Transcript = DCAPITranscript("https://verifier.example", "nonce", nil)
	refused(t, "a MAC of another session", p.VerifyResponse(mac), ErrSessionMismatch)

	seen := make(map[[32]byte]bool)
	p = w.policy()
	p.Once = func(session [32]byte) bool {
		first := !seen[session]
		seen[session] = true
		return first
	}
	broken := bytes.Clone(response)
	broken[len(broken)/2] ^= 1
	if p.VerifyResponse(broken); len(seen) != 0 {
		t.Error("a presentation that is not valid used the session up")
	}
	accepted(t, "for the first time", p.VerifyResponse(response))
	refused(t, "again", p.VerifyResponse(response), ErrReplayed)
}
