package sdjwt

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"edl/mdoc/vectortest"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

// example is a serialized SD-JWT of a specification with what it holds.
type example struct {
	Line        int
	Section     string
	Serialized  string
	Header      map[string]any
	Payload     json.RawMessage
	Disclosures []struct {
		Disclosure string
		Array      json.RawMessage
		Digest     string
	}
	Processed json.RawMessage `json:"processed_payload"`
	KB        *struct {
		Header  map[string]any
		Payload struct {
			Nonce string
			Aud   string
			Iat   int64
		}
	}
}

// verify holds an example against ours, under a key.
func (e *example) verify(t *testing.T, key crypto.PublicKey, vc bool) {
	t.Helper()
	name := fmt.Sprintf("line %d, %s", e.Line, e.Section)
	b := []byte(e.Serialized)
	if !bytes.ContainsRune(b, '~') { // the issuer's JWT alone
		b = append(b, '~')
	}
	p := Policy{Key: func(jws.Header, map[string]any) (crypto.PublicKey, error) { return key, nil }, Now: time.Unix(1700000000, 0)}
	if e.KB != nil {
		p.Now = time.Unix(e.KB.Payload.Iat, 0)
		p.Binding = &Binding{Audience: e.KB.Payload.Aud, Nonce: e.KB.Payload.Nonce}
	}
	verify := p.Verify
	if vc {
		verify = p.VerifyVC
	}
	r := verify(b)
	if !r.Valid {
		t.Errorf("%s: %v", name, r.Err())
		return
	}
	if e.Processed != nil {
		if d := cmp.Diff(decodeJSON(t, e.Processed), any(r.Claims)); d != "" {
			t.Errorf("%s: claims (-want +got):\n%s", name, d)
		}
	}
	s, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(decodeJSON(t, e.Payload), decodeJSON(t, s.JWT.Payload)); d != "" {
		t.Errorf("%s: payload (-want +got):\n%s", name, d)
	}
	if len(s.Disclosures) != len(e.Disclosures) {
		t.Errorf("%s: %d disclosures, want %d", name, len(s.Disclosures), len(e.Disclosures))
	}
	for i, want := range e.Disclosures {
		d := s.Disclosures[i]
		parts := []any{d.Salt, d.Name, d.Value}
		if d.element {
			parts = []any{d.Salt, d.Value}
		}
		if diff := cmp.Diff(decodeJSON(t, want.Array), any(parts)); diff != "" || string(d.Encoded) != want.Disclosure {
			t.Errorf("%s, disclosure %d: %s", name, i, diff)
		}
		if got := encodeDigest(d.Encoded); got != want.Digest {
			t.Errorf("%s, disclosure %d: digest %s, want %s", name, i, got, want.Digest)
		}
	}
	if e.KB != nil {
		p.Binding.Nonce += "0"
		if r := verify(b); r.Valid {
			t.Errorf("%s: control, another nonce is valid", name)
		}
	}
}

func encodeDigest(disclosure []byte) string {
	return base64.RawURLEncoding.EncodeToString(hashes[defaultHash](disclosure))
}

