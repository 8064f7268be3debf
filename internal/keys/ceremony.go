package keys

import (
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"edl/gm"
	"edl/mdoc"
)

// InitPKI makes one certificate of every role.
func InitPKI(dir string, about About, by By, now time.Time) (*PKI, error) {
	about.PublicURL = strings.TrimRight(about.PublicURL, "/")
	if about.PublicURL == "" || about.Name == "" || len(about.Country) != 2 {
		return nil, errors.New("certificates need the public URL, a name in Latin letters and a country of two letters")
	}
	return changePKI(dir, func(ch *pkiChange) error {
		if len(ch.pki.Certificates) > 0 {
			return ErrHasPKI
		}
		ch.pki.About = about
		for _, role := range Roles {
			if err := ch.make(role, by, now); err != nil {
				return err
			}
		}
		return ch.renew(now)
	})
}

// RotatePKI replaces the certificate of a role and, for an authority, all that
// are in use below it. What the former ones signed stays valid until it ends.
func RotatePKI(dir string, role Role, by By, now time.Time) (*PKI, error) {
	return changePKI(dir, func(ch *pkiChange) error {
		if err := ch.replace(role, by, now); err != nil {
			return err
		}
		return ch.renew(now)
	})
}

// RevokeCertificate revokes a certificate below a root and replaces it if it
// was in use. What it signed is refused by whoever reads the revocation list.
func RevokeCertificate(dir, id string, by By, now time.Time) (*PKI, error) {
	return changePKI(dir, func(ch *pkiChange) error {
		c := ch.pki.ByID(id)
		switch {
		case c == nil || c.Revoked != nil:
			return ErrNoKey
		case issuers[c.Role] == c.Role:
			return ErrRevokeCA
		}
		inUse := c.State() == "in use"
		if inUse {
			if err := ch.replace(c.Role, by, now); err != nil {
				return err
			}
		}
		c.Revoked, c.RevokedBy = &now, by
		return ch.renew(now)
	})
}

// RenewLists signs every revocation list anew.
func RenewLists(dir string, now time.Time) (*PKI, error) {
	return changePKI(dir, func(ch *pkiChange) error { return ch.renew(now) })
}

// pkiChange is a change under way, under the lock of the folder.
type pkiChange struct {
	dir     string
	private *private
	pki     *PKI
}

