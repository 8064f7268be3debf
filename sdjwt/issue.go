package sdjwt

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"time"

	"edl/sdjwt/jws"
	"edl/statuslist"
)

// Hidden marks a member's value or an array's element as selectively
// disclosable. What it holds may hold further ones.
type Hidden struct{ Value any }

// Signer signs credentials: a key with its certificates, the signer's first
// and the root left out.
type Signer struct {
	key    crypto.Signer // nil where credentials are only rebuilt
	public crypto.PublicKey
	chain  [][]byte
}

// NewSigner returns a signer whose first certificate belongs to key. Without a
// key it can rebuild what was signed, but not sign.
func NewSigner(key crypto.Signer, chain ...*x509.Certificate) (*Signer, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w (a signer without certificate)", ErrBadKey)
	}
	s := &Signer{key: key, public: chain[0].PublicKey}
	if _, err := jws.AlgorithmOf(s.public); err != nil {
		return nil, err
	}
	if key != nil && !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(s.public) {
		return nil, fmt.Errorf("%w (the private key is not the certificate's)", ErrBadKey)
	}
	for _, c := range chain {
		s.chain = append(s.chain, c.Raw)
	}
	return s, nil
}

// Issuance is a JWT with selectively disclosable claims (RFC 9901).
type Issuance struct {
	Type   string         // typ of the header
	Claims map[string]any // JSON values, and Hidden ones
	Salts  io.Reader
}

// VC is a credential (SD-JWT VC). Times are in whole seconds; zero ones are
// left out.
type VC struct {
	Type      string // vct
	Issuer    string // empty: the certificate names the issuer
	IssuedAt  time.Time
	NotBefore time.Time
	Expires   time.Time
	Holder    crypto.PublicKey // nil: bound to no key
	Status    *statuslist.Reference
	Claims    map[string]any // of the person: JSON values, and Hidden ones
	Salts     io.Reader
}

// registered are the claims that are always disclosed (SD-JWT VC §3.2.2.2)
// and that only the fields of a VC set.
var registered = []string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"}

// Prepare makes all that is signed.
func (v VC) Prepare(signer *Signer) (*Prepared, error) {
	if v.Type == "" || v.Expires.IsZero() && v.Status == nil {
		return nil, fmt.Errorf("%w (no type, or neither an expiry nor a status)", ErrBadCredential)
	}
	claims := map[string]any{"vct": v.Type}
	for name, value := range v.Claims {
		if slices.Contains(registered, name) || name == "iat" {
			return nil, fmt.Errorf("%w (claim %s is set by a field)", ErrBadCredential, name)
		}
		claims[name] = value
	}
	if v.Issuer != "" {
		claims["iss"] = v.Issuer
	}
	for name, t := range map[string]time.Time{"iat": v.IssuedAt, "nbf": v.NotBefore, "exp": v.Expires} {
		if !t.IsZero() {
			claims[name] = t.Unix()
		}
	}
	if v.Holder != nil {
		key, err := jws.JWK(v.Holder)
		if err != nil {
			return nil, err
		}
		claims["cnf"] = map[string]any{"jwk": key}
	}
	if v.Status != nil {
		claims["status"] = v.Status.JSON()
	}
	return Issuance{Type: TypeVC, Claims: claims, Salts: v.Salts}.Prepare(signer)
}

// Prepared is a credential that is complete but for its signature.
type Prepared struct {
	signer      *Signer
	input       []byte // header and payload, encoded
	disclosures [][]byte
}

// Prepare makes all that is signed. It refuses the claim names that the format
// keeps to itself.
func (i Issuance) Prepare(signer *Signer) (*Prepared, error) {
	b := &builder{salts: i.Salts}
	payload, err := b.object(i.Claims)
	if err != nil {
		return nil, err
	}
	if _, ok := payload["_sd_alg"]; ok {
		return nil, fmt.Errorf("%w (claim _sd_alg)", ErrBadCredential)
	}
	if len(b.disclosures) > 0 {
		payload["_sd_alg"] = defaultHash
	}
	if len(b.disclosures) > MaxDisclosures {
		return nil, fmt.Errorf("%w (%d disclosures)", ErrTooLarge, len(b.disclosures))
	}
	encoded, err := appendJSON(nil, payload)
	if err != nil {
		return nil, fmt.Errorf("encoding the claims: %w", err)
	}
	input, err := jws.Input(signer.public, jws.Header{Typ: i.Type, X5C: signer.chain}, encoded)
	if err != nil {
		return nil, err
	}
	return &Prepared{signer, input, b.disclosures}, nil
}

