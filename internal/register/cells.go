package register

import (
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
)

// How each column's cells are read, shown and carried over.
var (
	fileNumberField = field{
		read: func(d *draft, s string) (err error) { d.l.FileNumber, err = licence.ParseFileNumber(s); return err },
		show: func(l *licence.Licence) string { return string(l.FileNumber) },
	}
	documentTypeField = field{
		read: func(d *draft, s string) error { d.documentType = s; return nil },
		show: func(l *licence.Licence) string { return string(l.Document.Type) },
	}
	numberField = field{
		read: func(d *draft, s string) error { d.number = s; return nil },
		show: func(l *licence.Licence) string { return string(l.Document.Number) },
	}
	nameField = field{
		read: func(d *draft, s string) (err error) { d.l.Name, err = identity.ParseName(s); return err },
		show: func(l *licence.Licence) string { return string(l.Name) },
	}
	sexField = field{
		read: func(d *draft, s string) (err error) { d.l.Sex, err = identity.ParseSex(s); return err },
		show: func(l *licence.Licence) string {
			return map[identity.Sex]string{identity.Male: "1", identity.Female: "2"}[l.Sex]
		},
	}
	phoneField = field{
		read: func(d *draft, s string) (err error) { d.l.Phone, err = identity.ParsePhone(s); return err },
		show: func(l *licence.Licence) string { return string(l.Phone) },
		keep: func(l *licence.Licence, b licence.Licence) { l.Phone = b.Phone },
	}
	classesField = field{
		read: func(d *draft, s string) (err error) { d.classes, err = licence.ParseClasses(s); return err },
		show: func(l *licence.Licence) string { return l.ClassSet().String() },
	}
	classSinceField = field{
		read: func(d *draft, s string) (err error) { d.since, err = parseClassSince(s); return err },
		show: showClassSince,
		keep: keepClassSince,
	}
	validToField = field{
		read: readValidTo,
		show: func(l *licence.Licence) string {
			if l.ValidTo.IsZero() && !l.ValidFrom.IsZero() {
				return forever
			}
			return l.ValidTo.String()
		},
	}
	statusField = field{
		read: readStatus,
		show: func(l *licence.Licence) string { return string(l.Status) },
	}
	pointsField = field{
		read: func(d *draft, s string) (err error) {
			if d.l.Points, err = strconv.Atoi(s); err != nil {
				return ErrNumber
			}
			return nil
		},
		show: func(l *licence.Licence) string { return strconv.Itoa(l.Points) },
	}
	hearingAidField = field{
		read: readHearingAid,
		show: func(l *licence.Licence) string {
			if l.HearingAid {
				return "1"
			}
			return "0"
		},
		keep: func(l *licence.Licence, b licence.Licence) { l.HearingAid = b.HearingAid },
	}
	photoField = field{
		read: func(d *draft, s string) error { d.photo.name = s; return checkPhotoName(s) },
		keep: func(l *licence.Licence, b licence.Licence) { l.Photo = b.Photo },
	}
	photoDataField = field{read: func(d *draft, s string) (err error) {
		if d.photo.data, err = base64.StdEncoding.DecodeString(s); err != nil {
			return ErrPhotoData
		}
		return nil
	}}
	photoTakenField  = field{read: func(d *draft, s string) (err error) { d.photo.takenOn, err = d.day(s, upToToday); return err }}
	photoSourceField = field{read: readPhotoSource}
	holdsFromField   = field{read: func(d *draft, s string) (err error) { d.holdsFrom, err = d.moment(s); return err }}
)

// forever is how a validity without end is written.
const forever = "长期"

// A dayLimit says which days a date may fall on.
type dayLimit bool

const (
	anyDay    dayLimit = false
	upToToday dayLimit = true
)

func date(limit dayLimit, of func(*licence.Licence) *civil.Date) field {
	return field{
		read: func(d *draft, s string) (err error) { *of(&d.l), err = d.day(s, limit); return err },
		show: func(l *licence.Licence) string { return of(l).String() },
		keep: func(l *licence.Licence, b licence.Licence) { *of(l) = *of(&b) },
	}
}

func text(of func(*licence.Licence) *string) field {
	return field{
		read: func(d *draft, s string) (err error) { *of(&d.l), err = plainText(s); return err },
		show: func(l *licence.Licence) string { return *of(l) },
		keep: func(l *licence.Licence, b licence.Licence) { *of(l) = *of(&b) },
	}
}

