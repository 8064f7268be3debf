package cbor

import (
	"errors"
	"fmt"
	"math"
)

// ErrType is returned by a Reader that finds another type than the caller
// asked for: the bytes are CBOR, but not of the structure expected.
var ErrType = errors.New("not the expected CBOR item")

// Reader walks CBOR that Check accepted. The first failure sticks: after it
// every method returns a zero value and Err tells what happened, so that a
// structure is read without a condition at each field.
type Reader struct {
	buf []byte
	off int
	err error
}

// Read returns a Reader of b.
func Read(b []byte) Reader { return Reader{buf: b} }

// Err returns the first failure.
func (r *Reader) Err() error { return r.err }

// Done returns the first failure, or one for bytes that are left over.
func (r *Reader) Done() error {
	if r.err == nil && r.off != len(r.buf) {
		r.err = bad(r.off, "bytes after the item")
	}
	return r.err
}

// Fail makes err stick, unless another failure came before it.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// More reports whether an item follows.
func (r *Reader) More() bool { return r.err == nil && r.off < len(r.buf) }

// Kind returns the major type of the next item without consuming it.
func (r *Reader) Kind() Kind {
	if !r.More() {
		return Simple
	}
	return Kind(r.buf[r.off] >> 5)
}

func (r *Reader) head(want Kind) head {
	if r.err != nil {
		return head{}
	}
	h, why := readHead(r.buf, r.off)
	if why != "" {
		r.err = bad(r.off, why)
		return head{}
	}
	if h.kind != want {
		r.err = fmt.Errorf("%w: %s where %s belongs, at byte %d", ErrType, h.kind, want, r.off)
		return head{}
	}
	r.off = h.next
	return h
}

func (r *Reader) integer(want Kind) uint64 {
	if k, n, ok := short(r.buf, r.off); ok && k == want && r.err == nil {
		r.off++
		return uint64(n)
	}
	start := r.off
	h := r.head(want)
	if r.err == nil && !h.shortest {
		r.err = fmt.Errorf("%w: integer not in its shortest form, at byte %d", ErrType, start)
		return 0
	}
	return h.arg
}

// Uint reads an unsigned integer in its shortest form.
func (r *Reader) Uint() uint64 { return r.integer(Uint) }

// Int reads an integer in its shortest form.
func (r *Reader) Int() int64 {
	kind := r.Kind()
	if kind != Negative {
		kind = Uint
	}
	start := r.off
	n := r.integer(kind)
	if n > math.MaxInt64 {
		r.Fail(fmt.Errorf("%w: integer beyond 63 bits, at byte %d", ErrType, start))
		return 0
	}
	if kind == Negative && r.err == nil {
		return -1 - int64(n)
	}
	return int64(n)
}

// Bytes reads a byte string; the slice is part of the Reader's input.
func (r *Reader) Bytes() []byte { return r.string(Bytes) }

// TextBytes reads text without copying it.
func (r *Reader) TextBytes() []byte { return r.string(Text) }

// Text reads text.
func (r *Reader) Text() string { return string(r.string(Text)) }

func (r *Reader) string(kind Kind) []byte {
	if k, n, ok := short(r.buf, r.off); ok && k == kind && r.err == nil && n < len(r.buf)-r.off {
		s := r.buf[r.off+1 : r.off+1+n : r.off+1+n]
		r.off += 1 + n
		return s
	}
	start := r.off
	h := r.head(kind)
	if r.err != nil {
		return nil
	}
	if h.arg > uint64(len(r.buf)-r.off) {
		r.err = bad(start, "length beyond the end")
		return nil
	}
	s := r.buf[r.off : r.off+int(h.arg) : r.off+int(h.arg)]
	r.off += int(h.arg)
	return s
}

// Array reads the head of an array and returns the number of its items.
func (r *Reader) Array() int { return r.count(Array) }

// Map reads the head of a map and returns the number of its pairs.
func (r *Reader) Map() int { return r.count(Map) }

func (r *Reader) count(kind Kind) int {
	start := r.off
	h := r.head(kind)
	if h.arg > uint64(len(r.buf)-r.off) {
		r.Fail(bad(start, "length beyond the end"))
		return 0
	}
	return int(h.arg)
}

// Tag reads the head of a tag and returns its number; the content follows.
func (r *Reader) Tag() uint64 { return r.head(Tag).arg }

// Expect reads the head of a tag that must be number n.
func (r *Reader) Expect(n uint64) {
	start := r.off
	if got := r.Tag(); r.err == nil && got != n {
		r.err = fmt.Errorf("%w: tag %d where %d belongs, at byte %d", ErrType, got, n, start)
	}
}

// Encoded reads tag 24 and returns the CBOR inside its byte string.
func (r *Reader) Encoded() []byte {
	r.Expect(TagEncoded)
	return r.Bytes()
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	h := r.head(Simple)
	if r.err == nil && h.arg != simpleTrue && h.arg != simpleFalse {
		r.err = fmt.Errorf("%w: no boolean, before byte %d", ErrType, r.off)
	}
	return h.arg == simpleTrue
}

// Null consumes a null if the next item is one, and reports whether it did.
func (r *Reader) Null() bool {
	if !r.More() || r.buf[r.off] != byte(Simple)<<5|simpleNull {
		return false
	}
	r.off++
	return true
}

// Item passes over the next item and returns its bytes.
func (r *Reader) Item() []byte {
	if r.err != nil {
		return nil
	}
	end, why := skip(r.buf, r.off)
	if why != "" {
		r.err = bad(r.off, why)
		return nil
	}
	item := r.buf[r.off:end:end]
	r.off = end
	return item
}

// skip returns the offset after the item at b[off:], which need not have
// passed Check: it counts outstanding items instead of recursing.
func skip(b []byte, off int) (end int, why string) {
	for left := uint64(1); left > 0; left-- {
		if kind, n, ok := short(b, off); ok && kind <= Text {
			if off++; kind >= Bytes {
				if off += n; off > len(b) {
					return 0, "length beyond the end"
				}
			}
			continue
		}
		h, why := readHead(b, off)
		if why != "" {
			return 0, why
		}
		off = h.next
		switch h.kind {
		case Bytes, Text:
			if h.arg > uint64(len(b)-off) {
				return 0, "length beyond the end"
			}
			off += int(h.arg)
		case Array, Map:
			if h.arg > uint64(len(b)-off) {
				return 0, "length beyond the end"
			}
			left += h.arg
			if h.kind == Map {
				left += h.arg
			}
		case Tag:
			left++
		}
	}
	return off, ""
}
