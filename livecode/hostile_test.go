package livecode

import (
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"edl/internal/fault"
)

// A hostile text and the step and fault that stop it.
type hostileCase struct {
	name string
	at   string
	want *fault.Fault
	text string
}

func hostile(t testing.TB) []hostileCase {
	t.Helper()
	device, issuer, other := vectorSigner(t, "device"), vectorSigner(t, "issuer"), vectorSigner(t, "other")
	moment := Moment{noon, vectorNonce, nil}
	good, err := SignShort(device, vectorSerial, moment)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := decodeBase45(good[len(Prefix):])
	text := func(raw []byte) string { return string(appendBase45([]byte(Prefix), raw)) }
	// signed wraps any payload in a good signature.
	signed := func(payload string) string {
		s := sign1{protected: []byte(es256Header), payload: []byte(payload)}
		if err := s.sign(device); err != nil {
			t.Fatal(err)
		}
		return text(s.appendTo(nil))
	}
	// withSignature replaces the signature of the good code.
	withSignature := func(sig []byte) string {
		c, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		c.cose.signature = sig
		return text(c.cose.appendTo(nil))
	}
	replaced := func(old, new string) string {
		if !strings.Contains(string(raw), old) {
			t.Fatalf("% x is not in the code", old)
		}
		return text([]byte(strings.Replace(string(raw), old, new, 1)))
	}
	serial, nonce := "\x48"+string(vectorSerial[:]), "\x48"+string(vectorNonce[:])
	seconds := string(appendHead(nil, majorUint, uint64(noon.Unix())))
	sig := raw[len(raw)-signatureSize:]
	order := elliptic.P256().Params().N
	half := func(r, s *big.Int) []byte {
		out := make([]byte, signatureSize)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}

	cases := []hostileCase{
		{"nothing", "parse", ErrBadCode, ""},
		{"a web address", "parse", ErrBadCode, "https://edl.example/"},
		{"the prefix in small letters", "parse", ErrBadCode, "edl1:" + good[len(Prefix):]},
		{"a later version's prefix", "parse", ErrBadCode, "EDL2:" + good[len(Prefix):]},
		{"a line feed after the code", "parse", ErrBadCode, good + "\n"},
		{"a space before the code", "parse", ErrBadCode, " " + good},
		{"a small letter within", "parse", ErrBadCode, Prefix + "aaa" + good[len(Prefix)+3:]},
		{"a zero-width space within", "parse", ErrBadCode, Prefix + "\u200b" + good[len(Prefix)+3:]},
		{"Base45 of a length that cannot be", "parse", ErrBadCode, good[:len(good)-1]},
		{"a Base45 group over 65535", "parse", ErrBadCode, Prefix + ":::" + good[len(Prefix)+3:]},
		{"a last Base45 pair over 255", "parse", ErrBadCode, good[:len(good)-2] + "::"},
		{"one character more than a QR of version 30 holds", "parse", ErrTooLarge, Prefix + strings.Repeat("0", MaxText-len(Prefix)+1)},

		{"the prefix alone", "parse", ErrBadCBOR, Prefix},
		{"the last byte missing", "parse", ErrBadCBOR, text(raw[:len(raw)-1])},
		{"a byte too many", "parse", ErrBadCBOR, text(append(slices.Clone(raw), 0))},
		{"no tag", "parse", ErrBadCBOR, text(raw[1:])},
		{"another tag", "parse", ErrBadCBOR, replaced("\xd2", "\xd1")},
		{"an array of indefinite length", "parse", ErrBadCBOR, text(append([]byte("\xd2\x9f"+string(raw[2:])), 0xff))},
		{"a byte string of 2^64-1 bytes", "parse", ErrBadCBOR, text([]byte("\xd2\x84\x5b\xff\xff\xff\xff\xff\xff\xff\xff"))},
		{"an unprotected header nested 1,000 deep", "parse", ErrBadCBOR, replaced("\xa0", strings.Repeat("\xa1\x01", 1000)[:1000]+"\x00")},
		{"a header with one key twice", "parse", ErrBadCBOR, replaced("\x43"+es256Header, "\x45\xa2\x01\x26\x01\x26")},
		{"no algorithm", "parse", ErrBadSignature, replaced("\x43"+es256Header, "\x40")},
		{"the algorithm in the unprotected header alone", "parse", ErrBadSignature, replaced("\x43"+es256Header+"\xa0", "\x40\xa1\x01\x26")},
		{"ES384 in the header", "parse", ErrBadSignature, replaced("\x43"+es256Header, "\x44\xa1\x01\x38\x22")},
		{"something beside the algorithm, unsigned", "parse", ErrBadSignature, replaced("\xa0", "\xa1\x04\x41\x31")},
		{"a signature in ASN.1", "parse", ErrBadSignature, withSignature(der)},
		{"a signature of 63 bytes", "parse", ErrBadSignature, withSignature(sig[:63])},
		{"no signature", "parse", ErrBadSignature, withSignature(nil)},

		{"a payload that is a map", "parse", ErrBadCBOR, signed("\xa1\x01" + serial)},
		{"no nonce", "parse", ErrBadCBOR, signed("\x82" + serial + seconds)},
		{"five elements", "parse", ErrBadCBOR, signed("\x85" + serial + seconds + nonce + nonce + nonce)},
		{"a byte after the payload's end", "parse", ErrBadCBOR, signed("\x83" + serial + seconds + nonce + "\x00")},
		{"a serial of 7 bytes", "parse", ErrBadCBOR, signed("\x83\x47" + serial[2:] + seconds + nonce)},
		{"a serial of 9 bytes", "parse", ErrBadCBOR, signed("\x83\x49\x00" + serial[1:] + seconds + nonce)},
		{"a nonce of 7 bytes", "parse", ErrBadCBOR, signed("\x83" + serial + seconds + "\x47" + nonce[2:])},
		{"a challenge of 15 bytes", "parse", ErrBadCBOR, signed("\x84" + serial + seconds + nonce + "\x4f" + string(sequence(15)))},
		{"a challenge of 33 bytes", "parse", ErrBadCBOR, signed("\x84" + serial + seconds + nonce + "\x58\x21" + string(sequence(33)))},
		{"a length that is not in its shortest form", "parse", ErrBadCBOR, signed("\x83\x58\x08" + serial[1:] + seconds + nonce)},
		{"a time that is not in its shortest form", "parse", ErrBadCBOR, signed("\x83" + serial + "\x1b\x00\x00\x00\x00" + seconds[1:] + nonce)},
		{"a time before 1970", "parse", ErrBadCBOR, signed("\x83" + serial + "\x3a" + seconds[1:] + nonce)},
		{"a time after 2106", "parse", ErrBadCBOR, signed("\x83" + serial + "\x1b\x00\x00\x00\x01\x00\x00\x00\x00" + nonce)},
		{"a time as a fraction", "parse", ErrBadCBOR, signed("\x83" + serial + "\xfb\x41\xda\x9a\x00\x00\x00\x00\x00" + nonce)},

		{"r of zero", "device", ErrBadSignature, withSignature(half(new(big.Int), s))},
		{"s of zero", "device", ErrBadSignature, withSignature(half(r, new(big.Int)))},
		{"r of the group's order", "device", ErrBadSignature, withSignature(half(order, s))},
		{"s of the group's order", "device", ErrBadSignature, withSignature(half(r, order))},
		{"another serial under the same signature", "device", ErrBadSignature, replaced(serial, "\x48OTHERSER")},
	}
	byOther, err := SignShort(other, vectorSerial, moment)
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, hostileCase{"this serial under another phone's key", "device", ErrBadSignature, byOther})
	return append(cases, hostileIssuerParts(t, issuer, device, other, signed, seconds+nonce)...)
}

