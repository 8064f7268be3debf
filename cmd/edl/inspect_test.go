package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"edl/internal/inspect/inspecttest"
)

// invent writes the files of package inspecttest's invented authority: invent DIR.
func invent(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	for name, b := range inspecttest.New().Files {
		ts.Check(os.WriteFile(dir+"/"+name, b, 0o600))
	}
}
