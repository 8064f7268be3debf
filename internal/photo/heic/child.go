package heic

import (
	"bytes"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/gen2brain/heic"

	"edl/internal/photo"
)

// Exit codes of a child; any other means that its limits ended it.
const (
	exitCorrupt     = 3
	exitUnavailable = 4
)

// Child is the whole of the decoding process: it reads one HEIC picture from
// in, writes its pixels to out and returns the process's exit code.
func Child(in io.Reader, out, complaints io.Writer) int {
	if err := limitMemory(); err != nil {
		fmt.Fprintln(complaints, "limiting memory:", err)
		return exitUnavailable
	}
	if heic.Dynamic() == nil {
		fmt.Fprintln(complaints, "a system libheif would be used; build with -tags nodynamic, or remove it")
		return exitUnavailable
	}
	if err := convert(in, out); err != nil {
		fmt.Fprintln(complaints, err)
		return exitCorrupt
	}
	return 0
}

func convert(in io.Reader, out io.Writer) error {
	data, err := photo.Read(in)
	if err != nil {
		return err
	}
	h, err := photo.Inspect(data)
	if err != nil {
		return err
	}
	if h.Format != photo.HEIC {
		return photo.ErrFormat
	}
	m, err := heic.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	p, err := photo.NewPicture(m)
	if err != nil {
		return err
	}
	return writePixels(out, p.Pix)
}

// collectEarly has the garbage collector work before the hard limit ends the
// process: most of the memory is the decoder's one growing block.
func collectEarly() {
	debug.SetGCPercent(20)
	debug.SetMemoryLimit(Memory * 3 / 4)
}
