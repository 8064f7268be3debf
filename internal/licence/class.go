package licence

import (
	"slices"
	"strings"

	"edl/internal/fault"
	"edl/internal/lang"
)

// Faults of a list of classes.
var (
	ErrClassNone    = fault.New(fault.Invalid, "licence.class_none", "请填写至少一个准驾车型。", "Give at least one class.")
	ErrClassUnknown = fault.New(fault.Invalid, "licence.class_unknown", "准驾车型代号不存在，请按“A1A2D”的写法填写。", "There is no such class; write classes together, as in A1A2D.")
	ErrClassTwice   = fault.New(fault.Invalid, "licence.class_twice", "同一准驾车型写了两次。", "A class is given twice.")
)

// Class is a code of 准驾车型, the kind of vehicle that may be driven.
type Class string

// The classes of Ministry of Public Security Order 162.
const (
	A1 Class = "A1"
	A2 Class = "A2"
	A3 Class = "A3"
	B1 Class = "B1"
	B2 Class = "B2"
	C1 Class = "C1"
	C2 Class = "C2"
	C3 Class = "C3"
	C4 Class = "C4"
	C5 Class = "C5"
	C6 Class = "C6"
	D  Class = "D"
	E  Class = "E"
	F  Class = "F"
	M  Class = "M"
	N  Class = "N"
	P  Class = "P"
)

// classTable holds every class in the order in which licences print them, its
// name, and what it also allows (the whole set, not only the next step down).
var classTable = []struct {
	class  Class
	name   lang.Text
	allows []Class
}{
	{A1, lang.T("大型客车", "large bus"), []Class{A3, B1, B2, C1, C2, C3, C4, M}},
	{A2, lang.T("重型牵引挂车", "heavy tractor-trailer"), []Class{B1, B2, C1, C2, C3, C4, C6, M}},
	{A3, lang.T("城市公交车", "city bus"), []Class{C1, C2, C3, C4}},
	{B1, lang.T("中型客车", "medium bus"), []Class{C1, C2, C3, C4, M}},
	{B2, lang.T("大型货车", "heavy lorry"), []Class{C1, C2, C3, C4, M}},
	{C1, lang.T("小型汽车", "car"), []Class{C2, C3, C4}},
	{C2, lang.T("小型自动挡汽车", "automatic car"), nil},
	{C3, lang.T("低速载货汽车", "low-speed lorry"), []Class{C4}},
	{C4, lang.T("三轮汽车", "three-wheeler"), nil},
	{C5, lang.T("残疾人专用小型自动挡载客汽车", "automatic car adapted for a disabled driver"), nil},
	{C6, lang.T("轻型牵引挂车", "light trailer"), nil},
	{D, lang.T("普通三轮摩托车", "three-wheeled motorcycle"), []Class{E, F}},
	{E, lang.T("普通二轮摩托车", "two-wheeled motorcycle"), []Class{F}},
	{F, lang.T("轻便摩托车", "moped"), nil},
	{M, lang.T("轮式专用机械车", "wheeled special-purpose machine"), nil},
	{N, lang.T("无轨电车", "trolleybus"), nil},
	{P, lang.T("有轨电车", "tram"), nil},
}

// AllClasses lists every class in the order in which licences print them.
func AllClasses() []Class {
	all := make([]Class, len(classTable))
	for i, row := range classTable {
		all[i] = row.class
	}
	return all
}

// Known reports whether c is one of the 17 classes.
func (c Class) Known() bool { return c.rank() >= 0 }

// Name returns what the class drives, or an empty Text for an unknown class.
func (c Class) Name() lang.Text {
	if i := c.rank(); i >= 0 {
		return classTable[i].name
	}
	return lang.Text{}
}

// Allows reports whether a holder of c alone may drive other.
func (c Class) Allows(other Class) bool {
	i := c.rank()
	return i >= 0 && (c == other || slices.Contains(classTable[i].allows, other))
}

func (c Class) rank() int {
	for i, row := range classTable {
		if row.class == c {
			return i
		}
	}
	return -1
}

// Classes is a set of classes in the order in which licences print them.
type Classes []Class

// ParseClasses reads classes written together, as in "A1A2D". Small letters,
// full-width characters and separators between classes are taken; their order
// does not matter; a class given twice is refused, for one of the two is
// probably a slip for another.
func ParseClasses(s string) (Classes, error) {
	var set Classes
	rest := tidy(s)
	for rest != "" {
		c := firstClass(rest)
		if c == "" {
			return nil, ErrClassUnknown
		}
		if slices.Contains(set, c) {
			return nil, ErrClassTwice
		}
		set, rest = append(set, c), rest[len(c):]
	}
	if len(set) == 0 {
		return nil, ErrClassNone
	}
	return set.sorted(), nil
}

// firstClass returns the class that s starts with. No code of one letter is
// the beginning of another, so the first match is the only one.
func firstClass(s string) Class {
	for _, row := range classTable {
		if strings.HasPrefix(s, string(row.class)) {
			return row.class
		}
	}
	return ""
}

func (cs Classes) sorted() Classes {
	slices.SortFunc(cs, func(a, b Class) int { return a.rank() - b.rank() })
	return cs
}

// String writes the classes together: "A1A2D".
func (cs Classes) String() string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteString(string(c))
	}
	return b.String()
}

// Allows reports whether one of the classes allows c.
func (cs Classes) Allows(c Class) bool {
	return slices.ContainsFunc(cs, func(held Class) bool { return held.Allows(c) })
}

// Say writes the classes with their names: "C1 小型汽车、D 普通三轮摩托车".
func (cs Classes) Say() lang.Text {
	zh, en := make([]string, len(cs)), make([]string, len(cs))
	for i, c := range cs {
		zh[i], en[i] = string(c)+" "+c.Name().ZH, string(c)+" "+c.Name().EN
	}
	return lang.T(strings.Join(zh, "、"), strings.Join(en, ", "))
}

// tidy folds full-width characters, raises letters and drops what people put
// between codes.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r += '!' - '！'
		}
		switch {
		case strings.ContainsRune(" \t,;/、\u3000", r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
