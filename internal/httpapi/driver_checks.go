package httpapi

import (
	"context"
	"net/http"

	"edl/internal/feedback"
	"edl/internal/lang"
	"edl/internal/verification"
)

// driverCheck is a check as the driver sees it: who, when, where, for what,
// and what was given away.
type driverCheck struct {
	ID             string               `json:"id"`
	Number         string               `json:"number"`
	At             string               `json:"at"`
	Party          string               `json:"party"`
	Scenario       lang.Text            `json:"scenario"`
	OperatorNumber string               `json:"operatorNumber"`
	Place          string               `json:"place"`
	Way            lang.Text            `json:"way"`
	Outcome        verification.Outcome `json:"outcome" enum:"usable,not_usable,no_verdict"`
	Word           lang.Text            `json:"word"`
	Fields         []lang.Text          `json:"fields" doc:"what was given"`
	PersonMatch    *bool                `json:"personMatch,omitempty"`
	Data           bool                 `json:"data,omitempty" doc:"a data code was read, and nobody showed the licence"`
	Delay          *driverDelay         `json:"delay,omitempty"`
}

// driverDelay says why a check was not shown before.
type driverDelay struct {
	Days  int       `json:"days"`
	Basis string    `json:"basis"`
	Say   lang.Text `json:"say"`
}

type driverChecks struct {
	Checks []driverCheck `json:"checks"`
	Next   string        `json:"next,omitempty" doc:"pass as before to see older ones"`
}

func viewDriverCheck(c *verification.Check) driverCheck {
	v := driverCheck{
		ID: c.Number, Number: c.Number, At: stamp(c.At), Party: c.Record.Party, Scenario: c.Record.ScenarioName,
		OperatorNumber: c.Record.OperatorNumber, Place: c.Record.Place, Way: c.WayWords(), Outcome: c.Outcome,
		Word: c.Record.Answer.Word, Fields: c.GivenLabels(), PersonMatch: personMatch(c), Data: c.Record.Data,
	}
	if d := c.Record.Delay; d != nil {
		v.Delay = &driverDelay{d.Days, d.Basis, d.Say()}
	}
	return v
}

func (s *Server) driverCheckRoutes() {
	handle(s, op{id: "listChecks", method: get, path: "/api/driver/checks", access: Driver,
		summary: "查验记录: who checked the licence, newest first"}, s.listChecks)
	handle(s, op{id: "getDriverCheck", method: get, path: "/api/driver/checks/{id}", access: Driver,
		summary: "One check of the driver's licence"}, s.getDriverCheck)
	handle(s, op{id: "complainOfCheck", method: post, path: "/api/driver/checks/{id}/complaint", access: Driver, status: http.StatusCreated,
		summary: "Complain of a check: opens a case; the same check again, the same case"}, s.complainOfCheck)
}

func (s *Server) listChecks(ctx context.Context, c *Caller, in *older) (*output[driverChecks], error) {
	list, err := s.Checks.OfDriver(ctx, c.Session.LicenceID, in.Before, pageSize)
	if err != nil {
		return nil, err
	}
	view := driverChecks{Checks: []driverCheck{}}
	for _, one := range list {
		view.Checks = append(view.Checks, viewDriverCheck(one))
	}
	if len(list) == pageSize {
		view.Next = list[len(list)-1].Number
	}
	return answer(view, nil)
}

// complainOfCheck opens a case in the words of the check itself: who complains
// need not find any. It goes the way of feedback, and a person answers.
func (s *Server) complainOfCheck(ctx context.Context, c *Caller, in *byID) (*output[reportTaken], error) {
	one, err := s.Checks.OneOfDriver(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	r := one.Record
	return s.report(ctx, c, c.Session.ID, feedback.Report{
		LicenceID: c.Session.LicenceID, Page: "check", Key: "complaint:" + one.Number,
		Text: "投诉查验 " + one.Number + "：" + stamp(one.At) + " " + r.Party + "（" + r.ScenarioName.ZH + "，经办人编号 " + r.OperatorNumber + "，" + r.Place + "）。驾驶人认为这次查验不对，请核实。",
	})
}

func (s *Server) getDriverCheck(ctx context.Context, c *Caller, in *byID) (*output[driverCheck], error) {
	one, err := s.Checks.OneOfDriver(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(viewDriverCheck(one), nil)
}
