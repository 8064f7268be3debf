package httpapi

import (
	"context"

	"edl/internal/authority"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
)

// MyLicence is 我的驾驶证: the sentence first, then the licence and the
// electronic licence apart, then its pages where they may be shown.
type MyLicence struct {
	ServerTime string         `json:"serverTime"`
	Opening    lang.Text      `json:"opening"`
	Licence    stateView      `json:"licence"`
	Electronic electronicView `json:"electronic"`
	Face       *faceView      `json:"face,omitempty" doc:"absent where the electronic licence is hidden, gone or no longer valid"`
}

func (s *Server) driverLicenceRoutes() {
	handle(s, op{id: "getLicence", method: get, path: "/api/driver/licence", access: Driver,
		summary: "我的驾驶证"}, s.getLicence)
	handle(s, op{id: "getPortrait", method: get, path: "/api/driver/portrait", access: Driver,
		summary: "The portrait on the electronic licence"}, s.getPortrait)
}

func (s *Server) getLicence(ctx context.Context, c *Caller, _ *none) (*output[MyLicence], error) {
	v, err := s.Issuance.View(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	return answer(viewMyLicence(v, &profile), err)
}

func viewMyLicence(v *issuance.View, p *authority.Profile) MyLicence {
	return MyLicence{
		ServerTime: stamp(v.Now), Opening: v.Opening(), Licence: viewOwnState(v, p),
		Electronic: viewElectronic(v.Electronic, v.State), Face: viewOwnFace(v, p),
	}
}

// viewOwnState is what the driver is told of the status. While the register is
// to be verified a check would not call the licence usable, so its driver is
// not told so either.
func viewOwnState(v *issuance.View, p *authority.Profile) stateView {
	state := viewState(v.Entry, v.Now, p)
	if v.Entry.Pending && state.Use == licence.Usable {
		state.Use, state.Why = licence.NotUsable, given(register.PendingNotice)
		state.Next = given(lang.T("核实前请不要依赖电子驾驶证；着急的，请联系发证机关。", "Do not rely on the electronic licence until then; if it is urgent, contact the issuing authority."))
	}
	if state.Use == licence.Hidden && v.Electronic != nil {
		state.Why = given(hiddenWhy(state.Why))
	}
	if state.Use != licence.Usable {
		state.Where = given(whereToGo(p, v.Entry.Licence.Office))
	}
	return state
}

// hiddenWhy puts the national service's words behind the letter's own reason.
func hiddenWhy(why *lang.Text) lang.Text {
	if why == nil {
		return licence.HiddenNotice
	}
	return lang.T(why.ZH+licence.HiddenNotice.ZH+"。", why.EN+" "+licence.HiddenNotice.EN)
}

// whereToGo names the office that keeps the licence's file, or the authority.
func whereToGo(p *authority.Profile, office string) lang.Text {
	o := p.Office(office)
	if o.Name == (lang.Text{}) {
		return lang.Text{}
	}
	say := lang.T(o.Name.ZH, o.Name.EN)
	if o.Address != (lang.Text{}) {
		say = lang.T(say.ZH+"，"+o.Address.ZH, say.EN+", "+o.Address.EN)
	}
	if o.Phone != "" {
		say = lang.T(say.ZH+"，电话 "+o.Phone, say.EN+", telephone "+o.Phone)
	}
	return say
}

// viewOwnFace is nil where the electronic licence is not shown.
func viewOwnFace(v *issuance.View, p *authority.Profile) *faceView {
	if !v.Shown() {
		return nil
	}
	l := v.Entry.Licence
	face := viewFace(l, v.Now, "/api/driver/portrait?v="+v.Electronic.ID) // another portrait has another address
	face.Identifier = v.Electronic.Identifier
	face.Office = officeName(p, l.Office)
	return &face
}

// officeName is the office in words, or its code where it is none of ours.
func officeName(p *authority.Profile, code string) string {
	for _, o := range p.Offices {
		if o.Code == code {
			return o.Name.ZH
		}
	}
	return code
}

func (s *Server) getPortrait(ctx context.Context, c *Caller, _ *struct {
	V string `query:"v" maxLength:"64" doc:"of no meaning; changes with the portrait"`
}) (*picture, error) {
	return showJPEG(s.Issuance.Portrait(ctx, c.Session.LicenceID))
}
