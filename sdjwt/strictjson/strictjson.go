// Package strictjson reads JSON (RFC 8259) that strangers signed or sent, so
// that it can mean one thing only.
//
// It refuses what parsers are known to disagree about: member names that
// repeat, escapes of half a surrogate pair, bytes that are not UTF-8, a byte
// order mark, numbers beyond the range of a double or outside the grammar
// (NaN, leading zeros), anything after the value, and nesting deeper than
// MaxDepth. The size is for the caller to limit. Numbers keep their text.
package strictjson

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"edl/internal/fault"
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 32

// ErrBad is returned for bytes that are not JSON under the rules above.
var ErrBad = fault.New(fault.Invalid, "bad_json",
	"数据格式错误，不是规范的 JSON。", "The data is not well-formed JSON.")

// Decode returns the value: map[string]any, []any, string, json.Number, bool
// or nil.
func Decode(b []byte) (any, error) {
	p := parser{b: b, build: true}
	v, err := p.document()
	return v, err
}

// Object returns a value that must be an object.
func Object(b []byte) (map[string]any, error) {
	v, err := Decode(b)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w (no object)", ErrBad)
	}
	return m, nil
}

// Members checks all of b, which must be an object, and then calls visit for
// each of its members with the member's bytes, without building values.
func Members(b []byte, visit func(name string, value []byte) error) error {
	p := parser{b: b}
	if p.space(); p.peek() != '{' {
		return fmt.Errorf("%w (no object)", ErrBad)
	}
	type member struct {
		name  string
		value []byte
	}
	var all []member
	err := p.members(make(map[string]any), func(name string) (any, error) {
		start := p.at
		_, err := p.value(1)
		all = append(all, member{name, b[start:p.at]})
		return nil, err
	})
	if err != nil {
		return err
	}
	if p.space(); p.at != len(b) {
		return p.bad("more after the value")
	}
	for _, m := range all {
		if err := visit(m.name, m.value); err != nil {
			return err
		}
	}
	return nil
}

// Text returns the text of a string literal, as a part of it if it holds no
// escapes; ok is false for other values.
func Text(literal []byte) (text []byte, ok bool) {
	p := parser{b: literal}
	if p.peek() != '"' {
		return nil, false
	}
	text, err := p.text()
	return text, err == nil && p.at == len(literal)
}

// parser walks b once. Without build it checks and returns no values.
type parser struct {
	b     []byte
	at    int
	build bool
}

func (p *parser) bad(why string) error {
	return fmt.Errorf("%w (%s at byte %d)", ErrBad, why, p.at)
}

func (p *parser) document() (any, error) {
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at != len(p.b) {
		return nil, p.bad("more after the value")
	}
	return v, nil
}

