package mdoc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/cbor"
	"edl/mdoc/checklist"
)

func TestDocumentIsRebuiltFromItsSignature(t *testing.T) {
	w := newWorld(t)
	entropy := func() Entropy {
		e, err := DerivedEntropy(bytes.Repeat([]byte{7}, 32), "a document")
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	i := w.issuance(t)
	i.Entropy = entropy()
	first, err := i.Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	signature := must(t)(first.Sign())
	issued := first.IssuerSigned(signature)

	// later, on another machine, without the private key
	later, err := NewDocumentSigner(nil, w.ds, w.iaca)
	if err != nil {
		t.Fatal(err)
	}
	j := w.issuance(t)
	j.Entropy = entropy()
	again, err := j.Prepare(later)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Verify(signature); err != nil {
		t.Errorf("the signature no longer holds: %v", err)
	}
	if sha256.Sum256(again.IssuerSigned(signature)) != sha256.Sum256(issued) {
		t.Error("the rebuilt document is another")
	}
	if _, err := again.Sign(); !errors.Is(err, ErrBadKey) {
		t.Errorf("signed without a key: %v", err)
	}
	j.Validity.Until = j.Validity.Until.Add(time.Second)
	j.Entropy = entropy()
	other, err := j.Prepare(later)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify(signature); !errors.Is(err, ErrBadSignature) {
		t.Errorf("control, other facts: %v", err)
	}
}

// TestS15Salts: 10,000 documents repeat no salt, and have none under 16 bytes.
func TestS15Salts(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 500
	}
	seen := make(map[[SaltSize]byte]bool, 2*n)
	for i := range n {
		entropy := Entropy(RandomEntropy)
		if i%2 == 0 {
			entropy, _ = DerivedEntropy(make([]byte, 32), strconv.Itoa(i))
		}
		for _, ns := range []string{NameSpaceMDL, NameSpaceCN} {
			out, _, err := appendItemsOf(ns, entropy)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range out {
				if len(it.Random) < 16 {
					t.Fatalf("a salt of %d bytes", len(it.Random))
				}
				salt := [SaltSize]byte(it.Random)
				if seen[salt] {
					t.Fatalf("a salt came twice, in document %d", i)
				}
				seen[salt] = true
			}
		}
	}
	t.Logf("%d salts, all different", len(seen))
	w := newWorld(t)
	short := w.issuance(t)
	short.Entropy = func(namespace string, n int) ([]uint64, []byte, error) {
		ids, salts, err := RandomEntropy(namespace, n)
		return ids, salts[:len(salts)-1], err
	}
	if _, err := short.Prepare(w.signer); err == nil {
		t.Error("control: short salts were taken")
	}
}

func appendItemsOf(name string, entropy Entropy) ([]Item, []digestEntry, error) {
	ns := NameSpace{name, []Element{{"a", []byte{0xf6}}, {"b", []byte{0xf5}}}}
	ids, salts, err := entropy(name, len(ns.Elements))
	if err != nil {
		return nil, nil, err
	}
	b, digests := appendItems(nil, ns, ids, salts, SHA256)
	r := cbor.Read(b)
	r.Text()
	var items []Item
	for range r.Array() {
		items = append(items, readItem(&r))
	}
	return items, digests, r.Done()
}

func TestDigestIdentifiersTellNothing(t *testing.T) {
	counts := make(map[uint64]int)
	for range 400 {
		items, digests, err := appendItemsOf("ns", RandomEntropy)
		if err != nil {
			t.Fatal(err)
		}
		counts[items[0].DigestID]++
		if digests[0].id != 0 || digests[1].id != 1 {
			t.Fatalf("digests are out of order: %v", digests)
		}
	}
	if counts[0] < 120 || counts[1] < 120 { // each 200 expected, 10 standard deviations are 100
		t.Errorf("the first element's identifier is 0 or 1 with counts %v", counts)
	}
}

