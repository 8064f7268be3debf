package sdjwt

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// TestBehaviourVectors issues, discloses and verifies what other projects'
// test cases describe: 17 of sd-jwt-js with the outcome they expect.
func TestBehaviourVectors(t *testing.T) {
	set := vectortest.Open(t, "sd-jwt/testcases-js")
	for _, path := range set.Files(".json") {
		var c struct {
			Claims             json.RawMessage
			DisclosureFrame    json.RawMessage `json:"disclosureFrame"`
			PresentationFrames json.RawMessage `json:"presentationFrames"`
			PresentedClaims    json.RawMessage `json:"presentedClaims"`
		}
		set.JSON(path, &c)
		claims := decodeJSON(t, c.Claims)
		if c.DisclosureFrame != nil {
			claims = hide(claims, decodeJSON(t, c.DisclosureFrame))
		}
		var paths []Path
		if c.PresentationFrames != nil {
			paths = framePaths(decodeJSON(t, c.PresentationFrames), nil, claims)
		}
		r := roundTrip(t, claims.(map[string]any), paths)
		if !r.Valid {
			t.Errorf("%s: %v", path, r.Err())
		}
		// an object none of whose members is disclosed stays, empty; these test
		// cases leave it out
		if d := cmp.Diff(decodeJSON(t, c.PresentedClaims), withoutEmpty(r.Claims)); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
}

func withoutEmpty(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, item := range m {
		item = withoutEmpty(item)
		if inner, isObject := item.(map[string]any); !isObject || len(inner) > 0 {
			out[name] = item
		}
	}
	return out
}

// hide marks claims as a disclosure frame of sd-jwt-js says.
func hide(v, frame any) any {
	f, _ := frame.(map[string]any)
	hidden := map[string]bool{}
	list, _ := f["_sd"].([]any)
	for _, name := range list {
		hidden[fmt.Sprint(name)] = true
	}
	mark := func(name string, item any) any {
		item = hide(item, f[name])
		if hidden[name] {
			return Hidden{item}
		}
		return item
	}
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for name, item := range v {
			m[name] = mark(name, item)
		}
		return m
	case []any:
		out := []any{}
		for i, item := range v {
			out = append(out, mark(strconv.Itoa(i), item))
		}
		return out
	}
	return v
}

// framePaths turns a presentation frame into paths; where the claims have an
// array, a number in the frame is an index.
func framePaths(frame any, at Path, claims any) []Path {
	if h, ok := claims.(Hidden); ok {
		claims = h.Value
	}
	step := func(name string) (any, any) {
		if list, ok := claims.([]any); ok {
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(list) {
				return i, nil
			}
			return i, list[i]
		}
		m, _ := claims.(map[string]any)
		return name, m[name]
	}
	var paths []Path
	switch frame := frame.(type) {
	case bool:
		if frame {
			paths = append(paths, at)
		}
	case map[string]any:
		for name, inner := range frame {
			s, value := step(name)
			paths = append(paths, framePaths(inner, at.with(s), value)...)
		}
	case []any:
		for i, inner := range frame {
			s, value := step(strconv.Itoa(i))
			paths = append(paths, framePaths(inner, at.with(s), value)...)
		}
	}
	return paths
}

// roundTrip issues claims, discloses paths and verifies.
func roundTrip(t *testing.T, claims map[string]any, paths []Path) *Report {
	t.Helper()
	w := newWorld(t)
	prepared, err := Issuance{Type: "example+sd-jwt", Claims: claims, Salts: rand.Reader}.Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := prepared.Sign()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(prepared.SDJWT(sig))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.Disclose(paths...)
	if err != nil {
		t.Fatal(err)
	}
	p := w.policy()
	p.Binding, p.Now = nil, time.Unix(1700000000, 0)
	return p.Verify(shown)
}

// specification is one of the specifications' example descriptions in YAML, in
// which the tag !sd marks what is selectively disclosable.
type specification struct {
	Claims    yaml.Node `yaml:"user_claims"`
	Disclosed yaml.Node `yaml:"holder_disclosed_claims"`
}

