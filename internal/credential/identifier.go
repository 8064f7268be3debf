package credential

import (
	"fmt"
	"regexp"
	"strings"

	"edl/internal/fault"
)

// Numbering is what the authority's certificate identifiers start with. Both
// codes are settings: the national type code of the driving licence is not
// published, so the product invents none, and without it an electronic licence
// bears no identifier.
type Numbering struct {
	TypeCode   string `json:"typeCode" doc:"证照类型代码"`
	IssuerCode string `json:"issuerCode" doc:"颁发机构代码, such as its unified social credit code"`
}

// ErrNumbering is returned for codes that an identifier cannot hold.
var ErrNumbering = fault.New(fault.Invalid, "certificate.numbering",
	"证照类型代码和颁发机构代码只能由大写字母和数字组成，要么都填，要么都不填。",
	"The type code and the issuer's code consist of capital letters and digits; give both or neither.")

var codePattern = regexp.MustCompile(`^[0-9A-Z]{1,32}$`)

// Set reports whether identifiers are made.
func (n Numbering) Set() bool { return n.TypeCode != "" }

// Check returns ErrNumbering for codes that an identifier cannot hold.
func (n Numbering) Check() error {
	if n == (Numbering{}) || codePattern.MatchString(n.TypeCode) && codePattern.MatchString(n.IssuerCode) {
		return nil
	}
	return ErrNumbering
}

// root is the object identifier under which GB/T 36904-2018 puts certificates.
const root = "1.2.156.3005.2."

// maxVersion is the highest version that three digits hold.
const maxVersion = 999

// Identifier writes the 电子证照标识 of one version of a certificate. The
// serial stays the same over all versions; the check character covers all
// parts, so that none can be misread alone.
func (n Numbering) Identifier(serial string, version int) (string, error) {
	if !n.Set() {
		return "", nil
	}
	if version < 1 || version > maxVersion || !codePattern.MatchString(serial) {
		return "", fmt.Errorf("credential: no identifier for version %d of serial %q", version, serial)
	}
	three := fmt.Sprintf("%03d", version)
	check, err := CheckCharacter(n.TypeCode + n.IssuerCode + serial + three)
	if err != nil {
		return "", err
	}
	return root + strings.Join([]string{n.TypeCode, n.IssuerCode, serial, three, string(check)}, "."), nil
}

// SerialOf returns the serial within an identifier, "" where there is none.
func SerialOf(identifier string) string {
	parts := strings.Split(strings.TrimPrefix(identifier, root), ".")
	if len(parts) != 5 {
		return ""
	}
	return parts[2]
}

// alphabet is that of ISO 7064's MOD 37,36: the value of a character is its place.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// CheckCharacter returns the check character of ISO 7064 MOD 37,36.
func CheckCharacter(s string) (byte, error) {
	const m = len(alphabet)
	p := m
	for i := range len(s) {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return 0, fmt.Errorf("credential: %q has no value in MOD 37,36", s[i])
		}
		if p = (p + v) % m; p == 0 {
			p = m
		}
		p = 2 * p % (m + 1)
	}
	return alphabet[(m+1-p)%m], nil
}
