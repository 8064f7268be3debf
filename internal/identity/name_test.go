package identity

import (
	"strings"
	"testing"
	"unicode/utf8"

	"edl/internal/fault"
)

func TestANameIsReadAsPeopleWriteIt(t *testing.T) {
	cases := []struct {
		name, text string
		want       Name
		fault      *fault.Fault
	}{
		{"two characters", "王明", "王明", nil},
		{"padded as old forms print it", "王　明", "王明", nil},
		{"padded with several spaces", " 王   明 ", "王明", nil},
		{"beyond the basic plane", "欧阳𠮷", "欧阳𠮷", nil},
		{"a rare character", "龙龘", "龙龘", nil},
		{"the zero of names", "李〇", "李〇", nil},
		{"the dot of a transcribed name", "马力克·艾山", "马力克·艾山", nil},
		{"a bullet for it", "马力克•艾山", "马力克·艾山", nil},
		{"the katakana dot for it", "马力克・艾山", "马力克·艾山", nil},
		{"a hyphenation point for it", "马力克‧艾山", "马力克·艾山", nil},
		{"a full stop for it", "马力克.艾山", "马力克·艾山", nil},
		{"a full-width stop for it", "马力克．艾山", "马力克·艾山", nil},
		{"Latin letters", "  JOHN   Q. SMITH ", "JOHN Q. SMITH", nil},
		{"full-width Latin letters", "ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH", nil},
		{"an accent in two pieces", "Jose\u0301", "José", nil},
		{"apostrophe and hyphen", "O'BRIEN-LEE", "O'BRIEN-LEE", nil},
		{"the end of a line", "王明\r\n", "王明", nil},
		{"fifty characters", strings.Repeat("买", 50), Name(strings.Repeat("买", 50)), nil},
		{"fifty-one characters", strings.Repeat("买", 51), "", ErrNameLength},
		{"nothing", "", "", ErrNameEmpty},
		{"spaces", " 　 ", "", ErrNameEmpty},
		{"a dot alone", "·", "", ErrNameEmpty},
		{"a zero-width space", "王\u200b明", "", ErrNameInvisible},
		{"a zero-width joiner", "王\u200d明", "", ErrNameInvisible},
		{"a byte-order mark", "\ufeff王明", "", ErrNameInvisible},
		{"a variation selector", "葛\U000e0100城", "", ErrNameInvisible},
		{"the Hangul filler", "王\u3164", "", ErrNameInvisible},
		{"a tab", "王\t明", "", ErrNameInvisible},
		{"a NUL", "王\x00明", "", ErrNameInvisible},
		{"a right-to-left override", "王\u202e明", "", ErrNameInvisible},
		{"an isolate", "王\u2067明\u2069", "", ErrNameInvisible},
		{"a right-to-left mark", "王\u200f明", "", ErrNameInvisible},
		{"Hebrew letters", "שלום", "", ErrNameCharacter},
		{"Arabic letters", "مالك", "", ErrNameCharacter},
		{"an emoji", "王😀", "", ErrNameCharacter},
		{"a digit", "王2", "", ErrNameCharacter},
		{"a tag", "<b>王</b>", "", ErrNameCharacter},
		{"a formula", "=王", "", ErrNameCharacter},
		{"the first full-width sign", "王！", "", ErrNameCharacter},
		{"the last full-width sign", "王～", "", ErrNameCharacter},
		{"a no-break space", "JOHN\u00a0SMITH", "JOHN SMITH", nil},
		{"a private character", "王\ue863", "", ErrNameCharacter},
		{"a question mark where a character was lost", "王?", "", ErrNameCharacter},
		{"the replacement character", "王\ufffd", "", ErrNameCharacter},
		{"half a character", "王\xe6", "", ErrNameCharacter},
	}
	for _, c := range cases {
		got, err := ParseName(c.text)
		if !is(err, c.fault) || got != c.want {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got, err, c.want, c.fault)
		}
	}
}

func TestSurnames(t *testing.T) {
	cases := []struct {
		name Name
		want string
	}{
		{"王明", "王"},
		{"林知夏", "林"},
		{"欧阳知夏", "欧阳"},
		{"司马光", "司马"},
		{"欧阳", "欧"},
		{"马力克·艾山", "艾山"},
		{"SMITH JOHN", "SMITH"},
		{"·艾山", "艾山"},
		{"", ""},
	}
	for _, c := range cases {
		if got := c.name.Surname(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheSameNameInCapitals(t *testing.T) {
	if !Name("John Smith").Same("JOHN SMITH") {
		t.Error("capitals made another name")
	}
	if Name("王明").Same("王名") {
		t.Error("two names are taken for one")
	}
}

func TestAPhoneIsReadAsPeopleTypeIt(t *testing.T) {
	cases := []struct {
		name, text string
		want       Phone
	}{
		{"plain", "13800008000", "13800008000"},
		{"with the country", "+8613800008000", "13800008000"},
		{"with the country, spaced", "+86 138-0000-8000", "13800008000"},
		{"with the country dialled", "008613800008000", "13800008000"},
		{"with the country bare", "8613800008000", "13800008000"},
		{"full width", "１３８００００８０００", "13800008000"},
		{"another country", "+85291234567", ""},
		{"the country twice over", "+868613800008000", ""},
		{"a number that begins like the country's prefix", "86138000080", ""},
		{"a fixed line", "01012345678", ""},
		{"a range that is none", "12800008000", ""},
		{"ten digits", "1380000800", ""},
		{"twelve digits", "138000080001", ""},
		{"letters", "1380000800O", ""},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		got, err := ParsePhone(c.text)
		if got != c.want || is(err, nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestSexIsReadInEveryNotation(t *testing.T) {
	for text, want := range map[string]Sex{"男": Male, "M": Male, "1": Male, "女": Female, "f": Female, "２": Female, "": "", "0": "", "未知": ""} {
		got, err := ParseSex(text)
		if got != want || is(err, nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
		if got != "" && (got.Name().ZH == "" || got.Name().EN == "") {
			t.Errorf("%q has no name", got)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"王　明", "欧阳𠮷", "马力克.艾山", "Jose\u0301 O'Brien", "王\u202e明", "ﾜﾝ", "각"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v is no fault", s, err)
			}
			return
		}
		if again, err := ParseName(string(n)); again != n || err != nil {
			t.Fatalf("%q became %q, then %q, %v", s, n, again, err)
		}
		if count := utf8.RuneCountInString(string(n)); count > maxName {
			t.Fatalf("%q has %d characters", n, count)
		}
		n.Masked()
		n.Surname()
	})
}

func FuzzParsePhone(f *testing.F) {
	f.Add("+86 138-0000-8000")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePhone(s)
		if err != nil {
			return
		}
		if again, err := ParsePhone(string(p)); again != p || err != nil || len(p) != 11 {
			t.Fatalf("%q is not canonical: %q, %v", p, again, err)
		}
	})
}
