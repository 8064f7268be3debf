package verification

import (
	"strconv"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/relyingparty"
)

// An Event tells the driver's open pages of a check, at that moment. It is the
// one place where the reason goes that the asker was not told.
type Event struct {
	Number  string    `json:"number"`
	Party   string    `json:"party"`
	At      string    `json:"at"` // RFC 3339
	Outcome Outcome   `json:"outcome"`
	Word    lang.Text `json:"word"`
	Reason  lang.Text `json:"reason,omitzero"`
	Data    bool      `json:"data,omitempty"` // a data code was read: the code on the screen is not spent
}

// Tell tells the driver's open pages of a check that is durable.
func (s *Service) Tell(c *Check) { s.publish(c) }

func (s *Service) publish(c *Check) {
	if s.Publish == nil || c.Record.Delay != nil {
		return
	}
	s.Publish(c.LicenceID, "check", Event{
		Number: c.Number, Party: c.Record.Party, At: c.At.In(civil.Shanghai).Format(time.RFC3339),
		Outcome: c.Outcome, Word: c.Record.Answer.Word, Reason: c.Record.Answer.Reason, Data: c.Record.Data,
	})
}

// entry records the check in the audit log, under the driver.
func (c *Check) entry() audit.Entry {
	action := map[relyingparty.Way]audit.Action{
		relyingparty.ByCode: ActCode, relyingparty.ByNumber: ActNumber, relyingparty.ByConsent: ActConsented, relyingparty.InBulk: ActBulkRow,
	}[c.Way]
	r := c.Record
	detail := map[string]string{
		"party": r.Party, "operator": r.OperatorNumber, "terminal": r.TerminalNumber, "place": r.Place,
		"scenario": string(c.Scenario), "outcome": string(c.Outcome), "reason": r.Asked.Reason,
	}
	if d := r.Delay; d != nil {
		detail["purpose"], detail["basis"], detail["days"], detail["visible_at"] = d.Purpose, d.Basis, strconv.Itoa(d.Days), c.VisibleAt.UTC().Format(time.RFC3339)
	}
	actor := audit.Actor{Kind: audit.ByOperator, ID: c.OperatorID}
	if r.Told {
		action, actor = ActTold, audit.Program
	}
	if len(c.Flags) > 0 {
		detail["flags"] = joinFlags(c.Flags)
	}
	return audit.Entry{
		At: c.At, Actor: actor, Action: action,
		Subject: c.LicenceID, Object: c.Number, Case: r.Asked.CaseNumber,
		Detail: detail, Flagged: len(c.Flags) > 0,
	}
}
