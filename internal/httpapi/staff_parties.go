package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

type partyRequest struct {
	Name      string                    `json:"name" maxLength:"300"`
	USCC      string                    `json:"uscc" maxLength:"40"`
	Kind      relyingparty.Kind         `json:"kind" maxLength:"20"`
	Contact   string                    `json:"contact" maxLength:"200"`
	Phone     string                    `json:"phone" maxLength:"40"`
	Scenarios []relyingparty.ScenarioID `json:"scenarios" maxItems:"100"`
}

func (r partyRequest) parse() (relyingparty.Form, error) {
	uscc, err := identity.ParseUSCC(r.USCC)
	return relyingparty.Form{Name: r.Name, Contact: r.Contact, Phone: r.Phone, USCC: uscc, Kind: r.Kind, Scenarios: r.Scenarios}, fault.At("uscc", err)
}

// PartyView is exported because others embed it: the description of the API
// leaves out what is embedded from an unexported type.
type PartyView struct {
	ID            string                    `json:"id"`
	Name          string                    `json:"name"`
	USCC          identity.USCC             `json:"uscc"`
	Kind          relyingparty.Kind         `json:"kind" enum:"police,window,regulator,transport,insurer,rental,other"`
	Contact       string                    `json:"contact"`
	Phone         string                    `json:"phone"`
	Scenarios     []relyingparty.ScenarioID `json:"scenarios"`
	Status        relyingparty.Status       `json:"status" enum:"active,suspended"`
	TerminalCount int                       `json:"terminalCount"`
	OperatorCount int                       `json:"operatorCount"`
	ChecksToday   int                       `json:"checksToday"`
}

func viewParty(p *relyingparty.Party, t relyingparty.Tally) PartyView {
	scenarios := p.Scenarios
	if scenarios == nil {
		scenarios = []relyingparty.ScenarioID{}
	}
	return PartyView{p.ID, p.Name, p.USCC, p.Kind, p.Contact, p.Phone, scenarios, p.Status, t.Terminals, t.Operators, t.Checks}
}

type partiesView struct {
	Parties []PartyView `json:"parties"`
}

type partyDetail struct {
	PartyView
	Terminals []terminalView `json:"terminals"`
	Operators []operatorView `json:"operators"`
	Codes     []codeView     `json:"codes"`
	Keys      []keyView      `json:"keys"`
	Admins    []adminView    `json:"admins" doc:"单位管理员"`
	Grants    []scenarioView `json:"grants" doc:"the scenarios granted, with their conditions"`
}

type terminalView struct {
	ID         string              `json:"id"`
	Number     string              `json:"number"`
	Name       string              `json:"name"`
	Place      string              `json:"place"`
	Status     relyingparty.Status `json:"status" enum:"active,suspended"`
	OwnPause   bool                `json:"ownPause" doc:"suspended by the party itself, which may resume it"`
	EnrolledAt string              `json:"enrolledAt"`
	LastSeenAt string              `json:"lastSeenAt,omitempty"`
}

type operatorView struct {
	ID         string              `json:"id"`
	Number     string              `json:"number"`
	Name       string              `json:"name"`
	Status     relyingparty.Status `json:"status" enum:"active,suspended"`
	OwnPause   bool                `json:"ownPause" doc:"suspended by the party itself, which may resume it"`
	Hours      relyingparty.Hours  `json:"hours,omitempty" doc:"when the operator works; absent: any time"`
	LastSeenAt string              `json:"lastSeenAt,omitempty"`
}

type codeView struct {
	ID        string `json:"id"`
	ExpiresAt string `json:"expiresAt"`
	UsedAt    string `json:"usedAt,omitempty"`
}

