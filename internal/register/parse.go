package register

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
)

// A Refusal says what is wrong in one field of a line.
type Refusal struct {
	Line   int       `json:"line"`
	Field  string    `json:"field"`  // our own name of the column, or WholeLine
	Column string    `json:"column"` // as the file calls it; empty for WholeLine
	Code   string    `json:"code"`
	Say    lang.Text `json:"say"`
}

// WholeLine is the field of a refusal that is about no field of the line.
const WholeLine = "line"

// A Line is one line of a source, read.
type Line struct {
	Number     int
	Text       string             // as it was received, at most maxKeptText bytes
	FileNumber licence.FileNumber // empty: not even that could be read
	Document   identity.Number    // of a refused line, where it could be read
	Statement  *Statement         // nil: the line is refused
	Refusals   []Refusal          // why it is refused; of a line that is taken, what is to be verified
	garbled    bool
}

// Refused reports whether the line was refused.
func (l *Line) Refused() bool { return l.Statement == nil }

// maxKeptText bounds what is kept of a refused line for the registrar to see.
const maxKeptText = 4 << 10

// parser reads lines of one format. It is safe for concurrent use.
type parser struct {
	format *format
	now    time.Time
	photos fs.FS // nil: photos are not read, and stay as they are
	batch  int   // lines handed on at once
}

// parse reads one line.
func (p *parser) parse(raw rawLine) Line {
	text := p.format.encoding.decode(raw.bytes)
	line := Line{Number: raw.number, Text: shorten(text)}
	if raw.long || !p.format.json && len(raw.bytes) > maxCSVLine {
		line.FileNumber = salvage(line.Text)
		line.refuse(WholeLine, "", ErrLineLong)
		return line
	}
	cells, kept, err := p.format.cells(text)
	cells = p.format.mapping.complete(cells)
	if err != nil {
		line.FileNumber = salvage(text)
		for _, c := range cells {
			if n, err := licence.ParseFileNumber(strings.TrimSpace(c.text)); err == nil && c.column.name == "file_number" {
				line.FileNumber = n
			}
		}
		line.refuse(WholeLine, "", fault.Of(err))
		return line
	}
	p.read(&line, cells, kept)
	return line
}

func (l *Line) refuse(field, column string, f *fault.Fault) {
	l.Refusals = append(l.Refusals, Refusal{l.Number, field, column, f.Code, f.Say})
}

// read makes a statement of the cells, or says what is wrong with them.
func (p *parser) read(line *Line, cells []cell, kept []string) {
	d := &draft{now: p.now}
	given := map[*column]bool{}
	var words []string // of the fields that hold Chinese
	for _, c := range cells {
		text := strings.TrimSpace(c.text)
		if text != "" && c.column.read != nil {
			given[c.column] = true
			d.set(c.column, text)
		}
		switch c.column.name {
		case "name", "address", "authority":
			words = append(words, text)
		}
	}
	line.FileNumber = d.l.FileNumber
	if garbled(strings.Join(words, "")) {
		d.finishDocument()
		line.garbled, line.Document = true, d.l.Document.Number
		line.refuse(WholeLine, "", ErrLineDoubled)
		return
	}
	d.requireCells(given)
	l := d.finish()
	if d.photo.given() && d.photo.source == "" {
		d.refuse("photo_source", ErrMissing)
	}
	if len(d.faults) == 0 && d.photo.given() {
		d.readPhoto(p.photos)
		l.Photo = d.l.Photo
	}
	line.report(p.format, d)
	if len(d.faults) > 0 {
		line.Document = d.l.Document.Number
		return
	}
	if !d.photo.given() || l.Photo == (licence.Photo{}) {
		kept = keepPhoto(kept)
	}
	line.Statement = &Statement{Licence: l, HoldsFrom: d.holdsFrom, kept: kept, photo: d.photo}
	line.Statement.content = line.Statement.write()
}

// requireCells refuses a required column that is empty or not there.
func (d *draft) requireCells(given map[*column]bool) {
	for _, c := range columns {
		if c.need == required && !given[c] {
			d.refuse(c.name, ErrMissing)
		}
	}
}

// keepPhoto adds the photo to the columns that stay as they are.
func keepPhoto(kept []string) []string {
	for _, name := range kept {
		if name == "photo" {
			return kept
		}
	}
	return append(kept[:len(kept):len(kept)], "photo")
}

// readPhoto opens the photo that the line names and notes its digest. What it
// shows is looked at later, and only if it is new.
func (d *draft) readPhoto(photos fs.FS) {
	field := "photo_data"
	if d.photo.data == nil {
		field = "photo"
		if photos == nil {
			return
		}
		data, err := readFile(photos, d.photo.name)
		if err != nil {
			d.refuse(field, err)
			return
		}
		d.photo.data = data
	}
	if _, err := photo.Inspect(d.photo.data); err != nil {
		d.refuse(field, err)
		return
	}
	sum := sha256.Sum256(d.photo.data)
	d.l.Photo = licence.Photo{Digest: hex.EncodeToString(sum[:]), TakenOn: d.photo.takenOn, Source: d.photo.source}
}

func readFile(photos fs.FS, name string) ([]byte, error) {
	f, err := photos.Open(name)
	if err != nil {
		return nil, ErrPhotoFile
	}
	defer f.Close()
	data, err := photo.Read(f)
	if err != nil && fault.Of(err) == nil { // a folder, or a disk that fails
		return nil, errors.Join(ErrPhotoFile, err)
	}
	return data, err
}

// report writes the faults and doubts of a draft in the file's words.
func (l *Line) report(f *format, d *draft) {
	for _, at := range append(d.faults, d.doubts...) {
		l.refuse(at.field, f.name(at.field), at.fault)
	}
}

// complete adds the columns that have a fixed value.
func (m *Mapping) complete(cells []cell) []cell {
	for c, value := range m.fixed {
		cells = append(cells, cell{c, value})
	}
	return cells
}

var twelveDigits = regexp.MustCompile(`(?:^|[^0-9])([0-9]{12})(?:[^0-9]|$)`)

// salvage finds the file number in a line that has no cells: a word of twelve
// digits, if there is exactly one.
func salvage(text string) licence.FileNumber {
	found := twelveDigits.FindAllStringSubmatch(text, 2)
	if len(found) != 1 {
		return ""
	}
	return licence.FileNumber(found[0][1])
}

func shorten(s string) string {
	if len(s) <= maxKeptText {
		return s
	}
	return strings.ToValidUTF8(s[:maxKeptText], "")
}
