package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

type keyView struct {
	ID         string                    `json:"id" doc:"the keyid of its signatures"`
	Number     string                    `json:"number" doc:"what drivers read"`
	Name       string                    `json:"name"`
	Algorithm  string                    `json:"algorithm" enum:"ed25519,ecdsa-p256-sha256"`
	Scenarios  []relyingparty.ScenarioID `json:"scenarios"`
	Status     relyingparty.Status       `json:"status" enum:"active,suspended,revoked"`
	OwnPause   bool                      `json:"ownPause" doc:"suspended by the party itself, which may resume it"`
	Expired    bool                      `json:"expired"`
	CreatedAt  string                    `json:"createdAt"`
	ExpiresAt  string                    `json:"expiresAt"`
	LastUsedAt string                    `json:"lastUsedAt,omitempty" doc:"to the minute"`
}

func (s *Server) viewKey(k *relyingparty.Key) keyView {
	return keyView{
		ID: k.ID, Number: k.Number, Name: k.Name, Algorithm: k.Public.Algorithm(), Scenarios: k.Scenarios, Status: k.Status, OwnPause: k.OwnPause,
		Expired: !s.Now().Before(k.ExpiresAt), CreatedAt: stamp(k.CreatedAt), ExpiresAt: stamp(k.ExpiresAt), LastUsedAt: stamp(k.LastUsedAt),
	}
}

type keyRequest struct {
	Name      string                    `json:"name" maxLength:"200"`
	PublicKey string                    `json:"publicKey" maxLength:"1000" doc:"Ed25519 or P-256, SubjectPublicKeyInfo in PEM; the private key stays with its owner"`
	Scenarios []relyingparty.ScenarioID `json:"scenarios" maxItems:"100"`
	LastDay   string                    `json:"lastDay" maxLength:"10" doc:"YYYY-MM-DD; two years off at most"`
}

type contactRequest struct {
	Contact string `json:"contact" maxLength:"200"`
	Phone   string `json:"phone" maxLength:"40"`
}

// partyChecks are a party's checks without the drivers: its administrator sees
// that somebody was checked, and nothing of whom.
type partyChecks struct {
	Checks []partyCheck `json:"checks"`
	Today  partyCounts  `json:"today"`
	Month  partyCounts  `json:"month" doc:"of the last 30 days"`
	Next   string       `json:"next,omitempty" doc:"pass as before to see older ones"`
}

type partyCheck struct {
	Number       string               `json:"number"`
	At           string               `json:"at"`
	Operator     string               `json:"operator" doc:"number of the operator or key"`
	Terminal     string               `json:"terminal"`
	ScenarioName lang.Text            `json:"scenarioName"`
	Way          relyingparty.Way     `json:"way" enum:"code,number,consent,bulk"`
	Verdict      verification.Outcome `json:"verdict" enum:"usable,not_usable,no_verdict"`
}

type partyCounts struct {
	Usable    int `json:"usable"`
	NotUsable int `json:"notUsable"`
	NoVerdict int `json:"noVerdict"`
}

func viewCounts(n map[verification.Outcome]int) partyCounts {
	return partyCounts{n[verification.Usable], n[verification.NotUsable], n[verification.NoVerdict]}
}

