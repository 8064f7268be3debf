package credential

import (
	"crypto"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/mdoc"
	"edl/mdoc/cbor"
	"edl/sdjwt"
	"edl/statuslist"
)

// A Mobile is all that the licence in international form is made of, for one
// holder's key. It is kept elsewhere, so that the signed forms are not stored
// but made anew, byte for byte, from it and their signatures.
type Mobile struct {
	Encoding int // which of the encoders below made it

	ID           string // of this issue; salts are derived with it
	Licence      licence.Licence
	Portrait     []byte // JPEG
	Name         LatinName
	Authority    string // in Latin letters
	Country      string
	Jurisdiction string
	Signed       time.Time
	Until        time.Time
	Holder       crypto.PublicKey
	Issuer       string               // the authority's address
	MDocStatus   statuslist.Reference // of one bit
	VCStatus     statuslist.Reference // of two bits
	Secret       []byte               // of the month in which it was signed
}

// VCT is the type of the SD-JWT VC.
const VCT = "urn:edl:driving-licence:1"

// MobileEncoding is the encoder for what is signed now.
const MobileEncoding = 2

// An encoder is one way to put a licence into its two forms.
type encoder struct {
	elements func(*Mobile) ([]mdoc.NameSpace, error)
	claims   func(*Mobile) map[string]any
	entropy  func(*Mobile) (mdoc.Entropy, error)
	salts    func(*Mobile) (io.Reader, error)
}

// encoders has every one that was ever in use. A change of form gets another
// number, and the old ones stay as long as something was signed with them.
var encoders = map[int]encoder{
	1: {elements, claims, streamEntropy, streamSalts},
	2: {elements, claims, derivedEntropy, derivedSalts},
}

// encoder returns the one that made m.
func (m *Mobile) encoder() (encoder, error) {
	e, ok := encoders[m.Encoding]
	switch {
	case !ok:
		return e, fmt.Errorf("%w: no encoder %d", ErrMobile, m.Encoding)
	case len(m.Secret) < sha256.Size || m.ID == "":
		return e, fmt.Errorf("%w: no secret or no identifier", ErrMobile)
	}
	return e, nil
}

// Ages are those that a licence attests.
var Ages = []int{18, 21, 60, 70}

// noEnd is the expiry of a licence that has none: the element is mandatory.
const noEnd = "9999-12-31"

// The faults of what cannot be put into international form.
var (
	ErrMobile = errors.New("credential: the licence cannot be put into international form")
)

// MDoc returns the licence as an mdoc, complete but for its signature.
func (m *Mobile) MDoc() (mdoc.Issuance, error) {
	encode, err := m.encoder()
	if err != nil {
		return mdoc.Issuance{}, err
	}
	namespaces, err := encode.elements(m)
	if err != nil {
		return mdoc.Issuance{}, err
	}
	entropy, err := encode.entropy(m)
	return mdoc.Issuance{
		DocType: mdoc.DocTypeMDL, NameSpaces: namespaces, DeviceKey: m.Holder, Entropy: entropy,
		Validity: mdoc.Validity{Signed: m.Signed, From: m.Signed, Until: m.Until},
		Status:   &mdoc.Status{List: &mdoc.StatusListRef{Index: m.MDocStatus.Index, URI: m.MDocStatus.URI}},
	}, err
}

// Salts come from the month's secret and the issue's identifier: who destroys
// the secret makes what was never disclosed of everything signed in that month
// unguessable for ever.

func derivedEntropy(m *Mobile) (mdoc.Entropy, error) {
	return mdoc.DerivedEntropy(m.Secret, "mdoc "+m.ID)
}

func derivedSalts(m *Mobile) (io.Reader, error) {
	return sdjwt.DerivedSalts(m.Secret, "sd-jwt "+m.ID)
}

func streamEntropy(m *Mobile) (mdoc.Entropy, error) {
	seed, err := m.seed("mdoc")
	if err != nil {
		return nil, err
	}
	return mdoc.StreamEntropy(seed)
}

func streamSalts(m *Mobile) (io.Reader, error) {
	seed, err := m.seed("vc")
	if err != nil {
		return nil, err
	}
	return sdjwt.StreamSalts(seed)
}

