package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edl/gm"
	"edl/internal/seal"
	"edl/mdoc"
)

// A Role is what a certificate of the authority is for.
type Role string

// The roles, each after its issuer.
const (
	IACA           Role = "iaca"          // root of the licence in international form
	DocumentSigner Role = "signer"        // signs mdocs and SD-JWT VCs
	StatusSigner   Role = "lists"         // signs status lists
	ReaderRoot     Role = "reader-root"   // root of the authority's readers
	ReaderAuth     Role = "reader"        // authenticates a reader to a wallet
	SM2Root        Role = "sm2-root"      // root of what stays in the country
	SM2Authority   Role = "sm2-authority" // below it
	SM2Signer      Role = "sm2-signer"    // signs seals and bundles
)

// Roles are all of them, in the order in which they are made.
var Roles = []Role{IACA, DocumentSigner, StatusSigner, ReaderRoot, ReaderAuth, SM2Root, SM2Authority, SM2Signer}

// issuers says under which role a certificate is made; roots are their own.
var issuers = map[Role]Role{IACA: IACA, DocumentSigner: IACA, StatusSigner: IACA, ReaderRoot: ReaderRoot, ReaderAuth: ReaderRoot,
	SM2Root: SM2Root, SM2Authority: SM2Root, SM2Signer: SM2Authority}

// days is how long a certificate lives, within what Annex B allows.
var days = map[Role]int{IACA: 9 * 365, DocumentSigner: 455, StatusSigner: 1185, ReaderRoot: 9 * 365, ReaderAuth: 1185,
	SM2Root: 20 * 365, SM2Authority: 10 * 365, SM2Signer: 2 * 365}

// IsAuthority reports whether certificates of the role issue others, and so
// have a revocation list.
func (r Role) IsAuthority() bool {
	return r == SM2Authority || issuers[r] == r
}

func (r Role) isSM2() bool { return strings.HasPrefix(string(r), "sm2-") }

// ListLife is how long a revocation list may be believed.
const ListLife = 90 * 24 * time.Hour

// A Certificate is one certificate of the authority. One of a role is in use;
// a retired one signs no more and holds for what it signed; a revoked one holds
// for nothing.
type Certificate struct {
	ID      string     `json:"id"` // of its key
	Role    Role       `json:"role"`
	Issuer  string     `json:"issuer"` // the ID of its issuer's key, its own for a root
	DER     []byte     `json:"der"`
	MadeAt  time.Time  `json:"made_at"`
	Retired *time.Time `json:"retired_at,omitempty"`
	Revoked *time.Time `json:"revoked_at,omitempty"`

	key crypto.Signer // nil where it is no longer kept, or taken away
}

// State says what the certificate does now.
func (c *Certificate) State() string {
	switch {
	case c.Revoked != nil:
		return "revoked"
	case c.Retired != nil:
		return "retired"
	}
	return "in use"
}

// Key returns the private key, nil where it is not in the folder.
func (c *Certificate) Key() crypto.Signer { return c.key }

// X509 returns the certificate, which must not be an SM2 one.
func (c *Certificate) X509() *x509.Certificate {
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil { // OpenPKI read it
		panic(fmt.Sprintf("keys: the certificate %s: %v", c.ID, err))
	}
	return cert
}

// GM returns any certificate as package gm reads it.
func (c *Certificate) GM() *gm.Certificate {
	cert, err := gm.ParseCertificate(c.DER)
	if err != nil {
		panic(fmt.Sprintf("keys: the certificate %s: %v", c.ID, err))
	}
	return cert
}

// About is what the certificates say of the authority.
type About struct {
	PublicURL string `json:"public_url"` // under which revocation lists are served; no slash at its end
	Name      string `json:"name"`       // in Latin letters
	Country   string `json:"country"`
	Province  string `json:"province,omitempty"` // ISO 3166-2, such as CN-11
}

// PKI is the authority's certificates, with their revocation lists. It does
// not change.
type PKI struct {
	About        About            `json:"about"`
	Certificates []*Certificate   `json:"certificates"`
	Lists        map[string]*List `json:"lists"` // by the ID of the issuer
}

// A List is the newest revocation list of an issuer.
type List struct {
	Number int64  `json:"number"`
	DER    []byte `json:"der"`
}

