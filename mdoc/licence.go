package mdoc

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"edl/mdoc/cbor"
)

// maxText is the longest text element, in characters.
const maxText = 150

// elementRule is a row of the data element table of ISO/IEC 18013-5 §7.2.1.
type elementRule struct {
	mandatory bool
	wrong     func(value *cbor.Reader) string // what is wrong with a value, or ""
	bit       uint64                          // its own
}

// elementRules is the namespace org.iso.18013.5.1, but for age_over_NN and
// biometric_template_xx, whose names vary.
var elementRules, mandatoryBits = numbered(map[string]elementRule{
	"family_name":                    {mandatory: true, wrong: latinText},
	"given_name":                     {mandatory: true, wrong: latinText},
	"birth_date":                     {mandatory: true, wrong: fullDate},
	"issue_date":                     {mandatory: true, wrong: dateOrTime},
	"expiry_date":                    {mandatory: true, wrong: dateOrTime},
	"issuing_country":                {mandatory: true, wrong: countryCode},
	"issuing_authority":              {mandatory: true, wrong: latinText},
	"document_number":                {mandatory: true, wrong: latinText},
	"portrait":                       {mandatory: true, wrong: image},
	"driving_privileges":             {mandatory: true, wrong: privileges},
	"un_distinguishing_sign":         {mandatory: true, wrong: text},
	"administrative_number":          {wrong: latinText},
	"sex":                            {wrong: oneOf(0, 1, 2, 9)},
	"height":                         {wrong: number},
	"weight":                         {wrong: number},
	"eye_colour":                     {wrong: oneOfText("black", "blue", "brown", "dichromatic", "grey", "green", "hazel", "maroon", "pink", "unknown")},
	"hair_colour":                    {wrong: oneOfText("bald", "black", "blond", "brown", "grey", "red", "auburn", "sandy", "white", "unknown")},
	"birth_place":                    {wrong: latinText},
	"resident_address":               {wrong: latinText},
	"portrait_capture_date":          {wrong: dateTime},
	"age_in_years":                   {wrong: number},
	"age_birth_year":                 {wrong: number},
	"issuing_jurisdiction":           {wrong: text},
	"nationality":                    {wrong: countryCode},
	"resident_street":                {wrong: latinText},
	"resident_city":                  {wrong: latinText},
	"resident_state":                 {wrong: latinText},
	"resident_postal_code":           {wrong: latinText},
	"resident_country":               {wrong: countryCode},
	"family_name_national_character": {wrong: text},
	"given_name_national_character":  {wrong: text},
	"signature_usual_mark":           {wrong: image},
})

// numbered gives each element a bit, and returns those of the mandatory ones.
func numbered(rules map[string]elementRule) (_ map[string]elementRule, mandatory uint64) {
	next := uint64(1)
	for name, rule := range rules {
		rule.bit, next = next, next<<1
		if rule.mandatory {
			mandatory |= rule.bit
		}
		rules[name] = rule
	}
	return rules, mandatory
}

// CheckLicence holds the elements of a driving licence against the data
// element table: all mandatory ones are there, none comes twice, each has its
// type and limits, the namespace holds no others, and the country is the signer's. Domestic
// elements belong in a namespace of their own. The fault is an ErrBadElement.
func CheckLicence(namespaces []NameSpace, country string) error {
	var elements []Element
	for _, ns := range namespaces {
		if ns.Name == NameSpaceMDL {
			elements = ns.Elements
		}
	}
	seen, jurisdiction := uint64(0), country
	var r cbor.Reader
	for j, e := range elements {
		if err := cbor.Check(e.Value); err != nil {
			return fmt.Errorf("%w (%s: %v)", ErrBadElement, e.Name, err)
		}
		rule, known := ruleOf(e.Name)
		if !known {
			return fmt.Errorf("%w (%s is no element of %s)", ErrBadElement, e.Name, NameSpaceMDL)
		}
		if seen&rule.bit != 0 || rule.bit == 0 && named(elements[:j], e.Name) {
			return fmt.Errorf("%w (%s %q comes twice)", ErrBadElement, NameSpaceMDL, e.Name)
		}
		seen |= rule.bit
		r = cbor.Read(e.Value)
		if why := rule.wrong(&r); why != "" {
			return fmt.Errorf("%w (%s is %s)", ErrBadElement, e.Name, why)
		}
		r = cbor.Read(e.Value)
		switch e.Name {
		case "issuing_country":
			if got := r.Text(); got != country {
				return fmt.Errorf("%w (issuing_country is %s, the signer's is %s)", ErrBadElement, got, country)
			}
		case "issuing_jurisdiction":
			jurisdiction = r.Text()
		}
	}
	if seen&mandatoryBits != mandatoryBits {
		return fmt.Errorf("%w (%s lacks: %s)", ErrBadElement, NameSpaceMDL, strings.Join(lacking(elements), ", "))
	}
	if jurisdiction != country && !strings.HasPrefix(jurisdiction, country+"-") {
		return fmt.Errorf("%w (issuing_jurisdiction %q is outside %s)", ErrBadElement, jurisdiction, country)
	}
	return nil
}

func ruleOf(name string) (elementRule, bool) {
	if rule, ok := elementRules[name]; ok {
		return rule, true
	}
	if _, ok := ageOver(name); ok {
		return elementRule{wrong: boolean}, true
	}
	if suffix, ok := strings.CutPrefix(name, "biometric_template_"); ok && suffix != "" {
		return elementRule{wrong: byteString}, true
	}
	return elementRule{}, false
}

// named reports whether one of the elements has a name.
func named(elements []Element, name string) bool {
	return slices.ContainsFunc(elements, func(e Element) bool { return e.Name == name })
}

