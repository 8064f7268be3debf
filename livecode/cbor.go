package livecode

// A reader takes CBOR items of a known shape off the front of b. It accepts
// definite lengths in their shortest form alone, so each value has exactly one
// encoding; the first item that is otherwise sets bad, and all that follow are
// zero. Lengths are compared with what is left before anything is sliced, and
// nothing is copied.
type reader struct {
	b   []byte
	bad bool
}

// The major types of CBOR (RFC 8949, 3.1) that codes contain.
const (
	majorUint  = 0
	majorBytes = 2
	majorArray = 4
)

func (r *reader) fail() { r.b, r.bad = nil, true }

// literal takes exactly these bytes.
func (r *reader) literal(want string) {
	if len(r.b) < len(want) || string(r.b[:len(want)]) != want {
		r.fail()
		return
	}
	r.b = r.b[len(want):]
}

// head takes an item's head and returns its argument.
func (r *reader) head(major byte) uint64 {
	if len(r.b) == 0 || r.b[0]>>5 != major {
		r.fail()
		return 0
	}
	info := r.b[0] & 0x1f
	r.b = r.b[1:]
	if info < 24 {
		return uint64(info)
	}
	size := 1 << (info - 24)
	if info > 27 || len(r.b) < size {
		r.fail()
		return 0
	}
	var v uint64
	for _, b := range r.b[:size] {
		v = v<<8 | uint64(b)
	}
	r.b = r.b[size:]
	if len(appendHead(nil, major, v)) != 1+size {
		r.fail() // a shorter form exists
		return 0
	}
	return v
}

func (r *reader) uint() uint64 { return r.head(majorUint) }

func (r *reader) array() uint64 { return r.head(majorArray) }

// bytes takes a byte string of min to max bytes, which stays part of b.
func (r *reader) bytes(min, max int) []byte {
	n := r.head(majorBytes)
	if r.bad || n < uint64(min) || n > uint64(max) || n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// emptyMap takes a map and reports whether it is empty.
func (r *reader) emptyMap() bool {
	if len(r.b) > 0 && r.b[0] == 0xa0 {
		r.b = r.b[1:]
		return true
	}
	var m map[any]any
	rest, err := decMode.UnmarshalFirst(r.b, &m)
	if err != nil || !deterministic(r.b[:len(r.b)-len(rest)]) {
		r.fail()
		return false
	}
	r.b = rest
	return false
}

// done reports whether all was read and nothing was wrong.
func (r *reader) done() bool { return !r.bad && len(r.b) == 0 }

func appendHead(dst []byte, major byte, v uint64) []byte {
	m := major << 5
	switch {
	case v < 24:
		return append(dst, m|byte(v))
	case v <= 0xff:
		return append(dst, m|24, byte(v))
	case v <= 0xffff:
		return append(dst, m|25, byte(v>>8), byte(v))
	case v <= 0xffffffff:
		return append(dst, m|26, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(dst, m|27, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendBytes(dst, b []byte) []byte {
	return append(appendHead(dst, majorBytes, uint64(len(b))), b...)
}
