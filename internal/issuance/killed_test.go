package issuance_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/application"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/store"
	"edl/internal/storetest"
)

// childOf names the database of a process that is to be killed.
const childOf = "EDL_TEST_KILLED"

// TestKilledAtAnyMoment lets a process issue as fast as it can, kills it with
// SIGKILL at some moment, several times over, and lets another finish what is
// left: no driver has two of anything, none is left half-way, and what was
// acknowledged is there.
func TestKilledAtAnyMoment(t *testing.T) {
	if url := os.Getenv(childOf); url != "" {
		issueUntilKilled(t, url)
		return
	}
	t.Run("sqlite", func(t *testing.T) { killed(t, filepath.Join(t.TempDir(), "edl.sqlite")) })
	t.Run("postgres", func(t *testing.T) { killed(t, storetest.PostgresURL(t)) })
}

const drivers = 60

func killed(t *testing.T, url string) {
	db, err := store.Open(ctx, url, storetest.Vault(t))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, db)
	ids := d.crowd(drivers)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for range 4 {
		for _, id := range runAndKill(t, url) {
			acknowledged[id] = true
		}
	}
	if db, err = store.Open(ctx, url, storetest.Vault(t)); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d = open(t, db)
	d.now = time.Now().Add(time.Hour) // past the leases of the dead
	d.work()
	issued := 0
	for _, id := range ids {
		intents := d.intents(id)
		if len(intents) == 0 {
			if acknowledged[id] {
				t.Errorf("%s was acknowledged and is lost", id)
			}
			continue
		}
		d.once(id)
		issued++
	}
	if issued == 0 || issued < len(acknowledged) {
		t.Errorf("%d issued, %d acknowledged of %d", issued, len(acknowledged), len(ids))
	}
	t.Logf("%d issued, %d of them acknowledged before the kills", issued, len(acknowledged))
}

// crowd puts n drivers with a photo on file on the register.
func (d *desk) crowd(n int) (ids []string) {
	d.t.Helper()
	model := d.people["route:onfile"]
	for i := range n {
		ids = append(ids, d.record(stranger(model, i)))
	}
	return ids
}

// stranger is another driver like the model.
func stranger(model licence.Licence, n int) licence.Licence {
	model.FileNumber = licence.FileNumber(fmt.Sprintf("9999%08d", n))
	return model
}

// runAndKill starts a child and kills it within a second of its first word. It
// returns whom the child told that their licence was issued.
func runAndKill(t *testing.T, url string) (told []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run", "^TestKilledAtAnyMoment$", "-test.v")
	child.Env = append(os.Environ(), childOf+"="+url)
	var out strings.Builder
	words := make(chan struct{}, 1)
	child.Stdout = writerFunc(func(p []byte) (int, error) {
		out.Write(p)
		if strings.Contains(out.String(), "issued ") {
			select {
			case words <- struct{}{}:
			default:
			}
		}
		return len(p), nil
	})
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-words:
	case <-time.After(time.Minute):
		t.Error("the child issued nothing in a minute")
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond) // the moment of the kill is chance, not an event to wait for
	child.Process.Kill()
	child.Wait()
	for line := range strings.Lines(out.String()) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "issued "); ok {
			told = append(told, id)
		}
	}
	return told
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// issueUntilKilled issues for everybody in an order of its own, several at once.
func issueUntilKilled(t *testing.T, url string) {
	db, err := store.Open(ctx, url, storetest.Vault(t))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, db)
	d.Service.Now = time.Now
	turn := make(chan struct{}, 4)
	for _, n := range rand.Perm(drivers) {
		turn <- struct{}{}
		go func() {
			defer func() { <-turn }()
			var id string
			err := d.db.View(ctx, func(tx *store.Tx) error {
				e, err := tx.LicenceByFile(ctx, stranger(licence.Licence{}, n).FileNumber)
				if err == nil {
					id = e.ID
				}
				return err
			})
			if err != nil {
				return
			}
			c, err := d.Submit(context.Background(), driver(id), issuance.Submission{
				LicenceID: id, Kind: application.First, Route: application.OnFile, Consents: consents, Key: "press",
			})
			if err == nil && c.Status == application.Issued {
				fmt.Printf("issued %s\n", id)
			}
		}()
	}
	select {} // until it is killed
}
