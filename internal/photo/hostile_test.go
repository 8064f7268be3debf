package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"edl/internal/fault"
)

func pngChunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngClaiming is a PNG whose header claims w × h px of 8-bit RGBA.
func pngClaiming(w, h uint32, idat []byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	b := append([]byte(pngMagic), pngChunk("IHDR", ihdr)...)
	return append(append(b, pngChunk("IDAT", idat)...), pngChunk("IEND", nil)...)
}

// zeros deflates n zero bytes: about a thousandth of n.
func zeros(n int) []byte {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestCompression)
	chunk := make([]byte, 1<<20)
	for ; n > 0; n -= len(chunk) {
		_, _ = w.Write(chunk[:min(n, len(chunk))])
	}
	_ = w.Close()
	return b.Bytes()
}

func jpegSegmentOf(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// insert puts a segment right after a JPEG's start marker.
func insert(data, segment []byte) []byte {
	return slices.Concat(data[:2], segment, data[2:])
}

// claim rewrites the size in a JPEG's baseline frame header.
func claim(data []byte, w, h uint16) []byte {
	out := bytes.Clone(data)
	at := bytes.Index(out, []byte{0xff, markSOF0, 0, 17}) + 5
	binary.BigEndian.PutUint16(out[at:], h)
	binary.BigEndian.PutUint16(out[at+2:], w)
	return out
}

// loopingExif is a TIFF whose directory, Exif directory and next directory
// all point at itself, with a thumbnail that is the whole file again.
func loopingExif() []byte {
	b := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count, value uint32) {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, tag), kind)
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, count), value)
	}
	entry(tagExifIFD, 4, 1, 8)
	entry(0x014a, 4, 1<<31, 8) // SubIFDs
	entry(0x0201, 4, 1, 0)     // thumbnail
	return binary.LittleEndian.AppendUint32(b, 8)
}

// S53: a bomb is refused by its header, within 50 ms and 50 MB; the same file
// without the bomb is decoded.
func TestS53ImageBombsAreRefusedFromTheHeader(t *testing.T) {
	small := drawn(60, 80)
	plain := jpegOf(t, small)
	flat := jpegOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	scan := flat[bytes.Index(flat, []byte{0xff, markSOS}) : len(flat)-2]
	scans := slices.Concat(flat[:len(flat)-2], bytes.Repeat(scan, 9_999), []byte{0xff, markEOI})
	gif := slices.Concat([]byte("GIF89a"), bytes.Repeat([]byte{0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0}, 10_000), []byte{0x3b})
	canvas := slices.Concat([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"), []byte{9, 0, 0, 9, 0, 0}, // 10 × 10 outside
		[]byte("VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a"), []byte{0xff, 0x3f, 0xff, 0x3f}) // 16383 × 16383 inside
	binary.LittleEndian.PutUint32(canvas[4:], uint32(len(canvas)-8))
	for _, c := range []struct {
		name string
		data []byte
		want *fault.Fault
	}{
		{"a PNG of 64k × 64k", pngClaiming(65_536, 65_536, zeros(1<<20)), ErrTooManyPixels},
		{"a PNG as wide as a number can say", pngClaiming(1<<31-1, 1<<31-1, zeros(1<<10)), ErrTooManyPixels},
		{"a PNG of one endless row", pngClaiming(40_000_000, 1, zeros(1<<20)), ErrTooManyPixels},
		{"a JPEG of 65,535 × 65,535", claim(plain, 65_535, 65_535), ErrTooManyPixels},
		{"a JPEG of 10,000 scans", scans, ErrTooHeavy},
		{"a GIF of 10,000 frames", gif, ErrFormat},
		{"a WebP whose frame outgrows its canvas", canvas, ErrTooManyPixels},
		{"a file over 15 MB", append(bytes.Clone(plain), make([]byte, MaxBytes)...), ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			took, spent, err := cost(func() error { _, err := Decode(c.data); return err })
			wantFault(t, err, c.want)
			if took > 50*slow*time.Millisecond || spent > 50<<20 {
				t.Errorf("took %v and %d bytes", took, spent)
			}
		})
	}
	t.Run("control: each file without its bomb", func(t *testing.T) {
		for _, data := range [][]byte{plain, pngOf(t, small), webpOf(t, small)} {
			if _, err := Decode(data); err != nil {
				t.Error(err)
			}
		}
	})
}

