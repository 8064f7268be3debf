package httpapi

import (
	"context"
	"net/http"
	"time"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

type checkRequest struct {
	RequestID    string                  `json:"requestId" maxLength:"36" doc:"a UUID that the terminal chose; the same one again returns the same answer"`
	Scenario     relyingparty.ScenarioID `json:"scenario" maxLength:"30"`
	Way          relyingparty.Way        `json:"way" enum:"code,number"`
	Code         string                  `json:"code,omitempty" maxLength:"60000" doc:"the text as scanned, spaces included"`
	Number       string                  `json:"number,omitempty" maxLength:"40" doc:"by number: whose licence; by code: what the asker holds, whole or its last 6 or more"`
	Name         string                  `json:"name,omitempty" maxLength:"200"`
	Reason       string                  `json:"reason,omitempty" maxLength:"400"`
	CaseNumber   string                  `json:"caseNumber,omitempty" maxLength:"200"`
	PolicyNumber string                  `json:"policyNumber,omitempty" maxLength:"200" doc:"the insurance policy that the driver consented for"`
	Purpose      string                  `json:"purpose,omitempty" maxLength:"64" doc:"by number, for the police: of listDelayPurposes, with a case; the driver sees the look-up later"`
	VehicleClass licence.Class           `json:"vehicleClass,omitempty" maxLength:"4"`
	RentalEnd    string                  `json:"rentalEnd,omitempty" maxLength:"10" doc:"YYYY-MM-DD"`
	AccidentAt   string                  `json:"accidentAt,omitempty" maxLength:"40" doc:"RFC 3339; the moment that the answer is about"`
	Fields       []relyingparty.Field    `json:"fields,omitempty" maxItems:"40" doc:"what is wanted; absent: all that the scenario gives. One that it does not give is refused"`
}

var errMoment = fault.New(fault.Invalid, "moment", "时间要写成2026-10-09T10:32:08+08:00这样。", "Write the time like 2026-10-09T10:32:08+08:00.")

func (r checkRequest) parse() (verification.Question, error) {
	q := verification.Question{
		RequestID: r.RequestID, Code: r.Code, Scenario: r.Scenario, Way: r.Way, Number: r.Number, Name: r.Name,
		Reason: r.Reason, CaseNumber: r.CaseNumber, PolicyNumber: r.PolicyNumber, Purpose: r.Purpose, VehicleClass: r.VehicleClass, Fields: r.Fields,
	}
	var err error
	if r.RentalEnd != "" {
		if q.RentalEnd, err = civil.Parse(r.RentalEnd); err != nil {
			return q, fault.At("rentalEnd", errDate)
		}
	}
	if r.AccidentAt != "" {
		if q.AccidentAt, err = time.Parse(time.RFC3339, r.AccidentAt); err != nil {
			return q, fault.At("accidentAt", errMoment)
		}
	}
	return q, nil
}

// checkAnswer is what an operator sees of a check.
type checkAnswer struct {
	ID           string                  `json:"id"`
	Number       string                  `json:"number"`
	At           string                  `json:"at"`
	Scenario     relyingparty.ScenarioID `json:"scenario"`
	ScenarioName lang.Text               `json:"scenarioName"`
	Way          relyingparty.Way        `json:"way" enum:"code,number,consent,bulk"`
	Verdict      verification.Outcome    `json:"verdict" enum:"usable,not_usable,no_verdict"`
	Word         lang.Text               `json:"word"`
	Line         lang.Text               `json:"line"`
	Person       *checkPerson            `json:"person,omitempty"`
	Classes      []checkClass            `json:"classes,omitempty"`
	Answers      []checkYesNo            `json:"answers,omitempty"`
	Causes       []checkCause            `json:"causes,omitempty" doc:"why; for police and windows alone"`
	Facts        []checkFact             `json:"facts"`
	Paper        checkPaper              `json:"paper"`
	Next         *lang.Text              `json:"next,omitempty"`
	Electronic   *checkElectronic        `json:"electronic,omitempty"`
	Pending      bool                    `json:"pending" doc:"信息待核实; for police and windows alone"`
	Steps        []checkStep             `json:"steps"`
	PersonMatch  *bool                   `json:"personMatch,omitempty"`
	VisibleAt    string                  `json:"visibleAt,omitempty" doc:"when the driver sees this look-up; absent: at once"`
}

type checkPerson struct {
	Name      string     `json:"name,omitempty"`
	Sex       *lang.Text `json:"sex,omitempty"`
	BirthDate string     `json:"birthDate,omitempty"`
	Number    string     `json:"number,omitempty"`
	PhotoURL  string     `json:"photoUrl,omitempty"`
}

type checkClass struct {
	Code  licence.Class `json:"code"`
	Name  lang.Text     `json:"name"`
	Since string        `json:"since,omitempty"`
}

type checkYesNo struct {
	Key      relyingparty.Field `json:"key"`
	Question lang.Text          `json:"question"`
	Yes      bool               `json:"yes"`
}

type checkCause struct {
	Letter    licence.Letter `json:"letter"`
	Name      lang.Text      `json:"name"`
	Since     string         `json:"since,omitempty"`
	LearnedAt string         `json:"learnedAt,omitempty"`
	Why       lang.Text      `json:"why"`
}

type checkFact struct {
	Key   relyingparty.Field `json:"key"`
	Label lang.Text          `json:"label"`
	Value lang.Text          `json:"value"`
	Sub   *lang.Text         `json:"sub,omitempty"`
}

type checkPaper struct {
	Needed bool      `json:"needed"`
	Say    lang.Text `json:"say"`
}

type checkElectronic struct {
	State licence.Electronic `json:"state" enum:"none,active,invalidated"`
	Say   lang.Text          `json:"say"`
}

type checkStep struct {
	Name   lang.Text  `json:"name"`
	OK     bool       `json:"ok"`
	Detail *lang.Text `json:"detail,omitempty"`
}

func viewCheck(c *verification.Check) checkAnswer {
	a := c.Record.Answer
	v := checkAnswer{
		ID: c.Number, Number: c.Number, At: stamp(c.At), Scenario: c.Scenario, ScenarioName: c.Record.ScenarioName, Way: c.Way,
		Verdict: c.Outcome, Word: a.Word, Line: a.Line, Facts: make([]checkFact, 0, len(a.Facts)), Paper: checkPaper{a.Paper.Collect, a.Paper.Say},
		Next: given(a.Next), Pending: a.Pending, Steps: make([]checkStep, 0, len(a.Steps)), PersonMatch: personMatch(c), VisibleAt: stamp(c.VisibleAt),
	}
	if p := a.Person; p != nil {
		v.Person = &checkPerson{Name: p.Name, Sex: given(p.Sex), BirthDate: p.BirthDate, Number: p.Number}
		if p.PhotoID != "" {
			v.Person.PhotoURL = "/api/terminal/checks/" + c.Number + "/photo"
		}
	}
	for _, one := range a.Classes {
		v.Classes = append(v.Classes, checkClass(one))
	}
	for _, one := range a.Answers {
		v.Answers = append(v.Answers, checkYesNo(one))
	}
	for _, one := range a.Causes {
		v.Causes = append(v.Causes, checkCause{one.Letter, one.Name, stamp(one.Since), stamp(one.LearnedAt), one.Why})
	}
	for _, one := range a.Facts {
		v.Facts = append(v.Facts, checkFact{one.Key, one.Label, one.Value, given(one.Sub)})
	}
	if e := a.Electronic; e != nil {
		v.Electronic = &checkElectronic{e.State, e.Say}
	}
	for _, one := range a.Steps {
		v.Steps = append(v.Steps, checkStep{one.Name, one.OK, given(one.Detail)})
	}
	return v
}

// personMatch is what the operator said, nil while nothing was said.
func personMatch(c *verification.Check) *bool {
	if c.Match == verification.NotCompared {
		return nil
	}
	same := c.Match == verification.Same
	return &same
}

type matchRequest struct {
	Match bool `json:"match"`
}

type shiftView struct {
	Checks  []shiftRow   `json:"checks"`
	Foreign []foreignRow `json:"foreign" doc:"checks of other authorities' codes, which the issuing authority keeps"`
	Tally   shiftTally   `json:"tally" doc:"of both"`
}

// foreignRow has no name and no number of the driver: they are the issuer's.
type foreignRow struct {
	ID          string    `json:"id"`
	At          string    `json:"at"`
	Authority   lang.Text `json:"authority"`
	Verdict     string    `json:"verdict" enum:"usable,not_usable,no_verdict,unreachable,refused"`
	Word        lang.Text `json:"word"`
	Number      string    `json:"number,omitempty" doc:"of the check, at the issuing authority"`
	Receipt     string    `json:"receiptUrl,omitempty" doc:"where the issuing authority confirms its receipt"`
	PersonMatch *bool     `json:"personMatch,omitempty"`
}

type shiftRow struct {
	ID           string               `json:"id"`
	Number       string               `json:"number"`
	At           string               `json:"at"`
	Verdict      verification.Outcome `json:"verdict" enum:"usable,not_usable,no_verdict"`
	Word         lang.Text            `json:"word"`
	Name         string               `json:"name,omitempty"`
	ScenarioName lang.Text            `json:"scenarioName"`
	PersonMatch  *bool                `json:"personMatch,omitempty"`
}

type shiftTally struct {
	Usable    int `json:"usable"`
	NotUsable int `json:"notUsable"`
}

func (s *Server) terminalCheckRoutes() {
	handle(s, op{id: "check", method: post, path: "/api/terminal/checks", access: Terminal, maxBody: 128 << 10,
		summary: "Check a licence by its live code, or by number and name"}, s.check)
	handle(s, op{id: "listShift", method: get, path: "/api/terminal/checks", access: Terminal,
		summary: "The operator's own checks of this shift"}, s.listShift)
	handle(s, op{id: "getCheck", method: get, path: "/api/terminal/checks/{id}", access: Terminal,
		summary: "A check of the operator's own, as it was answered"}, s.getCheck)
	handle(s, op{id: "matchPerson", method: post, path: "/api/terminal/checks/{id}/person", access: Terminal, status: http.StatusNoContent,
		summary: "人证一致: whether the person is the one of the photo"}, s.matchPerson)
	handle(s, op{id: "getCheckPhoto", method: get, path: "/api/terminal/checks/{id}/photo", access: Terminal,
		summary: "The photo that the check gave"}, s.getCheckPhoto)
	handle(s, op{id: "getReceipt", method: get, path: "/api/terminal/checks/{id}/receipt", access: Terminal,
		summary: "核验回执: no more than was shown"}, s.getReceipt)
}

func asker(c *Caller) verification.Asker {
	return verification.Asker{TerminalID: c.Session.TerminalID, OperatorID: c.Session.OperatorID}
}

func (s *Server) check(ctx context.Context, c *Caller, in *input[checkRequest]) (*output[checkAnswer], error) {
	q, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	check, err := s.Checks.Check(ctx, asker(c), q)
	if err != nil {
		return nil, err
	}
	return answer(viewCheck(check), nil)
}

func (s *Server) getCheck(ctx context.Context, c *Caller, in *byID) (*output[checkAnswer], error) {
	check, err := s.Checks.One(ctx, asker(c), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(viewCheck(check), nil)
}

func (s *Server) listShift(ctx context.Context, c *Caller, in *struct {
	Since time.Time `query:"since" doc:"RFC 3339; a day back at most"`
}) (*output[shiftView], error) {
	list, err := s.Checks.Shift(ctx, asker(c), in.Since)
	if err != nil {
		return nil, err
	}
	foreign, err := s.foreignShift(ctx, c, in.Since)
	if err != nil {
		return nil, err
	}
	view := shiftView{Checks: []shiftRow{}, Foreign: foreign}
	for _, check := range list {
		view.Checks = append(view.Checks, viewShiftRow(check))
		view.Tally.count(check.Outcome)
	}
	for _, row := range foreign {
		view.Tally.count(verification.Outcome(row.Verdict))
	}
	return answer(view, nil)
}

func (t *shiftTally) count(o verification.Outcome) {
	switch o {
	case verification.Usable:
		t.Usable++
	case verification.NotUsable:
		t.NotUsable++
	}
}

func viewShiftRow(c *verification.Check) shiftRow {
	row := shiftRow{
		ID: c.Number, Number: c.Number, At: stamp(c.At), Verdict: c.Outcome, Word: c.Record.Answer.Word,
		ScenarioName: c.Record.ScenarioName, PersonMatch: personMatch(c),
	}
	if p := c.Record.Answer.Person; p != nil {
		row.Name = p.Name
	}
	return row
}

func (s *Server) matchPerson(ctx context.Context, c *Caller, in *withID[matchRequest]) (*none, error) {
	return done(s.Checks.Match(ctx, asker(c), in.ID, in.Body.Match))
}

func (s *Server) getCheckPhoto(ctx context.Context, c *Caller, in *byID) (*picture, error) {
	return showJPEG(s.Checks.Portrait(ctx, asker(c), in.ID))
}

func (s *Server) getReceipt(ctx context.Context, c *Caller, in *byID) (*output[receiptView], error) {
	check, err := s.Checks.One(ctx, asker(c), in.ID)
	if err != nil {
		return nil, err
	}
	if check.Hidden(s.Now()) {
		return nil, verification.ErrNoReceipt
	}
	return answer(s.viewReceipt(ctx, check))
}
