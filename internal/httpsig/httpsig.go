// Package httpsig reads HTTP message signatures: RFC 9421 for the signature,
// RFC 9530 for the digest of the content.
//
// A Signature names what it covers; Base rebuilds the text that was signed
// from the request as it arrived, and Digest tells whether the body is the one
// that the covered header speaks of. Both schemes of the field are checked:
// ed25519 and ecdsa-p256-sha256.
//
// Only the canonical spelling of a signature's header is read, so that the
// signed text is the received one and no second spelling of a signature exists.
// Covered may be header fields and @method, @target-uri, @authority, @path and
// @query, none with parameters.
//
// Left out: signing answers, and what a request must cover, how old it may be
// and whether it came before, which whoever admits it decides.
package httpsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNone is returned for a request that bears no signature.
var ErrNone = errors.New("httpsig: the request is not signed")

// ErrForm is wrapped by the errors of a signature that cannot be read.
var ErrForm = errors.New("httpsig: not a signature as RFC 9421 writes one")

// A Signature is the one that a request bears.
type Signature struct {
	Covered   []string // in order, lower case
	Created   time.Time
	Expires   time.Time // zero: the signer set none
	KeyID     string
	Nonce     string
	Algorithm string // as said; "" where the key alone decides
	Value     []byte
	params    string // "(…);created=…", as received
}

// A Request is the part of a request that can be covered.
type Request struct {
	Method string
	Target *url.URL // absolute, as the caller addressed it
	Header http.Header
}

// Parts of the header, in their canonical spelling (RFC 8941 §4.1).
var (
	inputForm = regexp.MustCompile(`^([a-z*][a-z0-9_.*-]{0,63})=(\(((?:"[@a-z0-9_-]{1,64}"(?: "[@a-z0-9_-]{1,64}")*)?)\)((?:;[a-z][a-z0-9_-]{0,31}=(?:-?[0-9]{1,15}|"[\x20\x21\x23-\x5b\x5d-\x7e]{0,200}"))*))$`)
	paramForm = regexp.MustCompile(`;([a-z][a-z0-9_-]*)=(-?[0-9]+|"[^"]*")`)
	valueForm = regexp.MustCompile(`^([a-z*][a-z0-9_.*-]{0,63})=:([A-Za-z0-9+/]{1,400}={0,2}):$`)
)

// maxHeader is the longest header that is read, in bytes.
const maxHeader = 2 << 10

// Parse reads the one signature of a request. ErrNone, ErrForm.
func Parse(h http.Header) (*Signature, error) {
	inputs, values := h.Values("Signature-Input"), h.Values("Signature")
	if len(inputs) == 0 && len(values) == 0 {
		return nil, ErrNone
	}
	if len(inputs) != 1 || len(values) != 1 || len(inputs[0]) > maxHeader || len(values[0]) > maxHeader {
		return nil, fmt.Errorf("%w: one signature is wanted", ErrForm)
	}
	input, value := inputForm.FindStringSubmatch(inputs[0]), valueForm.FindStringSubmatch(values[0])
	if input == nil || value == nil || input[1] != value[1] {
		return nil, ErrForm
	}
	s := &Signature{params: input[2]}
	for name := range strings.FieldsSeq(input[3]) {
		name = strings.Trim(name, `"`)
		if slices.Contains(s.Covered, name) {
			return nil, fmt.Errorf("%w: %q is covered twice", ErrForm, name)
		}
		s.Covered = append(s.Covered, name)
	}
	var err error
	if s.Value, err = base64.StdEncoding.Strict().DecodeString(value[2]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return s, s.read(input[4])
}

// read takes the parameters in; one that is not known is signed all the same.
func (s *Signature) read(params string) error {
	seen := map[string]bool{}
	for _, p := range paramForm.FindAllStringSubmatch(params, -1) {
		name, text := p[1], strings.Trim(p[2], `"`)
		if seen[name] {
			return fmt.Errorf("%w: %q is said twice", ErrForm, name)
		}
		seen[name] = true
		quoted := strings.HasPrefix(p[2], `"`)
		switch name {
		case "created", "expires":
			at, err := strconv.ParseInt(text, 10, 64)
			if err != nil || quoted {
				return fmt.Errorf("%w: %q is no moment", ErrForm, name)
			}
			if name == "created" {
				s.Created = time.Unix(at, 0)
			} else {
				s.Expires = time.Unix(at, 0)
			}
			continue
		case "keyid":
			s.KeyID = text
		case "nonce":
			s.Nonce = text
		case "alg":
			s.Algorithm = text
		default:
			continue
		}
		if !quoted {
			return fmt.Errorf("%w: %q is no string", ErrForm, name)
		}
	}
	return nil
}

// Covers reports whether all of these are signed.
func (s *Signature) Covers(names ...string) bool {
	for _, name := range names {
		if !slices.Contains(s.Covered, name) {
			return false
		}
	}
	return true
}

// Base returns the text that was signed, of the request as it arrived. ErrForm
// for a covered part that the request does not have.
func (s *Signature) Base(r Request) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range s.Covered {
		value, err := r.part(name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q: %s\n", name, value)
	}
	b.WriteString(`"@signature-params": ` + s.params)
	return b.Bytes(), nil
}

// part returns the value of what can be covered (RFC 9421 §2.1, §2.2).
func (r Request) part(name string) (string, error) {
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return r.Target.String(), nil
	case "@authority":
		return authority(r.Target), nil
	case "@path":
		if p := r.Target.EscapedPath(); p != "" {
			return p, nil
		}
		return "/", nil
	case "@query":
		return "?" + r.Target.RawQuery, nil
	}
	values := r.Header.Values(name)
	if strings.HasPrefix(name, "@") || len(values) == 0 {
		return "", fmt.Errorf("%w: %q is covered and not there", ErrForm, name)
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.TrimSpace(v)
	}
	return strings.Join(trimmed, ", "), nil
}

// authority is host and port, in lower case, without the scheme's own port.
func authority(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// digestForm is one member of a Content-Digest header.
var digestForm = regexp.MustCompile(`^(sha-256|sha-512)=:([A-Za-z0-9+/]{43,88}={0,2}):$`)

// Digest reports whether the header's every digest is of the body, and there
// is one at least (RFC 9530 §2).
func Digest(h http.Header, body []byte) bool {
	values := h.Values("Content-Digest")
	if len(values) != 1 || len(values[0]) > maxHeader {
		return false
	}
	for member := range strings.SplitSeq(values[0], ",") {
		m := digestForm.FindStringSubmatch(strings.TrimSpace(member))
		if m == nil {
			return false
		}
		said, err := base64.StdEncoding.Strict().DecodeString(m[2])
		if err != nil || !bytes.Equal(said, sum(m[1], body)) {
			return false
		}
	}
	return true
}

func sum(algorithm string, body []byte) []byte {
	if algorithm == "sha-512" {
		digest := sha512.Sum512(body)
		return digest[:]
	}
	digest := sha256.Sum256(body)
	return digest[:]
}
