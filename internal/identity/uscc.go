package identity

import (
	"strings"

	"edl/internal/fault"
)

// Faults of a unified social credit code.
var (
	ErrUSCCLength   = fault.New(fault.Invalid, "identity.uscc_length", "统一社会信用代码应为18位，请核对后重新填写。", "A unified social credit code has 18 characters; compare it with the certificate.")
	ErrUSCCFormat   = fault.New(fault.Invalid, "identity.uscc_format", "统一社会信用代码由数字和大写字母组成，不含I、O、Z、S、V，第3至8位为数字。", "A unified social credit code holds digits and letters without I, O, Z, S, V; characters 3 to 8 are digits.")
	ErrUSCCChecksum = fault.New(fault.Invalid, "identity.uscc_checksum", "统一社会信用代码校验不符，可能有一位写错，请核对后重新填写。", "The unified social credit code's check character does not fit, so one character is probably wrong; compare it with the certificate.")
)

// USCC is the unified social credit code 统一社会信用代码 of a company or
// public body (GB 32100-2015). It is public, so logs may show it.
type USCC string

// The alphabet leaves out the letters that look like digits.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ParseUSCC reads a code and checks its alphabet, region digits and check
// character (GB 32100-2015: weights 3^i mod 31).
func ParseUSCC(s string) (USCC, error) {
	s = compact(s)
	if strings.Trim(s, usccAlphabet) != "" {
		return "", ErrUSCCFormat
	}
	if len(s) != 18 {
		return "", ErrUSCCLength
	}
	if !isDigits(s[2:8]) {
		return "", ErrUSCCFormat
	}
	if s[17] != USCCCheck(s[:17]) {
		return "", ErrUSCCChecksum
	}
	return USCC(s), nil
}

// USCCCheck returns the check character that completes the first 17
// characters of a code, or 0 if they are not of its alphabet.
func USCCCheck(first17 string) byte {
	if len(first17) != 17 {
		return 0
	}
	sum, weight := 0, 1
	for i := range len(first17) {
		value := strings.IndexByte(usccAlphabet, first17[i])
		if value < 0 {
			return 0
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31]
}

// String returns the code.
func (u USCC) String() string { return string(u) }
