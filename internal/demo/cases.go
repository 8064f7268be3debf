package demo

import (
	"fmt"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
)

// cases invents the people who each show one case.
func (m *maker) cases() []Person {
	var people []Person
	add := func(key string, say lang.Text, change func(*licence.Licence)) {
		people = append(people, m.person(key, say, change))
	}
	m.routes(add)
	m.statuses(add)
	m.classes(add)
	m.documents(add)
	m.validities(add)
	m.names(add)
	return people
}

type adder func(key string, say lang.Text, change func(*licence.Licence))

func (m *maker) routes(add adder) {
	add("route:onfile", lang.T("可直接用在档照片申领", "may apply with the photo on file"), nil)
	add("route:album", lang.T("没有在档照片，从相册选", "no photo on file: from the album"), func(l *licence.Licence) { l.Photo = licence.Photo{} })
	add("route:camera", lang.T("没有在档照片，现场拍", "no photo on file: taken in the app"), func(l *licence.Licence) { l.Photo = licence.Photo{} })
	add("route:oldphoto", lang.T("在档照片超过10年，不能直接用", "the photo on file is over ten years old"), func(l *licence.Licence) { l.Photo.TakenOn = m.today.AddYears(-11) })
	for i := 1; i <= 6; i++ {
		add(fmt.Sprintf("holder:%d", i), lang.T("已领电子驾驶证", "holds the electronic licence"), nil)
	}
	add("reapply:validity", lang.T("有效期变更，电子驾驶证须重新申领", "validity changed: apply again"), func(l *licence.Licence) {
		l.ValidFrom, l.ValidTo = m.today.AddYears(-5), m.today.AddYears(1)
		l.FirstIssue, l.Classes[0].Since, l.PaperReplaced = l.ValidFrom, l.ValidFrom, l.ValidFrom
	})
	add("phone:none", lang.T("登记库没有手机号", "no phone on the register"), func(l *licence.Licence) { l.Phone = "" })
	var shared identity.Phone
	add("phone:shared1", lang.T("与另一人共用手机号", "shares a number with another driver"), func(l *licence.Licence) { shared = l.Phone })
	add("phone:shared2", lang.T("与另一人共用手机号", "shares a number with another driver"), func(l *licence.Licence) { l.Phone = shared })
}

// combinations are sets of letters: the ones that occur, and the worst of each
// row of the table with a better one.
var combinations = []licence.Status{"BDJ", "AH", "DK", "NA", "HI", "BH", "LB", "JM", "CH", "GB", "EF", "ZB", "PH", "TS"}

func (m *maker) statuses(add adder) {
	set := func(s licence.Status) func(*licence.Licence) {
		return func(l *licence.Licence) {
			l.Status, _ = licence.ParseStatus(string(s)) // known letters, in their order
			m.fit(l)
		}
	}
	for _, letter := range licence.Letters() {
		add(letter.Key(), letter.Name(), set(licence.Status(letter)))
		if letter != licence.Normal {
			add("held-"+letter.Key(), letter.Name(), nil) // becomes so after the electronic licence was issued
		}
	}
	for _, s := range combinations {
		add("status:"+string(s), lang.T("状态"+string(s), "status "+string(s)), set(s))
	}
}

// fit makes the rest of a record agree with its letters.
func (m *maker) fit(l *licence.Licence) {
	if l.Status.Has(licence.PointsFull) {
		l.Points = 12
	}
	if l.Status.Has(licence.NotRenewed) {
		l.ValidFrom, l.ValidTo = m.today.AddYears(-6).AddDays(-40), m.today.AddDays(-40)
		l.FirstIssue = l.ValidFrom
		l.Classes[0].Since, l.PaperReplaced = l.FirstIssue, l.ValidFrom
	}
	for _, extended := range []licence.Letter{"N", "P", "T"} {
		if l.Status.Has(extended) {
			l.ExtensionUntil = m.today.AddDays(180)
		}
	}
}

func (m *maker) classes(add adder) {
	for _, c := range licence.AllClasses() {
		add("class:"+string(c), c.Name(), func(l *licence.Licence) { l.Classes[0].Class = c })
	}
	add("class:A1A2D", lang.T("三种准驾车型", "three classes"), func(l *licence.Licence) {
		since := l.FirstIssue
		l.Classes = []licence.ClassRecord{{Class: "A1", Since: since.AddYears(5)}, {Class: "A2", Since: since.AddYears(4)}, {Class: "D", Since: since}}
	})
	add("class:probation", lang.T("实习期", "in probation"), func(l *licence.Licence) {
		l.FirstIssue = m.today.AddMonths(-4)
		l.Classes[0].Since, l.ValidFrom, l.ValidTo = l.FirstIssue, l.FirstIssue, l.FirstIssue.AddYears(6)
		l.PaperReplaced = l.FirstIssue
	})
}

func (m *maker) documents(add adder) {
	numbers := map[identity.DocumentType]string{
		identity.OfficerCard: "00000001", identity.SoldierCard: "00000002", identity.RetiredOfficer: "00000003",
		identity.ForeignPerson: "E00000004", identity.Diplomat: "D00000005",
	}
	for _, t := range identity.DocumentTypes {
		add("document:"+string(t), t.Name(), func(l *licence.Licence) {
			l.Document.Type = t
			if n, ok := numbers[t]; ok {
				l.Document.Number = identity.Number(n)
			}
			if t == identity.ForeignPerson || t == identity.Diplomat || t == identity.PermanentCard {
				l.Nationality, l.Name = "示例国", "Alex Example"
			}
			if t != identity.ResidentCard {
				l.Photo = licence.Photo{}
			}
		})
	}
}

func (m *maker) validities(add adder) {
	term := func(to civil.Date) func(*licence.Licence) {
		return func(l *licence.Licence) {
			l.ValidTo, l.ValidFrom = to, to.AddYears(-6)
			l.FirstIssue, l.PaperReplaced = l.ValidFrom, l.ValidFrom
			l.Classes[0].Since = l.FirstIssue
		}
	}
	add("validity:renewal", lang.T("80天后到期，可以换证", "ends in 80 days: may be renewed"), term(m.today.AddDays(80)))
	add("validity:today", lang.T("今天是有效期最后一天", "today is the last day of validity"), term(m.today))
	add("validity:yesterday", lang.T("昨天到期", "ended yesterday"), term(m.today.AddDays(-1)))
	add("validity:twoyears", lang.T("过期两年", "ended two years ago"), term(m.today.AddYears(-2)))
	add("validity:fouryears", lang.T("过期四年", "ended four years ago"), term(m.today.AddYears(-4)))
	add("validity:long", lang.T("长期有效", "without end"), func(l *licence.Licence) { l.ValidTo = civil.Date{} })
}

func (m *maker) names(add adder) {
	add("name:rare", lang.T("生僻字姓名", "a name of rare characters"), func(l *licence.Licence) { l.Name = "龘𠮷" })
	add("name:dot", lang.T("带间隔号的姓名", "a name with a dot"), func(l *licence.Licence) { l.Name = "艾尼瓦尔·买买提示例" })
	add("name:long", lang.T("很长的姓名", "a very long name"), func(l *licence.Licence) { l.Name = "阿卜杜热合曼·示例江·买买提艾力·吐尔逊" })
}
