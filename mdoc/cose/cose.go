// Package cose reads and writes the COSE messages (RFC 9052) that mdocs, CWTs
// and trust lists use: COSE_Sign1, COSE_Mac0 and COSE_Key.
//
// Parsing is strict: the algorithm must stand in the protected header and
// nowhere else, no label may stand in both headers, and a critical header
// (label 2) is refused since none is understood. Other unknown headers are
// passed over. Certificates are returned as bytes; whether they are to be
// believed is for the caller. What was signed is taken as it was sent.
package cose

import (
	"fmt"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/rawsig"
)

// The faults of signatures and keys.
var (
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadKey       = rawsig.ErrBadKey

	// ErrBadMessage is returned for CBOR that is no COSE message.
	ErrBadMessage = fault.New(fault.Invalid, "bad_cose",
		"签名数据的结构不正确。", "The signed data does not have the structure of a COSE message.")
)

// Algorithm is a COSE algorithm identifier (IANA registry).
type Algorithm int64

// The algorithms that are understood. The fully specified ones of RFC 9864
// mean the same here, where every scheme is bound to its curve.
const (
	ES256   Algorithm = -7
	ES384   Algorithm = -35
	ES512   Algorithm = -36
	EdDSA   Algorithm = -8
	ESP256  Algorithm = -9
	ESP384  Algorithm = -51
	ESP512  Algorithm = -52
	Ed25519 Algorithm = -19
	HMAC256 Algorithm = 5 // HMAC 256/256
)

func (a Algorithm) String() string {
	switch a {
	case ESP256:
		return "ESP256"
	case ESP384:
		return "ESP384"
	case ESP512:
		return "ESP512"
	case EdDSA:
		return "EdDSA"
	case HMAC256:
		return "HMAC 256/256"
	}
	if s := a.scheme(); s != 0 {
		return s.String()
	}
	return fmt.Sprintf("COSE algorithm %d", int64(a))
}

func (a Algorithm) scheme() rawsig.Scheme {
	switch a {
	case ES256, ESP256:
		return rawsig.ES256
	case ES384, ESP384:
		return rawsig.ES384
	case ES512, ESP512:
		return rawsig.ES512
	case EdDSA, Ed25519:
		return rawsig.Ed25519
	}
	return 0
}

// AlgorithmOf returns the algorithm that a public key signs with.
func AlgorithmOf(key any) (Algorithm, error) {
	s, err := rawsig.For(key)
	return [...]Algorithm{0, ES256, ES384, ES512, EdDSA}[s], err
}

// Header labels.
const (
	labelAlg     = 1
	labelCrit    = 2
	labelContent = 3
	labelKeyID   = 4
	labelType    = 16 // RFC 9596
	labelX5Chain = 33 // RFC 9360
)

// Headers are the header parameters that the platform understands, from a
// protected or an unprotected header. Zero values are absent ones.
type Headers struct {
	Alg     Algorithm
	KeyID   []byte
	Type    string
	X5Chain [][]byte // DER, the signer's certificate first
}

// Append appends h as a map with its labels in ascending order.
func (h Headers) Append(b []byte) []byte {
	n := 0
	for _, present := range []bool{h.Alg != 0, h.KeyID != nil, h.Type != "", len(h.X5Chain) > 0} {
		if present {
			n++
		}
	}
	b = cbor.AppendMap(b, n)
	if h.Alg != 0 {
		b = cbor.AppendInt(cbor.AppendUint(b, labelAlg), int64(h.Alg))
	}
	if h.KeyID != nil {
		b = cbor.AppendBytes(cbor.AppendUint(b, labelKeyID), h.KeyID)
	}
	if h.Type != "" {
		b = cbor.AppendText(cbor.AppendUint(b, labelType), h.Type)
	}
	if len(h.X5Chain) > 0 {
		b = cbor.AppendUint(b, labelX5Chain)
		if len(h.X5Chain) > 1 {
			b = cbor.AppendArray(b, len(h.X5Chain))
		}
		for _, der := range h.X5Chain {
			b = cbor.AppendBytes(b, der)
		}
	}
	return b
}

// labels remembers which of the labels under 64 a header holds.
type labels uint64

