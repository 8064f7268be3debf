package register

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Limits of a file's lines in bytes. A line of JSON may carry a photo.
const (
	maxCSVLine  = 64 << 10
	maxJSONLine = 24 << 20
)

// encoding is how a file writes its characters.
type encoding string

const (
	utf8Text    encoding = "UTF-8"
	gb18030Text encoding = "GB18030"
)

var bom = []byte("\xef\xbb\xbf")

// survey is what one reading of a whole file tells, before any line is parsed.
type survey struct {
	digest   string // SHA-256 in hex: the same file is known again by it
	encoding encoding
	lines    int // that are not empty, the header among them
}

// surveyFile reads a file once. Text that is UTF-8 but for a few broken bytes
// is UTF-8 with a few broken lines: taking it for GB18030 would garble all of
// it. The other way round hardly any two Chinese characters of GB18030 make a
// sequence of UTF-8.
func surveyFile(ctx context.Context, r io.Reader) (survey, error) {
	var s survey
	var good, bad int // sequences of several bytes
	sum := sha256.New()
	lines := newLineReader(io.TeeReader(r, sum), maxJSONLine)
	for first := true; ; first = false {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, err
		}
		if first {
			if err := refuseBinary(line.bytes); err != nil {
				return s, err
			}
		}
		if s.lines++; s.lines%4096 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		g, b := countUTF8(line.bytes)
		good, bad = good+g, bad+b
	}
	if s.lines == 0 {
		return s, ErrFileEmpty
	}
	s.digest = hex.EncodeToString(sum.Sum(nil))
	s.encoding = utf8Text
	if bad > good/4 {
		s.encoding = gb18030Text
	}
	return s, nil
}

// refuseBinary knows the files that people take for CSV.
func refuseBinary(start []byte) error {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return ErrFileUTF16
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")), bytes.IndexByte(start, 0) >= 0:
		return ErrFileBinary
	}
	return nil
}

// countUTF8 counts the sequences of several bytes that are UTF-8, and the
// bytes that are none.
func countUTF8(b []byte) (good, bad int) {
	if utf8.Valid(b) { // most lines; a Chinese character is three bytes
		return (len(b) - utf8.RuneCount(b)) / 2, 0
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good, bad
}

// decode turns a line into text; what cannot be read becomes U+FFFD.
func (e encoding) decode(line []byte) string {
	if e == gb18030Text {
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(line)
		if err != nil {
			return string(bytes.ToValidUTF8(line, []byte("\ufffd")))
		}
		return string(out)
	}
	return string(bytes.ToValidUTF8(bytes.TrimPrefix(line, bom), []byte("\ufffd")))
}

// rawLine is one line of a file that is not empty, as its bytes.
type rawLine struct {
	number int
	bytes  []byte
	long   bool // it went on past the limit; bytes has its beginning
}

// lineReader splits a file at line breaks and holds no more of a line than
// its limit.
type lineReader struct {
	r      *bufio.Reader
	limit  int
	number int
}

func newLineReader(r io.Reader, limit int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// next returns the next line that is not empty, or io.EOF.
func (l *lineReader) next() (rawLine, error) {
	for {
		line, err := l.line()
		if err != nil {
			return rawLine{}, err
		}
		if len(bytes.TrimSpace(line.bytes)) > 0 {
			return line, nil
		}
	}
}

func (l *lineReader) line() (rawLine, error) {
	var line rawLine
	for {
		part, err := l.r.ReadSlice('\n')
		if room := l.limit - len(line.bytes); len(part) > room {
			line.bytes, line.long = append(line.bytes, part[:max(room, 0)]...), true
		} else {
			line.bytes = append(line.bytes, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(line.bytes) == 0:
			return line, io.EOF
		case err != nil && err != io.EOF:
			return line, err
		}
		l.number++
		line.number = l.number
		line.bytes = bytes.TrimRight(line.bytes, "\r\n")
		return line, nil
	}
}
