package verification

import (
	"context"

	"edl/internal/credential"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
)

// subject finds the licence and reads what is known of it at the moment that
// the answer is about.
func (p *pass) subject(ctx context.Context) (*Subject, error) {
	entry, err := p.find(ctx)
	if err != nil {
		return nil, err
	}
	s := &Subject{Entry: entry, State: entry.State(p.now), PhotoID: entry.PhotoID}
	if p.scenario.AsOf() {
		return s, p.then(ctx, s)
	}
	var status lang.Text
	if p.q.wants(relyingparty.Causes) {
		status = s.State.Status().Name()
	}
	p.step(lang.T("登记状态", "the status on the register"), status)
	if s.Electronic, err = p.electronic(ctx, entry.ID); err != nil {
		return nil, err
	}
	switch {
	case s.Electronic.FaceWithdrawn() && !p.scenario.Gives(relyingparty.Causes):
		s.PhotoID = "" // who has no duty of law to see it does not
	case s.Electronic.FaceWithdrawn(): // the register's own
	case s.Electronic != nil && s.Electronic.PhotoID != "":
		s.PhotoID = s.Electronic.PhotoID
	}
	return s, nil
}

// electronic returns the newest electronic licence, nil if there was never one.
func (p *pass) electronic(ctx context.Context, licenceID string) (*credential.Electronic, error) {
	if p.shown != nil {
		return p.shown.Electronic, nil
	}
	e, err := p.tx.ElectronicLicence(ctx, licenceID)
	if missing(err) {
		return nil, nil
	}
	return e, err
}

// then turns the subject to the moment of the accident, with what is known now.
func (p *pass) then(ctx context.Context, s *Subject) error {
	histories, err := p.tx.LicenceHistories(ctx, []string{s.Entry.ID})
	if err != nil {
		return err
	}
	history := histories[s.Entry.ID]
	var known bool
	s.State, known = history.StateAt(p.q.AccidentAt, p.now)
	s.None = !known
	if known {
		detained, err := p.tx.DetainedAt(ctx, s.Entry.ID, p.q.AccidentAt, p.now)
		if err != nil {
			return err
		}
		s.State = s.State.Under(detained)
	}
	if v, ok := history.At(p.q.AccidentAt, p.now); ok {
		then := *s.Entry
		then.Licence, then.HoldsFrom, then.LearnedAt = v.Licence, v.HoldsFrom, v.LearnedAt
		s.Entry = &then
	}
	return nil
}

// find returns the licence that the question is about.
func (p *pass) find(ctx context.Context) (*register.Entry, error) {
	switch p.q.Way {
	case relyingparty.ByNumber, relyingparty.InBulk:
		return p.lookUp(ctx)
	case relyingparty.ByConsent:
		return p.tx.LicenceByID(ctx, p.holder)
	}
	id, err := p.genuine(ctx)
	switch {
	case err != nil:
		return nil, err
	case p.shown != nil:
		return p.shown.Entry, nil
	}
	return p.tx.LicenceByID(ctx, id)
}

// lookUp finds a licence by number and name. That there is nobody of the
// number, that the name is another's and that this driver did not consent are
// one answer by one path.
func (p *pass) lookUp(ctx context.Context) (*register.Entry, error) {
	list, err := p.tx.LicencesByNumber(ctx, identity.Number(p.q.Number))
	if err != nil {
		return nil, err
	}
	var found *register.Entry
	for _, e := range list {
		if !e.Licence.Name.Same(identity.Name(p.q.Name)) {
			continue
		}
		if found == nil || betterUse(e, found, p) {
			found = e
		}
	}
	permitted, err := p.permitted(ctx, found)
	if err != nil {
		return nil, err
	}
	if found == nil || !permitted {
		return nil, ErrNobody
	}
	p.step(lang.T("号码与姓名一致", "number and name agree"), lang.Text{})
	return found, nil
}

// permitted reports whether the party may look this licence up by number: by
// law, or with a consent in force. It is asked of nobody's licence as well.
func (p *pass) permitted(ctx context.Context, found *register.Entry) (bool, error) {
	if !p.scenario.Standing {
		return true, nil
	}
	id := "nobody"
	if found != nil {
		id = found.ID
	}
	return p.tx.Consented(ctx, id, p.desk.Party.ID, p.scenario.ID, p.q.PolicyNumber)
}

// betterUse chooses among the licences of one person: one that moved out or
// was cancelled gives way to the one in force.
func betterUse(e, than *register.Entry, p *pass) bool {
	return than.State(p.now).Use.Worse(e.State(p.now).Use) && than.State(p.now).Use == licence.Gone
}