// day reads a date. Years outside these bounds are slips of the pen that
// every later comparison would take for truth.
func (d *draft) day(s string, limit dayLimit) (civil.Date, error) {
	day, err := civil.Parse(s)
	switch {
	case err != nil || day.Year < 1880 || day.Year > 2199:
		return civil.Date{}, ErrDate
	case limit == upToToday && day.After(civil.Of(d.now)):
		return civil.Date{}, ErrFuture
	}
	return day, nil
}

// clockSlack is how far a source's clock may be ahead of ours.
const clockSlack = 5 * time.Minute

// moment reads a time; one without a zone is of Shanghai. A day alone is its
// beginning.
func (d *draft) moment(s string) (time.Time, error) {
	if day, err := civil.Parse(s); err == nil {
		return d.past(day.Start())
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006/01/02 15:04:05", "2006-01-02 15:04", "20060102150405", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, civil.Shanghai); err == nil {
			return d.past(t)
		}
	}
	return time.Time{}, ErrTime
}

// past refuses what lies in the future: nothing holds from then yet.
func (d *draft) past(t time.Time) (time.Time, error) {
	switch {
	case t.After(d.now.Add(clockSlack)):
		return time.Time{}, ErrFuture
	case t.Year() < 1900:
		return time.Time{}, ErrTime
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

func readValidTo(d *draft, s string) (err error) {
	if s == forever {
		d.endless = true
		return nil
	}
	if day, err := civil.Parse(s); err == nil && day.Year == 9999 {
		d.endless = true
		return nil
	}
	d.l.ValidTo, err = d.day(s, anyDay)
	return err
}

// readStatus takes an unknown letter as 其他 and says so.
func readStatus(d *draft, s string) error {
	status, unknown := licence.ParseStatus(s)
	d.l.Status = status
	if len(unknown) > 0 {
		d.doubt(ErrStatusUnknown)
	}
	return nil
}

func readHearingAid(d *draft, s string) error {
	switch strings.ToUpper(s) {
	case "1", "是", "TRUE", "Y":
		d.l.HearingAid = true
	case "0", "否", "FALSE", "N":
		d.l.HearingAid = false
	default:
		return ErrYesNo
	}
	return nil
}

func readPhotoSource(d *draft, s string) error {
	sources := map[string]licence.PhotoSource{"1": licence.FromIdentityCard, "2": licence.FromLicence, "3": licence.FromWindow}
	source, ok := sources[s]
	if !ok {
		return ErrPhotoSource
	}
	d.photo.source = source
	return nil
}

// checkPhotoName refuses whatever is not the plain name of a file in one folder.
func checkPhotoName(s string) error {
	if s != path.Base(s) || strings.ContainsAny(s, "\\:\x00") || strings.HasPrefix(s, ".") || len(s) > 200 {
		return ErrPhotoFile
	}
	return nil
}

var colons = strings.NewReplacer("：", ":", "=", ":")

// parseClassSince reads "C1:2016-12-28 D:2018-03-01".
func parseClassSince(s string) ([]licence.ClassRecord, error) {
	var list []licence.ClassRecord
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ;；、|\t", r) }) {
		code, on, ok := strings.Cut(colons.Replace(part), ":")
		if !ok {
			return nil, ErrClassSince
		}
		classes, err := licence.ParseClasses(code)
		day, badDay := civil.Parse(on)
		switch {
		case err != nil || len(classes) != 1:
			return nil, ErrClassSince
		case badDay != nil:
			return nil, ErrDate
		case slices.ContainsFunc(list, func(r licence.ClassRecord) bool { return r.Class == classes[0] }):
			return nil, ErrClassSince
		}
		list = append(list, licence.ClassRecord{Class: classes[0], Since: day})
	}
	return list, nil
}

func showClassSince(l *licence.Licence) string {
	var parts []string
	for _, r := range l.Classes {
		if !r.Since.IsZero() {
			parts = append(parts, string(r.Class)+":"+r.Since.String())
		}
	}
	return strings.Join(parts, " ")
}

// keepClassSince takes over the starts of the classes that are still held.
func keepClassSince(l *licence.Licence, b licence.Licence) {
	l.Classes = slices.Clone(l.Classes)
	for i, r := range l.Classes {
		for _, old := range b.Classes {
			if old.Class == r.Class {
				l.Classes[i].Since = old.Since
			}
		}
	}
}

// plainText tidies the spaces of a text and refuses what cannot be seen or
// changes the direction of writing.
func plainText(s string) (string, error) {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		if p.Class() == bidi.Control || unicode.In(r, unicode.C, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Zl, unicode.Zp) {
			return "", ErrInvisible
		}
	}
	return strings.Join(strings.Fields(s), " "), nil
}