// changePKI rewrites the certificates under the folder's lock: private keys
// first, then the list by renaming; keys that nobody needs any more go last.
func changePKI(dir string, f func(*pkiChange) error) (*PKI, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	ch := &pkiChange{dir: dir, pki: &PKI{Lists: map[string]*List{}}}
	if ch.private, err = openPrivate(dir); err != nil {
		return nil, err
	}
	if p, err := OpenPKI(dir); err == nil {
		ch.pki = p
	} else if !errors.Is(err, ErrNoPKI) {
		return nil, err
	}
	if err := f(ch); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(ch.pki, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := replace(dir, pkiFile, append(text, '\n')); err != nil {
		return nil, err
	}
	for _, c := range ch.pki.Certificates {
		if c.State() != "in use" && !c.Role.IsAuthority() {
			if err := ch.private.destroy(c); err != nil {
				return nil, err
			}
		}
	}
	return OpenPKI(dir)
}

// replace retires the certificate of a role and makes another, then those below.
func (ch *pkiChange) replace(role Role, by By, now time.Time) error {
	old := ch.pki.InUse(role)
	if old == nil {
		return ErrNoPKI
	}
	old.Retired = &now
	if err := ch.make(role, by, now); err != nil {
		return err
	}
	for _, below := range Roles {
		if below != role && issuers[below] == role {
			if err := ch.replace(below, by, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// make makes a key and the certificate of a role, under what is in use.
func (ch *pkiChange) make(role Role, by By, now time.Time) error {
	c := &Certificate{Role: role, MadeAt: now, MadeBy: by}
	keep, err := ch.private.draw(c)
	if err != nil {
		return err
	}
	c.Issuer = c.ID
	if issuers[role] != role {
		issuer := ch.pki.InUse(issuers[role])
		if issuer == nil || issuer.key == nil {
			return fmt.Errorf("%s: %w", issuers[role], ErrNoRoot)
		}
		c.Issuer = issuer.ID
	}
	if c.DER, err = ch.certify(c, now); err != nil {
		return err
	}
	ch.pki.Certificates = append(ch.pki.Certificates, c)
	return keep()
}

// titles are the common names, after the authority's.
var titles = map[Role]string{IACA: "IACA", DocumentSigner: "document signer", StatusSigner: "status lists", ReaderRoot: "reader root", ReaderAuth: "reader",
	SM2Root: "SM2 root", SM2Authority: "SM2 authority", SM2Signer: "SM2 seal"}

func (ch *pkiChange) certify(c *Certificate, now time.Time) ([]byte, error) {
	about := ch.pki.About
	subject := pkix.Name{Country: []string{about.Country}, CommonName: about.Name + " " + titles[c.Role] + " " + c.ID[:4]}
	if about.Province != "" {
		subject.Province = []string{about.Province}
	}
	from := now.UTC().Truncate(time.Second)
	until := from.AddDate(0, 0, days[c.Role])
	issuer := ch.pki.ByID(c.Issuer)
	if issuer == nil {
		issuer = c
	} else if end := issuer.GM().NotAfter; until.After(end) {
		until = end
	}
	if c.Role.isSM2() {
		return certifySM2(c, issuer, gm.Request{Subject: subject, NotBefore: from, NotAfter: until, CRL: about.ListURL(c.Issuer)})
	}
	m := mdoc.Certificate{Subject: subject, NotBefore: from, NotAfter: until, CRL: about.ListURL(c.Issuer), Contact: about.TrustURL()}
	switch c.Role {
	case IACA:
		return m.CreateIACA(c.key)
	case ReaderRoot:
		return m.CreateReaderCA(c.key)
	case DocumentSigner:
		return m.CreateDocumentSigner(c.key.Public(), issuer.X509(), issuer.key)
	case StatusSigner:
		return m.CreateStatusSigner(c.key.Public(), issuer.X509(), issuer.key)
	}
	return m.CreateReader(c.key.Public(), issuer.X509(), issuer.key)
}

func certifySM2(c, issuer *Certificate, r gm.Request) ([]byte, error) {
	switch c.Role {
	case SM2Root:
		return r.CreateRoot(c.key)
	case SM2Authority:
		return r.CreateAuthority(c.key.Public(), issuer.GM(), issuer.key)
	}
	return r.CreateSigner(c.key.Public(), issuer.GM(), issuer.key)
}

// renew signs the revocation list of every issuer that has not ended. An
// issuer whose key was taken away keeps its list, unless the list must change.
func (ch *pkiChange) renew(now time.Time) error {
	for _, issuer := range ch.pki.Certificates {
		if !issuer.Role.IsAuthority() || issuer.Revoked != nil || now.After(issuer.GM().NotAfter) {
			continue
		}
		var revoked []*Certificate
		for _, c := range ch.pki.Certificates {
			if c.Issuer == issuer.ID && c.Revoked != nil {
				revoked = append(revoked, c)
			}
		}
		number, former := int64(1), ch.pki.Lists[issuer.ID]
		if former != nil {
			number = former.Number + 1
		}
		if issuer.key == nil {
			if former != nil && former.revokes() == len(revoked) {
				continue
			}
			return fmt.Errorf("the revocation list of %s: %w", issuer.ID, ErrNoRoot)
		}
		der, err := signList(issuer, number, revoked, now)
		if err != nil {
			return fmt.Errorf("the revocation list of %s: %w", issuer.ID, err)
		}
		ch.pki.Lists[issuer.ID] = &List{number, der}
	}
	return nil
}
