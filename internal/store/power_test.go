//go:build linux

package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"edl/internal/store"
	"edl/internal/storetest"
)

// F2: a power cut, played by copying the image of a disk while its writer is
// frozen: what the system only meant to write is not in the copy. The control
// is a writer that does not wait for the disk.
func TestF2APowerCutLosesNothingThatWasAcknowledged(t *testing.T) {
	if _, err := exec.LookPath("mkfs.ext4"); err != nil || os.Geteuid() != 0 {
		t.Skip("a power cut is not tested here: making and mounting a disk needs root and mkfs.ext4")
	}
	const cuts = 6
	if lost := lostInPowerCuts(t, "wait", cuts); lost > 0 {
		t.Errorf("%d acknowledged transactions were lost in %d cuts", lost, cuts)
	}
	if lostInPowerCuts(t, "hasty", cuts) == 0 {
		t.Errorf("a writer that does not wait for the disk lost nothing in %d cuts: the test sees nothing", cuts)
	}
}

// lostInPowerCuts counts the transactions that a writer was told are durable
// and that are not on the disk after a cut.
func lostInPowerCuts(t *testing.T, writer string, cuts int) (lost int) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk.img")
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, 48<<20))
	command(t, "mkfs.ext4", "-q", "-F", image)
	disk := mount(t, image)
	storetest.WriteEmpty(t, filepath.Join(disk, "edl.sqlite"))
	command(t, "sync", "-f", disk)

	said, out, err := os.Pipe()
	must(t, err)
	defer said.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestTheWriterOfF2$")
	child.Env = append(os.Environ(), "EDL_F2_DISK="+disk, "EDL_F2_WRITER="+writer)
	child.Stdout, child.Stderr = out, os.Stderr
	must(t, child.Start())
	out.Close()
	defer child.Wait()
	defer child.Process.Kill()

	lines := bufio.NewReader(said)
	acked := map[string]bool{}
	hear := func(atMost int, patience time.Duration) {
		t.Helper()
		must(t, said.SetReadDeadline(time.Now().Add(patience)))
		for range atMost {
			line, err := lines.ReadString('\n')
			if errors.Is(err, os.ErrDeadlineExceeded) && patience < time.Second {
				return // all that was said
			}
			must(t, err)
			acked[strings.TrimSpace(line)] = true
		}
	}
	for range cuts {
		hear(100+rand.IntN(300), time.Minute)
		must(t, child.Process.Signal(syscall.SIGSTOP))
		frozen(t, child.Process.Pid)
		hear(1<<20, 100*time.Millisecond)
		cut := copyOf(t, image)
		lost += missing(t, cut, acked)
		must(t, os.Remove(cut))
		must(t, child.Process.Signal(syscall.SIGCONT))
	}
	t.Logf("%s: %d acknowledged, %d lost", writer, len(acked), lost)
	return lost
}

// missing counts what is not in the database on a disk.
func missing(t *testing.T, image string, acked map[string]bool) (n int) {
	t.Helper()
	disk := mount(t, image)
	db, err := store.Open(ctx, filepath.Join(disk, "edl.sqlite"), storetest.Vault(t))
	must(t, err)
	storetest.View(t, db, func(tx *store.Tx) error {
		bad, err := tx.CountRaw(ctx, `SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`)
		if err != nil || bad > 0 {
			t.Errorf("the database is damaged: %d faults, %v", bad, err)
		}
		for name := range acked {
			there, err := tx.CountRaw(ctx, `SELECT count(*) FROM scratch WHERE name = $1`, name)
			if err != nil {
				return err
			}
			n += 1 - there
		}
		return nil
	})
	must(t, db.Close())
	command(t, "umount", "-l", disk) // the kernel lets go of closed files a moment later
	return n
}

// TestTheWriterOfF2 is the process that the power is cut under. It says what
// was acknowledged to it.
func TestTheWriterOfF2(t *testing.T) {
	disk := os.Getenv("EDL_F2_DISK")
	if disk == "" {
		t.Skip("it is run by the test of F2")
	}
	db, err := store.Open(ctx, filepath.Join(disk, "edl.sqlite"), storetest.Vault(t))
	must(t, err)
	if os.Getenv("EDL_F2_WRITER") == "hasty" {
		db.SetDisk(func() error { return nil })
	}
	storetest.Exec(t, db, `CREATE TABLE scratch (name TEXT PRIMARY KEY)`)
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%d-%d", writer, n)
				err := db.Update(ctx, func(tx *store.Tx) error {
					return tx.ExecRaw(ctx, `INSERT INTO scratch (name) VALUES ($1)`, name)
				})
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(name)
			}
		}()
	}
	t.Fatal(<-failed)
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// mount mounts an image; where even root may not, as in some containers, the test says so.
func mount(t *testing.T, image string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("a power cut is not tested here: no disk can be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() }) // fails where it is done already
	return dir
}

// copyOf copies what has reached a disk.
func copyOf(t *testing.T, image string) string {
	t.Helper()
	from, err := os.Open(image)
	must(t, err)
	defer from.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "copy.img"))
	must(t, err)
	defer to.Close()
	_, err = io.Copy(to, from)
	must(t, err)
	return to.Name()
}

// frozen waits until every thread of a process has stopped: one that is at the
// disk does so behind it.
func frozen(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		must(t, err)
		running := 0
		for _, thread := range threads {
			stat, _ := os.ReadFile(thread)
			if _, state, ok := strings.Cut(string(stat), ") "); ok && !strings.HasPrefix(state, "T") {
				running++
			}
		}
		if running == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the writer does not stop")
}
