package inspect

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"edl/gm"
	"edl/mdoc"
	"edl/mdoc/checklist"
)

// The steps of a certificate and of a revocation list, beside those of its profile.
const (
	StepPath     = "path"
	StepTrusted  = "trusted_root"
	StepValidity = "validity"
	StepListForm = "form"
	StepListSig  = "signature"
	StepListTime = "next_update"

	clausePath    = "ISO/IEC 18013-5 §9.3.3"
	clauseRFC5280 = "RFC 5280 §6.1"
	clauseList    = "RFC 5280 §5"
)

func (p Policy) certificate(der []byte, r *Result) any {
	c, err := gm.ParseCertificate(der)
	if !r.Checks.Add("parse", clauseRFC5280, err, "") {
		return nil
	}
	if _, err := gm.PublicKey(c.PublicKey); err == nil {
		p.gmCertificate(c, r)
		return certificateClaims(c)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		r.Checks.Add("parse", clauseRFC5280, err, "")
		return nil
	}
	if bytes.Equal(cert.RawIssuer, cert.RawSubject) {
		p.root(cert, r)
	} else {
		p.leaf(cert, r)
	}
	return certificateClaims(c)
}

// gmCertificate verifies an SM2 certificate: a root by being a trusted one.
func (p Policy) gmCertificate(c *gm.Certificate, r *Result) {
	if !bytes.Equal(c.RawIssuer, c.RawSubject) {
		if !c.IsCA {
			_, steps := p.Trust.gm.Verify([][]byte{c.Raw}, p.Now)
			r.Checks = append(r.Checks, steps...)
			return
		}
		r.Checks.Add(StepPath, clauseRFC5280, p.gmParent(c), c.Issuer.CommonName)
	} else {
		r.Checks.Add("self_signed", clauseRFC5280, gm.Verify(c.PublicKey, c.RawTBSCertificate, c.Signature), "SM2 with SM3")
		trusted := false
		for _, root := range p.Trust.gmRoots {
			trusted = trusted || bytes.Equal(root.Raw, c.Raw)
		}
		r.Checks.Add(StepTrusted, clauseRFC5280, refuse(!trusted, gm.ErrUntrustedIssuer, "it is none of the roots given with --trust"), "")
	}
	r.Checks.Add(StepValidity, clauseRFC5280, p.within(c.NotBefore, c.NotAfter, gm.ErrUntrustedIssuer), c.NotAfter.UTC().Format(time.RFC3339))
}

// VerifyChain verifies an SM2 certificate that is shown with the authorities
// between it and a root.
func (p Policy) VerifyChain(chain ...[]byte) Result {
	r := Result{Format: Certificate}
	if p.Trust == nil {
		p.Trust = &Trust{}
	}
	c, steps := p.Trust.gm.Verify(chain, p.Now)
	r.Checks, r.Valid = steps, steps.OK()
	if r.Valid {
		r.Claims = certificateClaims(c)
	}
	return r
}