func (s *Server) partyRoutes() {
	handle(s, op{id: "getOwnParty", method: get, path: "/api/party/party", access: PartyAdmin,
		summary: "The party: its grants, terminals, operators, keys and administrators"}, s.getOwnParty)
	handle(s, op{id: "setOwnContact", method: put, path: "/api/party/party/contact", access: PartyAdmin,
		summary: "Change whom drivers can turn to"}, s.setOwnContact)
	handle(s, op{id: "listOwnChecks", method: get, path: "/api/party/checks", access: PartyAdmin,
		summary: "What the party checked: numbers and operators, no drivers"}, s.listOwnChecks)
	handle(s, op{id: "addOwnCode", method: post, path: "/api/party/codes", access: PartyAdmin, status: http.StatusCreated,
		summary: "Make a one-time code for a terminal"}, s.addOwnCode)
	handle(s, op{id: "addOwnOperator", method: post, path: "/api/party/operators", access: PartyAdmin, status: http.StatusCreated,
		summary: "Register an operator and get the PIN to hand over"}, s.addOwnOperator)
	handle(s, op{id: "resetOwnOperator", method: post, path: "/api/party/operators/{id}/reset", access: PartyAdmin,
		summary: "Replace a forgotten PIN"}, s.resetOwnOperator)
	handle(s, op{id: "setOwnHours", method: put, path: "/api/party/operators/{id}/hours", access: PartyAdmin, status: http.StatusNoContent,
		summary: "Say when an operator works"}, s.setOwnHours)
	handle(s, op{id: "addOwnKey", method: post, path: "/api/party/keys", access: PartyAdmin, status: http.StatusCreated,
		summary: "Register the public key of a system that checks by itself"}, s.addOwnKey)
	handle(s, op{id: "inviteOwnAdmin", method: post, path: "/api/party/admins", access: PartyAdmin, status: http.StatusCreated,
		summary: "Invite another administrator by a one-time link"}, s.inviteOwnAdmin)
	handle(s, op{id: "reinviteOwnAdmin", method: post, path: "/api/party/admins/{id}/reinvite", access: PartyAdmin,
		summary: "Replace another administrator's lost link, password or authenticator"}, s.reinviteOwnAdmin)
	s.ownDeed("suspendOwnOperator", "/api/party/operators/{id}/suspend", "Keep an operator out at once", (*relyingparty.Service).SuspendOperator)
	s.ownDeed("resumeOwnOperator", "/api/party/operators/{id}/resume", "Let an operator in again, unless the authority suspended it", (*relyingparty.Service).ResumeOperator)
	s.ownDeed("suspendOwnTerminal", "/api/party/terminals/{id}/suspend", "Keep a terminal out at once", (*relyingparty.Service).SuspendTerminal)
	s.ownDeed("resumeOwnTerminal", "/api/party/terminals/{id}/resume", "Let a terminal in again, unless the authority suspended it", (*relyingparty.Service).ResumeTerminal)
	s.ownDeed("suspendOwnKey", "/api/party/keys/{id}/suspend", "Refuse a key's requests, from the next one on", (*relyingparty.Service).SuspendKey)
	s.ownDeed("resumeOwnKey", "/api/party/keys/{id}/resume", "Take a key's requests again, unless the authority suspended it", (*relyingparty.Service).ResumeKey)
	s.ownDeed("revokeOwnKey", "/api/party/keys/{id}/revoke", "End a key for good", (*relyingparty.Service).RevokeKey)
	s.adminDeed("suspendOwnAdmin", "/api/party/admins/{id}/suspend", "Keep another administrator out at once", (*account.Staff).Suspend)
	s.adminDeed("resumeOwnAdmin", "/api/party/admins/{id}/resume", "Let another administrator in again", (*account.Staff).Resume)
}

// own is the service within the caller's party: nothing of others is there.
func (s *Server) own(c *Caller) *relyingparty.Service { return s.Parties.Within(c.Session.PartyID) }

// ownDeed declares an operation that does one thing to what its path names, if
// that is the caller's party's.
func (s *Server) ownDeed(id, path, summary string, do func(*relyingparty.Service, context.Context, audit.Actor, string) error) {
	handle(s, op{id: id, method: post, path: path, access: PartyAdmin, status: http.StatusNoContent, summary: summary},
		func(ctx context.Context, c *Caller, in *byID) (*none, error) {
			return done(do(s.own(c), ctx, c.Actor(), in.ID))
		})
}

// adminDeed is ownDeed on a fellow administrator.
func (s *Server) adminDeed(id, path, summary string, do func(*account.Staff, context.Context, audit.Actor, string) (*account.Member, error)) {
	handle(s, op{id: id, method: post, path: path, access: PartyAdmin, status: http.StatusNoContent, summary: summary},
		func(ctx context.Context, c *Caller, in *byID) (*none, error) {
			return done(memberDeed(s.PartyAdmins.Within(c.Session.PartyID), do)(ctx, c.Actor(), in.ID))
		})
}

