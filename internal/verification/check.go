package verification

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/livecode"
)

// Check answers a question and keeps it. The same terminal repeating the same
// request gets the stored answer, whatever became of the code meanwhile.
func (s *Service) Check(ctx context.Context, by Asker, q Question) (*Check, error) {
	q, err := q.tidy()
	if err != nil {
		return nil, err
	}
	if err := s.limit(ctx, by, q); err != nil {
		return nil, err
	}
	c, err := s.answer(ctx, by, q)
	if errors.Is(err, ErrTaken) {
		c, err = s.repeated(ctx, by, q)
	}
	if f := fault.Of(err); f != nil && counted[f] {
		if err := s.refused(ctx, by, q, f); err != nil {
			return nil, err
		}
	}
	return c, err
}

// counted are the refusals that are counted: each could be somebody trying.
var counted = map[*fault.Fault]bool{
	livecode.ErrTooLarge: true, livecode.ErrBadCode: true, livecode.ErrBadCBOR: true, livecode.ErrBadKey: true,
	livecode.ErrBadSignature: true, livecode.ErrExpired: true, livecode.ErrClockSkew: true,
	ErrUnknownCode: true, ErrEndedDevice: true, ErrReplayed: true, ErrFieldNotAllowed: true, ErrNobody: true,
}

// refused counts a refusal. A look-up that found nobody leaves its audit entry
// as well: the number is not kept, for it may be of somebody who is no driver.
func (s *Service) refused(ctx context.Context, by Asker, q Question, f *fault.Fault) error {
	now := s.Now()
	err := s.InTx(ctx, func(tx Tx) error {
		if err := tx.CountRefusal(ctx, now, f.Code, by.OperatorID); err != nil {
			return err
		}
		if f != ErrNobody {
			return nil
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: by.actor(), Action: ActMiss, Object: by.TerminalID, Case: q.CaseNumber,
			Detail: map[string]string{"scenario": string(q.Scenario), "reason": q.Reason},
		})
	})
	if err != nil {
		return fmt.Errorf("counting a refusal: %w", err)
	}
	if f != ErrNobody {
		return nil
	}
	return s.alarmed(ctx, by, s.Allow(LimitMiss, by.OperatorID))
}

// limit brakes an operator; look-ups by number have a narrower limit.
func (s *Service) limit(ctx context.Context, by Asker, q Question) error {
	kind := LimitCheck
	if q.Way == relyingparty.ByNumber {
		kind = LimitLookup
	}
	return s.alarmed(ctx, by, s.Allow(kind, by.OperatorID))
}

// alarmed tells the auditor of an operator who ran into a limit, once in a while.
func (s *Service) alarmed(ctx context.Context, by Asker, limited error) error {
	if limited == nil || s.Allow(LimitAlert, by.OperatorID) != nil {
		return limited
	}
	err := s.InTx(ctx, func(tx Tx) error {
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by.actor(), Action: ActBurst, Object: by.TerminalID, Flagged: true})
	})
	return errors.Join(limited, err)
}

// answer finds the licence, composes the answer and keeps both.
func (s *Service) answer(ctx context.Context, by Asker, q Question) (*Check, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	var c *Check
	err = s.Ahead(ctx, func(tx Tx) (bool, error) {
		p := &pass{tx: tx, by: by, q: q, now: s.Now(), contacts: profile.Contacts()}
		if c, err = p.run(ctx); err != nil {
			return false, err
		}
		return c.Version == 0, nil
	})
	if err != nil || c.Version > 0 { // refused, or the answer to this request stored before
		return c, err
	}
	if err := s.keep(ctx, c, c.entry); err != nil {
		return nil, err
	}
	s.publish(c)
	return c, nil
}

// keep gives a check its number and stores it with its audit entry. Both are
// sealed before the transaction, for which others wait.
func (s *Service) keep(ctx context.Context, c *Check, entry func() audit.Entry) (err error) {
	if c.Number, err = s.number(ctx, c.At); err != nil {
		return err
	}
	var row *audit.Row
	err = s.Read(ctx, func(tx Tx) error {
		if err := tx.SealCheck(ctx, c); err != nil {
			return err
		}
		row, err = tx.SealAudit(ctx, entry())
		return err
	})
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		if err := tx.AddCheck(ctx, c); err != nil {
			return err
		}
		return tx.AppendSealed(ctx, row)
	})
}

// repeated answers who came second to a code or to a request.
func (s *Service) repeated(ctx context.Context, by Asker, q Question) (c *Check, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		p := &pass{tx: tx, by: by, q: q}
		if err := p.parse(); err != nil {
			return err
		}
		c, err = p.stored(ctx)
		return err
	})
	return c, err
}

// A pass is one check on its way. It reads and decides; it changes nothing.
type pass struct {
	tx       Tx
	by       Asker
	q        Question
	now      time.Time
	contacts licence.Contacts

	desk     *relyingparty.Desk
	scenario *relyingparty.Scenario
	holder   string   // whose licence, by consent
	purpose  *Purpose // that delays the showing; nil: none

	operatorName identity.Name // once it was asked for

	code       *livecode.Code // nil by number
	redemption []byte
	shown      *Shown // what the code leads to, where one question told
	steps      []Step
}

// run returns the check to be kept, or the one that was kept for this request.
func (p *pass) run(ctx context.Context) (*Check, error) {
	if err := p.admit(ctx); err != nil {
		return nil, err
	}
	if err := p.parse(); err != nil {
		return nil, err
	}
	subject, err := p.subject(ctx)
	if err != nil {
		return p.answered(ctx, err)
	}
	c := p.composed(subject)
	return c, p.flag(ctx, c, subject.Entry)
}

