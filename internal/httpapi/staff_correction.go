package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/lang"
	"edl/internal/register"
)

type correctionAsk struct {
	LicenceID string `json:"licenceId" maxLength:"64"`
	Changes   []struct {
		Field string `json:"field" maxLength:"40" doc:"a column of the import format, by our own name"`
		Value string `json:"value" maxLength:"600" doc:"in the form of the import format; empty clears it"`
	} `json:"changes" minItems:"1" maxItems:"30"`
	HoldsFrom string `json:"holdsFrom" maxLength:"40" doc:"a moment, or a day: what is recorded of that day"`
	Reason    string `json:"reason" maxLength:"600"`
}

type correctionView struct {
	ID        string                    `json:"id"`
	LicenceID string                    `json:"licenceId"`
	Name      string                    `json:"name"`
	Changes   []changedFields           `json:"changes"`
	HoldsFrom string                    `json:"holdsFrom"`
	Reason    string                    `json:"reason"`
	AskedBy   string                    `json:"askedBy"`
	AskedAt   string                    `json:"askedAt"`
	Status    register.CorrectionStatus `json:"status" enum:"waiting,approved,refused"`
	DecidedBy string                    `json:"decidedBy,omitempty"`
	DecidedAt string                    `json:"decidedAt,omitempty"`
}

type correctionsView struct {
	Corrections []correctionView `json:"corrections"`
}

type pendingView struct {
	ID         string    `json:"id"`
	LicenceID  string    `json:"licenceId"`
	Name       string    `json:"name"`
	FileMasked string    `json:"fileMasked"`
	ImportID   string    `json:"importId"`
	Line       int       `json:"line"`
	Field      string    `json:"field" doc:"our own name of the column, or “line” for the line as a whole"`
	Reason     lang.Text `json:"reason"`
	Text       string    `json:"text" doc:"the line as it was received"`
	At         string    `json:"at"`
	ResolvedAt string    `json:"resolvedAt,omitempty"`
}

type pendingsView struct {
	Pending []pendingView `json:"pending"`
}

type ImportView struct {
	ID        string             `json:"id"`
	At        string             `json:"at"`
	Source    register.Source    `json:"source" enum:"import,feed"`
	File      string             `json:"file"`
	Lines     int                `json:"lines"`
	Applied   int                `json:"applied"`
	Unchanged int                `json:"unchanged"`
	Refused   int                `json:"refused"`
	Status    register.RunStatus `json:"status" enum:"running,stopped,done"`
}

type importsView struct {
	Imports []ImportView `json:"imports"`
}

type importDetail struct {
	ImportView
	Refusals []refusalView `json:"refusals" doc:"the first 10,000"`
}

type refusalView struct {
	Line   int       `json:"line"`
	Field  string    `json:"field"`
	Reason lang.Text `json:"reason"`
}

type resolveRequest struct {
	Reason string `json:"reason" maxLength:"600"`
}

func (s *Server) staffCorrectionRoutes() {
	registrar := Staff(account.Registrar)
	handle(s, op{id: "askCorrection", method: post, path: "/api/staff/corrections", access: registrar, status: http.StatusCreated,
		summary: "Ask for a correction of the register"}, s.askCorrection)
	handle(s, op{id: "listCorrections", method: get, path: "/api/staff/corrections", access: registrar,
		summary: "Corrections, those that wait first"}, s.listCorrections)
	handle(s, op{id: "approveCorrection", method: post, path: "/api/staff/corrections/{id}/approve", access: registrar,
		summary: "Approve what another registrar asked for"}, s.approveCorrection)
	handle(s, op{id: "refuseCorrection", method: post, path: "/api/staff/corrections/{id}/refuse", access: registrar,
		summary: "Refuse what another registrar asked for"}, s.refuseCorrection)
	handle(s, op{id: "listPending", method: get, path: "/api/staff/pending", access: registrar,
		summary: "信息待核实: licences of which a line was refused"}, s.listPending)
	handle(s, op{id: "resolvePending", method: post, path: "/api/staff/pending/{id}/resolve", access: registrar, status: http.StatusNoContent,
		summary: "Let the last good version stand, with a reason"}, s.resolvePending)
	handle(s, op{id: "listImports", method: get, path: "/api/staff/imports", access: Staff(account.Registrar, account.System),
		summary: "Files imported and runs of the feed"}, s.listImports)
	handle(s, op{id: "readImport", method: get, path: "/api/staff/imports/{id}", access: Staff(account.Registrar, account.System),
		summary: "One of them, with the lines it refused"}, s.readImport)
}

