package httpapi

import (
	"context"
	"net/http"

	"edl/internal/admission"
)

// WantedForm is exported because others embed it.
type WantedForm struct {
	Wanted []wantRequest `json:"wanted" maxItems:"20"`
}

// furtherRequest is a party's request for further scenarios, as its
// administrators see it.
type furtherRequest struct {
	AdmissionView
	ID        string `json:"id"`
	KeptUntil string `json:"keptUntil,omitempty" doc:"when a draft goes"`
	News      bool   `json:"news" doc:"how it ended was not acknowledged yet"`
}

type furtherRequests struct {
	Offered  []offeredScenario  `json:"offered" doc:"what the party may ask for"`
	Evidence []evidenceKindView `json:"evidence" doc:"every kind"`
	MaxFiles int                `json:"maxFiles"`
	MaxBytes int                `json:"maxBytes"`
	Requests []furtherRequest   `json:"requests" doc:"newest first; one is not decided at most"`
}

func (s *Server) partyFurtherRoutes() {
	handle(s, op{id: "listOwnRequests", method: get, path: "/api/party/requests", access: PartyAdmin,
		summary: "Which further scenarios the party may ask for, and what it asked for"}, s.listOwnRequests)
	handle(s, op{id: "beginOwnRequest", method: post, path: "/api/party/requests", access: PartyAdmin, status: http.StatusCreated,
		summary: "Begin a request for further scenarios: one at a time"}, s.beginOwnRequest)
	handle(s, op{id: "changeOwnRequest", method: put, path: "/api/party/requests/{id}", access: PartyAdmin,
		summary: "Change what is wanted, while it is a draft or was returned"}, s.changeOwnRequest)
	handle(s, op{id: "attachOwnEvidence", method: post, path: "/api/party/requests/{id}/files", access: PartyAdmin, status: http.StatusCreated, maxBody: admission.MaxFile + 1<<20, before: s.mayAttachOwn,
		summary: "Add a PDF, JPEG or PNG to a request"}, s.attachOwnEvidence)
	handle(s, op{id: "removeOwnEvidence", method: del, path: "/api/party/requests/{id}/files/{file}", access: PartyAdmin,
		summary: "Remove a file from a request"}, s.removeOwnEvidence)
	handle(s, op{id: "submitOwnRequest", method: post, path: "/api/party/requests/{id}/submit", access: PartyAdmin,
		summary: "Put a request before staff"}, s.submitOwnRequest)
	handle(s, op{id: "withdrawOwnRequest", method: post, path: "/api/party/requests/{id}/withdraw", access: PartyAdmin, status: http.StatusNoContent,
		summary: "End a request that is not decided; its evidence goes at once"}, s.withdrawOwnRequest)
	handle(s, op{id: "acknowledgeOwnRequest", method: post, path: "/api/party/requests/{id}/seen", access: PartyAdmin, status: http.StatusNoContent,
		summary: "Say that it is known how a request ended"}, s.acknowledgeOwnRequest)
}

// request is the caller's party's own.
func (c *Caller) request(id string) admission.Request {
	return admission.Request{PartyID: c.Session.PartyID, ID: id}
}

func (s *Server) viewFurther(ctx context.Context, a *admission.Application) (furtherRequest, error) {
	base, err := s.viewAdmission(ctx, a)
	v := furtherRequest{AdmissionView: base, ID: a.ID, News: !a.DecidedAt.IsZero() && a.SeenAt.IsZero()}
	if a.Status == admission.Draft {
		v.KeptUntil = stamp(a.KeptUntil)
	}
	return v, err
}

func (s *Server) further(ctx context.Context, a *admission.Application, err error) (*output[furtherRequest], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.viewFurther(ctx, a))
}

func (s *Server) listOwnRequests(ctx context.Context, c *Caller, _ *none) (*output[furtherRequests], error) {
	list, offered, err := s.Admissions.Requests(ctx, c.Session.PartyID)
	if err != nil {
		return nil, err
	}
	view := furtherRequests{Offered: []offeredScenario{}, Evidence: viewEvidenceKinds(admission.EvidenceKinds()), MaxFiles: admission.MaxFiles, MaxBytes: admission.MaxFile, Requests: []furtherRequest{}}
	for _, one := range offered {
		view.Offered = append(view.Offered, viewOffered(one))
	}
	for _, a := range list {
		one, err := s.viewFurther(ctx, a)
		if err != nil {
			return nil, err
		}
		view.Requests = append(view.Requests, one)
	}
	return answer(view, nil)
}

func (s *Server) beginOwnRequest(ctx context.Context, c *Caller, in *keyed[WantedForm]) (*output[furtherRequest], error) {
	a, err := s.Admissions.BeginFurther(ctx, c.Actor(), c.Address, c.Session.PartyID, in.Key, parseWanted(in.Body.Wanted))
	return s.further(ctx, a, err)
}

func (s *Server) changeOwnRequest(ctx context.Context, c *Caller, in *withID[WantedForm]) (*output[furtherRequest], error) {
	a, err := s.Admissions.Amend(ctx, c.Address, c.request(in.ID), admission.Form{Wanted: parseWanted(in.Body.Wanted)})
	return s.further(ctx, a, err)
}

func (s *Server) mayAttachOwn(r *http.Request, c *Caller) error {
	return s.Admissions.MayAttach(r.Context(), c.Address, c.request(r.PathValue("id")))
}

func (s *Server) attachOwnEvidence(ctx context.Context, c *Caller, in *struct {
	ID      string                 `path:"id" maxLength:"64"`
	Kind    admission.EvidenceKind `query:"kind" maxLength:"20"`
	RawBody []byte                 `contentType:"application/octet-stream"`
}) (*output[furtherRequest], error) {
	a, err := s.Admissions.Attach(ctx, c.Address, c.request(in.ID), in.Kind, in.RawBody)
	return s.further(ctx, a, err)
}

func (s *Server) removeOwnEvidence(ctx context.Context, c *Caller, in *struct {
	ID   string `path:"id" maxLength:"64"`
	File string `path:"file" maxLength:"64"`
}) (*output[furtherRequest], error) {
	a, err := s.Admissions.Remove(ctx, c.Address, c.request(in.ID), in.File)
	return s.further(ctx, a, err)
}

func (s *Server) submitOwnRequest(ctx context.Context, c *Caller, in *byID) (*output[furtherRequest], error) {
	a, err := s.Admissions.Submit(ctx, c.Actor(), c.Address, c.request(in.ID))
	return s.further(ctx, a, err)
}

func (s *Server) withdrawOwnRequest(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Admissions.Withdraw(ctx, c.Actor(), c.request(in.ID)))
}

func (s *Server) acknowledgeOwnRequest(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Admissions.Seen(ctx, c.request(in.ID)))
}
