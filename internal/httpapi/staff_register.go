package httpapi

import (
	"context"
	"time"

	"edl/internal/account"
	"edl/internal/lang"
	"edl/internal/register"
)

type registerSearch struct {
	By         string `json:"by" enum:"number,file,phone,name"`
	Value      string `json:"value" maxLength:"200"`
	Reason     string `json:"reason" maxLength:"600"`
	CaseNumber string `json:"caseNumber,omitempty" maxLength:"100"`
}

type foundView struct {
	Lookup  string      `json:"lookup" doc:"names the search when one of its licences is looked at"`
	Matches []matchView `json:"matches"`
}

type matchView struct {
	LicenceID    string    `json:"licenceId"`
	Name         string    `json:"name"`
	NumberMasked string    `json:"numberMasked"`
	FileMasked   string    `json:"fileMasked"`
	State        stateView `json:"state"`
}

type recordView struct {
	Licence      faceView          `json:"licence"`
	PhoneMasked  string            `json:"phoneMasked"`
	State        stateView         `json:"state"`
	Electronic   electronicView    `json:"electronic"`
	Versions     []versionView     `json:"versions"`
	Devices      []deviceView      `json:"devices"`
	Applications []applicationView `json:"applications"`
	Pending      *pendingView      `json:"pending,omitempty"`
}

type versionView struct {
	ID        string          `json:"id"`
	HoldsFrom string          `json:"holdsFrom"`
	LearnedAt string          `json:"learnedAt"`
	Source    lang.Text       `json:"source"`
	Letters   string          `json:"letters"`
	Changes   []changedFields `json:"changes" doc:"against what was recorded of that moment before; empty for a first record"`
}

type changedFields struct {
	Name  string    `json:"name" doc:"the column of the import format"`
	Field lang.Text `json:"field"`
	Old   string    `json:"old"`
	New   string    `json:"new"`
}

type recordQuery struct {
	LicenceID string `path:"licenceId" maxLength:"64"`
	Lookup    string `query:"lookup" maxLength:"64"`
}

type asOfQuery struct {
	LicenceID string `path:"licenceId" maxLength:"64"`
	Lookup    string `query:"lookup" maxLength:"64"`
	Holds     string `query:"holds" maxLength:"40" doc:"RFC 3339"`
	Known     string `query:"known" maxLength:"40" doc:"RFC 3339"`
}

type asOfView struct {
	State *stateView `json:"state,omitempty"`
	None  bool       `json:"none" doc:"无记录: before the first record"`
}

func (s *Server) staffRegisterRoutes() {
	lookers := Staff(account.WindowRep, account.Registrar)
	handle(s, op{id: "searchRegister", method: post, path: "/api/staff/register/search", access: lookers,
		summary: "Find licences by an exact value, with a reason"}, s.searchRegister)
	handle(s, op{id: "readRegister", method: get, path: "/api/staff/register/{licenceId}", access: lookers,
		summary: "A licence that was found, with its history in two times"}, s.readRegister)
	handle(s, op{id: "readRegisterAsOf", method: get, path: "/api/staff/register/{licenceId}/at", access: lookers,
		summary: "Its state at a moment, as known at another"}, s.readRegisterAsOf)
}

func (s *Server) searchRegister(ctx context.Context, c *Caller, in *input[registerSearch]) (*output[foundView], error) {
	q := in.Body
	lookup, found, err := s.Register.Search(ctx, c.Actor(), q.By, q.Value, q.Reason, q.CaseNumber)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	view := foundView{Lookup: lookup.ID, Matches: []matchView{}}
	for _, e := range found {
		view.Matches = append(view.Matches, matchView{
			e.ID, string(e.Licence.Name), e.Licence.Document.Number.Masked(), e.Licence.FileNumber.Masked(), viewState(e, s.Now(), &profile),
		})
	}
	return answer(view, err)
}

