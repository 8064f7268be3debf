package mdoc

import (
	"bytes"
	"fmt"
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
	wrong     func(value any) string // what is wrong with a value, or ""
}

// elementRules is the namespace org.iso.18013.5.1, but for age_over_NN and
// biometric_template_xx, whose names vary.
var elementRules = map[string]elementRule{
	"family_name":                    {true, latinText},
	"given_name":                     {true, latinText},
	"birth_date":                     {true, fullDate},
	"issue_date":                     {true, dateOrTime},
	"expiry_date":                    {true, dateOrTime},
	"issuing_country":                {true, countryCode},
	"issuing_authority":              {true, latinText},
	"document_number":                {true, latinText},
	"portrait":                       {true, image},
	"driving_privileges":             {true, privileges},
	"un_distinguishing_sign":         {true, text},
	"administrative_number":          {false, latinText},
	"sex":                            {false, oneOf(0, 1, 2, 9)},
	"height":                         {false, number},
	"weight":                         {false, number},
	"eye_colour":                     {false, oneOfText("black", "blue", "brown", "dichromatic", "grey", "green", "hazel", "maroon", "pink", "unknown")},
	"hair_colour":                    {false, oneOfText("bald", "black", "blond", "brown", "grey", "red", "auburn", "sandy", "white", "unknown")},
	"birth_place":                    {false, latinText},
	"resident_address":               {false, latinText},
	"portrait_capture_date":          {false, dateTime},
	"age_in_years":                   {false, number},
	"age_birth_year":                 {false, number},
	"issuing_jurisdiction":           {false, text},
	"nationality":                    {false, countryCode},
	"resident_street":                {false, latinText},
	"resident_city":                  {false, latinText},
	"resident_state":                 {false, latinText},
	"resident_postal_code":           {false, latinText},
	"resident_country":               {false, countryCode},
	"family_name_national_character": {false, text},
	"given_name_national_character":  {false, text},
	"signature_usual_mark":           {false, image},
}

// Elements returns the names of the fixed elements of org.iso.18013.5.1 and
// whether each is mandatory.
func Elements() map[string]bool {
	all := make(map[string]bool, len(elementRules))
	for name, rule := range elementRules {
		all[name] = rule.mandatory
	}
	return all
}

// CheckLicence holds the elements of a driving licence against the data
// element table: all mandatory ones are there, each has its type and limits,
// the namespace holds no others, and the country is the signer's. Domestic
// elements belong in a namespace of their own. The fault is an ErrBadElement.
func CheckLicence(namespaces []NameSpace, country string) error {
	var elements []Element
	for _, ns := range namespaces {
		if ns.Name == NameSpaceMDL {
			elements = ns.Elements
		}
	}
	missing := 0
	for _, rule := range elementRules {
		if rule.mandatory {
			missing++
		}
	}
	jurisdiction := country
	for _, e := range elements {
		value, err := e.Decode()
		if err != nil {
			return fmt.Errorf("%w (%s: %v)", ErrBadElement, e.Name, err)
		}
		rule, known := ruleOf(e.Name)
		if !known {
			return fmt.Errorf("%w (%s is no element of %s)", ErrBadElement, e.Name, NameSpaceMDL)
		}
		if why := rule.wrong(value); why != "" {
			return fmt.Errorf("%w (%s is %s)", ErrBadElement, e.Name, why)
		}
		switch e.Name {
		case "issuing_country":
			if value != country {
				return fmt.Errorf("%w (issuing_country is %v, the signer's is %s)", ErrBadElement, value, country)
			}
		case "issuing_jurisdiction":
			jurisdiction = value.(string)
		}
		if rule.mandatory {
			missing--
		}
	}
	if missing > 0 {
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
		return elementRule{false, boolean}, true
	}
	if suffix, ok := strings.CutPrefix(name, "biometric_template_"); ok && suffix != "" {
		return elementRule{false, byteString}, true
	}
	return elementRule{}, false
}

func lacking(elements []Element) []string {
	var names []string
	for name, rule := range elementRules {
		has := false
		for _, e := range elements {
			has = has || e.Name == name
		}
		if rule.mandatory && !has {
			names = append(names, name)
		}
	}
	return names
}

