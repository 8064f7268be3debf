// Package seal keeps personal data unreadable in the database, its log and its
// backups.
//
// Each subject (a person, or the platform itself) has a data key of its own.
// The data key is stored wrapped by a master key that lies outside the
// database; destroying a subject's wrapped key deletes everything about them,
// in every backup too. What is sealed is bound to its place, so that a value
// cannot be moved to another row or column.
//
// Look-up goes through a blind index: an HMAC of the exact value under a key
// per column. There is no partial search and no plain index.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"sync"
)

// ErrUnseal is returned for bytes that were not sealed by this key at this place.
var ErrUnseal = errors.New("seal: not sealed by this key at this place")

// MasterSize is the length of a master secret in bytes.
const MasterSize = 32

// A Vault wraps data keys and makes blind indexes. It is safe for concurrent use.
type Vault struct {
	wrap     map[byte]cipher.AEAD // by version of the master
	newest   byte
	index    []byte   // secret of the blind indexes
	indexers sync.Map // column name → *sync.Pool of hash.Hash
}

// NewVault returns a vault over master secrets of MasterSize bytes, oldest
// first. New data keys are wrapped by the last; the first also derives the
// blind indexes, which therefore survive a rotation.
func NewVault(masters ...[]byte) (*Vault, error) {
	if len(masters) == 0 || len(masters) > 255 {
		return nil, fmt.Errorf("seal: %d master secrets", len(masters))
	}
	v := &Vault{wrap: map[byte]cipher.AEAD{}}
	for i, m := range masters {
		if len(m) != MasterSize {
			return nil, fmt.Errorf("seal: master %d has %d bytes, not %d", i, len(m), MasterSize)
		}
		key, err := hkdf.Key(sha256.New, m, nil, "edl wrap", 32)
		if err != nil {
			return nil, err
		}
		v.newest = byte(i)
		if v.wrap[v.newest], err = aead(key); err != nil {
			return nil, err
		}
	}
	var err error
	v.index, err = hkdf.Key(sha256.New, masters[0], nil, "edl blind index", 32)
	return v, err
}

// A Key seals and unseals the data of one subject.
type Key struct{ aead cipher.AEAD }

// NewKey makes a data key for subject and returns it with its wrapped form.
func (v *Vault) NewKey(subject string) (*Key, []byte, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	a, err := aead(raw)
	if err != nil {
		return nil, nil, err
	}
	wrapped := append([]byte{v.newest}, sealWith(v.wrap[v.newest], "subject:"+subject, raw)...)
	return &Key{a}, wrapped, nil
}

// OpenKey unwraps the data key of subject.
func (v *Vault) OpenKey(subject string, wrapped []byte) (*Key, error) {
	if len(wrapped) < 1 || v.wrap[wrapped[0]] == nil {
		return nil, fmt.Errorf("seal: the master key of subject %s is not here: %w", subject, ErrUnseal)
	}
	raw, err := unsealWith(v.wrap[wrapped[0]], "subject:"+subject, wrapped[1:])
	if err != nil {
		return nil, err
	}
	a, err := aead(raw)
	return &Key{a}, err
}

// Seal encrypts plain for place, which names table, column and row.
func (k *Key) Seal(place string, plain []byte) []byte { return sealWith(k.aead, place, plain) }

// Unseal decrypts what Seal made for the same place.
func (k *Key) Unseal(place string, sealed []byte) ([]byte, error) {
	return unsealWith(k.aead, place, sealed)
}

// Index returns the blind index of value in column: 16 bytes, equal for equal
// values of one column, unrelated between columns.
func (v *Vault) Index(column, value string) []byte {
	pool, ok := v.indexers.Load(column)
	if !ok {
		pool, _ = v.indexers.LoadOrStore(column, v.indexer(column))
	}
	h := pool.(*sync.Pool).Get().(hash.Hash)
	defer pool.(*sync.Pool).Put(h)
	h.Reset()
	h.Write([]byte(value))
	return h.Sum(nil)[:16]
}

func (v *Vault) indexer(column string) *sync.Pool {
	key, err := hkdf.Key(sha256.New, v.index, nil, column, 32)
	if err != nil { // only for lengths that SHA-256 cannot give
		panic(err)
	}
	return &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealWith returns a random nonce of 96 bits followed by the ciphertext. A
// subject's key seals a few thousand values at most, far from the 2^32 at
// which random nonces wear out.
func sealWith(a cipher.AEAD, place string, plain []byte) []byte {
	out := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	rand.Read(out)
	return a.Seal(out, out, plain, []byte(place))
}

func unsealWith(a cipher.AEAD, place string, sealed []byte) ([]byte, error) {
	n := a.NonceSize()
	if len(sealed) < n+a.Overhead() {
		return nil, ErrUnseal
	}
	plain, err := a.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, ErrUnseal)
	}
	return plain, nil
}
