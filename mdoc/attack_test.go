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
	mrand "math/rand/v2"
	"os"
	"testing"
	"time"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/checklist"
	"edl/mdoc/cose"
)

// refused fails the test unless the report is not valid because of want.
func refused(t *testing.T, what string, r *Report, want error) {
	t.Helper()
	if r.Valid || !errors.Is(r.Err(), want) {
		t.Errorf("%s: valid %v, %v; want %v", what, r.Valid, r.Err(), want)
	}
}

// accepted is the control of an attack.
func accepted(t *testing.T, what string, r *Report) {
	t.Helper()
	if !r.Valid {
		t.Errorf("%s: %v", what, r.Err())
	}
}

// forge issues with an MSO that change alters, signed by the real signer.
func (w *world) forge(t testing.TB, change func(mso []byte) []byte) []byte {
	t.Helper()
	return w.forgeItems(t, change, func(b []byte) []byte { return b })
}

// forgeItems alters the namespaces that are handed out as well.
func (w *world) forgeItems(t testing.TB, change, items func([]byte) []byte) []byte {
	t.Helper()
	p, err := w.issuance(t).Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	r := cbor.Read(p.unsigned.Payload)
	p.unsigned.Payload = cbor.AppendEncoded(nil, change(bytes.Clone(r.Encoded())))
	p.out = items(p.out)
	return p.IssuerSigned(must(t)(p.Sign()))
}

func same(b []byte) []byte { return b }

// replaceOnce replaces the only place where old stands.
func replaceOnce(t testing.TB, b, old, new []byte) []byte {
	t.Helper()
	if n := bytes.Count(b, old); n != 1 {
		t.Fatalf("%x stands %d times", old, n)
	}
	return bytes.Replace(b, old, new, 1)
}

// addPair adds a pair to the map whose head precedes the first occurrence of
// a key, by raising the head and inserting the pair before the key.
func addPair(t testing.TB, b []byte, key string, pair []byte) []byte {
	t.Helper()
	text := cbor.AppendText(nil, key)
	i := bytes.Index(b, text)
	if i < 1 || b[i-1]>>5 != byte(cbor.Map) || b[i-1]&31 > 22 {
		t.Fatalf("no map begins with %q", key)
	}
	out := append(bytes.Clone(b[:i-1]), b[i-1]+1)
	return append(append(out, pair...), b[i:]...)
}

