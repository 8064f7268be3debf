package httpapi

import (
	"context"

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
}

type driverChecks struct {
	Checks []driverCheck `json:"checks"`
	Next   string        `json:"next,omitempty" doc:"pass as before to see older ones"`
}

func viewDriverCheck(c *verification.Check) driverCheck {
	return driverCheck{
		ID: c.Number, Number: c.Number, At: stamp(c.At), Party: c.Record.Party, Scenario: c.Record.ScenarioName,
		OperatorNumber: c.Record.OperatorNumber, Place: c.Record.Place, Way: c.WayWords(), Outcome: c.Outcome,
		Word: c.Record.Answer.Word, Fields: c.GivenLabels(), PersonMatch: personMatch(c),
	}
}

func (s *Server) driverCheckRoutes() {
	handle(s, op{id: "listChecks", method: get, path: "/api/driver/checks", access: Driver,
		summary: "查验记录: who checked the licence, newest first"}, s.listChecks)
	handle(s, op{id: "getDriverCheck", method: get, path: "/api/driver/checks/{id}", access: Driver,
		summary: "One check of the driver's licence"}, s.getDriverCheck)
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

func (s *Server) getDriverCheck(ctx context.Context, c *Caller, in *byID) (*output[driverCheck], error) {
	one, err := s.Checks.OneOfDriver(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(viewDriverCheck(one), nil)
}