// What the commands refuse.
var (
	ErrNoPKI    = errors.New("no certificates yet: run \"edl keys init --use pki --public-url URL --name NAME\" to make them")
	ErrHasPKI   = errors.New("the certificates are there already: \"edl keys rotate --use ROLE\" makes a new one")
	ErrNoRoot   = errors.New("the private key of the issuer is not in the folder: put its file back for as long as this takes")
	ErrRevokeCA = errors.New("a root is not revoked but replaced: \"edl keys rotate --use ROLE\", and tell those who trust it")
)

// pkiFile is public; each private key lies sealed in a file of its own, so
// that the roots' can be taken away between ceremonies.
const pkiFile = "pki.json"

func sealedFile(id string) string { return "pki-" + id + ".key" }

// InUse returns the certificate of a role that is in use, nil if there is none.
func (p *PKI) InUse(role Role) *Certificate {
	for _, c := range p.Certificates {
		if c.Role == role && c.State() == "in use" {
			return c
		}
	}
	return nil
}

// ByID returns a certificate, nil if there is none.
func (p *PKI) ByID(id string) *Certificate {
	for _, c := range p.Certificates {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Roots returns what others are to trust: the roots that are not revoked,
// retired ones too, since what is below them holds until it ends.
func (p *PKI) Roots() (list []*Certificate) {
	for _, c := range p.Certificates {
		if issuers[c.Role] == c.Role && c.Revoked == nil {
			list = append(list, c)
		}
	}
	return list
}

// vault seals private keys under the masters of the folder.
func vault(dir string) (*seal.Vault, error) {
	ring, err := Open(dir)
	if err != nil {
		return nil, err
	}
	return seal.NewVault(ring.Masters...)
}

// sealed is the content of a private key's file.
type sealed struct {
	Wrapped []byte `json:"wrapped"` // the key's own data key, under the newest master then
	Sealed  []byte `json:"sealed"`  // PKCS #8
}

// OpenPKI reads the certificates and the private keys that are there.
func OpenPKI(dir string) (*PKI, error) {
	p, err := readPKI(dir)
	if err != nil {
		return nil, err
	}
	v, err := vault(dir)
	if err != nil {
		return nil, err
	}
	for _, c := range p.Certificates {
		if c.key, err = openSealed(dir, v, c); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func readPKI(dir string) (*PKI, error) {
	text, err := os.ReadFile(filepath.Join(dir, pkiFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoPKI
	}
	if err != nil {
		return nil, err
	}
	p := &PKI{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s is damaged: restore it from its own backup (%w)", pkiFile, err)
	}
	for _, c := range p.Certificates {
		cert, err := gm.ParseCertificate(c.DER)
		if err != nil || certificateID(cert.PublicKey) != c.ID {
			return nil, fmt.Errorf("%s is damaged: restore it from its own backup (certificate %s)", pkiFile, c.ID)
		}
	}
	return p, nil
}

// certificateID is the first 8 bytes of the SHA-256 of a public point, in hex.
func certificateID(public crypto.PublicKey) string {
	var point []byte
	if k, ok := public.(*ecdsa.PublicKey); ok {
		if b, err := gm.MarshalPublicKey(k); err == nil {
			point = b
		} else if b, err := k.Bytes(); err == nil {
			point = b
		}
	}
	sum := sha256.Sum256(point)
	return hex.EncodeToString(sum[:8])
}

func openSealed(dir string, v *seal.Vault, c *Certificate) (crypto.Signer, error) {
	name := sealedFile(c.ID)
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a root's key that was taken away
	}
	if err != nil {
		return nil, err
	}
	damaged := fmt.Errorf("%s is damaged or sealed by other masters: restore it from its own backup", name)
	var s sealed
	if json.Unmarshal(text, &s) != nil {
		return nil, damaged
	}
	k, err := v.OpenKey("pki:"+c.ID, s.Wrapped)
	if err != nil {
		return nil, damaged
	}
	der, err := k.Unseal(name, s.Sealed)
	if err != nil {
		return nil, damaged
	}
	key, err := parsePrivate(c.Role, der)
	if err != nil || certificateID(key.Public()) != c.ID {
		return nil, damaged
	}
	return key, nil
}

func parsePrivate(role Role, der []byte) (crypto.Signer, error) {
	if role.isSM2() {
		return gm.ParseKey(der)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	k, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a key of kind %T", key)
	}
	return Repeatable{k}, nil
}

// Repeatable signs by RFC 6979: whoever repeats a signature after a crash
// makes the one that may have been lost.
type Repeatable struct{ *ecdsa.PrivateKey }

// Sign ignores the source of randomness.
func (r Repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.PrivateKey.Sign(nil, digest, opts)
}

// --- making and changing

// InitPKI makes one certificate of every role.
func InitPKI(dir string, about About, now time.Time) (*PKI, error) {
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
			if err := ch.make(role, now); err != nil {
				return err
			}
		}
		return ch.renew(now)
	})
}

// RotatePKI replaces the certificate of a role and, for an authority, all that
// are in use below it. What the former ones signed stays valid until it ends.
func RotatePKI(dir string, role Role, now time.Time) (*PKI, error) {
	return changePKI(dir, func(ch *pkiChange) error {
		if err := ch.replace(role, now); err != nil {
			return err
		}
		return ch.renew(now)
	})
}

// RevokeCertificate revokes a certificate below a root and replaces it if it
// was in use. What it signed is refused by whoever reads the revocation list.
func RevokeCertificate(dir, id string, now time.Time) (*PKI, error) {
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
			if err := ch.replace(c.Role, now); err != nil {
				return err
			}
		}
		c.Revoked = &now
		return ch.renew(now)
	})
}

