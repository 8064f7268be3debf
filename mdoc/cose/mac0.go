package cose

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// Mac0 is a parsed COSE_Mac0. Slices are part of the bytes it came from.
type Mac0 struct{ message }

// ParseMac0 reads a COSE_Mac0, with or without its tag.
func ParseMac0(b []byte) (*Mac0, error) {
	m, err := parse(b, TagMac0)
	if err != nil {
		return nil, err
	}
	return &Mac0{m}, nil
}

// Verify returns nil if the tag is that of the payload under key, with HMAC
// 256/256, else an ErrBadSignature. Detached is as for Sign1.Verify.
func (m *Mac0) Verify(key, detached []byte) error {
	payload, err := m.payload(detached)
	if err != nil {
		return err
	}
	if m.Protected.Alg != HMAC256 {
		return fmt.Errorf("%w (%s is not supported)", ErrBadSignature, m.Protected.Alg)
	}
	if !hmac.Equal(m.proof, mac(key, m.protected, payload)) {
		return fmt.Errorf("%w (the authentication tag is another)", ErrBadSignature)
	}
	return nil
}

// AppendMac0 appends the untagged COSE_Mac0 of a detached payload under key.
func AppendMac0(b, key, payload []byte) []byte {
	protected := Headers{Alg: HMAC256}.Append(nil)
	return appendMessage(b, protected, Headers{}, nil, mac(key, protected, payload))
}

func mac(key, protected, payload []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(structure(make([]byte, 0, 64), "MAC0", protected, payload))
	h.Write(payload)
	return h.Sum(nil)
}
