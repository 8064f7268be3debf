package verification

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/consent"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// LimitAsk is the kind of limit on requests to drivers, by operator.
const LimitAsk = "consent.ask"

// Consented says how a driver consented to one answer.
type Consented struct {
	RequestID string `json:"request"`
	DeviceID  string `json:"device"`
	Signature []byte `json:"signature"` // of consent.Proof
	Confirmed string `json:"confirmed"` // passkey or sms
}

// Ask makes a request to a driver and returns the token of its link, which is
// not kept. Whoever gets the link may answer: the asker sends it to the driver.
func (s *Service) Ask(ctx context.Context, by Asker, kind consent.Kind, c consent.Case, scenario relyingparty.ScenarioID) (r *consent.Request, token string, err error) {
	if err := s.alarmed(ctx, by, s.Allow(LimitAsk, by.OperatorID)); err != nil {
		return nil, "", err
	}
	token = uid.Secret()
	err = s.InTx(ctx, func(tx Tx) error {
		p := &pass{tx: tx, by: by, now: s.Now()}
		if p.q, err = question(c, scenario); err != nil {
			return err
		}
		if err := p.seat(ctx); err != nil {
			return err
		}
		if err := p.asks(kind); err != nil {
			return err
		}
		party, err := tx.Party(ctx, p.desk.Party.ID) // with the contact
		if err != nil {
			return err
		}
		r = &consent.Request{
			ID: uid.New(p.now), Kind: kind, PartyID: party.ID, TerminalID: by.TerminalID, OperatorID: by.OperatorID, Scenario: scenario,
			CreatedAt: p.now, ExpiresAt: p.now.Add(kind.Life()), Status: consent.Waiting,
			Record: consent.Record{
				Party: party.Name, Contact: party.Contact, Phone: party.Phone, ScenarioName: p.scenario.Name, OperatorNumber: p.desk.Operator.Number,
				Case: consent.Case{Why: p.q.Reason, VehicleClass: p.q.VehicleClass, RentalEnd: p.q.RentalEnd, Number: p.q.Number, Name: p.q.Name, PolicyNumber: p.q.PolicyNumber, Reference: strings.TrimSpace(c.Reference)},
			},
		}
		if err := tx.AddConsentRequest(ctx, uid.Hash(token), r); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: p.now, Actor: by.actor(), Action: consent.ActAsk, Subject: party.ID, Object: r.ID,
			Detail: map[string]string{"scenario": string(scenario), "kind": string(kind), "reason": c.Why},
		})
	})
	return r, token, err
}

// question is what a consented request asks, as a question of any other way.
func question(c consent.Case, scenario relyingparty.ScenarioID) (Question, error) {
	if !line(c.Reference, 40) {
		return Question{}, fault.At("reference", consent.ErrReference)
	}
	q := Question{
		Scenario: scenario, Way: relyingparty.ByConsent, Reason: c.Why, VehicleClass: c.VehicleClass, RentalEnd: c.RentalEnd,
		Number: c.Number, Name: c.Name, PolicyNumber: c.PolicyNumber,
	}
	return q.tidyText()
}

// asks returns nil if the scenario can ask drivers this.
func (p *pass) asks(kind consent.Kind) error {
	if kind == consent.Lasting {
		switch {
		case !p.scenario.Standing:
			return consent.ErrKind
		case p.q.Reason == "":
			return fault.At("why", consent.ErrWhy)
		case p.scenario.AsksFor(relyingparty.AskPolicy) && p.q.PolicyNumber == "":
			return fault.At("policyNumber", consent.ErrPolicy)
		case p.q.VehicleClass != "" && !slices.Contains(p.scenario.VehicleClasses(), p.q.VehicleClass):
			return fault.At("vehicleClass", ErrVehicle)
		}
		return nil
	}
	if !p.scenario.Takes(relyingparty.ByConsent) {
		return consent.ErrKind
	}
	return p.q.fits(p.scenario, p.now)
}

// A Holder is a driver on an enrolled phone.
type Holder struct{ LicenceID, DeviceID string }

func (h Holder) actor() audit.Actor { return audit.Actor{Kind: audit.ByDriver, ID: h.LicenceID} }

// A Decision is a driver's yes.
type Decision struct {
	Token     string
	Fields    []relyingparty.Field
	Signature []byte // by the phone's key, of consent.Proof
	Confirmed string // how the driver was asked again; whoever calls has seen to it
}

// Consent answers a request: once, or for as long as the consent lasts. A
// request serves once, whoever else holds its link.
func (s *Service) Consent(ctx context.Context, by Holder, d Decision) (*consent.Request, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	number, err := s.number(ctx, s.Now())
	if err != nil {
		return nil, err
	}
	var r *consent.Request
	var c *Check
	err = s.InTx(ctx, func(tx Tx) error {
		p := &pass{tx: tx, now: s.Now(), contacts: profile.Contacts(), holder: by.LicenceID}
		c = nil
		if r, err = p.consented(ctx, by, d, s.Origin); err != nil {
			return err
		}
		if r.Kind == consent.Lasting {
			return p.lasting(ctx, r, by, d)
		}
		c, err = p.once(ctx, r, by, d, number)
		return err
	})
	if errors.Is(err, ErrTaken) {
		err = consent.ErrOver
	}
	if err != nil {
		return nil, err
	}
	if c != nil {
		s.publish(c)
	}
	return r, nil
}

