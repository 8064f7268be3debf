package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/lang"
)

// staffDetention is a detention as the office sees it.
type staffDetention struct {
	Number     string    `json:"number"`
	At         string    `json:"at"`
	DueOn      string    `json:"dueOn"`
	Overdue    bool      `json:"overdue" doc:"the term passed without the case being dealt with"`
	Voucher    string    `json:"voucher"`
	Ground     lang.Text `json:"ground"`
	Place      string    `json:"place"`
	Party      string    `json:"party"`
	Operator   string    `json:"operator" doc:"the officer's number"`
	Paper      lang.Text `json:"paper"`
	Name       string    `json:"name" doc:"masked"`
	FileNumber string    `json:"fileNumber"`
	OnRegister bool      `json:"onRegister" doc:"the register carries U by itself: lifting here does not end that"`
	LiftedAt   string    `json:"liftedAt,omitempty"`
	LiftReason string    `json:"liftReason,omitempty"`
	LiftCase   string    `json:"liftCase,omitempty"`
}

type staffDetentions struct {
	Detentions []staffDetention `json:"detentions"`
}

type liftRequest struct {
	Reason     string `json:"reason" maxLength:"400"`
	CaseNumber string `json:"caseNumber" maxLength:"200"`
}

func (s *Server) staffDetentionRoutes() {
	office := Staff(account.WindowRep, account.Registrar)
	handle(s, op{id: "listDetentions", method: get, path: "/api/staff/detentions", access: office,
		summary: "扣留 that stand, the first due first; or those lifted"}, s.listDetentions)
	handle(s, op{id: "liftDetention", method: post, path: "/api/staff/detentions/{id}/lift", access: office, status: http.StatusNoContent,
		summary: "Lift a detention; the status returns at once"}, s.liftDetention)
}

func (s *Server) listDetentions(ctx context.Context, _ *Caller, in *struct {
	Lifted bool `query:"lifted"`
}) (*output[staffDetentions], error) {
	rows, err := s.Detentions.List(ctx, in.Lifted)
	view := staffDetentions{Detentions: []staffDetention{}}
	for _, d := range rows {
		r := d.Record
		view.Detentions = append(view.Detentions, staffDetention{
			Number: d.Number, At: stamp(d.At), DueOn: d.DueOn().String(), Overdue: d.Overdue(s.Now()), Voucher: r.Voucher, Ground: r.Ground.Say, Place: r.Place,
			Party: r.Party, Operator: r.OperatorNumber, Paper: d.PaperSay(), Name: d.Name, FileNumber: string(d.FileNumber), OnRegister: d.OnRegister,
			LiftedAt: stamp(d.LiftedAt), LiftReason: r.LiftReason, LiftCase: r.LiftCase,
		})
	}
	return answer(view, err)
}

func (s *Server) liftDetention(ctx context.Context, c *Caller, in *withID[liftRequest]) (*none, error) {
	return done(s.Detentions.Lift(ctx, c.Actor(), in.ID, in.Body.Reason, in.Body.CaseNumber))
}
