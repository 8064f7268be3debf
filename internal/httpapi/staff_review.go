package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
)

type queueView struct {
	Items  []queuedView `json:"items" doc:"the earliest due first"`
	Counts queueCounts  `json:"counts"`
}

type queuedView struct {
	ID           string           `json:"id"`
	Number       string           `json:"number"`
	Name         string           `json:"name"`
	Kind         application.Kind `json:"kind" enum:"first,reapply,photo"`
	Route        string           `json:"route" enum:"album,camera,window"`
	Title        lang.Text        `json:"title"`
	Due          dueView          `json:"due"`
	Overdue      bool             `json:"overdue"`
	UrgedAt      string           `json:"urgedAt,omitempty"`
	Remaining    lang.Text        `json:"remaining"`
	ClaimedBy    string           `json:"claimedBy,omitempty"`
	ClaimedUntil string           `json:"claimedUntil,omitempty"`
	Appeal       bool             `json:"appeal" doc:"of a refusal: reviewed by another than who refused"`
	Barred       bool             `json:"barred" doc:"who asks may not review it: they took it at the window, or refused what it appeals"`
}

type queueCounts struct {
	Waiting int `json:"waiting"`
	Mine    int `json:"mine" doc:"decided today by who asks"`
	Overdue int `json:"overdue"`
}

type caseView struct {
	ID            string           `json:"id"`
	Number        string           `json:"number"`
	Kind          application.Kind `json:"kind" enum:"first,reapply,photo"`
	Route         string           `json:"route" enum:"album,camera,window"`
	Title         lang.Text        `json:"title"`
	Name          string           `json:"name"`
	Sex           lang.Text        `json:"sex"`
	Age           int              `json:"age"`
	NumberMasked  string           `json:"numberMasked"`
	SubmittedAt   string           `json:"submittedAt"`
	Due           dueView          `json:"due"`
	Overdue       bool             `json:"overdue"`
	ClaimedUntil  string           `json:"claimedUntil"`
	PhotoURL      string           `json:"photoUrl"`
	PortraitURL   string           `json:"portraitUrl" doc:"as it would be printed"`
	RegisterPhoto *onFileView      `json:"registerPhoto,omitempty"`
	Findings      []findingView    `json:"findings"`
	Models        string           `json:"models,omitempty" doc:"the version of the models that judged the photo; absent: none did, and every rule that needs one is for a person"`
	Declared      []photo.RuleID   `json:"declared"`
	Refusals      int              `json:"refusals"`
	Reasons       []reasonView     `json:"reasons" doc:"those to choose from; the first seven have keys"`
	Checklist     []checkItem      `json:"checklist" doc:"to be confirmed, each, before approving"`
	Appeal        *appealView      `json:"appeal,omitempty" doc:"the refusal that it appeals"`
	TakenAt       string           `json:"takenAt,omitempty"`
	TakenFrom     string           `json:"takenFrom" enum:"clock,file,phone,none" doc:"how the day is known: by our clock, by the file's EXIF, as the phone says, or not"`
	Source        lang.Text        `json:"source"`
	Ahead         int              `json:"ahead" doc:"others that wait"`
}

type reasonView struct {
	Code  application.Reason `json:"code"`
	Group application.Group  `json:"group"`
	Label lang.Text          `json:"label"`
	Say   lang.Text          `json:"say" doc:"what the driver will read"`
}

type checkItem struct {
	ID  string    `json:"id"`
	Say lang.Text `json:"say"`
}

type decisionView struct {
	ID        string              `json:"id"`
	Number    string              `json:"number"`
	Name      string              `json:"name"`
	Outcome   application.Outcome `json:"outcome" enum:"approved,refused"`
	Reasons   []reasonView        `json:"reasons"`
	DecidedAt string              `json:"decidedAt"`
	FinalAt   string              `json:"finalAt"`
	Final     bool                `json:"final"`
}

