// Package inspecttest invents an authority, a holder and a reader, and writes
// what passes between them: one file of every format that package inspect
// knows. Keys and signatures are the same in every process, those of SM2 aside.
package inspecttest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"image/png"
	"io"
	"math/big"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"edl/gm"
	"edl/internal/civil"
	"edl/livecode"
	"edl/mdoc"
	"edl/mdoc/cbor"
	"edl/sdjwt"
	"edl/statuslist"
)

// Now is the moment of it all. A program that needs another sets it before New.
var Now = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

// What the key binding of vc.txt is for, and the addresses of the lists.
const (
	Audience = "x509_hash:abc"
	Nonce    = "nonce-of-the-reader"
	VCT      = "urn:example:licence"
	ListURI  = "https://authority.example/lists/1"
)

// Key is a P-256 key that signs deterministically (RFC 6979).
type Key struct{ *ecdsa.PrivateKey }

// Sign ignores randomness.
func (k Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

// KeyOf returns the key of a name.
func KeyOf(name string) Key {
	d := sha256.Sum256([]byte(name))
	return Key{must(ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:]))}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// World is the invented authority's side.
type World struct {
	Root, DS, Lists *x509.Certificate
	Files           map[string][]byte
}

// New makes everything.
func New() *World {
	w := &World{Files: map[string][]byte{}}
	w.certificates()
	w.documents()
	w.tokens()
	w.codes()
	w.sm2()
	return w
}

func certificate(name string, days int, serial int64) mdoc.Certificate {
	from := Now.Add(-24 * time.Hour)
	return mdoc.Certificate{Subject: pkix.Name{Country: []string{"CN"}, Province: []string{"CN-GD"}, CommonName: name}, NotBefore: from, NotAfter: from.AddDate(0, 0, days),
		Serial: big.NewInt(serial), CRL: "https://authority.example/pki/iaca.crl", Contact: "https://authority.example"}
}

func (w *World) certificates() {
	root, ds, lists, reader := KeyOf("root"), KeyOf("signer"), KeyOf("lists"), KeyOf("reader certificate")
	w.Root = w.cert("root.pem", must(certificate("Demo IACA", 9*365, 1).CreateIACA(root)))
	w.DS = w.cert("signer.pem", must(certificate("Demo DS", 457, 2).CreateDocumentSigner(ds.Public(), w.Root, root)))
	w.Lists = w.cert("lists.pem", must(certificate("Demo lists", 457, 3).CreateStatusSigner(lists.Public(), w.Root, root)))
	w.cert("reader.pem", must(certificate("Demo reader", 457, 4).CreateReader(reader.Public(), w.Root, root)))
	w.cert("otherroot.pem", must(certificate("Other IACA", 9*365, 5).CreateIACA(KeyOf("other root"))))
	w.crl("root.crl", 3)
	w.crl("revoking.crl", 4, w.DS)
}

func (w *World) cert(name string, der []byte) *x509.Certificate {
	w.Files[name] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return must(x509.ParseCertificate(der))
}

func (w *World) crl(name string, number int64, revoked ...*x509.Certificate) {
	list := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: Now.Add(-time.Hour), NextUpdate: Now.Add(24 * time.Hour)}
	for _, c := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: Now})
	}
	w.Files[name] = pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: must(x509.CreateRevocationList(rand.Reader, list, w.Root, KeyOf("root")))})
}

