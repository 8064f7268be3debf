package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The breaks are played by hand, and a line that was rewritten since can be
// broken no more: each still stands once in its file, and on the page.
func TestEveryBreakFindsItsLine(t *testing.T) {
	root := filepath.Join("..", "..")
	seen, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list() {
		whole, err := os.ReadFile(filepath.Join(root, b.file))
		if err != nil {
			t.Errorf("%s: %v", b.row, err)
			continue
		}
		if n := strings.Count(string(whole), b.old); n != 1 {
			t.Errorf("%s: %q stands %d times in %s", b.row, b.old, n, b.file)
		}
		if !strings.HasSuffix(strings.TrimSpace(b.line(string(seen))), "| failed |") {
			t.Errorf("%s: %s does not say that %s failed", b.row, page, b.test)
		}
	}
}
