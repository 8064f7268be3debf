package sdjwt

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

// SDJWT is a parsed SD-JWT. Slices are part of the bytes it came from.
type SDJWT struct {
	JWT         *jws.Token
	Disclosures []Disclosure
	KeyBinding  []byte         // the key binding JWT; nil if there is none
	claims      map[string]any // the payload, as signed
	signed      []byte         // all up to and with the last "~": what sd_hash is over
	issuer      []byte         // the issuer's JWT, as sent
}

// Disclosure is one disclosed claim or array element.
type Disclosure struct {
	Encoded []byte // as sent, which is what its digest is over
	Salt    string
	Name    string // empty for an array element
	Value   any    // as signed: it may hold digests of further disclosures
	Path    Path   // where it belongs; set by Process
	element bool
	placed  bool
}

// Parse reads an SD-JWT in compact form, with or without a key binding JWT.
// Nothing is verified.
func Parse(b []byte) (*SDJWT, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxSize)
	}
	n := bytes.Count(b, []byte{'~'})
	if n == 0 {
		return nil, fmt.Errorf("%w (no ~)", ErrBadToken)
	}
	if n-1 > MaxDisclosures {
		return nil, fmt.Errorf("%w (%d disclosures, the limit is %d)", ErrTooLarge, n-1, MaxDisclosures)
	}
	parts := bytes.Split(b, []byte{'~'})
	s := &SDJWT{issuer: parts[0], signed: b[:bytes.LastIndexByte(b, '~')+1], Disclosures: make([]Disclosure, 0, n-1)}
	var err error
	if s.JWT, err = jws.Parse(parts[0]); err != nil {
		return nil, err
	}
	if s.claims, err = strictjson.Object(s.JWT.Payload); err != nil {
		return nil, fmt.Errorf("%w (payload: %w)", ErrBadToken, err)
	}
	for _, encoded := range parts[1:n] {
		d, err := parseDisclosure(encoded)
		if err != nil {
			return nil, err
		}
		s.Disclosures = append(s.Disclosures, d)
	}
	if last := parts[n]; len(last) > 0 {
		s.KeyBinding = last
	}
	return s, nil
}

// parseDisclosure reads [salt, name, value] or [salt, value] (§4.2).
func parseDisclosure(encoded []byte) (Disclosure, error) {
	d := Disclosure{Encoded: encoded}
	b, err := jws.Decode(encoded)
	if err != nil {
		return d, fmt.Errorf("%w (%w)", ErrBadDisclosure, err)
	}
	v, err := strictjson.Decode(b)
	if err != nil {
		return d, fmt.Errorf("%w (%w)", ErrBadDisclosure, err)
	}
	parts, _ := v.([]any)
	if len(parts) != 2 && len(parts) != 3 {
		return d, fmt.Errorf("%w (an array of %d parts)", ErrBadDisclosure, len(parts))
	}
	salt, ok := parts[0].(string)
	if !ok {
		return d, fmt.Errorf("%w (a salt that is no text)", ErrBadDisclosure)
	}
	d.Salt, d.Value, d.element = salt, parts[len(parts)-1], len(parts) == 2
	if d.element {
		return d, nil
	}
	if d.Name, ok = parts[1].(string); !ok || reservedName(d.Name) {
		return d, fmt.Errorf("%w (claim name %v)", ErrBadDisclosure, parts[1])
	}
	return d, nil
}

// FromJSON returns the compact forms of an SD-JWT in JWS JSON serialization
// (§8): one for each signature, with the disclosures and the key binding JWT
// that stand in the first unprotected header.
func FromJSON(b []byte) ([][]byte, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxSize)
	}
	m, err := strictjson.Object(b)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBadToken, err)
	}
	signatures, general := m["signatures"].([]any)
	if !general {
		signatures = []any{m}
	}
	payload, _ := m["payload"].(string)
	if len(signatures) == 0 || len(signatures) > 16 || payload == "" {
		return nil, fmt.Errorf("%w (no payload, or %d signatures)", ErrBadToken, len(signatures))
	}
	var tail []byte
	var compact [][]byte
	for i, item := range signatures {
		s, _ := item.(map[string]any)
		protected, _ := s["protected"].(string)
		signature, _ := s["signature"].(string)
		if protected == "" || signature == "" {
			return nil, fmt.Errorf("%w (signature %d is incomplete)", ErrBadToken, i)
		}
		header, _ := s["header"].(map[string]any)
		if i == 0 {
			if tail, err = disclosureTail(header); err != nil {
				return nil, err
			}
		}
		compact = append(compact, append([]byte(protected+"."+payload+"."+signature), tail...))
	}
	return compact, nil
}

// disclosureTail returns "~D~D~KB" of an unprotected header.
func disclosureTail(header map[string]any) ([]byte, error) {
	tail := []byte{'~'}
	list, ok := header["disclosures"].([]any)
	if _, present := header["disclosures"]; present && !ok {
		return nil, fmt.Errorf("%w (disclosures is no array)", ErrBadToken)
	}
	for _, item := range list {
		d, ok := item.(string)
		if !ok || d == "" {
			return nil, fmt.Errorf("%w (a disclosure is no text)", ErrBadToken)
		}
		tail = append(append(tail, d...), '~')
	}
	kb, _ := header["kb_jwt"].(string)
	return append(tail, kb...), nil
}