// builder replaces Hidden values by digests and collects their disclosures.
type builder struct {
	salts       io.Reader
	disclosures [][]byte
	scratch     []byte
}

func (b *builder) value(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return b.object(v)
	case []any:
		return b.array(v)
	case Hidden:
		return nil, fmt.Errorf("%w (a hidden value in a hidden value)", ErrBadCredential)
	}
	return v, nil
}

// object takes members in the order of their names, so that the same claims
// take the same salts.
func (b *builder) object(m map[string]any) (map[string]any, error) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make(map[string]any, len(m))
	var digests []string
	for _, name := range names {
		if reservedName(name) {
			return nil, fmt.Errorf("%w (claim name %q)", ErrBadCredential, name)
		}
		if h, ok := m[name].(Hidden); ok {
			digest, err := b.hide(name, h.Value)
			if err != nil {
				return nil, err
			}
			digests = append(digests, digest)
			continue
		}
		v, err := b.value(m[name])
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	if len(digests) > 0 {
		slices.Sort(digests) // an order that tells nothing (RFC 9901 §4.2.4.1)
		out["_sd"] = digests
	}
	return out, nil
}

func reservedName(name string) bool { return name == "_sd" || name == "..." }

func (b *builder) array(list []any) ([]any, error) {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if h, ok := item.(Hidden); ok {
			digest, err := b.hide("", h.Value)
			if err != nil {
				return nil, err
			}
			out = append(out, map[string]any{"...": digest})
			continue
		}
		v, err := b.value(item)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// hide makes the disclosure of a member, or of an element if name is empty,
// and returns its digest.
func (b *builder) hide(name string, v any) (string, error) {
	v, err := b.value(v)
	if err != nil {
		return "", err
	}
	var salt [saltSize]byte
	if b.salts == nil {
		return "", fmt.Errorf("%w (no salts)", ErrBadCredential)
	}
	if _, err := io.ReadFull(b.salts, salt[:]); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	b.scratch = append(b.scratch[:0], `["`...)
	b.scratch = append(base64.RawURLEncoding.AppendEncode(b.scratch, salt[:]), `",`...)
	if name != "" {
		b.scratch = append(appendString(b.scratch, name), ',')
	}
	if b.scratch, err = appendJSON(b.scratch, v); err != nil {
		return "", fmt.Errorf("encoding claim %q: %w", name, err)
	}
	disclosure := base64.RawURLEncoding.AppendEncode(nil, append(b.scratch, ']'))
	b.disclosures = append(b.disclosures, disclosure)
	return base64.RawURLEncoding.EncodeToString(hashes[defaultHash](disclosure)), nil
}

// Sign signs. The caller sees to it that a credential is signed once and keeps
// the signature, from which SDJWT rebuilds the credential.
func (p *Prepared) Sign() ([]byte, error) {
	if p.signer.key == nil {
		return nil, fmt.Errorf("%w (this signer has no private key)", ErrBadKey)
	}
	return jws.SignInput(p.signer.key, p.input)
}

// Verify returns nil if signature is one of this credential by its signer.
func (p *Prepared) Verify(signature []byte) error {
	t, err := jws.Parse(jws.Compact(p.input, signature))
	if err != nil {
		return err
	}
	return t.Verify(p.signer.public)
}

// SDJWT returns the credential with its signature and all disclosures: what
// the holder is given. The same Prepared and signature give the same bytes.
func (p *Prepared) SDJWT(signature []byte) []byte {
	token := jws.Compact(p.input, signature)
	size := len(token) + 1
	for _, d := range p.disclosures {
		size += len(d) + 1
	}
	out := append(append(make([]byte, 0, size), token...), '~')
	for _, d := range p.disclosures {
		out = append(append(out, d...), '~')
	}
	return out
}

// ToSign returns the bytes that are signed.
func (p *Prepared) ToSign() []byte { return p.input }
