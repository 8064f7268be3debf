package httpapi

import (
	"context"

	"edl/internal/admission"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/relyingparty"
)

type admissionRow struct {
	ID          string            `json:"id"`
	Number      string            `json:"number"`
	Status      admission.Status  `json:"status" enum:"submitted,returned,granted,refused,lapsed,withdrawn"`
	Further     bool              `json:"further" doc:"a registered party asks for scenarios beside those it has"`
	Name        string            `json:"name"`
	USCC        identity.USCC     `json:"uscc"`
	Kind        relyingparty.Kind `json:"kind"`
	Wanted      []lang.Text       `json:"wanted" doc:"the scenarios' names"`
	SubmittedAt string            `json:"submittedAt"`
	DecidedAt   string            `json:"decidedAt,omitempty"`
	Rivals      int               `json:"rivals" doc:"others who came for the same credit code meanwhile"`
}

type admissionRows struct {
	Applications []admissionRow `json:"applications"`
}

type objectionView struct {
	ID   admission.Reason `json:"id"`
	Name lang.Text        `json:"name"`
}

// admissionCase is an application as staff see it.
type admissionCase struct {
	AdmissionView
	ID          string          `json:"id"`
	Version     int64           `json:"version" doc:"to be sent with the decision"`
	Phone       string          `json:"phone" doc:"confirmed by a code; empty once erased"`
	Rivals      int             `json:"rivals"`
	DecidedBy   string          `json:"decidedBy,omitempty"`
	Further     bool            `json:"further" doc:"a registered party asks for scenarios beside those it has"`
	Has         []lang.Text     `json:"has" doc:"the scenarios that party has"`
	PartyID     string          `json:"partyId,omitempty" doc:"once granted, or who asks for more"`
	MayReturn   bool            `json:"mayReturn" doc:"whether more may be asked for: once"`
	Reasons     []objectionView `json:"reasons" doc:"that may be given"`
	InviteURL   string          `json:"inviteUrl,omitempty" doc:"right after a grant: shown once; serves once"`
	InviteUntil string          `json:"inviteUntil,omitempty"`
}

type objectionRequest struct {
	Version int64              `json:"version"`
	Reasons []admission.Reason `json:"reasons" maxItems:"10"`
	Words   string             `json:"words,omitempty" maxLength:"800"`
}

type verdictRequest struct {
	Scenario  relyingparty.ScenarioID `json:"scenario" maxLength:"30"`
	Granted   bool                    `json:"granted"`
	Condition string                  `json:"condition,omitempty" maxLength:"800"`
	Reasons   []admission.Reason      `json:"reasons,omitempty" maxItems:"10"`
	Words     string                  `json:"words,omitempty" maxLength:"800"`
}

type decideRequest struct {
	Version  int64            `json:"version"`
	Verdicts []verdictRequest `json:"verdicts" maxItems:"20"`
}

func (s *Server) staffAdmissionRoutes() {
	handle(s, op{id: "listAdmissions", method: get, path: "/api/staff/admissions", access: partyAdmin,
		summary: "Applications to be a relying party, those that wait earliest first"}, s.listAdmissions)
	handle(s, op{id: "getAdmissionCase", method: get, path: "/api/staff/admissions/{id}", access: partyAdmin,
		summary: "An application with its evidence"}, s.getAdmissionCase)
	handle(s, op{id: "getEvidence", method: get, path: "/api/staff/admissions/{id}/files/{file}", access: partyAdmin,
		summary: "A piece of evidence: a picture to show, or a PDF to save"}, s.getEvidence)
	handle(s, op{id: "returnAdmission", method: post, path: "/api/staff/admissions/{id}/return", access: partyAdmin,
		summary: "Ask the applicant for more, once"}, s.returnAdmission)
	handle(s, op{id: "decideAdmission", method: post, path: "/api/staff/admissions/{id}/decide", access: partyAdmin,
		summary: "Grant or refuse each scenario; a grant registers the body and invites its administrator"}, s.decideAdmission)
}