func (s *Server) readRegister(ctx context.Context, c *Caller, in *recordQuery) (*output[recordView], error) {
	d, err := s.Register.View(ctx, c.Actor(), in.LicenceID, in.Lookup)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	if err != nil {
		return nil, err
	}
	devices, err := s.Drivers.List(ctx, in.LicenceID)
	if err != nil {
		return nil, err
	}
	names, err := s.staffNames(ctx)
	if err != nil {
		return nil, err
	}
	e, now := d.Entry, s.Now()
	portrait := ""
	if e.PhotoID != "" {
		portrait = staffPhotos + e.PhotoID + "?image=portrait&lookup=" + in.Lookup
	}
	view := recordView{
		Licence: viewFace(e.Licence, now, portrait), PhoneMasked: e.Licence.Phone.Masked(), State: viewState(e, now, &profile),
		Electronic: viewElectronic(d.Electronic, e.State(now)), Versions: []versionView{}, Devices: []deviceView{}, Applications: []applicationView{},
	}
	for _, v := range d.History {
		view.Versions = append(view.Versions, viewVersion(d, v, names))
	}
	for _, device := range devices {
		view.Devices = append(view.Devices, viewDevice(device, ""))
	}
	applications, err := s.Issuance.ProgressOf(ctx, in.LicenceID)
	if err != nil {
		return nil, err
	}
	for _, a := range applications {
		view.Applications = append(view.Applications, viewApplication(a, staffPhotos))
	}
	if d.Pending != nil {
		p := viewPending(register.PendingItem{Pending: d.Pending, Entry: e})
		view.Pending = &p
	}
	return answer(view, nil)
}

func viewVersion(d *register.Dossier, v register.Version, names map[string]string) versionView {
	view := versionView{
		ID: v.ID, HoldsFrom: stamp(v.HoldsFrom), LearnedAt: stamp(v.LearnedAt), Source: sourceOf(d, v, names),
		Letters: string(v.Licence.Status), Changes: []changedFields{},
	}
	if before, ok := d.History.Before(v); ok {
		view.Changes = viewChanges(register.Differences(before.Licence, v.Licence))
	}
	return view
}

// sourceOf says where a version came from, and by whom.
func sourceOf(d *register.Dossier, v register.Version, names map[string]string) lang.Text {
	if c := d.Corrections[v.Run]; c != nil {
		asked, decided := names[c.AskedBy], names[c.DecidedBy]
		return lang.T("更正："+asked+"、"+decided, "correction: "+asked+", "+decided)
	}
	run := d.Runs[v.Run]
	if v.Source == register.FromFeed {
		return lang.T("登记系统推送 "+run.Key, "feed "+run.Key)
	}
	return lang.T("导入文件 "+run.Name, "file "+run.Name)
}

func viewChanges(list []register.FieldChange) []changedFields {
	view := []changedFields{}
	for _, c := range list {
		view = append(view, changedFields{c.Field, c.Label, c.Old, c.New})
	}
	return view
}

func (s *Server) readRegisterAsOf(ctx context.Context, c *Caller, in *asOfQuery) (*output[asOfView], error) {
	holds, err := momentOr(in.Holds, "holds", s.Now())
	if err != nil {
		return nil, err
	}
	known, err := momentOr(in.Known, "known", s.Now())
	if err != nil {
		return nil, err
	}
	state, ok, err := s.Register.ViewAt(ctx, c.Actor(), in.LicenceID, in.Lookup, holds, known)
	if err != nil || !ok {
		return answer(asOfView{None: true}, err)
	}
	profile, err := s.Authority.Profile(ctx)
	view := viewLicenceState(state, &profile)
	return answer(asOfView{State: &view}, err)
}

// momentOr reads a moment; an absent one is the other.
func momentOr(text, field string, other time.Time) (time.Time, error) {
	t, err := moment(field, text)
	if t.IsZero() && err == nil {
		t = other
	}
	return t, err
}

// staffNames returns the names of the staff by identifier.
func (s *Server) staffNames(ctx context.Context) (map[string]string, error) {
	members, err := s.Staff.List(ctx)
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.Name
	}
	return names, err
}
