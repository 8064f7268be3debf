package inspect_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"edl/internal/fault"
	"edl/internal/inspect"
	"edl/internal/inspect/inspecttest"
	"edl/livecode"
	"edl/mdoc"
	"edl/mdoc/vectortest"
)

var world = inspecttest.New()

// policy trusts the files named, with session, nonce and audience of the world.
func policy(t *testing.T, trusted ...string) inspect.Policy {
	t.Helper()
	var files [][]byte
	for _, name := range trusted {
		files = append(files, world.Files[name])
	}
	trust, err := inspect.NewTrust(files...)
	if err != nil {
		t.Fatal(err)
	}
	return inspect.Policy{Trust: trust, Now: inspecttest.Now.Add(10 * time.Second), Transcript: inspecttest.Transcript(),
		Nonce: inspecttest.Nonce, Audience: inspecttest.Audience}
}

func verify(p inspect.Policy, b []byte) inspect.Result { return p.Verify(inspect.Read(b)) }

// firstFailed names the first step that failed, "" if none did.
func firstFailed(r inspect.Result) string {
	for _, step := range r.Checks {
		if !step.OK {
			return step.Name
		}
	}
	return ""
}

func TestEveryFormatIsToldAndVerified(t *testing.T) {
	for _, c := range []struct {
		file   string
		format inspect.Format
		trust  string
		alone  string // the step that fails where nothing is trusted
	}{
		{"response.bin", inspect.DeviceResponse, "root.pem", "issuer_chain"},
		{"response.hex", inspect.DeviceResponse, "root.pem", "issuer_chain"},
		{"issuersigned.b64", inspect.IssuerSigned, "root.pem", "issuer_chain"},
		{"vc-bound.txt", inspect.SDJWT, "root.pem", "issuer_signature"},
		{"vc-bound.txt", inspect.SDJWT, "signer.pem", "issuer_signature"},
		{"list.jwt", inspect.StatusListJWT, "root.pem", "signature"},
		{"list.cwt", inspect.StatusListCWT, "root.pem", "signature"},
		{"code.txt", inspect.LiveCode, "code.pub", "issuer_signature"},
		{"code.png", inspect.LiveCode, "code.pub", "issuer_signature"},
		{"short.txt", inspect.LiveCode, "phone.pub", "device_signature"},
		{"root.pem", inspect.Certificate, "root.pem", "trusted_root"},
		{"signer.pem", inspect.Certificate, "root.pem", "path"},
		{"lists.pem", inspect.Certificate, "root.pem", "path"},
		{"reader.pem", inspect.Certificate, "root.pem", "path"},
		{"sm2root.pem", inspect.Certificate, "sm2root.pem", "trusted_root"},
		{"sm2signer.pem", inspect.Certificate, "sm2root.pem", "path"},
		{"root.crl", inspect.CRL, "root.pem", "signature"},
		{"sm2.crl", inspect.CRL, "sm2root.pem", "signature"},
	} {
		r := verify(policy(t, c.trust), world.Files[c.file])
		if r.Format != c.format || !r.Valid || r.Claims == nil {
			t.Errorf("%s: %s, valid %v, first failed %q: %v", c.file, r.Format, r.Valid, firstFailed(r), r.Checks.Err())
		}
		for _, step := range r.Checks {
			if step.Clause == "" {
				t.Errorf("%s: step %s has no clause", c.file, step.Name)
			}
		}
		r = verify(policy(t), world.Files[c.file])
		if got := firstFailed(r); r.Valid || got != c.alone || r.Claims != nil {
			t.Errorf("%s, nothing trusted: valid %v, %q failed, claims of %T", c.file, r.Valid, got, r.Claims)
		}
	}
}

