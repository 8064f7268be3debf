package keys_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/inspect"
	"edl/internal/keys"
	"edl/mdoc"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

var about = keys.About{PublicURL: "https://licence.example/", Name: "Shifan Traffic Police", Country: "CN", Province: "CN-11"}

func initPKI(t *testing.T) (dir string, p *keys.PKI) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	if _, err := keys.Make(dir); err != nil {
		t.Fatal(err)
	}
	p, err := keys.InitPKI(dir, about, "root@host", noon)
	if err != nil {
		t.Fatal(err)
	}
	return dir, p
}

// trust is what a stranger makes of the published roots and lists.
func trust(t *testing.T, p *keys.PKI) *inspect.Trust {
	t.Helper()
	var files [][]byte
	for _, root := range p.Roots() {
		files = append(files, root.DER)
	}
	for _, list := range p.Lists {
		files = append(files, list.DER)
	}
	all, err := inspect.NewTrust(files...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func verdict(t *testing.T, p *keys.PKI, c *keys.Certificate, at time.Time) inspect.Result {
	t.Helper()
	if c.Role == keys.SM2Signer { // its chain has an authority between
		trusted := &inspect.Policy{Trust: trust(t, p), Now: at}
		return trusted.VerifyChain(c.DER, p.ByID(c.Issuer).DER)
	}
	return inspect.Policy{Trust: trust(t, p), Now: at}.Verify(inspect.Input{Format: inspect.Certificate, Bytes: c.DER}, nil)
}

func TestEveryCertificateMeetsItsProfileUnderThePublishedRoots(t *testing.T) {
	_, p := initPKI(t)
	if len(p.Certificates) != len(keys.Roles) {
		t.Fatalf("%d certificates of %d roles", len(p.Certificates), len(keys.Roles))
	}
	for _, c := range p.Certificates {
		for name, at := range map[string]time.Time{"at once": noon.Add(time.Second), "on its last day": c.GM().NotAfter.Add(-time.Hour)} {
			if r := verdict(t, p, c, at); !r.Valid {
				t.Errorf("%s %s: %v", c.Role, name, r.Checks.Err())
			}
		}
	}
	iaca, ds := p.InUse(keys.IACA).X509(), p.InUse(keys.DocumentSigner)
	if got, want := ds.X509().CRLDistributionPoints[0], "https://licence.example/pki/"+p.InUse(keys.IACA).ID+".crl"; got != want {
		t.Errorf("its revocation list is at %s, want %s", got, want)
	}
	if _, err := mdoc.NewDocumentSigner(ds.Key(), ds.X509(), iaca); err != nil {
		t.Error(err)
	}
	for id, list := range p.Lists {
		r := inspect.Policy{Trust: trust(t, p), Now: noon.Add(time.Hour)}.Verify(inspect.Input{Format: inspect.CRL, Bytes: list.DER}, nil)
		if !r.Valid && p.ByID(id).Role != keys.SM2Authority { // whose issuer is no root
			t.Errorf("the list of %s: %v", p.ByID(id).Role, r.Checks.Err())
		}
		if got := list.Due(); !got.Equal(noon.Add(keys.ListLife)) {
			t.Errorf("the list of %s is due at %s", p.ByID(id).Role, got)
		}
	}
}

func TestWhatTheFormerSignerSignedHoldsAfterARotation(t *testing.T) {
	dir, before := initPKI(t)
	old := before.InUse(keys.DocumentSigner)
	after, err := keys.RotatePKI(dir, keys.DocumentSigner, "root@host", noon.Add(300*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	now := after.InUse(keys.DocumentSigner)
	if now.ID == old.ID || after.ByID(old.ID).State() != "retired" || after.ByID(old.ID).Key() != nil {
		t.Errorf("the former is %s, its key %v", after.ByID(old.ID).State(), after.ByID(old.ID).Key())
	}
	if _, err := os.Stat(filepath.Join(dir, "pki-"+old.ID+".key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its private key is still there: %v", err)
	}
	for _, c := range []*keys.Certificate{old, now} {
		if r := verdict(t, after, c, noon.Add(301*24*time.Hour)); !r.Valid {
			t.Errorf("%s: %v", c.State(), r.Checks.Err())
		}
	}
}

func TestARotatedRootTakesAllBelowWithItAndStaysTrusted(t *testing.T) {
	dir, before := initPKI(t)
	after, err := keys.RotatePKI(dir, keys.IACA, "root@host", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Roots()) != len(before.Roots())+1 {
		t.Errorf("%d roots", len(after.Roots()))
	}
	for _, role := range []keys.Role{keys.IACA, keys.DocumentSigner, keys.StatusSigner} {
		for _, c := range []*keys.Certificate{before.InUse(role), after.InUse(role)} {
			if r := verdict(t, after, c, noon.Add(2*time.Hour)); !r.Valid {
				t.Errorf("%s %s: %v", role, c.ID, r.Checks.Err())
			}
		}
		if after.InUse(role).ID == before.InUse(role).ID {
			t.Errorf("%s is the former one", role)
		}
	}
}

func TestARevokedSignerIsOnTheListAndReplaced(t *testing.T) {
	dir, before := initPKI(t)
	for _, role := range []keys.Role{keys.DocumentSigner, keys.SM2Signer} {
		bad := before.InUse(role)
		after, err := keys.RevokeCertificate(dir, bad.ID, "root@host", noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if r := verdict(t, after, bad, noon.Add(2*time.Hour)); r.Valid || !strings.Contains(r.Checks.Err().Error(), "revoked") {
			t.Errorf("%s: valid %v, %v", role, r.Valid, r.Checks.Err())
		}
		if r := verdict(t, after, after.InUse(role), noon.Add(2*time.Hour)); !r.Valid {
			t.Errorf("the %s that replaced it: %v", role, r.Checks.Err())
		}
		if _, err := keys.RevokeCertificate(dir, bad.ID, "root@host", noon.Add(time.Hour)); !errors.Is(err, keys.ErrNoKey) {
			t.Errorf("revoked twice: %v", err)
		}
	}
	if _, err := keys.RevokeCertificate(dir, before.InUse(keys.IACA).ID, "root@host", noon); !errors.Is(err, keys.ErrRevokeCA) {
		t.Errorf("a root: %v", err)
	}
}

func TestPrivateKeysLieSealedAndTheRootsCanBeTakenAway(t *testing.T) {
	dir, p := initPKI(t)
	root := filepath.Join(dir, "pki-"+p.InUse(keys.IACA).ID+".key")
	text, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(text); block != nil || bytes.Contains(text, []byte("PRIVATE")) {
		t.Error("the key lies open")
	}
	if info, _ := os.Stat(root); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.Remove(root); err != nil {
		t.Fatal(err)
	}
	p, err = keys.OpenPKI(dir)
	if err != nil || p.InUse(keys.IACA).Key() != nil || p.InUse(keys.DocumentSigner).Key() == nil {
		t.Fatalf("without the root's key: %v", err)
	}
	if _, err := keys.RotatePKI(dir, keys.ReaderAuth, "root@host", noon); err != nil {
		t.Errorf("what needs another root: %v", err)
	}
	if _, err := keys.RotatePKI(dir, keys.DocumentSigner, "root@host", noon); !errors.Is(err, keys.ErrNoRoot) {
		t.Errorf("a signer without its root: %v", err)
	}
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.RotatePKI(dir, keys.DocumentSigner, "root@host", noon); err != nil {
		t.Errorf("with the root back: %v", err)
	}
	other := filepath.Join(t.TempDir(), "keys")
	if _, err := keys.Make(other); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pki.json", "pki-" + p.InUse(keys.StatusSigner).ID + ".key"} {
		b, _ := os.ReadFile(filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(other, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keys.OpenPKI(other); err == nil {
		t.Error("another installation's masters open it")
	}
}

func TestARunningServerSeesARotation(t *testing.T) {
	dir, p := initPKI(t)
	live := &keys.LivePKI{Dir: dir}
	for range 2 {
		if got, err := live.PKI(); err != nil || got.InUse(keys.DocumentSigner).ID != p.InUse(keys.DocumentSigner).ID {
			t.Fatalf("%v", err)
		}
	}
	p, err := keys.RotatePKI(dir, keys.DocumentSigner, "root@host", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := live.PKI(); err != nil || got.InUse(keys.DocumentSigner).ID != p.InUse(keys.DocumentSigner).ID {
		t.Errorf("after a rotation: %v", err)
	}
}

func TestExamineTellsWhatEndsAndWhatIsBrokenWithItsRemedy(t *testing.T) {
	dir, p := initPKI(t)
	for _, use := range keys.Uses {
		if _, err := keys.InitSet(dir, use, "root@host", noon); err != nil {
			t.Fatal(err)
		}
	}
	wrong := func(at time.Time) (list []string) {
		for _, f := range keys.Examine(dir, at) {
			if !f.OK {
				if f.Remedy == "" {
					t.Errorf("%s has no remedy", f.What)
				}
				list = append(list, f.What)
			}
		}
		return list
	}
	if got := wrong(noon.Add(time.Hour)); got != nil {
		t.Errorf("on the first day: %v", got)
	}
	signer := "certificate signer " + p.InUse(keys.DocumentSigner).ID + ": lasts"
	got := wrong(noon.Add(400 * 24 * time.Hour))
	if len(got) != 5 || got[0] != signer {
		t.Errorf("55 days before the signer ends: %v", got)
	}
	if got := wrong(noon.Add(-24 * time.Hour)); len(got) != len(keys.Roles) && len(got) != len(keys.Roles)+1 {
		t.Errorf("by a clock a day behind: %v", got)
	}
	if err := os.Chmod(filepath.Join(dir, "pki.json"), 0o640); err != nil {
		t.Fatal(err)
	}
	if got := wrong(noon.Add(time.Hour)); len(got) != 1 || !strings.Contains(got[0], "nobody else") {
		t.Errorf("a file that a group can read: %v", got)
	}
}
