package livecode

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"testing"
)

func benchmarkCode(b *testing.B, part func(Claims) (*IssuerPart, error)) (string, *ecdsa.PrivateKey) {
	b.Helper()
	device := newKey(b)
	m := Moment{noon, vectorNonce, nil}
	if part == nil {
		text, err := SignShort(device, vectorSerial, m)
		if err != nil {
			b.Fatal(err)
		}
		return text, device
	}
	p, err := part(sampleClaims(b, &device.PublicKey))
	if err != nil {
		b.Fatal(err)
	}
	text, err := SignSelfContained(device, p, m)
	if err != nil {
		b.Fatal(err)
	}
	return text, device
}

// BenchmarkFloor is what no check of a code can do without: one verification.
func BenchmarkFloor(b *testing.B) {
	device := newKey(b)
	digest := sha256.Sum256([]byte("floor"))
	signature, err := ecdsa.SignASN1(nil, device, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ecdsa.VerifyASN1(&device.PublicKey, digest[:], signature) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkShortParse(b *testing.B) {
	text, _ := benchmarkCode(b, nil)
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShortParseAndVerify(b *testing.B) {
	text, device := benchmarkCode(b, nil)
	for b.Loop() {
		code, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := code.VerifyDevice(&device.PublicKey); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShortSign(b *testing.B) {
	device := newKey(b)
	for b.Loop() {
		if _, err := SignShort(device, vectorSerial, NewMoment(noon, nil)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFullParseAndVerifyBoth(b *testing.B) {
	issuer := newKey(b)
	text, _ := benchmarkCode(b, func(c Claims) (*IssuerPart, error) { return IssueFull(issuer, []byte("k1"), c) })
	for b.Loop() {
		code, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		p := code.Issuer()
		if p.VerifyIssuer(&issuer.PublicKey) != nil || code.VerifyDevice(p.Claims().Holder) != nil {
			b.Fatal("refused")
		}
	}
}
