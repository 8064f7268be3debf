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
	"edl/mdoc/checklist"
	"edl/mdoc/vectortest"
)

const annexD = "iso18013-5-annexD/"

// annexDTime is when the certificates and the MSO of Annex D are valid.
var annexDTime = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)

type annexDExpected struct {
	Zab      string `json:"zab"`
	SKReader string `json:"sk_reader"`
	SKDevice string `json:"sk_device"`
	Salt     string `json:"hkdf_salt_sha256_session_transcript_bytes"`
	ZabMAC   string `json:"zab_emac"`
	EMacKey  string `json:"emac_key"`
	IVReader string `json:"iv_reader_first"`
	IVDevice string `json:"iv_device_first"`
	MAC      string `json:"device_mac"`
	Sig      string `json:"issuer_signature"`
}

// TestAnnexD follows the worked example of ISO/IEC 18013-5 Annex D from the
// engagement to the termination of the session.
func TestAnnexD(t *testing.T) {
	set := vectortest.Open(t, annexD)
	file := func(name string) []byte { return set.Hex(annexD + name + ".hex") }
	var want annexDExpected
	set.JSON(annexD+"expected.json", &want)
	equal := func(t *testing.T, what string, got []byte, want string) {
		t.Helper()
		if hex.EncodeToString(got) != want {
			t.Errorf("%s is %x, want %s", what, got, want)
		}
	}
	private := func(name string) *ecdh.PrivateKey {
		k, err := ecdh.P256().NewPrivateKey(file(name + "_d"))
		if err != nil {
			t.Fatal(err)
		}
		point := append(append([]byte{4}, file(name+"_x")...), file(name+"_y")...)
		if !bytes.Equal(k.PublicKey().Bytes(), point) {
			t.Errorf("%s: the public key is another", name)
		}
		return k
	}
	reader, device, static := private("ephemeral_reader_key"), private("ephemeral_device_key"), private("static_device_key")
	transcript := wrapped(t, file("session_transcript_bytes"))
	var iaca *x509.Certificate
	trust, readers := &Trust{}, &Trust{}

	t.Run("certificates", func(t *testing.T) {
		iaca = parseCert(t, file("iaca_root_cert"))
		ds := parseCert(t, file("ds_cert"))
		if err := ProfileDocumentSigner(ds, iaca).Err(); err != nil {
			t.Error(err)
		}
		if err := trust.Add(iaca, ProfileIACA); err != nil {
			t.Error(err)
		}
		ca := parseCert(t, file("reader_root_cert"))
		if err := readers.Add(ca, ProfileReaderCA); err != nil {
			t.Error(err)
		}
		if err := ProfileReader(parseCert(t, file("reader_cert")), ca).Err(); err != nil {
			t.Error(err)
		}
	})

	t.Run("engagement and transcript", func(t *testing.T) {
		e, err := ParseEngagement(file("device_engagement"))
		if err != nil {
			t.Fatal(err)
		}
		if !e.Key.Equal(device.PublicKey()) {
			t.Error("the engagement holds another key")
		}
		if len(e.Methods) != 1 || e.Methods[0].Type != MethodBLE || !e.Methods[0].BLE.CentralClient {
			t.Errorf("retrieval methods: %+v", e.Methods)
		}
		again, err := ParseURI(e.URI())
		if err != nil || !bytes.Equal(again.Bytes, e.Bytes) {
			t.Errorf("the QR text does not come back: %v", err)
		}
		rebuilt, err := NewEngagement(e.Key, e.Methods...)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "rebuilt engagement", rebuilt.Bytes, hex.EncodeToString(e.Bytes))

		key, err := EncodeKey(device.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "EDeviceKeyBytes", cbor.AppendEncoded(nil, key), hex.EncodeToString(file("e_device_key_bytes")))
		est, err := ParseSessionEstablishment(file("session_establishment"))
		if err != nil {
			t.Fatal(err)
		}
		r := cbor.Read(transcript)
		r.Array()
		r.Item()
		r.Item()
		r.Array()
		hs := r.Bytes()
		var hr []byte
		if !r.Null() {
			hr = r.Bytes()
		}
		equal(t, "NFC transcript", NFCTranscript(wrappedIn(t, transcript), est.ReaderKey, hs, hr), hex.EncodeToString(transcript))
		salt := transcript.salt()
		equal(t, "salt", salt[:], want.Salt)
	})

	t.Run("session encryption", func(t *testing.T) {
		shared, err := reader.ECDH(device.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "Zab", shared, want.Zab)
		equal(t, "Zab", file("zab_shared_secret"), want.Zab)
		equal(t, "SKReader", file("sk_reader"), want.SKReader)

		est, err := ParseSessionEstablishment(file("session_establishment"))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "SessionEstablishment", est.Append(nil), hex.EncodeToString(file("session_establishment")))
		forDevice, err := NewDeviceSession(device, est.ReaderKey, transcript)
		if err != nil {
			t.Fatal(err)
		}
		forReader, err := NewReaderSession(reader, device.PublicKey(), transcript)
		if err != nil {
			t.Fatal(err)
		}
		request, err := forDevice.Decrypt(est.Data)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "DeviceRequest", request, hex.EncodeToString(file("device_request")))
		data, err := ParseSessionData(file("session_data"))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "SessionData", data.Append(nil), hex.EncodeToString(file("session_data")))
		sealed, err := forDevice.Encrypt(file("device_response"))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the device's message", sealed, hex.EncodeToString(data.Data))
		response, err := forReader.Decrypt(data.Data)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "DeviceResponse", response, hex.EncodeToString(file("device_response")))
		toDevice, err := NewReaderSession(reader, device.PublicKey(), transcript)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err = toDevice.Encrypt(request)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the reader's message", sealed, hex.EncodeToString(est.Data))
		end, err := ParseSessionData(file("session_termination"))
		if err != nil || end.Status == nil || *end.Status != StatusTermination {
			t.Fatalf("termination: %+v, %v", end, err)
		}
		equal(t, "termination", end.Append(nil), hex.EncodeToString(file("session_termination")))
		for _, iv := range []struct {
			d    direction
			want string
		}{{direction{sender: fromReader}, want.IVReader}, {direction{sender: fromDevice}, want.IVDevice}} {
			got, _ := iv.d.next()
			equal(t, "first IV", got, iv.want)
		}
	})

	t.Run("reader authentication", func(t *testing.T) {
		req, err := ParseRequest(file("device_request"))
		if err != nil {
			t.Fatal(err)
		}
		d := req.Documents[0]
		equal(t, "ItemsRequest", wrapped(t, d.items), hex.EncodeToString(file("items_request")))
		equal(t, "ReaderAuth", d.auth, hex.EncodeToString(file("reader_auth")))
		equal(t, "ReaderAuthenticationBytes", readerAuthentication(transcript, d.items), hex.EncodeToString(file("reader_authentication_bytes")))
		equal(t, "DeviceRequest", req.Append(nil), hex.EncodeToString(file("device_request")))
		if d.DocType != DocTypeMDL || len(d.NameSpaces) != 1 || len(d.NameSpaces[0].Elements) != 6 {
			t.Errorf("request: %+v", d)
		}
		cert, err := d.VerifyReader(transcript, readers, annexDTime)
		if err != nil || cert.Subject.CommonName != "reader" {
			t.Errorf("reader: %v", err)
		}
		if _, err := d.VerifyReader(transcript, trust, annexDTime); !errors.Is(err, ErrUntrustedReader) {
			t.Errorf("control, a reader under no root of readers: %v", err)
		}
	})

	response := file("device_response")
	policy := Policy{Trust: trust, Now: annexDTime, Transcript: transcript, ReaderKey: reader}
	t.Run("response", func(t *testing.T) {
		resp, err := ParseResponse(response)
		if err != nil {
			t.Fatal(err)
		}
		d := resp.Documents[0]
		equal(t, "IssuerAuth", d.IssuerSigned.auth, hex.EncodeToString(file("issuer_auth")))
		equal(t, "issuer signature", d.IssuerSigned.Auth.Signature(), want.Sig)
		equal(t, "DeviceAuthenticationBytes", deviceAuthentication(transcript, d.DocType, d.DeviceSigned.bytes),
			hex.EncodeToString(file("device_authentication_bytes")))
		shared, err := reader.ECDH(static.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "shared secret of the MAC", shared, want.ZabMAC)
		key, err := macKey(transcript, reader, static.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "EMacKey", key, want.EMacKey)

		report := policy.VerifyResponse(response)
		if !report.Valid {
			t.Fatalf("not valid: %v", report.Err())
		}
		if portrait := find(report.Documents[0].NameSpaces, "portrait"); !bytes.Equal(portrait.([]byte), file("device_response_portrait_data")) {
			t.Error("the portrait is another")
		}
		if name := find(report.Documents[0].NameSpaces, "family_name"); name != "Doe" {
			t.Errorf("family_name is %v", name)
		}

		// the device's side, from the elements that are shown
		doc, err := d.IssuerSigned.Present(DocTypeMDL, transcript, MACWith(static, reader.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		rebuilt := AppendResponse(nil, [][]byte{doc}, nil)
		equal(t, "rebuilt DeviceResponse", rebuilt, hex.EncodeToString(response))
		if i := bytes.Index(rebuilt, file("device_auth")); i < 0 {
			t.Error("DeviceAuth is another")
		}
		if !strings.HasSuffix(hex.EncodeToString(file("device_auth")), want.MAC) {
			t.Error("the MAC of the vector is another")
		}
	})

	t.Run("altered bytes", func(t *testing.T) {
		for _, tt := range []struct {
			offset int
			to     byte
			failed string
		}{{200, 0x46, StepDigests}, {3398, 0x5a, StepSignature}, {3522, 0xe8, StepDeviceAuth}} {
			b := bytes.Clone(response)
			b[tt.offset] = tt.to
			report := policy.VerifyResponse(b)
			if report.Valid {
				t.Errorf("byte %d altered: valid", tt.offset)
			}
			if d := cmp.Diff([]string{tt.failed}, failed(report.Checks)); d != "" {
				t.Errorf("byte %d altered: failed steps (-want +got):\n%s", tt.offset, d)
			}
		}
	})
}

// wrapped returns the CBOR inside tag 24.
func wrapped(t testing.TB, b []byte) Transcript {
	t.Helper()
	r := cbor.Read(b)
	inner := r.Encoded()
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return inner
}

// wrappedIn returns the engagement that a transcript begins with.
func wrappedIn(t testing.TB, transcript Transcript) []byte {
	r := cbor.Read(transcript)
	r.Array()
	return wrapped(t, r.Item())
}

func parseCert(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func find(namespaces []NameSpace, name string) any {
	for _, ns := range namespaces {
		for _, e := range ns.Elements {
			if e.Name == name {
				v, _ := e.Decode()
				return v
			}
		}
	}
	return nil
}

func failed(l checklist.List) []string {
	var names []string
	for _, s := range l {
		if !s.OK {
			names = append(names, s.Name)
		}
	}
	return names
}

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
	if n := bits.OnesCount32(mandatoryBits); mandatory != n {
		t.Errorf("%d mandatory elements of the table, %d here", mandatory, n)
	}
	if want := len(elementRules) + len(names); seen != want {
		t.Errorf("%d elements of the table, %d here", seen, want)
	}
}
