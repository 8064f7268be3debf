package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

type bulkRequest struct {
	Scenario     relyingparty.ScenarioID `json:"scenario" maxLength:"30"`
	VehicleClass licence.Class           `json:"vehicleClass,omitempty" maxLength:"4"`
	CaseNumber   string                  `json:"caseNumber,omitempty" maxLength:"200"`
	Reason       string                  `json:"reason,omitempty" maxLength:"400"`
	CSV          string                  `json:"csv" maxLength:"16000000" doc:"a line of headings that names number and name, then a person a line; 100,000 at most"`
}

type bulkView struct {
	ID         string                   `json:"id"`
	Status     verification.BatchStatus `json:"status" enum:"running,done,cancelled,stopped"`
	Scenario   relyingparty.ScenarioID  `json:"scenario"`
	CreatedAt  string                   `json:"createdAt"`
	FinishedAt string                   `json:"finishedAt,omitempty"`
	Total      int                      `json:"total"`
	Done       int                      `json:"done"`
	Usable     int                      `json:"usable"`
	NotUsable  int                      `json:"notUsable"`
	Missed     int                      `json:"missed" doc:"no match or no consent; which of them is not told"`
}

type bulkList struct {
	Batches []bulkView `json:"batches"`
}

func viewBatch(b *verification.Batch) bulkView {
	return bulkView{
		ID: b.ID, Status: b.Status, Scenario: b.Scenario, CreatedAt: stamp(b.CreatedAt), FinishedAt: stamp(b.FinishedAt),
		Total: b.Total, Done: b.Done, Usable: b.Usable, NotUsable: b.Done - b.Usable - b.Missed, Missed: b.Missed,
	}
}

func (s *Server) terminalBulkRoutes() {
	handle(s, op{id: "startBulk", method: post, path: "/api/terminal/bulk", access: Terminal, status: http.StatusCreated, maxBody: 20 << 20,
		summary: "Hand in a file of look-ups by number and name"}, s.startBulk)
	handle(s, op{id: "listBulk", method: get, path: "/api/terminal/bulk", access: Terminal,
		summary: "The operator's own files of the last days"}, s.listBulk)
	handle(s, op{id: "getBulk", method: get, path: "/api/terminal/bulk/{id}", access: Terminal,
		summary: "How far a file is"}, s.getBulk)
	handle(s, op{id: "cancelBulk", method: del, path: "/api/terminal/bulk/{id}", access: Terminal, status: http.StatusNoContent,
		summary: "Stop a file"}, s.cancelBulk)
	handle(s, op{id: "getBulkResult", method: get, path: "/api/terminal/bulk/{id}/result", access: Terminal,
		summary: "The result as CSV; no cell is a formula"}, s.getBulkResult)
}

func (s *Server) startBulk(ctx context.Context, c *Caller, in *input[bulkRequest]) (*output[bulkView], error) {
	q := verification.Question{Scenario: in.Body.Scenario, VehicleClass: in.Body.VehicleClass, CaseNumber: in.Body.CaseNumber, Reason: in.Body.Reason}
	b, err := s.Bulk.Start(ctx, asker(c), q, strings.NewReader(in.Body.CSV))
	if err != nil {
		return nil, err
	}
	return answer(viewBatch(b), nil)
}

func (s *Server) listBulk(ctx context.Context, c *Caller, _ *none) (*output[bulkList], error) {
	list, err := s.Bulk.Batches(ctx, asker(c))
	view := bulkList{Batches: []bulkView{}}
	for _, b := range list {
		view.Batches = append(view.Batches, viewBatch(b))
	}
	return answer(view, err)
}

func (s *Server) getBulk(ctx context.Context, c *Caller, in *byID) (*output[bulkView], error) {
	b, err := s.Bulk.Follow(ctx, asker(c), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(viewBatch(b), nil)
}

func (s *Server) cancelBulk(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Bulk.Cancel(ctx, asker(c), in.ID))
}

func (s *Server) getBulkResult(ctx context.Context, c *Caller, in *byID) (*huma.StreamResponse, error) {
	b, err := s.Bulk.Follow(ctx, asker(c), in.ID)
	if err != nil {
		return nil, err
	}
	if b.Status == verification.Running {
		return nil, verification.ErrBulkReady
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "text/csv; charset=utf-8")
		h.SetHeader("Content-Disposition", `attachment; filename="edl-bulk-`+b.ID+`.csv"`)
		if err := s.Bulk.Result(ctx, asker(c), b.ID, h.BodyWriter()); err != nil {
			slog.ErrorContext(ctx, "writing a result", "batch", b.ID, "error", err)
		}
	}}, nil
}
