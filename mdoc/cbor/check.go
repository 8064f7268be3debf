package cbor

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// Check reports, as an ErrBad that says what and where, whether b is anything
// but exactly one data item under the rules of the package.
func Check(b []byte) error {
	if len(b) > MaxSize {
		return bad(MaxSize, "too long")
	}
	end, err := checkItem(b, 0, 0)
	if err != nil {
		return err
	}
	if end != len(b) {
		return bad(end, "bytes after the item")
	}
	return nil
}

// checkItem checks the item at b[off:] and returns the offset after it. Small
// integers and short strings, which are most items, take the way in front.
func checkItem(b []byte, off, depth int) (int, error) {
	if kind, n, ok := short(b, off); ok && kind <= Text {
		end := off + 1
		if kind >= Bytes {
			end += n
		}
		if end <= len(b) && (kind != Text || utf8.Valid(b[off+1:end])) {
			return end, nil
		}
	}
	h, why := readHead(b, off)
	if why != "" {
		return 0, bad(off, why)
	}
	switch h.kind {
	case Uint, Negative:
		return h.next, nil
	case Bytes, Text:
		if h.arg > uint64(len(b)-h.next) {
			return 0, bad(off, "length beyond the end")
		}
		end := h.next + int(h.arg)
		if h.kind == Text && !utf8.Valid(b[h.next:end]) {
			return 0, bad(off, "text is not UTF-8")
		}
		return end, nil
	case Simple:
		return h.next, checkSimple(h, off)
	}
	if depth == MaxDepth {
		return 0, bad(off, "nested too deeply")
	}
	switch h.kind {
	case Array:
		return checkArray(b, h, off, depth+1)
	case Map:
		return checkMap(b, h, off, depth+1)
	default:
		return checkTag(b, h, off, depth+1)
	}
}

func checkSimple(h head, off int) error {
	switch {
	case h.info >= 25: // half, single and double precision
		return nil
	case h.info == 24, h.arg < simpleFalse:
		return bad(off, "unassigned simple value")
	}
	return nil
}

func checkArray(b []byte, h head, off, depth int) (int, error) {
	if h.arg > uint64(len(b)-h.next) {
		return 0, bad(off, "length beyond the end")
	}
	at := h.next
	for range h.arg {
		var err error
		if at, err = checkItem(b, at, depth); err != nil {
			return 0, err
		}
	}
	return at, nil
}

func checkMap(b []byte, h head, off, depth int) (int, error) {
	if h.arg > uint64(len(b)-h.next)/2 {
		return 0, bad(off, "length beyond the end")
	}
	if h.arg > MaxPairs {
		return 0, bad(off, "too many map pairs")
	}
	seen := keySet{buf: b}
	at := h.next
	for range h.arg {
		if why := checkKey(b, at); why != "" {
			return 0, bad(at, why)
		}
		end, err := checkItem(b, at, depth)
		if err != nil {
			return 0, err
		}
		if seen.repeats(at, end) {
			return 0, bad(at, "map key repeats")
		}
		if at, err = checkItem(b, end, depth); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// checkKey returns what is wrong with the head of a map key, or "".
func checkKey(b []byte, off int) string {
	kind, _, ok := short(b, off)
	if !ok {
		h, why := readHead(b, off)
		if why != "" {
			return why
		}
		if !h.shortest {
			return "map key is not in its shortest form"
		}
		kind = h.kind
	}
	if kind != Uint && kind != Negative && kind != Text {
		return "map key is neither integer nor text"
	}
	return ""
}

// keySet finds repeated keys. Keys that arrive in ascending order, as
// deterministic encoders send them, cost one comparison each; others are
// compared with the first few and then kept in a hash map, so that a hostile
// map costs no quadratic time. It holds where the keys stand.
type keySet struct {
	buf      []byte
	n        int
	unsorted bool
	last     span
	few      [16]span
	many     map[string]struct{}
}

type span struct{ from, to uint32 }

func (s *keySet) key(at span) []byte { return s.buf[at.from:at.to] }

func (s *keySet) repeats(from, to int) bool {
	at := span{uint32(from), uint32(to)}
	key := s.key(at)
	found := false
	if s.n > 0 {
		order := bytes.Compare(key, s.key(s.last))
		s.unsorted = s.unsorted || order < 0
		found = order == 0 || s.unsorted && s.holds(key)
	}
	s.last = at
	if s.n < len(s.few) {
		s.few[s.n] = at
	} else {
		if s.many == nil {
			s.many = make(map[string]struct{})
		}
		s.many[string(key)] = struct{}{}
	}
	s.n++
	return found
}

func (s *keySet) holds(key []byte) bool {
	for _, at := range s.few[:min(s.n, len(s.few))] {
		if bytes.Equal(s.key(at), key) {
			return true
		}
	}
	_, ok := s.many[string(key)]
	return ok
}

func checkTag(b []byte, h head, off, depth int) (int, error) {
	end, err := checkItem(b, h.next, depth)
	if err != nil {
		return 0, err
	}
	switch h.arg {
	case TagDateTime, TagFullDate:
		text, why := readHead(b, h.next)
		if why != "" || text.kind != Text || !isDate(h.arg, b[text.next:end]) {
			return 0, bad(off, "date is no date")
		}
	case TagEpoch:
		if k := Kind(b[h.next] >> 5); k != Uint && k != Negative && (k != Simple || b[h.next]&31 < 25) {
			return 0, bad(off, "date is no date")
		}
	case TagEncoded:
		inner, why := readHead(b, h.next)
		if why != "" || inner.kind != Bytes {
			return 0, bad(off, "tag 24 holds no byte string")
		}
		stop, err := checkItem(b[:end], inner.next, depth)
		if err != nil {
			return 0, err
		}
		if stop != end {
			return 0, bad(stop, "bytes after the item in tag 24")
		}
	}
	return end, nil
}

// isDate is lenient about fractions and offsets in tag 0: ISO/IEC 18013-5
// forbids them, and wallets in the field send them all the same.
func isDate(tag uint64, s []byte) bool {
	const dayLen, plainLen = len("2006-01-02"), len("2006-01-02T15:04:05Z")
	if tag == TagFullDate {
		return len(s) == dayLen && isDay(s)
	}
	if len(s) == plainLen && s[10] == 'T' && s[13] == ':' && s[16] == ':' && s[19] == 'Z' {
		return isDay(s[:dayLen]) && number2(s[11:]) < 24 && number2(s[14:]) < 60 && number2(s[17:]) < 60
	}
	_, err := time.Parse(time.RFC3339, string(s))
	return err == nil
}

// isDay reports whether ten bytes are a day of the calendar.
func isDay(s []byte) bool {
	if s[4] != '-' || s[7] != '-' {
		return false
	}
	century, year, month, day := number2(s), number2(s[2:]), number2(s[5:]), number2(s[8:])
	if century > 99 || year > 99 || month < 1 || month > 12 || day < 1 {
		return false
	}
	last := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if y := 100*century + year; month == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		last = 29
	}
	return day <= last
}

// number2 returns the number that two digits are, or one above 99.
func number2(s []byte) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return 1000
	}
	return 10*int(a) + int(b)
}
