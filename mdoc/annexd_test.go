package mdoc

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/hex"
	"errors"
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
