package mdoc

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/bits"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/cbor"
	"edl/mdoc/vectortest"
)

func TestAnnexCVector(t *testing.T) {
	set := vectortest.Open(t, "iso18013-7-annexC")
	var v struct {
		Origin         string `json:"origin"`
		Request        string `json:"deviceRequestB64"`
		EncryptionInfo string `json:"encryptionInfoB64"`
		Response       string `json:"encryptedResponseB64"`
		Key            string `json:"recipientPrivateKeyHex"`
		Expected       struct {
			Transcript string `json:"sessionTranscriptCborSha256Hex"`
			Response   string `json:"deviceResponseCborSha256Hex"`
			DocType    string `json:"docType"`
			Element    string `json:"requestedElement"`
		} `json:"expected"`
	}
	set.JSON("iso18013-7-annexC/ANNEXC-DETERMINISTIC-001.json", &v)
	key, err := ecdh.P256().NewPrivateKey(vectortest.Unhex(t, v.Key))
	if err != nil {
		t.Fatal(err)
	}
	nonce, public, err := ParseEncryptionInfo(v.EncryptionInfo)
	if err != nil || !public.Equal(key.PublicKey()) {
		t.Fatalf("encryption info: %v", err)
	}
	if again, err := NewEncryptionInfo(nonce, public); err != nil || again != v.EncryptionInfo {
		t.Errorf("encryption info is written as %s, %v", again, err)
	}
	request, err := decodeAnnexC(v.Request)
	if err != nil {
		t.Fatal(err)
	}
	req, err := ParseRequest(request)
	if err != nil || req.Documents[0].DocType != v.Expected.DocType || req.Documents[0].NameSpaces[0].Elements[0].Name != v.Expected.Element {
		t.Errorf("request: %+v, %v", req, err)
	}
	transcript := AnnexCTranscript(v.EncryptionInfo, v.Origin)
	if sum := sha256.Sum256(transcript); hex.EncodeToString(sum[:]) != v.Expected.Transcript {
		t.Errorf("transcript: %x", sum)
	}
	plain, err := OpenAnnexC(v.Response, key, transcript)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(plain); hex.EncodeToString(sum[:]) != v.Expected.Response {
		t.Errorf("response: %x", sum)
	}
	if resp, err := ParseResponse(plain); err != nil || len(resp.Documents) != 0 {
		t.Errorf("response: %+v, %v", resp, err)
	}
	if _, err := OpenAnnexC(v.Response, key, AnnexCTranscript(v.EncryptionInfo, "https://elsewhere.example")); !errors.Is(err, ErrUndecryptable) {
		t.Errorf("control, another origin: %v", err)
	}
	sealed, err := SealAnnexC(plain, public, transcript)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := OpenAnnexC(sealed, key, transcript); err != nil || !bytes.Equal(again, plain) {
		t.Errorf("sealed and opened: %x, %v", again, err)
	}
}

func TestOpenID4VPTranscriptVectors(t *testing.T) {
	const file = "openid4vp/session_transcripts.json"
	set := vectortest.Open(t, file)
	var v struct {
		Thumbprint string `json:"jwk_thumbprint_hex"`
		Redirect   struct {
			ClientID    string `json:"client_id"`
			Nonce       string `json:"nonce"`
			ResponseURI string `json:"response_uri"`
		} `json:"redirect_input"`
		DCAPI struct{ Origin, Nonce string } `json:"dcapi_input"`
		Hex   map[string]string              `json:"hex"`
	}
	set.JSON(file, &v)
	thumbprint := vectortest.Unhex(t, v.Thumbprint)
	got := OpenID4VPTranscript(v.Redirect.ClientID, v.Redirect.Nonce, thumbprint, v.Redirect.ResponseURI)
	if hex.EncodeToString(got) != v.Hex["SessionTranscript_redirect"] {
		t.Errorf("redirect: %x", got)
	}
	got = DCAPITranscript(v.DCAPI.Origin, v.DCAPI.Nonce, thumbprint)
	if hex.EncodeToString(got) != v.Hex["SessionTranscript_dcapi"] {
		t.Errorf("Digital Credentials API: %x", got)
	}
	if bytes.Equal(DCAPITranscript(v.DCAPI.Origin, v.DCAPI.Nonce, nil), got) {
		t.Error("control: without encryption the transcript is the same")
	}
}

