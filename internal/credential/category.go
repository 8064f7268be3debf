package credential

import (
	"slices"
	"strings"

	"edl/internal/civil"
	"edl/internal/licence"
	"edl/mdoc/cbor"
)

// Chinese class codes and ISO category codes share letters and mean other
// vehicles: the Chinese C1 is a car, the ISO C1 a lorry of up to 7.5 t. So a
// code is mapped and never copied. No mapping is normative; this one is the
// project's own (docs/issuance.md) and rather grants too little abroad.

// A category is one vehicle category with the restriction that a class brings.
type category struct {
	code        string
	restriction string // codes of ISO/IEC 18013-2 Annex A, or ours, apart by spaces; "": none
}

// Restrictions: 78 is the standard's; the others are unknown abroad, where an
// unknown restriction must be asked about.
const (
	automaticOnly = "78"
	cityBusOnly   = "CN.A3"
	adaptedOnly   = "78 CN.C5"
)

// categories maps each class by itself. Classes without an entry grant nothing
// abroad: they are kept in the domestic namespace.
var categories = map[licence.Class][]category{
	licence.A1: {{"D", ""}},
	licence.A2: {{"C", ""}, {"CE", ""}},
	licence.A3: {{"D", cityBusOnly}},
	licence.B1: {{"D1", ""}},
	licence.B2: {{"C", ""}, {"C1", ""}},
	licence.C1: {{"B", ""}},
	licence.C2: {{"B", automaticOnly}},
	licence.C5: {{"B", adaptedOnly}},
	licence.C6: {{"BE", ""}},
	licence.E:  {{"A", ""}},
	licence.F:  {{"AM", ""}},
}

// order is that in which categories are listed.
var order = []string{"AM", "A", "B", "BE", "C1", "C", "CE", "D1", "D"}

// A Privilege is one entry of driving_privileges.
type Privilege struct {
	Category    string
	Since       civil.Date // zero: not recorded
	Restriction string     // codes apart by spaces; "": none
}

// Privileges returns the categories that a licence grants by the mapping:
// those of its classes and of the classes that these allow. Of two ways to a
// category the one without restriction counts, then the older.
func Privileges(l licence.Licence) []Privilege {
	best := map[string]Privilege{}
	for _, class := range licence.AllClasses() {
		if !l.ClassSet().Allows(class) {
			continue
		}
		since := l.ClassSince(class)
		if since.IsZero() {
			since = l.FirstIssue
		}
		for _, c := range categories[class] {
			p := Privilege{c.code, since, c.restriction}
			if old, ok := best[c.code]; !ok || p.better(old) {
				best[c.code] = p
			}
		}
	}
	var list []Privilege
	for _, code := range order {
		if p, ok := best[code]; ok {
			list = append(list, p)
		}
	}
	return list
}

func (p Privilege) better(old Privilege) bool {
	if (p.Restriction == "") != (old.Restriction == "") {
		return p.Restriction == ""
	}
	return p.Since.Before(old.Since)
}

// drivingPrivileges is the element of ISO/IEC 18013-5 §7.2.4.
func drivingPrivileges(l licence.Licence) []any {
	list := []any{}
	for _, p := range Privileges(l) {
		entry := cbor.Pairs{{Key: "vehicle_category_code", Value: p.Category}}
		if !p.Since.IsZero() {
			entry = append(entry, cbor.Pair{Key: "issue_date", Value: cbor.FullDate(p.Since.String())})
		}
		if !l.ValidTo.IsZero() {
			entry = append(entry, cbor.Pair{Key: "expiry_date", Value: cbor.FullDate(l.ValidTo.String())})
		}
		var codes []any
		for _, code := range strings.Fields(p.Restriction) {
			codes = append(codes, cbor.Pairs{{Key: "code", Value: code}})
		}
		if codes != nil {
			entry = append(entry, cbor.Pair{Key: "codes", Value: codes})
		}
		list = append(list, entry)
	}
	return list
}

// classCodes are the classes as the licence prints them.
func classCodes(l licence.Licence) []string {
	set := l.ClassSet()
	codes := make([]string, len(set))
	for i, c := range set {
		codes[i] = string(c)
	}
	return slices.Clip(codes)
}
