package identity

import (
	"log/slog"
	"strings"

	"edl/internal/fault"
)

// ErrPhone is returned for anything but a mainland mobile number.
var ErrPhone = fault.New(fault.Invalid, "identity.phone", "请填写11位中国大陆手机号码。", "Enter a mobile number of mainland China, 11 digits.")

// Phone is a mainland mobile number: 11 digits without country code.
type Phone string

// ParsePhone reads a mobile number, with or without +86, spaces and hyphens.
// Which ranges are in use changes; only 1 and a digit from 3 are asked for.
func ParsePhone(s string) (Phone, error) {
	s = strings.ReplaceAll(compact(s), "-", "")
	for _, prefix := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok && len(rest) == 11 {
			s = rest
			break
		}
	}
	if len(s) != 11 || !isDigits(s) || s[0] != '1' || s[1] < '3' {
		return "", ErrPhone
	}
	return Phone(s), nil
}

// String returns the number itself: take care where it goes.
func (p Phone) String() string { return string(p) }

// LogValue keeps the number out of logs.
func (p Phone) LogValue() slog.Value { return slog.StringValue(redacted) }

// Masked shows the first three and the last four digits: 138****8000.
func (p Phone) Masked() string {
	if len(p) != 11 {
		return strings.Repeat("*", len(p))
	}
	return string(p[:3]) + "****" + string(p[7:])
}
