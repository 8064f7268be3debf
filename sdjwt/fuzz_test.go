package sdjwt

import (
	"testing"

	"edl/sdjwt/strictjson"
)

// FuzzVerify: strangers' presentations never panic, and nothing is valid but
// what was issued and bound.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := w.present(f, Path{"family_name"}, Path{"classes", 0})
	f.Add(good)
	f.Add(w.present(f))
	f.Add(w.issue(f, w.vc(f)))
	p := w.policy()
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := p.VerifyVC(b); r.Valid {
			if name, shown := r.Claims["family_name"]; shown && name != "value of family_name" {
				t.Errorf("a claim that was never issued: %v", name)
			}
		}
		if s, err := Parse(b); err == nil {
			if _, err := s.Process(); err == nil {
				if shown, err := s.Disclose(Path{"family_name"}); err == nil {
					if _, err := Parse(shown); err != nil {
						t.Errorf("what the holder shows cannot be read: %v", err)
					}
				}
			}
		}
	})
}

// FuzzProcess puts disclosures into payloads past the signature.
func FuzzProcess(f *testing.F) {
	w := newWorld(f)
	s, err := Parse(w.issue(f, w.vc(f)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.JWT.Payload, s.Disclosures[0].Encoded, s.Disclosures[1].Encoded)
	a, da := disclosure(f, "s", "a", []any{object{"...": "AAAA"}})
	b, db := disclosure(f, "s", "b", object{"_sd": []string{da}})
	f.Add([]byte(`{"_sd":["`+db+`"],"x":[{"...":"BBBB"}]}`), []byte(a), []byte(b))
	f.Fuzz(func(t *testing.T, payload, first, second []byte) {
		var list []Disclosure
		for _, encoded := range [][]byte{first, second} {
			d, err := parseDisclosure(encoded)
			if err != nil {
				return
			}
			list = append(list, d)
		}
		x := *s
		token := *s.JWT
		token.Payload = payload
		x.JWT, x.Disclosures = &token, list
		claims, err := x.Process()
		if err != nil {
			return
		}
		if holdsDigest(claims) {
			t.Errorf("digests are left in %v", claims)
		}
		for _, d := range x.Disclosures {
			if len(d.Path.Select(any(claims))) != 1 {
				t.Errorf("disclosure %q is not at %v", d.Name, d.Path)
			}
		}
	})
}

func holdsDigest(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			if reservedName(name) || holdsDigest(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if holdsDigest(item) {
				return true
			}
		}
	}
	return false
}

func FuzzFromJSON(f *testing.F) {
	f.Add([]byte(`{"payload":"p","protected":"a","signature":"b","header":{"disclosures":["c","d"],"kb_jwt":"k"}}`))
	f.Add([]byte(`{"payload":"p","signatures":[{"protected":"a","signature":"b","header":{}},{"protected":"a","signature":"b"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := FromJSON(b)
		if err != nil {
			return
		}
		for _, c := range all {
			_, _ = Parse(c)
		}
		if v, err := strictjson.Decode(b); err == nil {
			_, _ = ParsePath(v)
		}
	})
}