func (s *Server) getOwnParty(ctx context.Context, c *Caller, _ *none) (*output[partyDetail], error) {
	return answer(s.partyDetail(ctx, s.own(c), c.Session.PartyID))
}

func (s *Server) setOwnContact(ctx context.Context, c *Caller, in *input[contactRequest]) (*output[partyDetail], error) {
	if _, err := s.own(c).SetContact(ctx, c.Actor(), c.Session.PartyID, in.Body.Contact, in.Body.Phone); err != nil {
		return nil, err
	}
	return s.getOwnParty(ctx, c, nil)
}

func (s *Server) listOwnChecks(ctx context.Context, c *Caller, in *older) (*output[partyChecks], error) {
	list, tally, err := s.Checks.OfParty(ctx, c.Session.PartyID, in.Before, pageSize)
	view := partyChecks{Checks: []partyCheck{}, Today: viewCounts(tally.Today), Month: viewCounts(tally.Month)}
	for _, one := range list {
		r := one.Record
		view.Checks = append(view.Checks, partyCheck{one.Number, stamp(one.At), r.OperatorNumber, r.TerminalNumber, r.ScenarioName, one.Way, one.Outcome})
	}
	if len(list) == pageSize {
		view.Next = list[len(list)-1].Number
	}
	return answer(view, err)
}

func (s *Server) addOwnCode(ctx context.Context, c *Caller, _ *none) (*output[newCodeView], error) {
	code, expires, err := s.own(c).NewCode(ctx, c.Actor(), c.Session.PartyID, relyingparty.CodeLife)
	return answer(newCodeView{code, stamp(expires)}, err)
}

func (s *Server) addOwnOperator(ctx context.Context, c *Caller, in *input[operatorRequest]) (*output[newOperatorView], error) {
	o, pin, err := s.own(c).AddOperator(ctx, c.Actor(), c.Session.PartyID, in.Body.Number, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return answer(newOperatorView{o.ID, pin}, nil)
}

func (s *Server) resetOwnOperator(ctx context.Context, c *Caller, in *byID) (*output[newPINView], error) {
	pin, err := s.own(c).ResetPIN(ctx, c.Actor(), in.ID)
	return answer(newPINView{pin}, err)
}

func (s *Server) setOwnHours(ctx context.Context, c *Caller, in *withID[hoursRequest]) (*none, error) {
	return done(s.own(c).SetHours(ctx, c.Actor(), in.ID, in.Body.Hours))
}

func (s *Server) addOwnKey(ctx context.Context, c *Caller, in *input[keyRequest]) (*output[keyView], error) {
	form := relyingparty.KeyForm{Name: in.Body.Name, PublicKey: in.Body.PublicKey, Scenarios: in.Body.Scenarios}
	var err error
	if form.LastDay, err = civil.Parse(in.Body.LastDay); err != nil {
		return nil, fault.At("lastDay", errDate)
	}
	k, err := s.own(c).AddKey(ctx, c.Actor(), c.Session.PartyID, form)
	if err != nil {
		return nil, err
	}
	return answer(s.viewKey(k), nil)
}

func (s *Server) inviteOwnAdmin(ctx context.Context, c *Caller, in *input[adminRequest]) (*output[adminInvite], error) {
	if _, err := s.own(c).Name(ctx, c.Session.PartyID); err != nil {
		return nil, err
	}
	return s.viewAdminInvite(s.PartyAdmins.InviteAdmin(ctx, c.Actor(), c.Session.PartyID, in.Body.Login, in.Body.Name))
}

func (s *Server) reinviteOwnAdmin(ctx context.Context, c *Caller, in *byID) (*output[adminInvite], error) {
	return s.viewAdminInvite(s.PartyAdmins.Within(c.Session.PartyID).Reinvite(ctx, c.Actor(), in.ID))
}
