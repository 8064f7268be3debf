package livecode

// Base45 of RFC 9285: two bytes become three characters of the alphabet that
// a QR code's alphanumeric mode packs densely, a last single byte two. The
// space is a character like any other, so a text is never trimmed.

const base45Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// base45Value maps a character to its value, 0xff for all outside the alphabet.
var base45Value = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(base45Alphabet) {
		t[base45Alphabet[i]] = byte(i)
	}
	return t
}()

func base45Length(n int) int { return n/2*3 + n%2*2 }

func appendBase45(dst, src []byte) []byte {
	for ; len(src) >= 2; src = src[2:] {
		v := int(src[0])<<8 | int(src[1])
		dst = append(dst, base45Alphabet[v%45], base45Alphabet[v/45%45], base45Alphabet[v/2025])
	}
	if len(src) == 1 {
		v := int(src[0])
		dst = append(dst, base45Alphabet[v%45], base45Alphabet[v/45])
	}
	return dst
}

// decodeBase45 is strict: each text it accepts is the encoding of its result.
func decodeBase45(s string) ([]byte, bool) {
	if len(s)%3 == 1 {
		return nil, false
	}
	out := make([]byte, 0, len(s)/3*2+1)
	for ; len(s) >= 3; s = s[3:] {
		c, d, e := base45Value[s[0]], base45Value[s[1]], base45Value[s[2]]
		v := int(c) + int(d)*45 + int(e)*2025
		if c == 0xff || d == 0xff || e == 0xff || v > 0xffff {
			return nil, false
		}
		out = append(out, byte(v>>8), byte(v))
	}
	if len(s) == 2 {
		c, d := base45Value[s[0]], base45Value[s[1]]
		v := int(c) + int(d)*45
		if c == 0xff || d == 0xff || v > 0xff {
			return nil, false
		}
		out = append(out, byte(v))
	}
	return out, true
}
