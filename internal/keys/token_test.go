//go:build pkcs11

package keys_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/keys"
	"edl/internal/keys/softhsmtest"
)

// TestKeysInAToken tries everything on two tokens, since the library lists its
// tokens once in a process.
func TestKeysInAToken(t *testing.T) {
	token, other := softhsmtest.New(t, "edl"), softhsmtest.New(t, "another")
	now := time.Now()
	folder := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "keys")
		if _, err := keys.Make(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	inToken := func(t *testing.T, p *keys.PKI, dir string, roles ...keys.Role) {
		t.Helper()
		for _, role := range roles {
			c := p.InUse(role)
			if c.TokenKey == "" || c.Key() == nil {
				t.Errorf("the key of %s is not in the token", role)
			}
			if _, err := os.Stat(filepath.Join(dir, "pki-"+c.ID+".key")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the key of %s lies in a file too", role)
			}
		}
	}
	all := []keys.Role{keys.IACA, keys.DocumentSigner, keys.StatusSigner, keys.ReaderRoot, keys.ReaderAuth}

	t.Run("a folder whose keys are made in the token", func(t *testing.T) {
		dir := folder(t)
		if err := keys.SaveToken(dir, token); err != nil {
			t.Fatal(err)
		}
		p, err := keys.InitPKI(dir, about, "root@host", now)
		if err != nil {
			t.Fatal(err)
		}
		inToken(t, p, dir, all...)
		if c := p.InUse(keys.SM2Signer); c.TokenKey != "" || c.Key() == nil {
			t.Error("the SM2 keys do not lie in files")
		}
		for _, role := range keys.Roles {
			if r := verdict(t, p, p.InUse(role), now); !r.Valid {
				t.Errorf("%s: %v", role, r.Checks.Err())
			}
		}
		digest := sha256.Sum256([]byte("a document"))
		for range 2 {
			signer := p.InUse(keys.DocumentSigner)
			signature, err := signer.Key().Sign(nil, digest[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.X509().CheckSignature(x509.ECDSAWithSHA256, []byte("a document"), signature); err != nil {
				t.Error(err)
			}
		}
		former := p.InUse(keys.DocumentSigner)
		if p, err = keys.RotatePKI(dir, keys.IACA, "root@host", now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		inToken(t, p, dir, all...)
		if p.ByID(former.ID).Key() != nil {
			t.Error("the key of a retired signer is still in the token")
		}
		if r := verdict(t, p, p.ByID(former.ID), now); !r.Valid {
			t.Errorf("what the former signer signed is refused: %v", r.Checks.Err())
		}
		for _, f := range keys.Examine(dir, now.Add(time.Hour)) {
			if !f.OK && !strings.HasPrefix(f.What, "keys: ") {
				t.Errorf("%+v", f)
			}
		}
		if err := keys.SaveToken(dir, other); !errors.Is(err, keys.ErrHasKeys) {
			t.Errorf("another token over keys that would be lost: %v", err)
		}
	})

	t.Run("a folder that moves into the token as it rotates", func(t *testing.T) {
		dir := folder(t)
		if _, err := keys.InitPKI(dir, about, "root@host", now); err != nil {
			t.Fatal(err)
		}
		if err := keys.SaveToken(dir, other); err != nil {
			t.Fatal(err)
		}
		p, err := keys.OpenPKI(dir)
		if err != nil || p.InUse(keys.DocumentSigner).TokenKey != "" || p.InUse(keys.DocumentSigner).Key() == nil {
			t.Fatalf("the former keys: %v", err)
		}
		if p, err = keys.RotatePKI(dir, keys.DocumentSigner, "root@host", now); err != nil {
			t.Fatal(err)
		}
		inToken(t, p, dir, keys.DocumentSigner)
		if r := verdict(t, p, p.InUse(keys.DocumentSigner), now); !r.Valid {
			t.Errorf("signed by a root in a file: %v", r.Checks.Err())
		}
	})

	t.Run("what is wrong is said with its remedy", func(t *testing.T) {
		dir := folder(t)
		for what, c := range map[string]struct {
			change func(*keys.Token)
			says   string
		}{
			"no such token":  {func(k *keys.Token) { k.Label = "none" }, "the token none does not open"},
			"no such module": {func(k *keys.Token) { k.Module = filepath.Join(dir, "none.so") }, "is the module"},
			"no PIN":         {func(k *keys.Token) { k.PINFile = filepath.Join(dir, "none") }, "the PIN of the token"},
		} {
			wrong := token
			c.change(&wrong)
			if err := keys.SaveToken(dir, wrong); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", what, err)
			}
		}
		open := token
		open.PINFile = filepath.Join(dir, "open.pin")
		if err := errors.Join(os.WriteFile(open.PINFile, []byte("246813"), 0o600), os.Chmod(open.PINFile, 0o644)); err != nil {
			t.Fatal(err)
		}
		if err := keys.SaveToken(dir, open); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a PIN that others can read: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "token.json")); !errors.Is(err, os.ErrNotExist) {
			t.Error("a token that does not open was kept")
		}
		text, err := json.Marshal(token)
		if err != nil || strings.Contains(string(text), "246813") {
			t.Errorf("the PIN is kept: %s, %v", text, err)
		}
	})
}