// TestCertificateVectors holds the profiles against certificates of other
// projects, of which some are meant to fail.
func TestCertificateVectors(t *testing.T) {
	set := vectortest.Open(t, "mdoc-certs", "vical", "iso18013-5-cert-profiles.json")
	read := func(name string) []byte {
		block, _ := pem.Decode(set.Bytes("mdoc-certs/" + name + ".pem"))
		if block == nil {
			t.Fatalf("%s holds no PEM", name)
		}
		return block.Bytes
	}
	trust := &Trust{}
	root := parseCert(t, read("isomdl_iaca_root_cert"))
	if err := trust.Add(root, ProfileIACA); err != nil {
		t.Error(err)
	}
	utf8Country := parseCert(t, read("owf_multipaz_iaca_p384"))
	if err := trust.Add(utf8Country, ProfileIACA); !errors.Is(err, ErrBadCertificate) || !strings.Contains(err.Error(), "country") {
		t.Errorf("a root whose country is no PrintableString: %v", err)
	}
	at := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, file string
		at         time.Time
		why        string // "" if it is to be trusted
	}{
		{"a signer below its root", "isomdl_iaca_signer", at, ""},
		{"the same after its root has ended", "isomdl_iaca_signer", time.Date(2024, 10, 27, 0, 0, 0, 0, time.UTC), "is valid from"},
		{"a signer that could issue certificates", "isomdl_incorrect_iaca_signer", at, "unknown critical extension"},
		{"an intermediate authority", "isomdl_iaca_intermediate", at, "unknown critical extension"},
		{"a signer below an intermediate", "isomdl_iaca_leaf_signer", at, "no trusted root"},
		{"a reader as signer", "reader_auth", at, "no trusted root"},
		{"a signer with a negative serial number", "owf_multipaz_ds_p384", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "negative serial"},
	}
	for _, tt := range tests {
		_, _, err := trust.DocumentSigner([][]byte{read(tt.file)}, tt.at)
		if tt.why == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.Is(err, ErrUntrustedIssuer) || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want untrusted_issuer because %q", tt.name, err, tt.why)
		}
	}
	reader := parseCert(t, read("reader_auth"))
	list := newProfile(reader, "")
	if !list.criticalPurpose(OIDReaderAuth) || list.criticalPurpose(OIDDocumentSigner) {
		t.Error("the purpose of the reader's certificate is not recognised")
	}

	t.Run("limits", func(t *testing.T) {
		var v struct {
			Signer struct {
				Days int `json:"max_validity_days"`
			} `json:"document_signer"`
			Reader struct {
				Days int `json:"max_validity_days"`
			} `json:"reader_auth"`
			Status struct {
				Days int `json:"max_validity_days"`
			} `json:"mso_revocation_list_signer"`
			OIDs map[string]string `json:"oids"`
		}
		set.JSON("iso18013-5-cert-profiles.json", &v)
		day := 24 * time.Hour
		got := []time.Duration{MaxDocumentSignerAge / day, MaxReaderAge / day, MaxStatusSignerAge / day}
		want := []time.Duration{time.Duration(v.Signer.Days), time.Duration(v.Reader.Days), time.Duration(v.Status.Days)}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for oid, meaning := range map[string]string{OIDDocumentSigner.String(): "mdlDS",
			OIDReaderAuth.String(): "mdlReaderAuth", OIDVICALSigner.String(): "VICAL signer"} {
			if v.OIDs[oid] != meaning {
				t.Errorf("%s is %q, want %q", oid, v.OIDs[oid], meaning)
			}
		}
	})

	t.Run("VICAL", func(t *testing.T) {
		b := set.Bytes("vical/aamva-vical-2025-11-18-1763491092481.cbor")
		v, err := ParseVICAL(b)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		for _, name := range []string{"root", "intermediate"} {
			if !roots.AppendCertsFromPEM(set.Bytes("vical/aamva_ca_" + name + ".crt")) {
				t.Fatalf("no certificate in %s", name)
			}
		}
		now := v.Date.Add(time.Hour)
		signer, err := v.Verify(roots, now)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s of %s by %s, next %s", v.Provider, v.Date, signer.Subject.CommonName, v.NextUpdate)
		if len(v.Certificates) != 14 {
			t.Errorf("%d certificates, want 14", len(v.Certificates))
		}
		listed := &Trust{}
		for _, c := range v.Certificates {
			cert := parseCert(t, c.DER)
			if err := listed.Add(cert, ProfileIACA); err != nil {
				t.Logf("listed in production, refused here: %v", err)
			}
		}
		t.Logf("%d of %d listed roots meet Table B.1", len(listed.Roots()), len(v.Certificates))
		if _, err := v.Verify(x509.NewCertPool(), now); !errors.Is(err, ErrUntrustedIssuer) {
			t.Errorf("control, no roots: %v", err)
		}
		altered := bytes.Clone(b)
		altered[len(altered)/2] ^= 1
		if w, err := ParseVICAL(altered); err == nil {
			if _, err := w.Verify(roots, now); err == nil {
				t.Error("control: an altered list verifies")
			}
		}
	})
}