type decisionsView struct {
	Decisions []decisionView `json:"decisions"`
}

type approveRequest struct {
	Checked []string `json:"checked" maxItems:"20"`
}

type refuseRequest struct {
	Reasons []string `json:"reasons" minItems:"1" maxItems:"20"`
	Other   string   `json:"other,omitempty" maxLength:"800"`
}

// maybe is an answer that may be empty: 204.
type maybe[T any] struct {
	Status int
	Body   *T
}

func (s *Server) staffReviewRoutes() {
	reviewers := Staff(account.Reviewer)
	handle(s, op{id: "getReviewQueue", method: get, path: "/api/staff/review/queue", access: reviewers,
		summary: "What waits for review"}, s.getReviewQueue)
	handle(s, op{id: "openNextCase", method: post, path: "/api/staff/review/next", access: reviewers,
		summary: "The case one holds, or the one that is due first; 204 if nothing waits"}, s.openNextCase)
	handle(s, op{id: "listMyDecisions", method: get, path: "/api/staff/review/mine", access: reviewers,
		summary: "What one decided today"}, s.listMyDecisions)
	handle(s, op{id: "readCase", method: get, path: "/api/staff/review/{id}", access: reviewers,
		summary: "A case that one holds or decided on"}, s.readCase)
	handle(s, op{id: "claimCase", method: post, path: "/api/staff/review/{id}/claim", access: reviewers,
		summary: "Hold a case for 15 minutes"}, s.claimCase)
	handle(s, op{id: "releaseCase", method: post, path: "/api/staff/review/{id}/release", access: reviewers, status: http.StatusNoContent,
		summary: "Put a case back"}, s.releaseCase)
	handle(s, op{id: "approveCase", method: post, path: "/api/staff/review/{id}/approve", access: reviewers,
		summary: "审核通过; can be undone for 30 seconds"}, s.approveCase)
	handle(s, op{id: "refuseCase", method: post, path: "/api/staff/review/{id}/refuse", access: reviewers,
		summary: "审核不通过, for one or several reasons; can be undone for 30 seconds"}, s.refuseCase)
	handle(s, op{id: "undoDecision", method: post, path: "/api/staff/review/{id}/undo", access: reviewers,
		summary: "Take one's own decision back"}, s.undoDecision)
	handle(s, op{id: "getStaffPhoto", method: get, path: "/api/staff/photos/{id}", access: Staff(account.Reviewer, account.WindowRep, account.Registrar),
		summary: "A photo of a case one holds, of a driver at one's window, or of a licence one looked up"}, s.getStaffPhoto)
}

func (s *Server) getReviewQueue(ctx context.Context, c *Caller, _ *none) (*output[queueView], error) {
	q, err := s.Issuance.Queue(ctx, application.Staff(c.Session.StaffID))
	if err != nil {
		return nil, err
	}
	calendar, err := s.Authority.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	view := queueView{Items: []queuedView{}, Counts: queueCounts{q.Waiting, q.Mine, q.Overdue}}
	for _, item := range q.Items {
		one := queuedView{
			ID: string(item.ID), Number: string(item.Number), Name: string(item.Entry.Licence.Name), Kind: item.Kind, Route: string(item.Route),
			Title: item.Title(), Due: viewDue(calendar.Due(item.SubmittedAt)), Overdue: item.Overdue(now), UrgedAt: stamp(item.UrgedAt),
			Remaining: remaining(item.DueAt, now), ClaimedUntil: stamp(item.ClaimEnds(now)), Appeal: item.Plea.Of != "",
			Barred: item.BarredTo(application.Staff(c.Session.StaffID)),
		}
		if one.ClaimedUntil != "" {
			one.ClaimedBy = s.memberName(ctx, string(item.Reviewer))
		}
		view.Items = append(view.Items, one)
	}
	return answer(view, nil)
}

