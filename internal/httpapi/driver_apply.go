package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"edl/internal/application"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/workday"
)

type dueView struct {
	At    string    `json:"at"`
	Date  string    `json:"date"`
	Known bool      `json:"known" doc:"false: beyond the calendar of working days that is known"`
	Say   lang.Text `json:"say"`
}

// viewDue says “9月18日（周六，调休上班）24:00前办结”.
func viewDue(d workday.Due) dueView {
	say := lang.T(strings.Replace(d.Say.ZH, "24:00前", "24:00前办结", 1), "Done "+d.Say.EN)
	return dueView{At: stamp(d.At), Date: d.Date.String(), Known: d.Known, Say: say}
}

type applyView struct {
	Licence    stateView        `json:"licence"`
	Checks     []checkedView    `json:"checks" doc:"what was looked at first: the status (R10)"`
	Allowed    bool             `json:"allowed"`
	Refusal    *lang.Text       `json:"refusal,omitempty"`
	Kind       application.Kind `json:"kind" enum:"first,reapply"`
	Direct     bool             `json:"direct" doc:"the identity card's photo on file can be used (R13)"`
	Prompt     *lang.Text       `json:"prompt,omitempty" doc:"in the source's words, only where the direct way is open"`
	OnFile     *onFileView      `json:"onFile,omitempty"`
	Reuse      *reuseView       `json:"reuse,omitempty"`
	Routes     []string         `json:"routes" enum:"onfile,reuse,album,camera,window"`
	Refusals   int              `json:"refusals"`
	WindowOnly bool             `json:"windowOnly"`
	Open       *applicationView `json:"open,omitempty"`
	Due        dueView          `json:"due" doc:"of an application made now"`
}

type checkedView struct {
	OK     bool      `json:"ok"`
	Say    lang.Text `json:"say"`
	Detail lang.Text `json:"detail"`
}

type onFileView struct {
	URL     string    `json:"url"`
	Source  lang.Text `json:"source"`
	TakenOn string    `json:"takenOn"`
}

type reuseView struct {
	URL string `json:"url"`
}

type photoChangeView struct {
	Allowed    bool             `json:"allowed"`
	Why        *lang.Text       `json:"why,omitempty"`
	NextOn     string           `json:"nextOn,omitempty"`
	Refusals   int              `json:"refusals"`
	WindowOnly bool             `json:"windowOnly"`
	Open       *applicationView `json:"open,omitempty"`
	Due        dueView          `json:"due"`
}

type submissionRequest struct {
	Kind    application.Kind `json:"kind" enum:"first,reapply,photo"`
	Route   string           `json:"route" enum:"onfile,reuse,album,camera"`
	PhotoID string           `json:"photoId,omitempty" maxLength:"64"`
	Consent struct {
		IdentityNumber bool   `json:"identityNumber,omitempty"`
		Face           bool   `json:"face,omitempty"`
		Version        string `json:"version" maxLength:"20"`
	} `json:"consent"`
	Declared []string `json:"declared,omitempty" maxItems:"60" doc:"rules that the driver declares of the photo"`
}

type applicationsView struct {
	Applications []applicationView `json:"applications"`
}

func (s *Server) driverApplyRoutes() {
	handle(s, op{id: "getApplyOptions", method: get, path: "/api/driver/apply", access: Driver,
		summary: "What the driver may apply for, after the status was looked at"}, s.getApplyOptions)
	handle(s, op{id: "getPhotoChange", method: get, path: "/api/driver/photo-change", access: Driver,
		summary: "Whether the photo can be changed (R18)"}, s.getPhotoChange)
	handle(s, op{id: "submitApplication", method: post, path: "/api/driver/applications", access: Driver, status: http.StatusCreated,
		summary: "申领, or another photo"}, s.submitApplication)
	handle(s, op{id: "listApplications", method: get, path: "/api/driver/applications", access: Driver,
		summary: "网办进度"}, s.listApplications)
	handle(s, op{id: "getApplication", method: get, path: "/api/driver/applications/{id}", access: Driver,
		summary: "One application"}, s.getApplication)
	handle(s, op{id: "withdrawApplication", method: post, path: "/api/driver/applications/{id}/withdraw", access: Driver,
		summary: "撤回申请, until it is claimed"}, s.withdrawApplication)
	handle(s, op{id: "urgeApplication", method: post, path: "/api/driver/applications/{id}/urge", access: Driver,
		summary: "催办, once past the promise"}, s.urgeApplication)
	handle(s, op{id: "appealApplication", method: post, path: "/api/driver/applications/{id}/appeal", access: Driver, status: http.StatusCreated,
		summary: "申诉: another reviewer looks at the refused photo again"}, s.appealApplication)
}

const ownPhotos = "/api/driver/photos/"

