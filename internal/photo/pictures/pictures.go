// Package pictures names the photographs that the photo checks are measured
// on. They ship inside public packages, under those packages' terms, and are
// not in the repository: go run ./internal/photo/fetch pictures puts them
// into the folder files. Tests that need them skip aloud where they are not.
package pictures

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Source is the kind of package that ships a picture.
type Source string

// The sources, each fetched with its own client.
const (
	Npm        Source = "npm"
	PyPI       Source = "pypi"        // a wheel
	PyPISource Source = "pypi-source" // a source distribution
)

// Shows is what can be seen on a picture.
type Shows string

// What the pictures show.
const (
	OneFace Shows = "one face"
	CutFace Shows = "one face cut by the edge"
	Group   Shows = "several faces"
	NoFace  Shows = "no face"
)

// Picture is a picture in a package.
type Picture struct {
	Name    string // file name
	Source  Source
	Package string // with its version
	Path    string // within the package
	Shows   Shows
	SHA256  string
}

// All returns every picture.
func All() []Picture { return slices.Clone(list) }

// Check reports whether data are the picture's bytes.
func (p Picture) Check(data []byte) error {
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != p.SHA256 {
		return fmt.Errorf("%s has SHA-256 %s, want %s", p.Name, got, p.SHA256)
	}
	return nil
}
