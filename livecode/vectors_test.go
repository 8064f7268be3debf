package livecode

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/fault"
)

// testdata/vectors.json is published: phones and terminals written by others
// are tried against it, and so is the page that shows the code.

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorFile = "testdata/vectors.json"

type vectors struct {
	About       string             `json:"about"`
	DeviceKey   vectorKey          `json:"deviceKey"`
	IssuerKey   vectorKey          `json:"issuerKey"`
	OtherKey    vectorKey          `json:"otherKey"`
	Codes       []vectorCode       `json:"codes"`
	IssuerParts []vectorIssuerPart `json:"issuerParts"`
	Refused     []vectorRefused    `json:"refused"`
}

type vectorKey struct {
	KeyID string `json:"kid,omitempty"` // hex, as everything below
	D     string `json:"d"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

type vectorCode struct {
	Name       string `json:"name"`
	Serial     string `json:"serial"`
	IssuerPart string `json:"issuerPart,omitempty"` // the name of one below
	Time       int64  `json:"time"`
	Nonce      string `json:"nonce"`
	Challenge  string `json:"challenge,omitempty"`
	Payload    string `json:"payload"`
	ToBeSigned string `json:"toBeSigned"`
	Signature  string `json:"signature"`
	Digest     string `json:"digest"`
	Text       string `json:"text"`
}

type vectorIssuerPart struct {
	Name     string         `json:"name"`
	Claims   map[string]any `json:"claims"`
	Bytes    string         `json:"bytes"`
	Claim169 string         `json:"claim169"`
}

type vectorRefused struct {
	Name string `json:"name"`
	At   string `json:"at"` // "parse", "issuer" or "device": the step that refuses it
	Code string `json:"code"`
	Text string `json:"text"`
}

// deterministicKey signs as RFC 6979 says, so that the file is the same again.
type deterministicKey struct{ *ecdsa.PrivateKey }

func (k deterministicKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

func vectorSigner(t testing.TB, name string) deterministicKey {
	t.Helper()
	d := sha256.Sum256([]byte("edl livecode vectors: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return deterministicKey{key}
}

func (k deterministicKey) vector(t testing.TB, keyID string) vectorKey {
	t.Helper()
	d, err := k.PrivateKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return vectorKey{hex.EncodeToString([]byte(keyID)), hex.EncodeToString(d), hex.EncodeToString(point[1:33]), hex.EncodeToString(point[33:])}
}

const issuerKeyID = "demo-2026-1"

var (
	vectorSerial = Serial{0x51, 0x0a, 0x77, 0xc2, 0x09, 0xe4, 0x3b, 0xf8}
	vectorNonce  = Nonce{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18}
)

func sequence(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(0xc0 + i)
	}
	return b
}

// sampleClaims are those of an invented driver.
func sampleClaims(t testing.TB, holder *ecdsa.PublicKey) Claims {
	t.Helper()
	face, err := os.ReadFile("testdata/face.webp")
	if err != nil {
		t.Fatal(err)
	}
	return Claims{
		Issuer: "https://edl.example", Serial: vectorSerial,
		IssuedAt: noon.Add(-time.Hour), Expires: noon.Add(7 * 24 * time.Hour),
		StatusURI: "https://edl.example/status/7", StatusIndex: 48213, Holder: holder,
		Name: "林知夏", Face: face,
		Classes:   []Class{{"C1", civil.D(2016, 6, 20)}, {"D", civil.D(2019, 3, 4)}},
		ValidFrom: civil.D(2022, 6, 20), ValidUntil: civil.D(2032, 6, 20),
		Number: "000000198808080020", BirthDate: civil.D(1988, 8, 8), Sex: Female, Nationality: "CHN",
		FirstIssue: civil.D(2016, 6, 20), Authority: "示范市公安局交通管理支队", Letters: "A", Points: 3,
	}
}

func makeVectors(t testing.TB) vectors {
	t.Helper()
	device, issuer, other := vectorSigner(t, "device"), vectorSigner(t, "issuer"), vectorSigner(t, "other")
	v := vectors{
		About: "Test vectors of docs/livecode.md. Keys, person and authority are invented. Byte strings are hex; " +
			"signatures are deterministic (RFC 6979), so a signer that is not gets other signatures over the same toBeSigned.",
		DeviceKey: device.vector(t, ""), IssuerKey: issuer.vector(t, issuerKeyID), OtherKey: other.vector(t, ""),
	}
	claims := sampleClaims(t, &device.PublicKey)
	qualification, err := IssueQualification(issuer, []byte(issuerKeyID), claims)
	if err != nil {
		t.Fatal(err)
	}
	full, err := IssueFull(issuer, []byte(issuerKeyID), claims)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := IssueFull(issuer, []byte(issuerKeyID), widest(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	v.IssuerParts = []vectorIssuerPart{describe("qualification", qualification), describe("full", full), describe("the longest name, ten classes", wide)}

	for _, c := range []struct {
		name   string
		issuer string
		part   *IssuerPart
		Moment
	}{
		{"short", "", nil, Moment{noon, vectorNonce, nil}},
		{"short with two spaces in a row, which are data", "", nil, Moment{noon, nonceWithSpaces(t, device), nil}},
		{"short with a challenge of 16 bytes", "", nil, Moment{noon, vectorNonce, sequence(16)}},
		{"short with a challenge of 32 bytes", "", nil, Moment{noon, vectorNonce, sequence(32)}},
		{"self-contained, qualification", "qualification", qualification, Moment{noon, vectorNonce, nil}},
		{"self-contained, full", "full", full, Moment{noon, vectorNonce, nil}},
		{"self-contained, full, the longest name and ten classes", "the longest name, ten classes", wide, Moment{noon, vectorNonce, nil}},
		{"self-contained, full, with a challenge of 16 bytes", "full", full, Moment{noon, vectorNonce, sequence(16)}},
	} {
		text, err := sign(device, c.part, c.Moment)
		if err != nil {
			t.Fatal(err)
		}
		code, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		digest := code.Digest()
		v.Codes = append(v.Codes, vectorCode{
			Name: c.name, Serial: hex.EncodeToString(vectorSerial[:]), IssuerPart: c.issuer,
			Time: c.Time.Unix(), Nonce: hex.EncodeToString(c.Nonce[:]), Challenge: hex.EncodeToString(c.Challenge),
			Payload: hex.EncodeToString(code.cose.payload), ToBeSigned: hex.EncodeToString(code.cose.toBeSigned()),
			Signature: hex.EncodeToString(code.cose.signature), Digest: hex.EncodeToString(digest[:]), Text: text,
		})
	}
	for _, h := range hostile(t) {
		v.Refused = append(v.Refused, vectorRefused{h.name, h.at, h.want.Code, h.text})
	}
	return v
}

func sign(device crypto.Signer, part *IssuerPart, m Moment) (string, error) {
	if part == nil {
		return SignShort(device, vectorSerial, m)
	}
	return SignSelfContained(device, part, m)
}

// nonceWithSpaces finds a nonce whose code has two spaces in a row.
func nonceWithSpaces(t testing.TB, device crypto.Signer) Nonce {
	t.Helper()
	for i := range 10_000 {
		n := vectorNonce
		n[6], n[7] = byte(i>>8), byte(i)
		text, err := SignShort(device, vectorSerial, Moment{noon, n, nil})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "  ") {
			return n
		}
	}
	t.Fatal("no such nonce")
	return Nonce{}
}

func describe(name string, p *IssuerPart) vectorIssuerPart {
	c := p.Claims()
	m := map[string]any{
		"issuer": c.Issuer, "serial": hex.EncodeToString(c.Serial[:]),
		"issuedAt": c.IssuedAt.Unix(), "expires": c.Expires.Unix(),
		"statusURI": c.StatusURI, "statusIndex": c.StatusIndex,
		"name": c.Name, "face": hex.EncodeToString(c.Face), "validFrom": c.ValidFrom.String(), "validUntil": c.ValidUntil.String(),
	}
	classes := []any{}
	for _, k := range c.Classes {
		classes = append(classes, []any{k.Code, k.Since.String()})
	}
	m["classes"] = classes
	if c.Full() {
		for k, v := range map[string]any{"number": c.Number, "birthDate": c.BirthDate.String(), "sex": int(c.Sex), "nationality": c.Nationality,
			"firstIssue": c.FirstIssue.String(), "authority": c.Authority, "letters": c.Letters, "points": c.Points} {
			m[k] = v
		}
	}
	return vectorIssuerPart{Name: name, Claims: m, Bytes: hex.EncodeToString(p.Bytes()), Claim169: p.Claim169()}
}

func encodeVectors(t testing.TB, v vectors) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePublishedVectorsAreWhatThisPackageMakes(t *testing.T) {
	made := encodeVectors(t, makeVectors(t))
	if *update {
		if err := os.WriteFile(vectorFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(published), string(made)); diff != "" {
		t.Errorf("the format changed, or -update is due (-published +made):\n%s", diff)
	}
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func publicKey(t testing.TB, k vectorKey) *ecdsa.PublicKey {
	t.Helper()
	point, err := hex.DecodeString("04" + k.X + k.Y)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestEveryPublishedCodeIsReadAndVerified(t *testing.T) {
	v := readVectors(t)
	device, issuer := publicKey(t, v.DeviceKey), publicKey(t, v.IssuerKey)
	for _, want := range v.Codes {
		t.Run(want.Name, func(t *testing.T) {
			code, err := Parse(want.Text)
			if err != nil {
				t.Fatal(err)
			}
			serial, nonce, digest := code.Serial(), code.Nonce(), code.Digest()
			got := vectorCode{
				Name: want.Name, IssuerPart: want.IssuerPart, Text: want.Text,
				Serial: hex.EncodeToString(serial[:]), Time: code.Time().Unix(), Nonce: hex.EncodeToString(nonce[:]),
				Challenge: hex.EncodeToString(code.Challenge()), Payload: hex.EncodeToString(code.cose.payload),
				ToBeSigned: hex.EncodeToString(code.cose.toBeSigned()), Signature: hex.EncodeToString(code.cose.signature),
				Digest: hex.EncodeToString(digest[:]),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-published +read):\n%s", diff)
			}
			if err := code.VerifyDevice(device); err != nil {
				t.Error(err)
			}
			if p := code.Issuer(); p != nil {
				if err := p.VerifyIssuer(issuer); err != nil {
					t.Error(err)
				}
			}
			if (code.Issuer() != nil) != (want.IssuerPart != "") {
				t.Error("the form is not the one published")
			}
		})
	}
}

func TestEveryPublishedForgeryIsRefusedAtItsStep(t *testing.T) {
	v := readVectors(t)
	device, issuer := publicKey(t, v.DeviceKey), publicKey(t, v.IssuerKey)
	for _, r := range v.Refused {
		t.Run(r.Name, func(t *testing.T) {
			at, err := refusedAt(r.Text, device, issuer)
			if f := fault.Of(err); at != r.At || f == nil || f.Code != r.Code {
				t.Errorf("refused at %q with %v, want at %q with %s", at, err, r.At, r.Code)
			}
		})
	}
}

// refusedAt takes the steps of a terminal.
func refusedAt(text string, device, issuer *ecdsa.PublicKey) (string, error) {
	code, err := Parse(text)
	if err != nil {
		return "parse", err
	}
	if p := code.Issuer(); p != nil {
		if err := p.VerifyIssuer(issuer); err != nil {
			return "issuer", err
		}
		device = p.Claims().Holder
	}
	return "device", code.VerifyDevice(device)
}

func ExampleSerial_String() {
	fmt.Println(vectorSerial, base64.RawURLEncoding.EncodedLen(serialSize))
	// Output: UQp3wgnkO_g 11
}

func TestTheDocumentShowsTheFirstVector(t *testing.T) {
	doc, err := os.ReadFile("../docs/livecode.md")
	if err != nil {
		t.Fatal(err)
	}
	first := readVectors(t).Codes[0]
	head, tail, _ := strings.Cut(first.Text, " ")
	for _, want := range []string{first.Serial, first.Nonce, fmt.Sprint(first.Time), head, tail} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("docs/livecode.md lacks %s", want)
		}
	}
}
