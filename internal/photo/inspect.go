package photo

import (
	"bytes"
	"fmt"
)

// Inspect reads the header of a picture file and refuses what must not be
// decoded. It allocates next to nothing and takes time linear in the file.
func Inspect(data []byte) (Header, error) {
	if len(data) == 0 {
		return Header{}, ErrEmpty
	}
	if len(data) > MaxBytes {
		return Header{}, ErrTooLarge
	}
	l, err := readLayout(data)
	if err != nil {
		return Header{}, err
	}
	h := Header{
		Format: l.format, Bytes: len(data), Width: l.width, Height: l.height,
		Orientation: 1, Quality: l.quality, scans: l.scans,
	}
	if err := h.checkSize(); err != nil {
		return Header{}, err
	}
	h.Memory = l.memory()
	if h.Memory > maxMemory || h.scans > maxScans {
		return Header{}, fmt.Errorf("%d scans, %d bytes to decode: %w", h.scans, h.Memory, ErrTooHeavy)
	}
	if err := l.checkExtras(); err != nil {
		return Header{}, err
	}
	h.addExif(readExif(l.exif))
	return h, nil
}

func (h *Header) checkSize() error {
	switch {
	case h.Width <= 0 || h.Height <= 0:
		return fmt.Errorf("%d × %d px: %w", h.Width, h.Height, ErrCorrupt)
	case h.Width > MaxEdge || h.Height > MaxEdge || h.Width*h.Height > MaxPixels:
		return fmt.Errorf("%d × %d px: %w", h.Width, h.Height, ErrTooManyPixels)
	}
	return nil
}

func (h *Header) addExif(e Exif) {
	h.Taken, h.Software = e.Taken, e.Software
	if e.Orientation == 0 || h.Format == HEIC { // HEIC turns by its own boxes
		return
	}
	h.Orientation = e.Orientation
	if h.Orientation >= 5 {
		h.Width, h.Height = h.Height, h.Width
	}
}

// layout is what a walk over a file's segments found.
type layout struct {
	format        Format
	width, height int      // px as stored
	quality       int      // of a JPEG
	scans         int      // of a JPEG
	pixelBytes    int      // bytes a decoded pixel takes, times two
	exif          []byte   // a TIFF structure
	extras        [][]byte // metadata and trailing bytes: all that is not picture
}

func (l *layout) memory() int { return l.width * l.height * l.pixelBytes / 2 }

// readLayout tells the format by the first bytes and walks the file.
func readLayout(data []byte) (*layout, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		return jpegLayout(data)
	case bytes.HasPrefix(data, []byte(pngMagic)):
		return pngLayout(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return webpLayout(data)
	case isHEIC(data):
		return heicLayout(data)
	}
	return nil, ErrFormat
}

// active are the beginnings of content that a browser or a viewer would run.
var active = [][]byte{
	[]byte("<html"), []byte("<!doctype"), []byte("<script"), []byte("<svg "),
	[]byte("<iframe"), []byte("<?php"), []byte("javascript:"), []byte("%pdf-"), []byte("#!/bin/"),
}

// archives are looked for only where trailing bytes begin or a comment does:
// four bytes come up by chance inside a phone's trailing video.
var archives = [][]byte{[]byte("PK\x03\x04"), []byte("Rar!\x1a"), []byte("7z\xbc\xaf"), []byte("GIF8"), []byte("\x7fELF"), []byte("MZ\x90")}

// checkExtras refuses a file that is a picture and a page, a script or an
// archive at once. What slips through is harmless all the same: only pixels
// are kept.
func (l *layout) checkExtras() error {
	for _, extra := range l.extras {
		for _, a := range archives {
			if bytes.HasPrefix(extra, a) {
				return fmt.Errorf("%q beside the picture: %w", a, ErrPolyglot)
			}
		}
		for _, a := range active {
			if containsFold(extra, a) {
				return fmt.Errorf("%q beside the picture: %w", a, ErrPolyglot)
			}
		}
	}
	return nil
}

// containsFold reports whether lower, in ASCII lower case, occurs in b in any case.
func containsFold(b, lower []byte) bool {
	for {
		i := bytes.IndexByte(b, lower[0])
		if u := lower[0]; u >= 'a' && u <= 'z' {
			if j := bytes.IndexByte(b, u-'a'+'A'); j >= 0 && (i < 0 || j < i) {
				i = j
			}
		}
		if i < 0 || len(b)-i < len(lower) {
			return false
		}
		if bytes.EqualFold(b[i:i+len(lower)], lower) {
			return true
		}
		b = b[i+1:]
	}
}