func (s *Server) askCorrection(ctx context.Context, c *Caller, in *input[correctionAsk]) (*output[correctionView], error) {
	ask := register.CorrectionAsk{LicenceID: in.Body.LicenceID, HoldsFrom: in.Body.HoldsFrom, Reason: in.Body.Reason}
	for _, change := range in.Body.Changes {
		ask.Wishes = append(ask.Wishes, register.Wish{Field: change.Field, Value: change.Value})
	}
	correction, err := s.Register.AskCorrection(ctx, c.Actor(), ask)
	return s.oneCorrection(ctx, correction, err)
}

func (s *Server) approveCorrection(ctx context.Context, c *Caller, in *byID) (*output[correctionView], error) {
	correction, err := s.Register.ApproveCorrection(ctx, c.Actor(), in.ID)
	return s.oneCorrection(ctx, correction, err)
}

func (s *Server) refuseCorrection(ctx context.Context, c *Caller, in *byID) (*output[correctionView], error) {
	correction, err := s.Register.RefuseCorrection(ctx, c.Actor(), in.ID)
	return s.oneCorrection(ctx, correction, err)
}

func (s *Server) oneCorrection(ctx context.Context, c *register.Correction, err error) (*output[correctionView], error) {
	if err != nil {
		return nil, err
	}
	views, err := s.viewCorrections(ctx, []*register.Correction{c})
	if err != nil {
		return nil, err
	}
	return answer(views[0], nil)
}

func (s *Server) listCorrections(ctx context.Context, _ *Caller, _ *none) (*output[correctionsView], error) {
	list, err := s.Register.Corrections(ctx)
	if err != nil {
		return nil, err
	}
	views, err := s.viewCorrections(ctx, list)
	return answer(correctionsView{views}, err)
}

func (s *Server) viewCorrections(ctx context.Context, list []*register.Correction) ([]correctionView, error) {
	names, err := s.staffNames(ctx)
	if err != nil {
		return nil, err
	}
	views := []correctionView{}
	for _, c := range list {
		e, err := s.Register.Entry(ctx, c.LicenceID)
		if err != nil {
			return nil, err
		}
		views = append(views, correctionView{
			ID: c.ID, LicenceID: c.LicenceID, Name: string(e.Licence.Name), Changes: viewChanges(c.Changes), HoldsFrom: stamp(c.HoldsFrom), Reason: c.Reason,
			AskedBy: names[c.AskedBy], AskedAt: stamp(c.AskedAt), Status: c.Status, DecidedBy: names[c.DecidedBy], DecidedAt: stamp(c.DecidedAt),
		})
	}
	return views, nil
}

func viewPending(p register.PendingItem) pendingView {
	l := p.Entry.Licence
	return pendingView{
		ID: p.ID, LicenceID: p.LicenceID, Name: string(l.Name), FileMasked: l.FileNumber.Masked(), ImportID: p.RunID, Line: p.Line,
		Field: p.Refusal.Field, Reason: p.Refusal.Say, Text: p.Text, At: stamp(p.At), ResolvedAt: stamp(p.ResolvedAt),
	}
}

func (s *Server) listPending(ctx context.Context, _ *Caller, _ *none) (*output[pendingsView], error) {
	list, err := s.Register.OpenPending(ctx)
	view := pendingsView{Pending: []pendingView{}}
	for _, p := range list {
		view.Pending = append(view.Pending, viewPending(p))
	}
	return answer(view, err)
}

func (s *Server) resolvePending(ctx context.Context, c *Caller, in *withID[resolveRequest]) (*none, error) {
	return done(s.Register.Resolve(ctx, c.Actor(), in.ID, in.Body.Reason))
}

func viewImport(r *register.Run) ImportView {
	return ImportView{r.ID, stamp(r.StartedAt), r.Source, r.Name, r.Lines, r.Applied, r.Unchanged, r.Refused, r.Status}
}

func (s *Server) listImports(ctx context.Context, _ *Caller, _ *none) (*output[importsView], error) {
	runs, err := s.Register.Runs(ctx)
	view := importsView{Imports: []ImportView{}}
	for _, r := range runs {
		view.Imports = append(view.Imports, viewImport(r))
	}
	return answer(view, err)
}

func (s *Server) readImport(ctx context.Context, _ *Caller, in *byID) (*output[importDetail], error) {
	run, refused, err := s.Register.Run(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	view := importDetail{ImportView: viewImport(run), Refusals: []refusalView{}}
	for _, r := range refused {
		view.Refusals = append(view.Refusals, refusalView{r.Line, r.Field, r.Say})
	}
	return answer(view, nil)
}