func TestIssuanceRefusesWhatReadersWould(t *testing.T) {
	w := newWorld(t)
	element := func(name string, v any) Element {
		e, err := NewElement(name, v)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	set := func(name string, v any) func(*Issuance) {
		return func(i *Issuance) {
			for j, e := range i.NameSpaces[0].Elements {
				if e.Name == name {
					i.NameSpaces[0].Elements[j] = element(name, v)
					return
				}
			}
			i.NameSpaces[0].Elements = append(i.NameSpaces[0].Elements, element(name, v))
		}
	}
	tests := []struct {
		name   string
		change func(*Issuance)
		want   error
	}{
		{"nothing wrong", func(*Issuance) {}, nil},
		{"Chinese in family_name", set("family_name", "林"), ErrBadElement},
		{"a control character", set("given_name", "Y\x01"), ErrBadElement},
		{"151 characters", set("resident_address", strings.Repeat("a", 151)), ErrBadElement},
		{"150 characters", set("resident_address", strings.Repeat("a", 150)), nil},
		{"a raw Chinese class in a domestic element of the ISO namespace", set("classes", "C1"), ErrBadElement},
		{"a birth date as text", set("birth_date", "1990-05-06"), ErrBadElement},
		{"a date with fractions", set("portrait_capture_date", cbor.DateTime("2025-05-20T08:00:00.5Z")), ErrBadElement},
		{"a date with an offset", set("portrait_capture_date", cbor.DateTime("2025-05-20T08:00:00+08:00")), ErrBadElement},
		{"another country", set("issuing_country", "US"), ErrBadElement},
		{"a jurisdiction abroad", set("issuing_jurisdiction", "US-NY"), ErrBadElement},
		{"a sex of 3", set("sex", 3), ErrBadElement},
		{"a portrait in PNG", set("portrait", []byte("\x89PNG\r\n")), ErrBadElement},
		{"a privilege without category", set("driving_privileges", []any{cbor.Pairs{}}), ErrBadElement},
		{"a privilege with an unknown member", set("driving_privileges",
			[]any{cbor.Pairs{{Key: "vehicle_category_code", Value: "B"}, {Key: "class", Value: "C1"}}}), ErrBadElement},
		{"a code without code", set("driving_privileges", []any{cbor.Pairs{{Key: "vehicle_category_code", Value: "B"},
			{Key: "codes", Value: []any{cbor.Pairs{{Key: "sign", Value: "="}}}}}}), ErrBadElement},
		{"age_over_18 as a number", set("age_over_18", 1), ErrBadElement},
		{"an age that was not reached", set("age_over_60", true), ErrBadElement},
		{"an age that was reached", set("age_over_18", false), ErrBadElement},
		{"a missing element", func(i *Issuance) { i.NameSpaces[0].Elements = i.NameSpaces[0].Elements[1:] }, ErrBadElement},
		{"a licence element twice", func(i *Issuance) {
			i.NameSpaces[0].Elements = append(i.NameSpaces[0].Elements, i.NameSpaces[0].Elements[0])
		}, ErrBadElement},
		{"an age twice", func(i *Issuance) {
			i.NameSpaces[0].Elements = append(i.NameSpaces[0].Elements, element("age_over_18", true), element("age_over_18", true))
		}, ErrBadElement},
		{"a domestic element twice", func(i *Issuance) {
			i.NameSpaces[1].Elements = append(i.NameSpaces[1].Elements, i.NameSpaces[1].Elements[0])
		}, ErrBadElement},
		{"a value that is no CBOR", func(i *Issuance) { i.NameSpaces[1].Elements[0].Value = []byte{0x61} }, ErrBadElement},
		{"a namespace twice", func(i *Issuance) { i.NameSpaces = append(i.NameSpaces, i.NameSpaces[1]) }, ErrBadStructure},
		{"no namespace", func(i *Issuance) { i.NameSpaces = nil }, ErrBadStructure},
		{"a fraction of a second", func(i *Issuance) { i.Validity.Until = i.Validity.Until.Add(1) }, ErrBadMSO},
		{"an end before the beginning", func(i *Issuance) { i.Validity.Until = i.Validity.From }, ErrBadMSO},
		{"valid before it was signed", func(i *Issuance) { i.Validity.From = i.Validity.From.Add(-time.Second) }, ErrBadMSO},
		{"valid for longer than the signer", func(i *Issuance) { i.Validity.Until = w.ds.NotAfter.Add(time.Second) }, ErrExpired},
		{"signed before the signer's time", func(i *Issuance) { i.Validity.Signed = w.ds.NotBefore.Add(-time.Second) }, ErrExpired},
		{"an unknown digest algorithm", func(i *Issuance) { i.DigestAlgorithm = "SM3" }, ErrBadMSO},
		{"a device key on P-224", func(i *Issuance) {
			k, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
			i.DeviceKey = k.Public()
		}, ErrBadKey},
	}
	for _, tt := range tests {
		i := w.issuance(t)
		tt.change(&i)
		if _, err := i.Prepare(w.signer); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := NewDocumentSigner(keyOf(t), w.ds, w.iaca); !errors.Is(err, ErrBadKey) {
		t.Errorf("another private key: %v", err)
	}
	if _, err := NewDocumentSigner(w.iacaKey, w.iaca, w.iaca); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("the root as signer: %v", err)
	}
}

func TestAgesAgreeWithTheBirthDate(t *testing.T) {
	birth, _ := NewElement("birth_date", cbor.FullDate("2008-03-02"))
	yes, _ := NewElement("age_over_18", true)
	no, _ := NewElement("age_over_18", false)
	day := func(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name string
		age  Element
		at   time.Time
		ok   bool
	}{
		{"18 on the birthday", yes, day(2), true},
		{"18 two days before", yes, day(0), false},
		{"not 18 two days before", no, day(0), true},
		{"not 18 the day after", no, day(3), false},
	} {
		if err := AgesAgree([]Element{birth, tt.age}, tt.at); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := AgesAgree([]Element{yes}, day(2)); !errors.Is(err, ErrBadElement) {
		t.Errorf("no birth date: %v", err)
	}
}

func TestStatusSurvivesARoundTrip(t *testing.T) {
	w := newWorld(t)
	i := w.issuance(t)
	i.Status = &Status{List: &StatusListRef{Index: 412, URI: "https://authority.example/lists/1"},
		Identifier: &IdentifierListRef{ID: []byte{1, 2}, URI: "https://authority.example/ids/1", Certificate: w.ds.Raw}}
	i.Validity.ExpectedUpdate = i.Validity.From.Add(time.Hour)
	s, err := ParseIssuerSigned(w.issue(t, i))
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.MSO()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(i.Status, m.Status); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(i.Validity, m.Validity); d != "" {
		t.Error(d)
	}
}

func TestProfilesOfOurOwnCertificates(t *testing.T) {
	w := newWorld(t)
	key := keyOf(t)
	if _, err := w.certificate("Too long", 458).CreateDocumentSigner(key.Public(), w.iaca, w.iacaKey); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a signer of 458 days: %v", err)
	}
	if _, err := w.certificate("Too long", 21*366).CreateIACA(key); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a root of 21 years: %v", err)
	}
	status := parseCert(t, must(t)(w.certificate("Demo lists", 1187).CreateStatusSigner(key.Public(), w.iaca, w.iacaKey)))
	if _, _, err := w.trust.StatusSigner([][]byte{status.Raw}, w.now); err != nil {
		t.Errorf("a status signer: %v", err)
	}
	if _, _, err := w.trust.DocumentSigner([][]byte{status.Raw}, w.now); !errors.Is(err, ErrUntrustedIssuer) {
		t.Errorf("a status signer as document signer: %v", err)
	}
	abroad := w.certificate("Abroad", 300)
	abroad.Subject.Country = []string{"US"}
	if _, err := abroad.CreateDocumentSigner(key.Public(), w.iaca, w.iacaKey); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a signer of another country: %v", err)
	}
	none := w.certificate("No list", 300)
	none.CRL = ""
	if _, err := none.CreateDocumentSigner(key.Public(), w.iaca, w.iacaKey); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a signer without a revocation list: %v", err)
	}
	mail := w.certificate("By mail", 300)
	mail.Contact = "keys@authority.example"
	if _, err := mail.CreateDocumentSigner(key.Public(), w.iaca, w.iacaKey); err != nil {
		t.Errorf("a signer with an e-mail address: %v", err)
	}
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	if _, err := w.certificate("Edwards", 300).CreateDocumentSigner(ed.Public(), w.iaca, w.iacaKey); err != nil {
		t.Errorf("an Edwards signer: %v", err)
	}
	if _, err := w.certificate("Edwards", 300).CreateStatusSigner(ed.Public(), w.iaca, w.iacaKey); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("an Edwards status signer: %v", err)
	}
	if err := (&Trust{}).Add(w.ds, func(c *x509.Certificate) checklist.List { return ProfileIACA(c) }); !errors.Is(err, ErrBadCertificate) {
		t.Errorf("a signer as root: %v", err)
	}
}

// Readers compare issuing_jurisdiction with the certificate's province.
func TestALicenceOfAnotherProvinceIsNotSigned(t *testing.T) {
	w := newWorld(t)
	for province, want := range map[string]error{"CN-GD": nil, "CN-11": ErrBadElement} {
		request := w.certificate("Demo DS of "+province, 400)
		request.Subject.Province = []string{province}
		iaca := w.certificate("IACA of "+province, 9*365)
		iaca.Subject.Province = []string{province}
		root := parseCert(t, must(t)(iaca.CreateIACA(w.iacaKey)))
		cert := parseCert(t, must(t)(request.CreateDocumentSigner(w.dsKey.Public(), root, w.iacaKey)))
		signer, err := NewDocumentSigner(w.dsKey, cert, root)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.issuance(t).Prepare(signer); !errors.Is(err, want) {
			t.Errorf("a licence of CN-GD by a signer of %s: %v", province, err)
		}
	}
}