func (p *parser) space() {
	for p.at < len(p.b) {
		switch p.b[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at == len(p.b) {
		return 0
	}
	return p.b[p.at]
}

func (p *parser) value(depth int) (any, error) {
	switch c := p.peek(); {
	case c == '{':
		if depth == MaxDepth {
			return nil, p.bad("nested too deeply")
		}
		return p.object(depth)
	case c == '[':
		if depth == MaxDepth {
			return nil, p.bad("nested too deeply")
		}
		return p.array(depth)
	case c == '"':
		text, err := p.text()
		if err != nil || !p.build {
			return nil, err
		}
		return string(text), nil
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for _, l := range literals {
		if bytes.HasPrefix(p.b[p.at:], l.text) {
			p.at += len(l.text)
			return l.value, nil
		}
	}
	return nil, p.bad("no value")
}

var literals = []struct {
	text  []byte
	value any
}{{[]byte("true"), true}, {[]byte("false"), false}, {[]byte("null"), nil}}

func (p *parser) object(depth int) (any, error) {
	m := make(map[string]any)
	err := p.members(m, func(string) (any, error) { return p.value(depth + 1) })
	return m, err
}

// members reads an object into m, calling value where a member's value begins.
func (p *parser) members(m map[string]any, value func(name string) (any, error)) error {
	p.at++
	if p.space(); p.peek() == '}' {
		p.at++
		return nil
	}
	for {
		if p.peek() != '"' {
			return p.bad("no member name")
		}
		text, err := p.text()
		if err != nil {
			return err
		}
		name := string(text)
		if _, ok := m[name]; ok {
			return p.bad("member name repeats")
		}
		if p.space(); p.peek() != ':' {
			return p.bad("no colon")
		}
		p.at++
		p.space()
		if m[name], err = value(name); err != nil {
			return err
		}
		if more, err := p.next('}'); err != nil || !more {
			return err
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	var list []any
	if p.build {
		list = make([]any, 0, 4) // a disclosure has three parts
	}
	p.at++
	if p.space(); p.peek() == ']' {
		p.at++
		return list, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.build {
			list = append(list, v)
		}
		if more, err := p.next(']'); err != nil || !more {
			return list, err
		}
	}
}

// next reads the comma or the end after an element.
func (p *parser) next(end byte) (more bool, err error) {
	p.space()
	switch p.peek() {
	case end:
		p.at++
		return false, nil
	case ',':
		p.at++
		p.space()
		return true, nil
	}
	return false, p.bad("no comma")
}

func (p *parser) number() (any, error) {
	start := p.at
	p.skip('-')
	switch c := p.peek(); {
	case c == '0':
		p.at++
	case '1' <= c && c <= '9':
		p.digits()
	default:
		return nil, p.bad("no number")
	}
	if p.skip('.') && !p.digits() {
		return nil, p.bad("no number")
	}
	if p.skip('e') || p.skip('E') {
		if !p.skip('+') {
			p.skip('-')
		}
		if !p.digits() {
			return nil, p.bad("no number")
		}
	}
	text := string(p.b[start:p.at])
	if f, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(f, 0) {
		return nil, p.bad("number beyond the range of a double")
	}
	return json.Number(text), nil
}

func (p *parser) skip(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.b) && '0' <= p.b[p.at] && p.b[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

// text reads a string and returns its text. Strings can be as long as a status
// list, so those without escapes are searched by words, not by bytes.
func (p *parser) text() ([]byte, error) {
	p.at++
	start := p.at
	n := bytes.IndexByte(p.b[start:], '"')
	if n < 0 {
		return nil, p.bad("text without end")
	}
	s := p.b[start : start+n]
	if i := bytes.IndexByte(s, '\\'); i >= 0 {
		p.at = start + i
		if hasControl(s[:i]) {
			return nil, p.bad("control character in text")
		}
		return p.escaped(start)
	}
	if hasControl(s) {
		return nil, p.bad("control character in text")
	}
	if !utf8.Valid(s) {
		return nil, p.bad("text is not UTF-8")
	}
	p.at = start + n + 1
	return s, nil
}

// hasControl reports whether s holds a byte under 0x20.
func hasControl(s []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for len(s) >= 8 {
		x := binary.LittleEndian.Uint64(s)
		if (x-0x20*ones)&^x&tops != 0 {
			return true
		}
		s = s[8:]
	}
	for _, c := range s {
		if c < 0x20 {
			return true
		}
	}
	return false
}

// escaped reads on from the first escape of a string that began at start.
func (p *parser) escaped(start int) ([]byte, error) {
	out := append([]byte(nil), p.b[start:p.at]...)
	for p.at < len(p.b) {
		c := p.b[p.at]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return nil, p.bad("text is not UTF-8")
			}
			p.at++
			return out, nil
		case c == '\\':
			r, ok := p.escape()
			if !ok {
				return nil, p.bad("bad escape")
			}
			out = utf8.AppendRune(out, r)
			continue
		case c < 0x20:
			return nil, p.bad("control character in text")
		}
		out = append(out, c)
		p.at++
	}
	return nil, p.bad("text without end")
}

// escape reads one escape, or the two of a surrogate pair.
func (p *parser) escape() (rune, bool) {
	if len(p.b)-p.at < 2 {
		return 0, false
	}
	c := p.b[p.at+1]
	p.at += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		r, ok := p.hex()
		if !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		if !p.skip('\\') || !p.skip('u') {
			return 0, false
		}
		low, ok := p.hex()
		r = utf16.DecodeRune(r, low)
		return r, ok && r != utf8.RuneError
	}
	return 0, false
}

func (p *parser) hex() (rune, bool) {
	if len(p.b)-p.at < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.b[p.at:p.at+4]), 16, 16)
	p.at += 4
	return rune(n), err == nil
}