func TestARefusalNamesItsStep(t *testing.T) {
	root := func(change func(*inspect.Policy)) inspect.Policy {
		p := policy(t, "root.pem", "code.pub")
		change(&p)
		return p
	}
	keep := func(*inspect.Policy) {}
	for _, c := range []struct {
		name, file, step string
		p                inspect.Policy
	}{
		{"another root", "response.bin", "issuer_chain", policy(t, "otherroot.pem")},
		{"a revoked signer", "response.bin", "issuer_chain", policy(t, "root.pem", "revoking.crl")},
		{"a revoked signer of a token", "vc-bound.txt", "issuer_signature", policy(t, "root.pem", "revoking.crl")},
		{"a revoked certificate", "signer.pem", "path", policy(t, "root.pem", "revoking.crl")},
		{"no transcript", "response.bin", "device_auth", root(func(p *inspect.Policy) { p.Transcript = nil })},
		{"another session", "response.bin", "device_auth", root(func(p *inspect.Policy) { p.Transcript = mdoc.AnnexCTranscript("a", "b") })},
		{"a MAC without the reader's key", "mac.bin", "device_auth", root(keep)},
		{"a month later", "issuersigned.b64", "validity", root(func(p *inspect.Policy) { p.Now = p.Now.AddDate(0, 0, 31) })},
		{"no key binding", "vc.txt", "key_binding", root(keep)},
		{"a key binding that nobody asked for", "vc-bound.txt", "key_binding", root(func(p *inspect.Policy) { p.Nonce, p.Audience = "", "" })},
		{"another nonce", "vc-bound.txt", "key_binding_nonce", root(func(p *inspect.Policy) { p.Nonce = "x" })},
		{"another audience", "vc-bound.txt", "key_binding_audience", root(func(p *inspect.Policy) { p.Audience = "x" })},
		{"a list of yesterday", "list.jwt", "expiry", root(func(p *inspect.Policy) { p.Now = p.Now.Add(time.Hour) })},
		{"a code of two minutes ago", "code.txt", "fresh", root(func(p *inspect.Policy) { p.Now = p.Now.Add(2 * time.Minute) })},
		{"a revocation list that is due", "root.crl", "next_update", root(func(p *inspect.Policy) { p.Now = p.Now.Add(25 * time.Hour) })},
		{"a certificate that ended", "signer.pem", "path", root(func(p *inspect.Policy) { p.Now = p.Now.AddDate(2, 0, 0) })},
	} {
		r := verify(c.p, world.Files[c.file])
		if got := firstFailed(r); got != c.step {
			t.Errorf("%s: %q failed, want %q", c.name, got, c.step)
		}
	}
	p := root(keep)
	p.ReaderKey, _ = inspecttest.KeyOf("reader").ECDH()
	if r := verify(p, world.Files["mac.bin"]); !r.Valid {
		t.Errorf("the control, a MAC with the reader's key: %v", r.Checks.Err())
	}
}

