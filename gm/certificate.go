package gm

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"edl/mdoc/checklist"
)

// Certificate is an X.509 certificate whose key and signature may be SM2.
type Certificate = smx509.Certificate

// ParseCertificate reads a certificate in DER.
func ParseCertificate(der []byte) (*Certificate, error) {
	c, err := smx509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadCertificate, err)
	}
	return c, nil
}

// Request is what the issuer of a certificate decides; the rest follows from
// its role.
type Request struct {
	Subject   pkix.Name
	Serial    *big.Int // unpredictable, positive, at most 20 octets; nil: drawn
	NotBefore time.Time
	NotAfter  time.Time
	CRL       string // URI of the revocation list; empty for a root without one
}

// CreateRoot returns a self-signed root, in DER.
func (r Request) CreateRoot(key crypto.Signer) ([]byte, error) {
	t, err := r.authority(key.Public(), 1)
	if err != nil {
		return nil, err
	}
	return create(t, t, key.Public(), key)
}

// CreateAuthority returns an authority below a root, which issues signers.
func (r Request) CreateAuthority(public crypto.PublicKey, parent *Certificate, key crypto.Signer) ([]byte, error) {
	t, err := r.authority(public, 0)
	if err != nil {
		return nil, err
	}
	return create(t, parent, public, key)
}

// CreateSigner returns the certificate of a key that signs seals and bundles.
func (r Request) CreateSigner(public crypto.PublicKey, parent *Certificate, key crypto.Signer) ([]byte, error) {
	t, err := r.template(public)
	if err != nil {
		return nil, err
	}
	t.KeyUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment
	return create(t, parent, public, key)
}

func (r Request) authority(public crypto.PublicKey, pathLen int) (*Certificate, error) {
	t, err := r.template(public)
	if err != nil {
		return nil, err
	}
	t.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign
	t.BasicConstraintsValid, t.IsCA, t.MaxPathLen, t.MaxPathLenZero = true, true, pathLen, pathLen == 0
	return t, nil
}

func (r Request) template(public crypto.PublicKey) (*Certificate, error) {
	point, err := MarshalPublicKey(public)
	if err != nil {
		return nil, err
	}
	if r.Subject.CommonName == "" || !r.NotAfter.After(r.NotBefore) {
		return nil, fmt.Errorf("%w (no common name, or no time of validity)", ErrBadCertificate)
	}
	serial := r.Serial
	if serial == nil {
		if serial, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159)); err != nil {
			return nil, err
		}
	}
	id := SM3(point)
	t := &Certificate{SerialNumber: serial, Subject: r.Subject, NotBefore: r.NotBefore, NotAfter: r.NotAfter,
		SubjectKeyId: id[:20], SignatureAlgorithm: smx509.SM2WithSM3}
	if r.CRL != "" {
		t.CRLDistributionPoints = []string{r.CRL}
	}
	return t, nil
}

func create(t, parent *Certificate, public crypto.PublicKey, key crypto.Signer) ([]byte, error) {
	if _, err := PublicKey(key.Public()); err != nil {
		return nil, err
	}
	der, err := smx509.CreateCertificate(rand.Reader, t, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("creating the certificate of %s: %w", t.Subject, err)
	}
	return der, nil
}

// CreateCRL returns a revocation list of an authority, in DER.
func CreateCRL(number int64, from, until time.Time, revoked []smx509.RevocationListEntry, issuer *Certificate, key crypto.Signer) ([]byte, error) {
	return smx509.CreateRevocationList(rand.Reader, &smx509.RevocationList{Number: big.NewInt(number), ThisUpdate: from, NextUpdate: until,
		RevokedCertificateEntries: revoked, SignatureAlgorithm: smx509.SM2WithSM3}, issuer, key)
}

// Trust is a set of roots, and what they and their authorities revoked. It is
// not changed while it is used; a zero or nil Trust trusts nobody.
type Trust struct {
	roots []*Certificate
	lists []*smx509.RevocationList
}

// AddRoot adds a self-signed SM2 root.
func (t *Trust) AddRoot(c *Certificate) error {
	if why := authorityFault(c, 0); why != "" || !bytes.Equal(c.RawIssuer, c.RawSubject) {
		return fmt.Errorf("%w (root %s: not a self-issued authority%s)", ErrBadCertificate, c.Subject, why)
	}
	if err := checkSignature(c, c); err != nil {
		return err
	}
	t.roots = append(t.roots, c)
	return nil
}

// AddCRL adds a revocation list in DER. It counts for the certificates of the
// authority that signed it, which is checked when one is met.
func (t *Trust) AddCRL(der []byte) error {
	list, err := smx509.ParseRevocationList(der)
	if err != nil {
		return fmt.Errorf("%w (revocation list: %v)", ErrBadCertificate, err)
	}
	t.lists = append(t.lists, list)
	return nil
}

// maxChain is the longest chain, the leaf and the authorities below a root.
const maxChain = 4

// The steps of verifying a chain and the clauses that ask for them.
const (
	StepParse     = "parse"
	StepAlgorithm = "algorithm"
	StepPath      = "path"
	StepUsage     = "key_usage"
	StepValidity  = "validity"
	StepRevoked   = "revocation"

	clauseParse     = "GB/T 20518 §5.2"
	clauseAlgorithm = "GM/T 0015, GB/T 32918.2"
	clausePath      = "RFC 5280 §6.1"
)

