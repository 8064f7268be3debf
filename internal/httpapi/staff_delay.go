package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/verification"
)

// delayPurposes are what an officer may choose.
type delayPurposes struct {
	Purposes []delayChoice `json:"purposes"`
}

type delayChoice struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Basis string `json:"basis"`
	Days  int    `json:"days"`
}

// delayOverview is all that two persons decide, and what is kept back now.
type delayOverview struct {
	Purposes   []delayPurpose   `json:"purposes"`
	Extensions []delayExtension `json:"extensions"`
	Hidden     []delayedCheck   `json:"hidden" doc:"checks that their drivers do not see yet, the first due first"`
}

type delayPurpose struct {
	ID         string                   `json:"id"`
	Name       string                   `json:"name"`
	Basis      string                   `json:"basis"`
	Days       int                      `json:"days"`
	Status     verification.DelayStatus `json:"status" enum:"proposed,in_force,refused,ended"`
	ProposedAt string                   `json:"proposedAt"`
	DecidedAt  string                   `json:"decidedAt,omitempty"`
	EndedAt    string                   `json:"endedAt,omitempty"`
	Own        bool                     `json:"own" doc:"the caller proposed it, so somebody else decides"`
}

type delayExtension struct {
	ID         string                   `json:"id"`
	Check      string                   `json:"check"`
	Basis      string                   `json:"basis"`
	Days       int                      `json:"days"`
	Status     verification.DelayStatus `json:"status" enum:"proposed,approved,refused"`
	ProposedAt string                   `json:"proposedAt"`
	DecidedAt  string                   `json:"decidedAt,omitempty"`
	Own        bool                     `json:"own"`
}

type delayedCheck struct {
	Number    string `json:"number"`
	At        string `json:"at"`
	Party     string `json:"party"`
	Operator  string `json:"operator" doc:"the officer's number"`
	Case      string `json:"case"`
	Purpose   string `json:"purpose"`
	Basis     string `json:"basis"`
	Days      int    `json:"days"`
	VisibleAt string `json:"visibleAt"`
}

type purposeRequest struct {
	Name  string `json:"name" maxLength:"200"`
	Basis string `json:"basis" maxLength:"800"`
	Days  int    `json:"days"`
}

type extensionRequest struct {
	Check string `json:"check" maxLength:"40"`
	Basis string `json:"basis" maxLength:"800"`
	Days  int    `json:"days"`
}

type delayDecision struct {
	Approve bool `json:"approve"`
}

func (s *Server) staffDelayRoutes() {
	proposer, decider, both := Staff(account.Security), Staff(account.Auditor), Staff(account.Security, account.Auditor)
	handle(s, op{id: "listDelays", method: get, path: "/api/staff/delays", access: both,
		summary: "延迟公开: purposes, extensions, and checks that drivers do not see yet"}, s.listDelays)
	handle(s, op{id: "proposeDelay", method: post, path: "/api/staff/delays", access: proposer, status: http.StatusNoContent,
		summary: "Propose a purpose whose look-ups are shown later"}, s.proposeDelay)
	handle(s, op{id: "decideDelay", method: post, path: "/api/staff/delays/{id}/decision", access: decider, status: http.StatusNoContent,
		summary: "Decide on a purpose that somebody else proposed"}, s.decideDelay)
	handle(s, op{id: "endDelay", method: post, path: "/api/staff/delays/{id}/end", access: both, status: http.StatusNoContent,
		summary: "End a purpose"}, s.endDelay)
	handle(s, op{id: "proposeExtension", method: post, path: "/api/staff/delay-extensions", access: proposer, status: http.StatusNoContent,
		summary: "Propose to keep one check from the driver for longer"}, s.proposeExtension)
	handle(s, op{id: "decideExtension", method: post, path: "/api/staff/delay-extensions/{id}/decision", access: decider, status: http.StatusNoContent,
		summary: "Decide on an extension that somebody else proposed"}, s.decideExtension)
	handle(s, op{id: "listDelayPurposes", method: get, path: "/api/terminal/delay-purposes", access: Terminal,
		summary: "Purposes in force, for officers of the police; empty for all others"}, s.listDelayPurposes)
}

func (s *Server) listDelays(ctx context.Context, c *Caller, _ *none) (*output[delayOverview], error) {
	o, err := s.Delays.Overview(ctx)
	if err != nil {
		return nil, err
	}
	v := delayOverview{Purposes: []delayPurpose{}, Extensions: []delayExtension{}, Hidden: []delayedCheck{}}
	me := c.Session.StaffID
	for _, p := range o.Purposes {
		v.Purposes = append(v.Purposes, delayPurpose{p.ID, p.Name, p.Basis, p.Days, p.Status, stamp(p.ProposedAt), stamp(p.DecidedAt), stamp(p.EndedAt), p.ProposedBy == me})
	}
	for _, e := range o.Extensions {
		v.Extensions = append(v.Extensions, delayExtension{e.ID, e.CheckNumber, e.Basis, e.Days, e.Status, stamp(e.ProposedAt), stamp(e.DecidedAt), e.ProposedBy == me})
	}
	for _, one := range o.Hidden {
		r := one.Record
		v.Hidden = append(v.Hidden, delayedCheck{one.Number, stamp(one.At), r.Party, r.OperatorNumber, r.Asked.CaseNumber, r.Delay.Purpose, r.Delay.Basis, r.Delay.Days, stamp(one.VisibleAt)})
	}
	return answer(v, nil)
}

func (s *Server) proposeDelay(ctx context.Context, c *Caller, in *input[purposeRequest]) (*none, error) {
	_, err := s.Delays.Propose(ctx, c.Actor(), in.Body.Name, in.Body.Basis, in.Body.Days)
	return done(err)
}

func (s *Server) decideDelay(ctx context.Context, c *Caller, in *withID[delayDecision]) (*none, error) {
	return done(s.Delays.Decide(ctx, c.Actor(), in.ID, in.Body.Approve))
}

func (s *Server) endDelay(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Delays.End(ctx, c.Actor(), in.ID))
}

func (s *Server) proposeExtension(ctx context.Context, c *Caller, in *input[extensionRequest]) (*none, error) {
	_, err := s.Delays.Extend(ctx, c.Actor(), in.Body.Check, in.Body.Basis, in.Body.Days)
	return done(err)
}

func (s *Server) decideExtension(ctx context.Context, c *Caller, in *withID[delayDecision]) (*none, error) {
	return done(s.Delays.DecideExtension(ctx, c.Actor(), in.ID, in.Body.Approve))
}

func (s *Server) listDelayPurposes(ctx context.Context, c *Caller, _ *none) (*output[delayPurposes], error) {
	list, err := s.Delays.ForDesk(ctx, asker(c))
	v := delayPurposes{Purposes: []delayChoice{}}
	for _, p := range list {
		v.Purposes = append(v.Purposes, delayChoice{p.ID, p.Name, p.Basis, p.Days})
	}
	return answer(v, err)
}
