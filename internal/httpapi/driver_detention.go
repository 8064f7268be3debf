package httpapi

import (
	"context"
)

type driverDetentions struct {
	Detentions []detentionView `json:"detentions"`
}

func (s *Server) driverDetentionRoutes() {
	handle(s, op{id: "listOwnDetentions", method: get, path: "/api/driver/detentions", access: Driver,
		summary: "扣留 of the driver's licence, newest first"}, s.listOwnDetentions)
	handle(s, op{id: "getOwnDetention", method: get, path: "/api/driver/detentions/{id}", access: Driver,
		summary: "凭证回执: one detention of the driver's licence"}, s.getOwnDetention)
}

func (s *Server) listOwnDetentions(ctx context.Context, c *Caller, _ *none) (*output[driverDetentions], error) {
	list, err := s.Detentions.Of(ctx, c.Session.LicenceID)
	view := driverDetentions{Detentions: []detentionView{}}
	for _, d := range list {
		view.Detentions = append(view.Detentions, s.viewDetention(d))
	}
	return answer(view, err)
}

func (s *Server) getOwnDetention(ctx context.Context, c *Caller, in *byID) (*output[detentionView], error) {
	d, err := s.Detentions.OneOf(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(s.viewDetention(d), nil)
}
