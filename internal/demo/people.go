// Package demo invents an authority for demonstrations and tests: a register
// of a thousand drivers in which every case of the rules has somebody who
// shows it, staff, relying parties.
//
// Nobody in it exists: identity numbers have the region 000000, names are
// drawn from lists, portraits are drawings. Every date is counted from the
// moment of the making, so that nothing depends on when it is run. The same
// moment makes the same people.
package demo

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
)

//go:embed portraits/*.jpg
var portraits embed.FS

// Size is the number of drivers.
const Size = 1000

// A Person is one invented driver. Key names the case the person shows, such
// as "status:B"; people who only fill the register have none.
type Person struct {
	Key      string
	Say      lang.Text // what the case shows
	Licence  licence.Licence
	Portrait string // file of the portrait on file, "" if none
}

// The invented authority's code and offices.
const (
	AuthorityCode = "演A"
	OfficeCode    = "000000000400"
)

var (
	men   = []string{"portraits/han.jpg", "portraits/lin.jpg", "portraits/ma.jpg", "portraits/zhou.jpg"}
	women = []string{"portraits/gu.jpg", "portraits/shen.jpg", "portraits/xia.jpg"}

	surnames = []string{"林", "周", "沈", "顾", "韩", "苏", "许", "陆", "程", "梁", "宋", "唐", "冯", "董", "萧", "曹", "袁", "邓", "傅", "曾", "彭", "蒋", "蔡", "贺", "龚", "欧阳", "司徒", "上官", "诸葛"}
	givenM   = []string{"晓舟", "望山", "立本", "青川", "明远", "修竹", "星河", "怀瑾", "景行", "知行", "云起", "长风", "思齐", "子墨", "泊远", "嘉树"}
	givenW   = []string{"知夏", "若溪", "清和", "予安", "映雪", "采薇", "书瑶", "念慈", "静姝", "令仪", "疏影", "望舒", "如初", "听澜", "初晴", "竹君"}
	streets  = []string{"松风路", "望海街", "青石巷", "云栖路", "竹里街", "安澜路", "听雨巷", "长亭路"}
)

// maker invents people; its random numbers depend on its seed alone.
type maker struct {
	today  civil.Date
	random *rand.Rand
	serial int
}

// People invents the register as of now.
func People(now time.Time) []Person {
	m := &maker{today: civil.Of(now), random: rand.New(rand.NewPCG(2021, 901))}
	people := m.cases()
	for len(people) < Size {
		p := m.person("", lang.Text{}, nil)
		if m.random.IntN(20) == 0 {
			p.Licence.Status = "H"
		}
		people = append(people, p)
	}
	return people
}

// person invents an ordinary driver of about 25 to 60 years with class C1 and
// changes what the case is about.
func (m *maker) person(key string, say lang.Text, change func(*licence.Licence)) Person {
	m.serial++
	male := m.serial%2 == 1
	birth := m.today.AddYears(-25 - m.random.IntN(35)).AddDays(-m.random.IntN(365))
	first := birth.AddYears(19).AddDays(m.random.IntN(900))
	sex, name := identity.Male, pick(m, surnames)+pick(m, givenM)
	if !male {
		sex, name = identity.Female, pick(m, surnames)+pick(m, givenW)
	}
	from, to := m.term(first)
	paper := from // renewed ahead of the new term, it was printed by today
	if paper.After(m.today) {
		paper = m.today
	}
	l := licence.Licence{
		FileNumber: licence.FileNumber(fmt.Sprintf("0000%08d", m.serial)),
		Document:   identity.Document{Type: identity.ResidentCard, Number: m.number(birth, male)},
		Name:       identity.Name(name), Sex: sex, BirthDate: birth, Nationality: "中国",
		Address:    fmt.Sprintf("示范市安澜区%s%d号", pick(m, streets), 1+m.random.IntN(200)),
		Phone:      identity.Phone(fmt.Sprintf("1990000%04d", m.serial)),
		Classes:    []licence.ClassRecord{{Class: "C1", Since: first}},
		FirstIssue: first, ValidFrom: from, ValidTo: to,
		Authority: AuthorityCode, Office: OfficeCode, Status: "A", Points: m.random.IntN(4), PaperReplaced: paper,
	}
	p := Person{Key: key, Say: say, Licence: l}
	if key != "" {
		p.Portrait = m.portrait(male)
		p.Licence.Photo = licence.Photo{TakenOn: m.today.AddYears(-2), Source: licence.FromIdentityCard}
	}
	if change != nil {
		change(&p.Licence)
	}
	if p.Licence.Photo.Source == "" {
		p.Portrait = ""
	} else {
		p.Licence.Photo.Digest = digest(p.Portrait)
	}
	return p
}

// term returns the current term of validity of a licence issued at first: six
// years, then ten, then without end.
func (m *maker) term(first civil.Date) (from, to civil.Date) {
	from, to = first, first.AddYears(6)
	if !to.After(m.today.AddDays(200)) {
		from, to = to, to.AddYears(10)
	}
	if !to.After(m.today.AddDays(200)) {
		from, to = to, civil.Date{}
	}
	return from, to
}

// number makes an identity number of the region 000000, which exists nowhere.
func (m *maker) number(birth civil.Date, male bool) identity.Number {
	serial := 2 * (m.serial % 500)
	if male {
		serial++
	}
	first17 := fmt.Sprintf("000000%04d%02d%02d%03d", birth.Year, birth.Month, birth.Day, serial)
	return identity.Number(first17 + string(identity.CheckDigit(first17)))
}

func (m *maker) portrait(male bool) string {
	if male {
		return men[m.serial/2%len(men)]
	}
	return women[m.serial/2%len(women)]
}

// PortraitOf is the file of a drawing that could be of a driver without a photo
// on file.
func PortraitOf(l licence.Licence) string {
	list := women
	if l.Sex == identity.Male {
		list = men
	}
	return list[int(l.FileNumber[len(l.FileNumber)-1])%len(list)]
}

func pick(m *maker, list []string) string { return list[m.random.IntN(len(list))] }

// digest is the SHA-256 of a portrait, as the register names a photo.
func digest(portrait string) string {
	file, err := portraits.ReadFile(portrait)
	if err != nil { // cannot happen: the names above are embedded
		panic(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(file))
}

// Portraits returns the folder of the portraits, JPEG of 520 × 756.
func Portraits() fs.FS { return portraits }
