package mdoc

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// VICAL is a list of the roots of authorities that a provider vouches for
// (ISO/IEC 18013-5 Annex C).
type VICAL struct {
	Provider     string
	Date         time.Time
	NextUpdate   time.Time // zero: none announced
	Certificates []VICALCertificate
	auth         *cose.Sign1
}

// VICALCertificate is one root with the document types that it is listed for.
type VICALCertificate struct {
	DER      []byte
	DocTypes []string
}

// ParseVICAL reads a VICAL. Nothing is verified.
func ParseVICAL(b []byte) (*VICAL, error) {
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%w (%d bytes)", ErrTooLarge, len(b))
	}
	auth, err := cose.ParseSign1(b)
	if err != nil {
		return nil, err
	}
	if err := cbor.Check(auth.Payload); err != nil {
		return nil, err
	}
	v := &VICAL{auth: auth}
	r := cbor.Read(auth.Payload)
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "vicalProvider":
			v.Provider = r.Text()
		case "date":
			v.Date = readDateTime(&r)
		case "nextUpdate":
			v.NextUpdate = readDateTime(&r)
		case "certificateInfos":
			for range r.Array() {
				v.Certificates = append(v.Certificates, readCertificateInfo(&r))
			}
		default:
			r.Item()
		}
	}
	return v, structureError(r.Done())
}

func readCertificateInfo(r *cbor.Reader) VICALCertificate {
	var c VICALCertificate
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "certificate":
			c.DER = r.Bytes()
		case "docType":
			for range r.Array() {
				c.DocTypes = append(c.DocTypes, r.Text())
			}
		default:
			r.Item()
		}
	}
	return c
}

// Verify checks that a signer under one of the provider's roots signed the
// list, and that it has not been superseded. Intermediates come with the list.
func (v *VICAL) Verify(roots *x509.CertPool, now time.Time) (*x509.Certificate, error) {
	var signer *x509.Certificate
	intermediates := x509.NewCertPool()
	for i, der := range append(v.auth.Protected.X5Chain, v.auth.Unprotected.X5Chain...) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w (%v)", ErrBadCertificate, err)
		}
		if i == 0 {
			signer = c
		} else {
			intermediates.AddCert(c)
		}
	}
	if signer == nil {
		return nil, fmt.Errorf("%w (no certificate of the list's signer)", ErrUntrustedIssuer)
	}
	_, err := signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err == nil && !hasPurpose(signer) {
		err = errors.New("the certificate is not for signing such lists")
	}
	if err != nil {
		return signer, fmt.Errorf("%w (%v)", ErrUntrustedIssuer, err)
	}
	if !v.NextUpdate.IsZero() && now.After(v.NextUpdate) {
		return signer, fmt.Errorf("%w (the list was to be renewed by %s)", ErrExpired, v.NextUpdate.Format(time.RFC3339))
	}
	return signer, v.auth.Verify(signer.PublicKey, nil)
}

func hasPurpose(cert *x509.Certificate) bool {
	for _, id := range cert.UnknownExtKeyUsage {
		if id.Equal(OIDVICALSigner) {
			return true
		}
	}
	return false
}