// S53: a bomb inside a header that tells the truth costs no more than the
// picture it claims.
func TestS53AZlibBombInflatesNoFurtherThanItsPicture(t *testing.T) {
	bomb := pngClaiming(100, 100, zeros(256<<20))
	if len(bomb) > 2<<20 {
		t.Fatalf("the bomb weighs %d bytes", len(bomb))
	}
	took, spent, err := cost(func() error { _, err := Decode(bomb); return err })
	if took > 100*slow*time.Millisecond || spent > 50<<20 {
		t.Errorf("took %v and %d bytes (%v)", took, spent, err)
	}
	fair := pngClaiming(100, 100, zeros(100*(1+4*100)))
	if _, err := Decode(fair); err != nil {
		t.Errorf("control: %v", err)
	}
}

// S53: EXIF that points at itself is read once and ends.
func TestS53RecursiveExifEnds(t *testing.T) {
	data := insert(jpegOf(t, drawn(60, 80)), jpegSegmentOf(markAPP1, loopingExif()))
	took, spent, err := cost(func() error { _, err := Inspect(data); return err })
	if err != nil || took > 20*slow*time.Millisecond || spent > 1<<20 {
		t.Errorf("took %v and %d bytes: %v", took, spent, err)
	}
	dated := insert(jpegOf(t, drawn(60, 80)), jpegSegmentOf(markAPP1, exifOf("2021:09:16 09:12:00", "+08:00", 6, "Camera 1.0")))
	if taken, ok := ExifTime(dated); !ok || taken.UTC() != time.Date(2021, 9, 16, 1, 12, 0, 0, time.UTC) {
		t.Errorf("control: taken %v, %v", taken, ok)
	}
}

// S53: every truncation of a picture is an error, never a panic.
func TestS53EveryTruncationIsRefused(t *testing.T) {
	m := drawn(30, 40)
	for _, data := range [][]byte{jpegOf(t, m), pngOf(t, m), webpOf(t, m)} {
		for n := range data {
			if _, err := Inspect(data[:n]); err == nil && n < len(data)-1 {
				t.Fatalf("%d of %d bytes were taken", n, len(data))
			}
		}
		if _, err := Decode(data); err != nil {
			t.Errorf("control: %v", err)
		}
	}
}

