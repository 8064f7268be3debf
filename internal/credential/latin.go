package credential

import (
	"regexp"
	"strings"

	"github.com/mozillazg/go-pinyin"

	"edl/internal/fault"
	"edl/internal/identity"
)

// A LatinName is a name in Latin letters, as a passport writes it. The program
// proposes one and the holder confirms it: a character can be read in more than
// one way, and a name is its bearer's.
type LatinName struct {
	Family string `json:"family" doc:"in capital Latin letters, as in a passport"`
	Given  string `json:"given" doc:"in capital Latin letters, as in a passport"`
}

// ErrLatinName is returned for a name that passports could not bear.
var ErrLatinName = fault.New(fault.Invalid, "credential.latin_name",
	"拼音姓名的姓和名都要填写，只能用大写拉丁字母、空格、连字符和撇号，每项不超过 60 个字符。",
	"Give family and given name in capital Latin letters, with spaces, hyphens and apostrophes only, at most 60 characters each.")

var latinName = regexp.MustCompile(`^[A-Z](?:[A-Z]|[ '-][A-Z])*$`)

// Check returns ErrLatinName for a name that passports could not bear.
func (n LatinName) Check() error {
	for _, part := range []string{n.Family, n.Given} {
		if len(part) > 60 || !latinName.MatchString(part) {
			return ErrLatinName
		}
	}
	return nil
}

// surnames are read otherwise as a family name than elsewhere, or have two
// characters.
var surnames = map[string]string{
	"单": "SHAN", "解": "XIE", "仇": "QIU", "区": "OU", "查": "ZHA", "曾": "ZENG", "尉": "WEI", "朴": "PIAO", "盖": "GE", "任": "REN", "华": "HUA",
	"乐": "YUE", "种": "CHONG", "秘": "BI", "覃": "QIN", "员": "YUN", "缪": "MIAO", "翟": "ZHAI", "折": "SHE", "冼": "XIAN", "那": "NA", "宁": "NING",
	"祭": "ZHAI", "逄": "PANG", "车": "CHE", "石": "SHI", "洗": "XIAN", "燕": "YAN", "应": "YING", "于": "YU", "纪": "JI", "召": "SHAO", "繁": "PO", "会": "GUI",
	"黑": "HE", "隗": "WEI", "訾": "ZI", "郇": "XUN", "万": "WAN", "肖": "XIAO", "吕": "LYU",
	"欧阳": "OUYANG", "司马": "SIMA", "上官": "SHANGGUAN", "诸葛": "ZHUGE", "司徒": "SITU", "东方": "DONGFANG", "独孤": "DUGU", "南宫": "NANGONG",
	"万俟": "MOQI", "闻人": "WENREN", "夏侯": "XIAHOU", "尉迟": "YUCHI", "皇甫": "HUANGFU", "长孙": "ZHANGSUN", "慕容": "MURONG", "令狐": "LINGHU",
	"宇文": "YUWEN", "轩辕": "XUANYUAN", "澹台": "TANTAI", "公孙": "GONGSUN", "申屠": "SHENTU", "太史": "TAISHI", "端木": "DUANMU", "西门": "XIMEN", "呼延": "HUYAN", "鲜于": "XIANYU",
}

// ProposeLatin proposes a name: the surname's own reading, then the rest
// written together, ü as YU. A name that is written in Latin letters keeps its
// last word as the family name; one with a middle dot its last part. What
// cannot be read is left for the holder to write.
func ProposeLatin(name identity.Name) LatinName {
	text := strings.TrimSpace(string(name))
	if family, given, ok := splitWords(text); ok {
		return LatinName{family, given}
	}
	runes := []rune(text)
	for _, size := range []int{2, 1} {
		if len(runes) <= size {
			continue
		}
		if family, ok := surnames[string(runes[:size])]; ok {
			return LatinName{family, read(runes[size:])}
		}
	}
	if len(runes) < 2 {
		return LatinName{Family: read(runes)}
	}
	return LatinName{read(runes[:1]), read(runes[1:])}
}

// splitWords takes names of several words: Latin ones, and transcribed ones
// with a middle dot.
func splitWords(text string) (family, given string, ok bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '·' || r == '•' || r == '．' })
	if len(parts) < 2 {
		return "", "", false
	}
	for i, part := range parts {
		if parts[i] = strings.ToUpper(part); !latinName.MatchString(parts[i]) {
			parts[i] = read([]rune(part))
		}
	}
	last := len(parts) - 1
	return parts[last], strings.Join(parts[:last], " "), true
}

// read writes the readings of characters together; what has none is left out.
func read(runes []rune) string {
	var out strings.Builder
	for _, syllables := range pinyin.Pinyin(string(runes), pinyin.NewArgs()) {
		s := strings.NewReplacer("ü", "yu", "v", "yu").Replace(syllables[0])
		out.WriteString(strings.ToUpper(s))
	}
	return out.String()
}
