package inspect

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"edl/livecode"
	"edl/mdoc"
	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/sdjwt"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
	"edl/statuslist"
)

// Policy is what a file is verified with.
type Policy struct {
	Trust      *Trust
	Now        time.Time
	Transcript mdoc.Transcript  // of the session in which a DeviceResponse was sent
	ReaderKey  *ecdh.PrivateKey // the reader's in that session, for MACs
	Audience   string           // of a key binding
	Nonce      string           // of a key binding
}

// ReaderKey reads a reader's private ephemeral key: the scalar, whose length
// tells the curve.
func ReaderKey(d []byte) (*ecdh.PrivateKey, error) {
	curve := map[int]ecdh.Curve{32: ecdh.P256(), 48: ecdh.P384(), 66: ecdh.P521()}[len(d)]
	if curve == nil {
		return nil, fmt.Errorf("%w (%d bytes, neither 32, 48 nor 66)", mdoc.ErrBadKey, len(d))
	}
	return curve.NewPrivateKey(d)
}

// leeway is by how much the clocks of others may be ahead.
const leeway = 30 * time.Second

// Verify takes every step of the file's format. A file that is none, or that
// Read refused because of err, has one step, which failed.
func (p Policy) Verify(in Input, err error) Result {
	if p.Trust == nil {
		p.Trust = &Trust{}
	}
	r := Result{Format: in.Format}
	if err != nil {
		r.Checks.Add(StepFormat, clauseHouse, err, "")
		return r
	}
	var claims any
	switch in.Format {
	case DeviceResponse:
		claims = p.deviceResponse(in.Bytes, &r)
	case IssuerSigned:
		claims = p.issuerSigned(in.Bytes, &r)
	case SDJWT:
		claims = p.sdjwt(in.Bytes, &r)
	case StatusListJWT, StatusListCWT:
		claims = p.statusList(in, &r)
	case LiveCode:
		claims = p.liveCode(string(in.Bytes), &r)
	case Certificate:
		claims = p.certificate(in.Bytes, &r)
	case CRL:
		claims = p.revocationList(in.Bytes, &r)
	default:
		r.Checks.Add(StepFormat, clauseHouse, ErrFormat, "")
	}
	if r.Valid = r.Checks.OK(); r.Valid {
		r.Claims = claims
	}
	return r
}

func (p Policy) mdoc() mdoc.Policy {
	return mdoc.Policy{Trust: &p.Trust.authorities, Now: p.Now, Leeway: leeway, Transcript: p.Transcript, ReaderKey: p.ReaderKey}
}

var errNoTranscript = fmt.Errorf("%w (without the session's transcript the proof cannot be checked: give --transcript)", mdoc.ErrSessionMismatch)

func (p Policy) deviceResponse(b []byte, r *Result) any {
	report := p.mdoc().VerifyResponse(b)
	r.Checks = report.Checks
	for i := range r.Checks {
		if step := &r.Checks[i]; p.Transcript == nil && isStep(step.Name, mdoc.StepDeviceAuth) && !step.OK {
			step.Err, step.Detail = errNoTranscript, errNoTranscript.Error()
		}
	}
	p.explainRoots(r)
	r.referTo(report)
	return documentClaims(report)
}

// referTo notes where the documents' statuses are, and when the first ends.
func (r *Result) referTo(report *mdoc.Report) {
	for _, d := range report.Documents {
		if d.MSO == nil {
			continue
		}
		if r.Until.IsZero() || d.MSO.Validity.Until.Before(r.Until) {
			r.Until = d.MSO.Validity.Until
		}
		if s := d.MSO.Status; s != nil && s.List != nil {
			r.Statuses = append(r.Statuses, statuslist.Reference{Index: s.List.Index, URI: s.List.URI})
		}
	}
}

// isStep looks through the prefix that steps of several documents have.
func isStep(name, step string) bool {
	return name == step || len(name) > len(step) && name[len(name)-len(step)-1:] == "."+step
}

func (p Policy) issuerSigned(b []byte, r *Result) any {
	report := p.mdoc().VerifyIssuerSigned(b)
	r.Checks = report.Checks
	p.explainRoots(r)
	r.referTo(report)
	return documentClaims(report)
}

// explainRoots adds to a failed chain why a root that was given does not count.
func (p Policy) explainRoots(r *Result) {
	for i := range r.Checks {
		if step := &r.Checks[i]; isStep(step.Name, mdoc.StepChain) && !step.OK && len(p.Trust.unfit) > 0 {
			step.Detail += fmt.Sprintf("; of the roots given: %v", errors.Join(p.Trust.unfit...))
		}
	}
}

