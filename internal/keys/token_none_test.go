//go:build !pkcs11

package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"edl/internal/keys"
)

// A program without PKCS#11 says so, and neither makes nor loses a key.
func TestAFolderWhoseKeysLieInATokenNeedsAProgramThatKnowsTokens(t *testing.T) {
	dir, _ := initPKI(t)
	if err := keys.SaveToken(dir, keys.Token{Module: "m", Label: "l", PINFile: "p"}); !errors.Is(err, keys.ErrNoToken) {
		t.Errorf("named: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "token.json"), []byte(`{"module":"m","label":"l","pin_file":"p"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenPKI(dir); !errors.Is(err, keys.ErrNoToken) {
		t.Errorf("opened: %v", err)
	}
	if _, err := keys.RotatePKI(dir, keys.DocumentSigner, "root@host", noon); !errors.Is(err, keys.ErrNoToken) {
		t.Errorf("rotated: %v", err)
	}
	findings := keys.Examine(dir, noon)
	if last := findings[len(findings)-1]; last.What != "token: it opens" || last.OK || last.Remedy == "" {
		t.Errorf("examined: %+v", last)
	}
}
