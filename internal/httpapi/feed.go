package httpapi

import (
	"context"

	"edl/internal/lang"
	"edl/internal/register"
)

// feedBody bounds one delivery of the feed, in bytes; a sender with more sends
// several.
const feedBody = 32 << 20

type delivery struct {
	Run     string `query:"run" required:"true" maxLength:"100" doc:"the sender's name for this delivery; the same again changes nothing"`
	Source  string `query:"source" maxLength:"100" doc:"what the sender calls itself"`
	RawBody []byte `contentType:"application/octet-stream" doc:"JSON Lines or CSV with the columns of docs/import.md"`
}

type deliveredView struct {
	Run       string            `json:"run"`
	Lines     int               `json:"lines"`
	Applied   int               `json:"applied"`
	Unchanged int               `json:"unchanged"`
	Refused   []refusedLineView `json:"refused"`
	Unknown   []string          `json:"unknown" doc:"columns that were not used"`
}

type refusedLineView struct {
	Line   int       `json:"line"`
	Field  string    `json:"field" doc:"our own name of the column, or “line”"`
	Column string    `json:"column" doc:"as the delivery calls it"`
	Code   string    `json:"code"`
	Say    lang.Text `json:"say"`
}

func (s *Server) feedRoutes() {
	handle(s, op{id: "feedLicences", method: post, path: "/api/feed/licences", access: FeedToken, maxBody: feedBody,
		summary: "Take records of the register; good lines are kept, refused ones are named and mark their licences"}, s.feedLicences)
}

func (s *Server) feedLicences(ctx context.Context, c *Caller, in *delivery) (*output[deliveredView], error) {
	report, err := s.Register.Apply(ctx, c.Actor(), in.Run, in.Source, in.RawBody)
	if err != nil {
		return nil, err
	}
	return answer(viewDelivered(report), nil)
}

func viewDelivered(r *register.Report) deliveredView {
	view := deliveredView{Run: r.Run, Lines: r.Lines, Applied: r.Applied, Unchanged: r.Unchanged, Refused: []refusedLineView{}, Unknown: r.Unknown}
	if view.Unknown == nil {
		view.Unknown = []string{}
	}
	for _, x := range r.Refusals {
		view.Refused = append(view.Refused, refusedLineView{x.Line, x.Field, x.Column, x.Code, x.Say})
	}
	return view
}