func (s *Server) viewPartyDetail(d *relyingparty.Dossier, admins []*account.Member) partyDetail {
	v := partyDetail{
		PartyView: viewParty(d.Party, d.Tally), Terminals: []terminalView{}, Operators: []operatorView{}, Codes: []codeView{},
		Keys: []keyView{}, Admins: []adminView{}, Grants: []scenarioView{},
	}
	for _, t := range d.Terminals {
		v.Terminals = append(v.Terminals, terminalView{t.ID, t.Number, t.Name, t.Place, t.Status, t.OwnPause, stamp(t.EnrolledAt), stamp(t.LastSeenAt)})
	}
	for _, o := range d.Operators {
		v.Operators = append(v.Operators, operatorView{o.ID, o.Number, o.Name, o.Status, o.OwnPause, o.Hours, stamp(o.LastSeenAt)})
	}
	for _, c := range d.Codes {
		v.Codes = append(v.Codes, codeView{c.ID, stamp(c.ExpiresAt), stamp(c.UsedAt)})
	}
	for _, k := range d.Keys {
		v.Keys = append(v.Keys, s.viewKey(k))
	}
	for _, m := range admins {
		v.Admins = append(v.Admins, viewAdmin(m))
	}
	for _, one := range d.Scenarios {
		v.Grants = append(v.Grants, viewScenario(one))
	}
	return v
}

type newCodeView struct {
	Code      string `json:"code" doc:"shown once"`
	ExpiresAt string `json:"expiresAt"`
}

type operatorRequest struct {
	Number string `json:"number" maxLength:"40"`
	Name   string `json:"name" maxLength:"200"`
}

type newOperatorView struct {
	ID  string `json:"id"`
	PIN string `json:"pin" doc:"shown once; to be changed at the first sign-in"`
}

type newPINView struct {
	PIN string `json:"pin" doc:"shown once; to be changed at the next sign-in"`
}

type scenarioView struct {
	ID       relyingparty.ScenarioID `json:"id"`
	Name     lang.Text               `json:"name"`
	Enabled  bool                    `json:"enabled"`
	Kinds    []relyingparty.Kind     `json:"kinds" doc:"bodies that it may be granted to"`
	Ways     []relyingparty.Way      `json:"ways"`
	Asks     []relyingparty.Ask      `json:"asks"`
	FieldIDs []relyingparty.Field    `json:"fieldIds"`
	Fields   []lang.Text             `json:"fields" doc:"what it gives, in words"`
	Follows  bool                    `json:"follows" doc:"a driver's standing consent lets the body be told of changes"`
}

func viewScenario(s *relyingparty.Scenario) scenarioView {
	v := scenarioView{ID: s.ID, Name: s.Name, Enabled: s.Enabled, Kinds: s.Kinds, Ways: s.Ways, Asks: s.Asks, FieldIDs: s.Fields, Fields: []lang.Text{}, Follows: s.Follows}
	if v.Asks == nil {
		v.Asks = []relyingparty.Ask{}
	}
	for _, f := range s.Fields {
		v.Fields = append(v.Fields, f.Label())
	}
	return v
}

type scenariosView struct {
	Scenarios []scenarioView `json:"scenarios"`
}

type scenarioRequest struct {
	ID       relyingparty.ScenarioID `json:"id" maxLength:"30"`
	Name     lang.Text               `json:"name"`
	Kinds    []relyingparty.Kind     `json:"kinds" maxItems:"6"`
	Ways     []relyingparty.Way      `json:"ways,omitempty" maxItems:"4" doc:"code, consent; absent: code"`
	Asks     []relyingparty.Ask      `json:"asks,omitempty" maxItems:"10"`
	Fields   []relyingparty.Field    `json:"fields" maxItems:"40"`
	Vehicles []licence.Class         `json:"vehicles,omitempty" maxItems:"17"`
}

type switchRequest struct {
	Enabled bool `json:"enabled"`
}

// partyAdmin keeps relying parties: the system administrator.
var partyAdmin = Staff(account.System)

