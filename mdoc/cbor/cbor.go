// Package cbor reads and writes the part of CBOR (RFC 8949) that mdocs, COSE
// and CWTs are made of, strictly.
//
// Check decides once whether bytes are exactly one data item under the rules
// below; a Reader then walks it in place and hands out slices of it, so that
// digests are taken over the bytes as sent and nothing is ever encoded again.
// The Append functions write deterministic CBOR: definite lengths, the
// shortest heads, map pairs in the order of the caller.
//
// Check refuses indefinite lengths, map keys that repeat, that are not in
// their shortest form or that are neither integer nor text, text that is not
// UTF-8, unassigned simple values, nesting deeper than MaxDepth (tags, and the
// CBOR inside tag 24, count), dates that are no dates (tags 0 and 1004), and
// anything before or after the one item. It allocates nothing except for the
// keys of maps larger than any that the standards define.
//
// Heads that are longer than needed are tolerated in lengths, since some
// wallets write them; a Reader refuses them in integers, where two encodings
// of one digest identifier would be two truths. Bignums and decimal fractions
// are passed over as tags, not understood.
package cbor

import (
	"fmt"

	"edl/internal/fault"
)

// Limits of Check.
const (
	MaxDepth = 16   // arrays, maps and tags inside one another
	MaxPairs = 8192 // pairs in one map
	MaxSize  = 1 << 28
)

// ErrBad is returned for bytes that are not CBOR under the rules of Check.
var ErrBad = fault.New(fault.Invalid, "bad_cbor",
	"数据格式错误，不是规范的 CBOR 编码，请重新获取。",
	"The data is not well-formed CBOR; obtain it again.")

// Kind is the major type of an item (RFC 8949 §3.1).
type Kind byte

// The major types.
const (
	Uint Kind = iota
	Negative
	Bytes
	Text
	Array
	Map
	Tag
	Simple // booleans, null, undefined and floating-point numbers
)

func (k Kind) String() string {
	return [...]string{"unsigned integer", "negative integer", "byte string", "text",
		"array", "map", "tag", "simple value"}[k&7]
}

// Tags that the package knows.
const (
	TagDateTime = 0    // RFC 3339 text
	TagEpoch    = 1    // seconds since 1970
	TagEncoded  = 24   // a byte string that holds CBOR
	TagFullDate = 1004 // "2006-01-02", RFC 8943
)

// Simple values, as the argument of their head.
const (
	simpleFalse     = 20
	simpleTrue      = 21
	simpleNull      = 22
	simpleUndefined = 23
)

func bad(off int, why string) error {
	return fmt.Errorf("%w (%s at byte %d)", ErrBad, why, off)
}

// head is the first byte or bytes of an item.
type head struct {
	kind     Kind
	info     byte   // the low five bits
	arg      uint64 // the value, length or number that they announce
	next     int    // offset after the head
	shortest bool
}

// readHead reads the head at b[off:]. Why names the fault, "" if there is none.
func readHead(b []byte, off int) (h head, why string) {
	if off >= len(b) {
		return h, "truncated"
	}
	first := b[off]
	h = head{kind: Kind(first >> 5), info: first & 31, next: off + 1, shortest: true}
	if h.info < 24 {
		h.arg = uint64(h.info)
		return h, ""
	}
	if h.info > 27 {
		if h.info == 31 {
			return h, "indefinite length"
		}
		return h, "reserved length"
	}
	size := 1 << (h.info - 24)
	if len(b)-h.next < size {
		return h, "truncated"
	}
	for _, c := range b[h.next : h.next+size] {
		h.arg = h.arg<<8 | uint64(c)
	}
	h.next += size
	h.shortest = h.info == 24 && h.arg >= 24 || h.info == 25 && h.arg > 0xff ||
		h.info == 26 && h.arg > 0xffff || h.info == 27 && h.arg > 0xffffffff
	return h, ""
}

// short reads a head of one byte, the commonest kind.
func short(b []byte, off int) (kind Kind, arg int, ok bool) {
	if off >= len(b) || b[off]&31 >= 24 {
		return 0, 0, false
	}
	return Kind(b[off] >> 5), int(b[off] & 31), true
}
