package licence

import (
	"fmt"

	"edl/internal/civil"
	"edl/internal/lang"
)

// ChangeKind names a change after which the driver must apply again.
type ChangeKind string

// R16's three triggers, and the fourth that is found beside them.
const (
	ClassesChanged   ChangeKind = "classes"
	ValidityChanged  ChangeKind = "validity"
	AuthorityChanged ChangeKind = "authority"
	PaperReissued    ChangeKind = "paper" // 补证
)

// What ends the electronic licence at the driver's own wish.
const (
	ConsentWithdrawn ChangeKind = "consent" // to the portrait on it
	AccountEnded     ChangeKind = "account"
)

var changeNames = map[ChangeKind]lang.Text{
	ClassesChanged:   lang.T("准驾车型变更", "classes changed"),
	ValidityChanged:  lang.T("有效期变更", "validity changed"),
	AuthorityChanged: lang.T("发证机关变更", "issuing authority changed"),
	PaperReissued:    lang.T("补领纸质驾驶证", "paper licence replaced"),
	ConsentWithdrawn: lang.T("人像使用同意已撤回", "consent to the portrait withdrawn"),
	AccountEnded:     lang.T("账户已注销", "account ended"),
}

// Name returns the kind in words: 有效期变更.
func (k ChangeKind) Name() lang.Text { return changeNames[k] }

// Change is a difference between two versions of a licence that invalidates
// the electronic licence made from the older one.
type Change struct {
	Kind ChangeKind `json:"kind"`
	Old  lang.Text  `json:"old"`
	New  lang.Text  `json:"new"`
	Say  lang.Text  `json:"say"` // what changed, for the driver
}

// Wished returns the change by which a driver ends their own electronic
// licence; its sentence is for whoever checks, too.
func Wished(kind ChangeKind) Change {
	say := lang.T("驾驶人撤回了使用人像的同意。", "The driver withdrew the consent to the portrait.")
	if kind == AccountEnded {
		say = lang.T("驾驶人注销了账户。", "The driver ended the account.")
	}
	return Change{Kind: kind, Say: say}
}

// ChangesBetween returns the changes from old to new that invalidate an
// electronic licence, in the order of R16. A new paper counts as 补证 only
// where nothing of R16 changed: renewal and transfer print a new one too.
func ChangesBetween(old, new Licence) []Change {
	var changes []Change
	if a, b := old.ClassSet().String(), new.ClassSet().String(); a != b {
		changes = append(changes, change(ClassesChanged, lang.T(a, a), lang.T(b, b)))
	}
	if old.ValidFrom != new.ValidFrom || old.ValidTo != new.ValidTo {
		changes = append(changes, change(ValidityChanged, old.Validity(), new.Validity()))
	}
	if old.Authority != new.Authority {
		changes = append(changes, change(AuthorityChanged, lang.T(old.Authority, old.Authority), lang.T(new.Authority, new.Authority)))
	}
	if len(changes) == 0 && paperReissued(old, new) {
		changes = append(changes, change(PaperReissued, day(old.PaperReplaced), day(new.PaperReplaced)))
	}
	return changes
}

// paperReissued reports whether a newer paper was printed. Where the older
// version does not say when its paper was, one printed after everything on it
// held already is a replacement; a date that only now reached the register
// for the first paper is not.
func paperReissued(old, new Licence) bool {
	if !old.PaperReplaced.IsZero() {
		return new.PaperReplaced.After(old.PaperReplaced)
	}
	printed := new.ValidFrom
	for _, c := range new.Classes {
		if c.Since.After(printed) {
			printed = c.Since
		}
	}
	return new.PaperReplaced.After(printed)
}

func change(kind ChangeKind, old, new lang.Text) Change {
	subject := map[ChangeKind]lang.Text{
		ClassesChanged:   lang.T("准驾车型", "The classes"),
		ValidityChanged:  lang.T("有效期", "The validity"),
		AuthorityChanged: lang.T("发证机关", "The issuing authority"),
		PaperReissued:    lang.T("纸质驾驶证签发日期", "The paper licence's date of issue"),
	}[kind]
	say := lang.T(
		fmt.Sprintf("%s由“%s”变更为“%s”。", subject.ZH, old.ZH, new.ZH),
		fmt.Sprintf("%s changed from “%s” to “%s”.", subject.EN, old.EN, new.EN))
	if old.ZH == "" {
		say = lang.T(
			fmt.Sprintf("%s变更为“%s”。", subject.ZH, new.ZH),
			fmt.Sprintf("%s changed to “%s”.", subject.EN, new.EN))
	}
	return Change{Kind: kind, Old: old, New: new, Say: say}
}

// Validity writes the validity as licences do: "2016-12-28 至 2026-12-28".
func (l Licence) Validity() lang.Text {
	if l.ValidTo.IsZero() {
		return lang.T(l.ValidFrom.String()+" 至 长期", l.ValidFrom.String()+" onwards")
	}
	return lang.T(l.ValidFrom.String()+" 至 "+l.ValidTo.String(), l.ValidFrom.String()+" to "+l.ValidTo.String())
}

func day(d civil.Date) lang.Text {
	if d.IsZero() {
		return lang.Text{}
	}
	return lang.T(dayZH(d), dayEN(d))
}

func dayZH(d civil.Date) string { return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day) }

func dayEN(d civil.Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) }
