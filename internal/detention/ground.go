package detention

import "edl/internal/lang"

// A GroundCode names why the law lets an officer detain a licence.
type GroundCode string

// The grounds.
const (
	Drink   GroundCode = "drink"
	Lent    GroundCode = "lent"
	Speed   GroundCode = "speed"
	Scrap   GroundCode = "scrap"
	Points  GroundCode = "points"
	Penalty GroundCode = "penalty"
)

// A Ground is what the law says of one.
type Ground struct {
	Code   GroundCode `json:"code"`
	Say    lang.Text  `json:"say"`
	Clause lang.Text  `json:"clause"` // where the law says it
}

func procedure(item, itemEN string) lang.Text {
	return lang.T("《道路交通安全违法行为处理程序规定》第三十一条第（"+item+"）项",
		"Procedures for Handling Road Traffic Safety Violations, article 31, item "+itemEN)
}

// grounds are the five of the procedures (Order 105 of the Ministry of Public
// Security as amended by 157), and the law's own article 110 before a penalty.
var grounds = []Ground{
	{Drink, lang.T("饮酒后驾驶机动车", "driving after drinking"), procedure("一", "1")},
	{Lent, lang.T("将机动车交由未取得驾驶证或者驾驶证被吊销、暂扣的人驾驶", "letting somebody drive who has no licence, or whose licence is revoked or suspended"), procedure("二", "2")},
	{Speed, lang.T("超过规定时速百分之五十", "more than 50 % over the speed limit"), procedure("三", "3")},
	{Scrap, lang.T("驾驶有拼装或者已达到报废标准嫌疑的机动车上道路", "driving a vehicle that is suspected to be assembled from parts or due for scrapping"), procedure("四", "4")},
	{Points, lang.T("一个记分周期内累积记分达到12分", "12 points reached in one cycle"), procedure("五", "5")},
	{Penalty, lang.T("违法行为应当处以暂扣或者吊销驾驶证，先予扣留", "the offence calls for suspension or revocation; detained beforehand"),
		lang.T("《中华人民共和国道路交通安全法》第一百一十条", "Road Traffic Safety Law, article 110")},
}

// Grounds lists the grounds in the order of the law.
func Grounds() []Ground { return grounds }

// Ground returns what the law says of a code; ok is false for an unknown one.
func (c GroundCode) Ground() (g Ground, ok bool) {
	for _, g := range grounds {
		if g.Code == c {
			return g, true
		}
	}
	return Ground{}, false
}