func (p Policy) sdjwt(b []byte, r *Result) any {
	if b[0] == '{' {
		all, err := sdjwt.FromJSON(b)
		if err != nil || len(all) != 1 {
			r.Checks.Add(sdjwt.StepForm, "RFC 9901 §8", errors.Join(err, fmt.Errorf("%w (%d signatures)", sdjwt.ErrBadToken, len(all))), "")
			return nil
		}
		b = all[0]
	}
	parsed, err := sdjwt.Parse(b)
	policy := sdjwt.Policy{Now: p.Now, Leeway: leeway, Legacy: true, Key: func(h jws.Header, _ map[string]any) (crypto.PublicKey, error) {
		if err != nil {
			return nil, err
		}
		return p.Trust.signer(h.X5C, p.Now, parsed.JWT.Verify)
	}}
	if p.Nonce != "" || p.Audience != "" {
		policy.Binding = &sdjwt.Binding{Audience: p.Audience, Nonce: p.Nonce}
	}
	report := policy.VerifyVC(b)
	r.Checks = report.Checks
	if step := r.Checks.Get(sdjwt.StepBinding); step != nil && !step.OK && policy.Binding == nil {
		step.Detail += "; to check it give --nonce and --audience"
	}
	if report.Status != nil {
		r.Statuses = append(r.Statuses, *report.Status)
	}
	if exp, ok := report.Claims["exp"].(json.Number); ok {
		if seconds, err := exp.Int64(); err == nil {
			r.Until = time.Unix(seconds, 0).UTC()
		}
	}
	return claimsOf(report.Claims)
}

// statusList verifies a list by itself: there is no credential that says where
// its list is, so the address is taken from the list, and shown.
func (p Policy) statusList(in Input, r *Result) any {
	policy := statuslist.Policy{Now: p.Now, Leeway: leeway}
	var token *statuslist.Token
	if in.Format == StatusListJWT {
		tok, err := jws.Parse(in.Bytes)
		if err == nil {
			policy.URI = jwtSubject(tok.Payload)
		}
		policy.Key = func(chain [][]byte, _ string) (crypto.PublicKey, error) {
			return p.Trust.signer(chain, p.Now, func(key crypto.PublicKey) error { return tok.Verify(key) })
		}
		token, r.Checks = policy.VerifyJWT(in.Bytes)
	} else {
		msg, err := cose.ParseSign1(in.Bytes)
		if err == nil {
			policy.URI = cwtSubject(msg.Payload)
			policy.MDoc = msg.Protected.X5Chain != nil || msg.Unprotected.X5Chain != nil
		}
		policy.Key = func(chain [][]byte, _ string) (crypto.PublicKey, error) {
			if !policy.MDoc {
				return p.Trust.known(func(key crypto.PublicKey) error { return msg.Verify(key, nil) })
			}
			cert, _, err := p.Trust.authorities.StatusSigner(chain, p.Now)
			if err != nil {
				return nil, err
			}
			return cert.PublicKey, nil
		}
		token, r.Checks = policy.VerifyCWT(in.Bytes)
	}
	if token == nil {
		return nil
	}
	return listClaims(token)
}

func jwtSubject(payload []byte) string {
	claims, err := strictjson.Object(payload)
	if err != nil {
		return ""
	}
	sub, _ := claims["sub"].(string)
	return sub
}

func cwtSubject(payload []byte) string {
	v, err := cbor.Decode(payload)
	pairs, _ := v.(cbor.Pairs)
	for _, pair := range pairs {
		if sub, ok := pair.Value.(string); ok && err == nil && pair.Key == int64(2) {
			return sub
		}
	}
	return ""
}

// The steps of a live code.
const (
	StepCode         = "form"
	StepFresh        = "fresh"
	StepIssuer       = "issuer_signature"
	StepIssuerTime   = "issuer_validity"
	StepDeviceSigned = "device_signature"

	clauseCode = "docs/livecode.md"
)

var (
	errShort = fmt.Errorf("%w (the short form names a serial, whose key only the authority's server knows: scan it at a terminal, or give the phone's public key with --trust)", livecode.ErrBadSignature)
	errNoKey = fmt.Errorf("%w (no public key of an authority was given with --trust)", livecode.ErrBadSignature)
)

func (p Policy) liveCode(text string, r *Result) any {
	code, err := livecode.Parse(text)
	if !r.Checks.Add(StepCode, clauseCode, err, "") {
		return nil
	}
	r.Checks.Add(StepFresh, clauseCode, livecode.Fresh(code.Time(), p.Now), code.Time().UTC().Format(time.RFC3339))
	part := code.Issuer()
	if part == nil {
		r.Checks.Add(StepDeviceSigned, clauseCode, firstThat(p.Trust.holders(), errShort, code.VerifyDevice), "a known phone")
		return codeClaims(code)
	}
	r.Checks.Add(StepIssuer, clauseCode, firstThat(p.Trust.holders(), errNoKey, part.VerifyIssuer), part.Claims().Issuer)
	r.Checks.Add(StepIssuerTime, clauseCode, part.ValidAt(p.Now), part.Claims().Expires.UTC().Format(time.RFC3339))
	r.Checks.Add(StepDeviceSigned, clauseCode, code.VerifyDevice(part.Claims().Holder), "")
	return codeClaims(code)
}

// firstThat returns nil if one of the keys verifies, else why not.
func firstThat(keys []*ecdsa.PublicKey, none error, verify func(*ecdsa.PublicKey) error) error {
	err := none
	for _, key := range keys {
		if err = verify(key); err == nil {
			return nil
		}
	}
	return err
}
