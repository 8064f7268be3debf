package livecode

import (
	"bytes"
	"errors"
	"testing"

	"edl/internal/fault"
)

func FuzzParse(f *testing.F) {
	for _, c := range readVectors(f).Codes {
		f.Add(c.Text)
	}
	for _, r := range readVectors(f).Refused {
		f.Add(r.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := Parse(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("%v has no code", err)
			}
			return
		}
		if again := string(appendBase45([]byte(Prefix), code.cose.appendTo(nil))); again != text {
			t.Errorf("%q is accepted as an encoding of %q", text, again)
		}
	})
}

// Base45 hides a code's bytes from a fuzzer's mutations, so the layers below
// are tried on their own, the payload without a signature in the way.
func FuzzPayload(f *testing.F) {
	for _, c := range readVectors(f).Codes {
		code, err := Parse(c.Text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(code.cose.payload)
		if p := code.Issuer(); p != nil {
			f.Add(p.cose.payload)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		code := Code{cose: sign1{payload: payload}}
		if err := code.decodePayload(); err == nil {
			subject := code.serial[:]
			if code.issuer != nil {
				subject = code.issuer.raw
			}
			again, err := appendMoment(nil, subject, code.moment)
			if err != nil || !bytes.Equal(again, payload) {
				t.Errorf("% x is accepted as an encoding of % x (%v)", payload, again, err)
			}
		}
		if claims, err := decodeClaims(payload); err == nil {
			if _, err := encodeClaims(claims); err != nil {
				t.Errorf("read, but cannot be written: %v", err)
			}
		} else if !errors.Is(err, ErrBadCBOR) && !errors.Is(err, ErrBadKey) {
			t.Errorf("%v is no fault of claims", err)
		}
	})
}

func FuzzBase45(f *testing.F) {
	for _, s := range []string{"", "BB8", "QED8WEX0", "%69 VD92EX0", "UJCLQE7W581", "::", ":::", "1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, ok := decodeBase45(text)
		if !ok {
			return
		}
		if again := string(appendBase45(nil, raw)); again != text {
			t.Errorf("%q is accepted as an encoding of %q", text, again)
		}
		if base45Length(len(raw)) != len(text) {
			t.Errorf("%d bytes take %d characters, not %d", len(raw), len(text), base45Length(len(raw)))
		}
	})
}
