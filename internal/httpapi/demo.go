package httpapi

import (
	"context"

	"github.com/pquerna/otp/totp"

	"edl/internal/account"
	"edl/internal/courier"
	"edl/internal/demo"
)

type demoView struct {
	Now     string          `json:"now"`
	Drivers []demo.Driver   `json:"drivers"`
	Staff   []demoStaffView `json:"staff"`
	Parties []demo.Party    `json:"parties"`
}

type demoStaffView struct {
	Login    string         `json:"login"`
	Name     string         `json:"name"`
	Roles    []account.Role `json:"roles"`
	Password string         `json:"password"`
	TOTP     string         `json:"totp" doc:"the code of this moment"`
}

type outboxView struct {
	Messages []courier.File `json:"messages"`
}

// demoRoutes exist in a demonstration only; elsewhere they are not there.
func (s *Server) demoRoutes() {
	if !s.Demo {
		return
	}
	handle(s, op{id: "getDemo", method: get, path: "/api/demo", access: DemoOnly,
		summary: "Everybody who can be played in this demonstration"}, s.getDemo)
	handle(s, op{id: "getDemoOutbox", method: get, path: "/api/demo/outbox", access: DemoOnly,
		summary: "The text messages that were sent"}, s.getDemoOutbox)
}

func (s *Server) getDemo(context.Context, *Caller, *none) (*output[demoView], error) {
	view := demoView{Now: stamp(s.Now()), Drivers: s.DemoFile.Drivers, Parties: s.DemoFile.Parties, Staff: []demoStaffView{}}
	for _, m := range s.DemoFile.Staff {
		code, err := totp.GenerateCode(m.TOTPSecret, s.Now())
		if err != nil {
			return nil, err
		}
		view.Staff = append(view.Staff, demoStaffView{m.Login, m.Name, m.Roles, m.Password, code})
	}
	return answer(view, nil)
}

// outboxPage is how many messages the demo page gets at once.
const outboxPage = 50

func (s *Server) getDemoOutbox(_ context.Context, _ *Caller, in *struct {
	After int `query:"after" minimum:"0"`
}) (*output[outboxView], error) {
	list, err := s.DemoOutbox.After(in.After, outboxPage)
	if list == nil {
		list = []courier.File{}
	}
	return answer(outboxView{list}, err)
}