// consented finds the request, and returns it if who asks, the scenario, the
// driver's choice and the phone's signature are in order.
func (p *pass) consented(ctx context.Context, by Holder, d Decision, origin string) (*consent.Request, error) {
	r, err := p.tx.ConsentRequestByToken(ctx, uid.Hash(d.Token))
	if missing(err) {
		return nil, consent.ErrNoRequest
	}
	if err != nil {
		return nil, err
	}
	if r.StatusAt(p.now) != consent.Waiting {
		return nil, consent.ErrOver
	}
	device, err := p.tx.Device(ctx, by.DeviceID)
	if missing(err) || err == nil && (device.LicenceID != by.LicenceID || !device.Active()) {
		return nil, account.ErrProof
	}
	if err != nil {
		return nil, err
	}
	if err := device.Verify(consent.Proof(origin, d.Token, d.Fields), d.Signature); err != nil {
		return nil, err
	}
	if p.q, err = question(r.Record.Case, r.Scenario); err != nil {
		return nil, err
	}
	p.by = Asker{r.TerminalID, r.OperatorID}
	if err := p.seat(ctx); err != nil {
		return nil, consent.ErrOver
	}
	if err := p.asks(r.Kind); err != nil {
		return nil, consent.ErrOver
	}
	return r, consent.Chosen(r.Items(p.scenario), d.Fields)
}

// once answers the request here and now.
func (p *pass) once(ctx context.Context, r *consent.Request, by Holder, d Decision, number string) (*Check, error) {
	p.q.Fields, p.q.RequestID = d.Fields, r.ID
	p.redemption = redemption(r.CreatedAt, sha256.Sum256([]byte(d.Token)))
	p.step(lang.T("驾驶人手机签名", "the driver's phone signed"), lang.Text{})
	subject, err := p.subject(ctx)
	if err != nil {
		return nil, err
	}
	c := p.composed(subject)
	if err := p.flag(ctx, c, subject.Entry); err != nil {
		return nil, err
	}
	c.Number = number
	c.Record.Consent = &Consented{r.ID, by.DeviceID, d.Signature, d.Confirmed}
	if err := r.Give(by.LicenceID, number, p.now); err != nil {
		return nil, err
	}
	if err := p.tx.SaveConsentRequest(ctx, r); err != nil {
		return nil, err
	}
	if err := p.tx.AddCheck(ctx, c); err != nil {
		return nil, err
	}
	return c, p.tx.AppendAudit(ctx, c.entry())
}

// lasting keeps a consent that stands.
func (p *pass) lasting(ctx context.Context, r *consent.Request, by Holder, d Decision) error {
	entry, err := p.tx.LicenceByID(ctx, by.LicenceID)
	if err != nil {
		return err
	}
	if err := r.Give(by.LicenceID, "", p.now); err != nil {
		return err
	}
	if err := p.tx.SaveConsentRequest(ctx, r); err != nil {
		return err
	}
	given := &consent.Standing{
		ID: uid.New(p.now), LicenceID: by.LicenceID, PartyID: r.PartyID, Scenario: r.Scenario, GivenAt: p.now,
		Grant: consent.Grant{
			Record: r.Record, RequestID: r.ID, Holder: entry.Licence.Name.Masked(), Fields: slices.Clone(d.Fields),
			DeviceID: by.DeviceID, Signature: d.Signature, Confirmed: d.Confirmed,
		},
	}
	if err := p.tx.AddStanding(ctx, given); err != nil {
		return err
	}
	if err := p.tx.AppendAudit(ctx, audit.Entry{
		At: p.now, Actor: by.actor(), Action: consent.ActGive, Subject: by.LicenceID, Object: given.ID,
		Detail: map[string]string{"party": r.Record.Party, "scenario": string(r.Scenario), "confirmed": d.Confirmed},
	}); err != nil {
		return err
	}
	can := lang.T("可以按号码查验您的驾驶证", " can look your licence up by number")
	if given.Follows() {
		can = lang.T(can.ZH+"，能不能用有变化时也会得知（不含原因）", can.EN+" and is told when it can no longer, or again, be used, never why,")
	}
	return p.tx.Notify(ctx, notification.Message{
		LicenceID: by.LicenceID, Kind: notification.Account, At: p.now, Link: "#/me/consents",
		Title: lang.T("您给出了一项授权", "You gave a consent"),
		Body: lang.T(r.Record.Party+can.ZH+"，直到您撤回。每次都记在“查验记录”里。",
			r.Record.Party+can.EN+" until you withdraw. Each time is listed under Checks."),
	})
}
