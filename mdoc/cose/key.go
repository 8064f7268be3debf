package cose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"fmt"

	"edl/mdoc/cbor"
	"edl/mdoc/rawsig"
)

// COSE_Key labels and values (RFC 9053 §7).
const (
	keyType = 1
	keyCrv  = -1
	keyX    = -2
	keyY    = -3
	keyD    = -4 // the private part: never accepted

	typeOKP = 1
	typeEC2 = 2

	crvP256    = 1
	crvP384    = 2
	crvP521    = 3
	crvX25519  = 4
	crvEd25519 = 6
)

// ReadKey reads a COSE_Key that holds a public key: *ecdsa.PublicKey on P-256,
// P-384 or P-521, ed25519.PublicKey, or *ecdh.PublicKey on X25519. Points are
// uncompressed and on their curve; the rest is an ErrBadKey.
func ReadKey(r *cbor.Reader) (crypto.PublicKey, error) {
	var kty, crv int64
	var x, y []byte
	for range r.Map() {
		if r.Kind() == cbor.Text {
			r.TextBytes()
			r.Item()
			continue
		}
		switch r.Int() {
		case keyType:
			kty = r.Int()
		case keyCrv:
			crv = r.Int()
		case keyX:
			x = r.Bytes()
		case keyY:
			y = r.Bytes()
		case keyD:
			r.Fail(fmt.Errorf("%w (a private key)", ErrBadKey))
		default:
			r.Item()
		}
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	return publicKey(kty, crv, x, y)
}

func publicKey(kty, crv int64, x, y []byte) (crypto.PublicKey, error) {
	switch {
	case kty == typeEC2 && crv >= crvP256 && crv <= crvP521:
		key, err := schemeOf(crv).Point(x, y)
		if err != nil {
			return nil, err
		}
		return key, nil
	case kty == typeOKP && crv == crvEd25519 && len(x) == ed25519.PublicKeySize && y == nil:
		return ed25519.PublicKey(x), nil
	case kty == typeOKP && crv == crvX25519 && y == nil:
		key, err := ecdh.X25519().NewPublicKey(x)
		if err != nil {
			return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w (key type %d, curve %d)", ErrBadKey, kty, crv)
}

func schemeOf(crv int64) rawsig.Scheme {
	return [...]rawsig.Scheme{crvP256: rawsig.ES256, crvP384: rawsig.ES384, crvP521: rawsig.ES512}[crv]
}

// ParseKey reads bytes that are one COSE_Key.
func ParseKey(b []byte) (crypto.PublicKey, error) {
	if err := cbor.Check(b); err != nil {
		return nil, err
	}
	r := cbor.Read(b)
	key, err := ReadKey(&r)
	if err != nil {
		return nil, err
	}
	return key, r.Done()
}

// AppendKey appends a public key of the kinds that ReadKey returns, or an
// *ecdh.PublicKey of a NIST curve, as a COSE_Key.
func AppendKey(b []byte, key crypto.PublicKey) ([]byte, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		scheme, err := rawsig.For(key)
		if err != nil {
			return nil, err
		}
		x, y, err := rawsig.Coordinates(key)
		if err != nil {
			return nil, err
		}
		return appendEC2(b, int64(scheme-rawsig.ES256)+crvP256, x, y), nil
	case ed25519.PublicKey:
		return appendOKP(b, crvEd25519, key), nil
	case *ecdh.PublicKey:
		switch point := key.Bytes(); key.Curve() {
		case ecdh.X25519():
			return appendOKP(b, crvX25519, point), nil
		case ecdh.P256():
			return appendEC2(b, crvP256, point[1:33], point[33:]), nil
		case ecdh.P384():
			return appendEC2(b, crvP384, point[1:49], point[49:]), nil
		case ecdh.P521():
			return appendEC2(b, crvP521, point[1:67], point[67:]), nil
		}
	}
	return nil, fmt.Errorf("%w (%T)", ErrBadKey, key)
}

func appendEC2(b []byte, crv int64, x, y []byte) []byte {
	b = cbor.AppendUint(cbor.AppendUint(cbor.AppendMap(b, 4), keyType), typeEC2)
	b = cbor.AppendInt(cbor.AppendInt(b, keyCrv), crv)
	b = cbor.AppendBytes(cbor.AppendInt(b, keyX), x)
	return cbor.AppendBytes(cbor.AppendInt(b, keyY), y)
}

func appendOKP(b []byte, crv int64, x []byte) []byte {
	b = cbor.AppendUint(cbor.AppendUint(cbor.AppendMap(b, 3), keyType), typeOKP)
	b = cbor.AppendInt(cbor.AppendInt(b, keyCrv), crv)
	return cbor.AppendBytes(cbor.AppendInt(b, keyX), x)
}