// TestStatusVector: an IssuerAuth whose MSO names a status list, from draft -14
// of the status list's specification, under the root of Annex D.
func TestStatusVector(t *testing.T) {
	const file = "token-status-list/tokens.json"
	set := vectortest.Open(t, file, annexD+"iaca_root_cert.hex")
	var v struct {
		MDoc struct {
			Hex string
			At  time.Time `json:"verify_time"`
		} `json:"mdoc_issuer_auth_with_status"`
	}
	set.JSON(file, &v)
	trust := &Trust{}
	if err := trust.Add(parseCert(t, set.Hex(annexD+"iaca_root_cert.hex")), ProfileIACA); err != nil {
		t.Fatal(err)
	}
	b := append(cbor.AppendText(cbor.AppendMap(nil, 1), "issuerAuth"), vectortest.Unhex(t, v.MDoc.Hex)...)
	report := Policy{Trust: trust, Now: v.MDoc.At}.VerifyIssuerSigned(b)
	if !report.Valid {
		t.Fatal(report.Err())
	}
	want := &Status{List: &StatusListRef{Index: 412, URI: "https://example.com/statuslists/1"}}
	if d := cmp.Diff(want, report.Documents[0].MSO.Status); d != "" {
		t.Error(d)
	}
}

func TestElementTableVector(t *testing.T) {
	const file = "mdl_data_elements.json"
	set := vectortest.Open(t, file)
	var v struct {
		DocType   string `json:"doctype"`
		NameSpace string `json:"namespace"`
		MaxText   int    `json:"tstr_max_len_generic"`
		Elements  map[string]struct {
			Presence string `json:"presence"`
			Charset  string `json:"charset"`
			Enum     []any  `json:"enum"`
		} `json:"elements"`
	}
	set.JSON(file, &v)
	if v.DocType != DocTypeMDL || v.NameSpace != NameSpaceMDL || v.MaxText != maxText {
		t.Errorf("%s, %s, %d", v.DocType, v.NameSpace, v.MaxText)
	}
	names := map[string]string{"age_over_NN": "age_over_18", "biometric_template_xx": "biometric_template_face"}
	seen, mandatory := 0, 0
	wrong := func(rule elementRule, v any) string {
		b, err := cbor.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		r := cbor.Read(b)
		return rule.wrong(&r)
	}
	for name, e := range v.Elements {
		if concrete, ok := names[name]; ok {
			name = concrete
		}
		rule, ok := ruleOf(name)
		if !ok || rule.mandatory != (e.Presence == "M") {
			t.Errorf("%s: known %v, mandatory %v", name, ok, rule.mandatory)
			continue
		}
		seen++
		if rule.mandatory {
			mandatory++
		}
		if strings.HasPrefix(e.Charset, "latin1") != (wrong(rule, "漢") != "" && wrong(rule, "x") == "") {
			t.Errorf("%s: character set %q", name, e.Charset)
		}
		for _, allowed := range e.Enum {
			if n, ok := allowed.(float64); ok {
				allowed = int64(n)
			}
			if why := wrong(rule, allowed); why != "" {
				t.Errorf("%s: %v is %s", name, allowed, why)
			}
		}
		if len(e.Enum) > 0 && (wrong(rule, "plaid") == "" || wrong(rule, int64(7)) == "") {
			t.Errorf("%s takes values outside its list", name)
		}
	}
	if n := bits.OnesCount64(mandatoryBits); mandatory != n {
		t.Errorf("%d mandatory elements of the table, %d here", mandatory, n)
	}
	if want := len(elementRules) + len(names); seen != want {
		t.Errorf("%d elements of the table, %d here", seen, want)
	}
}
