package httpapi

import (
	"context"
	"strings"

	"edl/internal/detention"
	"edl/internal/lang"
	"edl/internal/verification"
)

// receiptView is one page about a check; it holds no more than was shown.
type receiptView struct {
	Number     string               `json:"number"`
	At         string               `json:"at"`
	Title      lang.Text            `json:"title"`
	Verdict    verification.Outcome `json:"verdict" enum:"usable,not_usable,no_verdict"`
	Word       lang.Text            `json:"word"`
	Lines      []receiptLine        `json:"lines"`
	ConfirmURL string               `json:"confirmUrl"`
	Authority  lang.Text            `json:"authority"`
}

type receiptLine struct {
	Label lang.Text `json:"label"`
	Value lang.Text `json:"value"`
}

func (s *Server) receiptRoutes() {
	handle(s, op{id: "confirmReceipt", method: get, path: "/api/public/receipts/{number}", access: Public,
		summary: "Confirm a receipt with the key on it"}, s.confirmReceipt)
}

func (s *Server) confirmReceipt(ctx context.Context, c *Caller, in *struct {
	Number string `path:"number" maxLength:"32"`
	Key    string `query:"k" maxLength:"64" doc:"the key in the receipt's address"`
}) (*output[receiptView], error) {
	if strings.HasPrefix(in.Number, detention.Series) {
		d, err := s.Detentions.Confirm(ctx, c.Address, in.Number, in.Key)
		if err != nil {
			return nil, err
		}
		return answer(s.viewDetentionReceipt(ctx, d))
	}
	check, err := s.Checks.Confirm(ctx, c.Address, in.Number, in.Key)
	if err != nil {
		return nil, err
	}
	return answer(s.viewReceipt(ctx, check))
}

func (s *Server) viewReceipt(ctx context.Context, c *verification.Check) (receiptView, error) {
	profile, err := s.Authority.Profile(ctx)
	v := receiptView{
		Number: c.Number, At: stamp(c.At), Title: c.Title(), Verdict: c.Outcome, Word: c.Record.Answer.Word,
		Lines: []receiptLine{}, ConfirmURL: s.PublicURL + c.ConfirmPath(), Authority: profile.Name,
	}
	for _, line := range c.Receipt() {
		v.Lines = append(v.Lines, receiptLine(line))
	}
	return v, err
}

// viewDetentionReceipt is the receipt of a detention as it stands now.
func (s *Server) viewDetentionReceipt(ctx context.Context, d *detention.Detention) (receiptView, error) {
	profile, err := s.Authority.Profile(ctx)
	verdict := verification.NotUsable
	if !d.Stands() {
		verdict = verification.NoVerdict // the measure ended; what the licence permits now is not said here
	}
	return receiptView{
		Number: d.Number, At: stamp(d.At), Title: detention.Title, Verdict: verdict, Word: d.Word(),
		Lines: detentionLines(d), ConfirmURL: s.PublicURL + d.ConfirmPath(), Authority: profile.Name,
	}, err
}
