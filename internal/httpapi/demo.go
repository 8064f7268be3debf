package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"

	"edl/internal/account"
	"edl/internal/courier"
	"edl/internal/demo"
	"edl/internal/fault"
)

type demoView struct {
	Now     string          `json:"now"`
	Clock   bool            `json:"clock" doc:"the clock may be moved"`
	Drivers []demo.Driver   `json:"drivers"`
	Staff   []demoStaffView `json:"staff"`
	Parties []demoPartyView `json:"parties"`
}

type demoStaffView struct {
	Login    string         `json:"login"`
	Name     string         `json:"name"`
	Roles    []account.Role `json:"roles"`
	Password string         `json:"password"`
	TOTP     string         `json:"totp" doc:"the code of this moment"`
}

type demoPartyView struct {
	demo.Party
	AdminTOTP string `json:"adminTotp,omitempty" doc:"the administrator's code of this moment"`
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
	handle(s, op{id: "moveDemoClock", method: post, path: "/api/demo/clock", access: DemoOnly, status: http.StatusNoContent,
		summary: "Move the demonstration's clock on, until it is started again"}, s.moveDemoClock)
}

func (s *Server) getDemo(context.Context, *Caller, *none) (*output[demoView], error) {
	view := demoView{Now: stamp(s.Now()), Clock: s.MoveClock != nil, Drivers: s.DemoFile.Drivers, Staff: []demoStaffView{}, Parties: []demoPartyView{}}
	for _, m := range s.DemoFile.Staff {
		code, err := totp.GenerateCode(m.TOTPSecret, s.Now())
		if err != nil {
			return nil, err
		}
		view.Staff = append(view.Staff, demoStaffView{m.Login, m.Name, m.Roles, m.Password, code})
	}
	for _, p := range s.DemoFile.Parties {
		one := demoPartyView{Party: p}
		if p.Admin != nil {
			var err error
			if one.AdminTOTP, err = totp.GenerateCode(p.Admin.TOTPSecret, s.Now()); err != nil {
				return nil, err
			}
		}
		view.Parties = append(view.Parties, one)
	}
	return answer(view, nil)
}

type clockRequest struct {
	Add string `json:"add" maxLength:"20" doc:"a duration such as 24h; at most a year"`
}

// maxMove is how far the clock goes at a press.
const maxMove = 366 * 24 * time.Hour

var errMove = fault.New(fault.Invalid, "demo.clock", "演示的时间只能往前拨，一次最多一年，写成24h这样。", "A demonstration's clock goes forward only, by a year at most; write it like 24h.")

// moveDemoClock moves it forward alone: what was recorded stays in the past.
func (s *Server) moveDemoClock(_ context.Context, _ *Caller, in *input[clockRequest]) (*none, error) {
	by, err := time.ParseDuration(in.Body.Add)
	if err != nil || by <= 0 || by > maxMove || s.MoveClock == nil {
		return nil, fault.At("add", errMove)
	}
	s.MoveClock(by)
	return done(nil)
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
