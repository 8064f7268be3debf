// Package jwe encrypts and decrypts the responses of wallets: compact JSON Web
// Encryption (RFC 7516) with ECDH-ES in direct agreement on P-256 and AES-GCM
// (RFC 7518 §4.6, §5.3), which is what OpenID4VP with HAIP uses.
//
// Nothing else exists here: no compression, which would let a small message
// become a large one, no passwords, whose cost the sender chooses, no key
// wrapping, no RSA. A header that asks for any of it is ErrUnsupported before a
// key is touched. The key is chosen by the caller by its identifier; epk must
// be a point of the curve.
package jwe

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"edl/internal/fault"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

// The faults of the package.
var (
	ErrBadToken = jws.ErrBadToken
	ErrBadKey   = jws.ErrBadKey

	ErrUnsupported = fault.New(fault.Unsupported, "unsupported",
		"加密方式不受支持。", "The way of encryption is not supported.")
	ErrUndecryptable = fault.New(fault.Invalid, "undecryptable",
		"加密内容无法解密，请重新出示。", "The encrypted content cannot be decrypted; show it again.")
	ErrTooLarge = fault.New(fault.TooLarge, "too_large",
		"数据过大。", "The data is too large.")
)

// MaxSize is the longest message that is read, in bytes.
const MaxSize = 4 << 20

// Encryption is a content encryption algorithm.
type Encryption string

// The algorithms that HAIP wants verifiers to support.
const (
	A128GCM Encryption = "A128GCM"
	A256GCM Encryption = "A256GCM"
)

func (e Encryption) keySize() int {
	switch e {
	case A128GCM:
		return 16
	case A256GCM:
		return 32
	}
	return 0
}

const algorithm = "ECDH-ES"

// Header is the protected header of a message.
type Header struct {
	Enc Encryption
	Kid string
	APU []byte // what both sides bind the key to, such as the mdoc's nonce
	APV []byte
}

var encoding = base64.RawURLEncoding.Strict()

// Encrypt encrypts to the holder of a P-256 key. Only the fields of h are sent.
func Encrypt(h Header, to *ecdh.PublicKey, plain []byte) ([]byte, error) {
	if h.Enc.keySize() == 0 || to.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("%w (%s with a key that may not be on P-256)", ErrUnsupported, h.Enc)
	}
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	header, err := h.encode(own.PublicKey())
	if err != nil {
		return nil, err
	}
	aead, err := h.aead(own, to)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, aead.NonceSize())
	if _, err := rand.Read(iv); err != nil {
		return nil, err
	}
	out := encoding.AppendEncode(nil, header)
	sealed := aead.Seal(nil, iv, plain, out) // the encoded header is authenticated too
	end := len(sealed) - aead.Overhead()
	out = encoding.AppendEncode(append(out, '.', '.'), iv) // between the dots an empty encrypted key
	out = encoding.AppendEncode(append(out, '.'), sealed[:end])
	return encoding.AppendEncode(append(out, '.'), sealed[end:]), nil
}

func (h Header) encode(epk *ecdh.PublicKey) ([]byte, error) {
	point := epk.Bytes()
	m := map[string]any{"alg": algorithm, "enc": string(h.Enc), "epk": map[string]string{"kty": "EC", "crv": "P-256",
		"x": encoding.EncodeToString(point[1:33]), "y": encoding.EncodeToString(point[33:])}}
	for name, v := range map[string][]byte{"apu": h.APU, "apv": h.APV} {
		if v != nil {
			m[name] = encoding.EncodeToString(v)
		}
	}
	if h.Kid != "" {
		m["kid"] = h.Kid
	}
	return json.Marshal(m)
}

