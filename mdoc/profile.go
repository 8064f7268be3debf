package mdoc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"edl/mdoc/checklist"
)

// Object identifiers of extensions and key purposes.
var (
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidIssuerAltName    = asn1.ObjectIdentifier{2, 5, 29, 18}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidCRLPoints        = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidPolicyMappings   = asn1.ObjectIdentifier{2, 5, 29, 33}
	oidPolicyConstraint = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidFreshestCRL      = asn1.ObjectIdentifier{2, 5, 29, 46}
	oidInhibitAnyPolicy = asn1.ObjectIdentifier{2, 5, 29, 54}

	OIDDocumentSigner = asn1.ObjectIdentifier{1, 0, 18013, 5, 1, 2} // mdlDS
	OIDReaderAuth     = asn1.ObjectIdentifier{1, 0, 18013, 5, 1, 6} // mdlReaderAuth
	OIDVICALSigner    = asn1.ObjectIdentifier{1, 0, 18013, 5, 1, 8} // signer of a trust list
)

// The longest validities of Annex B.
const (
	MaxIACAYears         = 20
	MaxDocumentSignerAge = 457 * 24 * time.Hour
	MaxReaderAge         = 1187 * 24 * time.Hour
	MaxStatusSignerAge   = 1187 * 24 * time.Hour
)

// A profile collects the steps of checking one certificate.
type profile struct {
	checklist.List
	cert *x509.Certificate
	at   string // the table
}

func newProfile(cert *x509.Certificate, table string) *profile {
	return &profile{make(checklist.List, 0, 12), cert, "ISO/IEC 18013-5 Annex B, " + table}
}

// must adds a step that passes if ok, else fails because of why.
func (p *profile) must(name string, ok bool, why string) {
	var err error
	if !ok {
		err = fmt.Errorf("%w (%s: %s)", ErrBadCertificate, name, why)
	}
	p.Add(name, p.at, err, "")
}

// ProfileIACA checks the root of an authority against Table B.1.
func ProfileIACA(cert *x509.Certificate) checklist.List {
	p := newProfile(cert, "Table B.1")
	p.common(false)
	limit := cert.NotBefore.AddDate(MaxIACAYears, 0, 0)
	p.must("lifetime", !cert.NotAfter.After(limit), "longer than 20 years")
	p.must("subject", len(cert.Subject.Country) == 1 && cert.Subject.CommonName != "", "no country or no common name")
	p.must("country", isCountry(cert), "not two capital letters as a PrintableString")
	p.must("issuer", bytes.Equal(cert.RawIssuer, cert.RawSubject), "not self-issued")
	p.authority()
	p.must("issuer_alt_name", p.hasIssuerAltName(), "no e-mail address or URI")
	p.must("crl", p.hasCRL(), "no CRL distribution point, or one with reasons or a CRL issuer")
	p.selfSigned()
	return p.List
}

// ProfileReaderCA checks the root of readers, for which Annex B asks less
// than that of an authority: no country and no alternative name.
func ProfileReaderCA(cert *x509.Certificate) checklist.List {
	p := newProfile(cert, "reader authority")
	p.common(false)
	p.must("issuer", bytes.Equal(cert.RawIssuer, cert.RawSubject), "not self-issued")
	p.authority()
	p.selfSigned()
	return p.List
}

// ProfileDocumentSigner checks a document signer under its root against Table B.3.
func ProfileDocumentSigner(cert, iaca *x509.Certificate) checklist.List {
	p := newProfile(cert, "Table B.3")
	p.common(true)
	p.must("lifetime", age(cert) <= MaxDocumentSignerAge, "longer than 457 days")
	p.must("subject", cert.Subject.CommonName != "", "no common name")
	p.must("country", isCountry(cert) && countryOf(cert) == countryOf(iaca), "not that of the root")
	if st := iaca.Subject.Province; len(st) > 0 {
		p.must("province", len(cert.Subject.Province) == 1 && cert.Subject.Province[0] == st[0], "not that of the root")
	}
	p.endEntity(iaca)
	p.must("ext_key_usage", p.criticalPurpose(OIDDocumentSigner), "not critical, or not exactly 1.0.18013.5.1.2")
	p.must("issuer_alt_name", p.hasIssuerAltName(), "no e-mail address or URI")
	p.must("crl", p.hasCRL(), "no CRL distribution point, or one with reasons or a CRL issuer")
	return p.List
}

// ProfileReader checks a reader's certificate under its root against Table B.7.
func ProfileReader(cert, root *x509.Certificate) checklist.List {
	p := newProfile(cert, "Table B.7")
	p.common(true)
	p.must("lifetime", age(cert) <= MaxReaderAge, "longer than 1187 days")
	p.must("subject", cert.Subject.CommonName != "", "no common name")
	p.endEntity(root)
	p.must("ext_key_usage", p.criticalPurpose(OIDReaderAuth), "not critical, or not exactly 1.0.18013.5.1.6")
	return p.List
}

// ProfileStatusSigner checks the signer of status lists for mdocs under the
// root of the authority against Table B.9 (edition 2).
func ProfileStatusSigner(cert, iaca *x509.Certificate) checklist.List {
	p := newProfile(cert, "Table B.9")
	p.common(false)
	p.must("lifetime", age(cert) <= MaxStatusSignerAge, "longer than 1187 days")
	p.must("subject", cert.Subject.CommonName != "", "no common name")
	p.must("country", isCountry(cert) && countryOf(cert) == countryOf(iaca), "not that of the root")
	p.endEntity(iaca)
	eku := p.extension(oidExtKeyUsage)
	p.must("ext_key_usage", eku == nil || !eku.Critical, "critical")
	return p.List
}

func age(cert *x509.Certificate) time.Duration { return cert.NotAfter.Sub(cert.NotBefore) }

// common adds what every profile asks for.
func (p *profile) common(edwards bool) {
	c := p.cert
	p.must("version", c.Version == 3, "not X.509 version 3")
	p.must("serial", c.SerialNumber.Sign() > 0 && len(c.SerialNumber.Bytes()) <= 20, "not positive, or longer than 20 octets")
	p.must("signature_algorithm", c.SignatureAlgorithm == x509.ECDSAWithSHA256 ||
		c.SignatureAlgorithm == x509.ECDSAWithSHA384 || c.SignatureAlgorithm == x509.ECDSAWithSHA512, c.SignatureAlgorithm.String())
	_, isEd := c.PublicKey.(ed25519.PublicKey)
	p.must("key", isEd && edwards || hasListedCurve(c), "not an uncompressed point on a listed curve")
	ski := p.extension(oidSubjectKeyID)
	p.must("subject_key_id", ski != nil && bytes.Equal(c.SubjectKeyId, keyIDOf(c)), "not the SHA-1 of the public key")
	p.must("extensions", p.onlyKnown() == "", p.onlyKnown())
}

// hasListedCurve reports whether the key is on a NIST curve of the profile;
// Go's parser accepts uncompressed points alone.
func hasListedCurve(c *x509.Certificate) bool {
	k, ok := c.PublicKey.(*ecdsa.PublicKey)
	return ok && k.Curve.Params().BitSize >= 256
}

func keyIDOf(c *x509.Certificate) []byte {
	spki := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var seq, algorithm cryptobyte.String
	var bits []byte
	if !spki.ReadASN1(&seq, der.SEQUENCE) || !seq.ReadASN1(&algorithm, der.SEQUENCE) || !seq.ReadASN1BitStringAsBytes(&bits) {
		return nil
	}
	sum := sha1.Sum(bits)
	return sum[:]
}

func (p *profile) extension(id asn1.ObjectIdentifier) *pkix.Extension {
	for i := range p.cert.Extensions {
		if p.cert.Extensions[i].Id.Equal(id) {
			return &p.cert.Extensions[i]
		}
	}
	return nil
}

// onlyKnown returns what forbids the set of extensions, or "".
func (p *profile) onlyKnown() string {
	for i := range p.cert.Extensions {
		e := &p.cert.Extensions[i]
		switch {
		case e.Id.Equal(oidPolicyMappings), e.Id.Equal(oidNameConstraints), e.Id.Equal(oidPolicyConstraint),
			e.Id.Equal(oidInhibitAnyPolicy), e.Id.Equal(oidFreshestCRL):
			return "forbidden extension " + e.Id.String()
		case !e.Critical, e.Id.Equal(oidKeyUsage):
		case e.Id.Equal(oidBasicConstraints) && p.cert.IsCA:
		case e.Id.Equal(oidExtKeyUsage) && !p.cert.IsCA:
		default:
			return "unknown critical extension " + e.Id.String()
		}
	}
	return ""
}

