package mdoc

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"testing"
	"time"

	"edl/mdoc/cbor"
)

// world is an invented authority with a holder and a reader. It is the same in
// every process, signatures included, so that a fuzzer's findings repeat.
type world struct {
	now        time.Time
	iacaKey    fixedKey
	iaca       *x509.Certificate
	dsKey      fixedKey
	ds         *x509.Certificate
	signer     *DocumentSigner
	device     fixedKey
	reader     *ecdh.PrivateKey
	transcript Transcript
	trust      *Trust
}

var worldTime = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: worldTime, iacaKey: fixed(t, "root"), dsKey: fixed(t, "signer"), device: fixed(t, "device"), trust: &Trust{}}
	w.iaca = parseCert(t, must(t)(w.certificate("Demo IACA", 9*365).CreateIACA(w.iacaKey)))
	w.ds = parseCert(t, must(t)(w.certificate("Demo DS 1", 457).CreateDocumentSigner(w.dsKey.Public(), w.iaca, w.iacaKey)))
	if err := w.trust.Add(w.iaca, ProfileIACA); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.signer, err = NewDocumentSigner(w.dsKey, w.ds, w.iaca); err != nil {
		t.Fatal(err)
	}
	if w.reader, err = fixed(t, "reader").ECDH(); err != nil {
		t.Fatal(err)
	}
	w.transcript = OpenID4VPTranscript("x509_hash:abc", "nonce", nil, "https://verifier.example/response")
	return w
}

// certificate is the request for one that began a day ago.
func (w *world) certificate(name string, days int) Certificate {
	from := w.now.Add(-24 * time.Hour)
	return Certificate{Subject: pkix.Name{Country: []string{"CN"}, CommonName: name}, NotBefore: from,
		Serial: big.NewInt(int64(len(name) + days)), NotAfter: from.AddDate(0, 0, days), CRL: "https://authority.example/crl", Contact: "https://authority.example"}
}

func (w *world) validity() Validity {
	return Validity{Signed: w.now, From: w.now, Until: w.now.AddDate(0, 0, 30)}
}

func (w *world) issuance(t testing.TB) Issuance {
	return Issuance{DocType: DocTypeMDL, NameSpaces: licenceOf(t, 20*1024), DeviceKey: w.device.Public(),
		Validity: w.validity(), Entropy: fixedEntropy(t)}
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

func fixedEntropy(t testing.TB) Entropy {
	t.Helper()
	e, err := DerivedEntropy(make([]byte, 32), "a document")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// policy is that of a reader in the same session.
func (w *world) policy() Policy {
	return Policy{Trust: w.trust, Now: w.now.Add(time.Hour), Transcript: w.transcript}
}

func (w *world) issue(t testing.TB, i Issuance) []byte {
	t.Helper()
	p, err := i.Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	return p.IssuerSigned(must(t)(p.Sign()))
}

// present shows everything of a document in the session of the world.
func (w *world) present(t testing.TB, issuerSigned []byte, prove Prover) []byte {
	t.Helper()
	s, err := ParseIssuerSigned(issuerSigned)
	if err != nil {
		t.Fatal(err)
	}
	return AppendResponse(nil, [][]byte{must(t)(s.Present(DocTypeMDL, w.transcript, prove))}, nil)
}

// response is a valid DeviceResponse.
func (w *world) response(t testing.TB) []byte {
	return w.present(t, w.issue(t, w.issuance(t)), SignWith(w.device))
}

// licenceOf returns 30 elements in two namespaces with a portrait of a size.
func licenceOf(t testing.TB, portrait int) []NameSpace {
	picture := bytes.Repeat([]byte{0x5a}, portrait)
	copy(picture, []byte{0xff, 0xd8, 0xff, 0xe0})
	day := func(s string) cbor.FullDate { return cbor.FullDate(s) }
	build := func(name string, pairs ...any) NameSpace {
		ns := NameSpace{Name: name}
		for i := 0; i < len(pairs); i += 2 {
			e, err := NewElement(pairs[i].(string), pairs[i+1])
			if err != nil {
				t.Fatal(err)
			}
			ns.Elements = append(ns.Elements, e)
		}
		return ns
	}
	privilege := cbor.Pairs{{Key: "vehicle_category_code", Value: "B"}, {Key: "issue_date", Value: day("2015-06-01")},
		{Key: "expiry_date", Value: day("2031-06-01")}, {Key: "codes", Value: []any{cbor.Pairs{{Key: "code", Value: "78"}}}}}
	return []NameSpace{
		build(NameSpaceMDL, "family_name", "Lin", "given_name", "Yi", "birth_date", day("1990-05-06"),
			"issue_date", day("2025-06-01"), "expiry_date", day("2031-06-01"), "issuing_country", "CN",
			"issuing_authority", "Demo Traffic Authority", "document_number", "000000199005060012",
			"portrait", picture, "driving_privileges", []any{privilege}, "un_distinguishing_sign", "CHN",
			"sex", 1, "nationality", "CN", "issuing_jurisdiction", "CN-GD", "resident_country", "CN",
			"family_name_national_character", "林", "given_name_national_character", "一",
			"age_in_years", 35, "age_birth_year", 1990, "age_over_16", true, "age_over_18", true,
			"age_over_21", true, "age_over_60", false, "portrait_capture_date", cbor.DateTime("2025-05-20T08:00:00Z")),
		build(NameSpaceCN, "name", "林一", "classes", []any{"C1", "D"}, "first_issue_date", day("2015-06-01"),
			"file_number", "000000000017", "address", "测试省测试市测试路1号", "authority", "测试交通管理局"),
	}
}

func keyOf(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// must returns a value whose error ends the test.
func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// revoke returns a revocation list of the root with one certificate.
func (w *world) revoke(t testing.TB, cert *x509.Certificate) []byte {
	return must(t)(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: w.now, NextUpdate: w.now.Add(24 * time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: cert.SerialNumber, RevocationTime: w.now}},
	}, w.iaca, w.iacaKey))
}
