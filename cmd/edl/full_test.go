package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A disk of its own, small and in memory; only root may mount one.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a full disk is not tested here: mounting one needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestF7AFullDiskIsSaidAndLosesNothing(t *testing.T) {
	disk := smallDisk(t, "64m")
	at := place{Data: filepath.Join(disk, "data"), Keys: filepath.Join(t.TempDir(), "keys")}
	w := townAt(t, at, 60, 5, 5)
	server := serve(t, at)
	client := &http.Client{Timeout: 10 * time.Second}
	acked := map[string]bool{}
	do := func(d *deed) (took time.Duration, err error) {
		began := time.Now()
		done, err := d.try(client, server.url)
		if done {
			acked[d.id] = true
		}
		return time.Since(began), err
	}
	// Without the fault every press is answered.
	for _, token := range w.drivers[:10] {
		if _, err := do(apply(token)); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	var refused []*deed
	for _, token := range w.drivers[10:40] {
		d := apply(token)
		took, err := do(d)
		if err == nil {
			continue // there was room left for it
		}
		refused = append(refused, d)
		if !strings.Contains(err.Error(), ": 503 ") || !strings.Contains(err.Error(), `"code":"disk_full"`) {
			t.Fatalf("not said to be full: %v", err)
		}
		if took > time.Second {
			t.Errorf("said only after %v", took)
		}
	}
	if len(refused) == 0 {
		t.Fatal("the disk was not full")
	}
	// Who only reads goes on; a check leaves a record, so it says that it cannot.
	reader := &browser{t: t, url: server.url, cookie: "edl_driver=" + w.drivers[0]}
	reader.call(http.StatusOK, "GET", "/api/driver/licence", nil, nil)
	if _, err := do(w.check(t, 0)); err == nil || !strings.Contains(err.Error(), "disk_full") {
		t.Errorf("a check without a record: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	// With room again the same presses are answered, without a restart.
	for _, d := range refused {
		if _, err := do(d); err != nil {
			t.Errorf("after there was room: %v", err)
		}
	}
	if _, err := do(w.check(t, 1)); err != nil {
		t.Errorf("a check after there was room: %v", err)
	}
	var list struct {
		Applications []struct{ Status string }
	}
	_, text, err := reader.send("GET", "/api/driver/applications", "", nil)
	if err != nil || json.Unmarshal(text, &list) != nil || len(list.Applications) != 1 || list.Applications[0].Status != "issued" {
		t.Errorf("%s %v", text, err)
	}
	server.stop()
	at.finish(t)
	kept := at.counts(t, `SELECT id, count(*) FROM application WHERE status = 'issued' GROUP BY id UNION ALL SELECT number, count(*) FROM licence_check GROUP BY number`)
	for id := range acked {
		if n := kept[id]; n != 1 {
			t.Errorf("%s was acknowledged and is there %d times", id, n)
		}
	}
	at.consistent(t)
	t.Logf("%d refused for the full disk, %d acknowledged in all", len(refused), len(acked))
}

// fill takes all the room that a disk has.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, io.LimitReader(repeated(0), 1<<30)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
}
