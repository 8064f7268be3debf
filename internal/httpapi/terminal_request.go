package httpapi

import (
	"context"
	"net/http"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

type consentAsk struct {
	Kind         consent.Kind            `json:"kind" enum:"once,standing"`
	Scenario     relyingparty.ScenarioID `json:"scenario" maxLength:"30"`
	Why          string                  `json:"why,omitempty" maxLength:"400" doc:"what the driver is told of the reason"`
	VehicleClass licence.Class           `json:"vehicleClass,omitempty" maxLength:"4"`
	RentalEnd    string                  `json:"rentalEnd,omitempty" maxLength:"10" doc:"YYYY-MM-DD"`
	Number       string                  `json:"number,omitempty" maxLength:"40" doc:"what the asker holds, whole or its last 6 or more"`
	Name         string                  `json:"name,omitempty" maxLength:"200"`
	PolicyNumber string                  `json:"policyNumber,omitempty" maxLength:"200"`
	Reference    string                  `json:"reference,omitempty" maxLength:"200" doc:"the asker's own, such as a staff number"`
}

func (r consentAsk) parse() (c consent.Case, err error) {
	c = consent.Case{Why: r.Why, VehicleClass: r.VehicleClass, Number: r.Number, Name: r.Name, PolicyNumber: r.PolicyNumber, Reference: r.Reference}
	if r.RentalEnd != "" {
		if c.RentalEnd, err = civil.Parse(r.RentalEnd); err != nil {
			return c, fault.At("rentalEnd", errDate)
		}
	}
	return c, nil
}

// consentRequestRow is a request as its asker follows it.
type consentRequestRow struct {
	ID        string         `json:"id"`
	Kind      consent.Kind   `json:"kind" enum:"once,standing"`
	Status    consent.Status `json:"status" enum:"waiting,given,refused,cancelled,expired"`
	Scenario  lang.Text      `json:"scenario"`
	Why       string         `json:"why,omitempty"`
	Name      string         `json:"name,omitempty"`
	CreatedAt string         `json:"createdAt"`
	ExpiresAt string         `json:"expiresAt"`
	DecidedAt string         `json:"decidedAt,omitempty"`
	Check     string         `json:"check,omitempty" doc:"number of the answer"`
}

type consentAsked struct {
	Request consentRequestRow `json:"request"`
	URL     string            `json:"url" doc:"for the driver; shown once"`
}

type consentRequestList struct {
	Requests []consentRequestRow `json:"requests"`
}

type partyStanding struct {
	ID           string    `json:"id"`
	Holder       string    `json:"holder" doc:"masked name"`
	Name         string    `json:"name,omitempty" doc:"as the asker entered it"`
	Scenario     lang.Text `json:"scenario"`
	Why          string    `json:"why,omitempty"`
	PolicyNumber string    `json:"policyNumber,omitempty"`
	GivenAt      string    `json:"givenAt"`
}

type partyStandings struct {
	Standing []partyStanding `json:"standing"`
	Next     string          `json:"next,omitempty" doc:"pass as before to see older ones"`
}

func (s *Server) viewConsentRequest(r *consent.Request) consentRequestRow {
	return consentRequestRow{
		ID: r.ID, Kind: r.Kind, Status: r.StatusAt(s.Now()), Scenario: r.Record.ScenarioName, Why: r.Record.Case.Why, Name: r.Record.Case.Name,
		CreatedAt: stamp(r.CreatedAt), ExpiresAt: stamp(r.ExpiresAt), DecidedAt: stamp(r.DecidedAt), Check: r.Check,
	}
}

func (s *Server) terminalRequestRoutes() {
	handle(s, op{id: "askForConsent", method: post, path: "/api/terminal/consent-requests", access: Terminal, status: http.StatusCreated,
		summary: "Ask a driver from afar, by a link or its QR"}, s.askForConsent)
	handle(s, op{id: "listConsentRequests", method: get, path: "/api/terminal/consent-requests", access: Terminal,
		summary: "The operator's own requests of the last days"}, s.listConsentRequests)
	handle(s, op{id: "getConsentRequest", method: get, path: "/api/terminal/consent-requests/{id}", access: Terminal,
		summary: "What became of a request"}, s.getConsentRequest)
	handle(s, op{id: "cancelConsentRequest", method: del, path: "/api/terminal/consent-requests/{id}", access: Terminal, status: http.StatusNoContent,
		summary: "Take a request back"}, s.cancelConsentRequest)
	handle(s, op{id: "listPartyStanding", method: get, path: "/api/terminal/standing", access: Terminal,
		summary: "Drivers whose consent to this body is in force"}, s.listPartyStanding)
	handle(s, op{id: "endStanding", method: del, path: "/api/terminal/standing/{id}", access: Terminal, status: http.StatusNoContent,
		summary: "End a consent that is no longer needed"}, s.endStanding)
}

func (s *Server) askForConsent(ctx context.Context, c *Caller, in *input[consentAsk]) (*output[consentAsked], error) {
	occasion, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	r, token, err := s.Checks.Ask(ctx, asker(c), in.Body.Kind, occasion, in.Body.Scenario)
	if err != nil {
		return nil, err
	}
	// behind the #, the token reaches no log of addresses
	return answer(consentAsked{s.viewConsentRequest(r), s.PublicURL + "/driver/#/consent/" + token}, nil)
}

func (s *Server) listConsentRequests(ctx context.Context, c *Caller, _ *none) (*output[consentRequestList], error) {
	list, err := s.Consents.Asked(ctx, c.Session.OperatorID)
	view := consentRequestList{Requests: []consentRequestRow{}}
	for _, r := range list {
		view.Requests = append(view.Requests, s.viewConsentRequest(r))
	}
	return answer(view, err)
}

func (s *Server) getConsentRequest(ctx context.Context, c *Caller, in *byID) (*output[consentRequestRow], error) {
	r, err := s.Consents.Follow(ctx, c.Session.OperatorID, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(s.viewConsentRequest(r), nil)
}

func (s *Server) cancelConsentRequest(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Consents.Cancel(ctx, c.Actor(), in.ID))
}

func (s *Server) listPartyStanding(ctx context.Context, c *Caller, in *older) (*output[partyStandings], error) {
	list, err := s.Consents.WithParty(ctx, c.Session.PartyID, in.Before, pageSize)
	view := partyStandings{Standing: []partyStanding{}}
	for _, one := range list {
		g := one.Grant
		view.Standing = append(view.Standing, partyStanding{one.ID, g.Holder, g.Case.Name, g.ScenarioName, g.Case.Why, g.Case.PolicyNumber, stamp(one.GivenAt)})
	}
	if len(list) == pageSize {
		view.Next = list[len(list)-1].ID
	}
	return answer(view, err)
}

func (s *Server) endStanding(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Consents.End(ctx, c.Actor(), c.Session.PartyID, in.ID))
}
