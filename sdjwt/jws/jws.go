// Package jws signs and verifies compact JSON Web Signatures (RFC 7515), with
// the algorithms and the habits of this platform alone.
//
// The algorithms are ES256, ES384, ES512 and EdDSA, each bound to its curve;
// "none" and symmetric ones do not exist here, so a public key can never serve
// as a secret. The key comes from the caller: jku, x5u, jwk and kid in a header
// are what the sender says, nothing is fetched, and x5c is returned as bytes.
// Headers with crit or b64 are refused, since no extension is understood.
// Base64url is read without padding, line breaks or spare bits, and JSON as
// package strictjson reads it.
package jws

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
	"edl/sdjwt/strictjson"
)

// The faults of tokens.
var (
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadKey       = rawsig.ErrBadKey

	// ErrBadToken is returned for text that is no token of the kind expected.
	ErrBadToken = fault.New(fault.Invalid, "bad_jwt",
		"令牌格式错误。", "The token does not have the form of a signed JWT.")
)

// Header is the protected header of a token.
type Header struct {
	Alg string
	Typ string
	Kid string
	X5C [][]byte       // DER, the signer's certificate first
	All map[string]any // every parameter, as read
}

// Token is a parsed JWS. Slices are part of the bytes it came from.
type Token struct {
	Header    Header
	Payload   []byte // decoded
	Encoded   []byte // the payload as sent
	signed    []byte // header, dot, payload, as sent
	signature []byte
}

// Parse reads a compact JWS. Nothing is verified. The limit on the size is the
// caller's.
func Parse(compact []byte) (*Token, error) {
	t, err := ParseEncoded(compact)
	if err != nil {
		return nil, err
	}
	t.Payload, err = Decode(t.Encoded)
	return t, err
}

// ParseEncoded is Parse for large payloads: it leaves the payload encoded.
func ParseEncoded(compact []byte) (*Token, error) {
	first := bytes.IndexByte(compact, '.')
	last := bytes.LastIndexByte(compact, '.')
	if first < 0 || first == last || bytes.IndexByte(compact[first+1:last], '.') >= 0 {
		return nil, fmt.Errorf("%w (not three parts)", ErrBadToken)
	}
	t := &Token{Encoded: compact[first+1 : last], signed: compact[:last]}
	header, err := Decode(compact[:first])
	if err != nil {
		return nil, err
	}
	if t.signature, err = Decode(compact[last+1:]); err != nil {
		return nil, err
	}
	t.Header, err = ParseHeader(header)
	return t, err
}

var encoding = base64.RawURLEncoding.Strict()

// Decode reads base64url without padding, line breaks or spare bits.
func Decode(s []byte) ([]byte, error) {
	b := make([]byte, encoding.DecodedLen(len(s)))
	if err := DecodeInto(b, s); err != nil {
		return nil, err
	}
	return b, nil
}

// DecodeInto reads base64url into a slice of exactly the decoded length.
func DecodeInto(b, s []byte) error {
	if bytes.ContainsAny(s, "\r\n") {
		return fmt.Errorf("%w (a line break in base64url)", ErrBadToken)
	}
	if len(b) != encoding.DecodedLen(len(s)) {
		return fmt.Errorf("%w (bad length of base64url)", ErrBadToken)
	}
	if _, err := encoding.Decode(b, s); err != nil {
		return fmt.Errorf("%w (%v)", ErrBadToken, err)
	}
	return nil
}

// ParseHeader reads the JSON of a protected header.
func ParseHeader(b []byte) (Header, error) {
	all, err := strictjson.Object(b)
	if err != nil {
		return Header{}, fmt.Errorf("%w (header: %w)", ErrBadToken, err)
	}
	h := Header{All: all}
	for _, forbidden := range []string{"crit", "b64"} {
		if _, ok := all[forbidden]; ok {
			return h, fmt.Errorf("%w (header parameter %s is not understood)", ErrBadToken, forbidden)
		}
	}
	for name, field := range map[string]*string{"alg": &h.Alg, "typ": &h.Typ, "kid": &h.Kid} {
		if v, ok := all[name]; ok {
			if *field, ok = v.(string); !ok {
				return h, fmt.Errorf("%w (header parameter %s is no text)", ErrBadToken, name)
			}
		}
	}
	if v, ok := all["x5c"]; ok {
		h.X5C, err = readChain(v)
	}
	return h, err
}

