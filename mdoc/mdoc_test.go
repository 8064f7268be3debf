package mdoc

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/checklist"
)

func TestIssuedDocumentIsValidForItsHolder(t *testing.T) {
	w := newWorld(t)
	issued := w.issue(t, w.issuance(t))
	if r := w.policy().VerifyIssuerSigned(issued); !r.Valid {
		t.Fatalf("as issued: %v", r.Err())
	}
	report := w.policy().VerifyResponse(w.present(t, issued, SignWith(w.device)))
	if !report.Valid {
		t.Fatalf("as shown: %v", report.Err())
	}
	var steps []string
	for _, s := range report.Checks {
		steps = append(steps, s.Name)
		if s.Clause == "" {
			t.Errorf("step %s names no clause", s.Name)
		}
	}
	want := []string{StepEncoding, StepStructure, StepStatus, StepChain, StepSignature, StepMSO, StepDocType,
		StepDigests, StepValidity, StepCountry, StepDeviceKey, StepDeviceAuth}
	if d := cmp.Diff(want, steps); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	if d := cmp.Diff(licenceOf(t, 20*1024), report.Documents[0].NameSpaces); d != "" {
		t.Errorf("elements (-issued +verified):\n%s", d)
	}
}

func TestEveryKindOfKeyServes(t *testing.T) {
	w := newWorld(t)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	for name, prove := range map[string]struct {
		key   interface{ Public() any }
		proof Prover
	}{
		"Ed25519": {public{ed.Public()}, SignWith(ed)},
		"P-384":   {public{p384.Public()}, SignWith(p384)},
		"P-521":   {public{p521.Public()}, SignWith(p521)},
	} {
		i := w.issuance(t)
		i.DeviceKey = prove.key.Public()
		if r := w.policy().VerifyResponse(w.present(t, w.issue(t, i), prove.proof)); !r.Valid {
			t.Errorf("%s: %v", name, r.Err())
		}
	}

	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	readerX, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := w.issuance(t)
	i.DeviceKey = x.PublicKey()
	p := w.policy()
	p.ReaderKey = readerX
	if r := p.VerifyResponse(w.present(t, w.issue(t, i), MACWith(x, readerX.PublicKey()))); !r.Valid {
		t.Errorf("X25519: %v", r.Err())
	}

	for _, alg := range []DigestAlgorithm{SHA384, SHA512} {
		i := w.issuance(t)
		i.DigestAlgorithm = alg
		if r := w.policy().VerifyIssuerSigned(w.issue(t, i)); !r.Valid {
			t.Errorf("%s: %v", alg, r.Err())
		}
	}
}

type public struct{ key any }

func (p public) Public() any { return p.key }

func TestHolderShowsWhatWasAskedAndNoMore(t *testing.T) {
	w := newWorld(t)
	s, err := ParseIssuerSigned(w.issue(t, w.issuance(t)))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(namespace string, names ...string) RequestedNameSpace {
		ns := RequestedNameSpace{Name: namespace}
		for _, n := range names {
			ns.Elements = append(ns.Elements, RequestedElement{Name: n})
		}
		return ns
	}
	tests := []struct {
		name  string
		ask   []RequestedNameSpace
		shown []string
	}{
		{"two elements", []RequestedNameSpace{ask(NameSpaceMDL, "family_name", "portrait")}, []string{"family_name", "portrait"}},
		{"an unknown one", []RequestedNameSpace{ask(NameSpaceMDL, "shoe_size")}, nil},
		{"another namespace", []RequestedNameSpace{ask("org.example", "family_name")}, nil},
		{"an attested age", []RequestedNameSpace{ask(NameSpaceMDL, "age_over_18")}, []string{"age_over_18"}},
		{"an age below an attested one", []RequestedNameSpace{ask(NameSpaceMDL, "age_over_20")}, []string{"age_over_21"}},
		{"an age above one that is not reached", []RequestedNameSpace{ask(NameSpaceMDL, "age_over_65")}, []string{"age_over_60"}},
		{"an age that nothing settles", []RequestedNameSpace{ask(NameSpaceMDL, "age_over_30")}, nil},
		{"two ages that one settles", []RequestedNameSpace{ask(NameSpaceMDL, "age_over_17", "age_over_18")}, []string{"age_over_18"}},
	}
	for _, tt := range tests {
		picked := s.Select(tt.ask)
		var shown []string
		for _, ns := range picked.NameSpaces {
			for _, it := range ns.Items {
				shown = append(shown, it.Name)
			}
		}
		if d := cmp.Diff(tt.shown, shown); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
		doc := must(t)(picked.Present(DocTypeMDL, w.transcript, SignWith(w.device)))
		if r := w.policy().VerifyResponse(AppendResponse(nil, [][]byte{doc}, nil)); !r.Valid {
			t.Errorf("%s: %v", tt.name, r.Err())
		}
	}
}

