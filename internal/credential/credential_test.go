package credential

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

func TestCheckCharactersOfThePublishedVectors(t *testing.T) {
	cases := []struct{ typeCode, issuer, serial, version, want string }{
		{"11100000000013338W009", "11330105002500287C", "2025052201", "002", "0"},
		{"11100000000013338W011", "11430000006122244L", "20230000403", "001", "U"},
		{"11100000MB03271699022", "340100", "000000016", "001", "9"},
	}
	for _, c := range cases {
		got, err := CheckCharacter(c.typeCode + c.issuer + c.serial + c.version)
		if err != nil || string(got) != c.want {
			t.Errorf("%s.%s.%s.%s: %q, %v, want %q", c.typeCode, c.issuer, c.serial, c.version, got, err, c.want)
		}
	}
}

func TestTheCheckCharacterNoticesEverySlipOfOneCharacterAndEverySwap(t *testing.T) {
	const s = "11100000MB03271699022340100000000016001"
	want, err := CheckCharacter(s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(s) {
		for _, r := range []byte(alphabet) {
			if got, _ := CheckCharacter(s[:i] + string(r) + s[i+1:]); r != s[i] && got == want {
				t.Errorf("%c instead of %c at %d passes", r, s[i], i)
			}
		}
		if i+1 < len(s) && s[i] != s[i+1] {
			if got, _ := CheckCharacter(s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]); got == want {
				t.Errorf("a swap at %d passes", i)
			}
		}
	}
}

func TestAnIdentifier(t *testing.T) {
	n := Numbering{TypeCode: "11100000MB03271699022", IssuerCode: "340100"}
	got, err := n.Identifier("000000016", 1)
	if want := "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if serial := SerialOf(got); serial != "000000016" {
		t.Errorf("its serial reads %q", serial)
	}
	for _, bad := range []struct {
		serial  string
		version int
	}{{"16", 0}, {"16", 1000}, {"", 1}, {"a6", 1}, {"1.6", 1}} {
		if got, err := n.Identifier(bad.serial, bad.version); err == nil {
			t.Errorf("version %d of serial %q became %s", bad.version, bad.serial, got)
		}
	}
}

func TestWithoutATypeCodeNoneIsInvented(t *testing.T) {
	if got, err := (Numbering{}).Identifier("1", 1); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if SerialOf("") != "" {
		t.Error("no identifier has a serial")
	}
}

func TestNumberingIsCheckedWhereItIsEntered(t *testing.T) {
	good := []Numbering{{}, {"11100000MB03271699022", "11330105002500287C"}}
	bad := []Numbering{{"A", ""}, {"", "A"}, {"示A", "1"}, {"a", "1"}, {"1.2", "1"}, {"1", "1 "}}
	for _, n := range good {
		if err := n.Check(); err != nil {
			t.Errorf("%v: %v", n, err)
		}
	}
	for _, n := range bad {
		if err := n.Check(); !errors.Is(err, ErrNumbering) {
			t.Errorf("%v: %v", n, err)
		}
	}
}

