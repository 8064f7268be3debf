package httpapi

import (
	"context"

	"edl/internal/licence"
)

// exportView is all that the platform holds of a driver, in one file (Personal
// Information Protection Law, article 45).
type exportView struct {
	ExportedAt   string            `json:"exportedAt"`
	Licence      licence.Licence   `json:"licence" doc:"as the register holds it now"`
	Applications []applicationView `json:"applications"`
	Devices      []deviceView      `json:"devices"`
	Consents     []consentView     `json:"consents"`
	Checks       []driverCheck     `json:"checks" doc:"who checked the licence"`
	Detentions   []detentionView   `json:"detentions"`
	Messages     []messageView     `json:"messages"`
	Feedback     []reportView      `json:"feedback"`
}

// attachment is a JSON answer that browsers save as a file.
type attachment[T any] struct {
	Disposition string `header:"Content-Disposition"`
	Body        T
}

// exportMost bounds each list of the file.
const exportMost = 10_000

func (s *Server) driverExportRoutes() {
	handle(s, op{id: "exportOwnData", method: get, path: "/api/driver/export", access: Driver,
		summary: "All that the platform holds of the driver, as a file"}, s.exportOwnData)
}

func (s *Server) exportOwnData(ctx context.Context, c *Caller, _ *none) (*attachment[exportView], error) {
	id := c.Session.LicenceID
	entry, err := s.Register.Entry(ctx, id)
	if err != nil {
		return nil, err
	}
	view := exportView{ExportedAt: stamp(s.Now()), Licence: entry.Licence, Checks: []driverCheck{}}
	applications, err := s.listApplications(ctx, c, &none{})
	if err != nil {
		return nil, err
	}
	view.Applications = applications.Body.Applications
	devices, err := s.listDevices(ctx, c, &none{})
	if err != nil {
		return nil, err
	}
	view.Devices = devices.Body.Devices
	privacy, err := s.getPrivacy(ctx, c, &none{})
	if err != nil {
		return nil, err
	}
	view.Consents = privacy.Body.Consents
	checks, err := s.Checks.OfDriver(ctx, id, "", exportMost)
	if err != nil {
		return nil, err
	}
	for _, one := range checks {
		view.Checks = append(view.Checks, viewDriverCheck(one))
	}
	detentions, err := s.listOwnDetentions(ctx, c, &none{})
	if err != nil {
		return nil, err
	}
	view.Detentions = detentions.Body.Detentions
	messages, _, err := s.Inbox.Page(ctx, id, "", exportMost)
	if err != nil {
		return nil, err
	}
	view.Messages = viewMessages(messages)
	reports, err := s.Feedback.Of(ctx, id)
	if err != nil {
		return nil, err
	}
	view.Feedback = viewReports(reports, "/api/driver/feedback/images/").Feedback
	return &attachment[exportView]{`attachment; filename="edl-data.json"`, view}, nil
}