func decodeJSON(t testing.TB, b []byte) any {
	t.Helper()
	v, err := strictjson.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parseJWK(t testing.TB, m map[string]any) crypto.PublicKey {
	t.Helper()
	delete(m, "d")
	key, err := jws.ParseJWK(m)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSpecificationVectors(t *testing.T) {
	set := vectortest.Open(t, "sd-jwt/rfc9901_examples.json", "sd-jwt/sd_jwt_vc_examples.json", "sd-jwt/rfc9901_disclosures_and_json.json")
	var rfc struct {
		Key      map[string]any `json:"issuer_and_example_key_A5"`
		Examples []example
	}
	set.JSON("sd-jwt/rfc9901_examples.json", &rfc)
	key := parseJWK(t, rfc.Key)
	for i := range rfc.Examples {
		rfc.Examples[i].verify(t, key, rfc.Examples[i].Header["typ"] == TypeVC)
	}
	var vc struct {
		Key      map[string]any
		Examples []example
	}
	set.JSON("sd-jwt/sd_jwt_vc_examples.json", &vc)
	for i := range vc.Examples {
		vc.Examples[i].verify(t, parseJWK(t, vc.Key), true)
	}
	t.Logf("%d examples of RFC 9901, %d of SD-JWT VC", len(rfc.Examples), len(vc.Examples))

	var more struct {
		Pairs []struct {
			Digest, Disclosure string
			Array              json.RawMessage
		} `json:"disclosure_hash_pairs"`
		Equivalent []string `json:"equivalent_disclosures_4_2_1"`
		Array      struct {
			Array      json.RawMessage
			Disclosure string
		} `json:"array_disclosure_4_2_2"`
		JSON []struct {
			Section string
			Value   json.RawMessage
			Valid   []bool `json:"signature_valid_with_A5_key"`
			KB      bool   `json:"kb_signature_valid"`
		} `json:"json_serialization"`
	}
	set.JSON("sd-jwt/rfc9901_disclosures_and_json.json", &more)
	for _, p := range more.Pairs {
		d, err := parseDisclosure([]byte(p.Disclosure))
		if err != nil || encodeDigest(d.Encoded) != p.Digest {
			t.Errorf("%s: %v", p.Disclosure, err)
		}
	}
	digests := map[string]bool{}
	for _, s := range more.Equivalent {
		d, err := parseDisclosure([]byte(s))
		if err != nil || d.Salt != "_26bc4LT-ac6q2KI6cBW5es" || d.Name != "family_name" || d.Value != "Möbius" {
			t.Errorf("%s: %+v, %v", s, d, err)
		}
		digests[encodeDigest(d.Encoded)] = true
	}
	if len(digests) != len(more.Equivalent) {
		t.Errorf("%d encodings of one claim have %d digests", len(more.Equivalent), len(digests))
	}
	if d, err := parseDisclosure([]byte(more.Array.Disclosure)); err != nil || !d.element || d.Value != "FR" {
		t.Errorf("array element: %+v, %v", d, err)
	}
	for _, j := range more.JSON {
		all, err := FromJSON(j.Value)
		if err != nil || len(all) != len(j.Valid) {
			t.Errorf("%s: %d tokens, %v", j.Section, len(all), err)
			continue
		}
		for i, b := range all {
			p := Policy{Key: func(jws.Header, map[string]any) (crypto.PublicKey, error) { return key, nil }, Now: time.Unix(1748536865, 0)}
			if j.KB {
				p.Binding = &Binding{Audience: "https://verifier.example.org", Nonce: "1234567890"}
			}
			r := p.Verify(b)
			if sig := r.Checks.Get(StepSignature); sig == nil || sig.OK != j.Valid[i] {
				t.Errorf("%s, signature %d: %+v", j.Section, i, sig)
			}
			if r.Valid != j.Valid[i] {
				t.Errorf("%s, signature %d: %v", j.Section, i, r.Err())
			}
		}
	}
}

// TestOpenIDVectors verifies the presentations of the OpenID specifications.
func TestOpenIDVectors(t *testing.T) {
	var paths []string
	for _, version := range []string{"1.0", "1.1"} {
		paths = append(paths, "openid4vp/"+version+"/sd_jwt_vcld", "openid4vci/"+version+"/credential_response_sd_jwt_vc.txt")
	}
	set := vectortest.Open(t, append(paths, "openid4vp/claims_path_pointer.json")...)
	type settings struct {
		Keys struct {
			Issuer []map[string]any `yaml:"issuer_keys"`
		} `yaml:"key_settings"`
		Identifiers struct{ Verifier string }
		Nonce       string `yaml:"key_binding_nonce"`
	}
	for _, version := range []string{"1.0", "1.1"} {
		dir := "openid4vp/" + version + "/sd_jwt_vcld/"
		var conf settings
		if err := yaml.Unmarshal(set.Bytes(dir+"settings.yml"), &conf); err != nil {
			t.Fatal(err)
		}
		set.Bytes(dir + "README.md")
		file := func(name string) []byte { return bytes.Join(bytes.Fields(set.Bytes(dir+"01/"+name)), nil) }
		kbHeader, kbPayload := decodeJSON(t, set.Bytes(dir+"01/kb_jwt_header.json")), decodeJSON(t, set.Bytes(dir+"01/kb_jwt_payload.json"))
		iat, _ := kbPayload.(map[string]any)["iat"].(json.Number).Int64()
		presentation, issued := file("sd_jwt_presentation.txt"), file("sd_jwt_issuance.txt")
		p := Policy{Key: func(jws.Header, map[string]any) (crypto.PublicKey, error) {
			return parseJWK(t, conf.Keys.Issuer[0]), nil
		}, Now: time.Unix(iat, 0), Binding: &Binding{Audience: conf.Identifiers.Verifier, Nonce: conf.Nonce}}
		r := p.VerifyVC(presentation)
		if !r.Valid {
			t.Errorf("%s: %v", version, r.Err())
		}
		if d := cmp.Diff(decodeJSON(t, set.Bytes(dir+"01/verified_contents.json")), any(r.Claims)); d != "" {
			t.Errorf("%s: claims (-want +got):\n%s", version, d)
		}
		s, err := Parse(issued)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(decodeJSON(t, set.Bytes(dir+"01/sd_jwt_payload.json")), decodeJSON(t, s.JWT.Payload)); d != "" {
			t.Errorf("%s: payload (-want +got):\n%s", version, d)
		}
		if !bytes.Equal(s.issuer, file("sd_jwt_jws_part.txt")) {
			t.Errorf("%s: the issuer's JWT is another", version)
		}
		bound, err := Parse(presentation)
		if err != nil || !bytes.Equal(bound.KeyBinding, file("kb_jwt_serialized.txt")) {
			t.Fatalf("%s: key binding: %v", version, err)
		}
		kb, err := jws.Parse(bound.KeyBinding)
		if err != nil || !cmp.Equal(kbHeader, any(kb.Header.All)) || !cmp.Equal(kbPayload, decodeJSON(t, kb.Payload)) {
			t.Errorf("%s: key binding: %+v, %v", version, kb.Header, err)
		}
		disclosures := string(set.Bytes(dir + "01/disclosures.md"))
		for _, d := range s.Disclosures {
			if !strings.Contains(strings.ReplaceAll(disclosures, "`\\\n`", ""), string(d.Encoded)) {
				t.Errorf("%s: disclosure %s is not in the list", version, d.Name)
			}
		}
		// the holder's side: the same choice gives the same bytes
		var spec specification
		if err := yaml.Unmarshal(set.Bytes(dir+"01/specification.yml"), &spec); err != nil {
			t.Fatal(err)
		}
		shown, err := s.Disclose(spec.paths(t)...)
		if err != nil || !bytes.Equal(shown, bound.signed) {
			t.Errorf("%s: the holder shows %s, %v", version, shown, err)
		}
		if got, want := plain(t, &spec.Claims), decodeJSON(t, set.Bytes(dir+"01/user_claims.json")); !cmp.Equal(got, want) {
			t.Errorf("%s: user claims: %s", version, cmp.Diff(want, got))
		}

		response := set.Bytes("openid4vci/" + version + "/credential_response_sd_jwt_vc.txt")
		text := bytes.Join(bytes.Fields(response[bytes.IndexByte(response, '{'):]), nil)
		credential := Path{"credentials", 0, "credential"}.Select(decodeJSON(t, text))
		if len(credential) != 1 {
			t.Fatalf("%s: no credential in the response", version)
		}
		p.Binding = nil
		if r := p.VerifyVC([]byte(credential[0].(string))); !r.Valid {
			t.Errorf("%s: the credential of the response: %v", version, r.Err())
		}
	}

	var pointers struct {
		Credential json.RawMessage
		Cases      []struct{ Path, Selected json.RawMessage }
	}
	set.JSON("openid4vp/claims_path_pointer.json", &pointers)
	for _, c := range pointers.Cases {
		path, err := ParsePath(decodeJSON(t, c.Path))
		if err != nil {
			t.Errorf("%s: %v", c.Path, err)
			continue
		}
		if d := cmp.Diff(decodeJSON(t, c.Selected), any(path.Select(decodeJSON(t, pointers.Credential)))); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.Path, d)
		}
	}
}