func (s *Server) listAdmissions(ctx context.Context, _ *Caller, in *struct {
	Status string `query:"status" enum:"open,decided" default:"open"`
}) (*output[admissionRows], error) {
	list, err := s.Admissions.Queue(ctx, in.Status == "decided")
	if err != nil {
		return nil, err
	}
	names, err := s.scenarioNames(ctx)
	view := admissionRows{Applications: []admissionRow{}}
	for _, a := range list {
		row := admissionRow{a.ID, a.Number, a.Status, a.Further, a.Name, a.USCC, a.Kind, []lang.Text{}, stamp(a.SubmittedAt), stamp(a.DecidedAt), a.Rivals}
		for _, w := range a.Wanted {
			row.Wanted = append(row.Wanted, names[w.Scenario])
		}
		view.Applications = append(view.Applications, row)
	}
	return answer(view, err)
}

func (s *Server) viewAdmissionCase(ctx context.Context, a *admission.Application) (admissionCase, error) {
	base, err := s.viewAdmission(ctx, a)
	v := admissionCase{AdmissionView: base, ID: a.ID, Version: a.Version, Phone: string(a.Phone), Rivals: a.Rivals, PartyID: a.PartyID, Further: a.Further, Has: []lang.Text{},
		MayReturn: a.Status == admission.Submitted && a.ReturnedAt.IsZero(), Reasons: []objectionView{}}
	if a.DecidedBy != "" {
		v.DecidedBy = s.memberName(ctx, a.DecidedBy)
	}
	codes, names := admission.Reasons()
	for i, code := range codes {
		v.Reasons = append(v.Reasons, objectionView{code, names[i]})
	}
	if err != nil || !a.Further {
		return v, err
	}
	party, err := s.Parties.Party(ctx, a.PartyID)
	for _, one := range party.Scenarios {
		v.Has = append(v.Has, one.Name)
	}
	return v, err
}

func (s *Server) admissionCase(ctx context.Context, a *admission.Application, err error) (*output[admissionCase], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.viewAdmissionCase(ctx, a))
}

func (s *Server) getAdmissionCase(ctx context.Context, _ *Caller, in *byID) (*output[admissionCase], error) {
	a, err := s.Admissions.Case(ctx, in.ID)
	return s.admissionCase(ctx, a, err)
}

// evidenceFile is an answer whose body a stranger sent. A picture was made
// anew; a PDF is as it came, so it is saved under a name of ours and never
// shown here. Neither can run: nosniff is set on every answer.
type evidenceFile struct {
	ContentType string `header:"Content-Type"`
	Policy      string `header:"Content-Security-Policy"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) getEvidence(ctx context.Context, c *Caller, in *struct {
	ID   string `path:"id" maxLength:"64"`
	File string `path:"file" maxLength:"64"`
}) (*evidenceFile, error) {
	f, content, err := s.Admissions.Show(ctx, c.Actor(), in.ID, in.File)
	if err != nil {
		return nil, err
	}
	answer := &evidenceFile{ContentType: string(f.Media), Policy: "sandbox; default-src 'none'", Disposition: `attachment; filename="evidence.pdf"`, Body: content}
	if f.Media == admission.JPEG {
		answer.Disposition = `inline; filename="evidence.jpg"`
	}
	return answer, nil
}

func (s *Server) returnAdmission(ctx context.Context, c *Caller, in *withID[objectionRequest]) (*output[admissionCase], error) {
	a, err := s.Admissions.Return(ctx, c.Actor(), in.ID, in.Body.Version, admission.Objection{Reasons: in.Body.Reasons, Words: in.Body.Words})
	return s.admissionCase(ctx, a, err)
}

func (s *Server) decideAdmission(ctx context.Context, c *Caller, in *withID[decideRequest]) (*output[admissionCase], error) {
	var verdicts []admission.Verdict
	for _, v := range in.Body.Verdicts {
		verdicts = append(verdicts, admission.Verdict{Scenario: v.Scenario, Granted: v.Granted, Condition: v.Condition, Objection: admission.Objection{Reasons: v.Reasons, Words: v.Words}})
	}
	out, err := s.Admissions.Decide(ctx, c.Actor(), in.ID, in.Body.Version, verdicts)
	if err != nil {
		return nil, err
	}
	view, err := s.viewAdmissionCase(ctx, out.Application)
	view.InviteURL, view.InviteUntil = out.InviteURL, stamp(out.Expires)
	return answer(view, err)
}
