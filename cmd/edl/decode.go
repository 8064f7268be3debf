package main

import (
	"os"

	"edl/internal/photo/heic"
)

// decodeCommand decodes one HEIC picture for the server, under limits of
// memory and time that hold for this process alone.
type decodeCommand struct{}

// Run ends the process with the decoder's own code.
func (*decodeCommand) Run() error { return exitCode(heic.Child(os.Stdin, os.Stdout, os.Stderr)) }