func lacking(elements []Element) []string {
	var names []string
	for name, rule := range elementRules {
		if rule.mandatory && !named(elements, name) {
			names = append(names, name)
		}
	}
	return names
}

// AgesAgree returns nil if every age_over_NN of the elements agrees with
// birth_date on the day of a moment, in whichever zone that day is taken: a
// document that fails it says something false about its holder.
func AgesAgree(elements []Element, at time.Time) error {
	var birth time.Time
	for _, e := range elements {
		if e.Name == "birth_date" {
			r := cbor.Read(e.Value)
			r.Expect(cbor.TagFullDate)
			birth, _ = time.Parse(time.DateOnly, r.Text())
		}
	}
	early, late := at.Add(-12*time.Hour), at.Add(14*time.Hour) // zones reach from -12 to +14 hours
	for _, e := range elements {
		age, ok := ageOver(e.Name)
		if !ok {
			continue
		}
		r := cbor.Read(e.Value)
		is := r.Bool()
		reached := birth.AddDate(age, 0, 0)
		if birth.IsZero() || is && late.Before(reached) || !is && !early.Before(reached) {
			return fmt.Errorf("%w (%s is %v with birth_date %s)", ErrBadElement, e.Name, is, birth.Format(time.DateOnly))
		}
	}
	return nil
}

// The rules below read one value and return what is wrong with it, or "".

func text(r *cbor.Reader) string {
	s := r.TextBytes()
	switch {
	case r.Err() != nil:
		return "no text"
	case len(s) > maxText && utf8.RuneCount(s) > maxText:
		return "longer than 150 characters"
	}
	return ""
}

// latinText allows the printable characters of ISO/IEC 8859-1.
func latinText(r *cbor.Reader) string {
	s := r.TextBytes()
	if r.Err() != nil {
		return "no text"
	}
	n := 0
	for _, c := range string(s) {
		n++
		if c < 0x20 || c > 0x7e && c < 0xa0 || c > 0xff {
			return "not in the characters of ISO/IEC 8859-1"
		}
	}
	if n > maxText {
		return "longer than 150 characters"
	}
	return ""
}

// fullDate trusts cbor.Check, which refuses a tag 1004 that holds no date.
func fullDate(r *cbor.Reader) string {
	r.Expect(cbor.TagFullDate)
	r.TextBytes()
	return otherwise(r, "no full-date")
}

// dateTime wants what the standard allows in a tdate: whole seconds, "Z".
func dateTime(r *cbor.Reader) string {
	r.Expect(cbor.TagDateTime)
	s := r.TextBytes()
	if r.Err() != nil {
		return "no tdate"
	}
	if len(s) != len("2006-01-02T15:04:05Z") || s[19] != 'Z' {
		return "a tdate with a fraction or an offset"
	}
	return ""
}

func dateOrTime(r *cbor.Reader) string {
	if try := *r; fullDate(&try) == "" {
		*r = try
		return ""
	}
	return dateTime(r)
}

func countryCode(r *cbor.Reader) string {
	s := r.TextBytes()
	if len(s) != 2 || !isUpper(s[0]) || !isUpper(s[1]) {
		return "no alpha-2 country code"
	}
	return ""
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// image wants JPEG or JPEG 2000 (§7.2.2).
func image(r *cbor.Reader) string {
	b := r.Bytes()
	if bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}) || bytes.HasPrefix(b, []byte("\x00\x00\x00\x0cjP  \r\n")) {
		return ""
	}
	return "neither JPEG nor JPEG 2000"
}

func byteString(r *cbor.Reader) string {
	r.Bytes()
	return otherwise(r, "no byte string")
}

func boolean(r *cbor.Reader) string {
	r.Bool()
	return otherwise(r, "no boolean")
}

func number(r *cbor.Reader) string {
	r.Uint()
	return otherwise(r, "no unsigned integer")
}

// otherwise returns why if the Reader has failed.
func otherwise(r *cbor.Reader, why string) string {
	if r.Err() != nil {
		return why
	}
	return ""
}

func oneOf(allowed ...uint64) func(*cbor.Reader) string {
	return func(r *cbor.Reader) string {
		if n := r.Uint(); r.Err() == nil && slices.Contains(allowed, n) {
			return ""
		}
		return "not one of the listed numbers"
	}
}

func oneOfText(allowed ...string) func(*cbor.Reader) string {
	return func(r *cbor.Reader) string {
		if s := r.TextBytes(); slices.Contains(allowed, string(s)) {
			return ""
		}
		return "not one of the listed words"
	}
}

// privileges checks driving_privileges (§7.2.4).
func privileges(r *cbor.Reader) string {
	for range r.Array() {
		if why := privilege(r); why != "" {
			return why
		}
	}
	return otherwise(r, "no array")
}

func privilege(r *cbor.Reader) string {
	hasCategory := false
	for range r.Map() {
		why := ""
		key := r.TextBytes()
		switch string(key) {
		case "vehicle_category_code":
			why, hasCategory = latinText(r), true
		case "issue_date", "expiry_date":
			why = fullDate(r)
		case "codes":
			why = privilegeCodes(r)
		default:
			why = "not allowed there"
		}
		if why != "" {
			return fmt.Sprintf("wrong: %s is %s", key, why)
		}
	}
	if r.Err() != nil || !hasCategory {
		return "wrong: an entry without vehicle_category_code"
	}
	return ""
}

func privilegeCodes(r *cbor.Reader) string {
	for range r.Array() {
		hasCode := false
		for range r.Map() {
			switch string(r.TextBytes()) {
			case "code":
				hasCode = true
			case "sign", "value":
			default:
				return "with other members than code, sign and value"
			}
			if text(r) != "" {
				return "with members that are no text"
			}
		}
		if !hasCode {
			return "without a code"
		}
	}
	return otherwise(r, "no array")
}
