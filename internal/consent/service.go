package consent

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// Tx is what consents need of a storage transaction. Look-ups return fault
// "not_found" where there is nothing; saves name the version they read.
type Tx interface {
	Scenario(ctx context.Context, id relyingparty.ScenarioID) (*relyingparty.Scenario, error)
	Party(ctx context.Context, id string) (*relyingparty.Party, error)

	ConsentRequest(ctx context.Context, id string) (*Request, error)
	ConsentRequestByToken(ctx context.Context, hash []byte) (*Request, error)
	// ConsentRequestsBy returns what an operator asked since a moment, newest first.
	ConsentRequestsBy(ctx context.Context, operatorID string, since time.Time, limit int) ([]*Request, error)
	SaveConsentRequest(ctx context.Context, r *Request) error

	Standing(ctx context.Context, id string) (*Standing, error)
	// StandingOf returns a driver's consents, also those that ended, newest first.
	StandingOf(ctx context.Context, licenceID string) ([]*Standing, error)
	// StandingWith returns the consents to a party that are in force, newest
	// first, older than before.
	StandingWith(ctx context.Context, partyID, before string, limit int) ([]*Standing, error)
	SaveStanding(ctx context.Context, s *Standing) error

	AppendAudit(ctx context.Context, e audit.Entry) error
	Notify(ctx context.Context, m notification.Message) error
}

// A Service shows requests and consents and ends them. Its methods may be
// called concurrently.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time
	// Publish tells the driver's open pages, after the commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)
}

// The audited deeds.
const (
	ActAsk      audit.Action = "consent.ask"
	ActCancel   audit.Action = "consent.cancel"
	ActRefuse   audit.Action = "consent.refuse"
	ActGive     audit.Action = "standing.give"
	ActWithdraw audit.Action = "standing.withdraw"
	ActEnd      audit.Action = "standing.end"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActAsk:      lang.T("请求驾驶人同意", "asked a driver for consent"),
	ActCancel:   lang.T("撤销对驾驶人的请求", "cancelled a request to a driver"),
	ActRefuse:   lang.T("不同意用证单位的请求", "refused a relying party's request"),
	ActGive:     lang.T("授权用证单位按号码查验", "let a relying party ask by number"),
	ActWithdraw: lang.T("撤回授权", "withdrew a consent"),
	ActEnd:      lang.T("用证单位结束授权", "a relying party ended a consent"),
}

// A Page is a request as the driver sees it.
type Page struct {
	*Request
	Items  []Item
	Unseen []relyingparty.Field
}

// Open shows a request to a driver who holds its link. One whose asker or
// scenario is out of force is over.
func (s *Service) Open(ctx context.Context, token string) (p *Page, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		r, scenario, err := find(ctx, tx, token)
		if err != nil {
			return err
		}
		p = &Page{r, r.Items(scenario), Unseen(scenario)}
		return nil
	})
	return p, err
}

func find(ctx context.Context, tx Tx, token string) (*Request, *relyingparty.Scenario, error) {
	r, err := tx.ConsentRequestByToken(ctx, uid.Hash(token))
	if missing(err) {
		return nil, nil, ErrNoRequest
	}
	if err != nil {
		return nil, nil, err
	}
	party, err := tx.Party(ctx, r.PartyID)
	if err != nil {
		return nil, nil, err
	}
	scenario, err := tx.Scenario(ctx, r.Scenario)
	if err != nil {
		return nil, nil, err
	}
	if party.Status != relyingparty.Active || !party.May(r.Scenario) || !scenario.Enabled {
		return nil, nil, ErrOver
	}
	return r, scenario, nil
}

// Refuse ends a request by the driver's no; the asker is told that much.
func (s *Service) Refuse(ctx context.Context, by audit.Actor, token string) error {
	return s.InTx(ctx, func(tx Tx) error {
		r, _, err := find(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := r.decide(Refused, s.Now()); err != nil {
			return err
		}
		if err := tx.SaveConsentRequest(ctx, r); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActRefuse, Subject: by.ID, Object: r.ID})
	})
}

// asked bounds how far back an operator sees their requests.
const (
	askedFor  = 8 * 24 * time.Hour
	askedRows = 100
)