func (s *Server) getApplyOptions(ctx context.Context, c *Caller, _ *none) (*output[applyView], error) {
	o, err := s.Issuance.Options(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	if err != nil {
		return nil, err
	}
	view := applyView{
		Licence: viewState(o.Entry, s.Now(), &profile), Checks: []checkedView{}, Allowed: o.Refusal == nil, Refusal: sayWhy(o.Refusal),
		Kind: o.Kind, Direct: o.Direct, Routes: []string{}, Refusals: o.Refusals, WindowOnly: o.WindowOnly, Due: viewDue(o.Due),
	}
	for _, check := range o.Checks {
		view.Checks = append(view.Checks, checkedView{check.OK, check.Say, check.Detail})
	}
	for _, r := range o.Routes {
		view.Routes = append(view.Routes, string(r))
	}
	if o.OnFile != nil {
		view.OnFile = &onFileView{ownPhotos + o.OnFile.ID + "?image=portrait", photoSources[o.Entry.Licence.Photo.Source], o.OnFile.TakenOn.String()}
	}
	if slices.Contains(o.Routes, application.OnFile) {
		view.Prompt = &issuance.Prompt
	}
	if o.Reuse != nil {
		view.Reuse = &reuseView{ownPhotos + o.Reuse.ID + "?image=portrait"}
	}
	view.Open, err = s.openApplication(ctx, c, o.Open)
	return answer(view, err)
}

// photoSources says where the photo on file is from.
var photoSources = map[licence.PhotoSource]lang.Text{
	licence.FromIdentityCard: lang.T("居民身份证照片", "photo of the identity card"),
	licence.FromLicence:      lang.T("驾驶证照片", "photo of the driving licence"),
	licence.FromWindow:       lang.T("窗口拍摄", "taken at a window"),
}

// sayWhy is the sentence of a refusal, or nil for none.
func sayWhy(err error) *lang.Text {
	if f := fault.Of(err); f != nil {
		return &f.Say
	}
	return nil
}

func (s *Server) openApplication(ctx context.Context, c *Caller, open *issuance.Case) (*applicationView, error) {
	if open == nil {
		return nil, nil
	}
	p, err := s.Issuance.Progress(ctx, c.Session.LicenceID, open.ID)
	if err != nil {
		return nil, err
	}
	view := viewApplication(p, ownPhotos)
	return &view, nil
}

func (s *Server) getPhotoChange(ctx context.Context, c *Caller, _ *none) (*output[photoChangeView], error) {
	o, err := s.Issuance.PhotoOptions(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	view := photoChangeView{
		Allowed: o.Refusal == nil && !o.WindowOnly, Why: sayWhy(o.Refusal), NextOn: o.NextOn.String(),
		Refusals: o.Refusals, WindowOnly: o.WindowOnly, Due: viewDue(o.Due),
	}
	view.Open, err = s.openApplication(ctx, c, o.Open)
	return answer(view, err)
}

func (s *Server) submitApplication(ctx context.Context, c *Caller, in *keyed[submissionRequest]) (*output[applicationView], error) {
	r := in.Body
	var declared []photo.RuleID
	for _, id := range r.Declared {
		if _, ok := photo.RuleOf(photo.RuleID(id)); !ok {
			return nil, fault.At("declared", errUnknownRule)
		}
		declared = append(declared, photo.RuleID(id))
	}
	made, err := s.Issuance.Submit(ctx, c.Actor(), issuance.Submission{
		LicenceID: c.Session.LicenceID, Kind: r.Kind, Route: application.Route(r.Route), PhotoID: r.PhotoID, Declared: declared, Key: in.Key,
		Consents: issuance.Consents{IdentityNumber: r.Consent.IdentityNumber, Face: r.Consent.Face, Version: r.Consent.Version},
	})
	if err != nil {
		return nil, err
	}
	return s.showApplication(ctx, c, made.ID)
}

var errUnknownRule = fault.New(fault.Invalid, "photo.rule", "没有这样一条照片要求，请更新应用后再试。", "There is no such requirement of a photo. Update the app and try again.")

func (s *Server) showApplication(ctx context.Context, c *Caller, id application.ID) (*output[applicationView], error) {
	p, err := s.Issuance.Progress(ctx, c.Session.LicenceID, id)
	if err != nil {
		return nil, err
	}
	return answer(viewApplication(p, ownPhotos), nil)
}

func (s *Server) listApplications(ctx context.Context, c *Caller, _ *none) (*output[applicationsView], error) {
	list, err := s.Issuance.ProgressOf(ctx, c.Session.LicenceID)
	view := applicationsView{Applications: []applicationView{}}
	for _, p := range list {
		view.Applications = append(view.Applications, viewApplication(p, ownPhotos))
	}
	return answer(view, err)
}

func (s *Server) getApplication(ctx context.Context, c *Caller, in *byID) (*output[applicationView], error) {
	return s.showApplication(ctx, c, application.ID(in.ID))
}

func (s *Server) withdrawApplication(ctx context.Context, c *Caller, in *byID) (*output[applicationView], error) {
	if err := s.Issuance.Withdraw(ctx, c.Actor(), c.Session.LicenceID, application.ID(in.ID)); err != nil {
		return nil, err
	}
	return s.showApplication(ctx, c, application.ID(in.ID))
}

type appealRequest struct {
	Ground string `json:"ground" maxLength:"20"`
	Words  string `json:"words,omitempty" maxLength:"800"`
}

func (s *Server) appealApplication(ctx context.Context, c *Caller, in *keyedWithID[appealRequest]) (*output[applicationView], error) {
	made, err := s.Issuance.Appeal(ctx, c.Actor(), issuance.AppealRequest{
		LicenceID: c.Session.LicenceID, Of: application.ID(in.ID), Ground: application.Ground(in.Body.Ground), Words: in.Body.Words, Key: in.Key,
	})
	if err != nil {
		return nil, err
	}
	return s.showApplication(ctx, c, made.ID)
}

func (s *Server) urgeApplication(ctx context.Context, c *Caller, in *byID) (*output[applicationView], error) {
	if err := s.Issuance.Urge(ctx, c.Actor(), c.Session.LicenceID, application.ID(in.ID)); err != nil {
		return nil, err
	}
	return s.showApplication(ctx, c, application.ID(in.ID))
}
