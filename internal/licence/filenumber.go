package licence

import (
	"log/slog"
	"strings"

	"edl/internal/fault"
)

// ErrFileNumber is returned for anything but a file number.
var ErrFileNumber = fault.New(fault.Invalid, "licence.file_number", "档案编号应为12位数字，印在驾驶证副页上。", "The file number has 12 digits and is printed on the licence's second page.")

// FileNumber is the 档案编号 of a licence: 4 digits of region, 8 of serial. It
// stays when the identity number changes, so a register is keyed by it.
type FileNumber string

// ParseFileNumber reads a file number; spaces between groups are taken.
func ParseFileNumber(s string) (FileNumber, error) {
	s = tidy(s)
	if len(s) != 12 || strings.Trim(s, "0123456789") != "" {
		return "", ErrFileNumber
	}
	return FileNumber(s), nil
}

// String returns the number itself: take care where it goes.
func (n FileNumber) String() string { return string(n) }

// LogValue keeps the number out of logs.
func (n FileNumber) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Masked shows the last four digits: "•••• •••• 0029".
func (n FileNumber) Masked() string {
	if len(n) != 12 {
		return strings.Repeat("•", len(n))
	}
	return "•••• •••• " + string(n[8:])
}