// fixedKey is a P-256 key whose signatures the tests know.
func fixedKey(t *testing.T, seed byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func statement() Statement {
	return Statement{
		ID: "01K9AAAAAAAAAAAAAAAAAAAAAA", Identifier: "1.2.156.3005.2.A.B.1.001.0", IdentifierVersion: 1, Issuer: "示A",
		IssuedAt: time.Date(2026, 10, 9, 10, 32, 8, 0, civil.Shanghai), RegisterVersionID: "01K8", PortraitHash: bytes.Repeat([]byte{7}, 32),
		Licence: licence.Licence{
			FileNumber: "000000000029", Document: identity.Document{Type: identity.ResidentCard, Number: "000000199001010010"},
			Name: "龘𠮷", Sex: identity.Male, BirthDate: civil.D(1990, 1, 1), Nationality: "中国", FirstIssue: civil.D(2016, 12, 28),
			Classes:   []licence.ClassRecord{{Class: licence.C1, Since: civil.D(2016, 12, 28)}, {Class: licence.D}},
			ValidFrom: civil.D(2016, 12, 28), ValidTo: civil.D(2026, 12, 28), Authority: "示例市公安局交通管理局",
		},
	}
}

func issuer(t *testing.T, key crypto.Signer, former ...crypto.Signer) *Issuer {
	t.Helper()
	i, err := NewIssuer(key, former...)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func sign(t *testing.T, i *Issuer, s Statement) (keyID string, signature []byte) {
	t.Helper()
	draft, err := i.Prepare(s, "")
	if err != nil {
		t.Fatal(err)
	}
	if signature, err = draft.Sign(); err != nil {
		t.Fatal(err)
	}
	return draft.KeyID, signature
}

// The vector pins the form: licences signed today must be made anew for ever.
func TestTheSignedBytesOfEncoding1NeverChange(t *testing.T) {
	i := issuer(t, fixedKey(t, 1))
	keyID, signature := sign(t, i, statement())
	draft, _ := i.Prepare(statement(), "")
	got := []string{keyID, hex.EncodeToString(draft.Digest), hex.EncodeToString(signature)}
	want := []string{
		"f857ae4ed6e34e33",
		"f35e8dd5261a63dca75099601221ee39420c04db5cd0f99b6f44172a2880ee55",
		"277b7557d3ec952dde8fcb4f99fee9633dd3f33a75cd84f272057904d4922835336731b85a89a9f351f9544fd30e3bc7cf5b1a17efad42e5eea58aab15200987",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADraftSignsOnce(t *testing.T) {
	draft, err := issuer(t, fixedKey(t, 1)).Prepare(statement(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := draft.Sign(); err != nil {
		t.Fatal(err)
	}
	if again, err := draft.Sign(); !errors.Is(err, ErrSpent) || again != nil {
		t.Errorf("signed again: %x, %v", again, err)
	}
}

func TestWhoRepeatsAfterACrashMakesTheSameSignature(t *testing.T) {
	_, first := sign(t, issuer(t, fixedKey(t, 1)), statement())
	_, second := sign(t, issuer(t, fixedKey(t, 1)), statement()) // another process
	if !bytes.Equal(first, second) {
		t.Error("two signatures of one statement")
	}
}

// random signs as most hardware does: differently each time.
type random struct{ *ecdsa.PrivateKey }

func (r random) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.PrivateKey.Sign(rand.Reader, digest, opts)
}

func TestAKeyThatSignsDifferentlyEachTimeIsRefused(t *testing.T) {
	if _, err := NewIssuer(random{fixedKey(t, 1)}); !errors.Is(err, ErrNotRepeatable) {
		t.Errorf("%v", err)
	}
}

func TestTheDocumentVerifiesAndNothingAlteredDoes(t *testing.T) {
	i := issuer(t, fixedKey(t, 1))
	keyID, signature := sign(t, i, statement())
	if err := i.Verify(statement(), keyID, signature); err != nil {
		t.Fatal(err)
	}
	document := Document(statement(), keyID, signature)
	if err := cbor.Check(document); err != nil {
		t.Fatal(err)
	}
	parsed, err := cose.ParseSign1(document)
	if err != nil || parsed.Verify(fixedKey(t, 1).Public(), nil) != nil || string(parsed.Protected.KeyID) != keyID {
		t.Errorf("the document does not stand alone: %v", err)
	}
	alterations := map[string]func(*Statement){
		"identifier": func(s *Statement) { s.Identifier += "1" },
		"version":    func(s *Statement) { s.IdentifierVersion++ },
		"previous":   func(s *Statement) { s.PreviousID = "x" },
		"issuer":     func(s *Statement) { s.Issuer = "示B" },
		"time":       func(s *Statement) { s.IssuedAt = s.IssuedAt.Add(time.Second) },
		"register":   func(s *Statement) { s.RegisterVersionID = "x" },
		"portrait":   func(s *Statement) { s.PortraitHash[0]++ },
		"file":       func(s *Statement) { s.Licence.FileNumber = "000000000030" },
		"number":     func(s *Statement) { s.Licence.Document.Number = "000000199001010011" },
		"type":       func(s *Statement) { s.Licence.Document.Type = identity.TemporaryCard },
		"name":       func(s *Statement) { s.Licence.Name = "龘" },
		"sex":        func(s *Statement) { s.Licence.Sex = identity.Female },
		"birth":      func(s *Statement) { s.Licence.BirthDate = civil.D(1990, 1, 2) },
		"nation":     func(s *Statement) { s.Licence.Nationality = "示例国" },
		"first":      func(s *Statement) { s.Licence.FirstIssue = civil.D(2016, 12, 27) },
		"from":       func(s *Statement) { s.Licence.ValidFrom = civil.D(2016, 12, 27) },
		"to":         func(s *Statement) { s.Licence.ValidTo = civil.Date{} },
		"authority":  func(s *Statement) { s.Licence.Authority = "x" },
		"classes":    func(s *Statement) { s.Licence.Classes[1].Class = licence.E },
		"since":      func(s *Statement) { s.Licence.Classes[0].Since = civil.D(2016, 12, 29) },
	}
	for what, alter := range alterations {
		s := statement()
		alter(&s)
		if err := i.Verify(s, keyID, signature); !errors.Is(err, cose.ErrBadSignature) {
			t.Errorf("with another %s: %v", what, err)
		}
	}
}

func TestAFormerKeyOnlyFinishesWhatWasPreparedUnderIt(t *testing.T) {
	before := issuer(t, fixedKey(t, 1))
	keyID, signature := sign(t, before, statement())
	after := issuer(t, fixedKey(t, 2), fixedKey(t, 1))
	if after.KeyID() == keyID {
		t.Error("the former key signs still")
	}
	if err := after.Verify(statement(), keyID, signature); err != nil {
		t.Errorf("what it signed no longer verifies: %v", err)
	}
	draft, err := after.Prepare(statement(), keyID)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := draft.Sign(); err != nil || !bytes.Equal(again, signature) {
		t.Errorf("finishing under the former key: %x, %v", again, err)
	}
	if _, err := issuer(t, fixedKey(t, 2)).Prepare(statement(), keyID); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("under a key that is gone: %v", err)
	}
}

func TestAnElectronicLicenceEndsOnceAndKeepsItsFirstReasons(t *testing.T) {
	validity := licence.Change{Kind: licence.ValidityChanged}
	classes := licence.Change{Kind: licence.ClassesChanged}
	first, later := time.UnixMilli(1), time.UnixMilli(2)
	e := &Electronic{}
	if (*Electronic)(nil).State() != licence.NoElectronic || e.State() != licence.Active {
		t.Error("none, or one that stands, is taken for another")
	}
	e.Invalidate([]licence.Change{validity}, first)
	e.Invalidate([]licence.Change{validity, classes}, later)
	want := &Electronic{InvalidatedAt: first, Changes: []licence.Change{validity, classes}}
	if diff := cmp.Diff(want, e); diff != "" || e.State() != licence.Invalidated {
		t.Error(diff)
	}
	e = &Electronic{}
	e.Supersede(first)
	e.Supersede(later)
	if diff := cmp.Diff(&Electronic{InvalidatedAt: first}, e); diff != "" {
		t.Error(diff)
	}
}
