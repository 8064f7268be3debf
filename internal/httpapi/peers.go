package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"edl/internal/account"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/peer"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

type peerView struct {
	ID          string      `json:"id"`
	Issuer      string      `json:"issuer"`
	Name        lang.Text   `json:"name"`
	Fingerprint string      `json:"fingerprint" doc:"of its keys, to be compared with the other side's"`
	Status      peer.Status `json:"status" enum:"active,suspended"`
	FetchedAt   string      `json:"fetchedAt,omitempty" doc:"when its keys were last fetched"`
	AddedAt     string      `json:"addedAt"`
}

type peersView struct {
	Own         string     `json:"own" doc:"this authority's card, to be given to others"`
	Fingerprint string     `json:"fingerprint" doc:"of this authority's card"`
	Authorities []peerView `json:"authorities"`
}

type peerRequest struct {
	Card string `json:"card" maxLength:"8192" doc:"the card that the other authority gave"`
}

// peerQuestion is a question as it came: its bytes are signed.
type peerQuestion struct {
	From      string `header:"Edl-Authority" maxLength:"200"`
	Date      string `header:"Edl-Date" maxLength:"40"`
	Request   string `header:"Edl-Request" maxLength:"64"`
	Signature string `header:"Edl-Signature" maxLength:"200"`
	RawBody   []byte
}

