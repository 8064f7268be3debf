package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/feedback"
)

type consentView struct {
	Kind        account.ConsentKind `json:"kind" enum:"privacy,identity_number,face"`
	Version     string              `json:"version"`
	At          string              `json:"at"`
	WithdrawnAt string              `json:"withdrawnAt,omitempty"`
}

type privacyView struct {
	PhoneMasked string        `json:"phoneMasked"`
	Consents    []consentView `json:"consents"`
}

type consentRequest struct {
	Kind    account.ConsentKind `json:"kind" enum:"privacy,identity_number,face"`
	Version string              `json:"version" maxLength:"20"`
}

type correctionRequest struct {
	Field string `json:"field" maxLength:"60"`
	Text  string `json:"text" maxLength:"4000"`
}

type endRequest struct {
	Confirm bool `json:"confirm"`
}

func (s *Server) driverPrivacyRoutes() {
	handle(s, op{id: "getPrivacy", method: get, path: "/api/driver/privacy", access: Driver,
		summary: "What the driver consented to"}, s.getPrivacy)
	handle(s, op{id: "giveConsent", method: post, path: "/api/driver/consents", access: Driver, status: http.StatusNoContent,
		summary: "Give a consent"}, s.giveConsent)
	handle(s, op{id: "withdrawConsent", method: del, path: "/api/driver/consents/{kind}", access: Driver, status: http.StatusNoContent,
		summary: "Take a consent back; without that to the portrait the electronic licence ends"}, s.withdrawConsent)
	handle(s, op{id: "askForCorrection", method: post, path: "/api/driver/corrections", access: Driver, status: http.StatusCreated,
		summary: "Ask for one's data to be corrected"}, s.askForCorrection)
	handle(s, op{id: "endAccount", method: post, path: "/api/driver/account/end", access: Driver, status: http.StatusNoContent,
		summary: "End the account: every phone, passkey and consent, and the electronic licence"}, s.endAccount)
}

func (s *Server) getPrivacy(ctx context.Context, c *Caller, _ *none) (*output[privacyView], error) {
	list, err := s.Drivers.Consents(ctx, c.Session.LicenceID)
	view := privacyView{PhoneMasked: c.Session.Phone.Masked(), Consents: []consentView{}}
	for _, one := range list {
		view.Consents = append(view.Consents, consentView{one.Kind, one.Version, stamp(one.At), stamp(one.WithdrawnAt)})
	}
	return answer(view, err)
}

func (s *Server) giveConsent(ctx context.Context, c *Caller, in *input[consentRequest]) (*none, error) {
	return done(s.Drivers.GiveConsent(ctx, c.Actor(), c.Session.LicenceID, account.Given(in.Body.Kind, in.Body.Version)))
}

func (s *Server) withdrawConsent(ctx context.Context, c *Caller, in *struct {
	Kind account.ConsentKind `path:"kind" enum:"privacy,identity_number,face"`
}) (*none, error) {
	return done(s.Drivers.WithdrawConsent(ctx, c.Actor(), c.Session.LicenceID, in.Kind))
}

// askForCorrection goes the way of feedback: a person compares and answers.
func (s *Server) askForCorrection(ctx context.Context, c *Caller, in *input[correctionRequest]) (*output[reportTaken], error) {
	return s.report(ctx, c, c.Session.ID, feedback.Report{
		LicenceID: c.Session.LicenceID, Text: "更正 " + in.Body.Field + "：" + in.Body.Text, Page: "correction",
	})
}

func (s *Server) endAccount(ctx context.Context, c *Caller, in *input[endRequest]) (*none, error) {
	if !in.Body.Confirm {
		return nil, account.ErrConsent
	}
	return done(s.Drivers.EndAccount(ctx, c.Session.LicenceID))
}