func readHeaders(r *cbor.Reader) (h Headers, seen labels) {
	for range r.Map() {
		if r.Kind() == cbor.Text {
			r.TextBytes()
			r.Item()
			continue
		}
		label := r.Int()
		if label >= 0 && label < 64 {
			seen |= 1 << label
		}
		switch label {
		case labelAlg:
			h.Alg = Algorithm(r.Int())
		case labelCrit:
			r.Fail(fmt.Errorf("%w (a critical header is not understood)", ErrBadMessage))
		case labelKeyID:
			h.KeyID = r.Bytes()
		case labelType:
			h.Type = readType(r)
		case labelX5Chain:
			h.X5Chain = readChain(r)
		default:
			r.Item()
		}
	}
	return h, seen
}

// readType reads a content type; the registered numbers are of no use here.
func readType(r *cbor.Reader) string {
	if r.Kind() == cbor.Text {
		return r.Text()
	}
	r.Item()
	return ""
}

// maxChain bounds a certificate chain: a signer, and intermediates of lists.
const maxChain = 10

func readChain(r *cbor.Reader) [][]byte {
	if r.Kind() == cbor.Bytes {
		return [][]byte{r.Bytes()}
	}
	n := r.Array()
	if n == 0 || n > maxChain {
		r.Fail(fmt.Errorf("%w (a chain of %d certificates)", ErrBadMessage, n))
		return nil
	}
	chain := make([][]byte, 0, n)
	for range n {
		chain = append(chain, r.Bytes())
	}
	return chain
}

// message is what COSE_Sign1 and COSE_Mac0 have in common.
type message struct {
	Protected   Headers
	Unprotected Headers
	Payload     []byte // nil if it is detached

	protected []byte // as sent, which is what was signed
	proof     []byte // the signature or the authentication tag
}

// Tags of the messages; each may be absent where the context tells.
const (
	TagSign1 = 18
	TagMac0  = 17
)

func parse(b []byte, tag uint64) (m message, err error) {
	if err := cbor.Check(b); err != nil {
		return m, err
	}
	r := cbor.Read(b)
	if r.Kind() == cbor.Tag {
		r.Expect(tag)
	}
	if n := r.Array(); n != 4 {
		r.Fail(fmt.Errorf("%w (%d parts, not 4)", ErrBadMessage, n))
	}
	m.protected = r.Bytes()
	var seen, other labels
	if len(m.protected) > 0 {
		if err := cbor.Check(m.protected); err != nil {
			return m, err
		}
		p := cbor.Read(m.protected)
		m.Protected, seen = readHeaders(&p)
		r.Fail(p.Done())
	}
	m.Unprotected, other = readHeaders(&r)
	if !r.Null() {
		m.Payload = r.Bytes()
	}
	m.proof = r.Bytes()
	if err := r.Done(); err != nil {
		return m, badMessage(err)
	}
	return m, m.checkLabels(seen, other)
}

func badMessage(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	return fmt.Errorf("%w (%v)", ErrBadMessage, err)
}

func (m *message) checkLabels(protected, unprotected labels) error {
	switch {
	case unprotected&(1<<labelAlg) != 0:
		return fmt.Errorf("%w (the algorithm stands in the unprotected header)", ErrBadSignature)
	case protected&(1<<labelAlg) == 0:
		return fmt.Errorf("%w (no algorithm in the protected header)", ErrBadSignature)
	case protected&unprotected != 0:
		return fmt.Errorf("%w (a label stands in both headers)", ErrBadMessage)
	}
	return nil
}

// structure appends Sig_structure or MAC_structure (RFC 9052 §4.4, §6.3)
// without external data and up to the payload's own bytes, which follow it.
func structure(b []byte, context string, protected, payload []byte) []byte {
	b = cbor.AppendText(cbor.AppendArray(b, 4), context)
	b = cbor.AppendBytes(b, protected)
	b = cbor.AppendBytes(b, nil)
	return cbor.AppendHead(b, cbor.Bytes, uint64(len(payload)))
}

// appendMessage appends the four parts, without a tag.
func appendMessage(b, protected []byte, unprotected Headers, payload, proof []byte) []byte {
	b = cbor.AppendBytes(cbor.AppendArray(b, 4), protected)
	b = unprotected.Append(b)
	if payload == nil {
		b = cbor.AppendNull(b)
	} else {
		b = cbor.AppendBytes(b, payload)
	}
	return cbor.AppendBytes(b, proof)
}
