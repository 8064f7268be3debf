package keys

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestMadeKeysOpenAgainAndAreNeverOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := Open(dir); !errors.Is(err, ErrMissing) {
		t.Fatalf("an empty folder: %v", err)
	}
	made, err := Make(dir)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made.Masters[0], opened.Masters[0]) || !made.Audit.Equal(opened.Audit) || !made.Issuer.Equal(opened.Issuer) || made.Feed != opened.Feed {
		t.Error("the keys changed between making and opening")
	}
	if _, err := Make(dir); err == nil {
		t.Error("existing keys were overwritten")
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if info, _ := f.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
}

func TestADamagedMasterIsNamed(t *testing.T) {
	dir := t.TempDir()
	if _, err := Make(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "master-0.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("opened")
	}
}
