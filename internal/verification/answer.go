package verification

import (
	"time"

	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// An Answer is all that the asker was told. It is sealed and kept as JSON, so
// its members keep their names and meaning.
type Answer struct {
	Word       lang.Text       `json:"word"`
	Line       lang.Text       `json:"line"`
	Person     *Person         `json:"person,omitempty"`
	Classes    []Class         `json:"classes,omitempty"`
	Answers    []YesNo         `json:"answers,omitempty"`
	Causes     []Cause         `json:"causes,omitempty"`
	Facts      []Fact          `json:"facts,omitempty"`
	Paper      licence.Paper   `json:"paper"`
	Next       lang.Text       `json:"next,omitzero"`
	Electronic *ElectronicLine `json:"electronic,omitempty"`
	Pending    bool            `json:"pending"`
	Steps      []Step          `json:"steps,omitempty"`
	Reason     lang.Text       `json:"reason,omitzero"` // why not, for the driver alone
}

// Person is what was given of who the holder is.
type Person struct {
	Name      string    `json:"name,omitempty"`
	Sex       lang.Text `json:"sex,omitzero"`
	BirthDate string    `json:"birth_date,omitempty"`
	Number    string    `json:"number,omitempty"`
	PhotoID   string    `json:"photo_id,omitempty"`
}

// Class is a class that the holder may drive.
type Class struct {
	Code  licence.Class `json:"code"`
	Name  lang.Text     `json:"name"`
	Since string        `json:"since,omitempty"`
}

// YesNo answers one question without the value behind it.
type YesNo struct {
	Key      relyingparty.Field `json:"key"`
	Question lang.Text          `json:"question"`
	Yes      bool               `json:"yes"`
}

// Cause is one status letter.
type Cause struct {
	Letter    licence.Letter `json:"letter"`
	Name      lang.Text      `json:"name"`
	Since     time.Time      `json:"since,omitzero"`      // zero: not known
	LearnedAt time.Time      `json:"learned_at,omitzero"` // zero: not known
	Why       lang.Text      `json:"why"`
}

// Fact is one value.
type Fact struct {
	Key   relyingparty.Field `json:"key"`
	Label lang.Text          `json:"label"`
	Value lang.Text          `json:"value"`
	Sub   lang.Text          `json:"sub,omitzero"`
}

// ElectronicLine says how the electronic licence stands.
type ElectronicLine struct {
	State licence.Electronic `json:"state"`
	Say   lang.Text          `json:"say"`
}

// Step is one step of the check.
type Step struct {
	Name   lang.Text `json:"name"`
	OK     bool      `json:"ok"`
	Detail lang.Text `json:"detail,omitzero"`
}

// same text in both languages: numbers, codes, dates.
func plain(s string) lang.Text { return lang.T(s, s) }

func yesNo(yes bool) lang.Text {
	if yes {
		return lang.T("是", "yes")
	}
	return lang.T("否", "no")
}

// dots joins the parts of a line as the band shows it.
func dots(parts ...lang.Text) lang.Text {
	var joined lang.Text
	for _, p := range parts {
		if p == (lang.Text{}) {
			continue
		}
		if joined != (lang.Text{}) {
			joined = lang.T(joined.ZH+"·", joined.EN+" · ")
		}
		joined = lang.T(joined.ZH+p.ZH, joined.EN+p.EN)
	}
	return joined
}

// shortDay writes a day without its year: 9月15日.
func shortDay(d civil.Date) lang.Text {
	return lang.T(d.Start().Format("1月2日"), d.Start().Format("2 January"))
}

func dateOrBlank(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// lastDay writes the end of validity.
func lastDay(d civil.Date) lang.Text {
	if d.IsZero() {
		return lang.T("长期", "no end")
	}
	return plain(d.String())
}
