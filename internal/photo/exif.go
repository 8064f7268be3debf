package photo

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"edl/internal/civil"
)

// Exif is the little that is read from a picture's EXIF; zero fields were
// absent or not understood. It is what the file says, never proof.
type Exif struct {
	Orientation int       // 1 to 8
	Taken       time.Time // exposure; in Shanghai where the file names no offset
	Software    string
}

// Tags of Exif 2.32.
const (
	tagOrientation  = 0x0112
	tagSoftware     = 0x0131
	tagDateTime     = 0x0132
	tagExifIFD      = 0x8769
	tagDateOriginal = 0x9003
	tagOffsetTime   = 0x9011
)

// ExifTime returns when the file says that its picture was taken.
func ExifTime(data []byte) (time.Time, bool) {
	l, err := readLayout(data)
	if err != nil {
		return time.Time{}, false
	}
	taken := readExif(l.exif).Taken
	return taken, !taken.IsZero()
}

// readExif reads a TIFF structure. It visits the first directory and the
// Exif directory and no other, so that no chain of offsets, thumbnail or
// maker note can make it run on.
func readExif(tiff []byte) Exif {
	t, first, ok := openTIFF(tiff)
	if !ok {
		return Exif{}
	}
	main := t.directory(first)
	e := Exif{Software: clip(main.text(tagSoftware), 64)}
	if o := main.number(tagOrientation); o >= 1 && o <= 8 {
		e.Orientation = int(o)
	}
	sub := t.directory(main.number(tagExifIFD))
	taken := sub.text(tagDateOriginal)
	if taken == "" {
		taken = main.text(tagDateTime)
	}
	e.Taken = exifDate(taken, sub.text(tagOffsetTime))
	return e
}

func exifDate(s, offset string) time.Time {
	if t, err := time.Parse("2006:01:02 15:04:05-07:00", s+offset); err == nil && t.Year() >= 1990 {
		return t
	}
	if t, err := time.ParseInLocation("2006:01:02 15:04:05", s, civil.Shanghai); err == nil && t.Year() >= 1990 {
		return t
	}
	return time.Time{}
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// tiff is a TIFF 6.0 structure.
type tiff struct {
	b     []byte
	order binary.ByteOrder
}

func openTIFF(b []byte) (t tiff, first uint32, ok bool) {
	b = bytes.TrimPrefix(b, []byte("Exif\x00\x00"))
	if len(b) < 8 {
		return tiff{}, 0, false
	}
	switch string(b[:4]) {
	case "II*\x00":
		t = tiff{b, binary.LittleEndian}
	case "MM\x00*":
		t = tiff{b, binary.BigEndian}
	default:
		return tiff{}, 0, false
	}
	return t, t.order.Uint32(b[4:]), true
}

// directory is the entries of one image file directory, 12 bytes each.
type directory struct {
	t       tiff
	entries []byte
}

// directory returns the directory at off, or an empty one. A count that
// runs past the end is cut.
func (t tiff) directory(off uint32) directory {
	if off == 0 || uint64(off)+2 > uint64(len(t.b)) {
		return directory{t: t}
	}
	n := int(t.order.Uint16(t.b[off:]))
	entries := t.b[off+2:]
	return directory{t, entries[:min(n, len(entries)/12)*12]}
}

// find returns the kind, the count and the value field of a tag.
func (d directory) find(tag uint16) (kind uint16, count uint32, value []byte) {
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.t.order.Uint16(e) == tag {
			return d.t.order.Uint16(e[2:]), d.t.order.Uint32(e[4:]), e[8:12]
		}
	}
	return 0, 0, nil
}

// number returns a tag's SHORT or LONG value, 0 where there is none.
func (d directory) number(tag uint16) uint32 {
	switch kind, _, value := d.find(tag); kind {
	case 3:
		return uint32(d.t.order.Uint16(value))
	case 4:
		return d.t.order.Uint32(value)
	}
	return 0
}

// text returns a tag's ASCII value without its closing zeros.
func (d directory) text(tag uint16) string {
	kind, count, value := d.find(tag)
	if kind != 2 {
		return ""
	}
	if count > 4 {
		off := d.t.order.Uint32(value)
		if uint64(off)+uint64(count) > uint64(len(d.t.b)) {
			return ""
		}
		value = d.t.b[off : uint64(off)+uint64(count)]
	} else {
		value = value[:count]
	}
	text, _, _ := bytes.Cut(value, []byte{0})
	return strings.TrimSpace(string(text))
}
