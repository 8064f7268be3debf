package statuslist

import (
	"errors"
	"testing"
	"time"

	"edl/sdjwt/strictjson"
)

// FuzzVerify: strangers' tokens never panic, and only the one that was signed
// is believed.
func FuzzVerify(f *testing.F) {
	key := fixed(f, "lists")
	tok := newToken(f, 2)
	for _, b := range both(f, tok, key) {
		f.Add(b)
	}
	p := Policy{URI: uri, Now: now.Add(time.Minute), Key: believe(key.Public())}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, form := range []string{"JWT", "CWT"} {
			got, err := p.verify(form, b)
			if (got == nil) != (err != nil) {
				t.Fatalf("token %v with error %v", got, err)
			}
			if err == nil && !equal(got.List, tok.List) {
				t.Fatal("a list that was never signed is believed")
			}
		}
	})
}

// FuzzClaims reads claims past the signature.
func FuzzClaims(f *testing.F) {
	tok := newToken(f, 1)
	tok.List = newList(f, 1, 64, map[uint64]Status{3: Invalid})
	claims, err := tok.claims()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(claims)
	f.Add([]byte(`{"sub":"s","iat":1,"exp":2,"ttl":3,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}`))
	f.Add([]byte{0xa1, 0x19, 0xff, 0xff, 0xa1, 0x6b, 's', 't', 'a', 't', 'u', 's', '_', 'l', 'i', 's', 't', 0xa0})
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (*compressed, error){parseJWT, parseCWT} {
			c, err := parse(b)
			if err != nil {
				continue
			}
			if err := c.inflate(limit); err == nil && c.List.size > limit {
				t.Errorf("inflated to %d bytes", c.List.size)
			}
		}
		if ref, err := ReferenceCWT(b); err == nil && ref != nil && ref.URI == "" && ref.Index != 0 {
			t.Logf("a reference to nowhere: %v", ref)
		}
		if v, err := strictjson.Decode(b); err == nil {
			if ref, err := ReferenceJSON(v); err != nil && (ref != nil || !errors.Is(err, ErrBadList)) {
				t.Errorf("%v, %v", ref, err)
			}
		}
	})
}

func FuzzInflate(f *testing.F) {
	for _, bits := range []int{1, 2, 4, 8} {
		b, err := newList(f, bits, 1000, map[uint64]Status{3: Invalid, 999: Invalid}).Compress()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bits, b)
	}
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, bits int, b []byte) {
		l, err := Inflate(bits, b, limit)
		if err != nil {
			return
		}
		if l.size > limit {
			t.Fatalf("inflated to %d bytes", l.size)
		}
		if s, err := l.Get(l.Len()); err == nil {
			t.Fatalf("the entry after the last is %s", s)
		}
		again, err := l.Compress()
		if err != nil {
			t.Fatal(err)
		}
		if m, err := Inflate(bits, again, limit); err != nil || !equal(l, m) {
			t.Fatalf("another list came back: %v", err)
		}
	})
}