func (s *Server) staffPartyRoutes() {
	handle(s, op{id: "listParties", method: get, path: "/api/staff/parties", access: partyAdmin,
		summary: "The relying parties"}, s.listParties)
	handle(s, op{id: "addParty", method: post, path: "/api/staff/parties", access: partyAdmin, status: http.StatusCreated,
		summary: "Register a relying party and grant it scenarios"}, s.addParty)
	handle(s, op{id: "getParty", method: get, path: "/api/staff/parties/{id}", access: partyAdmin,
		summary: "A relying party with its terminals and operators"}, s.getParty)
	handle(s, op{id: "changeParty", method: put, path: "/api/staff/parties/{id}", access: partyAdmin,
		summary: "Change a relying party or its scenarios"}, s.changeParty)
	handle(s, op{id: "suspendParty", method: post, path: "/api/staff/parties/{id}/suspend", access: partyAdmin, status: http.StatusNoContent,
		summary: "Keep all of a party's terminals from checking, from the next request on"}, s.suspendParty)
	handle(s, op{id: "resumeParty", method: post, path: "/api/staff/parties/{id}/resume", access: partyAdmin, status: http.StatusNoContent,
		summary: "Let a party check again"}, s.resumeParty)
	handle(s, op{id: "addEnrolmentCode", method: post, path: "/api/staff/parties/{id}/codes", access: partyAdmin, status: http.StatusCreated,
		summary: "Make a one-time code for a terminal"}, s.addEnrolmentCode)
	handle(s, op{id: "addOperator", method: post, path: "/api/staff/parties/{id}/operators", access: partyAdmin, status: http.StatusCreated,
		summary: "Register an operator and get the PIN to hand over"}, s.addOperator)
	s.deed("suspendOperator", "/api/staff/operators/{id}/suspend", "Keep an operator out at once", s.Parties.SuspendOperator)
	s.deed("resumeOperator", "/api/staff/operators/{id}/resume", "Let an operator in again", s.Parties.ResumeOperator)
	handle(s, op{id: "resetOperator", method: post, path: "/api/staff/operators/{id}/reset", access: partyAdmin,
		summary: "Replace a forgotten PIN"}, s.resetOperator)
	s.deed("suspendTerminal", "/api/staff/terminals/{id}/suspend", "Keep a terminal out at once", s.Parties.SuspendTerminal)
	s.deed("resumeTerminal", "/api/staff/terminals/{id}/resume", "Let a terminal in again", s.Parties.ResumeTerminal)
	handle(s, op{id: "inviteAdmin", method: post, path: "/api/staff/parties/{id}/admins", access: partyAdmin, status: http.StatusCreated,
		summary: "Invite an administrator of the party by a one-time link"}, s.inviteAdmin)
	handle(s, op{id: "reinviteAdmin", method: post, path: "/api/staff/admins/{id}/reinvite", access: partyAdmin,
		summary: "Replace a party administrator's lost link, password or authenticator"}, s.reinviteAdmin)
	s.deed("suspendAdmin", "/api/staff/admins/{id}/suspend", "Keep a party's administrator out at once", memberDeed(s.PartyAdmins, (*account.Staff).Suspend))
	s.deed("resumeAdmin", "/api/staff/admins/{id}/resume", "Let a party's administrator in again", memberDeed(s.PartyAdmins, (*account.Staff).Resume))
	s.deed("suspendKey", "/api/staff/keys/{id}/suspend", "Refuse an API key's requests, from the next one on", s.Parties.SuspendKey)
	s.deed("resumeKey", "/api/staff/keys/{id}/resume", "Take a suspended API key's requests again", s.Parties.ResumeKey)
	s.deed("revokeKey", "/api/staff/keys/{id}/revoke", "End an API key for good", s.Parties.RevokeKey)
	handle(s, op{id: "listScenarios", method: get, path: "/api/staff/scenarios", access: partyAdmin,
		summary: "The scenarios: what may be asked and is given for which purpose"}, s.listScenarios)
	handle(s, op{id: "addScenario", method: post, path: "/api/staff/scenarios", access: partyAdmin, status: http.StatusCreated,
		summary: "Add a scenario that checks codes, or asks drivers from afar; it starts switched off"}, s.addScenario)
	handle(s, op{id: "switchScenario", method: put, path: "/api/staff/scenarios/{id}", access: partyAdmin,
		summary: "Switch a scenario on or off"}, s.switchScenario)
}

// deed declares an operation that does one thing to what its path names.
func (s *Server) deed(id, path, summary string, do func(context.Context, audit.Actor, string) error) {
	handle(s, op{id: id, method: post, path: path, access: partyAdmin, status: http.StatusNoContent, summary: summary},
		func(ctx context.Context, c *Caller, in *byID) (*none, error) { return done(do(ctx, c.Actor(), in.ID)) })
}

func (s *Server) listParties(ctx context.Context, _ *Caller, _ *none) (*output[partiesView], error) {
	list, err := s.Parties.Parties(ctx)
	view := partiesView{Parties: []PartyView{}}
	for _, p := range list {
		view.Parties = append(view.Parties, viewParty(p.Party, p.Tally))
	}
	return answer(view, err)
}

func (s *Server) addParty(ctx context.Context, c *Caller, in *input[partyRequest]) (*output[PartyView], error) {
	form, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	p, err := s.Parties.Add(ctx, c.Actor(), form)
	if err != nil {
		return nil, err
	}
	return answer(viewParty(p, relyingparty.Tally{}), nil)
}

func (s *Server) getParty(ctx context.Context, _ *Caller, in *byID) (*output[partyDetail], error) {
	return answer(s.partyDetail(ctx, s.Parties, in.ID))
}

func (s *Server) partyDetail(ctx context.Context, parties *relyingparty.Service, id string) (partyDetail, error) {
	d, err := parties.Party(ctx, id)
	if err != nil {
		return partyDetail{}, err
	}
	admins, err := s.PartyAdmins.Within(id).List(ctx)
	return s.viewPartyDetail(d, admins), err
}

func (s *Server) changeParty(ctx context.Context, c *Caller, in *withID[partyRequest]) (*output[partyDetail], error) {
	form, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	if _, err := s.Parties.Change(ctx, c.Actor(), in.ID, form); err != nil {
		return nil, err
	}
	return s.getParty(ctx, c, &byID{in.ID})
}

func (s *Server) suspendParty(ctx context.Context, c *Caller, in *byID) (*none, error) {
	_, err := s.Parties.Suspend(ctx, c.Actor(), in.ID)
	return done(err)
}

func (s *Server) resumeParty(ctx context.Context, c *Caller, in *byID) (*none, error) {
	_, err := s.Parties.Resume(ctx, c.Actor(), in.ID)
	return done(err)
}

func (s *Server) addEnrolmentCode(ctx context.Context, c *Caller, in *byID) (*output[newCodeView], error) {
	code, expires, err := s.Parties.NewCode(ctx, c.Actor(), in.ID, relyingparty.CodeLife)
	return answer(newCodeView{code, stamp(expires)}, err)
}

func (s *Server) addOperator(ctx context.Context, c *Caller, in *withID[operatorRequest]) (*output[newOperatorView], error) {
	o, pin, err := s.Parties.AddOperator(ctx, c.Actor(), in.ID, in.Body.Number, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return answer(newOperatorView{o.ID, pin}, nil)
}

func (s *Server) resetOperator(ctx context.Context, c *Caller, in *byID) (*output[newPINView], error) {
	pin, err := s.Parties.ResetPIN(ctx, c.Actor(), in.ID)
	return answer(newPINView{pin}, err)
}

func (s *Server) listScenarios(ctx context.Context, _ *Caller, _ *none) (*output[scenariosView], error) {
	list, err := s.Parties.Scenarios(ctx)
	view := scenariosView{Scenarios: []scenarioView{}}
	for _, one := range list {
		view.Scenarios = append(view.Scenarios, viewScenario(one))
	}
	return answer(view, err)
}

func (s *Server) addScenario(ctx context.Context, c *Caller, in *input[scenarioRequest]) (*output[scenarioView], error) {
	r := in.Body
	if len(r.Ways) == 0 {
		r.Ways = []relyingparty.Way{relyingparty.ByCode}
	}
	made, err := s.Parties.AddScenario(ctx, c.Actor(), relyingparty.Scenario{
		ID: r.ID, Name: r.Name, Kinds: r.Kinds, Ways: r.Ways, Asks: r.Asks, Fields: r.Fields, Vehicles: r.Vehicles,
	})
	if err != nil {
		return nil, err
	}
	return answer(viewScenario(made), nil)
}

func (s *Server) switchScenario(ctx context.Context, c *Caller, in *withID[switchRequest]) (*output[scenarioView], error) {
	made, err := s.Parties.Switch(ctx, c.Actor(), relyingparty.ScenarioID(in.ID), in.Body.Enabled)
	if err != nil {
		return nil, err
	}
	return answer(viewScenario(made), nil)
}