func hostileIssuerParts(t testing.TB, issuer, device, other deterministicKey, signed func(string) string, moment string) []hostileCase {
	t.Helper()
	part, err := IssueQualification(issuer, []byte(issuerKeyID), sampleClaims(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	embed := func(raw []byte) string { return signed("\x83" + string(appendBytes(nil, raw)) + moment) }
	// reissued signs altered claims with the authority's own key.
	reissued := func(old, new string) string {
		s := part.cose
		if !strings.Contains(string(s.payload), old) {
			t.Fatalf("% x is not in the claims", old)
		}
		s.payload = []byte(strings.Replace(string(s.payload), old, new, 1))
		if err := s.sign(issuer); err != nil {
			t.Fatal(err)
		}
		return embed(s.appendTo(nil))
	}
	altered := func(i int) string {
		raw := slices.Clone(part.raw)
		raw[i] ^= 1
		return embed(raw)
	}
	foreign, err := IssueQualification(other, []byte(issuerKeyID), sampleClaims(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	point, err := device.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := IssueQualification(issuer, []byte(issuerKeyID), sampleClaims(t, &other.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return []hostileCase{
		{"an issuer part of 200 zeros", "parse", ErrBadCBOR, embed(make([]byte, 200))},
		{"a claim twice", "parse", ErrBadCBOR, reissued("\x04\x1a", "\x01\x1a")},
		{"claims out of order", "parse", ErrBadCBOR, reissued("\xa8\x01\x73https://edl.example\x04", "\xa8\x04\x73https://edl.example\x01")},
		{"a tag within the claims", "parse", ErrBadCBOR, reissued("\x04\x1a", "\x04\xc1\x1a")},
		{"text that is not UTF-8", "parse", ErrBadCBOR, reissued("林", "\xff\xfe\xfd")},
		{"a class that starts on 31 June", "parse", ErrBadCBOR, reissued(string(appendHead(nil, majorUint, 20160620)), string(appendHead(nil, majorUint, 20160631)))},
		{"a face that says it is a JPEG", "parse", ErrBadCBOR, reissued("\x11\x04", "\x11\x01")},
		{"a holder key that is no point of the curve", "parse", ErrBadKey, reissued("\x58\x20"+string(point[1:33]), "\x58\x20"+string(sequence(32)))},
		{"the issuer part's algorithm swapped", "parse", ErrBadSignature, embed([]byte(strings.Replace(string(part.raw), keyIDHeader, "\xa2\x01\x27\x04", 1)))},
		{"the issuer part's last byte altered", "issuer", ErrBadSignature, altered(len(part.raw) - 1)},
		{"an issuer part by a key that is not the authority's", "issuer", ErrBadSignature, embed(foreign.raw)},
		{"an issuer part copied to another phone", "device", ErrBadSignature, embed(stolen.raw)},
	}
}

func TestHostileTextsAreRefused(t *testing.T) {
	device, issuer := vectorSigner(t, "device"), vectorSigner(t, "issuer")
	for _, c := range hostile(t) {
		t.Run(c.name, func(t *testing.T) {
			at, err := refusedAt(c.text, &device.PublicKey, &issuer.PublicKey)
			if at != c.at || !errors.Is(err, c.want) {
				t.Errorf("refused at %q with %v, want at %q with %v", at, err, c.at, c.want)
			}
		})
	}
}

func TestNoSingleBitOfACodeCanBeChanged(t *testing.T) {
	device, issuer := vectorSigner(t, "device"), vectorSigner(t, "issuer")
	part, err := IssueQualification(issuer, []byte(issuerKeyID), sampleClaims(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*IssuerPart{"short": nil, "self-contained": part} {
		t.Run(name, func(t *testing.T) {
			text, err := sign(device, p, Moment{noon, vectorNonce, sequence(16)})
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := decodeBase45(text[len(Prefix):])
			for bit := range len(raw) * 8 {
				flipped := slices.Clone(raw)
				flipped[bit/8] ^= 1 << (bit % 8)
				if _, err := refusedAt(string(appendBase45([]byte(Prefix), flipped)), &device.PublicKey, &issuer.PublicKey); err == nil {
					t.Fatalf("bit %d of byte %d flipped, and the code is still accepted", bit%8, bit/8)
				}
			}
		})
	}
}

func TestACutCodeIsBadCBORAtEveryLength(t *testing.T) {
	device := vectorSigner(t, "device")
	text, err := SignShort(device, vectorSerial, Moment{noon, vectorNonce, nil})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := decodeBase45(text[len(Prefix):])
	for n := range len(raw) {
		if _, err := Parse(string(appendBase45([]byte(Prefix), raw[:n]))); !errors.Is(err, ErrBadCBOR) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// Anybody can turn (r, s) into (r, n-s), which verifies too. A code redeemed
// once must not come back that way.
func TestTheOtherSignatureOfACodeHasTheSameDigest(t *testing.T) {
	device := vectorSigner(t, "device")
	text, err := SignShort(device, vectorSerial, Moment{noon, vectorNonce, nil})
	if err != nil {
		t.Fatal(err)
	}
	code, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	twin := *code
	twin.cose.signature = slices.Clone(code.cose.signature)
	s := new(big.Int).SetBytes(twin.cose.signature[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(twin.cose.signature[32:])
	again, err := Parse(string(appendBase45([]byte(Prefix), twin.cose.appendTo(nil))))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.VerifyDevice(&device.PublicKey); err != nil {
		t.Fatalf("the twin does not verify, so this test shows nothing: %v", err)
	}
	if again.Digest() != code.Digest() {
		t.Error("two digests for one moment")
	}
}

func TestHostileTextsCostLittle(t *testing.T) {
	nested := string(appendBase45([]byte(Prefix), []byte("\xd2\x84\x40"+strings.Repeat("\xa1\x01", 600))))
	for name, text := range map[string]string{
		"50 kB of text":        Prefix + strings.Repeat("0", 50_000),
		"maps nested 600 deep": nested,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(text); err == nil {
				t.Fatal("accepted")
			}
			if n := testing.AllocsPerRun(10, func() { Parse(text) }); n > 100 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}
