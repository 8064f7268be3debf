package gm

import (
	"bytes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"hash"
	"math/big"
	"strings"
	"testing"
	"time"

	gmcipher "github.com/emmansun/gmsm/cipher"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"

	"edl/mdoc/vectortest"
)

func publicOf(t testing.TB, p point) *ecdsa.PublicKey {
	t.Helper()
	k, err := ParsePublicKey(append([]byte{4}, append(p.x.FillBytes(make([]byte, 32)), p.y.FillBytes(make([]byte, 32))...)...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func derOf(t testing.TB, r, s *big.Int) []byte {
	t.Helper()
	b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReferenceAgreesWithOurs(t *testing.T) {
	key := newKey(t)
	sig, err := Sign(key, []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &rs); err != nil {
		t.Fatal(err)
	}
	p, err := MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	c, pub := national(), point{new(big.Int).SetBytes(p[1:33]), new(big.Int).SetBytes(p[33:])}
	e := c.digest(sm3.New, pub, []byte(DefaultID), []byte("message"))
	if !c.verify(pub, e, rs.R, rs.S) {
		t.Error("the reference refuses our signature")
	}
	d := big.NewInt(0x1234567)
	pub = c.public(d)
	r, s := c.sign(d, big.NewInt(0x7654321), c.digest(sm3.New, pub, []byte(DefaultID), []byte("message")))
	if err := Verify(publicOf(t, pub), []byte("message"), derOf(t, r, s)); err != nil {
		t.Errorf("ours refuses the reference's signature: %v", err)
	}
}

func TestNationalStandardVectors(t *testing.T) {
	const file = "sm/sm2_sm3_sm4.json"
	set := vectortest.Open(t, file)
	type signature struct {
		P, A, B, Gx, Gy, N, ID, D, Px, Py, ZA, E, K, R, S string
		Message                                           string `json:"msg_utf8"`
		MessageHex                                        string `json:"msg_hex"`
	}
	var v struct {
		Curve      signature `json:"curve_recommended"`
		Signature  signature `json:"signature"`
		TestCurve  signature `json:"signature_test_curve"`
		Encryption struct {
			Plain string `json:"plaintext_utf8"`
			Plus  string `json:"ciphertext_hex"`
			ASN1  string `json:"ciphertext_asn1_hex"`
			C1    string
			C2    string
			C3    string
		} `json:"encryption_C1C3C2"`
		SM3 []struct {
			Message string `json:"msg_utf8"`
			Digest  string
		} `json:"sm3"`
		SM4 struct {
			Key     string
			ECB     struct{ PT, CT string }
			Million string                      `json:"ecb_1000000_iterations"`
			CBC     struct{ IV, PT, CT string } `json:"cbc"`
			GCM     aeadVector                  `json:"gcm_rfc8998"`
			CCM     aeadVector                  `json:"ccm_rfc8998"`
		} `json:"sm4"`
	}
	set.JSON(file, &v)
	curveOf := func(s signature) *reference {
		return &reference{number(t, s.P), number(t, s.A), number(t, s.B), number(t, s.Gx), number(t, s.Gy), number(t, s.N)}
	}
	if c, ours := curveOf(v.Curve), national(); c.p.Cmp(ours.p) != 0 || c.a.Cmp(ours.a) != 0 || c.b.Cmp(ours.b) != 0 || c.gx.Cmp(ours.gx) != 0 || c.n.Cmp(ours.n) != 0 {
		t.Error("the curve is another")
	}
	v.TestCurve.Message = string(vectortest.Unhex(t, v.TestCurve.MessageHex))
	for name, s := range map[string]signature{"Annex A": v.Signature, "test curve": v.TestCurve} {
		c := national()
		if s.P != "" {
			c = curveOf(s)
		}
		pub := c.public(number(t, s.D))
		if pub.x.Cmp(number(t, s.Px)) != 0 || pub.y.Cmp(number(t, s.Py)) != 0 {
			t.Errorf("%s: the public key is another", name)
		}
		e := c.digest(sm3.New, pub, []byte(s.ID), []byte(s.Message))
		if !strings.EqualFold(hex.EncodeToString(e), s.E) {
			t.Errorf("%s: e is %x, want %s", name, e, s.E)
		}
		r, sig := c.sign(number(t, s.D), number(t, s.K), e)
		if r.Cmp(number(t, s.R)) != 0 || sig.Cmp(number(t, s.S)) != 0 || !c.verify(pub, e, r, sig) {
			t.Errorf("%s: signature %x, %x", name, r, sig)
		}
		if name != "Annex A" {
			continue
		}
		key := publicOf(t, pub)
		if s.ID != DefaultID {
			t.Errorf("%s: identifier %s", name, s.ID)
		}
		if za, err := sm2.CalculateZA(key, []byte(s.ID)); err != nil || !strings.EqualFold(hex.EncodeToString(za), s.ZA) {
			t.Errorf("%s: ZA is %x, %v", name, za, err)
		}
		if ours, err := Digest(key, []byte(s.Message)); err != nil || !bytes.Equal(ours, e) {
			t.Errorf("%s: our digest is %x, %v", name, ours, err)
		}
		if err := Verify(key, []byte(s.Message), derOf(t, r, sig)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		private, err := sm2.ParseRawPrivateKey(number(t, s.D).FillBytes(make([]byte, 32)))
		if err != nil {
			t.Fatal(err)
		}
		for form, b := range map[string]string{"C1C3C2": v.Encryption.Plus, "ASN.1": v.Encryption.ASN1} {
			if plain, err := sm2.Decrypt(private, vectortest.Unhex(t, b)); err != nil || string(plain) != v.Encryption.Plain {
				t.Errorf("%s decrypts to %q, %v", form, plain, err)
			}
		}
		c1 := vectortest.Unhex(t, v.Encryption.C1)
		plain, ok := c.decrypt(sm3.New, number(t, s.D), point{new(big.Int).SetBytes(c1[1:33]), new(big.Int).SetBytes(c1[33:])},
			vectortest.Unhex(t, v.Encryption.C2), vectortest.Unhex(t, v.Encryption.C3))
		if !ok || string(plain) != v.Encryption.Plain {
			t.Errorf("the reference decrypts to %q, %v", plain, ok)
		}
	}
	for _, x := range v.SM3 {
		if sum := SM3([]byte(x.Message)); hex.EncodeToString(sum[:]) != x.Digest {
			t.Errorf("SM3 of %q is %x", x.Message, sum)
		}
	}

	block, err := sm4.NewCipher(vectortest.Unhex(t, v.SM4.Key))
	if err != nil {
		t.Fatal(err)
	}
	b := vectortest.Unhex(t, v.SM4.ECB.PT)
	for i := range 1_000_000 {
		block.Encrypt(b, b)
		if i == 0 && hex.EncodeToString(b) != v.SM4.ECB.CT {
			t.Errorf("SM4: %x", b)
		}
	}
	if hex.EncodeToString(b) != v.SM4.Million {
		t.Errorf("SM4 a million times: %x", b)
	}
	cbc := vectortest.Unhex(t, v.SM4.CBC.PT)
	cipher.NewCBCEncrypter(block, vectortest.Unhex(t, v.SM4.CBC.IV)).CryptBlocks(cbc, cbc)
	if hex.EncodeToString(cbc) != v.SM4.CBC.CT {
		t.Errorf("SM4-CBC: %x", cbc)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	ccm, err := gmcipher.NewCCM(block)
	if err != nil {
		t.Fatal(err)
	}
	v.SM4.CCM.PT = v.SM4.GCM.PT // RFC 8998 uses one plaintext for both
	v.SM4.GCM.check(t, "SM4-GCM", gcm)
	v.SM4.CCM.check(t, "SM4-CCM", ccm)
}

type aeadVector struct{ IV, AAD, PT, CT, Tag string }

func (v *aeadVector) check(t *testing.T, name string, aead cipher.AEAD) {
	t.Helper()
	sealed := aead.Seal(nil, vectortest.Unhex(t, v.IV), vectortest.Unhex(t, v.PT), vectortest.Unhex(t, v.AAD))
	if hex.EncodeToString(sealed) != v.CT+v.Tag {
		t.Errorf("%s: %x, want %s%s", name, sealed, v.CT, v.Tag)
	}
}

// record is one case of a Botan test file: its own values over those that
// stand before it.
type record map[string]string

// records reads a Botan .vec file; a case ends with the name last.
func records(b []byte, last string) []record {
	var all []record
	now := record{}
	for line := range strings.Lines(string(b)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		name = strings.TrimSpace(name)
		now[name] = strings.TrimSpace(value)
		if name == last {
			r := record{}
			for k, v := range now {
				r[k] = v
			}
			all = append(all, r)
		}
	}
	return all
}

func (r record) hash(t *testing.T) func() hash.Hash {
	t.Helper()
	switch r["Hash"] {
	case "SHA-256":
		return sha256.New
	case "SM3", "":
		return sm3.New
	}
	t.Fatalf("hash %q", r["Hash"])
	return nil
}

func (r record) curve(t *testing.T) *reference {
	t.Helper()
	if r["P"] == "" {
		return national()
	}
	return &reference{number(t, r["P"]), number(t, r["A"]), number(t, r["B"]), number(t, r["xG"]), number(t, r["yG"]), number(t, r["Order"])}
}

func TestBotanVectors(t *testing.T) {
	set := vectortest.Open(t, "sm/botan_sm2_sig.vec", "sm/botan_sm2_enc.vec", "sm/botan_sm2_invalid.vec", "sm/botan_sm3.vec", "sm/botan_sm4.vec")
	n := national()
	isNational := func(c *reference) bool { return c.p.Cmp(n.p) == 0 && c.a.Cmp(n.a) == 0 }

	signatures := records(set.Bytes("sm/botan_sm2_sig.vec"), "Signature")
	for i, r := range signatures {
		c := r.curve(t)
		d, message := number(t, r["x"]), vectortest.Unhex(t, r["Msg"])
		pub := c.public(d)
		e := message // "Raw": the message is e
		if r["Hash"] != "Raw" {
			e = c.digest(r.hash(t), pub, []byte(r["Ident"]), message)
		}
		sig := vectortest.Unhex(t, r["Signature"])
		rr, ss := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
		if gotR, gotS := c.sign(d, number(t, r["Nonce"]), e); gotR.Cmp(rr) != 0 || gotS.Cmp(ss) != 0 || !c.verify(pub, e, rr, ss) {
			t.Errorf("signature %d: the reference disagrees", i)
		}
		if !isNational(c) {
			continue
		}
		key := publicOf(t, pub)
		if !sm2.VerifyASN1(key, e, derOf(t, rr, ss)) {
			t.Errorf("signature %d: refused", i)
		}
		if sm2.VerifyASN1(key, append([]byte{1}, e[1:]...), derOf(t, rr, ss)) {
			t.Errorf("signature %d: control, another digest is accepted", i)
		}
	}

	encryptions := records(set.Bytes("sm/botan_sm2_enc.vec"), "Ciphertext")
	for i, r := range encryptions {
		c := r.curve(t)
		var ct struct {
			X, Y   *big.Int
			C3, C2 []byte
		}
		if _, err := asn1.Unmarshal(vectortest.Unhex(t, r["Ciphertext"]), &ct); err != nil {
			t.Fatal(err)
		}
		plain, ok := c.decrypt(r.hash(t), number(t, r["x"]), point{ct.X, ct.Y}, ct.C2, ct.C3)
		if !ok || !bytes.Equal(plain, vectortest.Unhex(t, r["Msg"])) {
			t.Errorf("ciphertext %d decrypts to %x, %v", i, plain, ok)
		}
	}

	// the invalid ciphertexts have their key once, at the end
	invalid := set.Bytes("sm/botan_sm2_invalid.vec")
	keys := records(invalid, "Key")
	bad := records(invalid, "Ctext")
	if len(keys) == 0 || len(bad) == 0 {
		t.Fatalf("%d keys, %d ciphertexts", len(keys), len(bad))
	}
	private, err := sm2.ParseRawPrivateKey(number(t, keys[0]["Key"]).FillBytes(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, r := range bad {
		if plain, err := sm2.Decrypt(private, vectortest.Unhex(t, r["Ctext"])); err == nil {
			accepted++
			t.Logf("the library decrypts an invalid ciphertext, %s, to %x", r["Ctext"], plain)
		}
	}

	hashes := records(set.Bytes("sm/botan_sm3.vec"), "Out")
	for i, r := range hashes {
		if sum := SM3(vectortest.Unhex(t, r["In"])); !strings.EqualFold(hex.EncodeToString(sum[:]), r["Out"]) {
			t.Errorf("SM3 %d: %x, want %s", i, sum, r["Out"])
		}
	}
	blocks := records(set.Bytes("sm/botan_sm4.vec"), "Out")
	for i, r := range blocks {
		block, err := sm4.NewCipher(vectortest.Unhex(t, r["Key"]))
		if err != nil {
			t.Fatal(err)
		}
		in := vectortest.Unhex(t, r["In"])
		for at := 0; at < len(in); at += sm4.BlockSize {
			block.Encrypt(in[at:], in[at:])
		}
		if !strings.EqualFold(hex.EncodeToString(in), r["Out"]) {
			t.Errorf("SM4 %d: %x, want %s", i, in, r["Out"])
		}
	}
	t.Logf("%d signatures, %d encryptions, %d of %d invalid ciphertexts refused, %d SM3, %d SM4",
		len(signatures), len(encryptions), len(bad)-accepted, len(bad), len(hashes), len(blocks))
}

func TestCertificateVectors(t *testing.T) {
	set := vectortest.Open(t, "sm/x509")
	files := append(set.Files(".pem"), set.Files(".csr")...)
	selfSigned := 0
	for _, path := range files {
		block, _ := pem.Decode(set.Bytes(path))
		if block == nil {
			t.Fatalf("%s holds no PEM", path)
		}
		if strings.HasSuffix(path, ".csr") {
			req, err := smx509.ParseCertificateRequest(block.Bytes)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if err := Verify(req.PublicKey, req.RawTBSCertificateRequest, req.Signature); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if _, err := PublicKey(c.PublicKey); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		// None of them is a root that counts: all but one are issued by others,
		// and the self-signed one is signed over an empty user identifier, as
		// tools do that were not told the default one. That is another key's
		// signature here, whatever they say of it.
		trust := &Trust{}
		if err := trust.AddRoot(c); !errors.Is(err, ErrBadCertificate) && !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s as a root: %v", path, err)
		}
		if bytes.Equal(c.RawIssuer, c.RawSubject) {
			selfSigned++
			if !overIdentifier(t, c, "") || overIdentifier(t, c, DefaultID) {
				t.Errorf("%s: the signature is over another identifier than the empty one", path)
			}
		}
		if _, steps := trust.Verify([][]byte{c.Raw}, c.NotBefore.Add(time.Hour)); !errors.Is(steps.Err(), ErrUntrustedIssuer) {
			t.Errorf("%s under no root: %v", path, steps.Err())
		}
	}
	if selfSigned != 1 {
		t.Errorf("%d self-signed certificates, want 1", selfSigned)
	}
}

// overIdentifier reports whether a self-signed certificate's signature holds
// over a user identifier, by the reference.
func overIdentifier(t *testing.T, c *Certificate, id string) bool {
	t.Helper()
	b, err := MarshalPublicKey(c.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(c.Signature, &rs); err != nil {
		t.Fatal(err)
	}
	n, pub := national(), point{new(big.Int).SetBytes(b[1:33]), new(big.Int).SetBytes(b[33:])}
	return n.verify(pub, n.digest(sm3.New, pub, []byte(id), c.RawTBSCertificate), rs.R, rs.S)
}