// RenewLists signs every revocation list anew.
func RenewLists(dir string, now time.Time) (*PKI, error) {
	return changePKI(dir, func(ch *pkiChange) error { return ch.renew(now) })
}

// pkiChange is a change under way, under the lock of the folder.
type pkiChange struct {
	dir   string
	vault *seal.Vault
	pki   *PKI
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
	if ch.vault, err = vault(dir); err != nil {
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
			if err := os.Remove(filepath.Join(dir, sealedFile(c.ID))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	return OpenPKI(dir)
}

// replace retires the certificate of a role and makes another, then those below.
func (ch *pkiChange) replace(role Role, now time.Time) error {
	old := ch.pki.InUse(role)
	if old == nil {
		return ErrNoPKI
	}
	old.Retired = &now
	if err := ch.make(role, now); err != nil {
		return err
	}
	for _, below := range Roles {
		if below != role && issuers[below] == role {
			if err := ch.replace(below, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// make makes a key and the certificate of a role, under what is in use.
func (ch *pkiChange) make(role Role, now time.Time) error {
	key, der, err := newPrivate(role)
	if err != nil {
		return err
	}
	c := &Certificate{ID: certificateID(key.Public()), Role: role, MadeAt: now, key: key}
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
	k, wrapped, err := ch.vault.NewKey("pki:" + c.ID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(sealed{wrapped, k.Seal(sealedFile(c.ID), der)})
	if err != nil {
		return err
	}
	ch.pki.Certificates = append(ch.pki.Certificates, c)
	return write(ch.dir, sealedFile(c.ID), text)
}

// newPrivate draws a key and returns it with its PKCS #8 form.
func newPrivate(role Role) (crypto.Signer, []byte, error) {
	if role.isSM2() {
		key, err := gm.GenerateKey()
		if err != nil {
			return nil, nil, err
		}
		der, err := gm.MarshalKey(key)
		return key, der, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return Repeatable{key}, der, err
}

// titles are the common names, after the authority's.
var titles = map[Role]string{IACA: "IACA", DocumentSigner: "document signer", StatusSigner: "status lists", ReaderRoot: "reader root", ReaderAuth: "reader",
	SM2Root: "SM2 root", SM2Authority: "SM2 authority", SM2Signer: "SM2 seal"}

// ListURL is where the revocation list of an issuer is served.
func (a About) ListURL(id string) string { return a.PublicURL + "/pki/" + id + ".crl" }

// TrustURL is where the roots are listed; certificates name it as the
// authority's address.
func (a About) TrustURL() string { return a.PublicURL + "/pki/" }

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

// Valid reports whether the role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }
