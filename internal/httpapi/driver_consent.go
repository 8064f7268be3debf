package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"edl/internal/account"
	"edl/internal/consent"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

type tokenRequest struct {
	Token string `json:"token" maxLength:"64" doc:"from the link"`
}

// askedConsent is a request as the driver sees it: who, what for, what exactly.
type askedConsent struct {
	Kind         consent.Kind   `json:"kind" enum:"once,standing"`
	Status       consent.Status `json:"status" enum:"waiting,given,refused,cancelled,expired"`
	Party        string         `json:"party"`
	Contact      string         `json:"contact"`
	Phone        string         `json:"phone"`
	Scenario     lang.Text      `json:"scenario"`
	Why          string         `json:"why,omitempty"`
	Vehicle      *lang.Text     `json:"vehicle,omitempty"`
	VehicleClass licence.Class  `json:"vehicleClass,omitempty"`
	RentalEnd    string         `json:"rentalEnd,omitempty"`
	PolicyNumber string         `json:"policyNumber,omitempty"`
	ExpiresAt    string         `json:"expiresAt"`
	Fields       []askedField   `json:"fields"`
	Unseen       []lang.Text    `json:"unseen" doc:"what the asker does not get to see"`
}

type askedField struct {
	Field    relyingparty.Field `json:"field"`
	Label    lang.Text          `json:"label"`
	Required bool               `json:"required"`
}

func viewAskedConsent(p *consent.Page, s *Server) askedConsent {
	r, c := p.Record, p.Record.Case
	v := askedConsent{
		Kind: p.Kind, Status: p.StatusAt(s.Now()), Party: r.Party, Contact: r.Contact, Phone: r.Phone, Scenario: r.ScenarioName, Why: c.Why,
		VehicleClass: c.VehicleClass, PolicyNumber: c.PolicyNumber, ExpiresAt: stamp(p.ExpiresAt), Fields: []askedField{}, Unseen: []lang.Text{},
	}
	if c.VehicleClass != "" {
		name := c.VehicleClass.Name()
		v.Vehicle = &name
	}
	if !c.RentalEnd.IsZero() {
		v.RentalEnd = c.RentalEnd.String()
	}
	for _, it := range p.Items {
		v.Fields = append(v.Fields, askedField{it.Field, it.Field.Label(), it.Required})
	}
	for _, f := range p.Unseen {
		v.Unseen = append(v.Unseen, f.Label())
	}
	return v
}

type consentAnswer struct {
	Token      string               `json:"token" maxLength:"64"`
	Fields     []relyingparty.Field `json:"fields" maxItems:"40" doc:"in the order in which they were signed"`
	Signature  string               `json:"signature" maxLength:"128" doc:"r‖s by the phone's key over the consent proof, base64url"`
	Code       string               `json:"code,omitempty" maxLength:"10" doc:"from the text message; or a credential"`
	Credential json.RawMessage      `json:"credential,omitempty" doc:"of a passkey, as JSON, binary members in base64url"`
}

type consentGiven struct {
	Check string `json:"check,omitempty" doc:"number of the check that was answered"`
}

type standingView struct {
	ID           string      `json:"id"`
	Party        string      `json:"party"`
	Contact      string      `json:"contact"`
	Phone        string      `json:"phone"`
	Scenario     lang.Text   `json:"scenario"`
	Why          string      `json:"why,omitempty"`
	PolicyNumber string      `json:"policyNumber,omitempty"`
	Fields       []lang.Text `json:"fields"`
	GivenAt      string      `json:"givenAt"`
	EndedAt      string      `json:"endedAt,omitempty"`
	EndedBy      consent.By  `json:"endedBy,omitempty" enum:"driver,party"`
	Told         *toldView   `json:"told,omitempty" doc:"what the body was last told of a change; absent: it is not told of changes, or not yet"`
}

// toldView is what a body that follows the driver was last told.
type toldView struct {
	Word  lang.Text `json:"word"`
	At    string    `json:"at"`
	Check string    `json:"check"`
}

type standingList struct {
	Standing []standingView `json:"standing"`
}

func viewStanding(c *consent.Standing) standingView {
	v := standingView{
		ID: c.ID, Party: c.Grant.Party, Contact: c.Grant.Contact, Phone: c.Grant.Phone, Scenario: c.Grant.ScenarioName, Why: c.Grant.Case.Why,
		PolicyNumber: c.Grant.Case.PolicyNumber, Fields: []lang.Text{}, GivenAt: stamp(c.GivenAt), EndedAt: stamp(c.EndedAt), EndedBy: c.EndedBy,
	}
	for _, f := range c.Grant.Fields {
		v.Fields = append(v.Fields, f.Label())
	}
	return v
}

func (s *Server) driverConsentRoutes() {
	handle(s, op{id: "openConsentRequest", method: post, path: "/api/driver/consent-requests/open", access: Driver,
		summary: "Who asks what and why, by the token of the link"}, s.openConsentRequest)
	handle(s, op{id: "sendConsentCode", method: post, path: "/api/driver/consent-requests/code", access: Driver,
		summary: "Send a code to the phone on the register, to consent with"}, s.sendConsentCode)
	handle(s, op{id: "giveConsentRequest", method: post, path: "/api/driver/consent-requests/give", access: Driver,
		summary: "Consent: by the phone's key and a passkey or the code"}, s.giveConsentRequest)
	handle(s, op{id: "refuseConsentRequest", method: post, path: "/api/driver/consent-requests/refuse", access: Driver, status: http.StatusNoContent,
		summary: "Refuse"}, s.refuseConsentRequest)
	handle(s, op{id: "listStanding", method: get, path: "/api/driver/standing", access: Driver,
		summary: "Who may look the licence up by number, and who might once"}, s.listStanding)
	handle(s, op{id: "withdrawStanding", method: del, path: "/api/driver/standing/{id}", access: Driver, status: http.StatusNoContent,
		summary: "撤回授权: withdraw, from the next request on"}, s.withdrawStanding)
}

func (s *Server) openConsentRequest(ctx context.Context, _ *Caller, in *input[tokenRequest]) (*output[askedConsent], error) {
	p, err := s.Consents.Open(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return answer(viewAskedConsent(p, s), nil)
}

func (s *Server) sendConsentCode(ctx context.Context, c *Caller, _ *none) (*output[WaitsView], error) {
	waits, err := s.Drivers.SendConsentCode(ctx, c.Address, c.Session)
	return answer(viewWaits(waits), err)
}

var errConfirm = fault.New(fault.Invalid, "consent.confirm", "请用通行密钥或短信验证码再确认一次。", "Confirm once more, by passkey or by the code from the text message.")

func (s *Server) giveConsentRequest(ctx context.Context, c *Caller, in *input[consentAnswer]) (*output[consentGiven], error) {
	signature, err := decode("signature", in.Body.Signature)
	if err != nil {
		return nil, err
	}
	confirmed, err := s.confirmed(ctx, c, in.Body)
	if err != nil {
		return nil, err
	}
	r, err := s.Checks.Consent(ctx, verification.Holder{LicenceID: c.Session.LicenceID, DeviceID: c.Session.DeviceID}, verification.Decision{
		Token: in.Body.Token, Fields: in.Body.Fields, Signature: signature, Confirmed: confirmed,
	})
	if err != nil {
		return nil, err
	}
	return answer(consentGiven{r.Check}, nil)
}

// confirmed asks the driver again, by passkey or by the code.
func (s *Server) confirmed(ctx context.Context, c *Caller, a consentAnswer) (string, error) {
	switch {
	case len(a.Credential) > 0:
		return account.ByPasskey, s.Passkeys.Confirm(ctx, c.Address, account.OwnerOf(c.Session), a.Credential)
	case a.Code != "":
		return account.BySMS, fault.At("code", s.Drivers.ConfirmByCode(ctx, c.Address, c.Session, a.Code))
	}
	return "", errConfirm
}

func (s *Server) refuseConsentRequest(ctx context.Context, c *Caller, in *input[tokenRequest]) (*none, error) {
	return done(s.Consents.Refuse(ctx, c.Actor(), in.Body.Token))
}

func (s *Server) listStanding(ctx context.Context, c *Caller, _ *none) (*output[standingList], error) {
	list, err := s.Consents.OfDriver(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	followed, err := s.Follow.OfDriver(ctx, c.Session.LicenceID)
	told := map[string]*toldView{}
	for _, d := range followed {
		if n := d.Notice; n != nil {
			told[d.ID] = &toldView{n.State.Words(), stamp(n.At), n.Check}
		}
	}
	view := standingList{Standing: []standingView{}}
	for _, one := range list {
		v := viewStanding(one)
		v.Told = told[one.ID]
		view.Standing = append(view.Standing, v)
	}
	return answer(view, err)
}

func (s *Server) withdrawStanding(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Consents.Withdraw(ctx, c.Actor(), c.Session.LicenceID, in.ID))
}