// remaining says how long the promise lasts still, or by how much it is broken.
func remaining(due, now time.Time) lang.Text {
	left := due.Sub(now)
	zh, en := "剩", "%s left"
	if left < 0 {
		left, zh, en = -left, "已超时", "%s overdue"
	}
	h, m := int(left.Hours()), int(left.Minutes())%60
	return lang.T(fmt.Sprintf("%s%d小时%d分", zh, h, m), fmt.Sprintf(en, fmt.Sprintf("%d h %d min", h, m)))
}

const staffPhotos = "/api/staff/photos/"

func (s *Server) viewCase(ctx context.Context, r *issuance.Review) (caseView, error) {
	calendar, err := s.Authority.Calendar(ctx)
	l, now := r.Entry.Licence, s.Now()
	v := caseView{
		ID: string(r.ID), Number: string(r.Number), Kind: r.Kind, Route: string(r.Route), Title: r.Title(), Name: string(l.Name), Sex: l.Sex.Name(),
		Age: age(l, now), NumberMasked: l.Document.Number.Masked(), SubmittedAt: stamp(r.SubmittedAt), Due: viewDue(calendar.Due(r.SubmittedAt)),
		Overdue: r.Overdue(now), ClaimedUntil: stamp(r.ClaimEnds(now)), PhotoURL: staffPhotos + r.PhotoID, PortraitURL: staffPhotos + r.PhotoID + "?image=portrait",
		Findings: viewFindings(r.Report()), Models: r.Report().Models, Declared: r.Declared, Refusals: r.Refusals, Reasons: []reasonView{}, Checklist: []checkItem{},
		TakenAt: r.Photo.TakenOn.String(), TakenFrom: takenFrom(r), Source: r.Route.Name(), Ahead: r.Ahead, Appeal: viewAppeal(r.Case, r.Refused),
	}
	if v.Declared == nil {
		v.Declared = []photo.RuleID{}
	}
	if r.OnFile != nil {
		source := photoSources[l.Photo.Source]
		if r.OnFile.Source != photo.FromRegister {
			source = lang.T("现用的电子驾驶证照片", "on the electronic licence now")
		}
		v.RegisterPhoto = &onFileView{staffPhotos + r.OnFile.ID, source, r.OnFile.TakenOn.String()}
	}
	for _, reason := range application.ReviewReasons() {
		v.Reasons = append(v.Reasons, viewReason(reason))
	}
	for _, item := range issuance.Checklist {
		v.Checklist = append(v.Checklist, checkItem{item.ID, item.Say})
	}
	return v, err
}

// takenFrom says how the day of the photo is known. Of a photo from the album
// the rule about its age was measured only where the file itself gives a day.
func takenFrom(r *issuance.Review) string {
	switch {
	case r.Photo.Source == photo.FromCamera || r.Photo.Source == photo.FromWindow:
		return "clock"
	case r.Photo.TakenOn.IsZero():
		return "none"
	case r.Report().Judged(photo.RuleRecent):
		return "file"
	}
	return "phone"
}

func viewReason(r application.Reason) reasonView {
	return reasonView{r, r.Group(), r.Short(), r.Say()}
}

// age is in full years.
func age(l licence.Licence, now time.Time) int {
	return licence.YearsDriving(licence.Licence{FirstIssue: l.BirthDate}, now)
}

func (s *Server) openNextCase(ctx context.Context, c *Caller, _ *none) (*maybe[caseView], error) {
	r, err := s.Issuance.Next(ctx, c.Actor())
	if err != nil {
		return nil, err
	}
	if r == nil {
		return &maybe[caseView]{Status: http.StatusNoContent}, nil
	}
	view, err := s.viewCase(ctx, r)
	return &maybe[caseView]{http.StatusOK, &view}, err
}

func (s *Server) oneCase(ctx context.Context, r *issuance.Review, err error) (*output[caseView], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.viewCase(ctx, r))
}

func (s *Server) readCase(ctx context.Context, c *Caller, in *byID) (*output[caseView], error) {
	r, err := s.Issuance.Review(ctx, c.Actor(), application.ID(in.ID))
	return s.oneCase(ctx, r, err)
}

