package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/window"
)

type openingRequest struct {
	Business     string `json:"business" maxLength:"160"`
	CaseNumber   string `json:"caseNumber" maxLength:"160"`
	DocumentType string `json:"documentType" maxLength:"4"`
	Number       string `json:"number" maxLength:"40"`
	FileNumber   string `json:"fileNumber" maxLength:"40"`
	SeenPerson   bool   `json:"seenPerson" doc:"the clerk compared the person with the original document"`
}

type windowCaseView struct {
	ID           string            `json:"id"`
	Number       string            `json:"number" doc:"受理号"`
	Business     string            `json:"business"`
	CaseNumber   string            `json:"caseNumber" doc:"of the queue or the business system"`
	OpenedAt     string            `json:"openedAt"`
	ClosedAt     string            `json:"closedAt,omitempty"`
	Face         faceView          `json:"face"`
	PhoneMasked  string            `json:"phoneMasked"`
	State        stateView         `json:"state"`
	Electronic   electronicView    `json:"electronic"`
	Devices      []deviceView      `json:"devices"`
	Refusals     int               `json:"refusals"`
	WindowOnly   bool              `json:"windowOnly"`
	Paper        lang.Text         `json:"paper"`
	Deeds        []deedView        `json:"deeds" doc:"from the audit log, the oldest first"`
	Applications []applicationView `json:"applications"`
}

type deedView struct {
	At  string    `json:"at"`
	Say lang.Text `json:"say"`
}

type bindingView struct {
	URL       string `json:"url"`
	QR        string `json:"qr" doc:"the text of the QR"`
	ExpiresAt string `json:"expiresAt"`
}

type phoneRequest struct {
	Phone string `json:"phone" maxLength:"20"`
}

type photoChoice struct {
	PhotoID string `json:"photoId" maxLength:"64"`
}

