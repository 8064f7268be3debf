package httpapi

import (
	"context"

	"edl/internal/notification"
)

func (s *Server) partyReceiverRoutes() {
	handle(s, op{id: "getOwnReceiver", method: get, path: "/api/party/receiver", access: PartyAdmin,
		summary: "How telling the party's own system of changes goes"}, s.getOwnReceiver)
	handle(s, op{id: "setOwnReceiver", method: put, path: "/api/party/receiver", access: PartyAdmin,
		summary: "Say where the party's own system is told, with a new secret"}, s.setOwnReceiver)
	handle(s, op{id: "dropOwnReceiver", method: del, path: "/api/party/receiver", access: PartyAdmin,
		summary: "End telling it"}, s.dropOwnReceiver)
	handle(s, op{id: "testOwnReceiver", method: post, path: "/api/party/receiver/test", access: PartyAdmin,
		summary: "Send the party's own system an event that says nothing"}, s.testOwnReceiver)
}

func (s *Server) getOwnReceiver(ctx context.Context, c *Caller, _ *none) (*output[receiverOf], error) {
	r, waiting, err := s.Follow.ReceiverOf(ctx, c.Session.PartyID)
	return answer(receiverOf{viewReceiver(r, waiting)}, err)
}

func (s *Server) setOwnReceiver(ctx context.Context, c *Caller, in *input[receiverRequest]) (*output[receiverSecret], error) {
	secret, err := s.Follow.SetReceiver(ctx, c.Actor(), c.Session.PartyID, in.Body.URL)
	return answer(receiverSecret{secret}, err)
}

func (s *Server) dropOwnReceiver(ctx context.Context, c *Caller, _ *none) (*none, error) {
	return done(s.Follow.DropReceiver(ctx, c.Actor(), c.Session.PartyID))
}

func (s *Server) testOwnReceiver(ctx context.Context, c *Caller, _ *none) (*output[receiverTest], error) {
	failure, err := s.Follow.Test(ctx, c.Actor(), c.Session.PartyID)
	return answer(receiverTest{failure == "", notification.SayFailure(failure)}, err)
}
