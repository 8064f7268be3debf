package sdjwt

import (
	"crypto"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"edl/mdoc/checklist"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
	"edl/statuslist"
)

// Policy is what a verifier verifies with.
type Policy struct {
	// Key returns the key of the issuer, of whom the token says this header and
	// these claims, or why it is not believed. Nothing is verified yet.
	Key func(h jws.Header, claims map[string]any) (crypto.PublicKey, error)

	Now    time.Time     // the verifier's clock
	Leeway time.Duration // by how much other clocks may differ

	// Types are the credential types (vct) that VerifyVC accepts; nil: any.
	Types []string

	// Legacy accepts the type vc+sd-jwt of older drafts.
	Legacy bool

	// Binding asks for a key binding; nil: none is needed, and one that is sent
	// along is refused, since there is nothing to hold it against.
	Binding *Binding
}

// Binding is what a key binding is held against.
type Binding struct {
	Audience string
	Nonce    string
	MaxAge   time.Duration // how old the key binding JWT may be; zero: 5 minutes

	// Once reports whether a nonce is seen for the first time, and remembers
	// it. It is asked last, about a presentation that is otherwise valid. Nil:
	// the caller sees to it.
	Once func(nonce string) bool
}

const defaultMaxAge = 5 * time.Minute

// Report is the outcome of a verification.
type Report struct {
	Valid  bool
	Checks checklist.List
	Claims map[string]any // to be believed only if Valid
	Header jws.Header
	Holder crypto.PublicKey      // of the cnf claim; nil if there is none
	Status *statuslist.Reference // where the status is published; nil: nowhere
}

// Err returns why the report is not valid: the first failed step.
func (r *Report) Err() error { return r.Checks.Err() }

// The steps of a verification and the clauses that ask for them.
const (
	StepForm        = "form"
	StepType        = "type"
	StepSignature   = "issuer_signature"
	StepDisclosures = "disclosures"
	StepValidity    = "validity"
	StepVCT         = "vct"
	StepRegistered  = "registered_claims"
	StepHolder      = "holder_key"
	StepStatus      = "status_reference"
	StepBinding     = "key_binding"
	StepBindingSig  = "key_binding_signature"
	StepBindingHash = "key_binding_sd_hash"
	StepAudience    = "key_binding_audience"
	StepNonce       = "key_binding_nonce"
	StepBindingTime = "key_binding_time"
	StepReplay      = "replay"

	clauseForm     = "RFC 9901 §4"
	clauseIssuer   = "RFC 9901 §7.1"
	clauseBinding  = "RFC 9901 §7.3"
	clauseJWT      = "RFC 7519 §4.1"
	clauseCnf      = "RFC 7800 §3.2"
	clauseVC       = "SD-JWT VC §3.2"
	clauseVCClaims = "SD-JWT VC §3.2.2.2"
	clauseVCType   = "SD-JWT VC §3.2.1"
)

// Verify verifies an SD-JWT by RFC 9901, of whatever type it is.
func (p Policy) Verify(b []byte) *Report { return p.verify(b, false) }

// VerifyVC verifies a verifiable credential: what Verify does, the type in the
// header, vct, and that no claim was disclosed that must always be seen.
func (p Policy) VerifyVC(b []byte) *Report { return p.verify(b, true) }

func (p Policy) verify(b []byte, vc bool) *Report {
	r := &Report{Checks: make(checklist.List, 0, 16)}
	s, err := Parse(b)
	if !r.Checks.Add(StepForm, clauseForm, err, "") {
		return r
	}
	r.Header = s.JWT.Header
	if vc {
		r.Checks.Add(StepType, clauseVCType, p.vcType(r.Header.Typ), r.Header.Typ)
	}
	r.Checks.Add(StepSignature, clauseIssuer, p.issuerSignature(s), r.Header.Alg)
	if r.Claims, err = s.Process(); !r.Checks.Add(StepDisclosures, clauseIssuer, err, fmt.Sprint(len(s.Disclosures))) {
		return r
	}
	r.Checks.Add(StepValidity, clauseJWT, p.validity(s.claims), "")
	if vc {
		r.Checks.Add(StepVCT, clauseVC, p.vct(s.claims), "")
		r.Checks.Add(StepRegistered, clauseVCClaims, alwaysSeen(s), "")
	}
	r.Holder, err = holderKey(s.claims)
	r.Checks.Add(StepHolder, clauseCnf, err, "")
	r.Status, err = statuslist.ReferenceJSON(s.claims["status"])
	r.Checks.Add(StepStatus, clauseVC, err, "")
	p.binding(s, r)
	r.Valid = r.Checks.OK()
	return r
}

func (p Policy) vcType(typ string) error {
	typ = strings.TrimPrefix(typ, "application/")
	if typ == TypeVC || p.Legacy && typ == TypeVCLegacy {
		return nil
	}
	return fmt.Errorf("%w (type %q, not %s)", ErrBadCredential, typ, TypeVC)
}

func (p Policy) issuerSignature(s *SDJWT) error {
	if p.Key == nil {
		return fmt.Errorf("%w (nobody is trusted)", ErrUntrustedIssuer)
	}
	key, err := p.Key(s.JWT.Header, s.claims)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrUntrustedIssuer, err)
	}
	return s.JWT.Verify(key)
}