// maxChain bounds a certificate chain.
const maxChain = 10

// readChain reads x5c: certificates in base64, not base64url (RFC 7515 §4.1.6).
func readChain(v any) ([][]byte, error) {
	list, _ := v.([]any)
	if len(list) == 0 || len(list) > maxChain {
		return nil, fmt.Errorf("%w (x5c of %d certificates)", ErrBadToken, len(list))
	}
	chain := make([][]byte, 0, len(list))
	for _, item := range list {
		s, _ := item.(string)
		der, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || len(der) == 0 {
			return nil, fmt.Errorf("%w (x5c holds no certificates)", ErrBadToken)
		}
		chain = append(chain, der)
	}
	return chain, nil
}

func scheme(alg string) rawsig.Scheme {
	switch alg {
	case "ES256":
		return rawsig.ES256
	case "ES384":
		return rawsig.ES384
	case "ES512":
		return rawsig.ES512
	case "EdDSA", "Ed25519":
		return rawsig.Ed25519
	}
	return 0
}

// AlgorithmOf returns the algorithm that a public key signs with.
func AlgorithmOf(key crypto.PublicKey) (string, error) {
	s, err := rawsig.For(key)
	return [...]string{"", "ES256", "ES384", "ES512", "EdDSA"}[s], err
}

// Verify returns nil if key made the signature, else an ErrBadSignature or an
// ErrBadKey.
func (t *Token) Verify(key crypto.PublicKey) error {
	s := scheme(t.Header.Alg)
	if s == 0 {
		return fmt.Errorf("%w (algorithm %q is not accepted)", ErrBadSignature, t.Header.Alg)
	}
	return s.Verify(key, t.signature, t.signed)
}

// Sign signs a payload. The algorithm is that of the key; All adds parameters
// and may not hold the ones that have fields.
func Sign(key crypto.Signer, h Header, payload []byte) ([]byte, error) {
	input, err := Input(key.Public(), h, payload)
	if err != nil {
		return nil, err
	}
	sig, err := SignInput(key, input)
	if err != nil {
		return nil, err
	}
	return Compact(input, sig), nil
}

// Input returns what is signed: the encoded header, a dot and the encoded
// payload. It depends on its arguments alone.
func Input(key crypto.PublicKey, h Header, payload []byte) ([]byte, error) {
	alg, err := AlgorithmOf(key)
	if err != nil {
		return nil, err
	}
	all := map[string]any{"alg": alg}
	for name, v := range h.All {
		all[name] = v
	}
	if h.Typ != "" {
		all["typ"] = h.Typ
	}
	if h.Kid != "" {
		all["kid"] = h.Kid
	}
	if len(h.X5C) > 0 {
		all["x5c"] = h.X5C // []byte becomes base64, as x5c wants it
	}
	if all["alg"] != alg {
		return nil, fmt.Errorf("%w (alg %v with a key of %s)", ErrBadKey, all["alg"], alg)
	}
	header, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	const room = 192 // for a dot and the longest signature
	size := encoding.EncodedLen(len(header)) + encoding.EncodedLen(len(payload)) + room
	input := encoding.AppendEncode(make([]byte, 0, size), header)
	return encoding.AppendEncode(append(input, '.'), payload), nil
}

// SignInput returns the signature of what Input returned.
func SignInput(key crypto.Signer, input []byte) ([]byte, error) {
	s, err := rawsig.For(key.Public())
	if err != nil {
		return nil, err
	}
	sig, err := s.Sign(key, input)
	if err != nil {
		return nil, fmt.Errorf("signing a token: %w", err)
	}
	return sig, nil
}

// Compact returns the token of an input and its signature.
func Compact(input, sig []byte) []byte {
	out := append(make([]byte, 0, len(input)+1+encoding.EncodedLen(len(sig))), input...)
	return encoding.AppendEncode(append(out, '.'), sig)
}
