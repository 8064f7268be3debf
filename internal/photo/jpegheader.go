package photo

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of ITU-T T.81 that the walk names.
const (
	markSOF0, markSOF1, markSOF2           = 0xc0, 0xc1, 0xc2
	markDHT, markJPG, markDAC              = 0xc4, 0xc8, 0xcc
	markRST0, markSOI, markEOI             = 0xd0, 0xd8, 0xd9
	markSOS, markDQT                       = 0xda, 0xdb
	markAPP0, markAPP1, markAPP15, markCOM = 0xe0, 0xe1, 0xef, 0xfe
)

// jpegLayout walks the segments of a JPEG file to its end marker.
func jpegLayout(data []byte) (*layout, error) {
	l := &layout{format: JPEG}
	for p := 2; ; {
		marker, next, err := nextMarker(data, p)
		if err != nil {
			return nil, err
		}
		if marker == markEOI {
			if l.width == 0 || l.scans == 0 {
				return nil, fmt.Errorf("no frame before the end: %w", ErrCorrupt)
			}
			if next < len(data) {
				l.extras = append(l.extras, data[next:])
			}
			return l, nil
		}
		if standsAlone(marker) {
			p = next
			continue
		}
		body, after, err := jpegSegment(data, next)
		if err != nil {
			return nil, err
		}
		if err := l.jpegBody(marker, body); err != nil {
			return nil, err
		}
		if marker == markSOS {
			after = skipEntropy(data, after)
		}
		p = after
	}
}

// nextMarker returns the marker at p, past fill bytes, and where its body begins.
func nextMarker(data []byte, p int) (marker byte, next int, err error) {
	if p >= len(data) || data[p] != 0xff {
		return 0, 0, fmt.Errorf("no marker at byte %d: %w", p, ErrCorrupt)
	}
	for p < len(data) && data[p] == 0xff {
		p++
	}
	if p >= len(data) {
		return 0, 0, fmt.Errorf("ends within a marker: %w", ErrCorrupt)
	}
	return data[p], p + 1, nil
}

func standsAlone(marker byte) bool {
	return marker == 0x01 || (marker >= markRST0 && marker <= markSOI)
}

func jpegSegment(data []byte, p int) (body []byte, after int, err error) {
	if p+2 > len(data) {
		return nil, 0, fmt.Errorf("ends within a segment: %w", ErrCorrupt)
	}
	n := int(binary.BigEndian.Uint16(data[p:]))
	if n < 2 || p+n > len(data) {
		return nil, 0, fmt.Errorf("segment of %d bytes at %d: %w", n, p, ErrCorrupt)
	}
	return data[p+2 : p+n], p + n, nil
}

// skipEntropy returns where the coded data that begin at p end: at a marker
// that is neither a restart nor a stuffed zero.
func skipEntropy(data []byte, p int) int {
	for {
		i := bytes.IndexByte(data[p:], 0xff)
		if i < 0 || p+i+1 >= len(data) {
			return len(data)
		}
		p += i
		if m := data[p+1]; m != 0 && (m < markRST0 || m > markRST0+7) {
			return p
		}
		p += 2
	}
}

func (l *layout) jpegBody(marker byte, body []byte) error {
	switch {
	case marker == markSOS:
		l.scans++
	case marker == markDQT:
		l.quality = max(l.quality, tableQuality(body))
	case marker == markAPP1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		if l.exif == nil {
			l.exif = body[6:]
		}
		l.extras = append(l.extras, body)
	case marker == markCOM || (marker >= markAPP0 && marker <= markAPP15):
		l.extras = append(l.extras, body)
	case marker == markDHT || marker == markJPG || marker == markDAC:
		// Tables: DAC belongs to arithmetic coding, whose frame is refused below.
	case marker >= markSOF0 && marker < markSOF0+16:
		return l.jpegFrame(marker, body)
	}
	return nil
}

// jpegFrame reads a frame header. Lossless, hierarchical and arithmetic
// frames are refused: no phone or editor writes them.
func (l *layout) jpegFrame(marker byte, body []byte) error {
	if marker > markSOF2 {
		return fmt.Errorf("JPEG frame %#x: %w", marker, ErrFormat)
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) || l.width != 0 {
		return fmt.Errorf("JPEG frame header: %w", ErrCorrupt)
	}
	l.height, l.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if l.width == 0 || l.height == 0 {
		return fmt.Errorf("%d × %d px: %w", l.width, l.height, ErrCorrupt)
	}
	l.pixelBytes = sampleHalves(body[6:])
	if marker == markSOF2 {
		l.pixelBytes *= 5 // the decoder keeps a 4-byte coefficient beside each sample
	}
	return nil
}

// sampleHalves returns twice the samples that a pixel takes, from the frame's
// components with their sampling factors.
func sampleHalves(components []byte) int {
	top, sum := 1, 0
	for c := components; len(c) >= 3; c = c[3:] {
		n := int(c[1]>>4) * int(c[1]&15)
		top, sum = max(top, n), sum+n
	}
	return max(2, (2*sum+top-1)/top)
}

// standardLuma is the first row and column of the luminance table of T.81
// annex K.1 in zig-zag order, enough to tell the scale a table was made with.
var standardLuma = [10]int{16, 11, 12, 14, 12, 10, 16, 14, 13, 14}

// tableQuality estimates the quality, as libjpeg counts it, that the
// luminance table in a DQT segment was made with; 0 where it holds none.
func tableQuality(body []byte) int {
	if len(body) < 11 || body[0] != 0 {
		return 0
	}
	scale := 0
	for i, std := range standardLuma {
		scale += 100 * int(body[1+i]) / std
	}
	scale /= len(standardLuma)
	if scale <= 100 {
		return min(100, max(1, (200-scale)/2))
	}
	return max(1, 5000/scale)
}
