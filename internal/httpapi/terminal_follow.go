package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/follow"
	"edl/internal/lang"
	"edl/internal/notification"
)

type followSearch struct {
	Filter follow.Filter `json:"filter,omitempty" enum:"all,stopped,new"`
	Text   string        `json:"text,omitempty" maxLength:"200" doc:"in names, the body's own references and reasons"`
}

// followedRow is a followed driver as the party's people see it.
type followedRow struct {
	ID             string       `json:"id"`
	Holder         string       `json:"holder" doc:"masked name"`
	Name           string       `json:"name,omitempty" doc:"as the asker entered it"`
	Reference      string       `json:"reference,omitempty"`
	Scenario       lang.Text    `json:"scenario"`
	Why            string       `json:"why,omitempty"`
	Since          string       `json:"since" doc:"of the consent"`
	State          follow.State `json:"state" enum:",usable,not_for_this,not_usable" doc:"empty: being looked at"`
	Word           lang.Text    `json:"word"`
	Before         lang.Text    `json:"before,omitzero" doc:"what it was before"`
	ToldAt         string       `json:"toldAt,omitempty"`
	Check          string       `json:"check,omitempty"`
	New            bool         `json:"new" doc:"not acknowledged"`
	AcknowledgedAt string       `json:"acknowledgedAt,omitempty"`
	AcknowledgedBy string       `json:"acknowledgedBy,omitempty" doc:"operator's number"`
	SentAt         string       `json:"sentAt,omitempty" doc:"when the body's own system took it"`
	Waits          bool         `json:"waits" doc:"for the body's own system"`
}

func viewFollowed(d *follow.Driver) followedRow {
	row := followedRow{
		ID: d.ID, Holder: d.Known.Holder, Name: d.Known.Name, Reference: d.Known.Reference, Scenario: d.Known.Scenario, Why: d.Known.Why,
		Since: stamp(d.Since), State: d.State(), Word: d.State().Words(), New: d.News(),
	}
	if n := d.Notice; n != nil {
		row.ToldAt, row.Check, row.AcknowledgedAt, row.AcknowledgedBy = stamp(n.At), n.Check, stamp(n.AcknowledgedAt), n.AcknowledgedBy
		row.SentAt, row.Waits = stamp(n.SentAt), n.Waits
		if n.Before != follow.Unseen {
			row.Before = n.Before.Words()
		}
	}
	return row
}

type followedList struct {
	Followed []followedRow `json:"followed" doc:"those first of whom there is something to do; 200 at most"`
	Matches  int           `json:"matches"`
	Total    int           `json:"total"`
	Stopped  int           `json:"stopped"`
	New      int           `json:"new"`
	Receiver *receiverView `json:"receiver,omitempty" doc:"absent: the body's own system is not told"`
}

// receiverView is how telling a party's own system goes.
type receiverView struct {
	Host         string                `json:"host"`
	Status       follow.ReceiverStatus `json:"status" enum:"active,stopped"`
	SetAt        string                `json:"setAt"`
	DeliveredAt  string                `json:"deliveredAt,omitempty"`
	FailingSince string                `json:"failingSince,omitempty"`
	Failure      lang.Text             `json:"failure,omitzero"`
	Waiting      int                   `json:"waiting"`
}

func viewReceiver(r *follow.Receiver, waiting int) *receiverView {
	if r == nil {
		return nil
	}
	return &receiverView{
		Host: follow.Host(r.To.URL), Status: r.Status, SetAt: stamp(r.SetAt), DeliveredAt: stamp(r.DeliveredAt), FailingSince: stamp(r.FailingSince),
		Failure: notification.SayFailure(r.Failure), Waiting: waiting,
	}
}

func (s *Server) terminalFollowRoutes() {
	handle(s, op{id: "searchFollowed", method: post, path: "/api/terminal/followed/search", access: Terminal, status: http.StatusOK,
		summary: "持续关注: whom the body follows, and who can no longer, or again, drive for it"}, s.searchFollowed)
	handle(s, op{id: "acknowledgeFollowed", method: post, path: "/api/terminal/followed/{id}/acknowledge", access: Terminal, status: http.StatusNoContent,
		summary: "Say that the body knows what it was told of a driver"}, s.acknowledgeFollowed)
	handle(s, op{id: "getFollowedFile", method: get, path: "/api/terminal/followed/file", access: Terminal,
		summary: "A day's changes and how everybody stands now, as CSV; no cell is a formula"}, s.getFollowedFile)
}

func (s *Server) searchFollowed(ctx context.Context, c *Caller, in *input[followSearch]) (*output[followedList], error) {
	list, err := s.Follow.List(ctx, asker(c), in.Body.Filter, in.Body.Text)
	if err != nil {
		return nil, err
	}
	r, waiting, err := s.Follow.ReceiverOf(ctx, c.Session.PartyID)
	view := followedList{Followed: []followedRow{}, Matches: list.Matches, Total: list.Total, Stopped: list.Stopped, New: list.New, Receiver: viewReceiver(r, waiting)}
	for _, d := range list.Drivers {
		view.Followed = append(view.Followed, viewFollowed(d))
	}
	return answer(view, err)
}

func (s *Server) acknowledgeFollowed(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Follow.Acknowledge(ctx, asker(c), in.ID))
}

type ofDay struct {
	Day string `query:"day" maxLength:"10" doc:"YYYY-MM-DD; today where it is absent"`
}

func (s *Server) getFollowedFile(ctx context.Context, c *Caller, in *ofDay) (*huma.StreamResponse, error) {
	day := civil.Of(s.Now())
	if in.Day != "" {
		var err error
		if day, err = civil.Parse(in.Day); err != nil {
			return nil, fault.At("day", errDate)
		}
	}
	file, err := s.Follow.File(ctx, asker(c), day)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "text/csv; charset=utf-8")
		h.SetHeader("Content-Disposition", `attachment; filename="edl-followed-`+day.String()+`.csv"`)
		if _, err := h.BodyWriter().Write(file); err != nil {
			slog.WarnContext(ctx, "sending a file of followed drivers", "error", err)
		}
	}}, nil
}