type keyedWithID[T any] struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"64" doc:"the same key again returns the first answer"`
	Body T
}

type slipView struct {
	Title lang.Text  `json:"title"`
	Lines []lineView `json:"lines"`
}

type lineView struct {
	Label lang.Text `json:"label"`
	Value lang.Text `json:"value"`
}

func (s *Server) staffWindowRoutes() {
	clerks := Staff(account.WindowRep)
	handle(s, op{id: "openWindowCase", method: post, path: "/api/staff/window/cases", access: clerks, status: http.StatusCreated,
		summary: "Begin, after seeing the person and the document"}, s.openWindowCase)
	handle(s, op{id: "readWindowCase", method: get, path: "/api/staff/window/cases/{id}", access: clerks,
		summary: "A case of one's own"}, s.readWindowCase)
	handle(s, op{id: "bindAtDesk", method: post, path: "/api/staff/window/cases/{id}/bind", access: clerks,
		summary: "A QR that binds the driver's phone, once"}, s.bindAtDesk)
	handle(s, op{id: "setPhone", method: post, path: "/api/staff/window/cases/{id}/phone", access: clerks,
		summary: "Set the phone number on the register"}, s.setPhone)
	handle(s, op{id: "endDeviceAtDesk", method: post, path: "/api/staff/window/cases/{id}/devices/{deviceId}/end", access: clerks, status: http.StatusNoContent,
		summary: "End a lost phone"}, s.endDeviceAtDesk)
	handle(s, op{id: "takePhotoAtDesk", method: post, path: "/api/staff/window/cases/{id}/photo", access: clerks, status: http.StatusCreated, maxBody: photo.MaxBytes + 1,
		summary: "Keep a photo taken at the window"}, s.takePhotoAtDesk)
	handle(s, op{id: "applyAtDesk", method: post, path: "/api/staff/window/cases/{id}/apply", access: clerks,
		summary: "Apply for the driver; somebody else reviews"}, s.applyAtDesk)
	handle(s, op{id: "changePhotoAtDesk", method: post, path: "/api/staff/window/cases/{id}/change-photo", access: clerks,
		summary: "Hand in another photo for the driver; somebody else reviews"}, s.changePhotoAtDesk)
	handle(s, op{id: "unlockPhotos", method: post, path: "/api/staff/window/cases/{id}/unlock", access: clerks, status: http.StatusNoContent,
		summary: "Lift the limit of three refusals"}, s.unlockPhotos)
	handle(s, op{id: "reportLoss", method: post, path: "/api/staff/window/cases/{id}/loss", access: clerks, status: http.StatusNoContent,
		summary: "Record the loss of the paper licence"}, s.reportLoss)
	handle(s, op{id: "closeWindowCase", method: post, path: "/api/staff/window/cases/{id}/close", access: clerks, status: http.StatusNoContent,
		summary: "End the case"}, s.closeWindowCase)
	handle(s, op{id: "getSlip", method: get, path: "/api/staff/window/cases/{id}/slip", access: clerks,
		summary: "A slip for the driver, without the licence's number"}, s.getSlip)
}

func (s *Server) openWindowCase(ctx context.Context, c *Caller, in *input[openingRequest]) (*output[windowCaseView], error) {
	document, err := identity.ParseDocument(in.Body.DocumentType, in.Body.Number)
	if err != nil {
		return nil, fault.At("number", err)
	}
	file, err := licence.ParseFileNumber(in.Body.FileNumber)
	if err != nil {
		return nil, fault.At("fileNumber", err)
	}
	opened, err := s.Window.Open(ctx, c.Actor(), window.Opening{
		Business: in.Body.Business, Ref: in.Body.CaseNumber, Document: document, File: file, Seen: in.Body.SeenPerson,
	})
	if err != nil {
		return nil, err
	}
	return s.showWindowCase(ctx, c, opened.ID)
}

func (s *Server) readWindowCase(ctx context.Context, c *Caller, in *byID) (*output[windowCaseView], error) {
	return s.showWindowCase(ctx, c, in.ID)
}

func (s *Server) showWindowCase(ctx context.Context, c *Caller, id string) (*output[windowCaseView], error) {
	v, err := s.Window.View(ctx, c.Actor(), id)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	if err != nil {
		return nil, err
	}
	portrait := ""
	if v.Electronic != nil {
		portrait = staffPhotos + v.Electronic.PhotoID + "?image=portrait"
	} else if v.Entry.PhotoID != "" {
		portrait = staffPhotos + v.Entry.PhotoID + "?image=portrait"
	}
	l := v.Entry.Licence
	view := windowCaseView{
		ID: v.ID, Number: v.Number, Business: v.Business, CaseNumber: v.Ref, OpenedAt: stamp(v.OpenedAt), ClosedAt: stamp(v.ClosedAt),
		Face: viewFace(l, v.Now, portrait), PhoneMasked: l.Phone.Masked(), State: viewState(v.Entry, v.Now, &profile),
		Electronic: viewElectronic(v.Electronic, v.Entry.State(v.Now)), Devices: []deviceView{}, Refusals: v.Refusals,
		WindowOnly: v.Refusals >= application.MaxRefusals, Paper: v.Paper, Deeds: []deedView{}, Applications: []applicationView{},
	}
	for _, d := range v.Devices {
		view.Devices = append(view.Devices, viewDevice(d, ""))
	}
	for _, row := range v.Deeds {
		view.Deeds = append(view.Deeds, deedView{stamp(row.At), s.AuditSentences[row.Action]})
	}
	for _, a := range v.Applications {
		view.Applications = append(view.Applications, viewApplication(a, staffPhotos))
	}
	return answer(view, nil)
}

func (s *Server) bindAtDesk(ctx context.Context, c *Caller, in *byID) (*output[bindingView], error) {
	b, err := s.Window.Bind(ctx, c.Actor(), in.ID)
	return answer(bindingView{b.URL, b.URL, stamp(b.ExpiresAt)}, err)
}

func (s *Server) setPhone(ctx context.Context, c *Caller, in *withID[phoneRequest]) (*output[windowCaseView], error) {
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	if err := s.Window.SetPhone(ctx, c.Actor(), in.ID, phone); err != nil {
		return nil, err
	}
	return s.showWindowCase(ctx, c, in.ID)
}

func (s *Server) endDeviceAtDesk(ctx context.Context, c *Caller, in *struct {
	ID       string `path:"id" maxLength:"64"`
	DeviceID string `path:"deviceId" maxLength:"64"`
}) (*none, error) {
	return done(s.Window.EndDevice(ctx, c.Actor(), in.ID, in.DeviceID))
}

func (s *Server) takePhotoAtDesk(ctx context.Context, c *Caller, in *struct {
	ID string `path:"id" maxLength:"64"`
	rawImage
}) (*output[photoView], error) {
	p, report, err := s.Window.TakePhoto(ctx, c.Actor(), in.ID, in.RawBody)
	return answer(viewPhoto(p, report, staffPhotos), err)
}

func (s *Server) applyAtDesk(ctx context.Context, c *Caller, in *keyedWithID[photoChoice]) (*output[applicationView], error) {
	return s.handedIn(s.Window.Apply(ctx, c.Actor(), in.ID, in.Body.PhotoID, in.Key))
}

func (s *Server) changePhotoAtDesk(ctx context.Context, c *Caller, in *keyedWithID[photoChoice]) (*output[applicationView], error) {
	return s.handedIn(s.Window.ChangePhoto(ctx, c.Actor(), in.ID, in.Body.PhotoID, in.Key))
}

func (s *Server) handedIn(p *issuance.Progress, err error) (*output[applicationView], error) {
	if err != nil {
		return nil, err
	}
	return answer(viewApplication(p, staffPhotos), nil)
}

func (s *Server) unlockPhotos(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Window.Unlock(ctx, c.Actor(), in.ID))
}

func (s *Server) reportLoss(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Window.ReportLoss(ctx, c.Actor(), in.ID))
}

func (s *Server) closeWindowCase(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Window.Close(ctx, c.Actor(), in.ID))
}

func (s *Server) getSlip(ctx context.Context, c *Caller, in *byID) (*output[slipView], error) {
	slip, err := s.Window.Slip(ctx, c.Actor(), in.ID)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	same := func(v string) lang.Text { return lang.T(v, v) }
	view := slipView{Title: slip.Title, Lines: []lineView{
		{lang.T("受理号", "Case"), same(slip.Number)},
		{lang.T("案号", "Case of the business"), same(slip.Ref)},
		{lang.T("业务", "Business"), same(slip.Business)},
		{lang.T("驾驶人", "Driver"), same(slip.Entry.Licence.Name.Masked())},
		{lang.T("受理时间", "Opened"), same(slip.OpenedAt.In(civil.Shanghai).Format("2006-01-02 15:04"))},
	}}
	if done := slip.Done(s.AuditSentences); done != (lang.Text{}) {
		view.Lines = append(view.Lines, lineView{lang.T("办理事项", "Done"), done})
	}
	for _, a := range slip.ApplicationsHere() {
		view.Lines = append(view.Lines,
			lineView{lang.T("申请编号", "Application"), same(string(a.Number))},
			lineView{lang.T("办结时限", "Due"), viewDue(a.Due).Say})
	}
	view.Lines = append(view.Lines, lineView{lang.T("受理机关", "Authority"), profile.Name}, lineView{lang.T("电话", "Telephone"), same(profile.Phone)})
	return answer(view, err)
}
