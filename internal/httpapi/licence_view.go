package httpapi

import (
	"time"

	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
)

// stateView is a licence's status at the moment of the answer, for those who
// may know its reasons: the driver, police and windows.
type stateView struct {
	Letters []causeView    `json:"letters" doc:"the worst first; it decides"`
	Worst   licence.Letter `json:"worst"`
	Name    lang.Text      `json:"name" doc:"every letter in words"`
	Use     licence.Use    `json:"use" enum:"usable,not_usable,hidden,gone"`
	Why     *lang.Text     `json:"why,omitempty"`
	Next    *lang.Text     `json:"next,omitempty"`
	Where   *lang.Text     `json:"where,omitempty"`
	Since   string         `json:"since,omitempty" doc:"YYYY-MM-DD; absent: not known"`
	Pending bool           `json:"pending" doc:"信息待核实: not said to be usable until it is clarified"`
	Doubt   *lang.Text     `json:"doubt,omitempty" doc:"what could not be read, while pending"`
}

type causeView struct {
	Letter licence.Letter `json:"letter"`
	Name   lang.Text      `json:"name"`
	Source licence.Source `json:"source" enum:"register,validity,extension,measure"`
	Since  string         `json:"since,omitempty"`
}

// viewState judges a licence at a moment.
func viewState(e *register.Entry, now time.Time, p *authority.Profile) stateView {
	v := viewLicenceState(e.State(now), p)
	if v.Pending = e.Pending; e.Pending {
		v.Doubt = &e.PendingWhy
	}
	return v
}

func viewLicenceState(s licence.State, p *authority.Profile) stateView {
	said := licence.Say(s, p.Contacts())
	v := stateView{
		Letters: []causeView{}, Worst: s.Worst, Name: s.Status().Name(), Use: s.Use, Since: said.Since.String(),
		Why: given(said.Why), Next: given(said.Next),
	}
	for _, c := range s.Causes {
		v.Letters = append(v.Letters, causeView{c.Letter, c.Letter.Name(), c.Source, c.Since.String()})
	}
	if s.Use != licence.Usable {
		v.Where = given(whereTo(p))
	}
	return v
}

// whereTo names the authority and its telephone.
func whereTo(p *authority.Profile) lang.Text {
	if p.Name == (lang.Text{}) {
		return lang.Text{}
	}
	return lang.T(p.Name.ZH+"，电话 "+p.Phone, p.Name.EN+", telephone "+p.Phone)
}

// given returns nil for an empty text, so that the answer leaves it out.
func given(t lang.Text) *lang.Text {
	if t == (lang.Text{}) {
		return nil
	}
	return &t
}

// electronicView says how the electronic licence stands, which is another
// thing than the licence.
type electronicView struct {
	State      string       `json:"state" enum:"none,valid,invalidated"`
	Say        lang.Text    `json:"say"`
	IssuedAt   string       `json:"issuedAt,omitempty"`
	Identifier string       `json:"identifier,omitempty"`
	Changes    []changeView `json:"changes,omitempty" doc:"what invalidated it"`
}

// changeView is one difference; its values are written as the licence has them.
type changeView struct {
	Kind licence.ChangeKind `json:"kind" enum:"classes,validity,authority,paper,consent,account"`
	Old  string             `json:"old"`
	New  string             `json:"new"`
	Say  lang.Text          `json:"say"`
}

// viewElectronic shows an electronic licence; nil is one never issued.
func viewElectronic(e *credential.Electronic, s licence.State) electronicView {
	state := e.State()
	names := map[licence.Electronic]string{licence.NoElectronic: "none", licence.Active: "valid", licence.Invalidated: "invalidated"}
	v := electronicView{State: names[state]}
	if e != nil {
		v.IssuedAt, v.Identifier = stamp(e.IssuedAt), e.Identifier
		for _, c := range e.Changes {
			v.Changes = append(v.Changes, changeView{c.Kind, c.Old.ZH, c.New.ZH, c.Say})
		}
		v.Say = licence.ElectronicLine(s, state, e.Changes)
		return v
	}
	v.Say = licence.ElectronicLine(s, state, nil)
	return v
}

// faceView is the licence's two pages.
type faceView struct {
	Name            string      `json:"name"`
	NameMasked      string      `json:"nameMasked"`
	Sex             lang.Text   `json:"sex"`
	Nationality     lang.Text   `json:"nationality"`
	BirthDate       string      `json:"birthDate"`
	Number          string      `json:"number"`
	NumberMasked    string      `json:"numberMasked"`
	FirstIssue      string      `json:"firstIssue"`
	Classes         []classView `json:"classes"`
	ValidFrom       string      `json:"validFrom"`
	ValidTo         *string     `json:"validTo" doc:"null: 长期"`
	Points          int         `json:"points"`
	PointsCycleEnds string      `json:"pointsCycleEnds"`
	ProbationUntil  string      `json:"probationUntil,omitempty" doc:"absent once it is over"`
	Authority       string      `json:"authority"`
	Office          string      `json:"office"`
	PortraitURL     *string     `json:"portraitUrl"`
	Address         string      `json:"address"`
	FileNumber      string      `json:"fileNumber"`
	SchoolBus       string      `json:"schoolBus,omitempty"`
	HearingAid      bool        `json:"hearingAid"`
	GeneratedAt     string      `json:"generatedAt"`
	Identifier      string      `json:"identifier,omitempty"`
}

type classView struct {
	Code  licence.Class `json:"code"`
	Name  lang.Text     `json:"name"`
	Since string        `json:"since" doc:"empty: not recorded"`
}

// viewFace shows a licence's record; portrait is the URL of its picture, ""
// if there is none.
func viewFace(l licence.Licence, now time.Time, portrait string) faceView {
	v := faceView{
		Name: string(l.Name), NameMasked: l.Name.Masked(), Sex: l.Sex.Name(), Nationality: nationality(l.Nationality),
		BirthDate: l.BirthDate.String(), Number: string(l.Document.Number), NumberMasked: l.Document.Number.Masked(),
		FirstIssue: l.FirstIssue.String(), Classes: viewClasses(l), ValidFrom: l.ValidFrom.String(), ValidTo: day(l.ValidTo),
		Points: l.Points, PointsCycleEnds: licence.PointsCycleEnds(l, now).String(), Authority: l.Authority, Office: l.Office,
		Address: l.Address, FileNumber: string(l.FileNumber), SchoolBus: l.SchoolBus, HearingAid: l.HearingAid, GeneratedAt: stamp(now),
	}
	if licence.InProbation(l, now) {
		v.ProbationUntil = licence.ProbationEnds(l).String()
	}
	if portrait != "" {
		v.PortraitURL = &portrait
	}
	return v
}

func viewClasses(l licence.Licence) []classView {
	list := []classView{}
	for _, c := range l.ClassSet() {
		since := civil.Date{}
		for _, r := range l.Classes {
			if r.Class == c {
				since = r.Since
			}
		}
		list = append(list, classView{c, c.Name(), since.String()})
	}
	return list
}

// day writes a date, or null for none.
func day(d civil.Date) *string {
	if d.IsZero() {
		return nil
	}
	s := d.String()
	return &s
}

// nationality is written as the register has it; only its commonest value has
// an English word.
func nationality(s string) lang.Text {
	if s == "中国" {
		return lang.T(s, "China")
	}
	return lang.T(s, s)
}
