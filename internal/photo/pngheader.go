package photo

import (
	"encoding/binary"
	"fmt"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngLayout walks the chunks of a PNG file to IEND.
func pngLayout(data []byte) (*layout, error) {
	l := &layout{format: PNG, scans: 1}
	coded := false
	for p := len(pngMagic); ; {
		if p+12 > len(data) {
			return nil, fmt.Errorf("PNG without its end: %w", ErrCorrupt)
		}
		n, kind := int(binary.BigEndian.Uint32(data[p:])), string(data[p+4:p+8])
		if n > len(data)-p-12 {
			return nil, fmt.Errorf("PNG chunk %q of %d bytes: %w", kind, n, ErrCorrupt)
		}
		body := data[p+8 : p+8+n]
		if p == len(pngMagic) && (kind != "IHDR" || n != 13) {
			return nil, fmt.Errorf("PNG begins with %q: %w", kind, ErrCorrupt)
		}
		p += 12 + n
		switch kind {
		case "IHDR":
			if l.width != 0 {
				return nil, fmt.Errorf("second IHDR: %w", ErrCorrupt)
			}
			if err := l.pngFrame(body); err != nil {
				return nil, err
			}
		case "IDAT":
			coded = true
		case "acTL":
			return nil, ErrAnimated
		case "eXIf":
			l.exif = body
			l.extras = append(l.extras, body)
		case "IEND":
			if !coded {
				return nil, fmt.Errorf("PNG without pixels: %w", ErrCorrupt)
			}
			if p < len(data) {
				l.extras = append(l.extras, data[p:])
			}
			return l, nil
		default:
			l.extras = append(l.extras, body)
		}
	}
}

func (l *layout) pngFrame(ihdr []byte) error {
	w, h := binary.BigEndian.Uint32(ihdr), binary.BigEndian.Uint32(ihdr[4:])
	if w > 1<<31-1 || h > 1<<31-1 {
		return fmt.Errorf("%d × %d px: %w", w, h, ErrCorrupt)
	}
	// Cut so that their product fits an int; checkSize refuses them either way.
	l.width, l.height = int(min(w, 1<<30)), int(min(h, 1<<30))
	l.pixelBytes = 8
	if ihdr[8] == 16 {
		l.pixelBytes = 16
	}
	if interlaced := ihdr[12] != 0; interlaced {
		l.pixelBytes *= 2 // each pass is decoded apart and merged
	}
	return nil
}
