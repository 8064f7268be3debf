package register

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
)

// A Statement is what one line says about one licence.
type Statement struct {
	Licence   licence.Licence
	HoldsFrom time.Time // zero: the line does not say

	// kept names the columns that the source does not have: the licence keeps
	// what it has in them.
	kept  []string
	photo photoCell

	content     []byte // see write
	fingerprint []byte // of content, once it was asked for
}

// photoCell is what a line says about the photo on file.
type photoCell struct {
	name    string // in the photo folder
	data    []byte // in the line itself
	takenOn civil.Date
	source  licence.PhotoSource
}

func (p photoCell) given() bool { return p.name != "" || p.data != nil }

// write returns the text that fingerprints a statement: equal exactly for those
// that say the same, whatever the register holds.
func (s *Statement) write() []byte {
	b, err := json.Marshal(struct {
		Licence licence.Licence
		Kept    []string
	}{s.Licence, s.kept})
	if err != nil { // every part of it is a text, a number or a date
		panic(err)
	}
	return b
}

// onto returns the licence that the statement makes of the version before it.
func (s *Statement) onto(before licence.Licence) licence.Licence {
	l := s.Licence
	for _, name := range s.kept {
		columnNamed(name).keep(&l, before)
	}
	return l
}

// draft is a line or a correction while its cells are read.
type draft struct {
	now          time.Time
	l            licence.Licence
	documentType string
	number       string
	classes      licence.Classes
	since        []licence.ClassRecord
	endless      bool // the validity has no end
	photo        photoCell
	holdsFrom    time.Time

	at      *column // the column being read
	doubts  []fieldFault
	faults  []fieldFault
	skipped map[string]bool // columns whose cell was refused already
}

// fieldFault is a fault at one of the columns, by our name.
type fieldFault struct {
	field string
	fault *fault.Fault
}

// draftOf returns a draft in which every cell reads as l has it.
func draftOf(l licence.Licence, now time.Time) *draft {
	d := &draft{now: now, l: l, documentType: string(l.Document.Type), number: string(l.Document.Number), classes: l.ClassSet(), endless: l.ValidTo.IsZero()}
	for _, r := range l.Classes {
		if !r.Since.IsZero() {
			d.since = append(d.since, r)
		}
	}
	return d
}

// set reads one cell that is not empty.
func (d *draft) set(c *column, cell string) {
	d.at = c
	if strings.ContainsRune(cell, utf8.RuneError) { // decode writes it for what it could not read
		d.refuse(c.name, ErrLineBytes)
		return
	}
	if err := c.read(d, cell); err != nil {
		d.refuse(c.name, err)
	}
}

func (d *draft) doubt(f *fault.Fault) { d.doubts = append(d.doubts, fieldFault{d.at.name, f}) }

// refuse notes the faults in err, each at its field or else at name. Of one
// field the first is told: what follows from it would only confuse.
func (d *draft) refuse(name string, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			d.refuse(name, one)
		}
		return
	}
	var at *fault.Field
	if errors.As(err, &at) {
		name, err = at.Name, at.Err
	}
	f := fault.Of(err)
	if f == nil || d.skipped[name] {
		return
	}
	if d.skipped == nil {
		d.skipped = map[string]bool{}
	}
	d.skipped[name] = true
	d.faults = append(d.faults, fieldFault{name, f})
}

// finish joins the cells and checks the whole.
func (d *draft) finish() licence.Licence {
	d.finishDocument()
	d.finishClasses()
	if d.endless {
		d.l.ValidTo = civil.Date{}
	} else if d.l.ValidTo.IsZero() {
		d.refuse("valid_to", ErrMissing)
	}
	if d.l.Nationality == "" && chinese[d.l.Document.Type] {
		d.l.Nationality = "中国"
	}
	if err := d.l.Validate(); err != nil {
		d.refuse("", err)
	}
	return d.l
}

// finishDocument reads type and number together, and what the number tells.
func (d *draft) finishDocument() {
	switch {
	case d.documentType == "":
		d.refuse("document_type", ErrMissing)
	case d.number == "":
		d.refuse("number", ErrMissing)
	}
	document, err := identity.ParseDocument(d.documentType, d.number)
	if err != nil {
		d.refuse("number", err)
		d.skip("document_type", "number", "sex", "birth_date", "nationality") // which follow from it
		return
	}
	d.l.Document = document
	if birth, ok := document.BirthDate(); ok {
		if d.l.BirthDate.IsZero() {
			d.l.BirthDate = birth
		}
		if birth.After(civil.Of(d.now)) {
			d.refuse("number", ErrFuture)
		}
	}
	if sex, ok := document.Sex(); ok && d.l.Sex == "" {
		d.l.Sex = sex
	}
}

// skip keeps later checks from telling of fields that cannot be judged.
func (d *draft) skip(names ...string) {
	if d.skipped == nil {
		d.skipped = map[string]bool{}
	}
	for _, name := range names {
		d.skipped[name] = true
	}
}

// finishClasses joins the classes and the days since when they are held.
func (d *draft) finishClasses() {
	d.l.Classes = make([]licence.ClassRecord, len(d.classes))
	for i, c := range d.classes {
		d.l.Classes[i].Class = c
	}
	for _, r := range d.since {
		held := false
		for i := range d.l.Classes {
			if d.l.Classes[i].Class == r.Class {
				d.l.Classes[i].Since, held = r.Since, true
			}
		}
		if !held && len(d.classes) > 0 {
			d.refuse("class_since", ErrClassSince)
		}
	}
}
