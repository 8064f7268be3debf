package cose

import (
	"crypto"
	"fmt"

	"edl/mdoc/cbor"
)

// Sign1 is a parsed COSE_Sign1. Slices are part of the bytes it came from.
type Sign1 struct{ message }

// ParseSign1 reads a COSE_Sign1, with or without its tag.
func ParseSign1(b []byte) (*Sign1, error) {
	m, err := parse(b, TagSign1)
	if err != nil {
		return nil, err
	}
	return &Sign1{m}, nil
}

// Signature returns the signature as it was sent.
func (s *Sign1) Signature() []byte { return s.proof }

// Verify returns nil if key made the signature over the payload, else an
// ErrBadSignature or ErrBadKey. A detached payload is passed as such; with an
// embedded one detached must be nil.
func (s *Sign1) Verify(key crypto.PublicKey, detached []byte) error {
	payload, err := s.payload(detached)
	if err != nil {
		return err
	}
	scheme := s.Protected.Alg.scheme()
	if scheme == 0 {
		return fmt.Errorf("%w (%s is not supported)", ErrBadSignature, s.Protected.Alg)
	}
	return scheme.Verify(key, s.proof, structure(make([]byte, 0, len(s.protected)+32), "Signature1", s.protected, payload), payload)
}

func (m *message) payload(detached []byte) ([]byte, error) {
	switch {
	case m.Payload == nil && detached == nil:
		return nil, fmt.Errorf("%w (the payload is missing)", ErrBadMessage)
	case m.Payload != nil && detached != nil:
		return nil, fmt.Errorf("%w (a payload where none belongs)", ErrBadMessage)
	case m.Payload != nil:
		return m.Payload, nil
	}
	return detached, nil
}

// Unsigned is a COSE_Sign1 before its signature.
type Unsigned struct {
	Protected   Headers
	Unprotected Headers
	Payload     []byte
	Detached    bool // the payload is signed but not sent
}

// ToSign returns the bytes that are signed (Sig_structure).
func (u Unsigned) ToSign() []byte {
	return append(u.structure(), u.Payload...)
}

func (u Unsigned) structure() []byte {
	return structure(make([]byte, 0, 64), "Signature1", u.Protected.Append(nil), u.Payload)
}

// Sign returns the signature by key, which must fit the protected algorithm.
func (u Unsigned) Sign(key crypto.Signer) ([]byte, error) {
	scheme := u.Protected.Alg.scheme()
	if scheme == 0 {
		return nil, fmt.Errorf("%w (%s is not supported)", ErrBadKey, u.Protected.Alg)
	}
	return scheme.Sign(key, u.structure(), u.Payload)
}

// Append appends the message with its signature, without a tag.
func (u Unsigned) Append(b, signature []byte) []byte {
	payload := u.Payload
	if u.Detached {
		payload = nil
	}
	return appendMessage(b, u.Protected.Append(nil), u.Unprotected, payload, signature)
}

// Tagged appends the message with its signature and its tag, 18.
func (u Unsigned) Tagged(b, signature []byte) []byte {
	return u.Append(cbor.AppendTag(b, TagSign1), signature)
}
