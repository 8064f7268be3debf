package sdjwt

import (
	"crypto/rand"
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
)

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
