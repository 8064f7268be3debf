package httpapi

import (
	"context"
	"net/http"
)

// pushRequest is a browser's PushSubscription, as it writes itself.
type pushRequest struct {
	Endpoint string   `json:"endpoint" maxLength:"1000"`
	Keys     PushKeys `json:"keys"`
}

// PushKeys are the keys by which a browser reads notices.
type PushKeys struct {
	P256DH string `json:"p256dh" maxLength:"100"`
	Auth   string `json:"auth" maxLength:"40"`
}

func (s *Server) driverPushRoutes() {
	handle(s, op{id: "subscribePush", method: post, path: "/api/driver/push", access: Driver, status: http.StatusNoContent,
		summary: "Let this phone be told of messages by its browser"}, s.subscribePush)
	handle(s, op{id: "unsubscribePush", method: del, path: "/api/driver/push", access: Driver, status: http.StatusNoContent,
		summary: "End that"}, s.unsubscribePush)
}

func (s *Server) subscribePush(ctx context.Context, c *Caller, in *input[pushRequest]) (*none, error) {
	return done(s.Drivers.Subscribe(ctx, c.Session, in.Body.Endpoint, in.Body.Keys.P256DH, in.Body.Keys.Auth))
}

func (s *Server) unsubscribePush(ctx context.Context, c *Caller, _ *none) (*none, error) {
	return done(s.Drivers.Unsubscribe(ctx, c.Session))
}