// seed is what the key stream of encoding 1 comes from.
func (m *Mobile) seed(form string) ([]byte, error) {
	return hkdf.Key(sha256.New, m.Secret, nil, "edl salts 1 "+form+" "+m.ID, sha256.Size)
}

// elements lists the elements of the mdoc.
func elements(m *Mobile) ([]mdoc.NameSpace, error) {
	l := &m.Licence
	standard := &elementList{name: mdoc.NameSpaceMDL}
	standard.add("family_name", m.Name.Family)
	standard.add("given_name", m.Name.Given)
	standard.add("birth_date", day(l.BirthDate))
	standard.add("issue_date", day(l.ValidFrom))
	standard.add("expiry_date", endDay(l.ValidTo))
	standard.add("issuing_country", m.Country)
	standard.add("issuing_authority", m.Authority)
	standard.add("document_number", string(l.Document.Number))
	standard.add("portrait", m.Portrait)
	standard.add("driving_privileges", drivingPrivileges(*l))
	standard.add("un_distinguishing_sign", "CHN")
	standard.add("administrative_number", string(l.FileNumber))
	standard.add("sex", isoSex(l.Sex))
	if l.Nationality == "中国" {
		standard.add("nationality", "CN")
	}
	standard.add("issuing_jurisdiction", m.Jurisdiction)
	standard.add("age_birth_year", l.BirthDate.Year)
	family, given := splitChinese(l.Name, m.Name)
	standard.add("family_name_national_character", family)
	if given != "" {
		standard.add("given_name_national_character", given)
	}
	for _, age := range attested(l.BirthDate, m.Signed) {
		standard.add(fmt.Sprintf("age_over_%02d", age.years), age.reached)
	}
	domestic := &elementList{name: mdoc.NameSpaceCN}
	domestic.add("name", string(l.Name))
	codes := []any{}
	for _, c := range classCodes(*l) {
		codes = append(codes, c)
	}
	domestic.add("classes", codes)
	domestic.add("first_issue_date", day(l.FirstIssue))
	domestic.add("valid_until", chineseEnd(l.ValidTo))
	domestic.add("file_number", string(l.FileNumber))
	domestic.add("address", l.Address)
	domestic.add("authority", l.Authority)
	return []mdoc.NameSpace{standard.done(), domestic.done()}, errors.Join(standard.err, domestic.err)
}

// elementList collects elements and the first that has no encoding.
type elementList struct {
	name string
	list []mdoc.Element
	err  error
}

func (e *elementList) add(name string, value any) {
	element, err := mdoc.NewElement(name, value)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("element %s: %w", name, err)
	}
	e.list = append(e.list, element)
}

func (e *elementList) done() mdoc.NameSpace { return mdoc.NameSpace{Name: e.name, Elements: e.list} }

func day(d civil.Date) cbor.FullDate { return cbor.FullDate(d.String()) }

func endDay(d civil.Date) cbor.FullDate {
	if d.IsZero() {
		return noEnd
	}
	return day(d)
}

func chineseEnd(d civil.Date) string {
	if d.IsZero() {
		return "长期"
	}
	return d.String()
}

// isoSex is the code of ISO/IEC 5218.
func isoSex(s identity.Sex) int {
	switch s {
	case identity.Male:
		return 1
	case identity.Female:
		return 2
	}
	return 0
}

// splitChinese splits a name where its Latin form is split: two characters for
// a surname of two, else the first.
func splitChinese(name identity.Name, latin LatinName) (family, given string) {
	runes := []rune(string(name))
	for _, size := range []int{2, 1} {
		if len(runes) > size {
			if reading, ok := surnames[string(runes[:size])]; size == 1 || ok && reading == latin.Family {
				return string(runes[:size]), string(runes[size:])
			}
		}
	}
	return string(runes), ""
}

// Zones reach from 12 hours behind to 14 ahead of UTC: a birthday begins
// somewhere 14 hours before its day does in UTC, and has begun everywhere 12
// hours after.
const (
	birthdayAhead  = 14 * time.Hour
	birthdayBehind = 12 * time.Hour
)

