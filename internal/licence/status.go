package licence

import (
	"slices"
	"strings"

	"edl/internal/lang"
)

// Letter is one status of a licence, as the register writes it.
type Letter string

// The letters.
const (
	Normal          Letter = "A" // 正常
	PointsFull      Letter = "B" // 超分
	MovedOut        Letter = "C" // 转出
	Suspended       Letter = "D" // 暂扣: a penalty
	Annulled        Letter = "E" // 撤销: should never have been granted
	Revoked         Letter = "F" // 吊销: a penalty
	Cancelled       Letter = "G" // 注销
	OffenceOpen     Letter = "H" // 违法未处理
	AccidentOpen    Letter = "I" // 事故未处理
	Stopped         Letter = "J" // 停止使用
	Seized          Letter = "K" // 扣押: kept as evidence
	Locked          Letter = "L" // 锁定
	NotRenewed      Letter = "M" // 逾期未换证
	RenewalDeferred Letter = "N" // 延期换证
	MedicalDeferred Letter = "P" // 延期体检
	Recoverable     Letter = "R" // 注销可恢复
	NotReviewed     Letter = "S" // 逾期未审验
	ReviewDeferred  Letter = "T" // 延期审验
	Detained        Letter = "U" // 扣留: the coercive measure before a penalty
	Other           Letter = "Z" // 其他
)

// Use says what may be done with an electronic licence already issued.
type Use string

// The uses, from best to worst.
const (
	Usable    Use = "usable"     // shown, and the driver may drive
	NotUsable Use = "not_usable" // shown in red with a red code
	Hidden    Use = "hidden"     // the app says why instead of showing it
	Gone      Use = "gone"       // no longer shown
)

func (u Use) rank() int { return slices.Index([]Use{Usable, NotUsable, Hidden, Gone}, u) }

// Worse reports whether u permits less than other.
func (u Use) Worse(other Use) bool { return u.rank() > other.rank() }

// letterTable holds every letter from the worst to the best. Their use comes
// first: what removes the electronic licence, what hides it, what stops it,
// what leaves it usable. Within a row the graver act decides,
// because its sentence names the step without which the others do not help:
// penalties before coercive measures, these before the driver's own delays;
// an extension that runs out before an open case that never stops the licence.
var letterTable = []struct {
	letter Letter
	use    Use
	name   lang.Text
}{
	{Annulled, Gone, lang.T("撤销", "annulled")},
	{Revoked, Gone, lang.T("吊销", "revoked")},
	{Cancelled, Gone, lang.T("注销", "cancelled")},
	{Recoverable, Gone, lang.T("注销可恢复", "cancelled, can be restored")},
	{MovedOut, Gone, lang.T("转出", "moved to another authority")},
	{Stopped, Hidden, lang.T("停止使用", "use stopped")},
	{Locked, Hidden, lang.T("锁定", "locked")},
	{Other, Hidden, lang.T("其他", "other")},
	{Suspended, NotUsable, lang.T("暂扣", "suspended")},
	{Seized, NotUsable, lang.T("扣押", "seized as evidence")},
	{Detained, NotUsable, lang.T("扣留", "detained")},
	{PointsFull, NotUsable, lang.T("超分", "12 points reached")},
	{NotRenewed, NotUsable, lang.T("逾期未换证", "not renewed in time")},
	{NotReviewed, NotUsable, lang.T("逾期未审验", "not reviewed in time")},
	{RenewalDeferred, Usable, lang.T("延期换证", "renewal deferred")},
	{MedicalDeferred, Usable, lang.T("延期体检", "medical check deferred")},
	{ReviewDeferred, Usable, lang.T("延期审验", "review deferred")},
	{AccidentOpen, Usable, lang.T("事故未处理", "accident not settled")},
	{OffenceOpen, Usable, lang.T("违法未处理", "offence not settled")},
	{Normal, Usable, lang.T("正常", "normal")},
}

// Letters lists every letter from the worst to the best.
func Letters() []Letter {
	all := make([]Letter, len(letterTable))
	for i, row := range letterTable {
		all[i] = row.letter
	}
	return all
}

// Known reports whether the letter is one of the list.
func (l Letter) Known() bool { return l.rank() < len(letterTable) }

// Name returns the status in words; an unknown letter is 其他.
func (l Letter) Name() lang.Text { return letterTable[l.orOther().rank()].name }

// Key returns "status:B": the letter's case in demo data and requirements.
func (l Letter) Key() string { return "status:" + string(l) }

// Use returns what the letter alone does to an electronic licence.
func (l Letter) Use() Use { return letterTable[l.orOther().rank()].use }

// Worse reports whether l decides over other.
func (l Letter) Worse(other Letter) bool { return l.orOther().rank() < other.orOther().rank() }

func (l Letter) rank() int {
	for i, row := range letterTable {
		if row.letter == l {
			return i
		}
	}
	return len(letterTable)
}

func (l Letter) orOther() Letter {
	if l.Known() {
		return l
	}
	return Other
}

// Status is the set of letters that a register holds for a licence, each once
// and in the order of the alphabet: "BDJ". The empty Status is no status; it
// is judged as 其他, never as 正常.
type Status string

// ParseStatus reads a set of letters. Letters that are not in the list stand in
// unknown and count as 其他 (Z); so does an empty text.
func ParseStatus(s string) (status Status, unknown []Letter) {
	var set []Letter
	for _, r := range tidy(s) {
		l := Letter(r)
		if !l.Known() {
			unknown = append(unknown, l)
			l = Other
		}
		set = append(set, l)
	}
	if len(set) == 0 {
		set = []Letter{Other}
	}
	return statusOf(set), unknown
}

func statusOf(set []Letter) Status {
	slices.Sort(set)
	var b strings.Builder
	for _, l := range slices.Compact(set) {
		b.WriteString(string(l))
	}
	return Status(b.String())
}

// Letters returns the set in the order of the alphabet.
func (s Status) Letters() []Letter {
	if s == "" {
		return []Letter{Other}
	}
	var set []Letter
	for _, r := range string(s) {
		set = append(set, Letter(r).orOther())
	}
	return set
}

// Has reports whether the register holds the letter.
func (s Status) Has(l Letter) bool { return slices.Contains(s.Letters(), l) }

// Name writes the set in words: "超分、暂扣".
func (s Status) Name() lang.Text {
	var zh, en []string
	for _, l := range s.Letters() {
		zh, en = append(zh, l.Name().ZH), append(en, l.Name().EN)
	}
	return lang.T(strings.Join(zh, "、"), strings.Join(en, ", "))
}
