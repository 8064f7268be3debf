package identity

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"edl/internal/fault"
)

// Faults of a name.
var (
	ErrNameEmpty     = fault.New(fault.Invalid, "identity.name_empty", "请填写姓名。", "Enter the name.")
	ErrNameLength    = fault.New(fault.Invalid, "identity.name_length", "姓名不能超过50个字。", "The name may have at most 50 characters.")
	ErrNameInvisible = fault.New(fault.Invalid, "identity.name_invisible", "姓名中有看不见的字符，请手工重新输入，不要粘贴。", "The name holds invisible characters; type it instead of pasting it.")
	ErrNameCharacter = fault.New(fault.Invalid, "identity.name_character", "姓名中有不能使用的字符，请按证件上的写法填写。", "The name holds a character that names do not have; write it as the document does.")
)

// maxName is the longest name taken, in characters. Transcribed names of
// minorities and foreigners reach the forties.
const maxName = 50

// Dot is the one form kept of the dot within a transcribed name: U+00B7.
const Dot = "·"

var dots = strings.NewReplacer("•", Dot, "・", Dot, "‧", Dot, "･", Dot, "∙", Dot, "⋅", Dot)

// Name is a person's name as the register writes it.
type Name string

// ParseName reads a name: characters beyond the basic plane (𠮷) and rare ones
// (龘) are welcome; dots become ·, and so does a full stop between Chinese
// characters; the padding of a short Chinese name (王　明) goes, other inner
// spaces become one. Whatever cannot be seen or turns the direction of writing
// is refused, for two names must not differ and look alike.
func ParseName(s string) (Name, error) {
	if !utf8.ValidString(s) {
		return "", ErrNameCharacter
	}
	s = strings.TrimSpace(dots.Replace(fold(s)))
	for _, r := range s {
		if err := nameRune(r); err != nil {
			return "", err
		}
	}
	name := joinHan(strings.Join(strings.Fields(s), " "))
	switch n := utf8.RuneCountInString(name); {
	case !strings.ContainsFunc(name, isNameLetter):
		return "", ErrNameEmpty
	case n > maxName:
		return "", ErrNameLength
	}
	return Name(name), nil
}

func nameRune(r rune) error {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return ErrNameInvisible
	case writtenLeftwards(r):
		return ErrNameCharacter
	case isNameLetter(r), unicode.In(r, unicode.M, unicode.Zs), strings.ContainsRune("·'’-.,()", r):
		return nil
	}
	return ErrNameCharacter
}

// writtenLeftwards reports a letter of a script that runs from right to left:
// a mainland licence bears names in Chinese or Latin letters.
func writtenLeftwards(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.AN
}

// isNameLetter takes 〇 too, which Unicode counts among the numbers.
func isNameLetter(r rune) bool { return unicode.IsLetter(r) || r == '〇' }

// joinHan looks at what stands between two Chinese characters: a space goes, a
// full stop is the dot of a transcribed name.
func joinHan(s string) string {
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		between := i > 0 && i+1 < len(runes) && isHan(runes[i-1]) && isHan(runes[i+1])
		switch {
		case between && r == ' ':
		case between && r == '.':
			b.WriteString(Dot)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// String returns the name itself: take care where it goes.
func (n Name) String() string { return string(n) }

// LogValue keeps the name out of logs.
func (n Name) LogValue() slog.Value { return slog.StringValue(redacted) }

// Masked shows the first and the last character of a Chinese name (林*夏, 王*)
// and the first letter alone of any other (J*).
func (n Name) Masked() string {
	runes := []rune(n)
	switch {
	case len(runes) < 2:
		return strings.Repeat("*", len(runes))
	case !isHan(runes[0]):
		return string(runes[:1]) + "*"
	case len(runes) == 2:
		return string(runes[:1]) + "*"
	default:
		return string(runes[0]) + strings.Repeat("*", len(runes)-2) + string(runes[len(runes)-1])
	}
}

// Same reports whether both are one name: letters compare without regard to
// case, because passports print capitals and people do not type them.
func (n Name) Same(other Name) bool { return strings.EqualFold(string(n), string(other)) }

// Surname returns the family name: the first character, or two where they are
// a compound surname and something follows; the last part of a name with a
// dot; the first word of a name in Latin letters, as documents put it first.
func (n Name) Surname() string {
	s := string(n)
	if i := strings.LastIndex(s, Dot); i >= 0 {
		return s[i+len(Dot):]
	}
	first, _, _ := strings.Cut(s, " ")
	runes := []rune(first)
	if len(runes) == 0 || !isHan(runes[0]) {
		return first
	}
	if len(runes) > 2 && compoundSurnames[string(runes[:2])] {
		return string(runes[:2])
	}
	return string(runes[:1])
}

// compoundSurnames are the surnames of two characters that are still borne.
var compoundSurnames = func() map[string]bool {
	set := map[string]bool{}
	for _, s := range strings.Fields(`欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊
		赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官
		司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌
		微生 左丘 东门 西门 第五 梁丘 达奚 纳兰 完颜 耶律 爱新 叶赫 那拉 哥舒 贺兰 贺若 贺拔 斛律 尔朱`) {
		set[s] = true
	}
	return set
}()