// gmParent returns nil if a trusted root signed an authority.
func (p Policy) gmParent(c *gm.Certificate) error {
	for _, root := range p.Trust.gmRoots {
		if bytes.Equal(root.RawSubject, c.RawIssuer) && gm.Verify(root.PublicKey, c.RawTBSCertificate, c.Signature) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w (no trusted root signed it)", gm.ErrUntrustedIssuer)
}

func refuse(when bool, fault error, why string) error {
	if !when {
		return nil
	}
	return fmt.Errorf("%w (%s)", fault, why)
}

func (p Policy) within(from, until time.Time, fault error) error {
	return refuse(p.Now.Before(from) || p.Now.After(until), fault, "valid from "+from.UTC().Format(time.RFC3339)+" to "+until.UTC().Format(time.RFC3339))
}

// root verifies a self-issued certificate against the profile of a root. One
// without an alternative name can only be a root of readers.
func (p Policy) root(cert *x509.Certificate, r *Result) {
	r.Checks = append(r.Checks, rootProfile(cert)...)
	trusted := false
	for _, root := range p.Trust.roots {
		trusted = trusted || bytes.Equal(root.Raw, cert.Raw)
	}
	r.Checks.Add(StepTrusted, clausePath, refuse(!trusted, mdoc.ErrUntrustedIssuer, "it is none of the roots given with --trust"), "")
	r.Checks.Add(StepValidity, clausePath, p.within(cert.NotBefore, cert.NotAfter, mdoc.ErrUntrustedIssuer), cert.NotAfter.UTC().Format(time.RFC3339))
}

func rootProfile(cert *x509.Certificate) checklist.List {
	authority := mdoc.ProfileIACA(cert)
	if reader := mdoc.ProfileReaderCA(cert); !authority.OK() && reader.OK() {
		return reader
	}
	return authority
}

// A leafProfile is one of the certificates below a root.
type leafProfile struct {
	check func(cert, root *x509.Certificate) checklist.List
	path  func(*mdoc.Trust, [][]byte, time.Time) (cert, root *x509.Certificate, err error)
	roots func(*Trust) *mdoc.Trust
}

func profileOf(cert *x509.Certificate) leafProfile {
	authorities := func(t *Trust) *mdoc.Trust { return &t.authorities }
	for _, id := range cert.UnknownExtKeyUsage {
		switch {
		case id.Equal(mdoc.OIDDocumentSigner):
			return leafProfile{mdoc.ProfileDocumentSigner, (*mdoc.Trust).DocumentSigner, authorities}
		case id.Equal(mdoc.OIDReaderAuth):
			return leafProfile{mdoc.ProfileReader, (*mdoc.Trust).Reader, func(t *Trust) *mdoc.Trust { return &t.readers }}
		}
	}
	return leafProfile{mdoc.ProfileStatusSigner, (*mdoc.Trust).StatusSigner, authorities}
}

func (p Policy) leaf(cert *x509.Certificate, r *Result) {
	profile := profileOf(cert)
	roots := profile.roots(p.Trust)
	for _, root := range roots.Roots() {
		if bytes.Equal(root.RawSubject, cert.RawIssuer) && bytes.Equal(root.SubjectKeyId, cert.AuthorityKeyId) {
			r.Checks = append(r.Checks, profile.check(cert, root)...)
			break
		}
	}
	_, root, err := profile.path(roots, [][]byte{cert.Raw}, p.Now)
	detail := ""
	if root != nil {
		detail = "under " + root.Subject.CommonName
	}
	r.Checks.Add(StepPath, clausePath, err, detail)
	p.explainPath(r)
}

func (p Policy) explainPath(r *Result) {
	if step := r.Checks.Get(StepPath); !step.OK && len(p.Trust.unfit) > 0 {
		step.Detail += fmt.Sprintf("; of the roots given: %v", p.Trust.unfit)
	}
}

func (p Policy) revocationList(der []byte, r *Result) any {
	list, err := smx509.ParseRevocationList(der)
	if err == nil && (list.Number == nil || len(list.AuthorityKeyId) == 0) {
		err = fmt.Errorf("%w (no number, or no authority key identifier)", mdoc.ErrBadCertificate)
	}
	if !r.Checks.Add(StepListForm, clauseList, err, "") {
		return nil
	}
	issuer, err := p.listIssuer(list)
	r.Checks.Add(StepListSig, clauseList, err, issuer)
	err = refuse(p.Now.Before(list.ThisUpdate), mdoc.ErrExpired, "from "+list.ThisUpdate.UTC().Format(time.RFC3339)+" on")
	if err == nil {
		err = refuse(list.NextUpdate.IsZero() || p.Now.After(list.NextUpdate), mdoc.ErrExpired, "a newer one was due at "+list.NextUpdate.UTC().Format(time.RFC3339))
	}
	r.Checks.Add(StepListTime, clauseList, err, list.NextUpdate.UTC().Format(time.RFC3339))
	return revocationClaims(list)
}

// listIssuer returns the name of the trusted root that signed a list.
func (p Policy) listIssuer(list *smx509.RevocationList) (string, error) {
	for _, root := range p.Trust.gmRoots {
		if bytes.Equal(root.RawSubject, list.RawIssuer) && gm.Verify(root.PublicKey, list.RawTBSRevocationList, list.Signature) == nil {
			return root.Subject.CommonName, nil
		}
	}
	for _, root := range p.Trust.roots {
		plain, err := x509.ParseRevocationList(list.Raw)
		if err == nil && bytes.Equal(root.RawSubject, list.RawIssuer) && plain.CheckSignatureFrom(root) == nil {
			return root.Subject.CommonName, nil
		}
	}
	return "", fmt.Errorf("%w (no trusted root signed it)", mdoc.ErrUntrustedIssuer)
}
