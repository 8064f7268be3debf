// Package licence is a driving licence as the register holds it, and what the
// law makes of it at a given moment.
//
// A Licence is one version of the register's record. StatusAt judges it at a
// moment: the letters that the register carries, those that follow from the
// end of validity and those that follow from the end of an extension; the
// worst of them decides, and every sentence that a driver, an officer or a
// third party reads about it is made here. The package is pure: the moment is
// an argument, and nothing here asks a clock, a disk or a network.
//
// Left out: versions and the two times of the register, who may see what, and
// the electronic licence itself, of which only its validity is an argument.
package licence

import (
	"log/slog"

	"edl/internal/civil"
	"edl/internal/identity"
)

// A Licence is one version of a register's record. It is sealed and kept as
// JSON, so its members keep their names and meaning for ever; new members may
// be added and are zero in old records.
type Licence struct {
	FileNumber  FileNumber        `json:"file_number"`
	Document    identity.Document `json:"document"` // its number is the licence number 证号
	Name        identity.Name     `json:"name"`
	Sex         identity.Sex      `json:"sex"`
	BirthDate   civil.Date        `json:"birth_date"`
	Nationality string            `json:"nationality"`     // as the register writes it: 中国
	Address     string            `json:"address"`         //
	Phone       identity.Phone    `json:"phone,omitempty"` // empty: none on the register

	Classes    []ClassRecord `json:"classes"`
	FirstIssue civil.Date    `json:"first_issue"` // 初次领证日期
	ValidFrom  civil.Date    `json:"valid_from"`
	ValidTo    civil.Date    `json:"valid_to"`         // the last day; zero: 长期, no end
	Authority  string        `json:"authority"`        // FZJG 发证机关
	Office     string        `json:"office,omitempty"` // GLBM, the office that keeps the file

	Status         Status     `json:"status"`
	ExtensionUntil civil.Date `json:"extension_until"` // the last day of N, P or T; zero: none
	Points         int        `json:"points"`          // 累积记分 of the current cycle
	ProbationUntil civil.Date `json:"probation_until"` // the last day of 实习期, if recorded
	SchoolBus      string     `json:"school_bus,omitempty"`
	HearingAid     bool       `json:"hearing_aid"`
	PaperReplaced  civil.Date `json:"paper_replaced"` // QFRQ: when the present paper was issued
	Photo          Photo      `json:"photo"`
}

// ClassRecord is a class and the day since when it is held.
type ClassRecord struct {
	Class Class      `json:"class"`
	Since civil.Date `json:"since"` // zero: not recorded
}

// PhotoSource says where a portrait on file comes from.
type PhotoSource string

// The sources.
const (
	FromIdentityCard PhotoSource = "identity_card"
	FromLicence      PhotoSource = "licence"
	FromWindow       PhotoSource = "window"
)

// Photo refers to the portrait on file; the picture itself is kept elsewhere.
type Photo struct {
	Digest  string      `json:"digest,omitempty"` // SHA-256 of the file in hex; empty: no photo on file
	TakenOn civil.Date  `json:"taken_on"`
	Source  PhotoSource `json:"source,omitempty"`
}

// LogValue keeps the person out of logs where a whole licence is given.
func (l Licence) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", string(l.Status)), slog.String("classes", l.ClassSet().String()))
}

// ClassSet returns the classes without their dates.
func (l Licence) ClassSet() Classes {
	set := make(Classes, len(l.Classes))
	for i, r := range l.Classes {
		set[i] = r.Class
	}
	return set.sorted()
}

// ClassSince returns the day since when the holder may drive c: the earliest
// start of the classes that allow it. It is zero where none does or the day is
// not recorded.
func (l Licence) ClassSince(c Class) civil.Date {
	var since civil.Date
	for _, r := range l.Classes {
		if r.Class.Allows(c) && !r.Since.IsZero() && (since.IsZero() || r.Since.Before(since)) {
			since = r.Since
		}
	}
	return since
}
