package httpapi

import (
	"context"

	"edl/internal/account"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/presentation"
)

// showView is what the page of the code shows.
type showView struct {
	Serial       string             `json:"serial" doc:"base64url; empty where no code is shown"`
	MaskedName   string             `json:"maskedName"`
	Classes      []shownClass       `json:"classes"`
	State        presentation.State `json:"state" enum:"usable,not_usable,hidden,gone,invalidated,none"`
	Sentence     lang.Text          `json:"sentence"`
	Next         *lang.Text         `json:"next,omitempty"`
	Where        *lang.Text         `json:"where,omitempty"`
	Since        string             `json:"since,omitempty"`
	ServerTime   string             `json:"serverTime"`
	OfflineUntil string             `json:"offlineUntil" doc:"until when a phone without a network may call it usable"`
	Authority    lang.Text          `json:"authority"`
	Demo         bool               `json:"demo"`
	Phone        string             `json:"phone" doc:"of the authority"`
}

type shownClass struct {
	Code licence.Class `json:"code"`
	Name lang.Text     `json:"name"`
}

type renewedView struct {
	Serial       string `json:"serial"`
	RenewedAt    string `json:"renewedAt"`
	OfflineUntil string `json:"offlineUntil"`
}

func (s *Server) driverShowRoutes() {
	handle(s, op{id: "getShow", method: get, path: "/api/driver/show", access: Driver,
		summary: "What the page of the code 亮码 shows"}, s.getShow)
	handle(s, op{id: "renewDevice", method: post, path: "/api/driver/devices/current/renew", access: Driver,
		summary: "Give this phone another serial, so that its codes cannot be linked"}, s.renewDevice)
}

func (s *Server) getShow(ctx context.Context, c *Caller, _ *none) (*output[showView], error) {
	profile, err := s.Authority.Profile(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.Presentation.Show(ctx, c.Session.LicenceID, c.Session.DeviceID)
	if err != nil {
		return nil, err
	}
	view := showView{
		Serial: encode(v.Serial), MaskedName: v.Name, Classes: []shownClass{}, State: v.State, Sentence: v.Sentence,
		Next: given(v.Next), Where: given(v.Where), ServerTime: stamp(s.Now()), OfflineUntil: stamp(v.OfflineUntil),
		Authority: profile.Name, Demo: s.Demo, Phone: profile.Phone,
	}
	if !v.Since.IsZero() {
		view.Since = v.Since.String()
	}
	for _, class := range v.Classes {
		view.Classes = append(view.Classes, shownClass{class, class.Name()})
	}
	return answer(view, nil)
}

func (s *Server) renewDevice(ctx context.Context, c *Caller, _ *none) (*output[renewedView], error) {
	device, err := s.Drivers.RenewDevice(ctx, c.Actor(), c.Session.DeviceID)
	if err != nil {
		return nil, err
	}
	return answer(viewRenewed(device), nil)
}

func viewRenewed(d *account.Device) renewedView {
	return renewedView{encode(d.Serial), stamp(d.SerialAt), stamp(d.SerialAt.Add(presentation.OfflineFor))}
}
