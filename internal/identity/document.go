// Package identity knows the papers that say who somebody is: identity
// documents and their numbers (GB 11643-1999), names as a register writes them,
// mobile numbers, and the unified social credit code of a body (GB 32100-2015).
//
// Text from outside goes once through a Parse function; the value it returns
// is canonical, so two values are the same exactly when they are equal. Every
// type here keeps itself out of logs (LogValue) and has a masked form for
// screens that others may see.
//
// Left out: whether a document exists or belongs to the person (the register
// and the window tell), and any list of regions, since codes of places long
// renamed stay valid for life.
package identity

import (
	"log/slog"
	"strings"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
)

// Faults of a document.
var (
	ErrDocumentType   = fault.New(fault.Invalid, "identity.document_type", "证件类型不在可用范围内，请选择列出的类型。", "This type of identity document is not known; choose one of those listed.")
	ErrNumberLength   = fault.New(fault.Invalid, "identity.number_length", "证件号码位数不对，请核对后重新填写。", "The document number has the wrong length; compare it with the document.")
	ErrNumberFormat   = fault.New(fault.Invalid, "identity.number_format", "证件号码只能由字母和数字组成，请核对后重新填写。", "The document number may hold only letters and digits of its format; compare it with the document.")
	ErrNumberDate     = fault.New(fault.Invalid, "identity.number_date", "证件号码中的出生日期不存在，请核对后重新填写。", "The birth date inside the document number does not exist; compare it with the document.")
	ErrNumberChecksum = fault.New(fault.Invalid, "identity.number_checksum", "证件号码校验不符，可能有一位写错，请核对后重新填写。", "The document number's check digit does not fit, so one character is probably wrong; compare it with the document.")
)

// DocumentType is the letter that the national systems use for a kind of
// identity document.
type DocumentType string

// The documents that a driver may hold.
const (
	ResidentCard    DocumentType = "A" // 居民身份证
	OfficerCard     DocumentType = "C" // 军官证
	SoldierCard     DocumentType = "D" // 士兵证
	RetiredOfficer  DocumentType = "E" // 军官离退休证
	ForeignPerson   DocumentType = "F" // 境外人员身份证明
	Diplomat        DocumentType = "G" // 外交人员身份证明
	PermanentCard   DocumentType = "I" // 外国人永久居留身份证
	TemporaryCard   DocumentType = "M" // 临时居民身份证
	ResidencePermit DocumentType = "Q" // 港澳台居民居住证
)

// DocumentTypes lists every type, in the order of their letters.
var DocumentTypes = []DocumentType{
	ResidentCard, OfficerCard, SoldierCard, RetiredOfficer, ForeignPerson,
	Diplomat, PermanentCard, TemporaryCard, ResidencePermit,
}

var documentNames = map[DocumentType]lang.Text{
	ResidentCard:    lang.T("居民身份证", "resident identity card"),
	OfficerCard:     lang.T("军官证", "military officer's card"),
	SoldierCard:     lang.T("士兵证", "soldier's card"),
	RetiredOfficer:  lang.T("军官离退休证", "retired officer's card"),
	ForeignPerson:   lang.T("境外人员身份证明", "identity document from outside the mainland"),
	Diplomat:        lang.T("外交人员身份证明", "diplomat's identity document"),
	PermanentCard:   lang.T("外国人永久居留身份证", "foreigner's permanent residence card"),
	TemporaryCard:   lang.T("临时居民身份证", "temporary resident identity card"),
	ResidencePermit: lang.T("港澳台居民居住证", "residence permit for Hong Kong, Macau and Taiwan residents"),
}

// Name returns the document's name, or an empty Text for an unknown type.
func (t DocumentType) Name() lang.Text { return documentNames[t] }

// ParseDocumentType reads a type's letter or its Chinese name.
func ParseDocumentType(s string) (DocumentType, error) {
	s = compact(s)
	for _, t := range DocumentTypes {
		if s == string(t) || s == t.Name().ZH {
			return t, nil
		}
	}
	return "", ErrDocumentType
}

// Number is an identity document's number in canonical form: upper case,
// without spaces. It is also the licence number 证号.
type Number string

// String returns the number itself: take care where it goes.
func (n Number) String() string { return string(n) }

// LogValue keeps the number out of logs.
func (n Number) LogValue() slog.Value { return slog.StringValue(redacted) }

// Masked shows the ends alone, as in "0000 •••••••••• 0029". Numbers too short
// for that show their last two characters.
func (n Number) Masked() string {
	switch s := string(n); {
	case len(s) >= 12:
		return s[:4] + " " + strings.Repeat("•", len(s)-8) + " " + s[len(s)-4:]
	case len(s) >= 5:
		return strings.Repeat("•", len(s)-2) + " " + s[len(s)-2:]
	default:
		return strings.Repeat("•", len(s))
	}
}

// Document is one person's identity document.
type Document struct {
	Type   DocumentType `json:"type"`
	Number Number       `json:"number"`
}

// LogValue keeps the number out of logs where the whole document is given.
func (d Document) LogValue() slog.Value {
	return slog.GroupValue(slog.String("type", string(d.Type)), slog.String("number", redacted))
}

// Other documents' numbers are letters and digits; these bounds hold for all
// that are known, and keep a pasted sentence out.
const minOther, maxOther = 5, 20

// ParseDocument reads a document's type and number. Numbers after GB 11643 are
// checked whole (length, digits, birth date, check digit), except for their
// region. Faults are attached to the fields "document_type" and "number".
func ParseDocument(documentType, number string) (Document, error) {
	t, err := ParseDocumentType(documentType)
	if err != nil {
		return Document{}, fault.At("document_type", err)
	}
	d := Document{Type: t, Number: Number(compact(number))}
	if err := d.check(); err != nil {
		return Document{}, fault.At("number", err)
	}
	return d, nil
}

func (d Document) check() error {
	if d.citizen() {
		return checkCitizen(string(d.Number))
	}
	switch {
	case !lettersAndDigits(string(d.Number)):
		return ErrNumberFormat
	case len(d.Number) < minOther || len(d.Number) > maxOther:
		return ErrNumberLength
	}
	return nil
}

// citizen reports whether the number follows GB 11643: residents' cards and
// permits always, the permanent residence card since 2023, when it grew to 18.
func (d Document) citizen() bool {
	switch d.Type {
	case ResidentCard, TemporaryCard, ResidencePermit:
		return true
	case PermanentCard:
		return len(d.Number) == 18
	}
	return false
}

// BirthDate returns the birth date inside a number after GB 11643; other
// numbers have none.
func (d Document) BirthDate() (civil.Date, bool) {
	if !d.citizen() || checkCitizen(string(d.Number)) != nil {
		return civil.Date{}, false
	}
	date, err := citizenBirth(string(d.Number))
	return date, err == nil
}

// Sex returns the sex inside a number after GB 11643; other numbers have none.
func (d Document) Sex() (Sex, bool) {
	if !d.citizen() || checkCitizen(string(d.Number)) != nil {
		return "", false
	}
	if (d.Number[16]-'0')%2 == 1 {
		return Male, true
	}
	return Female, true
}

func lettersAndDigits(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