// Asked lists the operator's own requests, newest first.
func (s *Service) Asked(ctx context.Context, operatorID string) (list []*Request, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.ConsentRequestsBy(ctx, operatorID, s.Now().Add(-askedFor), askedRows)
		return err
	})
	return list, err
}

// Follow returns a request of the operator's own.
func (s *Service) Follow(ctx context.Context, operatorID, id string) (r *Request, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		r, err = own(ctx, tx, operatorID, id)
		return err
	})
	return r, err
}

func own(ctx context.Context, tx Tx, operatorID, id string) (*Request, error) {
	r, err := tx.ConsentRequest(ctx, id)
	if err == nil && r.OperatorID != operatorID {
		return nil, errNothing
	}
	return r, err
}

// Cancel takes a request of the operator's own back.
func (s *Service) Cancel(ctx context.Context, by audit.Actor, id string) error {
	return s.InTx(ctx, func(tx Tx) error {
		r, err := own(ctx, tx, by.ID, id)
		if err != nil {
			return err
		}
		if err := r.decide(Cancelled, s.Now()); err != nil {
			return err
		}
		if err := tx.SaveConsentRequest(ctx, r); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActCancel, Subject: r.PartyID, Object: r.ID})
	})
}

// OfDriver lists a driver's consents, also those that ended, newest first.
func (s *Service) OfDriver(ctx context.Context, licenceID string) (list []*Standing, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.StandingOf(ctx, licenceID)
		return err
	})
	return list, err
}

// WithParty lists the consents to a party that are in force, newest first.
func (s *Service) WithParty(ctx context.Context, partyID, before string, limit int) (list []*Standing, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.StandingWith(ctx, partyID, before, limit)
		return err
	})
	return list, err
}

// Withdraw ends a consent by the driver's will, from the next request on.
func (s *Service) Withdraw(ctx context.Context, by audit.Actor, licenceID, id string) error {
	return s.end(ctx, id, ByDriver, func(c *Standing) bool { return c.LicenceID == licenceID },
		func(c *Standing) audit.Entry {
			return audit.Entry{Actor: by, Action: ActWithdraw, Subject: licenceID, Object: c.ID, Detail: detail(c)}
		})
}

// End ends a consent by the party, which no longer needs it; the driver is told.
func (s *Service) End(ctx context.Context, by audit.Actor, partyID, id string) error {
	return s.end(ctx, id, ByParty, func(c *Standing) bool { return c.PartyID == partyID },
		func(c *Standing) audit.Entry {
			return audit.Entry{Actor: by, Action: ActEnd, Subject: c.LicenceID, Object: c.ID, Detail: detail(c)}
		})
}

func detail(c *Standing) map[string]string {
	return map[string]string{"party": c.Grant.Party, "scenario": string(c.Scenario)}
}

func (s *Service) end(ctx context.Context, id string, by By, mine func(*Standing) bool, entry func(*Standing) audit.Entry) error {
	var licenceID string
	err := s.InTx(ctx, func(tx Tx) error {
		c, err := tx.Standing(ctx, id)
		if err != nil {
			return err
		}
		if !mine(c) {
			return errNothing
		}
		if !c.InForce() {
			return nil
		}
		now := s.Now()
		licenceID, c.EndedAt, c.EndedBy = c.LicenceID, now, by
		if err := tx.SaveStanding(ctx, c); err != nil {
			return err
		}
		e := entry(c)
		e.At = now
		if err := tx.AppendAudit(ctx, e); err != nil || by == ByDriver {
			return err
		}
		return tx.Notify(ctx, notification.Message{
			LicenceID: c.LicenceID, Kind: notification.Account, At: now, Link: "#/me/consents",
			Title: lang.T("一项授权已结束", "A consent has ended"),
			Body: lang.T(c.Grant.Party+"已结束您的授权，不能再按号码查验您的驾驶证，也不再得知它的变化。",
				c.Grant.Party+" has ended your consent: it can no longer look your licence up by number, nor is it told of changes."),
		})
	})
	if err == nil && licenceID != "" && s.Publish != nil {
		s.Publish(licenceID, "consent", nil)
		if by != ByDriver {
			s.Publish(licenceID, "message", nil)
		}
	}
	return err
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}
