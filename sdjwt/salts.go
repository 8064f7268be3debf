package sdjwt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
)

// saltSize is the length of a salt before it is encoded (RFC 9901 §9.3 wants
// 128 bits).
const saltSize = 16

// DerivedSalts makes a credential's salts of a secret of at least 32 bytes and
// of the credential's own name, the same ones again for a rebuild: the n-th is
// HKDF-SHA256 (RFC 5869) with the secret as input keying material, the name as
// salt and n (four bytes, big-endian) as info. Each Read gives one, whole or
// cut short. For credentials that are not rebuilt use crypto/rand.Reader.
func DerivedSalts(secret []byte, credential string) (io.Reader, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, secret, []byte(credential))
	if err != nil {
		return nil, err
	}
	return &derived{expand: hmac.New(sha256.New, prk)}, nil
}

// derived draws the salts; HKDF-Expand of at most one block is one HMAC.
type derived struct {
	expand hash.Hash
	drawn  uint32
	block  [sha256.Size]byte
}

func (d *derived) Read(b []byte) (int, error) {
	info := append(binary.BigEndian.AppendUint32(d.block[:0], d.drawn), 1)
	d.drawn++
	d.expand.Reset()
	d.expand.Write(info)
	return copy(b, d.expand.Sum(d.block[:0])[:saltSize]), nil
}

// StreamSalts is how credentials of the platform's first encoding got their
// salts, and is kept so that they can be rebuilt: an AES-256-CTR key stream
// under a key that HKDF makes of a seed of the credential's own.
func StreamSalts(seed []byte) (io.Reader, error) {
	if err := checkSecret(seed); err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, seed, "edl sd-jwt salts 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return keyStream{cipher.NewCTR(block, make([]byte, aes.BlockSize))}, nil
}

type keyStream struct{ cipher.Stream }

func (k keyStream) Read(b []byte) (int, error) {
	clear(b)
	k.XORKeyStream(b, b)
	return len(b), nil
}

func checkSecret(secret []byte) error {
	if len(secret) < sha256.Size {
		return fmt.Errorf("sdjwt: salts of a secret of %d bytes, fewer than %d", len(secret), sha256.Size)
	}
	return nil
}
