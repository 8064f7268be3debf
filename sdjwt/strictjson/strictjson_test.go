package strictjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestS21AmbiguousJSON: what parsers disagree about is refused.
func TestS21AmbiguousJSON(t *testing.T) {
	for name, s := range map[string]string{
		"a repeated name":                   `{"a":1,"a":2}`,
		"a repeated name, once escaped":     `{"a":1,"\u0061":2}`,
		"a repeated name further down":      `[{"b":{"a":1,"a":1}}]`,
		"a number beyond a double":          `1e400`,
		"a negative one":                    `-1e400`,
		"NaN":                               `NaN`,
		"Infinity":                          `Infinity`,
		"a leading zero":                    `01`,
		"a plus sign":                       `+1`,
		"no digit after the point":          `1.`,
		"no digit before the point":         `.5`,
		"no exponent":                       `1e`,
		"hexadecimal":                       `0x10`,
		"a byte order mark":                 "\ufeff{}",
		"half a surrogate pair":             `"\ud800"`,
		"the other half":                    `"\udc00"`,
		"two first halves":                  `"\ud800\ud800"`,
		"half a pair before a letter":       `"\ud800a"`,
		"a control character":               "\"a\nb\"",
		"a NUL":                             "\"\x00\"",
		"bytes that are not UTF-8":          "\"\xff\"",
		"half a surrogate pair in UTF-8":    "\"\xed\xa0\x80\"",
		"an unknown escape":                 `"\x41"`,
		"a short escape":                    `"\u12"`,
		"a text without end":                `"a`,
		"single quotes":                     `{'a':1}`,
		"a comma too many":                  `[1,]`,
		"a comma too many in an object":     `{"a":1,}`,
		"a comment":                         `{/**/}`,
		"more after the value":              `{} {}`,
		"nothing":                           ``,
		"a name without value":              `{"a"}`,
		"a literal in capitals":             `True`,
		"33 levels":                         strings.Repeat("[", 33) + strings.Repeat("]", 33),
		"a million levels":                  strings.Repeat("[", 1_000_000),
		"not an escape of four hexadecimal": `"\u+123"`,
	} {
		if v, err := Decode([]byte(s)); !errors.Is(err, ErrBad) {
			t.Errorf("%s was read as %v, %v", name, v, err)
		}
		if err := Members([]byte(s), func(string, []byte) error { return nil }); !errors.Is(err, ErrBad) {
			t.Errorf("%s was passed: %v", name, err)
		}
	}
}

func TestDecodeKeepsWhatWasSaid(t *testing.T) {
	v, err := Decode([]byte(" {\"a\": [1, -0.5e+10, \"\\u00e9\\ud83d\\ude00\\n\\/\", true, false, null, {}, []], \"é\": \"中\", \"n\": 1e308} \n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{json.Number("1"), json.Number("-0.5e+10"), "é😀\n/", true, false, nil, map[string]any{}, []any{}},
		"é": "中", "n": json.Number("1e308")}
	if d := cmp.Diff(want, v); d != "" {
		t.Error(d)
	}
	if _, err := Object([]byte(`[1]`)); !errors.Is(err, ErrBad) {
		t.Errorf("an array as object: %v", err)
	}
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Decode([]byte(deep)); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
}

func TestControlCharactersAreFoundAnywhere(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				s := []byte(strings.Repeat("x", length))
				s[at] = byte(c)
				if hasControl(s) != (c < 0x20) {
					t.Fatalf("byte %#x at %d of %d", c, at, length)
				}
			}
		}
	}
}

func TestMembersHandsOutBytes(t *testing.T) {
	got := map[string]string{}
	err := Members([]byte(`{ "a" : {"b":[1, 2]} , "c":"x\ty" }`), func(name string, value []byte) error {
		got[name] = string(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": `{"b":[1, 2]}`, "c": `"x\ty"`}, got); d != "" {
		t.Error(d)
	}
	for literal, want := range map[string]string{`"plain"`: "plain", `"x\ty"`: "x\ty", `1`: "", `"a"b`: ""} {
		text, ok := Text([]byte(literal))
		if ok != (want != "") || ok && string(text) != want {
			t.Errorf("%s is %q, %v", literal, text, ok)
		}
	}
	stop := errors.New("stop")
	if err := Members([]byte(`{"a":1}`), func(string, []byte) error { return stop }); err != stop {
		t.Errorf("the visitor's error became %v", err)
	}
}

// FuzzDecode holds Decode against the standard library: what is accepted means
// the same there, and survives being written and read again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+10,"\u00e9\ud83d\ude00",true,null]}`, `{"a":1,"\u0061":2}`, `[[[]]]`, `"\ud800"`, "1e400"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Decode(b)
		members := Members(b, func(string, []byte) error { return nil })
		if _, isObject := v.(map[string]any); isObject && err == nil && members != nil {
			t.Fatalf("Members refuses what Decode accepts: %v", members)
		}
		if err != nil {
			if members == nil {
				t.Fatalf("Members accepts what Decode refuses: %v", err)
			}
			return
		}
		var want any
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("the library refuses what was accepted: %v", err)
		}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Fatalf("the library reads otherwise:\n%s", diff)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := Decode(again); err != nil || !cmp.Equal(v, w) {
			t.Fatalf("what was read and written is another: %v", err)
		}
	})
}
