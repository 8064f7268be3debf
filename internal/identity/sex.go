package identity

import (
	"edl/internal/fault"
	"edl/internal/lang"
)

// ErrSex is returned for a sex that no document names.
var ErrSex = fault.New(fault.Invalid, "identity.sex", "性别只能是男或女。", "The sex must be male or female, as the document has it.")

// Sex is the sex that the identity document names.
type Sex string

// The two that documents name.
const (
	Male   Sex = "M"
	Female Sex = "F"
)

// Name returns 男 or 女, and the English word.
func (s Sex) Name() lang.Text {
	switch s {
	case Male:
		return lang.T("男", "male")
	case Female:
		return lang.T("女", "female")
	}
	return lang.Text{}
}

// ParseSex reads 男 or 女, M or F, or the 1 and 2 of GB/T 2261.1.
func ParseSex(s string) (Sex, error) {
	switch compact(s) {
	case "男", "M", "1", "MALE":
		return Male, nil
	case "女", "F", "2", "FEMALE":
		return Female, nil
	}
	return "", ErrSex
}