func TestRequestIsSignedByItsReader(t *testing.T) {
	w := newWorld(t)
	caKey, key := keyOf(t), keyOf(t)
	ca := parseCert(t, must(t)(w.certificate("Demo readers", 9*365).CreateReaderCA(caKey)))
	cert := parseCert(t, must(t)(w.certificate("Demo terminal", 1187).CreateReader(key.Public(), ca, caKey)))
	roots := &Trust{}
	if err := roots.Add(ca, ProfileReaderCA); err != nil {
		t.Fatal(err)
	}
	doc := DocRequest{DocType: DocTypeMDL, NameSpaces: []RequestedNameSpace{{NameSpaceMDL,
		[]RequestedElement{{"family_name", true}, {"portrait", false}}}}}
	if err := doc.Sign(w.transcript, key, cert); err != nil {
		t.Fatal(err)
	}
	signed := Request{Documents: []DocRequest{doc}}
	req, err := ParseRequest(signed.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	got := req.Documents[0]
	if d := cmp.Diff(doc.NameSpaces, got.NameSpaces); d != "" {
		t.Error(d)
	}
	if c, err := got.VerifyReader(w.transcript, roots, w.now); err != nil || !c.Equal(cert) {
		t.Errorf("the reader is refused: %v", err)
	}
	other := OpenID4VPTranscript("x509_hash:abc", "another", nil, "https://verifier.example/response")
	if _, err := got.VerifyReader(other, roots, w.now); !errors.Is(err, ErrSessionMismatch) {
		t.Errorf("another session: %v", err)
	}
	if _, err := got.VerifyReader(w.transcript, w.trust, w.now); !errors.Is(err, ErrUntrustedReader) {
		t.Errorf("no root of readers: %v", err)
	}
	if _, err := got.VerifyReader(w.transcript, roots, cert.NotAfter.Add(time.Second)); !errors.Is(err, ErrUntrustedReader) {
		t.Errorf("after its time: %v", err)
	}
	unsigned, err := ParseRequest((&Request{Documents: []DocRequest{{DocType: "d", NameSpaces: doc.NameSpaces}}}).Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unsigned.Documents[0].VerifyReader(w.transcript, roots, w.now); !errors.Is(err, ErrUntrustedReader) {
		t.Errorf("unsigned: %v", err)
	}
}

func TestSessionOfTwoSides(t *testing.T) {
	for name, curve := range map[string]ecdh.Curve{"P-256": ecdh.P256(), "P-384": ecdh.P384(), "P-521": ecdh.P521(), "X25519": ecdh.X25519()} {
		readerKey, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		deviceKey, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEngagement(deviceKey.PublicKey(), RetrievalMethod{Type: MethodBLE, Version: 1,
			BLE: &BLEOptions{PeripheralServer: true, PeripheralUUID: make([]byte, 16), Address: make([]byte, 6)}})
		if err != nil {
			t.Fatal(err)
		}
		encoded := must(t)(EncodeKey(readerKey.PublicKey()))
		transcript := QRTranscript(e.Bytes, encoded)
		reader, err := NewReaderSession(readerKey, e.Key, transcript)
		if err != nil {
			t.Fatal(err)
		}
		device, err := NewDeviceSession(deviceKey, encoded, transcript)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"request", "another"} {
			if got := must(t)(device.Decrypt(must(t)(reader.Encrypt([]byte(text))))); string(got) != text {
				t.Errorf("%s: %q arrived", name, got)
			}
			if got := must(t)(reader.Decrypt(must(t)(device.Encrypt([]byte(text))))); string(got) != text {
				t.Errorf("%s: %q arrived", name, got)
			}
		}
		skipped := must(t)(reader.Encrypt([]byte("lost")))
		late := must(t)(reader.Encrypt([]byte("late")))
		if _, err := device.Decrypt(late); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("%s: a message out of order: %v", name, err)
		}
		if _, err := device.Decrypt(skipped); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("%s: a message after its turn: %v", name, err)
		}
		if own, err := reader.Encrypt(nil); err != nil {
			t.Error(err)
		} else if _, err := reader.Decrypt(own); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("%s: one's own message reflected: %v", name, err)
		}
	}
}

func TestDeviceStatesOnlyWhatItMay(t *testing.T) {
	w := newWorld(t)
	s, err := ParseIssuerSigned(w.issue(t, w.issuance(t)))
	if err != nil {
		t.Fatal(err)
	}
	own := NameSpace{"org.example", []Element{{"pin_verified", []byte{0xf5}}}}
	doc := must(t)(s.Present(DocTypeMDL, w.transcript, SignWith(w.device), own))
	r := w.policy().VerifyResponse(AppendResponse(nil, [][]byte{doc}, nil))
	if d := cmp.Diff([]string{StepAuthorizations}, failed(r.Checks)); d != "" {
		t.Errorf("failed steps (-want +got):\n%s", d)
	}
	a := KeyAuthorizations{NameSpaces: []string{"x"}, Elements: map[string][]string{"y": {"z"}}}
	for _, tt := range []struct {
		ns, element string
		want        bool
	}{{"x", "any", true}, {"y", "z", true}, {"y", "q", false}, {"q", "z", false}} {
		if got := a.allows(tt.ns, tt.element); got != tt.want {
			t.Errorf("%s %s allowed: %v", tt.ns, tt.element, got)
		}
	}
}

// TestVerificationIsFrugal: under 100 KB beyond the input.
func TestVerificationIsFrugal(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	p := w.policy()
	const runs = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		p.VerifyResponse(response)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / runs; each > 100<<10 {
		t.Errorf("%d bytes for a verification", each)
	}
}

func TestReportIsJSONForPeople(t *testing.T) {
	w := newWorld(t)
	b, err := json.Marshal(w.policy().VerifyResponse(nil).Checks)
	if err != nil {
		t.Fatal(err)
	}
	var steps []map[string]any
	if err := json.Unmarshal(b, &steps); err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 || steps[0]["name"] != StepEncoding || steps[0]["ok"] != false ||
		!strings.HasPrefix(steps[0]["detail"].(string), "bad_cbor") || len(steps[0]) != 4 {
		t.Errorf("steps: %s", b)
	}
	if (checklist.List{}).OK() {
		t.Error("no steps are no success")
	}
}
