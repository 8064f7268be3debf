package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
)

type deviceView struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	EnrolledAt string `json:"enrolledAt"`
	LastSeenAt string `json:"lastSeenAt"`
	Current    bool   `json:"current"`
}

func viewDevice(d *account.Device, current string) deviceView {
	return deviceView{d.ID, d.Name, stamp(d.EnrolledAt), stamp(d.LastSeenAt), d.ID == current}
}

type requestView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	At    string `json:"at"`
	Match string `json:"match" doc:"two digits that both phones show"`
}

type devicesView struct {
	Devices  []deviceView  `json:"devices"`
	Requests []requestView `json:"requests"`
}

type askedView struct {
	ID        string `json:"id"`
	Match     string `json:"match"`
	ExpiresAt string `json:"expiresAt"`
}

type followedView struct {
	Status  account.Answer `json:"status" enum:"waiting,approved,refused,expired"`
	Session *driverSession `json:"session,omitempty"`
}

// maybeSignedIn is an answer that opens a session in some cases.
type maybeSignedIn[T any] struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
	Body      T
}

func (s *Server) driverDeviceRoutes() {
	handle(s, op{id: "listDevices", method: get, path: "/api/driver/devices", access: Driver,
		summary: "The driver's phones, and new ones that ask to be let in"}, s.listDevices)
	handle(s, op{id: "endDevice", method: del, path: "/api/driver/devices/{id}", access: Driver, status: http.StatusNoContent,
		summary: "End a phone"}, s.endDevice)
	handle(s, op{id: "askForDevice", method: post, path: "/api/driver/device-requests", access: Phone, status: http.StatusCreated,
		summary: "Ask the driver's enrolled phones to let this one in"}, s.askForDevice)
	handle(s, op{id: "followDeviceRequest", method: get, path: "/api/driver/device-requests/{id}", access: Phone,
		summary: "What became of the request"}, s.followDeviceRequest)
	handle(s, op{id: "approveDevice", method: post, path: "/api/driver/device-requests/{id}/approve", access: Driver, status: http.StatusNoContent,
		summary: "Let the new phone in"}, s.decideDevice(true))
	handle(s, op{id: "refuseDevice", method: post, path: "/api/driver/device-requests/{id}/refuse", access: Driver, status: http.StatusNoContent,
		summary: "Keep the new phone out"}, s.decideDevice(false))
}

func (s *Server) listDevices(ctx context.Context, c *Caller, _ *none) (*output[devicesView], error) {
	devices, err := s.Drivers.List(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	requests, err := s.Drivers.Requests(ctx, c.Session.LicenceID)
	view := devicesView{Devices: []deviceView{}, Requests: []requestView{}}
	for _, d := range devices {
		view.Devices = append(view.Devices, viewDevice(d, c.Session.DeviceID))
	}
	for _, r := range requests {
		view.Requests = append(view.Requests, requestView{r.ID, r.Device.Name, stamp(r.At), r.Match})
	}
	return answer(view, err)
}

func (s *Server) endDevice(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Drivers.EndDevice(ctx, c.Actor(), c.Session.LicenceID, in.ID))
}

func (s *Server) askForDevice(ctx context.Context, c *Caller, in *input[deviceOffer]) (*output[askedView], error) {
	offer, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	r, err := s.Drivers.Ask(ctx, c.Session, offer)
	if err != nil {
		return nil, err
	}
	return answer(askedView{r.ID, r.Match, stamp(r.ExpiresAt())}, nil)
}

func (s *Server) followDeviceRequest(ctx context.Context, c *Caller, in *byID) (*maybeSignedIn[followedView], error) {
	status, session, token, err := s.Drivers.Follow(ctx, c.Session, in.ID)
	if err != nil {
		return nil, err
	}
	out := &maybeSignedIn[followedView]{Body: followedView{Status: status}}
	if session != nil {
		view, err := s.viewDriverSession(ctx, session)
		if err != nil {
			return nil, err
		}
		cookie := s.sessionCookie(account.DriverPop, token)
		out.SetCookie, out.Body.Session = &cookie, &view
	}
	return out, nil
}

func (s *Server) decideDevice(approve bool) func(context.Context, *Caller, *byID) (*none, error) {
	return func(ctx context.Context, c *Caller, in *byID) (*none, error) {
		return done(s.Drivers.Decide(ctx, c.Actor(), c.Session.LicenceID, in.ID, approve))
	}
}