// validity holds exp and nbf, where they are, against the clock.
func (p Policy) validity(payload map[string]any) error {
	for _, name := range []string{"exp", "nbf", "iat"} {
		t, err := date(payload, name)
		switch {
		case err != nil:
			return fmt.Errorf("%w (%v)", ErrBadCredential, err)
		case t.IsZero():
		case name == "exp" && !p.Now.Add(-p.Leeway).Before(t):
			return fmt.Errorf("%w (until %s)", ErrExpired, t.Format(time.RFC3339))
		case name == "nbf" && p.Now.Add(p.Leeway).Before(t):
			return fmt.Errorf("%w (from %s)", ErrExpired, t.Format(time.RFC3339))
		}
	}
	return nil
}

// date reads a NumericDate, which may have a fraction; zero if it is absent.
func date(claims map[string]any, name string) (time.Time, error) {
	v, ok := claims[name]
	if !ok {
		return time.Time{}, nil
	}
	n, ok := v.(json.Number)
	f, err := n.Float64()
	if !ok || err != nil || f < 0 || f > 1<<40 {
		return time.Time{}, fmt.Errorf("%s is %v", name, v)
	}
	whole, fraction := math.Modf(f)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
}

func (p Policy) vct(payload map[string]any) error {
	vct, _ := payload["vct"].(string)
	if vct == "" || p.Types != nil && !slices.Contains(p.Types, vct) {
		return fmt.Errorf("%w (vct %q is not accepted)", ErrBadCredential, vct)
	}
	return nil
}

// alwaysSeen refuses disclosures of claims that may not be selectively
// disclosable, which would let a holder hide that a credential has an end.
func alwaysSeen(s *SDJWT) error {
	for _, d := range s.Disclosures {
		if len(d.Path) == 1 && slices.Contains(registered, d.Name) {
			return fmt.Errorf("%w (claim %s is disclosed selectively)", ErrBadDisclosure, d.Name)
		}
	}
	return nil
}

func holderKey(payload map[string]any) (crypto.PublicKey, error) {
	cnf, ok := payload["cnf"]
	if !ok {
		return nil, nil
	}
	m, _ := cnf.(map[string]any)
	jwk, _ := m["jwk"].(map[string]any)
	if jwk == nil {
		return nil, fmt.Errorf("%w (cnf without jwk)", ErrBadKey)
	}
	return jws.ParseJWK(jwk)
}

// binding takes the steps of §7.3.
func (p Policy) binding(s *SDJWT, r *Report) {
	if p.Binding == nil {
		if s.KeyBinding != nil {
			r.Checks.Add(StepBinding, clauseBinding, fmt.Errorf("%w (one was sent and none is expected)", ErrBinding), "")
		}
		return
	}
	kb, claims, err := readBinding(s, r.Holder)
	if !r.Checks.Add(StepBinding, clauseBinding, err, "") {
		return
	}
	r.Checks.Add(StepBindingSig, clauseBinding, kb.Verify(r.Holder), kb.Header.Alg)
	want, err := s.sdHash()
	if err == nil {
		err = equalText(claims, "sd_hash", want)
	}
	r.Checks.Add(StepBindingHash, clauseBinding, err, "")
	r.Checks.Add(StepAudience, clauseBinding, equalText(claims, "aud", p.Binding.Audience), p.Binding.Audience)
	r.Checks.Add(StepNonce, clauseBinding, equalText(claims, "nonce", p.Binding.Nonce), "")
	r.Checks.Add(StepBindingTime, clauseBinding, p.bindingTime(claims), "")
	if p.Binding.Once != nil && r.Checks.OK() {
		err = nil
		if !p.Binding.Once(p.Binding.Nonce) {
			err = ErrReplayed
		}
		r.Checks.Add(StepReplay, clauseBinding, err, "this nonce is seen for the first time")
	}
}

func readBinding(s *SDJWT, holder crypto.PublicKey) (*jws.Token, map[string]any, error) {
	switch {
	case s.KeyBinding == nil:
		return nil, nil, fmt.Errorf("%w (none was sent)", ErrBinding)
	case holder == nil:
		return nil, nil, fmt.Errorf("%w (the credential is bound to no key)", ErrBinding)
	}
	kb, err := jws.Parse(s.KeyBinding)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%w)", ErrBinding, err)
	}
	if kb.Header.Typ != TypeKeyBinding {
		return nil, nil, fmt.Errorf("%w (type %q)", ErrBinding, kb.Header.Typ)
	}
	claims, err := strictjson.Object(kb.Payload)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%w)", ErrBinding, err)
	}
	return kb, claims, nil
}

// equalText compares a claim with a text that must not be empty.
func equalText(claims map[string]any, name, want string) error {
	got, _ := claims[name].(string)
	if want == "" || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return fmt.Errorf("%w (%s is another)", ErrBinding, name)
	}
	return nil
}

func (p Policy) bindingTime(claims map[string]any) error {
	at, err := date(claims, "iat")
	if err != nil || at.IsZero() {
		return fmt.Errorf("%w (iat is missing or wrong)", ErrBinding)
	}
	oldest := p.Binding.MaxAge
	if oldest == 0 {
		oldest = defaultMaxAge
	}
	if at.Before(p.Now.Add(-oldest-p.Leeway)) || at.After(p.Now.Add(p.Leeway)) {
		return fmt.Errorf("%w (made at %s)", ErrBinding, at.Format(time.RFC3339))
	}
	return nil
}
