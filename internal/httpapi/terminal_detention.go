package httpapi

import (
	"context"

	"edl/internal/detention"
	"edl/internal/lang"
)

type detentionRequest struct {
	RequestID string               `json:"requestId" maxLength:"36" doc:"a UUID that the terminal chose; the same one again returns the same detention"`
	Ground    detention.GroundCode `json:"ground" maxLength:"20"`
	Place     string               `json:"place" maxLength:"300"`
	Voucher   string               `json:"voucher" maxLength:"200" doc:"number of the 行政强制措施凭证"`
	Paper     detention.Paper      `json:"paper" enum:"collected,not_carried"`
}

// detentionForm is what an officer can decide after a check, or decided.
type detentionForm struct {
	Grounds   []detentionGround    `json:"grounds"`
	Suggested detention.GroundCode `json:"suggested,omitempty" doc:"that the licence's state gives"`
	Place     string               `json:"place"`
	DueOn     string               `json:"dueOn" doc:"the last day of the term, YYYY-MM-DD"`
	Refusal   *lang.Text           `json:"refusal,omitempty" doc:"why this check cannot lead to a detention"`
	Code      string               `json:"code,omitempty" doc:"of the refusal"`
	Detention *detentionView       `json:"detention,omitempty" doc:"that this check led to"`
}

type detentionGround struct {
	Code   detention.GroundCode `json:"code"`
	Say    lang.Text            `json:"say"`
	Clause lang.Text            `json:"clause"`
}

// detentionView is a detention with its receipt, for the officer who made it
// and for the driver.
type detentionView struct {
	Number     string          `json:"number"`
	At         string          `json:"at"`
	DueOn      string          `json:"dueOn"`
	Due        lang.Text       `json:"due"`
	Voucher    string          `json:"voucher"`
	Paper      detention.Paper `json:"paper" enum:"collected,not_carried"`
	Stands     bool            `json:"stands"`
	LiftedAt   string          `json:"liftedAt,omitempty"`
	Word       lang.Text       `json:"word"`
	Rights     lang.Text       `json:"rights"`
	Lines      []receiptLine   `json:"lines"`
	ConfirmURL string          `json:"confirmUrl"`
}

func (s *Server) terminalDetentionRoutes() {
	const path = "/api/terminal/checks/{id}/detention"
	handle(s, op{id: "getDetentionForm", method: get, path: path, access: Terminal,
		summary: "What a check of the officer's own can lead to, and what it led to"}, s.getDetentionForm)
	handle(s, op{id: "detain", method: post, path: path, access: Terminal,
		summary: "扣留: detain the licence that the check was about"}, s.detain)
}

func (s *Server) getDetentionForm(ctx context.Context, c *Caller, in *byID) (*output[detentionForm], error) {
	f, err := s.Detentions.Form(ctx, asker(c), in.ID)
	if err != nil {
		return nil, err
	}
	v := detentionForm{Grounds: []detentionGround{}, Suggested: f.Suggested, Place: f.Place, DueOn: f.DueOn.String()}
	for _, g := range detention.Grounds() {
		v.Grounds = append(v.Grounds, detentionGround{g.Code, g.Say, g.Clause})
	}
	if f.Refusal != nil {
		v.Refusal, v.Code = &f.Refusal.Say, f.Refusal.Code
	}
	if f.Detention != nil {
		one := s.viewDetention(f.Detention)
		v.Detention = &one
	}
	return answer(v, nil)
}

func (s *Server) detain(ctx context.Context, c *Caller, in *withID[detentionRequest]) (*output[detentionView], error) {
	b := in.Body
	d, err := s.Detentions.Detain(ctx, asker(c), in.ID, detention.Order{RequestID: b.RequestID, Ground: b.Ground, Place: b.Place, Voucher: b.Voucher, Paper: b.Paper})
	if err != nil {
		return nil, err
	}
	return answer(s.viewDetention(d), nil)
}

func (s *Server) viewDetention(d *detention.Detention) detentionView {
	return detentionView{
		Number: d.Number, At: stamp(d.At), DueOn: d.DueOn().String(), Due: d.DueSay(), Voucher: d.Record.Voucher, Paper: d.Record.Paper,
		Stands: d.Stands(), LiftedAt: stamp(d.LiftedAt), Word: d.Word(), Rights: detention.Rights, Lines: detentionLines(d), ConfirmURL: s.PublicURL + d.ConfirmPath(),
	}
}

func detentionLines(d *detention.Detention) []receiptLine {
	lines := []receiptLine{}
	for _, l := range d.Lines() {
		lines = append(lines, receiptLine{l[0], l[1]})
	}
	return lines
}
