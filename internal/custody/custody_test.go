package custody_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/audit"
	"edl/internal/custody"
	"edl/internal/keys"
	"edl/internal/store"
	"edl/internal/storetest"
)

var noon = time.Date(2026, 10, 9, 4, 0, 0, 0, time.UTC)

// A house is a folder of keys and the servers that share a database.
type house struct {
	t   *testing.T
	db  *store.DB
	dir string

	mu  sync.Mutex // guards what follows
	now time.Time
}

// wait moves the clock.
func (h *house) wait(d time.Duration) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
	return h.now
}

func each(t *testing.T, f func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := &house{t: t, db: db, dir: filepath.Join(t.TempDir(), "keys"), now: noon}
		_, err := keys.Make(h.dir)
		h.must(err)
		_, err = keys.InitSet(h.dir, keys.ForCode, "root@host", noon.Add(-8*24*time.Hour))
		h.must(err)
		f(t, h)
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// server is one whose keys lie in a folder.
func (h *house) server(dir string) *custody.Service {
	return &custody.Service{
		InTx: store.In[custody.Tx](h.db), Read: store.Read[custody.Tx](h.db), Now: func() time.Time { return h.wait(time.Millisecond) },
		Steps: func() ([]keys.Step, error) {
			set, err := keys.OpenSet(dir, keys.ForCode)
			if err != nil {
				return nil, err
			}
			pki, err := keys.OpenPKI(dir)
			if err != nil { // not made yet
				return set.Steps(), nil
			}
			return append(set.Steps(), pki.Steps()...), nil
		},
	}
}

// work lets three servers look at once.
func (h *house) work() {
	h.t.Helper()
	h.wait(time.Second)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { h.server(h.dir).Work(context.Background()) }) // the slower of two fails, and looks again
	}
	all.Wait()
	h.must(h.server(h.dir).Work(context.Background()))
}

// log returns the entries, oldest first.
func (h *house) log() (list []*audit.Row) {
	h.t.Helper()
	storetest.View(h.t, h.db, func(tx *store.Tx) error {
		rows, err := tx.AuditEntries(h.t.Context(), audit.Query{Limit: 100})
		for _, r := range rows {
			list = append([]*audit.Row{r}, list...)
		}
		return err
	})
	return list
}

func (h *house) expect(want ...string) {
	h.t.Helper()
	var got []string
	for _, r := range h.log() {
		line := fmt.Sprintf("%s %s by %q", r.Action, r.Object, r.Detail["by"])
		if r.Flagged {
			line += " flagged"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// Each deed is in the log once, by however many servers, with what changed, when
// and by whom, and with no secret.
func TestWhatIsDoneToKeysIsInTheLogOnceWithoutASecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.work()
		h.work()
		want := []string{`keys.made code by "root@host"`}
		h.expect(want...)

		before, err := keys.OpenSet(h.dir, keys.ForCode)
		h.must(err)
		after, err := keys.Rotate(h.dir, keys.ForCode, "wen@host", noon, 7*24*time.Hour)
		h.must(err)
		h.work()
		want = append(want, `keys.rotated code by "wen@host"`)
		h.expect(want...)
		thumb := func(k *keys.Key) string {
			for _, s := range after.Steps() {
				if s.Key == k.ID {
					return "code " + k.ID + " (SHA-256 " + s.Thumbprint + ")"
				}
			}
			return ""
		}
		detail := map[string]string{
			"by": "wen@host", "done_at": "2026-10-09T04:00:00Z",
			"keys_retired": thumb(before.Signer()), "keys_signs": thumb(before.Standby()), "keys_made": thumb(after.Standby()),
		}
		if diff := cmp.Diff(detail, h.log()[1].Detail); diff != "" {
			t.Errorf("the rotation (-want +got):\n%s", diff)
		}

		_, err = keys.Revoke(h.dir, keys.ForCode, before.Signer().ID, "root@host", noon.Add(time.Hour))
		h.must(err)
		pki, err := keys.InitPKI(h.dir, keys.About{PublicURL: "https://licence.example", Name: "Shifan", Country: "CN"}, "root@host", noon.Add(2*time.Hour))
		h.must(err)
		h.work()
		_, err = keys.RotatePKI(h.dir, keys.IACA, "wen@host", noon.Add(3*time.Hour))
		h.must(err)
		_, err = keys.RevokeCertificate(h.dir, pki.InUse(keys.ReaderAuth).ID, "wen@host", noon.Add(4*time.Hour))
		h.must(err)
		h.work() // both at once
		h.expect(append(want, `keys.revoked code by "root@host" flagged`, `keys.made pki by "root@host"`, `keys.rotated pki by "wen@host"`, `keys.revoked pki by "wen@host" flagged`)...)
		h.withoutSecrets()
	})
}

// withoutSecrets looks in the log for a line of any private file.
func (h *house) withoutSecrets() {
	h.t.Helper()
	text := ""
	for _, r := range h.log() {
		text += fmt.Sprint(r.Detail)
	}
	private := 0
	for _, pattern := range []string{"*.pem", "*.key", "*.token"} {
		files, err := filepath.Glob(filepath.Join(h.dir, pattern))
		h.must(err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			h.must(err)
			for _, line := range strings.Fields(string(content)) {
				if private++; len(line) >= 32 && strings.Contains(text, line) {
					h.t.Errorf("the log holds a line of %s", filepath.Base(file))
				}
			}
		}
	}
	if private < 20 {
		h.t.Fatalf("%d lines are no folder of keys", private)
	}
}

// Keys that were made before their maker was written down, or entered past the
// command, are the auditor's to look at.
func TestADeedOfNobodysIsFlagged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		file := filepath.Join(h.dir, "code-keys.json")
		text, err := os.ReadFile(file)
		h.must(err)
		h.must(os.WriteFile(file, []byte(strings.ReplaceAll(string(text), `"root@host"`, `""`)), 0o600))
		h.work()
		h.expect(`keys.made code by "" flagged`)
	})
}

// An old copy of the folder believes what was revoked since. Another server's
// folder may be a little behind.
func TestAFolderThatLacksWhatTheLogHoldsIsPutBeforeTheAuditorOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := filepath.Join(t.TempDir(), "old")
		h.must(os.CopyFS(old, os.DirFS(h.dir)))
		h.work()
		set, err := keys.OpenSet(h.dir, keys.ForCode)
		h.must(err)
		_, err = keys.Revoke(h.dir, keys.ForCode, set.Signer().ID, "root@host", noon)
		h.must(err)
		h.work()
		want := []string{`keys.made code by "root@host"`, `keys.revoked code by "root@host" flagged`}
		lagging := h.server(old)
		h.wait(59 * time.Minute)
		h.must(lagging.Work(t.Context()))
		h.expect(want...)
		h.wait(2 * time.Minute)
		for range 2 {
			h.must(lagging.Work(t.Context()))
		}
		h.work()
		h.expect(append(want, `keys.lacking  by "" flagged`)...)
		if got := h.log()[2].Detail["keys_revoked"]; got != "code "+set.Signer().ID {
			t.Errorf("it lacks the end of %q", got)
		}
	})
}
