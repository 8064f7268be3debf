package mdoc

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"edl/internal/fault"
	"edl/mdoc/checklist"
)

// Trust is a set of roots with their revocation lists. It is not changed
// while it is used; a zero or nil Trust trusts nobody.
type Trust struct {
	roots []*root
}

type root struct {
	cert    *x509.Certificate
	revoked map[string]bool // by the bytes of the serial number
}

// Add adds a root certificate in DER that meets its profile: ProfileIACA for
// authorities, ProfileReaderCA for readers.
func (t *Trust) Add(cert *x509.Certificate, profile func(*x509.Certificate) checklist.List) error {
	if err := profile(cert).Err(); err != nil {
		return fmt.Errorf("root %s: %w", cert.Subject, err)
	}
	for _, r := range t.roots {
		if bytes.Equal(r.cert.Raw, cert.Raw) {
			return nil
		}
	}
	t.roots = append(t.roots, &root{cert: cert, revoked: make(map[string]bool)})
	return nil
}

// AddCRL adds a certificate revocation list in DER that a root of the set
// signed. What it revokes stays revoked when the list has grown old: a reader
// without a network knows less than it should, never more than is so.
func (t *Trust) AddCRL(der []byte) error {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return fmt.Errorf("%w (revocation list: %v)", ErrBadCertificate, err)
	}
	for _, r := range t.roots {
		if !bytes.Equal(list.RawIssuer, r.cert.RawSubject) || list.CheckSignatureFrom(r.cert) != nil {
			continue
		}
		for _, entry := range list.RevokedCertificateEntries {
			r.revoked[string(entry.SerialNumber.Bytes())] = true
		}
		return nil
	}
	return fmt.Errorf("%w (no root signed this revocation list)", ErrBadCertificate)
}

// Roots returns the root certificates.
func (t *Trust) Roots() []*x509.Certificate {
	certs := make([]*x509.Certificate, 0, len(t.roots))
	for _, r := range t.roots {
		certs = append(certs, r.cert)
	}
	return certs
}

// DocumentSigner verifies the chain of an IssuerAuth at a time and returns the
// signer's certificate with its root, or an ErrUntrustedIssuer. The
// certificate is returned even then, if it could be read.
func (t *Trust) DocumentSigner(chain [][]byte, at time.Time) (cert, iaca *x509.Certificate, err error) {
	return t.verify(chain, at, ErrUntrustedIssuer, ProfileDocumentSigner)
}

// StatusSigner verifies the chain of a status list for mdocs like DocumentSigner.
func (t *Trust) StatusSigner(chain [][]byte, at time.Time) (cert, iaca *x509.Certificate, err error) {
	return t.verify(chain, at, ErrUntrustedIssuer, ProfileStatusSigner)
}

// Reader verifies the chain of a reader authentication: an ErrUntrustedReader.
func (t *Trust) Reader(chain [][]byte, at time.Time) (cert, ca *x509.Certificate, err error) {
	return t.verify(chain, at, ErrUntrustedReader, ProfileReader)
}

// verify follows ISO/IEC 18013-5 §9.3.3 for a chain of a root and a leaf: the
// profiles leave no room for anything between, since a root's path length is
// zero, and a root that is sent along proves nothing.
func (t *Trust) verify(chain [][]byte, at time.Time, refusal *fault.Fault,
	profile func(cert, root *x509.Certificate) checklist.List) (cert, ca *x509.Certificate, err error) {
	if len(chain) != 1 {
		return nil, nil, fmt.Errorf("%w (a chain of %d certificates below the root, not 1)", refusal, len(chain))
	}
	cert, err = x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%v)", refusal, err)
	}
	r, err := t.issuerOf(cert)
	if err != nil {
		return cert, nil, fmt.Errorf("%w (%v)", refusal, err)
	}
	if err := profile(cert, r.cert).Err(); err != nil {
		return cert, r.cert, fmt.Errorf("%w (%w)", refusal, err)
	}
	for _, c := range []*x509.Certificate{cert, r.cert} {
		if at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return cert, r.cert, fmt.Errorf("%w (the certificate of %s is valid from %s to %s)", refusal,
				c.Subject, c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
		}
	}
	if r.revoked[string(cert.SerialNumber.Bytes())] {
		return cert, r.cert, fmt.Errorf("%w (the certificate of %s is revoked)", refusal, cert.Subject)
	}
	return cert, r.cert, nil
}

// issuerOf returns the root that signed cert.
func (t *Trust) issuerOf(cert *x509.Certificate) (*root, error) {
	if t == nil {
		return nil, errors.New("no roots are trusted")
	}
	var why error
	for _, r := range t.roots {
		if !bytes.Equal(cert.RawIssuer, r.cert.RawSubject) ||
			len(cert.AuthorityKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, r.cert.SubjectKeyId) {
			continue
		}
		if why = cert.CheckSignatureFrom(r.cert); why == nil {
			return r, nil
		}
	}
	if why == nil {
		why = fmt.Errorf("no trusted root is %s with the key identifier %x", cert.Issuer, cert.AuthorityKeyId)
	}
	return nil, why
}
