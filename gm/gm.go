// Package gm is the platform's use of China's national cryptography: SM2
// signatures with SM3 (GB/T 32918, GB/T 32905), keys, and X.509 certificates
// and chains of them, over github.com/emmansun/gmsm.
//
// SM2 signs what stays in the country: the electronic seal and the bundle of
// roots and lists for terminals. Credentials for wallets elsewhere are ES256
// alone, since COSE and JOSE have registered no SM2 and ISO/IEC 18013-5
// permits no such curve.
//
// Guarantees: the signed hash begins with ZA over the default user identifier
// 1234567812345678, so that a signature is of one key and never of a bare
// digest; signatures are DER in its one form; a chain ends in a trusted root,
// every link of it is SM2 with SM3, within its time and not revoked, and
// Trust.Verify returns the steps with their clauses.
//
// Left out: SM2 encryption and key exchange, SM4, SM9, TLS (RFC 8998), and the
// containers of GB/T 38540 seals and OFD.
package gm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
)

// The faults of the package.
var (
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadKey       = rawsig.ErrBadKey

	ErrBadCertificate = fault.New(fault.Invalid, "bad_certificate",
		"国密证书不符合要求的格式。", "The SM2 certificate does not meet its profile.")
	ErrUntrustedIssuer = fault.New(fault.Invalid, "untrusted_issuer",
		"国密证书不受信任。", "The SM2 certificate is not trusted.")
)

// DefaultID is the user identifier of GB/T 35276 §10, which certificates and
// this platform use.
const DefaultID = "1234567812345678"

// SM3 returns the hash of a message (GB/T 32905).
func SM3(message []byte) [sm3.Size]byte { return sm3.Sum(message) }

// GenerateKey draws a private key.
func GenerateKey() (*sm2.PrivateKey, error) { return sm2.GenerateKey(rand.Reader) }

// PublicKey returns key as an SM2 public key, or an ErrBadKey: a key on
// another curve, or no point of it.
func PublicKey(key crypto.PublicKey) (*ecdsa.PublicKey, error) {
	k, ok := key.(*ecdsa.PublicKey)
	if !ok || k == nil || !sm2.IsSM2PublicKey(k) {
		return nil, fmt.Errorf("%w (no SM2 key: %T)", ErrBadKey, key)
	}
	return k, nil
}

// ParsePublicKey reads an uncompressed point, 0x04 || x || y.
func ParsePublicKey(point []byte) (*ecdsa.PublicKey, error) {
	// the library takes a compressed point too, and then loses its y
	if len(point) != 65 || point[0] != 4 {
		return nil, fmt.Errorf("%w (no uncompressed point)", ErrBadKey)
	}
	k, err := sm2.ParseUncompressedPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("%w (not a point of the SM2 curve)", ErrBadKey)
	}
	return k, nil
}

// MarshalPublicKey returns the uncompressed point of a key.
func MarshalPublicKey(key crypto.PublicKey) ([]byte, error) {
	k, err := PublicKey(key)
	if err != nil {
		return nil, err
	}
	point, err := sm2.PublicKeyToECDH(k)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	return point.Bytes(), nil
}

// MarshalKey returns a private key in PKCS #8, to be sealed by the caller.
func MarshalKey(key *sm2.PrivateKey) ([]byte, error) { return smx509.MarshalPKCS8PrivateKey(key) }

// ParseKey reads a private key in PKCS #8.
func ParseKey(der []byte) (*sm2.PrivateKey, error) {
	k, err := smx509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w (PKCS #8)", ErrBadKey) // the library's error could quote the key
	}
	key, ok := k.(*sm2.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w (no SM2 key: %T)", ErrBadKey, k)
	}
	return key, nil
}

// Digest returns e = SM3(ZA || message), which an SM2 signature is over.
func Digest(key crypto.PublicKey, message []byte) ([]byte, error) {
	k, err := PublicKey(key)
	if err != nil {
		return nil, err
	}
	return sm2.CalculateSM2Hash(k, message, []byte(DefaultID))
}

// hashed tells a crypto.Signer that it is given e, not the message.
var hashed = sm2.NewSM2SignerOption(false, nil)

// Sign returns the DER signature of a message. The key is one of this package
// or of a device that signs a digest of 32 bytes as it is.
func Sign(key crypto.Signer, message []byte) ([]byte, error) {
	e, err := Digest(key.Public(), message)
	if err != nil {
		return nil, err
	}
	sig, err := key.Sign(rand.Reader, e, hashed)
	if err != nil {
		return nil, fmt.Errorf("signing with SM2: %w", err)
	}
	return sig, nil
}

// Verify returns nil if sig is a signature of message by key, else an
// ErrBadSignature, or an ErrBadKey if the key is no SM2 key.
func Verify(key crypto.PublicKey, message, sig []byte) error {
	e, err := Digest(key, message)
	if err != nil {
		return err
	}
	if !isDER(sig) {
		return fmt.Errorf("%w (not DER)", ErrBadSignature)
	}
	if !sm2.VerifyASN1(key.(*ecdsa.PublicKey), e, sig) {
		return fmt.Errorf("%w: %w", ErrBadSignature, rawsig.ErrMismatch)
	}
	return nil
}

// isDER reports whether sig is SEQUENCE { r, s } of positive numbers in their
// shortest form and nothing more.
func isDER(sig []byte) bool {
	in := cryptobyte.String(sig)
	var seq cryptobyte.String
	var r, s []byte
	return in.ReadASN1(&seq, asn1.SEQUENCE) && in.Empty() &&
		seq.ReadASN1Integer(&r) && seq.ReadASN1Integer(&s) && seq.Empty()
}
