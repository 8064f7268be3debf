package statuslist

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	"edl/mdoc/checklist"
	"edl/mdoc/cose"
	"edl/sdjwt/jws"
)

// Policy is what a reader verifies a status list token with.
type Policy struct {
	URI    string        // at which the credential says its list is
	Now    time.Time     // the reader's clock
	Leeway time.Duration // by how much the issuer's clock may be ahead

	// NotBefore is the time of issue of the newest token seen of this URI: an
	// older one is a rollback. Zero: none was seen.
	NotBefore time.Time

	// Key returns the key of the signer, of whom the token says this chain of
	// certificates (leaf first, in DER) and this key identifier, or why the
	// signer is not believed.
	Key func(chain [][]byte, keyID string) (crypto.PublicKey, error)

	// MDoc asks for what ISO/IEC 18013-5 ed. 2 §12.3.6 adds to a CWT.
	MDoc bool

	Limit int // bytes of the inflated list; 0: MaxBytes
}

// MaxToken is the longest token that is read, in bytes.
const MaxToken = 8 << 20

// The steps of a reader and the clauses that ask for them.
const (
	StepForm      = "form"
	StepType      = "type"
	StepSignature = "signature"
	StepSubject   = "subject"
	StepIssued    = "issued_at"
	StepExpiry    = "expiry"
	StepRollback  = "rollback"
	StepMDoc      = "mdoc_profile"
	StepList      = "list"

	draft      = "draft-ietf-oauth-status-list "
	clauseJWT  = draft + "§5.1"
	clauseCWT  = draft + "§5.2"
	clauseRead = draft + "§8.3"
	clauseList = draft + "§4.1"
	clauseMDoc = "ISO/IEC 18013-5 ed. 2 §12.3.6"
)

// VerifyJWT verifies a token in the JWT form. The token is nil unless every
// step passed.
func (p Policy) VerifyJWT(b []byte) (*Token, checklist.List) {
	var steps checklist.List
	tok, err := p.parseJWS(b)
	if !steps.Add(StepForm, clauseJWT, err, "JWT") {
		return nil, steps
	}
	steps.Add(StepType, clauseJWT, wantType(tok.Header.Typ, shortJWT, TypeJWT), tok.Header.Typ)
	steps.Add(StepSignature, clauseRead, p.signature(tok.Verify, tok.Header.X5C, tok.Header.Kid), tok.Header.Alg)
	payload, done, err := decode(tok.Encoded)
	defer done()
	if err != nil {
		steps.Add(StepForm, clauseJWT, err, "")
		return nil, steps
	}
	c, err := parseJWT(payload)
	if !steps.Add(StepForm, clauseJWT, err, "claims") {
		return nil, steps
	}
	return p.judge(c, steps)
}

func (p Policy) parseJWS(b []byte) (*jws.Token, error) {
	if len(b) > MaxToken {
		return nil, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxToken)
	}
	return jws.ParseEncoded(b)
}

// VerifyCWT verifies a token in the CWT form, which must be a tagged COSE_Sign1.
func (p Policy) VerifyCWT(b []byte) (*Token, checklist.List) {
	var steps checklist.List
	msg, err := parseSign1(b)
	if !steps.Add(StepForm, clauseCWT, err, "CWT") {
		return nil, steps
	}
	steps.Add(StepType, clauseCWT, wantType(msg.Protected.Type, TypeCWT), msg.Protected.Type)
	chain := msg.Protected.X5Chain
	if chain == nil && !p.MDoc {
		chain = msg.Unprotected.X5Chain
	}
	verify := func(key crypto.PublicKey) error { return msg.Verify(key, nil) }
	keyID := string(msg.Protected.KeyID)
	if keyID == "" {
		keyID = string(msg.Unprotected.KeyID)
	}
	steps.Add(StepSignature, clauseRead, p.signature(verify, chain, keyID), msg.Protected.Alg.String())
	c, err := parseCWT(msg.Payload)
	if !steps.Add(StepForm, clauseCWT, err, "claims") {
		return nil, steps
	}
	if p.MDoc {
		steps.Add(StepMDoc, clauseMDoc, mdocProfile(c, chain), "")
	}
	return p.judge(c, steps)
}

func parseSign1(b []byte) (*cose.Sign1, error) {
	if len(b) > MaxToken {
		return nil, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxToken)
	}
	if len(b) == 0 || b[0] != 0xc0|cose.TagSign1 {
		return nil, fmt.Errorf("%w (no tagged COSE_Sign1)", ErrBadToken)
	}
	return cose.ParseSign1(b)
}

func wantType(got string, want ...string) error {
	for _, w := range want {
		if got == w {
			return nil
		}
	}
	return fmt.Errorf("%w (type %q, not %q)", ErrBadToken, got, want[0])
}

// signature asks the caller for the signer's key and verifies with it.
func (p Policy) signature(verify func(crypto.PublicKey) error, chain [][]byte, keyID string) error {
	if p.Key == nil {
		return fmt.Errorf("%w (nobody is trusted)", ErrUntrustedIssuer)
	}
	key, err := p.Key(chain, keyID)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrUntrustedIssuer, err)
	}
	return verify(key)
}

func mdocProfile(c *compressed, chain [][]byte) error {
	switch {
	case c.bits != 1:
		return fmt.Errorf("%w (%d bits, not 1)", ErrBadList, c.bits)
	case c.Expires.IsZero():
		return fmt.Errorf("%w (no expiry)", ErrBadList)
	case len(chain) == 0:
		return fmt.Errorf("%w (no certificate in the protected header)", ErrBadList)
	}
	return nil
}

// judge takes the steps that both forms share (§8.3), the expensive one last
// and only if all before it passed.
func (p Policy) judge(c *compressed, steps checklist.List) (*Token, checklist.List) {
	steps.Add(StepSubject, clauseRead, p.subject(c), c.Subject)
	steps.Add(StepIssued, clauseRead, p.issued(c), c.IssuedAt.Format(time.RFC3339))
	if !c.Expires.IsZero() {
		steps.Add(StepExpiry, clauseRead, p.expiry(c), c.Expires.Format(time.RFC3339))
	}
	if !p.NotBefore.IsZero() {
		steps.Add(StepRollback, clauseRead, p.rollback(c), "")
	}
	if !steps.OK() {
		return nil, steps
	}
	if !steps.Add(StepList, clauseList, c.inflate(p.Limit), "") {
		return nil, steps
	}
	t := c.Token // without what c holds of the caller's or borrowed memory
	return &t, steps
}

func (p Policy) subject(c *compressed) error {
	if p.URI == "" || c.Subject != p.URI {
		return fmt.Errorf("%w (%q, not %q)", ErrSubject, c.Subject, p.URI)
	}
	return nil
}

func (p Policy) issued(c *compressed) error {
	if c.IssuedAt.After(p.Now.Add(p.Leeway)) {
		return fmt.Errorf("%w (issued in the future, at %s)", ErrBadList, c.IssuedAt.Format(time.RFC3339))
	}
	return nil
}

func (p Policy) expiry(c *compressed) error {
	if !c.Expires.After(p.Now) {
		return fmt.Errorf("%w (expired at %s)", ErrStale, c.Expires.Format(time.RFC3339))
	}
	return nil
}

func (p Policy) rollback(c *compressed) error {
	if c.IssuedAt.Before(p.NotBefore) {
		return fmt.Errorf("%w (issued at %s, one of %s was seen)", ErrStale,
			c.IssuedAt.Format(time.RFC3339), p.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// ErrNoKey is for a Policy.Key that knows nobody of a chain or identifier.
var ErrNoKey = errors.New("no such signer is known")
