package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/licence"
)

type watchView struct {
	LicenceID  string `json:"licenceId"`
	FileNumber string `json:"fileNumber"`
	Name       string `json:"name" doc:"masked"`
	Why        string `json:"why"`
	Since      string `json:"since"`
}

type watchList struct {
	Watched []watchView `json:"watched"`
}

type watchRequest struct {
	FileNumber string `json:"fileNumber" maxLength:"20"`
	Why        string `json:"why" maxLength:"400"`
}

type hoursRequest struct {
	Hours string `json:"hours" maxLength:"20" doc:"such as 08:00-20:00; empty: any time"`
}

func (s *Server) staffWatchRoutes() {
	handle(s, op{id: "listWatched", method: get, path: "/api/staff/watched", access: Staff(account.Auditor),
		summary: "Licences of which every look-up is flagged"}, s.listWatched)
	handle(s, op{id: "addWatched", method: post, path: "/api/staff/watched", access: Staff(account.Auditor), status: http.StatusNoContent,
		summary: "Flag every look-up of a licence"}, s.addWatched)
	handle(s, op{id: "dropWatched", method: del, path: "/api/staff/watched/{id}", access: Staff(account.Auditor), status: http.StatusNoContent,
		summary: "Stop flagging them"}, s.dropWatched)
	handle(s, op{id: "setOperatorHours", method: put, path: "/api/staff/operators/{id}/hours", access: partyAdmin, status: http.StatusNoContent,
		summary: "Say when an operator works; look-ups at other times are flagged"}, s.setOperatorHours)
}

func (s *Server) listWatched(ctx context.Context, _ *Caller, _ *none) (*output[watchList], error) {
	list, err := s.Watches.List(ctx)
	view := watchList{Watched: []watchView{}}
	for _, w := range list {
		view.Watched = append(view.Watched, watchView{w.LicenceID, w.File, w.Name, w.Why, stamp(w.Since)})
	}
	return answer(view, err)
}

func (s *Server) addWatched(ctx context.Context, c *Caller, in *input[watchRequest]) (*none, error) {
	file, err := licence.ParseFileNumber(in.Body.FileNumber)
	if err != nil {
		return nil, err
	}
	id, err := s.Register.IDOf(ctx, file)
	if err != nil {
		return nil, err
	}
	return done(s.Watches.Add(ctx, c.Actor(), id, in.Body.Why))
}

func (s *Server) dropWatched(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Watches.Drop(ctx, c.Actor(), in.ID))
}

func (s *Server) setOperatorHours(ctx context.Context, c *Caller, in *withID[hoursRequest]) (*none, error) {
	return done(s.Parties.SetHours(ctx, c.Actor(), in.ID, in.Body.Hours))
}