// AgesAgree reports whether every age_over_NN of the elements agrees with
// birth_date on the day of a moment, in whichever zone that day is taken: a
// document that fails it says something false about its holder.
func AgesAgree(elements []Element, at time.Time) error {
	var birth time.Time
	for _, e := range elements {
		if v, _ := e.Decode(); e.Name == "birth_date" {
			day, _ := v.(cbor.FullDate)
			birth, _ = time.Parse(time.DateOnly, string(day))
		}
	}
	for _, e := range elements {
		age, ok := ageOver(e.Name)
		if !ok {
			continue
		}
		v, _ := e.Decode()
		reached := birth.AddDate(age, 0, 0) // midnight UTC; zones reach from -12 to +14 hours
		early, late := at.Add(-12*time.Hour), at.Add(14*time.Hour)
		if is, _ := v.(bool); birth.IsZero() || is && late.Before(reached) || !is && !early.Before(reached) {
			return fmt.Errorf("%w (%s is %v with birth_date %s)", ErrBadElement, e.Name, v, birth.Format(time.DateOnly))
		}
	}
	return nil
}

func text(v any) string {
	s, ok := v.(string)
	if !ok {
		return "no text"
	}
	if utf8.RuneCountInString(s) > maxText {
		return "longer than 150 characters"
	}
	return ""
}

// latinText allows the printable characters of ISO/IEC 8859-1.
func latinText(v any) string {
	if why := text(v); why != "" {
		return why
	}
	for _, c := range v.(string) {
		if c < 0x20 || c > 0x7e && c < 0xa0 || c > 0xff {
			return "not in the characters of ISO/IEC 8859-1"
		}
	}
	return ""
}

func fullDate(v any) string {
	if _, ok := v.(cbor.FullDate); !ok {
		return "no full-date"
	}
	return ""
}

// dateTime wants what the standard allows in a tdate: whole seconds, "Z".
func dateTime(v any) string {
	s, ok := v.(cbor.DateTime)
	if !ok {
		return "no tdate"
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", string(s)); err != nil || len(s) != 20 {
		return "a tdate with a fraction or an offset"
	}
	return ""
}

func dateOrTime(v any) string {
	if fullDate(v) == "" {
		return ""
	}
	return dateTime(v)
}

func countryCode(v any) string {
	s, _ := v.(string)
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "no alpha-2 country code"
	}
	return ""
}

// image wants JPEG or JPEG 2000 (§7.2.2).
func image(v any) string {
	b, _ := v.([]byte)
	if bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}) || bytes.HasPrefix(b, []byte("\x00\x00\x00\x0cjP  \r\n")) {
		return ""
	}
	return "neither JPEG nor JPEG 2000"
}

func byteString(v any) string {
	if _, ok := v.([]byte); !ok {
		return "no byte string"
	}
	return ""
}

func boolean(v any) string {
	if _, ok := v.(bool); !ok {
		return "no boolean"
	}
	return ""
}

func number(v any) string {
	if n, ok := v.(int64); !ok || n < 0 {
		return "no unsigned integer"
	}
	return ""
}

func oneOf(allowed ...int64) func(any) string {
	return func(v any) string {
		for _, n := range allowed {
			if v == n {
				return ""
			}
		}
		return "not one of the listed numbers"
	}
}

func oneOfText(allowed ...string) func(any) string {
	return func(v any) string {
		for _, s := range allowed {
			if v == s {
				return ""
			}
		}
		return "not one of the listed words"
	}
}

// privileges checks driving_privileges (§7.2.4).
func privileges(v any) string {
	list, ok := v.([]any)
	if !ok {
		return "no array"
	}
	for _, item := range list {
		if why := privilege(item); why != "" {
			return why
		}
	}
	return ""
}

func privilege(item any) string {
	pairs, ok := item.(cbor.Pairs)
	if !ok {
		return "an array of other things than maps"
	}
	hasCategory := false
	for _, p := range pairs {
		why := ""
		switch p.Key {
		case "vehicle_category_code":
			why, hasCategory = latinText(p.Value), true
		case "issue_date", "expiry_date":
			why = fullDate(p.Value)
		case "codes":
			why = privilegeCodes(p.Value)
		default:
			why = "not allowed there"
		}
		if why != "" {
			return fmt.Sprintf("wrong: %v is %s", p.Key, why)
		}
	}
	if !hasCategory {
		return "wrong: no vehicle_category_code"
	}
	return ""
}

func privilegeCodes(v any) string {
	list, ok := v.([]any)
	if !ok {
		return "no array"
	}
	for _, item := range list {
		pairs, _ := item.(cbor.Pairs)
		if pairs.Get("code") == nil {
			return "without a code"
		}
		for _, p := range pairs {
			if p.Key != "code" && p.Key != "sign" && p.Key != "value" || text(p.Value) != "" {
				return "with other members than texts code, sign and value"
			}
		}
	}
	return ""
}
