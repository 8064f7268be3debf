package detention

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/internal/verification"
)

// ErrTaken is returned by Tx.AddDetention. It never reaches a caller.
var ErrTaken = errors.New("detention: the licence, check, request or certificate has one")

// An Order is what the officer decided.
type Order struct {
	RequestID string // a UUID
	Ground    GroundCode
	Place     string
	Voucher   string
	Paper     Paper
}

// parse returns the order as it is kept.
func (o Order) parse() (Order, Ground, error) {
	var err error
	if o.RequestID, err = verification.ParseRequestID(o.RequestID); err != nil {
		return o, Ground{}, fault.At("requestId", err)
	}
	ground, known := o.Ground.Ground()
	o.Place, o.Voucher = strings.TrimSpace(o.Place), tidyVoucher(o.Voucher)
	switch {
	case !known:
		return o, ground, fault.At("ground", ErrGround)
	case o.Place == "" || !line(o.Place, 60):
		return o, ground, fault.At("place", ErrPlace)
	case utf8.RuneCountInString(o.Voucher) < 4 || !line(o.Voucher, 40):
		return o, ground, fault.At("voucher", ErrVoucher)
	case o.Paper != Collected && o.Paper != NotCarried:
		return o, ground, fault.At("paper", ErrPaper)
	}
	return o, ground, nil
}

// tidyVoucher is how a certificate's number is kept and compared: officers
// group its digits as they like.
func tidyVoucher(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}

// line reports whether s can be shown on one line of at most that length.
func line(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
}

// same reports whether a detention is what the order asks for.
func (d *Detention) same(check string, o Order) bool {
	r := d.Record
	return d.CheckNumber == check && r.Ground.Code == o.Ground && r.Place == o.Place && r.Voucher == o.Voucher && r.Paper == o.Paper
}

// Detain detains the licence that a check was about.
func (s *Service) Detain(ctx context.Context, by verification.Asker, check string, o Order) (*Detention, error) {
	o, ground, err := o.parse()
	if err != nil {
		return nil, err
	}
	if err := s.Allow(LimitDetain, by.OperatorID); err != nil {
		return nil, err
	}
	d, err := s.detain(ctx, by, check, o, ground)
	if errors.Is(err, ErrTaken) { // somebody was faster: say by what
		d, err = s.detain(ctx, by, check, o, ground)
	}
	return d, err
}

func (s *Service) detain(ctx context.Context, by verification.Asker, check string, o Order, ground Ground) (d *Detention, err error) {
	repeated := false
	err = s.InTx(ctx, func(tx Tx) error {
		d, repeated = nil, false
		before, err := tx.DetentionByRequest(ctx, by.TerminalID, o.RequestID)
		if err == nil {
			if before.OperatorID != by.OperatorID || !before.same(check, o) {
				return verification.ErrRequestUsed
			}
			d, repeated = before, true
			return nil
		}
		if !missing(err) {
			return err
		}
		now := s.Now()
		c, desk, entry, err := s.admit(ctx, tx, by, check, now)
		if err != nil {
			return err
		}
		if err := unused(ctx, tx, c, o); err != nil {
			return err
		}
		d = &Detention{
			LicenceID: entry.ID, CheckNumber: c.Number, TerminalID: by.TerminalID, OperatorID: by.OperatorID, RequestID: o.RequestID,
			At: now, DueAt: dueOn(now).End(),
			Record: Record{
				Ground: ground, Place: o.Place, Voucher: o.Voucher, Paper: o.Paper, Party: desk.Party.Name,
				OperatorNumber: desk.Operator.Number, TerminalNumber: desk.Terminal.Number, ReceiptKey: uid.Secret(),
			},
		}
		return s.keep(ctx, tx, d, entry)
	})
	if err != nil {
		return nil, err
	}
	if !repeated {
		s.publish(d.LicenceID)
	}
	return d, nil
}

// admit returns the check that a detention may follow, who made it and whose
// licence it was about. Another operator's check is not there.
func (s *Service) admit(ctx context.Context, tx Tx, by verification.Asker, check string, now time.Time) (*verification.Check, *relyingparty.Desk, *register.Entry, error) {
	c, err := tx.CheckByNumber(ctx, check)
	if err != nil {
		return nil, nil, nil, err
	}
	if c.OperatorID != by.OperatorID {
		return nil, nil, nil, errNone
	}
	desk, err := tx.Desk(ctx, by.TerminalID, by.OperatorID)
	if missing(err) {
		err = relyingparty.ErrTerminalSuspended
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if err := desk.Admit(); err != nil {
		return nil, nil, nil, err
	}
	switch {
	case desk.Party.Kind != relyingparty.Police || c.Scenario != relyingparty.PoliceCheck || !desk.Party.May(relyingparty.PoliceCheck):
		return nil, nil, nil, ErrPoliceOnly
	case c.TerminalID != by.TerminalID:
		return nil, nil, nil, ErrTerminal
	case c.Record.Offline || now.Sub(c.At) > Recent:
		return nil, nil, nil, ErrStale
	}
	entry, err := tx.LicenceByID(ctx, c.LicenceID)
	if err != nil {
		return nil, nil, nil, err
	}
	switch state := entry.State(now); {
	case state.Has(licence.Detained):
		return nil, nil, nil, ErrDetained
	case state.Use == licence.Gone:
		return nil, nil, nil, ErrGone
	}
	return c, desk, entry, nil
}

// unused reports whether neither the check nor the certificate led to a
// detention.
func unused(ctx context.Context, tx Tx, c *verification.Check, o Order) error {
	_, err := tx.DetentionByCheck(ctx, c.Number)
	if err == nil {
		return ErrCheckUsed
	}
	if !missing(err) {
		return err
	}
	_, err = tx.DetentionByVoucher(ctx, o.Voucher)
	if err == nil {
		return fault.At("voucher", ErrVoucherUse)
	}
	if !missing(err) {
		return err
	}
	return nil
}

// keep numbers and stores a detention, with its audit entry and the message.
func (s *Service) keep(ctx context.Context, tx Tx, d *Detention, entry *register.Entry) error {
	day := Series + civil.Of(d.At).Start().Format("060102")
	n, err := tx.TakeNumbers(ctx, day, 1)
	if err != nil {
		return err
	}
	d.Number = fmt.Sprintf("%s-%06d", day, n)
	if err := tx.AddDetention(ctx, d); err != nil {
		return err
	}
	if err := tx.Notify(ctx, detainedMessage(d)); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: d.At, Actor: audit.Actor{Kind: audit.ByOperator, ID: d.OperatorID}, Action: ActDetain, Subject: entry.ID, Object: d.Number, Case: d.Record.Voucher,
		Detail: map[string]string{
			"check": d.CheckNumber, "party": d.Record.Party, "operator": d.Record.OperatorNumber, "terminal": d.Record.TerminalNumber,
			"place": d.Record.Place, "ground": string(d.Record.Ground.Code), "paper": string(d.Record.Paper), "due": d.DueOn().String(),
		},
	})
}

// publish tells the driver's pages that the licence stands otherwise now, and
// that a message says so.
func (s *Service) publish(licenceID string) {
	if s.Publish != nil {
		s.Publish(licenceID, "state", nil)
		s.Publish(licenceID, "message", nil)
	}
}

func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}
