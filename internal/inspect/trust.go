package inspect

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"edl/gm"
	"edl/internal/fault"
	"edl/mdoc"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

// Trust is what a verifier believes before it has seen anything: roots of
// authorities and of readers, SM2 roots, revocation lists, and keys that it
// knows without a certificate. It is not changed while it is used.
type Trust struct {
	authorities mdoc.Trust
	readers     mdoc.Trust
	gm          gm.Trust
	roots       []*x509.Certificate // all but the SM2 ones, whatever profile they meet
	gmRoots     []*gm.Certificate
	keys        []crypto.PublicKey
	lists       [][]byte
	unfit       []error // why a root serves for no mdoc
}

// ErrTrust is returned for a file that holds nothing to trust.
var ErrTrust = fault.New(fault.Invalid, "bad_trust",
	"信任文件里没有可用的根证书、公钥或吊销列表。",
	"The trust file holds no root certificate, public key or revocation list that can be used.")

// NewTrust reads trust files: certificates, revocation lists and public keys,
// in PEM (any number in one file) or DER, or a JWK or a set of them. A
// certificate of an authority is a root; any other is its key and no more.
func NewTrust(files ...[]byte) (*Trust, error) {
	t := &Trust{}
	for _, b := range files {
		if err := t.add(b); err != nil {
			return nil, err
		}
	}
	for _, list := range t.lists {
		if t.authorities.AddCRL(list) != nil && t.readers.AddCRL(list) != nil {
			if err := t.gm.AddCRL(list); err != nil {
				return nil, fmt.Errorf("%w (%w)", ErrTrust, err)
			}
		}
	}
	return t, nil
}

func (t *Trust) add(b []byte) error {
	if trimmed := bytes.TrimSpace(b); len(trimmed) > 0 && trimmed[0] == '{' {
		return t.addJWKs(trimmed)
	}
	block, rest := pem.Decode(b)
	if block == nil {
		return t.addDER(b)
	}
	for ; block != nil; block, rest = pem.Decode(rest) {
		if err := t.addDER(block.Bytes); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trust) addDER(der []byte) error {
	if c, err := gm.ParseCertificate(der); err == nil {
		return t.addCertificate(c)
	}
	if _, err := smx509.ParseRevocationList(der); err == nil {
		t.lists = append(t.lists, der)
		return nil
	}
	key, err := smx509.ParsePKIXPublicKey(der)
	if err != nil {
		return fmt.Errorf("%w (%v)", ErrTrust, err)
	}
	t.keys = append(t.keys, key)
	return nil
}

func (t *Trust) addCertificate(c *gm.Certificate) error {
	if _, err := gm.PublicKey(c.PublicKey); err == nil {
		if !c.IsCA {
			t.keys = append(t.keys, c.PublicKey)
			return nil
		}
		t.gmRoots = append(t.gmRoots, c)
		return t.gm.AddRoot(c)
	}
	cert, err := x509.ParseCertificate(c.Raw)
	if err != nil {
		return fmt.Errorf("%w (%v)", ErrTrust, err)
	}
	if !cert.IsCA {
		t.keys = append(t.keys, cert.PublicKey)
		return nil
	}
	t.roots = append(t.roots, cert)
	if why := t.authorities.Add(cert, mdoc.ProfileIACA); why != nil {
		if t.readers.Add(cert, mdoc.ProfileReaderCA) != nil {
			t.unfit = append(t.unfit, why)
		}
		return nil
	}
	return t.readers.Add(cert, mdoc.ProfileReaderCA) // an authority may have readers of its own
}

func (t *Trust) addJWKs(b []byte) error {
	m, err := strictjson.Object(b)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrTrust, err)
	}
	set, isSet := m["keys"].([]any)
	if !isSet {
		set = []any{m}
	}
	for _, v := range set {
		jwk, _ := v.(map[string]any)
		key, err := jws.ParseJWK(jwk)
		if err != nil {
			return fmt.Errorf("%w (%w)", ErrTrust, err)
		}
		t.keys = append(t.keys, key)
	}
	return nil
}

// signer returns the key of a token's signer: of the chain it shows, which
// must lead to a root, or the one known key that verifies it where it shows
// none.
func (t *Trust) signer(chain [][]byte, at time.Time, verifies func(crypto.PublicKey) error) (crypto.PublicKey, error) {
	if len(chain) == 0 {
		return t.known(verifies)
	}
	certs := make([]*x509.Certificate, len(chain))
	for i, der := range chain {
		var err error
		if certs[i], err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
	}
	for _, key := range t.keys {
		if equalKeys(key, certs[0].PublicKey) {
			return key, nil
		}
	}
	if err := t.path(certs, at); err != nil {
		return nil, err
	}
	return certs[0].PublicKey, nil
}

// known returns the known key that verifies, else any known one, so that the
// step of the signature tells what is wrong.
func (t *Trust) known(verifies func(crypto.PublicKey) error) (crypto.PublicKey, error) {
	if t == nil || len(t.keys) == 0 {
		return nil, errors.New("it shows no certificate, and no key is trusted")
	}
	for _, key := range t.keys {
		if verifies(key) == nil {
			return key, nil
		}
	}
	return t.keys[0], nil
}

func equalKeys(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// path verifies a chain, the leaf first, against all roots and what they revoked.
func (t *Trust) path(certs []*x509.Certificate, at time.Time) error {
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, r := range t.roots {
		options.Roots.AddCert(r)
	}
	for _, c := range certs[1:] {
		options.Intermediates.AddCert(c)
	}
	chains, err := certs[0].Verify(options)
	if err != nil {
		return err
	}
	for _, chain := range chains {
		if err = t.notRevoked(chain); err == nil {
			return nil
		}
	}
	return err
}

func (t *Trust) notRevoked(chain []*x509.Certificate) error {
	for i, c := range chain[:len(chain)-1] {
		for _, der := range t.lists {
			list, err := x509.ParseRevocationList(der)
			if err != nil || list.CheckSignatureFrom(chain[i+1]) != nil {
				continue // another authority's
			}
			for _, entry := range list.RevokedCertificateEntries {
				if entry.SerialNumber.Cmp(c.SerialNumber) == 0 {
					return fmt.Errorf("the certificate of %s is revoked", c.Subject)
				}
			}
		}
	}
	return nil
}

// holders are the known keys of a curve that live codes are signed with.
func (t *Trust) holders() []*ecdsa.PublicKey {
	var all []*ecdsa.PublicKey
	if t == nil {
		return nil
	}
	for _, key := range t.keys {
		if k, ok := key.(*ecdsa.PublicKey); ok {
			all = append(all, k)
		}
	}
	return all
}