// authority adds the rules for a root's key usage and basic constraints.
func (p *profile) authority() {
	c := p.cert
	ku, bc := p.extension(oidKeyUsage), p.extension(oidBasicConstraints)
	p.must("key_usage", ku != nil && ku.Critical && c.KeyUsage == x509.KeyUsageCertSign|x509.KeyUsageCRLSign,
		"not critical, or not exactly keyCertSign and cRLSign")
	p.must("basic_constraints", bc != nil && bc.Critical && c.IsCA && c.MaxPathLen == 0 && c.MaxPathLenZero,
		"not critical, or not a certificate authority with a path length of zero")
}

func (p *profile) selfSigned() {
	err := p.cert.CheckSignatureFrom(p.cert)
	p.must("self_signed", err == nil, fmt.Sprint(err))
}

// endEntity adds the rules for a certificate below a root.
func (p *profile) endEntity(root *x509.Certificate) {
	c := p.cert
	p.must("issuer", bytes.Equal(c.RawIssuer, root.RawSubject), "not byte for byte the subject of the root")
	p.must("authority_key_id", len(c.AuthorityKeyId) > 0 && bytes.Equal(c.AuthorityKeyId, root.SubjectKeyId), "not the root's key identifier")
	ku := p.extension(oidKeyUsage)
	p.must("key_usage", ku != nil && ku.Critical && c.KeyUsage == x509.KeyUsageDigitalSignature, "not critical, or not exactly digitalSignature")
	p.must("no_authority", !c.IsCA && p.extension(oidBasicConstraints) == nil, "the certificate could issue others")
}

func (p *profile) criticalPurpose(purpose asn1.ObjectIdentifier) bool {
	eku := p.extension(oidExtKeyUsage)
	return eku != nil && eku.Critical && len(p.cert.ExtKeyUsage) == 0 &&
		len(p.cert.UnknownExtKeyUsage) == 1 && p.cert.UnknownExtKeyUsage[0].Equal(purpose)
}

// hasIssuerAltName looks for an rfc822Name [1] or a URI [6].
func (p *profile) hasIssuerAltName() bool {
	e := p.extension(oidIssuerAltName)
	if e == nil || e.Critical {
		return false
	}
	names := cryptobyte.String(e.Value)
	var seq cryptobyte.String
	if !names.ReadASN1(&seq, der.SEQUENCE) || !names.Empty() {
		return false
	}
	found := false
	for !seq.Empty() {
		var name cryptobyte.String
		var tag der.Tag
		if !seq.ReadAnyASN1(&name, &tag) {
			return false
		}
		found = found || len(name) > 0 && (tag == der.Tag(1).ContextSpecific() || tag == der.Tag(6).ContextSpecific())
	}
	return found
}

// hasCRL looks for distribution points with a name each and neither reasons
// nor a CRL issuer. The published examples of the standard name a host where a
// URI belongs; whether a CRL can be fetched is for the operator's check.
func (p *profile) hasCRL() bool {
	e := p.extension(oidCRLPoints)
	if e == nil || e.Critical {
		return false
	}
	outer := cryptobyte.String(e.Value)
	var points cryptobyte.String
	if !outer.ReadASN1(&points, der.SEQUENCE) || !outer.Empty() || points.Empty() {
		return false
	}
	for !points.Empty() {
		var point, name cryptobyte.String
		if !points.ReadASN1(&point, der.SEQUENCE) ||
			!point.ReadASN1(&name, der.Tag(0).ContextSpecific().Constructed()) || name.Empty() || !point.Empty() {
			return false
		}
	}
	return true
}

func countryOf(cert *x509.Certificate) string {
	if len(cert.Subject.Country) != 1 {
		return ""
	}
	return cert.Subject.Country[0]
}

// isCountry reports whether the subject's country is an upper-case alpha-2
// code in a PrintableString (tag 19).
func isCountry(cert *x509.Certificate) bool {
	c := countryOf(cert)
	if len(c) != 2 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return false
	}
	attribute := append([]byte{0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02}, c...) // id-at-countryName, PrintableString
	return bytes.Contains(cert.RawSubject, attribute)
}
