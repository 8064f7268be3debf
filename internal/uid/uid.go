// Package uid makes identifiers and secrets.
//
// Identifiers sort by the time they were made, so that a table's primary key
// grows at its end: random keys made an import three times slower. They are
// not secrets. Secrets are 128 random bits or more and are stored as hashes.
package uid

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// crockford is the alphabet of identifiers: no I, L, O, U; sorts like its values.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// New returns an identifier of 26 characters: 48 bits of Unix milliseconds,
// then 80 random bits.
func New(now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:]) // never fails: crypto/rand ends the program instead
	return crockford.EncodeToString(b[:])
}

// Secret returns 160 random bits in base64url, for links and session tokens.
func Secret() string {
	var b [20]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Digits returns n random decimal digits.
func Digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + digit()
	}
	return string(b)
}

// digit is uniform over 0…9: bytes of 250 and more are drawn again.
func digit() byte {
	var b [1]byte
	for {
		rand.Read(b[:])
		if b[0] < 250 {
			return b[0] % 10
		}
	}
}

// Hash is how a secret of at least 128 bits is stored and looked up.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