func (s *Server) claimCase(ctx context.Context, c *Caller, in *byID) (*output[caseView], error) {
	r, err := s.Issuance.Claim(ctx, c.Actor(), application.ID(in.ID))
	return s.oneCase(ctx, r, err)
}

func (s *Server) releaseCase(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Issuance.Release(ctx, c.Actor(), application.ID(in.ID)))
}

func (s *Server) undoDecision(ctx context.Context, c *Caller, in *byID) (*output[caseView], error) {
	r, err := s.Issuance.Undo(ctx, c.Actor(), application.ID(in.ID))
	return s.oneCase(ctx, r, err)
}

func (s *Server) viewDecision(item issuance.QueueItem) decisionView {
	d := item.Decision
	v := decisionView{
		ID: string(item.ID), Number: string(item.Number), Name: string(item.Entry.Licence.Name), Outcome: d.Outcome, Reasons: []reasonView{},
		DecidedAt: stamp(d.At), FinalAt: stamp(d.At.Add(application.UndoFor)), Final: item.Final(s.Now()),
	}
	for _, r := range d.Reasons {
		one := viewReason(r)
		if r == application.OtherReason && d.Note != "" {
			one.Say = lang.T(d.Note, d.Note)
		}
		v.Reasons = append(v.Reasons, one)
	}
	return v
}

func (s *Server) decided(r *issuance.Review, err error) (*output[decisionView], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.viewDecision(issuance.QueueItem{Case: r.Case, Entry: r.Entry}), nil)
}

func (s *Server) approveCase(ctx context.Context, c *Caller, in *withID[approveRequest]) (*output[decisionView], error) {
	return s.decided(s.Issuance.Approve(ctx, c.Actor(), application.ID(in.ID), in.Body.Checked))
}

func (s *Server) refuseCase(ctx context.Context, c *Caller, in *withID[refuseRequest]) (*output[decisionView], error) {
	var reasons []application.Reason
	for _, code := range in.Body.Reasons {
		r, err := application.ParseReason(code)
		if err != nil {
			return nil, fault.At("reasons", err)
		}
		reasons = append(reasons, r)
	}
	return s.decided(s.Issuance.Refuse(ctx, c.Actor(), application.ID(in.ID), reasons, in.Body.Other))
}

func (s *Server) listMyDecisions(ctx context.Context, c *Caller, _ *none) (*output[decisionsView], error) {
	mine, err := s.Issuance.Mine(ctx, application.Staff(c.Session.StaffID))
	view := decisionsView{Decisions: []decisionView{}}
	for _, item := range mine {
		view.Decisions = append(view.Decisions, s.viewDecision(item))
	}
	return answer(view, err)
}

// getStaffPhoto shows a photo to who has a reason to see it now: the reviewer
// of a case, the clerk at whose window the driver stands, or who looked the
// licence up with a reason a moment ago.
func (s *Server) getStaffPhoto(ctx context.Context, c *Caller, in *struct {
	ID     string `path:"id" maxLength:"64"`
	Image  string `query:"image" enum:"original,portrait" default:"original"`
	Lookup string `query:"lookup" maxLength:"64" doc:"the look-up that found the licence"`
}) (*picture, error) {
	p, err := s.Issuance.Photo(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	may, err := s.Issuance.MayReview(ctx, application.Staff(c.Session.StaffID), p.LicenceID)
	if err == nil && !may {
		may, err = s.Window.MaySee(ctx, c.Actor(), p.LicenceID)
	}
	if err == nil && !may && in.Lookup != "" {
		_, err = s.Register.View(ctx, c.Actor(), p.LicenceID, in.Lookup)
		may = err == nil
	}
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, errNoPhoto
	}
	return showJPEG(s.Issuance.Image(ctx, p, photo.Image(in.Image)))
}

var errNoPhoto = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