func TestWrappingsAreTakenOff(t *testing.T) {
	b := world.Files["response.bin"]
	p := policy(t, "root.pem")
	text := hex.EncodeToString(b)
	for name, wrapped := range map[string]string{
		"hex in lines": strings.Join([]string{text[:40], text[40:]}, "\n"),
		"HEX":          strings.ToUpper(text),
		"base64url":    base64.RawURLEncoding.EncodeToString(b),
		"base64":       base64.StdEncoding.EncodeToString(b),
		"both":         base64.RawURLEncoding.EncodeToString([]byte(text)),
	} {
		if r := verify(p, []byte(wrapped)); !r.Valid {
			t.Errorf("%s: %v", name, r.Checks.Err())
		}
	}
	deep := string(b)
	for range 4 {
		deep = hex.EncodeToString([]byte(deep))
	}
	if _, err := inspect.Read([]byte(deep)); !errors.Is(err, inspect.ErrFormat) {
		t.Errorf("four wrappings: %v", err)
	}
	for name, junk := range map[string][]byte{"nothing": nil, "a word": []byte("hello"), "a picture of nothing": append([]byte("\x89PNG\r\n\x1a\n"), 1)} {
		if r := verify(p, junk); r.Valid || len(r.Checks) != 1 || r.Checks[0].Name != inspect.StepFormat {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Some encoders write the number of a map's pairs in two bytes, always.
func TestALongHeadDoesNotHideAFormat(t *testing.T) {
	b := world.Files["response.bin"]
	long := append([]byte{0xb9, 0, b[0] & 31}, b[1:]...)
	if r := verify(policy(t, "root.pem"), long); r.Format != inspect.DeviceResponse || !r.Valid {
		t.Errorf("%s, %v", r.Format, r.Checks.Err())
	}
}

func TestTheSpacesOfALiveCodeAreData(t *testing.T) {
	code := bytes.TrimSuffix(world.Files["code.txt"], []byte("\n"))
	for _, end := range []string{"", "\n", "\r\n"} {
		if r := verify(policy(t, "code.pub"), append(code[:len(code):len(code)], end...)); !r.Valid {
			t.Errorf("%q after it: %v", end, r.Checks.Err())
		}
	}
	if r := verify(policy(t, "code.pub"), append([]byte(" "), code...)); r.Valid {
		t.Error("a space before it passes")
	}
	if r := verify(policy(t, "code.pub"), append(code[:len(code):len(code)], ' ')); r.Valid || !errors.Is(r.Checks.Err(), livecode.ErrBadCode) {
		t.Errorf("a space after it: %v", r.Checks.Err())
	}
}

// Every file, broken at any byte, is refused: none has a part that nothing covers.
func TestNoAlteredFileIsValid(t *testing.T) {
	for file, trust := range map[string]string{"response.bin": "root.pem", "vc-bound.txt": "root.pem", "list.cwt": "root.pem", "list.jwt": "root.pem", "code.txt": "code.pub"} {
		p := policy(t, trust)
		b := bytes.TrimSpace(world.Files[file])
		step := max(1, len(b)/150)
		for i := 0; i < len(b); i += step {
			altered := bytes.Clone(b)
			altered[i] ^= 4
			if r := verify(p, altered); r.Valid {
				t.Errorf("%s: byte %d of %d altered, and valid", file, i, len(b))
			}
		}
	}
}

func TestTheJSONHasItsFourMembersInOrder(t *testing.T) {
	for _, trusted := range []string{"root.pem", "otherroot.pem"} {
		text, err := json.Marshal(verify(policy(t, trusted), world.Files["issuersigned.b64"]))
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		var steps []map[string]any
		if err := json.Unmarshal(members["checks"], &steps); err != nil || len(steps) < 8 || len(members) != 4 {
			t.Fatalf("%s: %v", text, err)
		}
		for _, name := range []string{"name", "ok", "clause", "detail"} {
			if _, ok := steps[0][name]; !ok || len(steps[0]) != 4 {
				t.Errorf("a step is %v", steps[0])
			}
		}
		if valid := trusted == "root.pem"; string(members["valid"]) != map[bool]string{true: "true", false: "false"}[valid] ||
			(string(members["claims"]) != "null") != valid {
			t.Errorf("%s: %s", trusted, text)
		}
	}
}

func TestWhatAStrangerWroteForgesNoLine(t *testing.T) {
	var out strings.Builder
	inspect.Tree{{Name: "a\nb", Value: "c\n  valid: true\x1b[2J\u202e"}}.Print(&out)
	if got, want := out.String(), "a\ufffdb: c\ufffd  valid: true\ufffd[2J\ufffd\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	for name, b := range world.Files {
		if strings.HasSuffix(name, ".pub") || name == "transcript.hex" || name == "reader.hex" || name == "claim169.txt" {
			continue
		}
		in, err := inspect.Read(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tree, err := inspect.Describe(in); err != nil || len(tree) < 4 {
			t.Errorf("%s: %v, %v", name, tree, err)
		}
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	for _, f := range []*fault.Fault{inspect.ErrFormat, inspect.ErrTooLarge, inspect.ErrNoQR, inspect.ErrTrust} {
		if f.Say.ZH == "" || f.Say.EN == "" || f.Code == "" {
			t.Errorf("%+v", f)
		}
	}
}

// The published bytes of Annex D, from the outside.
func TestAnnexDFromTheCommandsSide(t *testing.T) {
	set := vectortest.Open(t, "iso18013-5-annexD/device_response.hex", "iso18013-5-annexD/iaca_root_cert.hex",
		"iso18013-5-annexD/session_transcript_bytes.hex", "iso18013-5-annexD/ephemeral_reader_key_d.hex")
	trust, err := inspect.NewTrust(set.Hex("iso18013-5-annexD/iaca_root_cert.hex"))
	if err != nil {
		t.Fatal(err)
	}
	p := inspect.Policy{Trust: trust, Now: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)}
	if p.Transcript, err = mdoc.ParseTranscript(set.Hex("iso18013-5-annexD/session_transcript_bytes.hex")); err != nil {
		t.Fatal(err)
	}
	key := set.Hex("iso18013-5-annexD/ephemeral_reader_key_d.hex")
	if p.ReaderKey, err = inspect.ReaderKey(key); err != nil {
		t.Fatal(err)
	}
	if r := verify(p, set.Bytes("iso18013-5-annexD/device_response.hex")); !r.Valid {
		t.Error(r.Checks.Err())
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range world.Files {
		f.Add(b)
	}
	nobody := inspect.Policy{Now: inspecttest.Now}
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := inspect.Read(b)
		if err == nil {
			_, _ = inspect.Describe(in)
		}
		if r := nobody.Verify(in, err); r.Valid {
			t.Errorf("valid, though nobody is trusted: %+v", r)
		}
	})
}