// Verify verifies a chain of certificates in DER, the signer's first and the
// root left out, at a time. The signer's certificate is nil unless every step
// passed.
func (t *Trust) Verify(chain [][]byte, at time.Time) (*Certificate, checklist.List) {
	var steps checklist.List
	certs, err := parseChain(chain)
	if !steps.Add(StepParse, clauseParse, err, "") {
		return nil, steps
	}
	root, err := t.root(certs[len(certs)-1])
	if !steps.Add(StepPath, clausePath, err, "") {
		return nil, steps
	}
	path := append(certs, root)
	steps.Add(StepAlgorithm, clauseAlgorithm, allSM2(path), "SM2 with SM3")
	steps.Add(StepPath, clausePath, linked(path), root.Subject.CommonName)
	steps.Add(StepUsage, clausePath, mayRelyOn(path), "")
	steps.Add(StepValidity, clausePath, within(path, at), "")
	steps.Add(StepRevoked, clausePath, t.notRevoked(path), "")
	if !steps.OK() {
		return nil, steps
	}
	return certs[0], steps
}

func parseChain(chain [][]byte) ([]*Certificate, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return nil, fmt.Errorf("%w (a chain of %d certificates below the root)", ErrUntrustedIssuer, len(chain))
	}
	certs := make([]*Certificate, 0, len(chain)+1)
	for _, der := range chain {
		c, err := ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrUntrustedIssuer, err)
		}
		certs = append(certs, c)
	}
	return certs, nil
}

// root returns the root that signed a certificate.
func (t *Trust) root(c *Certificate) (*Certificate, error) {
	why := errors.New("no trusted root has this name")
	if t != nil {
		for _, r := range t.roots {
			if !bytes.Equal(c.RawIssuer, r.RawSubject) {
				continue
			}
			if why = checkSignature(c, r); why == nil {
				return r, nil
			}
		}
	}
	return nil, fmt.Errorf("%w (%s: %w)", ErrUntrustedIssuer, c.Issuer, why)
}

// checkSignature checks that parent's key signed c, with SM2 and SM3.
func checkSignature(c, parent *Certificate) error {
	if c.SignatureAlgorithm != smx509.SM2WithSM3 {
		return fmt.Errorf("%w (signed with %s)", ErrBadSignature, c.SignatureAlgorithm)
	}
	return Verify(parent.PublicKey, c.RawTBSCertificate, c.Signature)
}

func allSM2(path []*Certificate) error {
	for _, c := range path {
		if _, err := PublicKey(c.PublicKey); err != nil {
			return fmt.Errorf("%w (%s: %w)", ErrUntrustedIssuer, c.Subject, err)
		}
	}
	return nil
}

// linked checks every link but the last, which root checked.
func linked(path []*Certificate) error {
	for i := range len(path) - 2 {
		c, parent := path[i], path[i+1]
		if !bytes.Equal(c.RawIssuer, parent.RawSubject) {
			return fmt.Errorf("%w (%s is not issued by the next)", ErrUntrustedIssuer, c.Subject)
		}
		if err := checkSignature(c, parent); err != nil {
			return fmt.Errorf("%w (%s: %w)", ErrUntrustedIssuer, c.Subject, err)
		}
	}
	return nil
}

// mayRelyOn checks that authorities are some, with room for those below, that
// the leaf is none and may sign, and that nothing critical is unknown.
func mayRelyOn(path []*Certificate) error {
	leaf := path[0]
	if leaf.IsCA || leaf.KeyUsage&smx509.KeyUsageDigitalSignature == 0 {
		return fmt.Errorf("%w (%s may not sign, or is an authority)", ErrUntrustedIssuer, leaf.Subject)
	}
	for i, c := range path {
		if len(c.UnhandledCriticalExtensions) > 0 {
			return fmt.Errorf("%w (%s: critical extension %s is not understood)", ErrUntrustedIssuer, c.Subject, c.UnhandledCriticalExtensions[0])
		}
		if i == 0 {
			continue
		}
		if why := authorityFault(c, i-1); why != "" {
			return fmt.Errorf("%w (%s%s)", ErrUntrustedIssuer, c.Subject, why)
		}
	}
	return nil
}

// authorityFault returns why c is no authority over a path with that many
// authorities below it, or "".
func authorityFault(c *Certificate, below int) string {
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		return " is no authority"
	case c.KeyUsage != 0 && c.KeyUsage&smx509.KeyUsageCertSign == 0:
		return " may not sign certificates"
	case (c.MaxPathLen > 0 || c.MaxPathLenZero) && below > c.MaxPathLen:
		return " may not have so long a path below it"
	}
	return ""
}

func within(path []*Certificate, at time.Time) error {
	for _, c := range path {
		if at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return fmt.Errorf("%w (the certificate of %s is valid from %s to %s)", ErrUntrustedIssuer,
				c.Subject, c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
		}
	}
	return nil
}

// notRevoked looks every certificate up in the lists that its issuer signed.
// What a list revokes stays revoked when the list has grown old.
func (t *Trust) notRevoked(path []*Certificate) error {
	for i := range len(path) - 1 {
		c, issuer := path[i], path[i+1]
		for _, list := range t.lists {
			if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || Verify(issuer.PublicKey, list.RawTBSRevocationList, list.Signature) != nil {
				continue
			}
			for _, entry := range list.RevokedCertificateEntries {
				if entry.SerialNumber.Cmp(c.SerialNumber) == 0 {
					return fmt.Errorf("%w (the certificate of %s is revoked)", ErrUntrustedIssuer, c.Subject)
				}
			}
		}
	}
	return nil
}
