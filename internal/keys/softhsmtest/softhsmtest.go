// Package softhsmtest makes tokens of SoftHSM for tests. Where SoftHSM is not
// installed it skips, and says so.
package softhsmtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"edl/internal/keys"
)

const pin = "246813"

// modules are where distributions put the library.
var modules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"}

// The library reads its settings once in a process, so there is one folder of
// tokens for all tests of a package, with a token for each.
var folder = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "edl-softhsm-")
	if err != nil {
		return "", err
	}
	settings := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(settings, []byte("directories.tokendir = "+dir+"\nobjectstore.backend = file\nlog.level = ERROR\n"), 0o600); err != nil {
		return "", err
	}
	return dir, os.Setenv("SOFTHSM2_CONF", settings)
})

// New makes a token of a name that no other test of the process gives. All of
// a process must be made before the first is opened: the library lists its
// slots when it is loaded.
func New(t *testing.T, label string) keys.Token {
	t.Helper()
	tool, err := exec.LookPath("softhsm2-util")
	module := ""
	for _, file := range modules {
		if _, err := os.Stat(file); err == nil && module == "" {
			module = file
		}
	}
	if err != nil || module == "" {
		t.Skip("SKIPPED: SoftHSM is not installed, so keys in a token are not tried (Debian: apt install softhsm2)")
	}
	dir, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin+pin).CombinedOutput(); err != nil {
		t.Fatalf("making a token: %v\n%s", err, out)
	}
	file := filepath.Join(dir, label+".pin")
	if err := os.WriteFile(file, []byte(pin+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return keys.Token{Module: module, Label: label, PINFile: file}
}
