package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASlipOfDataLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	at := setUp(t, place{Data: filepath.Join(dir, "authority")})
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte(must(t, "import", "--template")), 0o600); err != nil {
		t.Fatal(err)
	}
	slip := filepath.Join(dir, "authorty")
	for _, args := range [][]string{
		{"serve", "--data", slip, "--listen", "127.0.0.1:0"},
		{"serve", "--data", slip, "--keys", at.keysDir(), "--listen", "127.0.0.1:0"},
		{"import", "--data", slip, file},
		{"import", "--data", slip, "--keys", at.keysDir(), file},
		{"backup", "--data", slip, "--keys", at.keysDir(), filepath.Join(dir, "backup")},
	} {
		out, said, code := edl(t, args...)
		if code == 0 || out != "" || !strings.Contains(said, "is --data the right folder?") || !strings.Contains(said, "edl setup") {
			t.Errorf("%v: exit %d, %s", args, code, said)
		}
		for _, made := range []string{slip, slip + "-keys", filepath.Join(dir, "backup")} {
			if _, err := os.Stat(made); err == nil {
				t.Errorf("%v left %s behind", args, made)
			}
		}
	}
	// A place that is right is one with a database, whatever its folder is called.
	if _, said, code := edl(t, at.flags("backup", filepath.Join(dir, "backup"))...); code != 0 {
		t.Errorf("control: %s", said)
	}
}

func TestKeysThatOthersCanReadAreSaidAtTheStart(t *testing.T) {
	const warning = "others on this machine can read the keys"
	at := setUp(t, place{Data: filepath.Join(t.TempDir(), "authority")})
	p := serve(t, at)
	p.stop()
	if strings.Contains(p.said.String(), warning) {
		t.Errorf("control: %s", p.said)
	}
	for _, open := range []struct {
		path string
		mode os.FileMode
	}{{at.keysDir(), 0o750}, {filepath.Join(at.keysDir(), "audit.pem"), 0o640}} {
		before, err := os.Stat(open.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(open.path, open.mode); err != nil {
			t.Fatal(err)
		}
		p := serve(t, at)
		p.stop()
		for _, want := range []string{warning, open.path + " has mode", "chmod -R go= " + at.keysDir()} {
			if !strings.Contains(p.said.String(), want) {
				t.Errorf("%q is missing in: %s", want, p.said)
			}
		}
		if err := os.Chmod(open.path, before.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheHelpSaysEveryDefault(t *testing.T) {
	help := strings.Join(strings.Fields(must(t, "serve", "--help")), " ")
	for _, want := range []string{
		"the outbox (default: data) ($EDL_DATA).", "Address to listen on (default: 127.0.0.1:8080) ($EDL_LISTEN).",
		"(default: http://localhost:PORT) ($EDL_PUBLIC_URL).", "(default: 20) ($EDL_WALLET_BATCH).",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("%q is missing in: %s", want, help)
		}
	}
}
