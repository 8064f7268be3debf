package identity

import "edl/internal/civil"

// GB 11643-1999: 6 digits of region, 8 of birth, 3 serial (odd for a man), and
// a check character by ISO/IEC 7064 MOD 11-2.
const citizenLength = 18

var citizenWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// CheckDigit returns the check character that completes the first 17 digits of
// a citizen's number, or 0 if first17 is anything else.
func CheckDigit(first17 string) byte {
	if len(first17) != len(citizenWeights) || !isDigits(first17) {
		return 0
	}
	sum := 0
	for i, w := range citizenWeights {
		sum += w * int(first17[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// checkCitizen checks a canonical number: length, digits, date, check digit,
// in that order, so that the fault names the first thing to correct.
func checkCitizen(s string) error {
	if !lettersAndDigits(s) {
		return ErrNumberFormat
	}
	if len(s) != citizenLength {
		return ErrNumberLength
	}
	if !isDigits(s[:17]) {
		return ErrNumberFormat
	}
	if _, err := citizenBirth(s); err != nil {
		return ErrNumberDate
	}
	if s[17] != CheckDigit(s[:17]) {
		return ErrNumberChecksum
	}
	return nil
}

// citizenBirth reads the birth date. Years before 1800 are a slip of the pen:
// the oldest number in the standard's own examples is of 1880.
func citizenBirth(s string) (civil.Date, error) {
	d, err := civil.Parse(s[6:14])
	if err == nil && d.Year < 1800 {
		err = civil.ErrDate
	}
	return d, err
}
