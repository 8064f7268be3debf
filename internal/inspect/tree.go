package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"edl/mdoc/cbor"
)

// Tree is names with values in an order: a JSON object that keeps it.
type Tree []Entry

// Entry is one name and its value: a Tree, a []any, []byte, or plain.
type Entry struct {
	Name  string
	Value any
}

func (t *Tree) add(name string, value any) { *t = append(*t, Entry{name, value}) }

// MarshalJSON writes an object; bytes become base64url.
func (t Tree) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, e := range t {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(e.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(jsonOf(e.Value))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// jsonOf returns a value as encoding/json writes it well.
func jsonOf(v any) any {
	switch v := v.(type) {
	case []byte:
		return base64.RawURLEncoding.EncodeToString(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v) // JSON has no number for it
		}
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = jsonOf(v[i])
		}
		return out
	}
	return v
}

// valueOf turns what package cbor or strictjson decoded into values of a Tree.
func valueOf(v any) any {
	switch v := v.(type) {
	case cbor.Pairs:
		t := make(Tree, 0, len(v))
		for _, pair := range v {
			t.add(fmt.Sprint(pair.Key), valueOf(pair.Value))
		}
		return t
	case map[string]any:
		t := make(Tree, 0, len(v))
		for _, name := range sortedNames(v) {
			t.add(name, valueOf(v[name]))
		}
		return t
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = valueOf(v[i])
		}
		return out
	case cbor.Tagged:
		return Tree{{fmt.Sprintf("tag %d", v.Number), valueOf(v.Content)}}
	case cbor.FullDate:
		return string(v)
	case cbor.DateTime:
		return string(v)
	}
	return v
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Print writes a tree for a person, two spaces a level. What strangers wrote
// cannot forge a line or steer the terminal: control characters are escaped.
func (t Tree) Print(w io.Writer) { t.print(w, "") }

func (t Tree) print(w io.Writer, indent string) {
	for _, e := range t {
		printValue(w, indent, Clean(e.Name)+":", e.Value)
	}
}

func printValue(w io.Writer, indent, label string, value any) {
	switch v := value.(type) {
	case Tree:
		fmt.Fprintf(w, "%s%s\n", indent, label)
		v.print(w, indent+"  ")
	case []any:
		if len(v) == 0 {
			fmt.Fprintf(w, "%s%s none\n", indent, label)
			return
		}
		fmt.Fprintf(w, "%s%s\n", indent, label)
		for _, item := range v {
			printValue(w, indent+"  ", "-", item)
		}
	default:
		fmt.Fprintf(w, "%s%s %s\n", indent, label, words(v))
	}
}

// shown is how many bytes of a long byte string are printed.
const shown = 32

func words(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []byte:
		kind := ""
		switch {
		case bytes.HasPrefix(v, []byte{0xff, 0xd8, 0xff}):
			kind = ", JPEG"
		case bytes.HasPrefix(v, []byte("\x00\x00\x00\x0cjP  ")):
			kind = ", JPEG 2000"
		}
		if len(v) > shown {
			return fmt.Sprintf("%s… (%d bytes%s)", hex.EncodeToString(v[:shown]), len(v), kind)
		}
		return hex.EncodeToString(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case string:
		return Clean(v)
	}
	return Clean(fmt.Sprint(v))
}

// Clean escapes what is not printable, and what turns the direction of writing.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && !unicode.Is(unicode.Bidi_Control, r) {
			return r
		}
		return '\ufffd'
	}, s)
}

// claimsOf returns the claims of a token, in the order of their names.
func claimsOf(claims map[string]any) Tree {
	t, _ := valueOf(claims).(Tree)
	return t
}