// Elements are those of a licence, with a portrait of a size.
func Elements(portrait int) []mdoc.NameSpace {
	picture := bytes.Repeat([]byte{0x5a}, portrait)
	copy(picture, []byte{0xff, 0xd8, 0xff, 0xe0})
	day := func(s string) cbor.FullDate { return cbor.FullDate(s) }
	build := func(name string, pairs ...any) mdoc.NameSpace {
		ns := mdoc.NameSpace{Name: name}
		for i := 0; i < len(pairs); i += 2 {
			ns.Elements = append(ns.Elements, must(mdoc.NewElement(pairs[i].(string), pairs[i+1])))
		}
		return ns
	}
	privilege := cbor.Pairs{{Key: "vehicle_category_code", Value: "B"}, {Key: "issue_date", Value: day("2015-06-01")},
		{Key: "expiry_date", Value: day("2031-06-01")}, {Key: "codes", Value: []any{cbor.Pairs{{Key: "code", Value: "78"}}}}}
	return []mdoc.NameSpace{
		build(mdoc.NameSpaceMDL, "family_name", "Lin", "given_name", "Yi", "birth_date", day("1990-05-06"),
			"issue_date", day("2025-06-01"), "expiry_date", day("2031-06-01"), "issuing_country", "CN",
			"issuing_authority", "Demo Traffic Authority", "document_number", "000000199005060012",
			"portrait", picture, "driving_privileges", []any{privilege}, "un_distinguishing_sign", "CHN",
			"sex", 1, "nationality", "CN", "issuing_jurisdiction", "CN-GD", "resident_country", "CN",
			"family_name_national_character", "林", "given_name_national_character", "一",
			"age_in_years", 35, "age_birth_year", 1990, "age_over_16", true, "age_over_18", true,
			"age_over_21", true, "age_over_60", false, "portrait_capture_date", cbor.DateTime("2025-05-20T08:00:00Z")),
		build(mdoc.NameSpaceCN, "name", "林一", "classes", []any{"C1", "D"}, "first_issue_date", day("2015-06-01"),
			"file_number", "000000000017", "address", "测试省测试市测试路1号", "authority", "测试交通管理局"),
	}
}

// Transcript is that of the session in which response.hex was sent.
func Transcript() mdoc.Transcript {
	return mdoc.OpenID4VPTranscript(Audience, Nonce, nil, "https://verifier.example/response")
}

// IssuerSigned returns the licence as issued to the holder, with a portrait of a size.
func (w *World) IssuerSigned(portrait int) []byte {
	signer := must(mdoc.NewDocumentSigner(KeyOf("signer"), w.DS, w.Root))
	p := must(mdoc.Issuance{DocType: mdoc.DocTypeMDL, NameSpaces: Elements(portrait), DeviceKey: KeyOf("holder").Public(),
		Validity: mdoc.Validity{Signed: Now, From: Now, Until: Now.AddDate(0, 0, 30)},
		Status:   &mdoc.Status{List: &mdoc.StatusListRef{Index: 412, URI: ListURI}},
		Entropy:  must(mdoc.DerivedEntropy(make([]byte, 32), "an mdoc"))}.Prepare(signer))
	return p.IssuerSigned(must(p.Sign()))
}

// Response shows all of a licence in the session of the world.
func Response(issued []byte) []byte {
	s := must(mdoc.ParseIssuerSigned(issued))
	document := must(s.Present(mdoc.DocTypeMDL, Transcript(), mdoc.SignWith(KeyOf("holder"))))
	return mdoc.AppendResponse(nil, [][]byte{document}, nil)
}

func (w *World) documents() {
	issued := w.IssuerSigned(2048)
	s := must(mdoc.ParseIssuerSigned(issued))
	w.Files["issuersigned.b64"] = []byte(base64.RawURLEncoding.EncodeToString(issued))
	response := Response(issued)
	w.Files["response.bin"] = response
	w.Files["response.hex"] = []byte(hex.EncodeToString(response) + "\n")
	reader := must(KeyOf("reader").ECDH())
	document := must(s.Present(mdoc.DocTypeMDL, Transcript(), mdoc.MACWith(must(KeyOf("holder").ECDH()), reader.PublicKey())))
	w.Files["mac.bin"] = mdoc.AppendResponse(nil, [][]byte{document}, nil)
	w.Files["reader.hex"] = []byte(hex.EncodeToString(reader.Bytes()))
	w.Files["transcript.hex"] = []byte(hex.EncodeToString(Transcript().Encoded()))
}

