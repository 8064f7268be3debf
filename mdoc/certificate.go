package mdoc

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"time"

	"edl/mdoc/checklist"
)

// Certificate is what the issuer of a certificate decides; the rest follows
// from the profile of Annex B.
type Certificate struct {
	Subject   pkix.Name // at least Country (one) and CommonName
	Serial    *big.Int  // unpredictable, positive, at most 20 octets; nil: drawn
	NotBefore time.Time
	NotAfter  time.Time
	CRL       string // URI of the revocation list
	Contact   string // of the authority: an e-mail address or a URI
}

// CreateIACA returns the self-signed root of an authority, in DER.
func (c Certificate) CreateIACA(key crypto.Signer) ([]byte, error) {
	t, err := c.root(key)
	if err != nil {
		return nil, err
	}
	return create(t, t, key.Public(), key, func(cert, _ *x509.Certificate) checklist.List { return ProfileIACA(cert) })
}

// CreateReaderCA returns the self-signed root of readers, in DER.
func (c Certificate) CreateReaderCA(key crypto.Signer) ([]byte, error) {
	t, err := c.root(key)
	if err != nil {
		return nil, err
	}
	return create(t, t, key.Public(), key, func(cert, _ *x509.Certificate) checklist.List { return ProfileReaderCA(cert) })
}

// CreateDocumentSigner returns the certificate of a document signer's key.
func (c Certificate) CreateDocumentSigner(public crypto.PublicKey, iaca *x509.Certificate, key crypto.Signer) ([]byte, error) {
	return c.below(public, iaca, key, OIDDocumentSigner, ProfileDocumentSigner)
}

// CreateReader returns the certificate of a reader's key.
func (c Certificate) CreateReader(public crypto.PublicKey, ca *x509.Certificate, key crypto.Signer) ([]byte, error) {
	return c.below(public, ca, key, OIDReaderAuth, ProfileReader)
}

// CreateStatusSigner returns the certificate of a key that signs status lists.
func (c Certificate) CreateStatusSigner(public crypto.PublicKey, iaca *x509.Certificate, key crypto.Signer) ([]byte, error) {
	return c.below(public, iaca, key, nil, ProfileStatusSigner)
}

func (c Certificate) root(key crypto.Signer) (*x509.Certificate, error) {
	t, err := c.template(key.Public())
	if err != nil {
		return nil, err
	}
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	t.BasicConstraintsValid, t.IsCA, t.MaxPathLenZero = true, true, true
	return t, nil
}

func (c Certificate) below(public crypto.PublicKey, parent *x509.Certificate, key crypto.Signer,
	purpose asn1.ObjectIdentifier, profile func(cert, root *x509.Certificate) checklist.List) ([]byte, error) {
	t, err := c.template(public)
	if err != nil {
		return nil, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	if purpose != nil {
		value, err := asn1.Marshal([]asn1.ObjectIdentifier{purpose})
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidExtKeyUsage, Critical: true, Value: value})
	}
	return create(t, parent, public, key, profile)
}

func (c Certificate) template(public crypto.PublicKey) (*x509.Certificate, error) {
	if c.CRL == "" || c.Contact == "" {
		return nil, fmt.Errorf("%w (no address of a revocation list, or no contact)", ErrBadCertificate)
	}
	keyID, err := keyIdentifier(public)
	if err != nil {
		return nil, err
	}
	serial := c.Serial
	if serial == nil {
		if serial, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159)); err != nil {
			return nil, err
		}
	}
	altName, err := issuerAltName(c.Contact)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: c.Subject, NotBefore: c.NotBefore, NotAfter: c.NotAfter, SubjectKeyId: keyID,
		CRLDistributionPoints: []string{c.CRL}, ExtraExtensions: []pkix.Extension{altName},
	}, nil
}

// keyIdentifier returns the SHA-1 of the bits of a public key, method 1 of
// RFC 5280 §4.2.1.2, which Annex B prescribes.
func keyIdentifier(public crypto.PublicKey) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:], nil
}

// issuerAltName holds an rfc822Name [1] or a URI [6].
func issuerAltName(contact string) (pkix.Extension, error) {
	tag := 6
	if !strings.Contains(contact, "://") {
		tag = 1
	}
	value, err := asn1.Marshal([]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: tag, Bytes: []byte(contact)}})
	return pkix.Extension{Id: oidIssuerAltName, Value: value}, err
}

// create signs a certificate and holds it against its profile, so that none
// leaves the house that a strict reader would refuse.
func create(t, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer,
	profile func(cert, root *x509.Certificate) checklist.List) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("creating the certificate of %s: %w", t.Subject, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadCertificate, err)
	}
	if err := profile(cert, parent).Err(); err != nil {
		return nil, fmt.Errorf("the certificate of %s: %w", t.Subject, err)
	}
	return der, nil
}
