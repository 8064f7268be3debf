package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edl/gm"
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

// Valid reports whether the role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

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
	MadeBy  By         `json:"made_by,omitempty"`
	Retired *time.Time `json:"retired_at,omitempty"`
	Revoked *time.Time `json:"revoked_at,omitempty"`

	RevokedBy By `json:"revoked_by,omitempty"`

	TokenKey string `json:"token_key,omitempty"` // the key's identifier in the token; empty: it lies in a file

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

// ListURL is where the revocation list of an issuer is served.
func (a About) ListURL(id string) string { return a.PublicURL + "/pki/" + id + ".crl" }

// TrustURL is where the roots are listed; certificates name it as the
// authority's address.
func (a About) TrustURL() string { return a.PublicURL + "/pki/" }

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

// pkiFile is public.
const pkiFile = "pki.json"

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

// OpenPKI reads the certificates and the private keys that are there.
func OpenPKI(dir string) (*PKI, error) {
	p, err := readPKI(dir)
	if err != nil {
		return nil, err
	}
	private, err := openPrivate(dir)
	if err != nil {
		return nil, err
	}
	for _, c := range p.Certificates {
		if c.key, err = private.find(c); err != nil {
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