// S54: what is a picture and something else at once is refused, or leaves
// nothing but pixels behind.
func TestS54PolyglotsAreRefusedOrReencoded(t *testing.T) {
	m := drawn(60, 80)
	plain, pixels := jpegOf(t, m), pngOf(t, m)
	const script = `<script>alert(1)</script>`
	for _, c := range []struct {
		name string
		data []byte
		want *fault.Fault
	}{
		{"a GIF that is a script", []byte("GIF89a/*\x00\x00*/=1;alert(1)"), ErrFormat},
		{"an SVG with a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`), ErrFormat},
		{"a PDF with an archive behind", []byte("%PDF-1.7\n...\nPK\x03\x04"), ErrFormat},
		{"an HTML page named .jpg", []byte("<!DOCTYPE html>" + script), ErrFormat},
		{"a JPEG with a page behind it", append(bytes.Clone(plain), "<HTML>"+script...), ErrPolyglot},
		{"a JPEG with an archive behind it", append(bytes.Clone(plain), "PK\x03\x04rest"...), ErrPolyglot},
		{"a JPEG with a script in its comment", insert(plain, jpegSegmentOf(markCOM, []byte(script))), ErrPolyglot},
		{"a JPEG with a script in its colour profile", insert(plain, jpegSegmentOf(0xe2, []byte("ICC_PROFILE\x00\x01\x01"+script))), ErrPolyglot},
		{"a JPEG with a script in its EXIF", insert(plain, jpegSegmentOf(markAPP1, exifOf("2021:09:16 09:12:00", "", 1, script))), ErrPolyglot},
		{"a PNG with a page behind it", append(bytes.Clone(pixels), "<!doctype html>"...), ErrPolyglot},
		{"a PNG with a script in its text", slices.Concat(pixels[:33], pngChunk("tEXt", []byte("Comment\x00"+script)), pixels[33:]), ErrPolyglot},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(c.data)
			wantFault(t, err, c.want)
		})
	}
	t.Run("what no list foresees is gone after re-encoding", func(t *testing.T) {
		const payload = "an instruction to some program"
		data := insert(append(bytes.Clone(plain), payload...), jpegSegmentOf(markCOM, []byte(payload)))
		p, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for name, encode := range map[string]func() ([]byte, error){
			"original": func() ([]byte, error) { return Reencode(p) },
			"portrait": func() ([]byte, error) { return Portrait(p, image.Rectangle{}) },
			"face":     func() ([]byte, error) { return SmallFace(p, image.Rectangle{}) },
		} {
			out, err := encode()
			if err != nil {
				t.Fatal(err)
			}
			l, err := readLayout(out)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(out, []byte(payload)) || l.exif != nil {
				t.Errorf("%s still carries what came with the upload", name)
			}
			for _, extra := range l.extras {
				if !bytes.HasPrefix(extra, []byte("JFIF\x00")) {
					t.Errorf("%s carries %q", name, extra)
				}
			}
		}
	})
	t.Run("control: the pictures alone", func(t *testing.T) {
		for _, data := range [][]byte{plain, pixels} {
			if _, err := Decode(data); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAMovingPictureIsRefused(t *testing.T) {
	pixels := pngOf(t, drawn(30, 40))
	_, err := Inspect(slices.Concat(pixels[:33], pngChunk("acTL", make([]byte, 8)), pixels[33:]))
	wantFault(t, err, ErrAnimated)
}

func TestReadStopsAtTheLimit(t *testing.T) {
	if _, err := Read(strings.NewReader(strings.Repeat("x", MaxBytes+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte over: %v", err)
	}
	if data, err := Read(strings.NewReader(strings.Repeat("x", MaxBytes))); err != nil || len(data) != MaxBytes {
		t.Errorf("at the limit: %d bytes, %v", len(data), err)
	}
	_, err := Read(strings.NewReader(""))
	wantFault(t, err, ErrEmpty)
}

// exifOf writes an APP1 body with an orientation, a software name and an Exif
// directory holding the exposure's time and offset.
func exifOf(taken, offset string, orientation uint16, software string) []byte {
	const head, mainEntries, subEntries = 8, 3, 2
	sub := uint32(head + 2 + 12*mainEntries + 4)
	heap := sub + 2 + 12*subEntries + 4
	var dirs, texts []byte
	u16 := func(v uint16) { dirs = binary.BigEndian.AppendUint16(dirs, v) }
	u32 := func(v uint32) { dirs = binary.BigEndian.AppendUint32(dirs, v) }
	text := func(tag uint16, s string) {
		s = fmt.Sprintf("%s\x00\x00\x00\x00", s) // always longer than the field, so that it goes to the heap
		u16(tag)
		u16(2)
		u32(uint32(len(s)))
		u32(heap + uint32(len(texts)))
		texts = append(texts, s...)
	}
	u16(mainEntries)
	u16(tagOrientation)
	u16(3)
	u32(1)
	u16(orientation)
	u16(0)
	text(tagSoftware, software)
	u16(tagExifIFD)
	u16(4)
	u32(1)
	u32(sub)
	u32(0)
	u16(subEntries)
	text(tagDateOriginal, taken)
	text(tagOffsetTime, offset)
	u32(0)
	return slices.Concat([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08"), dirs, texts)
}

func TestExifTellsTimeOrientationAndSoftware(t *testing.T) {
	data := insert(jpegOf(t, drawn(80, 60)), jpegSegmentOf(markAPP1, exifOf("2021:09:16 09:12:00", "", 6, "HUAWEI P40")))
	h, err := Inspect(data)
	if err != nil {
		t.Fatal(err)
	}
	if h.Width != 60 || h.Height != 80 || h.Orientation != 6 || h.Software != "HUAWEI P40" {
		t.Errorf("header = %+v", h)
	}
	if want := time.Date(2021, 9, 16, 1, 12, 0, 0, time.UTC); !h.Taken.Equal(want) {
		t.Errorf("taken = %v, want %v: a time without offset is Shanghai's", h.Taken, want)
	}
	for _, bad := range []string{"0000:00:00 00:00:00", "    :  :     :  :  ", "1980:01:01 00:00:00", "yesterday"} {
		data := insert(jpegOf(t, drawn(60, 80)), jpegSegmentOf(markAPP1, exifOf(bad, "", 1, "")))
		if taken, ok := ExifTime(data); ok {
			t.Errorf("%q was read as %v", bad, taken)
		}
	}
}

func FuzzInspect(f *testing.F) {
	m := drawn(30, 40)
	f.Add(insert(jpegOf(f, m), jpegSegmentOf(markAPP1, exifOf("2021:09:16 09:12:00", "+08:00", 6, "x"))))
	f.Add(pngOf(f, m))
	f.Add(webpOf(f, m))
	f.Add([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1\x00\x00\x00\x0cmeta\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := Inspect(data)
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("an error without a fault: %v", err)
			}
			return
		}
		if h.Width*h.Height > MaxPixels || h.Width < 1 || h.Height < 1 {
			t.Errorf("took %d × %d px", h.Width, h.Height)
		}
	})
}

func FuzzExif(f *testing.F) {
	f.Add(exifOf("2021:09:16 09:12:00", "+08:00", 6, "x"))
	f.Add(loopingExif())
	f.Fuzz(func(t *testing.T, data []byte) {
		e := readExif(data)
		if e.Orientation < 0 || e.Orientation > 8 || len(e.Software) > 64 {
			t.Errorf("read %+v", e)
		}
	})
}
