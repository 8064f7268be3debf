package photo

import (
	"encoding/binary"
	"fmt"
)

// webpLayout walks the chunks of a WebP file (RFC 9649). The sizes of the
// canvas and of the frame are both read and the larger counts: a decoder
// allocates by the frame's.
func webpLayout(data []byte) (*layout, error) {
	l := &layout{format: WebP, scans: 1, pixelBytes: 3 + 2} // 4:2:0 and an alpha plane
	end := 8 + int(binary.LittleEndian.Uint32(data[4:]))
	if end > len(data)+1 || end < 12 {
		return nil, fmt.Errorf("RIFF of %d bytes: %w", end, ErrCorrupt)
	}
	end = min(end, len(data))
	if end < len(data) {
		l.extras = append(l.extras, data[end:])
	}
	frame := false
	for p := 12; p+8 <= end; {
		kind, n := string(data[p:p+4]), int(binary.LittleEndian.Uint32(data[p+4:]))
		if n > end-p-8 {
			return nil, fmt.Errorf("WebP chunk %q of %d bytes: %w", kind, n, ErrCorrupt)
		}
		body := data[p+8 : p+8+n]
		p += 8 + n + n&1
		switch kind {
		case "VP8 ", "VP8L":
			if frame {
				return nil, fmt.Errorf("second WebP frame: %w", ErrCorrupt)
			}
			frame = true
			if err := l.webpFrame(kind, body); err != nil {
				return nil, err
			}
		case "VP8X":
			if err := l.webpCanvas(body); err != nil {
				return nil, err
			}
		case "ANIM", "ANMF":
			return nil, ErrAnimated
		case "EXIF":
			l.exif = body
			l.extras = append(l.extras, body)
		case "ALPH":
		default:
			l.extras = append(l.extras, body)
		}
	}
	if !frame {
		return nil, fmt.Errorf("WebP without a frame: %w", ErrCorrupt)
	}
	return l, nil
}

func (l *layout) webpCanvas(body []byte) error {
	if len(body) < 10 {
		return fmt.Errorf("VP8X of %d bytes: %w", len(body), ErrCorrupt)
	}
	if animated := body[0]&2 != 0; animated {
		return ErrAnimated
	}
	l.grow(1+int(uint24(body[4:])), 1+int(uint24(body[7:])))
	return nil
}

func (l *layout) webpFrame(kind string, body []byte) error {
	if kind == "VP8L" {
		if len(body) < 5 || body[0] != 0x2f {
			return fmt.Errorf("VP8L header: %w", ErrCorrupt)
		}
		bits := binary.LittleEndian.Uint32(body[1:])
		l.grow(1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
		l.pixelBytes = 16 // 4 bytes of pixels, 4 of the buffer that transforms them
		return nil
	}
	if len(body) < 10 || body[0]&1 != 0 || body[3] != 0x9d || body[4] != 0x01 || body[5] != 0x2a {
		return fmt.Errorf("VP8 key frame: %w", ErrCorrupt)
	}
	l.grow(int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff))
	return nil
}

func (l *layout) grow(w, h int) { l.width, l.height = max(l.width, w), max(l.height, h) }

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }
