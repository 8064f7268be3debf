package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/relyingparty"
)

type wantRequest struct {
	Scenario relyingparty.ScenarioID `json:"scenario" maxLength:"30"`
	Purpose  string                  `json:"purpose" maxLength:"800"`
}

// AdmissionForm is exported because others embed it.
type AdmissionForm struct {
	Name         string            `json:"name" maxLength:"300"`
	USCC         string            `json:"uscc" maxLength:"40" doc:"统一社会信用代码"`
	Kind         relyingparty.Kind `json:"kind" maxLength:"20"`
	Contact      string            `json:"contact" maxLength:"200" doc:"whom drivers can turn to"`
	ContactPhone string            `json:"contactPhone" maxLength:"40"`
	Person       string            `json:"person" maxLength:"300" doc:"who applies, and becomes the first administrator"`
	Wanted       []wantRequest     `json:"wanted" maxItems:"20"`
}

func parseWanted(list []wantRequest) (wanted []admission.Want) {
	for _, w := range list {
		wanted = append(wanted, admission.Want{Scenario: w.Scenario, Purpose: w.Purpose})
	}
	return wanted
}

func (r AdmissionForm) parse() (f admission.Form, err error) {
	f = admission.Form{Name: r.Name, Kind: r.Kind, Contact: r.Contact, ContactPhone: r.ContactPhone}
	if f.USCC, err = identity.ParseUSCC(r.USCC); err != nil {
		return f, fault.At("uscc", err)
	}
	if f.Person, err = identity.ParseName(r.Person); err != nil {
		return f, fault.At("person", err)
	}
	f.Wanted = parseWanted(r.Wanted)
	return f, nil
}

type beginAdmissionRequest struct {
	AdmissionForm
	Phone string `json:"phone" maxLength:"30"`
	Code  string `json:"code" maxLength:"10"`
}

type findAdmissionRequest struct {
	Number string `json:"number" maxLength:"20"`
	Phone  string `json:"phone" maxLength:"30"`
	Code   string `json:"code" maxLength:"10"`
}

type evidenceKindView struct {
	Kind admission.EvidenceKind `json:"kind"`
	Name lang.Text              `json:"name"`
}

func viewEvidenceKinds(kinds []admission.EvidenceKind) []evidenceKindView {
	view := []evidenceKindView{}
	for _, k := range kinds {
		view = append(view, evidenceKindView{k, k.Name()})
	}
	return view
}

type offeredScenario struct {
	ID       relyingparty.ScenarioID `json:"id"`
	Name     lang.Text               `json:"name"`
	Kinds    []relyingparty.Kind     `json:"kinds"`
	Fields   []lang.Text             `json:"fields" doc:"what it gives, in words"`
	Evidence []evidenceKindView      `json:"evidence" doc:"what must be shown for it"`
}

type admissionOffer struct {
	Kinds     []relyingparty.Kind `json:"kinds"`
	Scenarios []offeredScenario   `json:"scenarios"`
	Evidence  []evidenceKindView  `json:"evidence" doc:"every kind"`
	MaxFiles  int                 `json:"maxFiles"`
	MaxBytes  int                 `json:"maxBytes"`
}

type wantView struct {
	Scenario  relyingparty.ScenarioID `json:"scenario"`
	Name      lang.Text               `json:"name"`
	Purpose   string                  `json:"purpose"`
	Outcome   string                  `json:"outcome" enum:"waiting,granted,refused"`
	Condition string                  `json:"condition,omitempty"`
	Because   []lang.Text             `json:"because" doc:"why it was refused, to the applicant"`
}

type evidenceView struct {
	ID    string                 `json:"id"`
	Kind  admission.EvidenceKind `json:"kind"`
	Name  lang.Text              `json:"name"`
	Media admission.Media        `json:"media"`
	Size  int                    `json:"size" doc:"bytes, as kept"`
	At    string                 `json:"at"`
}

// AdmissionView is exported because others embed it.
type AdmissionView struct {
	Number       string             `json:"number"`
	Status       admission.Status   `json:"status" enum:"draft,submitted,returned,granted,refused,lapsed,withdrawn"`
	Name         string             `json:"name"`
	USCC         identity.USCC      `json:"uscc"`
	Kind         relyingparty.Kind  `json:"kind"`
	Contact      string             `json:"contact"`
	ContactPhone string             `json:"contactPhone"`
	Person       string             `json:"person"`
	Wanted       []wantView         `json:"wanted"`
	Files        []evidenceView     `json:"files"`
	Needed       []evidenceKindView `json:"needed" doc:"what must be shown"`
	CreatedAt    string             `json:"createdAt"`
	SubmittedAt  string             `json:"submittedAt,omitempty"`
	ReturnedAt   string             `json:"returnedAt,omitempty"`
	AnswerBy     string             `json:"answerBy,omitempty" doc:"the last day to answer what was asked for anew; then it lapses"`
	Missing      []lang.Text        `json:"missing" doc:"what was asked for anew"`
	DecidedAt    string             `json:"decidedAt,omitempty"`
	EvidenceGone bool               `json:"evidenceGone"`
}

// ownAdmission is an application as its applicant sees it.
type ownAdmission struct {
	AdmissionView
	PhoneMasked string `json:"phoneMasked"`
	KeptUntil   string `json:"keptUntil,omitempty" doc:"when a draft goes"`
	Account     string `json:"account,omitempty" enum:"invited,expired,active,suspended" doc:"the administrator's, once granted"`
	InviteUntil string `json:"inviteUntil,omitempty"`
}

type openedAdmission struct {
	Secret      string       `json:"secret" doc:"opens the application; shown once"`
	Application ownAdmission `json:"application"`
}

func (s *Server) viewAdmission(ctx context.Context, a *admission.Application) (AdmissionView, error) {
	names, err := s.scenarioNames(ctx)
	v := AdmissionView{
		Number: a.Number, Status: a.Status, Name: a.Name, USCC: a.USCC, Kind: a.Kind, Contact: a.Contact, ContactPhone: a.ContactPhone, Person: string(a.Person),
		Wanted: []wantView{}, Files: []evidenceView{}, Missing: []lang.Text{},
		CreatedAt: stamp(a.CreatedAt), SubmittedAt: stamp(a.SubmittedAt), ReturnedAt: stamp(a.ReturnedAt), DecidedAt: stamp(a.DecidedAt), EvidenceGone: !a.EvidenceGoneAt.IsZero(),
	}
	v.Missing = append(v.Missing, a.Missing.Say()...)
	if day := a.LastDay(); !day.IsZero() {
		v.AnswerBy = day.String()
	}
	var wanted []relyingparty.ScenarioID
	for _, w := range a.Wanted {
		wanted = append(wanted, w.Scenario)
		v.Wanted = append(v.Wanted, viewWant(w, names[w.Scenario], a.Verdicts))
	}
	v.Needed = viewEvidenceKinds(admission.Evidence(wanted...))
	for _, f := range a.Files {
		v.Files = append(v.Files, evidenceView{f.ID, f.Kind, f.Kind.Name(), f.Media, f.Size, stamp(f.At)})
	}
	return v, err
}

func (s *Server) scenarioNames(ctx context.Context) (map[relyingparty.ScenarioID]lang.Text, error) {
	names := map[relyingparty.ScenarioID]lang.Text{}
	all, err := s.Parties.Scenarios(ctx)
	for _, one := range all {
		names[one.ID] = one.Name
	}
	return names, err
}

func viewWant(w admission.Want, name lang.Text, verdicts []admission.Verdict) wantView {
	view := wantView{Scenario: w.Scenario, Name: name, Purpose: w.Purpose, Outcome: "waiting", Because: []lang.Text{}}
	for _, one := range verdicts {
		if one.Scenario != w.Scenario {
			continue
		}
		view.Outcome, view.Condition = "refused", one.Condition
		if one.Granted {
			view.Outcome = "granted"
		}
		view.Because = append(view.Because, one.Objection.Say()...)
	}
	return view
}

func (s *Server) viewOwnAdmission(ctx context.Context, a *admission.Application) (ownAdmission, error) {
	base, err := s.viewAdmission(ctx, a)
	v := ownAdmission{AdmissionView: base, PhoneMasked: a.Phone.Masked()}
	if a.Status == admission.Draft {
		v.KeptUntil = stamp(a.KeptUntil)
	}
	if err != nil || a.Status != admission.Granted {
		return v, err
	}
	m, err := s.Admissions.Administrator(ctx, a)
	if err != nil {
		return v, err
	}
	v.Account = string(m.Status)
	if m.Status == account.Invited {
		v.InviteUntil = stamp(m.InviteUntil)
		if s.Now().After(m.InviteUntil) {
			v.Account = "expired"
		}
	}
	return v, nil
}

// Applicant is what an application's page sends of itself; exported because
// others embed it. The secret is no cookie: a page of another origin cannot
// send it.
type Applicant struct {
	ID     string `path:"id" maxLength:"20" doc:"the application's number"`
	Secret string `header:"Application-Secret" maxLength:"64" doc:"of the application's link"`
}

func (a Applicant) key() admission.Key { return admission.Key{Number: a.ID, Secret: a.Secret} }

func (s *Server) admissionRoutes() {
	handle(s, op{id: "getAdmissionOffer", method: get, path: "/api/public/admission", access: Public,
		summary: "What bodies may apply for, and what evidence is asked"}, s.getAdmissionOffer)
	handle(s, op{id: "sendAdmissionCode", method: post, path: "/api/public/admission/code", access: Public, status: http.StatusAccepted,
		summary: "Send a code to the applicant's phone"}, s.sendAdmissionCode)
	handle(s, op{id: "checkAdmission", method: post, path: "/api/public/admission/check", access: Public, status: http.StatusNoContent,
		summary: "See what is wrong with a form before the phone is asked; nothing is kept"}, s.checkAdmission)
	handle(s, op{id: "beginAdmission", method: post, path: "/api/public/admissions", access: Public, status: http.StatusCreated,
		summary: "Begin an application to be a relying party, by the code that reached the phone"}, s.beginAdmission)
	handle(s, op{id: "findAdmission", method: post, path: "/api/public/admissions/find", access: Public,
		summary: "Open an application by its number and a code to its phone; the link before ends"}, s.findAdmission)
	handle(s, op{id: "getAdmission", method: get, path: "/api/public/admissions/{id}", access: Public,
		summary: "An application and how far it is"}, s.getAdmission)
	handle(s, op{id: "changeAdmission", method: put, path: "/api/public/admissions/{id}", access: Public,
		summary: "Change what an application says, while it is a draft or was returned"}, s.changeAdmission)
	handle(s, op{id: "attachEvidence", method: post, path: "/api/public/admissions/{id}/files", access: Public, status: http.StatusCreated, maxBody: admission.MaxFile + 1<<20, before: s.mayAttach,
		summary: "Add a PDF, JPEG or PNG to an application"}, s.attachEvidence)
	handle(s, op{id: "removeEvidence", method: del, path: "/api/public/admissions/{id}/files/{file}", access: Public,
		summary: "Remove a file from an application"}, s.removeEvidence)
	handle(s, op{id: "submitAdmission", method: post, path: "/api/public/admissions/{id}/submit", access: Public,
		summary: "Put an application before staff"}, s.submitAdmission)
}

func (s *Server) getAdmissionOffer(ctx context.Context, _ *Caller, _ *none) (*output[admissionOffer], error) {
	list, err := s.Admissions.Offer(ctx)
	view := admissionOffer{Kinds: admission.Kinds(), Scenarios: []offeredScenario{}, Evidence: viewEvidenceKinds(admission.EvidenceKinds()), MaxFiles: admission.MaxFiles, MaxBytes: admission.MaxFile}
	for _, one := range list {
		view.Scenarios = append(view.Scenarios, viewOffered(one))
	}
	return answer(view, err)
}

func viewOffered(one *relyingparty.Scenario) offeredScenario {
	view := offeredScenario{ID: one.ID, Name: one.Name, Kinds: one.Kinds, Fields: []lang.Text{}, Evidence: viewEvidenceKinds(admission.Evidence(one.ID))}
	for _, f := range one.Fields {
		view.Fields = append(view.Fields, f.Label())
	}
	return view
}

func (s *Server) sendAdmissionCode(ctx context.Context, c *Caller, in *input[smsRequest]) (*output[WaitsView], error) {
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	w, err := s.Admissions.SendCode(ctx, c.Address, phone)
	return answer(viewWaits(w), err)
}

func (s *Server) checkAdmission(ctx context.Context, c *Caller, in *input[AdmissionForm]) (*none, error) {
	form, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	return done(s.Admissions.Check(ctx, c.Address, form))
}

func (s *Server) beginAdmission(ctx context.Context, c *Caller, in *input[beginAdmissionRequest]) (*output[openedAdmission], error) {
	form, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	a, secret, err := s.Admissions.Begin(ctx, c.Actor(), c.Address, form, phone, in.Body.Code)
	return s.openedAdmission(ctx, a, secret, err)
}

func (s *Server) findAdmission(ctx context.Context, c *Caller, in *input[findAdmissionRequest]) (*output[openedAdmission], error) {
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	a, secret, err := s.Admissions.Reopen(ctx, c.Actor(), c.Address, in.Body.Number, phone, in.Body.Code)
	return s.openedAdmission(ctx, a, secret, err)
}

func (s *Server) openedAdmission(ctx context.Context, a *admission.Application, secret string, err error) (*output[openedAdmission], error) {
	if err != nil {
		return nil, err
	}
	view, err := s.viewOwnAdmission(ctx, a)
	return answer(openedAdmission{secret, view}, err)
}

func (s *Server) ownAdmission(ctx context.Context, a *admission.Application, err error) (*output[ownAdmission], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.viewOwnAdmission(ctx, a))
}

func (s *Server) getAdmission(ctx context.Context, c *Caller, in *Applicant) (*output[ownAdmission], error) {
	a, err := s.Admissions.Mine(ctx, c.Address, in.key())
	return s.ownAdmission(ctx, a, err)
}

func (s *Server) changeAdmission(ctx context.Context, c *Caller, in *struct {
	Applicant
	Body AdmissionForm
}) (*output[ownAdmission], error) {
	form, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	a, err := s.Admissions.Amend(ctx, c.Address, in.key(), form)
	return s.ownAdmission(ctx, a, err)
}

func (s *Server) mayAttach(r *http.Request, c *Caller) error {
	key := Applicant{r.PathValue("id"), r.Header.Get("Application-Secret")}.key()
	return s.Admissions.MayAttach(r.Context(), c.Address, key)
}

func (s *Server) attachEvidence(ctx context.Context, c *Caller, in *struct {
	Applicant
	Kind    admission.EvidenceKind `query:"kind" maxLength:"20"`
	RawBody []byte                 `contentType:"application/octet-stream"`
}) (*output[ownAdmission], error) {
	a, err := s.Admissions.Attach(ctx, c.Address, in.key(), in.Kind, in.RawBody)
	return s.ownAdmission(ctx, a, err)
}

func (s *Server) removeEvidence(ctx context.Context, c *Caller, in *struct {
	Applicant
	File string `path:"file" maxLength:"64"`
}) (*output[ownAdmission], error) {
	a, err := s.Admissions.Remove(ctx, c.Address, in.key(), in.File)
	return s.ownAdmission(ctx, a, err)
}

func (s *Server) submitAdmission(ctx context.Context, c *Caller, in *Applicant) (*output[ownAdmission], error) {
	a, err := s.Admissions.Submit(ctx, c.Actor(), c.Address, in.key())
	return s.ownAdmission(ctx, a, err)
}
