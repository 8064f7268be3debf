package livecode

import (
	"crypto"
	"crypto/ecdsa"

	"edl/mdoc/rawsig"
)

const signatureSize = 64 // ES256: r and s, 32 bytes each (RFC 9053, 2.1)

// es256Header is the encoded protected header {1: -7}.
const es256Header = "\xa1\x01\x26"

// A sign1 is a tagged COSE_Sign1 (RFC 9052, 4.2), as it came.
type sign1 struct {
	protected []byte // the encoded protected header
	plain     bool   // the unprotected header is empty, as it must be
	payload   []byte
	signature []byte // not verified
}

func (r *reader) sign1() sign1 { return r.sign1Within(MaxText) }

// sign1Within takes one whose payload is at most so many bytes.
func (r *reader) sign1Within(limit int) (s sign1) {
	r.literal("\xd2\x84") // 18([
	s.protected = r.bytes(0, MaxText)
	s.plain = r.emptyMap()
	s.payload = r.bytes(0, limit)
	s.signature = r.bytes(0, MaxText)
	return s
}

func (s sign1) appendTo(dst []byte) []byte {
	dst = append(dst, "\xd2\x84"...)
	dst = appendBytes(dst, s.protected)
	dst = append(dst, 0xa0) // {}
	dst = appendBytes(dst, s.payload)
	return appendBytes(dst, s.signature)
}

// notES256 tells what is wrong with headers other than those that are allowed:
// a header that is no CBOR, or another algorithm, or one stated unsigned.
func (s sign1) notES256() error {
	if len(s.protected) > 0 && !deterministic(s.protected) {
		return ErrBadCBOR
	}
	return ErrBadSignature
}

// toBeSigned returns the Sig_structure of RFC 9052, 4.4, without external data.
func (s sign1) toBeSigned() []byte {
	b := make([]byte, 0, 32+len(s.protected)+len(s.payload))
	b = append(b, "\x84\x6aSignature1"...)
	b = appendBytes(b, s.protected)
	b = appendBytes(b, nil)
	return appendBytes(b, s.payload)
}

func (s sign1) verify(key *ecdsa.PublicKey) error {
	if key == nil || rawsig.ES256.Verify(key, s.signature, s.toBeSigned()) != nil {
		return ErrBadSignature
	}
	return nil
}

// sign sets the signature.
func (s *sign1) sign(key crypto.Signer) (err error) {
	s.signature, err = rawsig.ES256.Sign(key, s.toBeSigned())
	return err
}
