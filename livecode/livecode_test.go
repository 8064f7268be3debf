package livecode

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var noon = time.Date(2026, 10, 9, 2, 32, 8, 0, time.UTC)

func TestAShortCodeCarriesItsMomentAndVerifiesUnderItsKeyAlone(t *testing.T) {
	key, other := newKey(t), newKey(t)
	for name, challenge := range map[string][]byte{
		"without a challenge": nil,
		"with 16 bytes":       []byte(strings.Repeat("c", 16)),
		"with 32 bytes":       []byte(strings.Repeat("c", 32)),
	} {
		t.Run(name, func(t *testing.T) {
			serial, moment := NewSerial(), NewMoment(noon, challenge)
			text, err := SignShort(key, serial, moment)
			if err != nil {
				t.Fatal(err)
			}
			code, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if code.Serial() != serial || !code.Time().Equal(noon) || code.Nonce() != moment.Nonce ||
				string(code.Challenge()) != string(challenge) {
				t.Errorf("read back %v %v %v %q", code.Serial(), code.Time(), code.Nonce(), code.Challenge())
			}
			if err := code.VerifyDevice(&key.PublicKey); err != nil {
				t.Errorf("under its key: %v", err)
			}
			if err := code.VerifyDevice(&other.PublicKey); !errors.Is(err, ErrBadSignature) {
				t.Errorf("under another key: %v", err)
			}
			if max := map[bool]int{true: 154, false: 221}[challenge == nil]; len(text) > max {
				t.Errorf("%d characters; QR version 6 holds 154, version 8 holds 221", len(text))
			}
		})
	}
}

func TestFresh(t *testing.T) {
	for _, c := range []struct {
		name string
		age  time.Duration
		want error
	}{
		{"made this second", 0, nil},
		{"60 s old", 60 * time.Second, nil},
		{"61 s old", 61 * time.Second, ErrExpired},
		{"5 min old", 5 * time.Minute, ErrExpired},
		{"more than 5 min old", 5*time.Minute + time.Second, ErrClockSkew},
		{"a year old", 365 * 24 * time.Hour, ErrClockSkew},
		{"30 s ahead", -30 * time.Second, nil},
		{"31 s ahead", -31 * time.Second, ErrClockSkew},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Fresh(noon.Add(-c.age), noon); !errors.Is(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
