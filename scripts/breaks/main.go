// Command breaks shows that the tests named in docs/requirements.md can fail:
// for each row it changes one line of a copy of the program, runs the test and
// wants it to fail. It writes what it saw to docs/breaks.md.
//
//	go run ./scripts/breaks [ROW …]
//
// Without arguments it plays every row; with some, the table keeps what it says
// of the others. It ends with 1 where a test passed over a break, or where a
// line is no longer there to be broken.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A broken is one line changed, and the test that should see it.
type broken struct {
	row      string // of docs/requirements.md
	pkg      string // "" for a test of the pages
	test     string // a Go test, or the name and file of a test in a browser (.test.mjs) or of a page's parts (.spec.ts)
	file     string
	old, new string // old stands in the file exactly once
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "breaks:", err)
		os.Exit(1)
	}
}

func run(rows []string) error {
	dir, err := os.MkdirTemp("", "edl-breaks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("cp", "-a", ".", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("copying the program: %w: %s", err, out)
	}
	before, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var table strings.Builder
	table.WriteString(heading)
	bad := 0
	for _, b := range list() {
		if len(rows) > 0 && !slices.Contains(rows, b.row) {
			table.WriteString(b.line(string(before)))
			continue
		}
		saw, err := b.play(dir)
		if err != nil {
			saw, bad = err.Error(), bad+1
		}
		fmt.Printf("%-14s %-60s %s\n", b.row, b.test, saw)
		fmt.Fprintf(&table, "%s`%s` → `%s` | %s |\n", b.start(), code(b.old), code(b.new), saw)
	}
	if err := os.WriteFile(page, []byte(table.String()), 0o644); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d breaks went unseen", bad)
	}
	return nil
}

const heading = `# The breaks under which the tests were seen to fail

Made by ` + "`make breaks`" + `: each line was changed in a copy of the program, and the test beside it failed.

| row of [requirements.md](requirements.md) | test | file | the line, and what it was changed to | seen |
|---|---|---|---|---|
`

const page = "docs/breaks.md"

func (b broken) start() string { return fmt.Sprintf("| %s | `%s` | %s | ", b.row, b.test, b.file) }

// line is what the page said of b, "" if nothing.
func (b broken) line(page string) string {
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, b.start()) {
			return line
		}
	}
	return ""
}

// code writes a piece of source so that it fits a cell.
func code(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}

// play breaks the copy in dir, runs the test, and mends the copy.
func (b broken) play(dir string) (saw string, err error) {
	name := filepath.Join(dir, b.file)
	whole, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(whole), b.old); n != 1 {
		return "", fmt.Errorf("the line stands there %d times", n)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(whole), b.old, b.new, 1)), 0o644); err != nil {
		return "", err
	}
	defer os.WriteFile(name, whole, 0o644)
	c, mark := b.command()
	c.Dir = dir
	out, err := c.CombinedOutput()
	switch {
	case err == nil:
		return "", fmt.Errorf("UNSEEN: the test passed")
	case !strings.Contains(string(out), mark):
		return "", fmt.Errorf("UNSEEN: it failed otherwise: %s", last(string(out)))
	}
	return "failed", nil
}

// command runs the test; mark stands in its output when it failed as a test.
func (b broken) command() (c *exec.Cmd, mark string) {
	if b.pkg != "" {
		return exec.Command("go", "test", "-count=1", "-vet=off", "-ldflags=-s -w", "-run", "^"+b.test+"$", "./"+b.pkg), "--- FAIL: " + b.test
	}
	test, file, _ := strings.Cut(b.test, " @ ")
	if strings.HasSuffix(file, ".spec.ts") {
		workspace := strings.Join(strings.SplitN(b.file, "/", 3)[:2], "/") // web/verify
		return exec.Command("sh", "-c", `cd "$0" && node ../node_modules/vitest/vitest.mjs run -t "$1" "$2"`, workspace, test, file), "AssertionError"
	}
	return exec.Command("sh", "-c", `make build >/dev/null && cd web/e2e && node --test --test-name-pattern="$0" "$1"`, test, file), "not ok"
}

// last is the end of an output, for one line.
func last(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[max(0, len(s)-200):]
}
