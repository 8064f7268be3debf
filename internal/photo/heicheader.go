package photo

import (
	"encoding/binary"
	"fmt"
)

// heicBrands are the brands of HEVC still pictures in ISO/IEC 23008-12 files.
var heicBrands = map[string]bool{"heic": true, "heix": true, "heim": true, "heis": true, "mif1": true}

func isHEIC(data []byte) bool {
	return len(data) >= 12 && string(data[4:8]) == "ftyp" && heicBrands[string(data[8:12])]
}

// heicLayout reads the size of the largest picture in a HEIC file from its
// image properties (ISO/IEC 23008-12 §6.5.3, box ispe).
func heicLayout(data []byte) (*layout, error) {
	l := &layout{format: HEIC, scans: 1, pixelBytes: 14} // planes in the decoder, then RGBA
	var meta []byte
	err := boxes(data, func(kind string, body []byte) {
		if kind == "meta" && meta == nil {
			meta = body
		}
	})
	if err != nil {
		return nil, err
	}
	if len(meta) < 4 {
		return nil, fmt.Errorf("HEIC without its meta box: %w", ErrCorrupt)
	}
	l.exif = heicExif(data, meta[4:])
	iprp := child(meta[4:], "iprp")
	err = boxes(child(iprp, "ipco"), func(kind string, body []byte) {
		if kind == "ispe" && len(body) >= 12 {
			w, h := binary.BigEndian.Uint32(body[4:]), binary.BigEndian.Uint32(body[8:])
			l.grow(int(min(w, 1<<30)), int(min(h, 1<<30)))
		}
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// boxes calls f for each ISO base media box of b, without going into any.
func boxes(b []byte, f func(kind string, body []byte)) error {
	for len(b) > 0 {
		if len(b) < 8 {
			return fmt.Errorf("%d bytes after the last box: %w", len(b), ErrCorrupt)
		}
		head, n := 8, uint64(binary.BigEndian.Uint32(b))
		switch {
		case n == 0:
			n = uint64(len(b))
		case n == 1 && len(b) >= 16:
			head, n = 16, binary.BigEndian.Uint64(b[8:])
		}
		if n < uint64(head) || n > uint64(len(b)) {
			return fmt.Errorf("box %q of %d bytes: %w", b[4:8], n, ErrCorrupt)
		}
		f(string(b[4:8]), b[head:n])
		b = b[n:]
	}
	return nil
}

// child returns the body of the first box of that kind, or nil.
func child(b []byte, kind string) []byte {
	var found []byte
	_ = boxes(b, func(k string, body []byte) { // what came before damage still counts
		if k == kind && found == nil {
			found = body
		}
	})
	return found
}

// heicExif returns the TIFF structure of a HEIC file's Exif item, or nil:
// iinf gives the item's number, iloc where its bytes lie.
func heicExif(data, meta []byte) []byte {
	id, ok := exifItem(child(meta, "iinf"))
	if !ok {
		return nil
	}
	off, n, ok := itemExtent(child(meta, "iloc"), id)
	if !ok || off > uint64(len(data)) || n > uint64(len(data))-off || n < 4 {
		return nil
	}
	item := data[off : off+n]
	skip := uint64(binary.BigEndian.Uint32(item)) + 4 // to the TIFF header
	if skip > n {
		return nil
	}
	return item[skip:]
}

func exifItem(iinf []byte) (id uint32, ok bool) {
	head := 6
	if len(iinf) > 0 && iinf[0] > 0 {
		head = 8
	}
	if len(iinf) < head {
		return 0, false
	}
	_ = boxes(iinf[head:], func(kind string, b []byte) {
		if kind != "infe" || len(b) < 12 {
			return
		}
		switch {
		case b[0] == 2 && string(b[8:12]) == "Exif":
			id, ok = uint32(binary.BigEndian.Uint16(b[4:])), true
		case b[0] == 3 && len(b) >= 14 && string(b[10:14]) == "Exif":
			id, ok = binary.BigEndian.Uint32(b[4:]), true
		}
	})
	return id, ok
}

// itemExtent finds an item's only extent in an iloc box of version 0, 1 or 2.
func itemExtent(iloc []byte, id uint32) (off, n uint64, ok bool) {
	r := fields{b: iloc}
	version := r.uint(1)
	r.uint(3)
	sizes := r.uint(2)
	offSize, lenSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	idSize := 2
	if version == 2 {
		idSize = 4
	}
	if version == 0 {
		indexSize = 0
	}
	for count := r.uint(idSize); count > 0 && !r.short; count-- {
		item := uint32(r.uint(idSize))
		if version > 0 {
			r.uint(2) // construction method: 0, in the file
		}
		r.uint(2) // data reference
		base := r.uint(baseSize)
		for extents := r.uint(2); extents > 0 && !r.short; extents-- {
			r.uint(indexSize)
			o, l := r.uint(offSize), r.uint(lenSize)
			if item == id && !r.short {
				return base + o, l, true
			}
		}
	}
	return 0, 0, false
}

// fields reads big-endian fields one after another; short is set at the end.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) uint(size int) (v uint64) {
	if size > 8 || size > len(f.b) {
		f.short = true
		return 0
	}
	for _, c := range f.b[:size] {
		v = v<<8 | uint64(c)
	}
	f.b = f.b[size:]
	return v
}
