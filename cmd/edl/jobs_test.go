package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/keys"
)

func TestAMissingKeyIsSaidOnceAndDoesNotFillTheLog(t *testing.T) {
	for _, c := range []struct {
		name, file string
		says       []string
	}{
		{"a set that was never made", "bundle-keys.json", []string{"bundle-keys.json", "no bundle", "edl keys init --keys ", "--use bundle"}},
		{"another", "peers-keys.json", []string{"peers-keys.json", "other authorities", "--use peers"}},
		{"a key of the bundle", "bundle-*.pem", []string{"bundle-", ".pem is not in ", "no bundle", "from its own backup"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := setUp(t, place{Data: filepath.Join(t.TempDir(), "authority")})
			files, err := filepath.Glob(filepath.Join(at.keysDir(), c.file))
			if err != nil || len(files) == 0 {
				t.Fatalf("%v %v", files, err)
			}
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			p := serve(t, at)
			time.Sleep(1500 * time.Millisecond) // five times of the quickest job
			p.stop()
			warnings, failures := "", map[string]int{}
			for line := range strings.Lines(p.said.String()) {
				if strings.Contains(line, "level=WARN") && strings.Contains(line, strings.Trim(c.file, "*.pem")) {
					warnings += line
				}
				if _, job, ok := strings.Cut(line, "job="); ok {
					job, _, _ = strings.Cut(job, " error=")
					failures[job]++
				}
			}
			if strings.Count(warnings, "\n") != 1 {
				t.Errorf("warnings:\n%s", warnings)
			}
			for _, want := range c.says {
				if !strings.Contains(warnings, want) {
					t.Errorf("%q is missing in: %s", want, warnings)
				}
			}
			for job, n := range failures {
				if n > 1 {
					t.Errorf("%s is said %d times", job, n)
				}
			}
		})
	}
}

func TestWhatAJobThatFailsSays(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	full, port := errors.New("the disk is full"), func(n int) error { return fmt.Errorf("dial from port %d", n) }
	start, tr := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC), &trouble{}
	for _, c := range []struct {
		name  string
		after time.Duration
		err   error
		told  string
	}{
		{"it works", 0, nil, ""},
		{"the first failure", 0, full, "the disk is full"},
		{"the same a second later", time.Second, full, ""},
		{"the same most of an hour later", 59 * time.Minute, full, ""},
		{"the same after an hour", time.Hour, full, "the disk is full"},
		{"another, at once", time.Hour + time.Second, port(1), ""},
		{"another, after a minute", time.Hour + time.Minute, port(2), "port 2"},
		{"never the same", time.Hour + time.Minute + time.Second, port(3), ""},
		{"it works again", 2 * time.Hour, nil, "works again"},
		{"it goes on working", 2*time.Hour + time.Second, nil, ""},
		{"it fails again at once", 2*time.Hour + 2*time.Second, full, "the disk is full"},
	} {
		log.Reset()
		tr.tell("outbox", c.err, start.Add(c.after))
		if got := log.String(); (c.told == "") != (got == "") || !strings.Contains(got, c.told) {
			t.Errorf("%s: %q, want %q", c.name, got, c.told)
		}
	}
}

func TestEverySetOfKeysSaysWhatGoesWithoutIt(t *testing.T) {
	for _, use := range keys.Uses {
		if without[use] == "" {
			t.Errorf("nobody says what does not work without the keys of %s", use)
		}
	}
}
