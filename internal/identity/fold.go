package identity

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// fold turns what a person types on a Chinese keyboard into plain text:
// full-width letters, digits and signs to ASCII, the wide space to a space,
// and the whole to NFC.
func fold(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000' || r == '\u00a0':
			return ' '
		}
		return r
	}, s))
}

// compact folds s, raises its letters and drops the spaces that people put
// between groups of a number.
func compact(s string) string {
	return strings.ReplaceAll(strings.ToUpper(fold(s)), " ", "")
}

// isDigits reports whether s is nothing but ASCII digits.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// redacted stands in logs where personal data would.
const redacted = "[redacted]"