// An age is one that is attested: reached or not.
type age struct {
	years   int
	reached bool
}

// attested returns the ages that are beyond doubt at a moment, whichever zone
// its day is taken in.
func attested(birth civil.Date, at time.Time) (list []age) {
	for _, years := range Ages {
		begins := birthday(birth, years)
		switch {
		case !at.Add(-birthdayBehind).Before(begins):
			list = append(list, age{years, true})
		case at.Add(birthdayAhead).Before(begins):
			list = append(list, age{years, false})
		}
	}
	return list
}

func birthday(birth civil.Date, years int) time.Time {
	return time.Date(birth.Year, birth.Month, birth.Day, 0, 0, 0, 0, time.UTC).AddDate(years, 0, 0)
}

// MobileEnd returns the last moment at which a licence signed at a moment says
// nothing false: after so many days at the most, before an attested age is
// reached anywhere, and with the licence's own end.
func MobileEnd(l licence.Licence, signed time.Time, days int) time.Time {
	end := signed.AddDate(0, 0, days)
	if !l.ValidTo.IsZero() && l.ValidTo.End().Before(end) {
		end = l.ValidTo.End()
	}
	for _, a := range attested(l.BirthDate, signed) {
		if crossing := birthday(l.BirthDate, a.years).Add(-birthdayAhead); !a.reached && crossing.Before(end) {
			end = crossing
		}
	}
	return end.UTC().Truncate(time.Second)
}

// VC returns the same licence as an SD-JWT VC, every claim of the person
// selectively disclosable.
func (m *Mobile) VC() (sdjwt.VC, error) {
	encode, err := m.encoder()
	if err != nil {
		return sdjwt.VC{}, err
	}
	salts, err := encode.salts(m)
	if err != nil {
		return sdjwt.VC{}, err
	}
	return sdjwt.VC{Type: VCT, Issuer: m.Issuer, IssuedAt: m.Signed, Expires: m.Until, Holder: m.Holder,
		Status: &statuslist.Reference{Index: m.VCStatus.Index, URI: m.VCStatus.URI}, Claims: encode.claims(m), Salts: salts}, nil
}

// claims are those of the SD-JWT VC that are about the person and the licence.
func claims(m *Mobile) map[string]any {
	l := &m.Licence
	hidden := func(v any) sdjwt.Hidden { return sdjwt.Hidden{Value: v} }
	claims := map[string]any{
		"issuing_country": m.Country, "issuing_authority": m.Authority,
		"family_name": hidden(m.Name.Family), "given_name": hidden(m.Name.Given), "name": hidden(string(l.Name)),
		"birth_date": hidden(l.BirthDate.String()), "sex": hidden(isoSex(l.Sex)), "document_number": hidden(string(l.Document.Number)),
		"issue_date": hidden(l.ValidFrom.String()), "expiry_date": hidden(string(endDay(l.ValidTo))), "first_issue_date": hidden(l.FirstIssue.String()),
		"portrait": hidden(dataURI(m.Portrait)), "address": hidden(l.Address), "authority": hidden(l.Authority),
	}
	var privileges []any
	for _, p := range Privileges(*l) {
		entry := map[string]any{"vehicle_category_code": p.Category}
		if !p.Since.IsZero() {
			entry["issue_date"] = p.Since.String()
		}
		var codes []any
		for _, code := range strings.Fields(p.Restriction) {
			codes = append(codes, map[string]any{"code": code})
		}
		if codes != nil {
			entry["codes"] = codes
		}
		privileges = append(privileges, entry)
	}
	claims["driving_privileges"] = hidden(privileges)
	codes := []any{}
	for _, c := range classCodes(*l) {
		codes = append(codes, c)
	}
	claims["classes"] = hidden(codes)
	ages := map[string]any{}
	for _, a := range attested(l.BirthDate, m.Signed) {
		ages[fmt.Sprint(a.years)] = hidden(a.reached)
	}
	claims["age_equal_or_over"] = ages
	return claims
}

// dataURI holds a picture in JSON, as SD-JWT VC asks for binary data.
func dataURI(jpeg []byte) string {
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
}
