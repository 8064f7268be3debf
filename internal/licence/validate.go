package licence

import (
	"errors"
	"slices"
	"strings"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
)

// Faults of a record whose fields do not agree.
var (
	ErrMissing        = fault.New(fault.Invalid, "licence.missing", "此项必填。", "This field is required.")
	ErrBirthDate      = fault.New(fault.Invalid, "licence.birth_date", "出生日期与证件号码不一致。", "The birth date differs from the one in the document number.")
	ErrSexDiffers     = fault.New(fault.Invalid, "licence.sex", "性别与证件号码不一致。", "The sex differs from the one in the document number.")
	ErrDateOrder      = fault.New(fault.Invalid, "licence.date_order", "日期先后矛盾，请核对。", "The dates contradict each other; check their order.")
	ErrPoints         = fault.New(fault.Invalid, "licence.points", "累积记分应为0至99的整数。", "The points must be a number from 0 to 99.")
	ErrExtension      = fault.New(fault.Invalid, "licence.extension", "状态为延期（N、P、T）的，须填写延期截止日期。", "A licence with an extension (N, P, T) needs the extension's last day.")
	ErrStatusInvalid  = fault.New(fault.Invalid, "licence.status", "驾驶证状态应由状态字母组成，例如“A”“BD”。", "The status is written in status letters, such as A or BD.")
	ErrPhotoReference = fault.New(fault.Invalid, "licence.photo", "照片信息不完整：须有照片来源和文件摘要。", "The photo needs its source and the digest of its file.")
	ErrTooLong        = fault.New(fault.Invalid, "licence.too_long", "内容过长，请核对是否填错列。", "The text is too long; check that it stands in its column.")
)

// Longest texts taken, in bytes: generous for any real one, small enough that
// a document pasted into a column is found out.
const maxAddress, maxShort = 600, 150

// Validate checks that the fields are present and agree with one another. It
// returns every disagreement, joined, each attached to the JSON name of its
// field. What the clock would have to decide (a birth in the future) is left
// to the caller.
func (l Licence) Validate() error {
	return errors.Join(
		fault.At("file_number", l.checkFileNumber()),
		l.checkPerson(),
		l.checkClasses(),
		l.checkDates(),
		l.checkStatus(),
		fault.At("points", when(l.Points < 0 || l.Points > 99, ErrPoints)),
		fault.At("authority", text(l.Authority, maxShort)),
		fault.At("office", when(len(l.Office) > maxShort, ErrTooLong)),
		fault.At("school_bus", when(len(l.SchoolBus) > maxShort, ErrTooLong)),
		fault.At("photo", l.Photo.check()),
	)
}

func (l Licence) checkFileNumber() error {
	n, err := ParseFileNumber(string(l.FileNumber))
	if err == nil && n != l.FileNumber {
		err = ErrFileNumber
	}
	return err
}

func (l Licence) checkPerson() error {
	_, document := identity.ParseDocument(string(l.Document.Type), string(l.Document.Number))
	_, name := identity.ParseName(string(l.Name))
	_, sex := identity.ParseSex(string(l.Sex))
	var phone error
	if l.Phone != "" {
		_, phone = identity.ParsePhone(string(l.Phone))
	}
	birth, inNumber := l.Document.BirthDate()
	sexInNumber, _ := l.Document.Sex()
	switch {
	case sex != nil:
	case inNumber && sexInNumber != l.Sex:
		sex = ErrSexDiffers
	}
	var birthDate error
	switch {
	case l.BirthDate.IsZero():
		birthDate = ErrMissing
	case inNumber && birth != l.BirthDate:
		birthDate = ErrBirthDate
	}
	return errors.Join(
		document, // carries its own field
		fault.At("name", name), fault.At("sex", sex), fault.At("birth_date", birthDate),
		fault.At("nationality", text(l.Nationality, maxShort)), fault.At("address", text(l.Address, maxAddress)),
		fault.At("phone", phone))
}

func (l Licence) checkClasses() error {
	if len(l.Classes) == 0 {
		return fault.At("classes", ErrClassNone)
	}
	var seen []Class
	for _, r := range l.Classes {
		switch {
		case !r.Class.Known():
			return fault.At("classes", ErrClassUnknown)
		case slices.Contains(seen, r.Class):
			return fault.At("classes", ErrClassTwice)
		case before(r.Since, l.FirstIssue):
			return fault.At("classes", ErrDateOrder)
		}
		seen = append(seen, r.Class)
	}
	return nil
}

func (l Licence) checkDates() error {
	return errors.Join(
		fault.At("first_issue", required(l.FirstIssue, before(l.FirstIssue, l.BirthDate))),
		fault.At("valid_from", required(l.ValidFrom, before(l.ValidFrom, l.FirstIssue))),
		fault.At("valid_to", when(before(l.ValidTo, l.ValidFrom), ErrDateOrder)),
		fault.At("probation_until", when(before(l.ProbationUntil, l.FirstIssue), ErrDateOrder)),
		fault.At("paper_replaced", when(before(l.PaperReplaced, l.FirstIssue), ErrDateOrder)),
		fault.At("extension_until", when(before(l.ExtensionUntil, l.FirstIssue), ErrDateOrder)))
}

func (l Licence) checkStatus() error {
	canonical, unknown := ParseStatus(string(l.Status))
	if l.Status == "" || canonical != l.Status || len(unknown) > 0 {
		return fault.At("status", ErrStatusInvalid)
	}
	extended := slices.ContainsFunc(l.Status.Letters(), Letter.deferred)
	return fault.At("extension_until", when(extended && l.ExtensionUntil.IsZero(), ErrExtension))
}

func (p Photo) check() error {
	if p == (Photo{}) {
		return nil
	}
	known := slices.Contains([]PhotoSource{FromIdentityCard, FromLicence, FromWindow}, p.Source)
	hex := len(p.Digest) == 64 && strings.Trim(p.Digest, "0123456789abcdef") == ""
	return when(!known || !hex, ErrPhotoReference)
}

// before compares two dates of which either may be missing.
func before(d, e civil.Date) bool { return !d.IsZero() && !e.IsZero() && d.Before(e) }

func required(d civil.Date, disorder bool) error {
	if d.IsZero() {
		return ErrMissing
	}
	return when(disorder, ErrDateOrder)
}

func text(s string, longest int) error {
	if strings.TrimSpace(s) == "" {
		return ErrMissing
	}
	return when(len(s) > longest, ErrTooLong)
}

// when returns err if the condition holds. It takes the concrete type so that
// a nil never hides in an error interface.
func when(condition bool, err *fault.Fault) error {
	if condition {
		return err
	}
	return nil
}
