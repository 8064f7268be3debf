package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"edl/gm"
	"edl/internal/seal"
)

// private is where the private keys of a folder's certificates lie: each sealed
// in a file of its own, so that the roots' can be taken away between
// ceremonies, or in the token that the folder names.
type private struct {
	dir   string
	vault *seal.Vault
	token *openToken // nil where the folder names none
}

func openPrivate(dir string) (*private, error) {
	ring, err := Open(dir)
	if err != nil {
		return nil, err
	}
	p := &private{dir: dir}
	if p.vault, err = seal.NewVault(ring.Masters...); err != nil {
		return nil, err
	}
	t, err := readToken(dir)
	if err != nil || t == nil {
		return p, err
	}
	open, err := t.open()
	p.token = &open
	return p, err
}

func sealedFile(id string) string { return "pki-" + id + ".key" }

// keptIn says where a private key lies.
func (c *Certificate) keptIn() string {
	if c.TokenKey != "" {
		return "key " + c.TokenKey + " of the token"
	}
	return sealedFile(c.ID)
}

// sealed is the content of a private key's file.
type sealed struct {
	Wrapped []byte `json:"wrapped"` // the key's own data key, under the newest master then
	Sealed  []byte `json:"sealed"`  // PKCS #8
}

// find returns a certificate's private key, nil where it is not there: a root's
// that was taken away, or one that was destroyed.
func (p *private) find(c *Certificate) (crypto.Signer, error) {
	if c.TokenKey != "" {
		return p.findInToken(c)
	}
	name := sealedFile(c.ID)
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	damaged := fmt.Errorf("%s is damaged or sealed by other masters: restore it from its own backup", name)
	var s sealed
	if json.Unmarshal(text, &s) != nil {
		return nil, damaged
	}
	k, err := p.vault.OpenKey("pki:"+c.ID, s.Wrapped)
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

func (p *private) findInToken(c *Certificate) (crypto.Signer, error) {
	if p.token == nil {
		return nil, fmt.Errorf("the key of %s lies in a token, and the folder names none: \"edl keys token\"", c.ID)
	}
	key, err := p.token.find(c.TokenKey)
	if err == nil && key != nil && certificateID(key.Public()) != c.ID {
		err = fmt.Errorf("the token holds another key for %s", c.ID)
	}
	return key, err
}

// draw makes the private key of a certificate, and keep stores it, which in a
// token it is already: one of a ceremony that fails stays there unused.
func (p *private) draw(c *Certificate) (keep func() error, err error) {
	if p.token != nil && !c.Role.isSM2() {
		var id [16]byte
		rand.Read(id[:])
		c.TokenKey = hex.EncodeToString(id[:])
		if c.key, err = p.token.generate(c.TokenKey); err != nil {
			return nil, err
		}
		c.ID = certificateID(c.key.Public())
		return func() error { return nil }, nil
	}
	var der []byte
	if c.key, der, err = newPrivate(c.Role); err != nil {
		return nil, err
	}
	c.ID = certificateID(c.key.Public())
	return func() error { return p.seal(c.ID, der) }, nil
}

// seal writes the file of a private key.
func (p *private) seal(id string, der []byte) error {
	k, wrapped, err := p.vault.NewKey("pki:" + id)
	if err != nil {
		return err
	}
	text, err := json.Marshal(sealed{wrapped, k.Seal(sealedFile(id), der)})
	if err != nil {
		return err
	}
	return write(p.dir, sealedFile(id), text)
}

// destroy ends a private key that nobody needs any more.
func (p *private) destroy(c *Certificate) error {
	if c.TokenKey != "" {
		if p.token == nil {
			return nil
		}
		return p.token.destroy(c.TokenKey)
	}
	if err := os.Remove(filepath.Join(p.dir, sealedFile(c.ID))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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
