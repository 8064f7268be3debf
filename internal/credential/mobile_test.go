package credential

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/mdoc"
	"edl/sdjwt"
	"edl/sdjwt/jws"
	"edl/statuslist"
)

func TestChineseClassesBecomeISOCategoriesAndAreNeverCopied(t *testing.T) {
	since := civil.D(2016, 12, 28)
	for _, c := range []struct {
		held string
		want []Privilege
	}{
		{"A1", []Privilege{{"B", since, ""}, {"C1", since, ""}, {"C", since, ""}, {"D1", since, ""}, {"D", since, ""}}},
		{"A2", []Privilege{{"B", since, ""}, {"BE", since, ""}, {"C1", since, ""}, {"C", since, ""}, {"CE", since, ""}, {"D1", since, ""}}},
		{"A3", []Privilege{{"B", since, ""}, {"D", since, "CN.A3"}}},
		{"B1", []Privilege{{"B", since, ""}, {"D1", since, ""}}},
		{"B2", []Privilege{{"B", since, ""}, {"C1", since, ""}, {"C", since, ""}}},
		{"C1", []Privilege{{"B", since, ""}}},
		{"C2", []Privilege{{"B", since, "78"}}},
		{"C3", nil},
		{"C4", nil},
		{"C5", []Privilege{{"B", since, "78 CN.C5"}}},
		{"C6", []Privilege{{"BE", since, ""}}},
		{"D", []Privilege{{"AM", since, ""}, {"A", since, ""}}},
		{"E", []Privilege{{"AM", since, ""}, {"A", since, ""}}},
		{"F", []Privilege{{"AM", since, ""}}},
		{"M", nil}, {"N", nil}, {"P", nil},
		{"C1D", []Privilege{{"AM", since, ""}, {"A", since, ""}, {"B", since, ""}}},
		{"C2C5", []Privilege{{"B", since, "78"}}},
	} {
		classes, err := licence.ParseClasses(c.held)
		if err != nil {
			t.Fatal(err)
		}
		l := licence.Licence{FirstIssue: since}
		for _, class := range classes {
			l.Classes = append(l.Classes, licence.ClassRecord{Class: class})
		}
		if diff := cmp.Diff(c.want, Privileges(l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.held, diff)
		}
	}
}

func TestOfTwoWaysToACategoryTheUnrestrictedAndTheOlderCounts(t *testing.T) {
	l := licence.Licence{Classes: []licence.ClassRecord{{Class: licence.C2, Since: civil.D(2010, 1, 1)}, {Class: licence.C1, Since: civil.D(2015, 1, 1)}}}
	if diff := cmp.Diff([]Privilege{{"B", civil.D(2015, 1, 1), ""}}, Privileges(l)); diff != "" {
		t.Error(diff)
	}
}

func TestLatinNamesAreProposedAsPassportsWriteThem(t *testing.T) {
	for name, want := range map[identity.Name]LatinName{
		"林知夏": {"LIN", "ZHIXIA"}, "单田": {"SHAN", "TIAN"}, "欧阳修": {"OUYANG", "XIU"}, "吕布": {"LYU", "BU"}, "仇英": {"QIU", "YING"},
		"司马光明": {"SIMA", "GUANGMING"}, "区寄": {"OU", "JI"}, "阿依古丽·买买提": {"MAIMAITI", "AYIGULI"}, "John Smith": {"SMITH", "JOHN"},
		"女婿": {"NYU", "XU"}, "解晓": {"XIE", "XIAO"}, "曾国": {"ZENG", "GUO"},
	} {
		if got := ProposeLatin(name); got != want || got.Check() != nil {
			t.Errorf("%s: %+v (%v), want %+v", name, got, got.Check(), want)
		}
	}
	for _, bad := range []LatinName{{}, {"Lin", "ZHI"}, {"LIN", "知夏"}, {"LIN", "-A"}, {"LIN", "A  B"}, {"LIN", string(bytes.Repeat([]byte("A"), 61))}} {
		if err := bad.Check(); !errors.Is(err, ErrLatinName) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// mobileWorld is an authority with a root, a document signer and a reader's trust.
type mobileWorld struct {
	signer *mdoc.DocumentSigner
	cert   *x509.Certificate
	trust  mdoc.Trust
	mobile Mobile
}

var signedAt = time.Date(2026, 10, 9, 2, 0, 0, 0, time.UTC)

func newMobileWorld(t *testing.T) *mobileWorld {
	t.Helper()
	request := func(name string, days int) mdoc.Certificate {
		return mdoc.Certificate{Subject: pkix.Name{Country: []string{"CN"}, Province: []string{"CN-11"}, CommonName: name}, Serial: big.NewInt(int64(days)),
			NotBefore: signedAt.AddDate(0, 0, -1), NotAfter: signedAt.AddDate(0, 0, days), CRL: "https://a.example/crl", Contact: "https://a.example"}
	}
	w := &mobileWorld{}
	root, ds := repeatable{fixedKey(t, 3)}, repeatable{fixedKey(t, 4)}
	der, err := request("IACA", 3000).CreateIACA(root)
	if err != nil {
		t.Fatal(err)
	}
	iaca, _ := x509.ParseCertificate(der)
	if der, err = request("DS", 450).CreateDocumentSigner(ds.Public(), iaca, root); err != nil {
		t.Fatal(err)
	}
	w.cert, _ = x509.ParseCertificate(der)
	if w.signer, err = mdoc.NewDocumentSigner(ds, w.cert, iaca); err != nil {
		t.Fatal(err)
	}
	if err := w.trust.Add(iaca, mdoc.ProfileIACA); err != nil {
		t.Fatal(err)
	}
	l := statement().Licence
	w.mobile = Mobile{Encoding: MobileEncoding, ID: "01K9", Licence: l, Portrait: append([]byte{0xff, 0xd8, 0xff, 0xe0}, make([]byte, 900)...), Name: LatinName{"LIN", "ZHIXIA"},
		Authority: "Shifan Traffic Police", Country: "CN", Jurisdiction: "CN-11", Signed: signedAt, Until: MobileEnd(l, signedAt, 30), Holder: fixedKey(t, 5).Public(),
		Issuer: "https://a.example", MDocStatus: statuslist.Reference{Index: 7, URI: "https://a.example/status/mdoc/0"},
		VCStatus: statuslist.Reference{Index: 9, URI: "https://a.example/status/vc/0"}, Secret: bytes.Repeat([]byte{8}, 32)}
	return w
}

func (w *mobileWorld) mdoc(t *testing.T) []byte {
	t.Helper()
	issuance, err := w.mobile.MDoc()
	if err != nil {
		t.Fatal(err)
	}
	p, err := issuance.Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := p.Sign()
	if err != nil {
		t.Fatal(err)
	}
	return p.IssuerSigned(signature)
}

func (w *mobileWorld) vc(t *testing.T) []byte {
	t.Helper()
	v, err := w.mobile.VC()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sdjwt.NewSigner(repeatable{fixedKey(t, 4)}, w.cert)
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Prepare(signer)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := p.Sign()
	if err != nil {
		t.Fatal(err)
	}
	return p.SDJWT(signature)
}

func TestALicenceInBothFormsVerifiesAndSaysTheSame(t *testing.T) {
	w := newMobileWorld(t)
	r := mdoc.Policy{Trust: &w.trust, Now: signedAt.Add(time.Hour)}.VerifyIssuerSigned(w.mdoc(t))
	if !r.Valid {
		t.Fatal(r.Err())
	}
	said := map[string]any{}
	for _, ns := range r.Documents[0].NameSpaces {
		for _, e := range ns.Elements {
			v, err := e.Decode()
			if err != nil {
				t.Fatal(err)
			}
			said[ns.Name+" "+e.Name] = v
		}
	}
	for name, want := range map[string]string{"org.iso.18013.5.1 family_name": "LIN", "org.iso.18013.5.1.CN name": "龘𠮷", "org.iso.18013.5.1 family_name_national_character": "龘"} {
		if said[name] != want {
			t.Errorf("%s is %v", name, said[name])
		}
	}
	policy := sdjwt.Policy{Now: signedAt.Add(time.Hour), Types: []string{VCT}, Key: func(jws.Header, map[string]any) (crypto.PublicKey, error) { return w.cert.PublicKey, nil }}
	vc := policy.VerifyVC(w.vc(t))
	if !vc.Valid || vc.Claims["family_name"] != "LIN" || vc.Claims["name"] != "龘𠮷" || vc.Status.Index != 9 {
		t.Errorf("%v %+v", vc.Err(), vc.Status)
	}
	bare := bytes.SplitN(w.vc(t), []byte("~"), 2)[0]
	if hidden := policy.VerifyVC(append(bare, '~')); !hidden.Valid || hidden.Claims["name"] != nil || hidden.Claims["document_number"] != nil {
		t.Errorf("what is not disclosed is read: %v, %v", hidden.Err(), hidden.Claims)
	}
}

// The digests of encoding 1 were made by the program whose newest encoding it
// was: whatever is signed with an encoding must be made anew for ever.
func TestTheBytesOfEveryEncodingNeverChange(t *testing.T) {
	pinned := map[int][2]string{
		1: {"e2d84c7644f78a026084000260604c6cea68a0ba1b73a28960b394b02a41e0df", "6dce3e75c6cc73418046836fb5d474ac96fd05fc3701b5c82a7c6c628d1da9f8"},
		2: {"c8f59bd92e2e1098c6070dc02f00e97f37a05e0837012d597def6d2d2142eb7e", "b7a1ff9cfc90fb22cbbed8ac7878fd1721c5bd4207af35a114d4e6d69b5237ee"},
	}
	for encoding := range encoders {
		w := newMobileWorld(t)
		w.mobile.Encoding = encoding
		for range 2 {
			if got := [2]string{sumOf(w.mdoc(t)), sumOf(w.vc(t))}; got != pinned[encoding] {
				t.Errorf("encoding %d: %q, want %q", encoding, got, pinned[encoding])
			}
		}
	}
	if encoders[MobileEncoding].elements == nil {
		t.Error("what is signed now has no encoder")
	}
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestTwoIssuesOfOneLicenceShareNoSalt(t *testing.T) {
	w := newMobileWorld(t)
	seen := map[string]bool{}
	for _, change := range []func(){func() {}, func() { w.mobile.ID = "01K8" }, func() { w.mobile.Secret = bytes.Repeat([]byte{9}, 32) }} {
		change()
		s, err := mdoc.ParseIssuerSigned(w.mdoc(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, ns := range s.NameSpaces {
			for _, it := range ns.Items {
				if seen[string(it.Random)] || len(it.Random) < 16 {
					t.Fatalf("the salt of %s comes twice", it.Name)
				}
				seen[string(it.Random)] = true
			}
		}
	}
}

func TestNoAgeIsEverFalse(t *testing.T) {
	w := newMobileWorld(t)
	l := &w.mobile.Licence
	l.BirthDate, l.ValidTo = civil.D(2008, 11, 1), civil.Date{}
	for at := civil.D(2026, 10, 25).Start(); at.Before(civil.D(2026, 11, 5).Start()); at = at.Add(37 * time.Minute) {
		w.mobile.Signed = at.UTC().Truncate(time.Second)
		w.mobile.Until = MobileEnd(*l, w.mobile.Signed, 30)
		issuance, err := w.mobile.MDoc()
		if err != nil {
			t.Fatal(err)
		}
		for _, moment := range []time.Time{w.mobile.Signed, w.mobile.Until.Add(-time.Second)} {
			if moment.Before(w.mobile.Signed) {
				t.Fatalf("signed at %s it ends at %s", w.mobile.Signed, w.mobile.Until)
			}
			for _, e := range issuance.NameSpaces[0].Elements {
				var years int
				if n, _ := fmt.Sscanf(e.Name, "age_over_%02d", &years); n == 0 {
					continue
				}
				said, _ := e.Decode()
				reached := time.Date(2008+years, 11, 1, 0, 0, 0, 0, time.UTC)
				// somewhere it is 14 hours later than in UTC, somewhere 12 hours earlier
				if said == false && !moment.Add(14*time.Hour).Before(reached) || said == true && moment.Add(-12*time.Hour).Before(reached) {
					t.Fatalf("signed at %s, at %s: %s is %v", w.mobile.Signed, moment, e.Name, said)
				}
			}
		}
	}
}

func TestItEndsWithTheLicence(t *testing.T) {
	l := statement().Licence
	for end, want := range map[civil.Date]time.Time{
		civil.D(2026, 10, 12): civil.D(2026, 10, 12).End().UTC(), civil.D(2036, 1, 1): signedAt.AddDate(0, 0, 30), {}: signedAt.AddDate(0, 0, 30),
	} {
		l.ValidTo = end
		if got := MobileEnd(l, signedAt, 30); !got.Equal(want) {
			t.Errorf("a licence that ends on %s: %s, want %s", end, got, want)
		}
	}
}