func (s *specification) paths(t testing.TB) []Path {
	return framePaths(plain(t, &s.Disclosed), nil, marked(t, &s.Claims))
}

// plain returns a node's value as JSON has it.
func plain(t testing.TB, n *yaml.Node) any { return convert(t, n, false) }

// marked returns a node's value with Hidden where it is tagged !sd.
func marked(t testing.TB, n *yaml.Node) any { return convert(t, n, true) }

func convert(t testing.TB, n *yaml.Node, mark bool) any {
	t.Helper()
	wrap := func(tag string, v any) any {
		if mark && tag == "!sd" {
			return Hidden{v}
		}
		return v
	}
	switch n.Kind {
	case 0:
		return map[string]any{}
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = wrap(n.Content[i].Tag, convert(t, n.Content[i+1], mark))
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, wrap(item.Tag, convert(t, item, mark)))
		}
		return list
	}
	scalar := *n
	if scalar.Tag == "!sd" {
		scalar.Tag = ""
		if scalar.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			return scalar.Value
		}
	}
	var v any
	if err := scalar.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if i, ok := v.(int); ok {
		return json.Number(strconv.Itoa(i))
	}
	return v
}

// TestSpecificationDescriptions issues, discloses and verifies what the 18
// example descriptions of the two specifications say, and compares with what
// remains of the claims when the undisclosed ones are taken away.
func TestSpecificationDescriptions(t *testing.T) {
	set := vectortest.Open(t, "sd-jwt/spec-yml")
	files := set.Files(".yml")
	slices.Sort(files)
	for _, path := range files {
		if strings.HasSuffix(path, "settings.yml") {
			var conf struct {
				Iat, Exp int64
				Keys     struct {
					Issuer  map[string]any   `yaml:"issuer_key"`
					Issuers []map[string]any `yaml:"issuer_keys"`
				} `yaml:"key_settings"`
			}
			if err := yaml.Unmarshal(set.Bytes(path), &conf); err != nil || conf.Exp <= conf.Iat {
				t.Errorf("%s: %v", path, err)
			}
			for _, k := range append(conf.Keys.Issuers, conf.Keys.Issuer) {
				if k != nil {
					parseJWK(t, k)
				}
			}
			continue
		}
		var spec specification
		if err := yaml.Unmarshal(set.Bytes(path), &spec); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		claims := marked(t, &spec.Claims).(map[string]any)
		r := roundTrip(t, claims, spec.paths(t))
		if len((Path{"cnf", "jwk", "n"}).Select(claims)) > 0 {
			if !errors.Is(r.Err(), ErrBadKey) {
				t.Errorf("%s is bound to an RSA key: %v", path, r.Err())
			}
		} else if !r.Valid {
			t.Errorf("%s: %v", path, r.Err())
		}
		want := remaining(claims, plain(t, &spec.Disclosed), false)
		if d := cmp.Diff(want, any(r.Claims)); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
}

// remaining is what a verifier sees of claims by a frame of what is disclosed:
// it follows the frame alongside the claims, without paths or digests.
func remaining(v, frame any, all bool) any {
	all = all || frame == true
	part := func(name string, i int) any {
		switch f := frame.(type) {
		case map[string]any:
			return f[name]
		case []any:
			if i < len(f) {
				return f[i]
			}
		}
		return nil
	}
	keep := func(item, frame any) (any, bool) {
		h, hidden := item.(Hidden)
		if !hidden {
			return item, true
		}
		return h.Value, all || frame != nil && frame != false && asks(frame)
	}
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for name, item := range v {
			if value, ok := keep(item, part(name, -1)); ok {
				m[name] = remaining(value, part(name, -1), all)
			}
		}
		return m
	case []any:
		list := []any{}
		for i, item := range v {
			if value, ok := keep(item, part("", i)); ok {
				list = append(list, remaining(value, part("", i), all))
			}
		}
		return list
	}
	return v
}

// asks reports whether a frame asks for anything.
func asks(frame any) bool {
	switch f := frame.(type) {
	case bool:
		return f
	case map[string]any:
		for _, inner := range f {
			if asks(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(f, asks)
	}
	return false
}
