// Package web holds the pages, built by Vite into the binary.
//
// A clone that has not run "make build" still compiles: the folder dist then
// holds no page, and the server answers with a sentence that says how to build.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built pages: driver/, driver/code/, verify/, staff/, demo/.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil { // cannot happen: the pattern above names the folder
		panic(err)
	}
	return pages
}