func (w *World) tokens() {
	signer := must(sdjwt.NewSigner(KeyOf("signer"), w.DS))
	p := must(sdjwt.VC{Type: VCT, Issuer: "https://authority.example", IssuedAt: Now, NotBefore: Now, Expires: Now.AddDate(0, 0, 30),
		Holder: KeyOf("holder").Public(), Status: &statuslist.Reference{Index: 7, URI: ListURI}, Salts: must(sdjwt.DerivedSalts(make([]byte, 32), "a credential")),
		Claims: map[string]any{"family_name": sdjwt.Hidden{Value: "Lin"}, "given_name": sdjwt.Hidden{Value: "Yi"}, "issuing_country": "CN"}}.Prepare(signer))
	issued := p.SDJWT(must(p.Sign()))
	w.Files["vc.txt"] = append(issued, '\n')
	w.Files["vc-bound.txt"] = must(sdjwt.Bind(issued, KeyOf("holder"), Audience, Nonce, Now))

	list := must(statuslist.New(2, 1000))
	_ = list.Set(7, statuslist.Suspended)
	token := statuslist.Token{Subject: ListURI, IssuedAt: Now, Expires: Now.Add(time.Hour), TTL: time.Minute, List: list}
	w.Files["list.jwt"] = must(token.SignJWT(KeyOf("lists"), [][]byte{w.Lists.Raw}))
	token.List = must(statuslist.New(1, 1000))
	_ = token.List.Set(412, statuslist.Invalid)
	w.Files["list.cwt"] = must(token.SignCWT(KeyOf("lists"), [][]byte{w.Lists.Raw}))
}

func (w *World) codes() {
	holder, issuer := KeyOf("holder"), KeyOf("code")
	serial := livecode.Serial(bytes.Repeat([]byte{7}, len(livecode.Serial{})))
	moment := livecode.Moment{Time: Now, Nonce: livecode.Nonce(bytes.Repeat([]byte{9}, len(livecode.Nonce{})))}
	part := must(livecode.IssueQualification(issuer, []byte("k1"), livecode.Claims{
		Issuer: "https://authority.example", Serial: serial, IssuedAt: Now.Add(-time.Hour), Expires: Now.AddDate(0, 0, 7), StatusURI: ListURI, StatusIndex: 9,
		Holder: &holder.PublicKey, Name: "林一", Face: bytes.Repeat([]byte{1}, 400), Classes: []livecode.Class{{Code: "C1", Since: civil.D(2015, 6, 1)}},
		ValidFrom: civil.D(2025, 6, 1), ValidUntil: civil.D(2031, 6, 1)}))
	text := must(livecode.SignSelfContained(holder, part, moment))
	w.Files["claim169.txt"] = []byte(part.Claim169())
	w.Files["code.txt"] = []byte(text + "\n")
	w.Files["code.png"] = QR(text)
	w.Files["short.txt"] = []byte(must(livecode.SignShort(holder, serial, moment)))
	w.Files["code.pub"] = public(issuer.Public())
	w.Files["phone.pub"] = public(holder.Public())
}

func public(key crypto.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))})
}

// QR returns the picture of a text, four pixels a module and a margin of four.
func QR(text string) []byte {
	code := must(qr.Encode(text, qr.M, qr.AlphaNumeric))
	size := code.Bounds().Dx() * 4
	framed := must(barcode.Scale(code, size, size))
	var out bytes.Buffer
	if err := png.Encode(&out, margin{framed}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func (w *World) sm2() {
	key, signer := must(gm.GenerateKey()), must(gm.GenerateKey())
	request := func(name string, days int, serial int64) gm.Request {
		return gm.Request{Subject: pkix.Name{Country: []string{"CN"}, CommonName: name}, Serial: big.NewInt(serial),
			NotBefore: Now.Add(-24 * time.Hour), NotAfter: Now.AddDate(0, 0, days)}
	}
	der := must(request("Demo SM2 root", 3650, 1).CreateRoot(key))
	root := must(gm.ParseCertificate(der))
	w.Files["sm2root.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	der = must(request("Demo SM2 seal", 365, 2).CreateSigner(signer.Public(), root, key))
	w.Files["sm2signer.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	w.Files["sm2.crl"] = must(gm.CreateCRL(1, Now.Add(-time.Hour), Now.Add(time.Hour), nil, root, key))
}
