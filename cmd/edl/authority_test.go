package main

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"edl/internal/register"
	"edl/internal/storetest"
)

// A member is somebody who has accepted an invitation.
type member struct{ login, password, totp string }

// code is the authenticator's, so many steps of 30 s from now.
func (m member) code(t testing.TB, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(m.totp, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// accept opens an invitation and signs its member in.
func (b *browser) accept(token, password string) member {
	b.t.Helper()
	var opened struct{ Login, TOTPSecret string }
	b.call(http.StatusOK, "POST", "/api/staff/invitations/open", map[string]string{"token": token}, &opened)
	m := member{opened.Login, password, opened.TOTPSecret}
	b.call(http.StatusOK, "POST", "/api/staff/invitations/accept",
		map[string]string{"token": token, "password": password, "totp": m.code(b.t, -1)}, nil)
	return m
}

// found is what a registrar sees of the three of the import's template.
func found(t *testing.T, url string, m member) map[string]any {
	t.Helper()
	b := &browser{t: t, url: url}
	b.call(http.StatusOK, "POST", "/api/staff/session", map[string]string{"login": m.login, "password": m.password, "totp": m.code(t, 0)}, nil)
	seen := map[string]any{}
	for _, file := range []string{"000000000011", "000000000029", "000000000037"} {
		var answer struct{ Matches []map[string]any }
		b.call(http.StatusOK, "POST", "/api/staff/register/search", map[string]string{"by": "file", "value": file, "reason": "核对备份"}, &answer)
		if len(answer.Matches) == 1 {
			seen[file] = answer.Matches[0]
		}
	}
	return seen
}

var inviteToken = regexp.MustCompile(`/invite\?t=([A-Za-z0-9_-]+)`)

func tokenOf(t *testing.T, text string) string {
	t.Helper()
	m := inviteToken.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link in %q", text)
	}
	return m[1]
}

// An authority's first day: set up, the first administrator, a registrar, the
// register; a backup of it, and what the backup is worth elsewhere.
func TestAnAuthorityIsSetUpBackedUpAndRestored(t *testing.T) {
	dir := t.TempDir()
	at := place{Data: filepath.Join(dir, "data"), Keys: filepath.Join(dir, "keys")}
	lost := tokenOf(t, must(t, setUpFlags(at)...))
	link := tokenOf(t, must(t, setUpFlags(at)...)) // nobody has an account yet
	server := serve(t, at)
	security := &browser{t: t, url: server.url}
	security.call(http.StatusNotFound, "POST", "/api/staff/invitations/open", map[string]string{"token": lost}, nil)
	if _, said, code := edl(t, setUpFlags(at)...); code != 1 || !strings.Contains(said, "another edl is using") {
		t.Errorf("a set-up beside the server: exit %d, %s", code, said)
	}
	security.accept(link, "correct horse battery")
	again := &browser{t: t, url: server.url}
	again.call(http.StatusNotFound, "POST", "/api/staff/invitations/open", map[string]string{"token": link}, nil)
	var invited struct{ InviteURL string }
	security.call(http.StatusCreated, "POST", "/api/staff/staff",
		map[string]any{"login": "registrar", "name": "贺怀瑾", "number": "1201", "roles": []string{"registrar"}}, &invited)
	registrar := (&browser{t: t, url: server.url}).accept(tokenOf(t, invited.InviteURL), "another long password")

	template := filepath.Join(dir, "template.csv")
	if err := os.WriteFile(template, register.Template(), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, at.flags("import", template)...)
	backup := filepath.Join(dir, "backup")
	if said := must(t, at.flags("backup", backup)...); !strings.Contains(said, "The keys are not: back up "+at.Keys) {
		t.Errorf("the backup says of the keys: %s", said)
	}
	before := found(t, server.url, registrar)
	if len(before) != 3 {
		t.Fatalf("the registrar found %v", slices.Sorted(maps.Keys(before)))
	}
	server.stop()
	if _, said, code := edl(t, setUpFlags(at)...); code != 1 || !strings.Contains(said, "set up already") {
		t.Errorf("a set-up where people have accounts: exit %d, %s", code, said)
	}
	if text, err := os.ReadFile(backup); err != nil || strings.Contains(string(text), "欧阳") {
		t.Errorf("the backup shows names, or cannot be read: %v", err)
	}

	restored := func(name string, to place) {
		t.Run(name, func(t *testing.T) {
			if name == "into PostgreSQL" {
				to.DB = storetest.BarePostgresURL(t)
			}
			must(t, to.flags("restore", backup)...)
			if _, said, code := edl(t, to.flags("restore", backup)...); code != 1 || !strings.Contains(said, "holds data already") {
				t.Errorf("a second restore: exit %d, %s", code, said)
			}
			server := serve(t, to)
			if diff := cmp.Diff(before, found(t, server.url, registrar)); diff != "" {
				t.Errorf("what the registrar sees differs: %s", diff)
			}
			server.stop()
		})
	}
	restored("into another folder", place{Data: filepath.Join(dir, "other"), Keys: at.Keys})
	restored("into PostgreSQL", place{Data: filepath.Join(dir, "third"), Keys: at.Keys})
}
