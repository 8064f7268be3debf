package cbor

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// Check reports, as an ErrBad that says what and where, whether b is anything
// but exactly one data item under the rules of the package.
func Check(b []byte) error {
	end, err := checkItem(b, 0, 0)
	if err != nil {
		return err
	}
	if end != len(b) {
		return bad(end, "bytes after the item")
	}
	return nil
}

// checkItem checks the item at b[off:] and returns the offset after it.
func checkItem(b []byte, off, depth int) (int, error) {
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
	var seen keySet
	at := h.next
	for range h.arg {
		k, why := readHead(b, at)
		if why != "" {
			return 0, bad(at, why)
		}
		if k.kind != Uint && k.kind != Negative && k.kind != Text {
			return 0, bad(at, "map key is neither integer nor text")
		}
		if !k.shortest {
			return 0, bad(at, "map key is not in its shortest form")
		}
		end, err := checkItem(b, at, depth)
		if err != nil {
			return 0, err
		}
		if seen.repeats(b[at:end]) {
			return 0, bad(at, "map key repeats")
		}
		if at, err = checkItem(b, end, depth); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// keySet finds repeated keys. Keys that arrive in ascending order, as
// deterministic encoders send them, cost one comparison each; others are
// compared with the first few and then kept in a hash map, so that a hostile
// map costs no quadratic time.
type keySet struct {
	n      int
	sorted bool
	last   []byte
	few    [16][]byte
	many   map[string]struct{}
}

func (s *keySet) repeats(key []byte) bool {
	order := 1
	if s.n > 0 {
		order = bytes.Compare(key, s.last)
	}
	s.sorted = s.n == 0 || s.sorted && order > 0
	found := order == 0 || !s.sorted && s.holds(key)
	s.last = key
	if s.n < len(s.few) {
		s.few[s.n] = key
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
	for _, k := range s.few[:min(s.n, len(s.few))] {
		if bytes.Equal(k, key) {
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
		if why != "" || text.kind != Text || !isDate(h.arg, string(b[text.next:end])) {
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
func isDate(tag uint64, s string) bool {
	layout := time.RFC3339
	if tag == TagFullDate {
		layout = time.DateOnly
	}
	_, err := time.Parse(layout, s)
	return err == nil
}