// composed makes the check that answers the question.
func (p *pass) composed(subject *Subject) *Check {
	subject.Contacts, subject.Steps = p.contacts, p.steps
	answer, outcome, given := Compose(p.scenario, p.q, *subject, p.now)
	asked := p.q
	asked.Code, asked.RequestID = "", "" // a code is spent, not kept
	c := &Check{
		At: p.now, PartyID: p.desk.Party.ID, TerminalID: p.by.TerminalID, OperatorID: p.by.OperatorID,
		LicenceID: subject.Entry.ID, Scenario: p.scenario.ID, Way: p.q.Way, RequestID: p.q.RequestID, Redemption: p.redemption, Outcome: outcome,
		Record: Record{
			Asked: asked, Answer: answer, Given: given, Party: p.desk.Party.Name, ScenarioName: p.scenario.Name,
			OperatorNumber: p.desk.Operator.Number, TerminalNumber: p.desk.Terminal.Number, Place: p.desk.Terminal.Place, ReceiptKey: uid.Secret(),
		},
	}
	p.delay(c)
	return c
}

// admit asks whether this operator may ask this here and now.
func (p *pass) admit(ctx context.Context) error {
	if err := p.seat(ctx); err != nil {
		return err
	}
	if err := p.q.fits(p.scenario, p.now); err != nil {
		return err
	}
	return p.findPurpose(ctx)
}

// seat finds who asks under which scenario, if all of them are in force.
func (p *pass) seat(ctx context.Context) (err error) {
	p.desk, err = p.tx.Desk(ctx, p.by.TerminalID, p.by.OperatorID)
	if missing(err) {
		return relyingparty.ErrTerminalSuspended
	}
	if err != nil {
		return err
	}
	if err := p.desk.Admit(); err != nil {
		return err
	}
	if !p.desk.Party.May(p.q.Scenario) {
		return relyingparty.ErrScenario
	}
	p.scenario, err = p.tx.Scenario(ctx, p.q.Scenario)
	if missing(err) || err == nil && !p.scenario.Enabled {
		return relyingparty.ErrScenario
	}
	return err
}

// parse reads the code.
func (p *pass) parse() (err error) {
	if p.q.Way == relyingparty.ByNumber {
		return nil
	}
	if p.code, err = livecode.Parse(p.q.Code); err != nil {
		return err
	}
	p.redemption = redemption(p.code.Time(), p.code.Digest())
	p.step(lang.T("读取亮码", "the code was read"), lang.Text{})
	return nil
}

func (p *pass) step(name, detail lang.Text) {
	p.steps = append(p.steps, Step{Name: name, OK: true, Detail: detail})
}

// answered looks, where the licence cannot be had, whether it could when this
// request came before. Otherwise the reason stands: a code that was used and is
// out of date is called out of date. That nobody used the code is not asked
// before: the table refuses a second redemption, and it is rare.
func (p *pass) answered(ctx context.Context, reason error) (*Check, error) {
	c, err := p.stored(ctx)
	if missing(err) || errors.Is(err, ErrReplayed) {
		return nil, reason
	}
	return c, err
}

// stored returns the check that this request led to, not_found if there is
// none, or why it cannot be answered again.
func (p *pass) stored(ctx context.Context) (c *Check, err error) {
	if p.code != nil {
		c, err = p.tx.CheckByRedemption(ctx, p.redemption)
	} else {
		c, err = p.tx.CheckByRequest(ctx, p.by.TerminalID, p.q.RequestID)
	}
	switch {
	case err != nil:
		return nil, err
	case c.TerminalID != p.by.TerminalID || c.RequestID != p.q.RequestID:
		return nil, ErrReplayed
	case c.OperatorID != p.by.OperatorID || !c.Record.Asked.same(p.q):
		return nil, ErrRequestUsed
	}
	return c, nil
}

// genuine finds the phone that made the code and returns its licence.
func (p *pass) genuine(ctx context.Context) (licenceID string, err error) {
	serial := p.code.Serial()
	device, err := p.phone(ctx, serial[:])
	if missing(err) {
		return "", ErrUnknownCode
	}
	if err != nil {
		return "", err
	}
	if !bytes.Equal(device.Serial, serial[:]) && p.now.Sub(device.SerialAt) > account.SerialGrace {
		return "", ErrUnknownCode
	}
	if err := p.code.VerifyDevice(device.Key()); err != nil {
		return "", err
	}
	p.step(lang.T("手机签名", "the phone's signature"), lang.T("由驾驶人已登记的手机签出", "made by the driver's enrolled phone"))
	if !device.Active() {
		return "", ErrEndedDevice
	}
	p.step(lang.T("手机在用", "the phone is in use"), lang.Text{})
	if err := livecode.Fresh(p.code.Time(), p.now); err != nil {
		return "", err
	}
	p.step(lang.T("生成时间", "when it was made"), seconds(p.now.Sub(p.code.Time())))
	p.step(lang.T("首次使用", "used for the first time"), lang.Text{})
	return device.LicenceID, nil
}

// phone finds the phone of a serial, and in the usual case with it all that is
// known of the licence.
func (p *pass) phone(ctx context.Context, serial []byte) (*account.Device, error) {
	shown, err := p.tx.Shown(ctx, serial)
	if missing(err) {
		return p.tx.DeviceBySerial(ctx, serial)
	}
	if err != nil {
		return nil, err
	}
	p.shown = shown
	return shown.Device, nil
}

func seconds(age time.Duration) lang.Text {
	n := int(age.Round(time.Second).Seconds())
	if n < 0 {
		return lang.T(fmt.Sprintf("手机快 %d 秒", -n), fmt.Sprintf("the phone is %d s ahead", -n))
	}
	return lang.T(fmt.Sprintf("%d 秒前", n), fmt.Sprintf("%d s ago", n))
}
