package httpapi

import (
	"context"

	"edl/internal/lang"
	"edl/internal/notification"
)

type receiverRequest struct {
	URL string `json:"url" maxLength:"1000" doc:"https://…, on the public network"`
}

type receiverSecret struct {
	Secret string `json:"secret" doc:"shown once: the key of the HMAC-SHA256 in webhook-signature"`
}

type receiverOf struct {
	Receiver *receiverView `json:"receiver,omitempty" doc:"absent: none is set"`
}

type receiverTest struct {
	Taken   bool      `json:"taken"`
	Failure lang.Text `json:"failure,omitzero"`
}

func (s *Server) staffReceiverRoutes() {
	handle(s, op{id: "getReceiver", method: get, path: "/api/staff/parties/{id}/receiver", access: partyAdmin,
		summary: "How telling a relying party's own system of changes goes"}, s.getReceiver)
	handle(s, op{id: "setReceiver", method: put, path: "/api/staff/parties/{id}/receiver", access: partyAdmin,
		summary: "Say where a relying party's own system is told, with a new secret"}, s.setReceiver)
	handle(s, op{id: "dropReceiver", method: del, path: "/api/staff/parties/{id}/receiver", access: partyAdmin,
		summary: "End telling it"}, s.dropReceiver)
	handle(s, op{id: "testReceiver", method: post, path: "/api/staff/parties/{id}/receiver/test", access: partyAdmin,
		summary: "Send an event that says nothing"}, s.testReceiver)
}

func (s *Server) getReceiver(ctx context.Context, _ *Caller, in *byID) (*output[receiverOf], error) {
	r, waiting, err := s.Follow.ReceiverOf(ctx, in.ID)
	return answer(receiverOf{viewReceiver(r, waiting)}, err)
}

func (s *Server) setReceiver(ctx context.Context, c *Caller, in *withID[receiverRequest]) (*output[receiverSecret], error) {
	secret, err := s.Follow.SetReceiver(ctx, c.Actor(), in.ID, in.Body.URL)
	return answer(receiverSecret{secret}, err)
}

func (s *Server) dropReceiver(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Follow.DropReceiver(ctx, c.Actor(), in.ID))
}

func (s *Server) testReceiver(ctx context.Context, c *Caller, in *byID) (*output[receiverTest], error) {
	failure, err := s.Follow.Test(ctx, c.Actor(), in.ID)
	return answer(receiverTest{failure == "", notification.SayFailure(failure)}, err)
}