// aead derives the content key by the Concat KDF (RFC 7518 §4.6.2).
func (h Header) aead(own *ecdh.PrivateKey, other *ecdh.PublicKey) (cipher.AEAD, error) {
	shared, err := own.ECDH(other)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	size := h.Enc.keySize()
	in := append(binary.BigEndian.AppendUint32(nil, 1), shared...)
	for _, part := range [][]byte{[]byte(h.Enc), h.APU, h.APV} {
		in = append(binary.BigEndian.AppendUint32(in, uint32(len(part))), part...)
	}
	in = binary.BigEndian.AppendUint32(in, uint32(8*size))
	key := sha256.Sum256(in)
	block, err := aes.NewCipher(key[:size])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Message is a parsed message.
type Message struct {
	Header  Header
	epk     *ecdh.PublicKey
	aad     []byte // the header as sent
	iv      []byte
	content []byte // with its authentication tag
}

// Parse reads a compact message. Nothing is decrypted.
func Parse(compact []byte) (*Message, error) {
	if len(compact) > MaxSize {
		return nil, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(compact), MaxSize)
	}
	if n := bytes.Count(compact, []byte{'.'}); n != 4 {
		return nil, fmt.Errorf("%w (%d parts, not 5)", ErrBadToken, n+1)
	}
	parts := bytes.Split(compact, []byte{'.'})
	m := &Message{aad: parts[0]}
	header, err := jws.Decode(parts[0])
	if err != nil {
		return nil, err
	}
	if err := m.readHeader(header); err != nil {
		return nil, err
	}
	if len(parts[1]) > 0 {
		return nil, fmt.Errorf("%w (an encrypted key)", ErrUnsupported)
	}
	const ivSize, tagSize = 12, 16
	if m.iv, err = jws.Decode(parts[2]); err != nil || len(m.iv) != ivSize {
		return nil, fmt.Errorf("%w (an IV of %d bytes: %v)", ErrBadToken, len(m.iv), err)
	}
	if m.content, err = jws.Decode(parts[3]); err != nil {
		return nil, err
	}
	tag, err := jws.Decode(parts[4])
	if err != nil || len(tag) != tagSize {
		return nil, fmt.Errorf("%w (an authentication tag of %d bytes: %v)", ErrBadToken, len(tag), err)
	}
	m.content = append(m.content, tag...)
	return m, nil
}

func (m *Message) readHeader(b []byte) error {
	all, err := strictjson.Object(b)
	if err != nil {
		return fmt.Errorf("%w (header: %w)", ErrBadToken, err)
	}
	for _, forbidden := range []string{"zip", "crit", "p2c", "p2s"} {
		if _, ok := all[forbidden]; ok {
			return fmt.Errorf("%w (header parameter %s)", ErrUnsupported, forbidden)
		}
	}
	enc, _ := all["enc"].(string)
	if m.Header.Enc = Encryption(enc); all["alg"] != algorithm || m.Header.Enc.keySize() == 0 {
		return fmt.Errorf("%w (alg %v, enc %v)", ErrUnsupported, all["alg"], all["enc"])
	}
	for name, field := range map[string]*[]byte{"apu": &m.Header.APU, "apv": &m.Header.APV} {
		if v, ok := all[name]; ok {
			s, _ := v.(string)
			if *field, err = jws.Decode([]byte(s)); err != nil || s == "" {
				return fmt.Errorf("%w (header parameter %s)", ErrBadToken, name)
			}
		}
	}
	if v, ok := all["kid"]; ok {
		if m.Header.Kid, ok = v.(string); !ok {
			return fmt.Errorf("%w (header parameter kid)", ErrBadToken)
		}
	}
	epk, _ := all["epk"].(map[string]any)
	key, err := jws.ParseJWK(epk)
	if err != nil {
		return err
	}
	if ec, ok := key.(*ecdsa.PublicKey); ok {
		if m.epk, err = ec.ECDH(); err == nil && m.epk.Curve() == ecdh.P256() {
			return nil
		}
	}
	return fmt.Errorf("%w (epk is not on P-256)", ErrUnsupported)
}

// Decrypt decrypts with the key that the header's identifier names. What it
// cannot decrypt is an ErrUndecryptable.
func (m *Message) Decrypt(key *ecdh.PrivateKey) ([]byte, error) {
	if key.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("%w (the key is not on P-256)", ErrUnsupported)
	}
	aead, err := m.Header.aead(key, m.epk)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, m.iv, m.content, m.aad)
	if err != nil {
		return nil, fmt.Errorf("%w (AES-GCM)", ErrUndecryptable)
	}
	return plain, nil
}
