// Package vectortest gives tests the published vectors, which are others' data
// and lie outside this repository: in the folder that the environment variable
// EDL_VECTORS names, or in a folder shared/vectors beside a parent folder.
// Where there is none the test is skipped, and says so.
package vectortest

import (
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Set is some of the vectors, and which of them were used.
type Set struct {
	t    *testing.T
	dir  string
	used map[string]bool // by path below dir
}

// Open returns the set of all files under the given paths. When the test ends
// it reports how many of how many were used, and fails if one was not.
func Open(t *testing.T, paths ...string) *Set {
	t.Helper()
	s := &Set{t: t, dir: find(t), used: make(map[string]bool)}
	for _, p := range paths {
		err := filepath.WalkDir(filepath.Join(s.dir, p), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(s.dir, path)
				s.used[filepath.ToSlash(rel)] = false
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(s.report)
	return s
}

// find returns the folder of the vectors, or skips the test.
func find(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("EDL_VECTORS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		candidate := filepath.Join(dir, "shared", "vectors")
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
		if dir == filepath.Dir(dir) {
			t.Skip("SKIPPED: no published vectors here; set EDL_VECTORS to their folder")
		}
	}
}

func (s *Set) report() {
	n := 0
	for path, used := range s.used {
		if used {
			n++
		} else if !s.t.Failed() {
			s.t.Errorf("vector file %s was not used", path)
		}
	}
	s.t.Logf("vectors: %d of %d files used", n, len(s.used))
}

// Files returns the paths of the set that end in suffix.
func (s *Set) Files(suffix string) []string {
	var paths []string
	for path := range s.used {
		if strings.HasSuffix(path, suffix) {
			paths = append(paths, path)
		}
	}
	return paths
}

// Bytes returns a file.
func (s *Set) Bytes(path string) []byte {
	s.t.Helper()
	if _, ok := s.used[path]; !ok {
		s.t.Fatalf("vector file %s is not in the set", path)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.used[path] = true
	return b
}

// Hex returns the bytes that a file holds as hexadecimal text.
func (s *Set) Hex(path string) []byte {
	s.t.Helper()
	return Unhex(s.t, string(s.Bytes(path)))
}

// JSON reads a file into v.
func (s *Set) JSON(path string, v any) {
	s.t.Helper()
	if err := json.Unmarshal(s.Bytes(path), v); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

// Unhex returns the bytes of hexadecimal text, white space aside.
func Unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