// TestS1DuplicateKeys: a key twice in any map is bad_cbor.
func TestS1DuplicateKeys(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	accepted(t, "control", w.policy().VerifyResponse(response))
	pair := func(key string, value ...byte) []byte { return append(cbor.AppendText(nil, key), value...) }
	for _, tt := range []struct {
		level, first string
		pair         []byte
	}{
		{"DeviceResponse", "version", pair("version", 0x63, '1', '.', '0')},
		{"Document", "docType", append(pair("docType"), cbor.AppendText(nil, DocTypeMDL)...)},
		{"IssuerSigned", "nameSpaces", pair("nameSpaces", 0xa0)},
		{"IssuerNameSpaces", NameSpaceMDL, pair(NameSpaceMDL, 0x80)},
		{"DeviceSigned", "nameSpaces", pair("nameSpaces", 0xa0)},
		{"DeviceAuth", "deviceSignature", pair("deviceSignature", 0xf6)},
	} {
		refused(t, tt.level, w.policy().VerifyResponse(addPair(t, response, tt.first, tt.pair)), ErrBadCBOR)
	}
	item := func(b []byte) []byte { // an IssuerSignedItem with digestID twice
		in := addPair(t, cbor.AppendUint(cbor.AppendText(cbor.AppendMap(nil, 1), "digestID"), 1), "digestID", pair("digestID", 1))
		return cbor.AppendEncoded(nil, in)
	}(nil)
	if err := cbor.Check(item); !errors.Is(err, ErrBadCBOR) {
		t.Errorf("IssuerSignedItem: %v", err)
	}
	for _, key := range []string{"version", "deviceKey", "signed"} {
		forged := w.forge(t, func(mso []byte) []byte { return addPair(t, mso, key, pair(key, 0x61, '1')) })
		refused(t, "MSO "+key, w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
		refused(t, "MSO "+key, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
}

// TestS2IndefiniteLengths: one anywhere is bad_cbor.
func TestS2IndefiniteLengths(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	accepted(t, "control", w.policy().VerifyResponse(response))
	open := func(b []byte, at int) []byte { // the container at an offset
		out := bytes.Clone(b)
		out[at] |= 31
		return append(out, 0xff)
	}
	refused(t, "DeviceResponse", w.policy().VerifyResponse(open(response, 0)), ErrBadCBOR)
	i := bytes.Index(response, []byte("documents")) + len("documents")
	b := append(bytes.Clone(response[:i]), 0x9f)
	rest := response[i+1:]
	j := bytes.LastIndex(rest, cbor.AppendText(nil, "status"))
	b = append(append(append(b, rest[:j]...), 0xff), rest[j:]...)
	refused(t, "documents", w.policy().VerifyResponse(b), ErrBadCBOR)
	forged := w.forge(t, func(mso []byte) []byte { return open(mso, 0) })
	refused(t, "MSO", w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
}

// TestS3Nesting: 17 to 1,000,000 levels are bad_cbor, at once.
func TestS3Nesting(t *testing.T) {
	w := newWorld(t)
	for _, depth := range []int{17, 18, 100, 10_000, 1_000_000} {
		for name, b := range map[string][]byte{
			"arrays": append(bytes.Repeat([]byte{0x81}, depth), 0xf6),
			"maps":   append(bytes.Repeat([]byte{0xa1, 0x00}, depth), 0xf6),
			"tags":   append(bytes.Repeat([]byte{0xc6}, depth), 0xf6),
		} {
			best := time.Hour // of three, since the machine has other work
			for range 3 {
				start := time.Now()
				if err := cbor.Check(b); !errors.Is(err, ErrBadCBOR) {
					t.Errorf("%d %s: %v", depth, name, err)
				}
				if r := w.policy().VerifyResponse(b); r.Valid || !isEncoding(r.Err()) {
					t.Errorf("%d %s: %v", depth, name, r.Err())
				}
				best = min(best, time.Since(start))
			}
			if best > 5*time.Millisecond {
				t.Errorf("%d %s took %s", depth, name, best)
			}
		}
	}
	nested := []byte{0xf6}
	for range cbor.MaxDepth {
		nested = append([]byte{0x81}, nested...)
	}
	if err := cbor.Check(nested); err != nil {
		t.Errorf("control, %d levels: %v", cbor.MaxDepth, err)
	}
	inner := []byte{0xf6}
	for range cbor.MaxDepth + 1 {
		inner = cbor.AppendEncoded(nil, inner)
	}
	if err := cbor.Check(inner); !errors.Is(err, ErrBadCBOR) {
		t.Errorf("CBOR in CBOR in CBOR: %v", err)
	}
}

// TestS4DeclaredLengths: lengths of 2^32 to 2^64 are bad_cbor, without allocation.
func TestS4DeclaredLengths(t *testing.T) {
	for _, major := range []byte{0x40, 0x60, 0x80, 0xa0} {
		for _, length := range []uint64{1 << 32, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
			b := cbor.AppendHead(nil, cbor.Kind(major>>5), length)
			var err error
			bytesUsed := testing.AllocsPerRun(1, func() { err = cbor.Check(b) })
			if !errors.Is(err, ErrBadCBOR) || bytesUsed > 10 {
				t.Errorf("length %d of type %x: %v, %v allocations", length, major, err, bytesUsed)
			}
			if _, err := ParseResponse(b); !errors.Is(err, ErrBadCBOR) {
				t.Errorf("length %d of type %x: %v", length, major, err)
			}
		}
	}
}

// TestS5TrailingAndTruncated: every prefix, and any byte after the end, is bad_cbor.
func TestS5TrailingAndTruncated(t *testing.T) {
	w := newWorld(t)
	response := w.present(t, w.issue(t, Issuance{DocType: DocTypeMDL, NameSpaces: licenceOf(t, 64), DeviceKey: w.device.Public(),
		Validity: w.validity(), Entropy: fixedEntropy(t)}), SignWith(w.device))
	accepted(t, "control", w.policy().VerifyResponse(response))
	for n := range response {
		if _, err := ParseResponse(response[:n]); !errors.Is(err, ErrBadCBOR) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	for _, c := range []byte{0, 0xf6, 0xff} {
		refused(t, "a byte after the end", w.policy().VerifyResponse(append(bytes.Clone(response), c)), ErrBadCBOR)
	}
	forged := w.forge(t, func(mso []byte) []byte { return append(mso, 0) })
	refused(t, "a byte after the MSO", w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
	if _, err := ParseResponse(make([]byte, MaxMessage+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a message over the limit: %v", err)
	}
}

// TestS6DigestIdentifiers: those that are not plain are bad_mso.
func TestS6DigestIdentifiers(t *testing.T) {
	w := newWorld(t)
	accepted(t, "control", w.policy().VerifyIssuerSigned(w.forge(t, same)))
	zero := append(cbor.AppendText(nil, NameSpaceCN), 0xa6, 0x00, 0x58, 0x20)
	with := func(id ...byte) []byte {
		b := append(cbor.AppendText(nil, NameSpaceCN), 0xa6)
		return append(append(b, id...), 0x58, 0x20)
	}
	for name, id := range map[string][]byte{
		"negative":            {0x20},
		"longer than needed":  {0x18, 0x00},
		"eight bytes long":    {0x1b, 0, 0, 0, 0, 0, 0, 0, 0},
		"a float":             {0xf9, 0, 0},
		"text":                {0x61, '0'},
		"twice":               {0x01},
		"a bignum":            {0xc2, 0x41, 0x00},
		"true":                {0xf5},
		"a longer text":       {0x78, 0x01, '0'},
		"a byte string":       {0x41, 0x00},
		"an indefinite bytes": {0x5f, 0xff},
	} {
		forged := w.forge(t, func(mso []byte) []byte { return replaceOnce(t, mso, zero, with(id...)) })
		refused(t, name, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
	for name, change := range map[string][2][]byte{
		"a digest of 31 bytes":         {cbor.AppendText(nil, "SHA-256"), cbor.AppendText(nil, "SHA-384")},
		"an unknown digest algorithm":  {cbor.AppendText(nil, "SHA-256"), cbor.AppendText(nil, "SHA-1")},
		"an unknown version":           {[]byte("\x67version\x631.0"), []byte("\x67version\x632.0")},
		"no digests":                   {[]byte("valueDigests"), []byte("valueDigestz")},
		"a digest algorithm as number": {cbor.AppendText(nil, "SHA-256"), {0x01}},
	} {
		forged := w.forge(t, func(mso []byte) []byte { return replaceOnce(t, mso, change[0], change[1]) })
		refused(t, name, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
	long := bytes.Replace(w.issue(t, w.issuance(t)), []byte("\x68digestID\x00"), []byte("\x68digestID\x18\x00"), 1)
	if w.policy().VerifyIssuerSigned(long).Valid {
		t.Error("an item with a digestID that is longer than needed is valid")
	}
}

// TestS7BitFlips: no single-bit flip of a valid DeviceResponse is valid. The
// normal run takes a seeded sample; EDL_FULL=1 takes all 210,000.
func TestS7BitFlips(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	p := w.policy()
	accepted(t, "control", p.VerifyResponse(response))
	bits := len(response) * 8
	flip := func(bit int) {
		response[bit/8] ^= 1 << (bit % 8)
		if p.VerifyResponse(response).Valid {
			t.Errorf("bit %d of byte %d flipped: valid", bit%8, bit/8)
		}
		response[bit/8] ^= 1 << (bit % 8)
	}
	if os.Getenv("EDL_FULL") == "" {
		// a sample of all bits, and each one of the envelope, which nothing
		// signs and where a flip could therefore hide
		n := 3000
		rng := mrand.New(mrand.NewPCG(7, 7))
		for range n {
			flip(rng.IntN(bits))
		}
		envelope := 0
		for _, key := range []string{"version", "documents", "docType", "issuerSigned", "nameSpaces", NameSpaceMDL, NameSpaceCN,
			"issuerAuth", "deviceSigned", "deviceAuth", "deviceSignature", "status"} {
			for at := bytes.Index(response, []byte(key)); at >= 0; {
				for bit := (at - 3) * 8; bit < (at+len(key)+12)*8; bit++ {
					if bit >= 0 && bit < bits {
						flip(bit)
						envelope++
					}
				}
				next := bytes.Index(response[at+1:], []byte(key))
				if next < 0 {
					break
				}
				at += 1 + next
			}
		}
		t.Logf("S7: %d of %d bits at random (seed 7) and %d bits of the envelope; EDL_FULL=1 flips every one", n, bits, envelope)
		return
	}
	for bit := range bits {
		flip(bit)
	}
	t.Logf("S7: all %d bits", bits)
}

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

// TestS16TagsAndDates: garbage in tags 0, 1, 24 and 1004 is bad_cbor, without
// a panic; the inputs include the ones that made other decoders panic.
func TestS16TagsAndDates(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	for name, value := range map[string][]byte{
		"a date of letters":             append(cbor.AppendTag(nil, 1004), cbor.AppendText(nil, "yesterday!")...),
		"the 30th of February":          append(cbor.AppendTag(nil, 1004), cbor.AppendText(nil, "2024-02-30")...),
		"a date of bytes":               append(cbor.AppendTag(nil, 1004), 0x41, 0x00),
		"a moment of bytes":             {0xc0, 0x41, 0x00},
		"a moment of nothing":           {0xc0, 0x60},
		"a moment of null":              {0xc0, 0xf6},
		"a moment in a moment":          {0xc0, 0xc0, 0x60},
		"an epoch of text":              {0xc1, 0x61, '0'},
		"an epoch of null":              {0xc1, 0xf6},
		"an epoch of an array":          {0xc1, 0x80},
		"an epoch in an epoch":          {0xc1, 0xc1, 0x00},
		"CBOR that is text":             {0xd8, 24, 0x60},
		"CBOR that is empty":            {0xd8, 24, 0x40},
		"CBOR that is cut off":          {0xd8, 24, 0x41, 0x61},
		"CBOR in CBOR that is cut off":  {0xd8, 24, 0x44, 0xd8, 24, 0x41, 0x61},
		"a tag without content":         {0xc0},
		"a tag longer than the message": {0xdb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if err := cbor.Check(value); !errors.Is(err, ErrBadCBOR) {
			t.Errorf("%s alone: %v", name, err)
		}
		item := appendItem(nil, 0, make([]byte, 16), Element{"x", value})
		b := cbor.AppendText(cbor.AppendMap(nil, 2), "nameSpaces")
		b = append(cbor.AppendArray(cbor.AppendText(cbor.AppendMap(b, 1), "ns"), 1), item...)
		b = append(cbor.AppendText(b, "issuerAuth"), 0x80)
		refused(t, name, p.VerifyIssuerSigned(b), ErrBadCBOR)
	}
	for _, epoch := range [][]byte{{0xc1, 0x1b, 255, 255, 255, 255, 255, 255, 255, 255}, {0xc1, 0x3b, 255, 255, 255, 255, 255, 255, 255, 255},
		{0xc1, 0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, {0xc1, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1}, {0xc1, 0xfb, 0x7f, 0xef, 255, 255, 255, 255, 255, 255}} {
		if v, err := cbor.Decode(epoch); err != nil {
			t.Errorf("%x is a number of seconds: %v, %v", epoch, v, err)
		}
	}
}

// TestFaultsSpeakBothLanguages: every fault has a code and both sentences.
func TestFaultsSpeakBothLanguages(t *testing.T) {
	codes := make(map[string]bool)
	for _, err := range []error{ErrBadCBOR, ErrBadSignature, ErrBadKey, ErrBadStructure, ErrBadMSO, ErrBadElement, ErrBadCertificate,
		ErrDigestMismatch, ErrDocTypeMismatch, ErrExpired, ErrUntrustedIssuer, ErrUntrustedReader, ErrSessionMismatch, ErrReplayed,
		ErrUndecryptable, ErrTooLarge, cose.ErrBadMessage} {
		f := fault.Of(err)
		if f == nil || f.Say.ZH == "" || f.Say.EN == "" || codes[f.Code] {
			t.Errorf("%v", err)
			continue
		}
		codes[f.Code] = true
	}
	var list checklist.List
	list.Add("x", "y", ErrExpired, "")
	if list.OK() || !errors.Is(list.Err(), ErrExpired) {
		t.Error("a failed step is no success")
	}
}
