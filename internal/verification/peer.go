package verification

import (
	"context"
	"errors"

	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// A PeerAsker is an officer of another authority, whose server asks for them.
type PeerAsker struct {
	ID       string // of the authority on the trust list
	Name     string
	Unit     string // of the officer
	Operator string // number
	Place    string
}

// asker is the authority itself: its officers are known here by number alone.
func (a PeerAsker) asker() Asker {
	return Asker{TerminalID: "authority:" + a.ID, OperatorID: "authority:" + a.ID}
}

func (a PeerAsker) party() string { return a.Name + " " + a.Unit }

// MatchForPeer records whether the person before another authority's officer is
// the one of the photo, in a check that this very officer made.
func (s *Service) MatchForPeer(ctx context.Context, from PeerAsker, number string, same bool) error {
	return s.InTx(ctx, func(tx Tx) error {
		c, err := own(ctx, tx, from.asker(), number)
		if err != nil {
			return err
		}
		if c.Record.Party != from.party() || c.Record.OperatorNumber != from.Operator {
			return errNoCheck
		}
		return s.match(ctx, tx, from.asker(), c, same)
	})
}

// CheckForPeer answers another authority's officer about a code of this one's,
// as police are answered here. The code is redeemed, and the driver sees who
// asked.
func (s *Service) CheckForPeer(ctx context.Context, from PeerAsker, code string) (*Check, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	var c *Check
	err = s.Read(ctx, func(tx Tx) error {
		p := &pass{
			tx: tx, by: from.asker(), now: s.Now(), contacts: profile.Contacts(),
			q: Question{Scenario: relyingparty.PoliceCheck, Way: relyingparty.ByCode, Code: code},
		}
		c, err = p.runForPeer(ctx, from)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.keep(ctx, c, c.entry)
	if errors.Is(err, ErrTaken) {
		return nil, ErrReplayed
	}
	if err != nil {
		return nil, err
	}
	s.publish(c)
	return c, nil
}

func (p *pass) runForPeer(ctx context.Context, from PeerAsker) (*Check, error) {
	var err error
	if p.scenario, err = p.tx.Scenario(ctx, p.q.Scenario); err != nil {
		return nil, err
	}
	if err := p.parse(); err != nil {
		return nil, err
	}
	subject, err := p.subject(ctx)
	if err != nil {
		return nil, err
	}
	subject.Contacts, subject.Steps = p.contacts, p.steps
	answer, outcome, given := Compose(p.scenario, p.q, *subject, p.now)
	asked := p.q
	asked.Code = ""
	return &Check{
		At: p.now, PartyID: "authority:" + from.ID, TerminalID: p.by.TerminalID, OperatorID: p.by.OperatorID,
		LicenceID: subject.Entry.ID, Scenario: p.scenario.ID, Way: p.q.Way, RequestID: uid.New(p.now), Redemption: p.redemption, Outcome: outcome,
		Record: Record{
			Asked: asked, Answer: answer, Given: given, Party: from.party(), ScenarioName: p.scenario.Name,
			OperatorNumber: from.Operator, Place: from.Place, ReceiptKey: uid.Secret(),
		},
	}, nil
}

// CauseNames says why, for an authority that may know.
func (c *Check) CauseNames() []lang.Text {
	names := []lang.Text{}
	for _, cause := range c.Record.Answer.Causes {
		names = append(names, cause.Name)
	}
	return names
}
