package credential

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"edl/mdoc/cose"
)

// An Issuer holds the keys that sign electronic licences. It is safe for
// concurrent use.
type Issuer struct {
	newest  string
	signers map[string]crypto.Signer // by KeyID
}

// ErrNotRepeatable is returned for a signer that gives another signature each
// time. Signing must be a function of the statement (RFC 6979): then whoever
// repeats it after a crash makes the signature that may have been lost, and
// never a second one.
var ErrNotRepeatable = errors.New("credential: this key signs the same message differently each time, so a crash while signing could leave two signatures: use a key that signs by RFC 6979")

// ErrUnknownKey is returned for a statement of a key that is not held.
var ErrUnknownKey = errors.New("credential: the key that this statement was prepared for is not among the issuer's keys: give it back to the keys folder")

// NewIssuer returns an issuer that signs with key, a P-256 one. Former keys
// only finish what was prepared under them. Each key signs a probe twice.
func NewIssuer(key crypto.Signer, former ...crypto.Signer) (*Issuer, error) {
	i := &Issuer{signers: map[string]crypto.Signer{}}
	for _, k := range append(former[:len(former):len(former)], key) {
		id, err := keyID(k)
		if err != nil {
			return nil, err
		}
		i.newest, i.signers[id] = id, repeatable{k}
		if err := i.probe(id); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// KeyID names the key that signs now: the first 8 bytes of the SHA-256 of its
// public key in DER, in hex.
func (i *Issuer) KeyID() string { return i.newest }

func keyID(k crypto.Signer) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return "", fmt.Errorf("credential: naming a key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8]), nil
}

// repeatable asks a signer for the deterministic signature: without a source
// of randomness Go's ECDSA follows RFC 6979.
type repeatable struct{ crypto.Signer }

func (r repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.Signer.Sign(nil, digest, opts)
}

func (i *Issuer) probe(id string) error {
	probe := (&Statement{ID: "probe"}).message([]byte(id))
	first, err := probe.Sign(i.signers[id])
	if err != nil {
		return fmt.Errorf("credential: trying the key %s: %w", id, err)
	}
	second, err := probe.Sign(i.signers[id])
	if err == nil && !bytes.Equal(first, second) {
		err = ErrNotRepeatable
	}
	return err
}

// A Draft is a statement ready to be signed, which it can be once.
type Draft struct {
	KeyID  string
	Digest []byte // SHA-256 of the bytes to be signed

	message cose.Unsigned
	key     crypto.Signer
	spent   atomic.Bool
}

// Prepare makes a draft under the key named, the newest where it is "".
// Nothing is signed yet: the caller first records what is about to be signed.
func (i *Issuer) Prepare(s Statement, keyID string) (*Draft, error) {
	if keyID == "" {
		keyID = i.newest
	}
	key, ok := i.signers[keyID]
	if !ok {
		return nil, fmt.Errorf("%w (%s)", ErrUnknownKey, keyID)
	}
	m := s.message([]byte(keyID))
	return &Draft{KeyID: keyID, Digest: digest(m), message: m, key: key}, nil
}

// ErrSpent is returned for a draft that was signed already.
var ErrSpent = errors.New("credential: this draft was signed already")

// Sign returns the signature, 64 bytes. It signs once.
func (d *Draft) Sign() ([]byte, error) {
	if d.spent.Swap(true) {
		return nil, ErrSpent
	}
	return d.message.Sign(d.key)
}

// Verify returns nil if the issuer's key of that name signed the statement.
func (i *Issuer) Verify(s Statement, keyID string, signature []byte) error {
	key, ok := i.signers[keyID]
	if !ok {
		return fmt.Errorf("%w (%s)", ErrUnknownKey, keyID)
	}
	document, err := cose.ParseSign1(Document(s, keyID, signature))
	if err != nil {
		return err
	}
	return document.Verify(key.Public(), nil)
}
