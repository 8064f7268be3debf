package mdoc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// SaltSize is the length of an item's random, in bytes; ISO/IEC 18013-5
// §9.1.2.5 asks for at least 16.
const SaltSize = 16

// rankSize is the length of the number that decides which element bears which
// digest identifier.
const rankSize = 4

// Entropy makes what must not be foreseen of the n elements of a namespace:
// the digest identifier of each, a permutation of 0…n-1 that tells nothing
// about the elements, and the salt of each, SaltSize bytes one after another.
// It is for one document and one goroutine.
type Entropy func(namespace string, n int) (ids []uint64, salts []byte, err error)

// RandomEntropy draws from the system; a document made with it cannot be rebuilt.
func RandomEntropy(_ string, n int) ([]uint64, []byte, error) {
	b := make([]byte, n*(SaltSize+rankSize))
	_, err := rand.Read(b)
	return idsByElement(b[n*SaltSize:]), b[:n*SaltSize], err
}

// DerivedEntropy makes a document's salts of a secret and of the document's own
// name, so that it can be rebuilt for as long as the secret is kept: for each
// digest identifier HKDF-SHA256 (RFC 5869) with the secret as input keying
// material, the document's name as salt, and as info the identifier (four
// bytes, big-endian) and the namespace. Its first 16 bytes are the salt, its
// next four a rank: the first element bears the identifier of the lowest.
func DerivedEntropy(secret []byte, document string) (Entropy, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, secret, []byte(document))
	if err != nil {
		return nil, err
	}
	// HKDF-Expand of at most one block is one HMAC: hkdf.Expand would key it
	// anew for every element, which takes four times as long.
	expand := hmac.New(sha256.New, prk)
	return func(namespace string, n int) ([]uint64, []byte, error) {
		info := append(append(make([]byte, 4, 64), namespace...), 1)
		byID := make([]byte, 0, n*SaltSize+sha256.Size)
		ranks := make([]uint64, n)
		for id := range ranks {
			binary.BigEndian.PutUint32(info, uint32(id))
			expand.Reset()
			expand.Write(info)
			byID = expand.Sum(byID[:id*SaltSize])
			ranks[id] = uint64(binary.BigEndian.Uint32(byID[(id+1)*SaltSize:]))<<32 | uint64(id)
		}
		slices.Sort(ranks)
		ids, salts := ranks, make([]byte, 0, n*SaltSize)
		for j, rank := range ranks {
			id := uint64(uint32(rank))
			ids[j], salts = id, append(salts, byID[id*SaltSize:(id+1)*SaltSize]...)
		}
		return ids, salts, nil
	}, nil
}

// StreamEntropy is how documents of the platform's first encoding got their
// salts, and is kept so that they can be rebuilt: the AES-256-CTR key stream
// under a key that HKDF makes of a seed of the document's own, which begins at
// the hash of the namespace and in which an element has its place.
func StreamEntropy(seed []byte) (Entropy, error) {
	if err := checkSecret(seed); err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, seed, "edl mdoc salts 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return func(namespace string, n int) ([]uint64, []byte, error) {
		start := sha256.Sum256([]byte(namespace))
		b := make([]byte, n*(SaltSize+rankSize))
		cipher.NewCTR(block, start[:aes.BlockSize]).XORKeyStream(b, b)
		return idsByElement(b[n*SaltSize:]), b[:n*SaltSize], nil
	}, nil
}

func checkSecret(secret []byte) error {
	if len(secret) < sha256.Size {
		return fmt.Errorf("mdoc: salts of a secret of %d bytes, fewer than %d", len(secret), sha256.Size)
	}
	return nil
}

// idsByElement returns the permutation of 0…n-1 that n ranks of elements, of
// four bytes each, decide: the lowest gets 0.
func idsByElement(order []byte) []uint64 {
	n := len(order) / rankSize
	ranks := make([]uint64, n) // the random number, then the position
	for j := range ranks {
		ranks[j] = uint64(binary.BigEndian.Uint32(order[j*rankSize:]))<<32 | uint64(j)
	}
	slices.Sort(ranks)
	ids := make([]uint64, n)
	for id, rank := range ranks {
		ids[uint32(rank)] = uint64(id)
	}
	return ids
}