// Process returns the claims with every disclosure in the place of its digest
// (§7.1), and sets the disclosures' paths. The signature is not verified.
func (s *SDJWT) Process() (map[string]any, error) {
	hash, err := hashOf(s.claims)
	if err != nil {
		return nil, err
	}
	payload := clone(s.claims).(map[string]any)
	p := processor{s: s, byDigest: make(map[string]int, len(s.Disclosures)), seen: make(map[string]bool)}
	for i := range s.Disclosures {
		digest := base64.RawURLEncoding.EncodeToString(hash(s.Disclosures[i].Encoded))
		if _, ok := p.byDigest[digest]; ok {
			return nil, fmt.Errorf("%w (a disclosure comes twice)", ErrBadDisclosure)
		}
		p.byDigest[digest] = i
		s.Disclosures[i].placed = false
	}
	if err := p.object(payload); err != nil {
		return nil, err
	}
	delete(payload, "_sd_alg")
	for i := range s.Disclosures {
		if !s.Disclosures[i].placed {
			return nil, fmt.Errorf("%w (disclosure %q has no place)", ErrBadDisclosure, s.Disclosures[i].Name)
		}
	}
	return payload, nil
}

// processor puts disclosures in their places.
type processor struct {
	s        *SDJWT
	byDigest map[string]int
	seen     map[string]bool // digests found in the payload and the disclosures
	path     Path            // of the value that is being processed
}

// value processes a value one step below the present path.
func (p *processor) value(v, step any) (any, error) {
	if len(p.path) == MaxDepth {
		return nil, fmt.Errorf("%w (claims nested deeper than %d)", ErrTooLarge, MaxDepth)
	}
	p.path = append(p.path, step)
	defer func() { p.path = p.path[:len(p.path)-1] }()
	switch v := v.(type) {
	case map[string]any:
		return v, p.object(v)
	case []any:
		return p.array(v)
	}
	return v, nil
}

// disclosed processes the value of a disclosure one step below.
func (p *processor) disclosed(d *Disclosure, step any) (any, error) {
	d.Path = p.path.with(step)
	return p.value(clone(d.Value), step)
}

func (p *processor) object(m map[string]any) error {
	for name, v := range m {
		switch name {
		case "_sd":
			continue
		case "...":
			return fmt.Errorf("%w (a claim named ...)", ErrBadDisclosure)
		}
		w, err := p.value(v, name)
		if err != nil {
			return err
		}
		m[name] = w
	}
	digests, ok := m["_sd"]
	if !ok {
		return nil
	}
	delete(m, "_sd")
	list, ok := digests.([]any)
	if !ok {
		return fmt.Errorf("%w (_sd is no array)", ErrBadDisclosure)
	}
	for _, digest := range list {
		if err := p.member(m, digest); err != nil {
			return err
		}
	}
	return nil
}

// member puts the disclosure of a digest, if there is one, into an object.
func (p *processor) member(m map[string]any, digest any) error {
	d, err := p.take(digest)
	if err != nil || d == nil {
		return err
	}
	if d.element {
		return fmt.Errorf("%w (an array element in the place of a claim)", ErrBadDisclosure)
	}
	if _, ok := m[d.Name]; ok {
		return fmt.Errorf("%w (claim %q is there already)", ErrBadDisclosure, d.Name)
	}
	m[d.Name], err = p.disclosed(d, d.Name)
	return err
}

func (p *processor) array(list []any) ([]any, error) {
	out := make([]any, 0, len(list))
	for _, item := range list {
		digest, isDigest := elementDigest(item)
		if !isDigest {
			v, err := p.value(item, len(out))
			if err != nil {
				return nil, err
			}
			out = append(out, v)
			continue
		}
		d, err := p.take(digest)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		if !d.element {
			return nil, fmt.Errorf("%w (a claim in the place of an array element)", ErrBadDisclosure)
		}
		v, err := p.disclosed(d, len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// elementDigest recognises {"...": digest}, which stands for an array element.
func elementDigest(item any) (digest any, ok bool) {
	m, isObject := item.(map[string]any)
	if !isObject || len(m) != 1 {
		return nil, false // an object with more members is refused by object
	}
	digest, ok = m["..."]
	return digest, ok
}

// take returns the disclosure of a digest, or nil if it is not disclosed.
func (p *processor) take(digest any) (*Disclosure, error) {
	text, ok := digest.(string)
	if !ok {
		return nil, fmt.Errorf("%w (a digest that is no text)", ErrBadDisclosure)
	}
	if p.seen[text] {
		return nil, fmt.Errorf("%w (a digest comes twice)", ErrBadDisclosure)
	}
	p.seen[text] = true
	i, ok := p.byDigest[text]
	if !ok {
		return nil, nil
	}
	p.s.Disclosures[i].placed = true
	return &p.s.Disclosures[i], nil
}

// clone copies a JSON value, so that processing leaves disclosures as signed.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, item := range v {
			m[name] = clone(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = clone(item)
		}
		return list
	}
	return v
}