type peerAnswer struct {
	Signature   string `header:"Edl-Signature"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type foreignRequest struct {
	Code     string                  `json:"code" maxLength:"2000" doc:"a self-contained code, as it was scanned"`
	Scenario relyingparty.ScenarioID `json:"scenario" maxLength:"40"`
}

// foreignView is what is said of another authority's code.
type foreignView struct {
	Authority lang.Text   `json:"authority"`
	Verdict   string      `json:"verdict" enum:"usable,not_usable,no_verdict,unreachable,refused"`
	Word      lang.Text   `json:"word"`
	Line      lang.Text   `json:"line"`
	Causes    []lang.Text `json:"causes"`
	Code      string      `json:"code,omitempty" doc:"why the issuing authority refused the code"`
	Issuer    string      `json:"issuer" doc:"the authority's identifier"`
	Number    string      `json:"number,omitempty" doc:"of the check, which the issuing authority keeps"`
	Receipt   string      `json:"receiptUrl,omitempty" doc:"where the issuing authority confirms its receipt"`
}

type foreignPerson struct {
	Issuer string `json:"issuer" maxLength:"200"`
	Number string `json:"number" maxLength:"40" doc:"of the check, at the issuing authority"`
	Match  bool   `json:"match"`
}

func (s *Server) peerRoutes() {
	handle(s, op{id: "listPeers", method: get, path: "/api/staff/peers", access: Staff(account.System),
		summary: "The trust list: authorities whose licences are believed here"}, s.listPeers)
	handle(s, op{id: "addPeer", method: post, path: "/api/staff/peers", access: Staff(account.System), status: http.StatusCreated,
		summary: "Add an authority by its card"}, s.addPeer)
	handle(s, op{id: "suspendPeer", method: post, path: "/api/staff/peers/{id}/suspend", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Believe an authority no more"}, s.setPeer(peer.Suspended))
	handle(s, op{id: "resumePeer", method: post, path: "/api/staff/peers/{id}/resume", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Believe it again"}, s.setPeer(peer.Active))
	handle(s, op{id: "getPublicBundle", method: get, path: "/api/public/bundle", access: Public,
		summary: "The signed bundle, for other authorities"}, s.getPublicBundle)
	handle(s, op{id: "askStatus", method: post, path: peer.StatusPath, access: Public, maxBody: 16 << 10,
		summary: "Another authority asks for the status behind a code; question and answer are signed"}, s.askStatus)
	handle(s, op{id: "checkForeign", method: post, path: "/api/terminal/foreign-checks", access: Terminal, maxBody: 16 << 10,
		summary: "Check another authority's self-contained code: genuine by the trust list, status asked of its issuer"}, s.checkForeign)
	handle(s, op{id: "askPerson", method: post, path: peer.PersonPath, access: Public, maxBody: 4 << 10,
		summary: "Another authority tells whether person and photo matched in a check that its officer made; signed"}, s.askPerson)
	handle(s, op{id: "matchForeign", method: post, path: "/api/terminal/foreign-checks/person", access: Terminal, status: http.StatusNoContent,
		summary: "Tell the issuing authority whether the person is the one of the photo"}, s.matchForeign)
}

func viewPeer(a *peer.Authority) peerView {
	v := peerView{ID: a.ID, Issuer: a.Issuer, Name: a.Name, Fingerprint: a.Fingerprint(), Status: a.Status, AddedAt: stamp(a.AddedAt)}
	if !a.FetchedAt.IsZero() {
		v.FetchedAt = stamp(a.FetchedAt)
	}
	return v
}

func (s *Server) listPeers(ctx context.Context, _ *Caller, _ *none) (*output[peersView], error) {
	own, err := s.Peers.Own(ctx)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	list, err := s.Peers.List(ctx)
	view := peersView{Own: string(text), Fingerprint: own.Fingerprint(), Authorities: []peerView{}}
	for _, a := range list {
		view.Authorities = append(view.Authorities, viewPeer(a))
	}
	return answer(view, err)
}

func (s *Server) addPeer(ctx context.Context, c *Caller, in *input[peerRequest]) (*output[peerView], error) {
	a, err := s.Peers.Add(ctx, c.Actor(), in.Body.Card)
	if err != nil {
		return nil, err
	}
	return answer(viewPeer(a), nil)
}

func (s *Server) setPeer(status peer.Status) func(context.Context, *Caller, *byID) (*none, error) {
	return func(ctx context.Context, c *Caller, in *byID) (*none, error) {
		return done(s.Peers.SetStatus(ctx, c.Actor(), in.ID, status))
	}
}

func (s *Server) getPublicBundle(ctx context.Context, _ *Caller, _ *none) (*octets, error) {
	b, err := s.Offline.Bundle(ctx)
	if err != nil {
		return nil, err
	}
	return &octets{Status: http.StatusOK, ContentType: "application/cose", Body: b.Signed}, nil
}

// askStatus answers another authority. What is wrong with the code is an
// answer, signed like any other: nobody on the way can make one up.
func (s *Server) askStatus(ctx context.Context, _ *Caller, in *peerQuestion) (*peerAnswer, error) {
	from, q, err := s.Peers.Admit(ctx, peer.Asked{From: in.From, Date: in.Date, Request: in.Request, Signature: in.Signature, Body: in.RawBody})
	if err != nil {
		return nil, err
	}
	c, err := s.Checks.CheckForPeer(ctx, verification.PeerAsker{ID: from.ID, Name: from.Name.ZH, Unit: q.Unit, Operator: q.Operator, Place: q.Place}, q.Code)
	var said peer.Signed
	if f := fault.Of(err); f != nil {
		said.Refused = &peer.Refused{Code: f.Code, Say: f.Say}
	} else if err != nil {
		return nil, err
	} else {
		a := c.Record.Answer
		said.Answer = &peer.Answer{Outcome: string(c.Outcome), Word: a.Word, Line: a.Line, Causes: c.CauseNames(), Number: c.Number, Key: c.Record.ReceiptKey, At: c.At}
	}
	body, signature, err := s.Peers.Seal(in.Request, said)
	return &peerAnswer{signature, "application/json", body}, err
}

// askPerson takes another authority's 人证一致; what is wrong is a signed answer.
func (s *Server) askPerson(ctx context.Context, _ *Caller, in *peerQuestion) (*peerAnswer, error) {
	from, q, err := s.Peers.AdmitComparison(ctx, peer.Asked{From: in.From, Date: in.Date, Request: in.Request, Signature: in.Signature, Body: in.RawBody})
	if err != nil {
		return nil, err
	}
	err = s.Checks.MatchForPeer(ctx, verification.PeerAsker{ID: from.ID, Name: from.Name.ZH, Unit: q.Unit, Operator: q.Operator}, q.Number, q.Same)
	said := peer.Signed{Recorded: err == nil}
	if f := fault.Of(err); f != nil {
		said.Refused = &peer.Refused{Code: f.Code, Say: f.Say}
	} else if err != nil {
		return nil, err
	}
	body, signature, err := s.Peers.Seal(in.Request, said)
	return &peerAnswer{signature, "application/json", body}, err
}

func (s *Server) matchForeign(ctx context.Context, c *Caller, in *input[foreignPerson]) (*none, error) {
	shift, err := s.Parties.Shift(ctx, c.Session)
	if err != nil {
		return nil, err
	}
	if !shift.Party.May(relyingparty.PoliceCheck) {
		return nil, relyingparty.ErrScenario
	}
	return done(s.Peers.Compare(ctx, officer(c), in.Body.Issuer, peer.Comparison{
		Number: in.Body.Number, Unit: shift.Party.Name, Operator: shift.Operator.Number, Same: in.Body.Match,
	}))
}

func officer(c *Caller) peer.Officer {
	return peer.Officer{PartyID: c.Session.PartyID, OperatorID: c.Session.OperatorID}
}

func (s *Server) checkForeign(ctx context.Context, c *Caller, in *input[foreignRequest]) (*output[foreignView], error) {
	shift, err := s.Parties.Shift(ctx, c.Session)
	if err != nil {
		return nil, err
	}
	if in.Body.Scenario != relyingparty.PoliceCheck || !shift.Party.May(in.Body.Scenario) {
		return nil, relyingparty.ErrScenario
	}
	g, err := s.Peers.Verify(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	view := foreignView{Authority: g.Authority.Name, Issuer: g.Authority.Issuer, Causes: []lang.Text{}}
	a, err := s.Peers.Ask(ctx, officer(c), g, peer.Question{Code: in.Body.Code, Unit: shift.Party.Name, Operator: shift.Operator.Number, Place: shift.Terminal.Place})
	refused, unreachable := asRefused(err), fault.Of(err) == peer.ErrUnreachable
	switch {
	case refused != nil:
		view.Verdict, view.Word, view.Line, view.Code = peer.RefusedCode, peer.SayRefused, refused.Say, refused.Code
	case unreachable:
		view.Verdict, view.Word, view.Line = peer.Unreachable, peer.SayUnreachable, peer.ErrUnreachable.Say
	case err != nil:
		return nil, err
	default:
		view.Verdict, view.Word, view.Line, view.Causes = a.Outcome, a.Word, a.Line, a.Causes
		view.Number, view.Receipt = a.Number, a.ReceiptURL(g.Authority.Issuer)
	}
	return answer(view, nil)
}

// foreignShift lists the operator's checks of other authorities' codes; a
// server that knows no others has none.
func (s *Server) foreignShift(ctx context.Context, c *Caller, since time.Time) ([]foreignRow, error) {
	rows := []foreignRow{}
	if s.Peers == nil {
		return rows, nil
	}
	list, err := s.Peers.Shift(ctx, officer(c), since)
	for _, f := range list {
		row := foreignRow{ID: f.ID, At: stamp(f.At), Authority: f.Said.Authority, Verdict: f.Outcome, Word: f.Said.Word, Number: f.Number, Receipt: f.Said.Receipt}
		if f.Match != "" {
			same := f.Match == "yes"
			row.PersonMatch = &same
		}
		rows = append(rows, row)
	}
	return rows, err
}

// asRefused returns the other side's refusal, nil for any other error.
func asRefused(err error) *peer.Refused {
	var r *peer.Refused
	errors.As(err, &r)
	return r
}
