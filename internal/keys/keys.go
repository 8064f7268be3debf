// Package keys makes and opens the platform's secrets: the master that wraps
// personal data keys, the key that signs the audit log's checkpoints, the key
// that signs electronic licences, the token of the authority's feed. Keys that
// are changed in service come in sets, one for each use (type Set).
//
// They lie in a folder of their own, outside the database and its backups, in
// files only their owner can read. Losing the folder loses all personal data;
// copying it to an attacker opens every backup. A missing file is never made
// silently where a database already exists: that would be a second master.
package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"edl/internal/seal"
	"edl/internal/uid"
)

// A Ring is the opened folder.
type Ring struct {
	Masters [][]byte           // oldest first; the last wraps new data keys
	Audit   ed25519.PrivateKey // signs the audit log's checkpoints
	Issuer  *ecdsa.PrivateKey  // P-256; signs electronic licences
	Push    *ecdsa.PrivateKey  // P-256; signs what goes to push services; nil: push is off
	Feed    string             // bearer token of the authority's own system and of edl import
}

// ErrMissing is returned by Open for a folder that was never made.
var ErrMissing = errors.New("no keys there: is --data the right folder? If it is, run \"edl setup\" to make them, or pass --keys with the folder that holds them")

// The files of the folder.
const (
	masterFile = "master-%d.key" // 32 bytes in hex
	auditFile  = "audit.pem"
	issuerFile = "issuer.pem"
	pushFile   = "push.pem"
	feedFile   = "feed.token"
)

// Open reads the folder.
func Open(dir string) (*Ring, error) {
	r := &Ring{}
	for i := 0; ; i++ {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf(masterFile, i)))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		master, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(master) != seal.MasterSize {
			return nil, fmt.Errorf("%s is damaged: restore it from its own backup", fmt.Sprintf(masterFile, i))
		}
		r.Masters = append(r.Masters, master)
	}
	if len(r.Masters) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrMissing)
	}
	audit, err := readPEM(dir, auditFile)
	if err != nil {
		return nil, err
	}
	issuer, err := readPEM(dir, issuerFile)
	if err != nil {
		return nil, err
	}
	var ok1, ok2 bool
	r.Audit, ok1 = audit.(ed25519.PrivateKey)
	r.Issuer, ok2 = issuer.(*ecdsa.PrivateKey)
	if !ok1 || !ok2 {
		return nil, errors.New("the signing keys are of the wrong kind: restore the folder from its own backup")
	}
	if push, err := readPEM(dir, pushFile); err == nil {
		if r.Push, ok1 = push.(*ecdsa.PrivateKey); !ok1 {
			return nil, errors.New("the key for push notices is of the wrong kind: restore the folder from its own backup")
		}
	} else if !errors.Is(err, fs.ErrNotExist) { // a folder from before push has none
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(dir, feedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, gone(dir, feedFile)
	}
	if err != nil {
		return nil, err
	}
	r.Feed = strings.TrimSpace(string(token))
	return r, nil
}

// Make fills an empty folder with new secrets and opens it.
func Make(dir string) (*Ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	master := make([]byte, seal.MasterSize)
	rand.Read(master)
	_, audit, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	push, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		writePEM(dir, pushFile, push),
		writePEM(dir, auditFile, audit),
		writePEM(dir, issuerFile, issuer),
		write(dir, feedFile, []byte(uid.Secret()+"\n")),
		// last: its presence means that the folder is whole
		write(dir, fmt.Sprintf(masterFile, 0), []byte(hex.EncodeToString(master)+"\n")),
	)
	if err != nil {
		return nil, fmt.Errorf("making keys in %s: %w", dir, err)
	}
	return Open(dir)
}

// PushKey is the public half of the key for push notices, which browsers want
// to know; nil where there is none.
func (r *Ring) PushKey() []byte {
	if r.Push == nil {
		return nil
	}
	public, err := r.Push.PublicKey.Bytes()
	if err != nil { // only for curves that the library does not know
		panic(err)
	}
	return public
}

// IssuerID names the issuer's key.
func (r *Ring) IssuerID() string { return keyID(r.Issuer.Public()) }

// AuditID names the key that signs the audit log's checkpoints.
func (r *Ring) AuditID() string { return keyID(r.Audit.Public()) }

// keyID is the first 8 bytes of the SHA-256 of a public key in DER, in hex.
func keyID(public any) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil { // only for curves that the library does not know
		panic(err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8])
}

// gone says of one file of the folder that it is not there.
func gone(dir, name string) error {
	return fmt.Errorf("%s is not in %s: restore the folder from its own backup (%w)", name, dir, fs.ErrNotExist)
}

func readPEM(dir, name string) (any, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, gone(dir, name)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is damaged: restore it from its own backup", name)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

func writePEM(dir, name string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return write(dir, name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// write makes a new file that survives a power cut; an existing one is refused.
func write(dir, name string, content []byte) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// SameToken compares two tokens in constant time; an empty one fits nothing.
func SameToken(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
