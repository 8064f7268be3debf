package register

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"edl/internal/fault"
)

// A format is how the cells of a line are found: what the first line and the
// mapping tell.
type format struct {
	encoding encoding
	json     bool
	comma    byte
	header   []*column // of a CSV file, by position; nil: a column that is not known
	names    []string  // as the header writes them
	absent   []string  // carried columns that the header lacks
	unknown  []string  // columns of the header that are not used
	mapping  *Mapping
}

// formatOf reads the first line of a file. consumed tells whether it was a
// header.
func formatOf(first rawLine, e encoding, m *Mapping) (f *format, consumed bool, err error) {
	f = &format{encoding: e, mapping: cmp.Or(m, &Mapping{})}
	if text := e.decode(first.bytes); strings.HasPrefix(strings.TrimSpace(text), "{") {
		f.json = true
		return f, false, nil
	}
	return f, true, f.readHeader(e.decode(first.bytes))
}

// readHeader finds the columns of a CSV file.
func (f *format) readHeader(line string) error {
	f.comma = ','
	for _, c := range []byte{'\t', ';'} {
		if strings.Count(line, string(c)) > strings.Count(line, string(f.comma)) {
			f.comma = c
		}
	}
	names, err := splitCSV(line, f.comma)
	if err != nil {
		return err
	}
	seen := map[*column]bool{}
	for _, name := range names {
		c := f.mapping.column(name)
		f.header, f.names = append(f.header, c), append(f.names, strings.TrimSpace(name))
		switch {
		case c == nil && strings.TrimSpace(name) != "":
			f.unknown = append(f.unknown, strings.TrimSpace(name))
		case c != nil && seen[c]:
			return fault.At(name, ErrColumnTwice)
		}
		seen[c] = true
	}
	return f.checkColumns(seen)
}

// checkColumns refuses a header without a required column, names them all,
// and notes which ones every licence keeps.
func (f *format) checkColumns(has map[*column]bool) error {
	var missing []error
	for _, c := range columns {
		_, fixed := f.mapping.fixed[c]
		switch {
		case has[c] || fixed || c.need == optional || c.need == unused:
		case c.need == required:
			missing = append(missing, fault.At(c.header(), ErrColumnNeeded))
		case c.name == "photo" && has[columnNamed("photo_data")]:
		default:
			f.absent = append(f.absent, c.name)
		}
	}
	return errors.Join(missing...)
}

// name returns a column as the file calls it.
func (f *format) name(field string) string {
	for i, c := range f.header {
		if c != nil && c.name == field {
			return f.names[i]
		}
	}
	if c := columnNamed(field); c != nil && !f.json {
		return c.header()
	}
	return field
}

// A cell is one field of a line as text.
type cell struct {
	column *column
	text   string
}

// cells finds the cells of a line, whether empty or not. Where it fails, it
// returns those that it found for the sake of the file number.
func (f *format) cells(text string) (cells []cell, kept []string, err error) {
	if f.json {
		return f.jsonCells(text)
	}
	values, err := splitCSV(text, f.comma)
	for i, v := range values {
		if i < len(f.header) && f.header[i] != nil {
			cells = append(cells, cell{f.header[i], v})
		}
	}
	if err == nil && len(values) != len(f.header) {
		err = ErrLineColumns
	}
	return cells, f.absent, err
}

// jsonCells reads a flat JSON object. A member that is not there is a column
// that the source does not have.
func (f *format) jsonCells(text string) (cells []cell, kept []string, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, ErrLineJSON
	}
	has := map[*column]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return cells, nil, ErrLineJSON
		}
		value, err := d.Token()
		if err != nil {
			return cells, nil, ErrLineJSON
		}
		written, flat := jsonText(value)
		c := f.mapping.column(key.(string))
		if !flat || c != nil && has[c] {
			return cells, nil, ErrLineJSON
		}
		if c != nil {
			has[c] = true
			cells = append(cells, cell{c, written})
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return cells, nil, ErrLineJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return cells, nil, ErrLineJSON
	}
	for _, c := range columns {
		_, fixed := f.mapping.fixed[c]
		if c.need == carried && !has[c] && !fixed && (c.name != "photo" || !has[columnNamed("photo_data")]) {
			kept = append(kept, c.name)
		}
	}
	return cells, kept, nil
}

// jsonText writes a JSON value as a cell; objects and arrays are none.
func jsonText(t json.Token) (string, bool) {
	switch v := t.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "1", true
		}
		return "0", true
	case nil:
		return "", true
	}
	return "", false
}

// splitCSV splits one line at commas. Cells may be quoted, quotes inside
// doubled; a cell cannot hold a line break, so that a quote left open spoils
// its own line and no other. It returns the cells before a fault too.
func splitCSV(line string, comma byte) ([]string, error) {
	var cells []string
	for {
		rest := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(rest, `"`) {
			plain, after, more := strings.Cut(line, string(comma))
			if strings.Contains(plain, `"`) {
				return cells, ErrLineQuote
			}
			if cells = append(cells, plain); !more {
				return cells, nil
			}
			line = after
			continue
		}
		quoted, after, ok := unquote(rest[1:])
		after = strings.TrimLeft(after, " ")
		if !ok || after != "" && after[0] != comma {
			return cells, ErrLineQuote
		}
		if cells = append(cells, quoted); after == "" {
			return cells, nil
		}
		line = after[1:]
	}
}

// unquote reads up to the closing quote.
func unquote(s string) (cell, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// A Mapping says how a source names the columns, and the columns that are the
// same on every line.
type Mapping struct {
	names map[string]*column // by the folded name in the file
	fixed map[*column]string
}

// ParseMapping reads a mapping: lines "column = name in the file" and
// "column := fixed value"; # begins a comment.
func ParseMapping(r io.Reader) (*Mapping, error) {
	b, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, err
	}
	m := &Mapping{names: map[string]*column{}, fixed: map[*column]string{}}
	for _, line := range strings.Split(string(bytes.TrimPrefix(b, bom)), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, right, ok := strings.Cut(line, "=")
		left, isFixed := strings.CutSuffix(strings.TrimSpace(left), ":")
		c, right := columnNamed(left), strings.TrimSpace(right)
		if !ok || c == nil || right == "" {
			return nil, fault.At(line, ErrMapping)
		}
		if isFixed {
			m.fixed[c] = right
		} else {
			m.names[foldHeader(right)] = c
		}
	}
	return m, nil
}

// column returns the column that the file calls name, or nil.
func (m *Mapping) column(name string) *column {
	if c, ok := m.names[foldHeader(name)]; ok {
		return c
	}
	return columnNamed(name)
}
