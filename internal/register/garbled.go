package register

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// garbled reports whether Chinese text was encoded twice: UTF-8 read as
// GB18030 ("寮犱笁" for 张三) or as Latin ("å¼ ä¸‰"), or GB18030 read as Latin
// ("ÕÅÈý"). It wants text of some length, for a rare short name may look so by
// chance: the callers join the fields of a line.
func garbled(s string) bool {
	if isASCII(s) {
		return false
	}
	if b, err := simplifiedchinese.GB18030.NewEncoder().String(s); err == nil && mostlyHan(b) {
		return true
	}
	if hasHan(s) {
		return false
	}
	latin, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		if latin, err = charmap.ISO8859_1.NewEncoder().String(s); err != nil {
			return false
		}
	}
	if mostlyHan(latin) {
		return true
	}
	chinese, err := simplifiedchinese.GBK.NewDecoder().String(latin)
	return err == nil && !strings.ContainsRune(chinese, utf8.RuneError) && hanShare(chinese) > 0.9
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func hasHan(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

// mostlyHan reports whether bytes are UTF-8 of Chinese text, three characters
// at least. Up to a quarter may be broken: a field of an odd number of bytes
// loses its last one on the way through GB18030.
func mostlyHan(b string) bool {
	var han, lost int
	for len(b) > 0 {
		r, n := utf8.DecodeRuneInString(b)
		switch {
		case unicode.Is(unicode.Han, r) || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xfff0:
			han += n
		case r >= utf8.RuneSelf:
			lost += n
		}
		b = b[n:]
	}
	return han >= 9 && lost*3 <= han
}

// hanShare returns how many of the characters beyond ASCII are Chinese.
func hanShare(s string) float64 {
	var han, all float64
	for _, r := range s {
		if r >= utf8.RuneSelf {
			all++
			if unicode.Is(unicode.Han, r) {
				han++
			}
		}
	}
	return han / max(all, 1)
}
