package httpapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"edl/internal/application"
	"edl/internal/lang"
	"edl/internal/stats"
)

type statsView struct {
	Period        stats.Period     `json:"period" enum:"day,week,month"`
	Counts        statsCounts      `json:"counts"`
	Promise       promiseView      `json:"promise"`
	Appeals       appealsView      `json:"appeals"`
	Series        []statsPoint     `json:"series"`
	Reasons       []countedReason  `json:"reasons"`
	Scenarios     []countedPurpose `json:"scenarios"`
	ReviewSeconds reviewSeconds    `json:"reviewSeconds"`
}

type statsCounts struct {
	Submitted int `json:"submitted"`
	Issued    int `json:"issued"`
	Refused   int `json:"refused"`
	Withdrawn int `json:"withdrawn"`
	Overdue   int `json:"overdue"`
	Waiting   int `json:"waiting"`
	Checks    int `json:"checks"`
	Feedback  int `json:"feedback" doc:"open reports"`
	Imports   int `json:"imports"`
	Pending   int `json:"pending" doc:"licences marked 信息待核实"`
}

type promiseView struct {
	Within int `json:"within"`
	Late   int `json:"late"`
}

type appealsView struct {
	Opened  int `json:"opened"`
	Upheld  int `json:"upheld" doc:"decided, and the refusal stands"`
	Changed int `json:"changed" doc:"decided, and approved after all"`
}

type statsPoint struct {
	Label     string `json:"label"`
	At        string `json:"at"`
	Submitted int    `json:"submitted"`
	Issued    int    `json:"issued"`
	Refused   int    `json:"refused"`
	Checks    int    `json:"checks"`
}

type countedReason struct {
	Code  string    `json:"code"`
	Label lang.Text `json:"label"`
	Count int       `json:"count"`
}

type countedPurpose struct {
	ID    string    `json:"id"`
	Name  lang.Text `json:"name"`
	Count int       `json:"count"`
}

type reviewSeconds struct {
	Median int `json:"median"`
	P90    int `json:"p90"`
}

func (s *Server) staffStatsRoutes() {
	handle(s, op{id: "getStats", method: get, path: "/api/staff/stats", access: AnyStaff,
		summary: "What happened, for the charts"}, s.getStats)
}

func (s *Server) getStats(ctx context.Context, _ *Caller, in *struct {
	Period stats.Period `query:"period" enum:"day,week,month" default:"day"`
}) (*output[statsView], error) {
	r, err := s.Stats.Report(ctx, in.Period)
	if err != nil {
		return nil, err
	}
	scenarios, err := s.Parties.Scenarios(ctx)
	if err != nil {
		return nil, err
	}
	view := statsView{
		Period: r.Period, Promise: promiseView(r.Promise), Appeals: appealsView(r.Appeals), Series: []statsPoint{}, Reasons: []countedReason{}, Scenarios: []countedPurpose{},
		Counts: statsCounts{
			r.Total.Submitted, r.Total.Issued, r.Total.Refused, r.Total.Withdrawn, r.Now.Overdue, r.Now.Waiting,
			r.Total.Checks, r.Now.OpenFeedback, r.Total.Imports, r.Now.Pending,
		},
		ReviewSeconds: reviewSeconds{wholeSeconds(r.ReviewMedian), wholeSeconds(r.ReviewP90)},
	}
	for _, p := range r.Series {
		view.Series = append(view.Series, statsPoint{p.Label, stamp(p.From), p.Submitted, p.Issued, p.Refused, p.Checks})
	}
	for code, n := range r.Reasons {
		view.Reasons = append(view.Reasons, countedReason{code, application.Reason(code).Short(), n})
	}
	slices.SortFunc(view.Reasons, func(a, b countedReason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	for _, one := range scenarios {
		if n := r.Scenarios[string(one.ID)]; n > 0 {
			view.Scenarios = append(view.Scenarios, countedPurpose{string(one.ID), one.Name, n})
		}
	}
	return answer(view, nil)
}

// wholeSeconds rounds up: 0 says that nothing was reviewed.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
