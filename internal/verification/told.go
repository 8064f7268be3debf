package verification

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// toldFields are what a party is told unasked, where its scenario gives them:
// nothing that hints at why.
var toldFields = []relyingparty.Field{relyingparty.Usable, relyingparty.ClassCovers}

// Told composes what a party would be told now under a consent that lets it be
// told of changes. It is a check as any other, asked by nobody; id names it
// once and for ever. Changes of the register apart, it stays as it is until
// the time that is returned; the zero Time: for good.
func Told(ctx context.Context, tx Tx, given *consent.Standing, party *relyingparty.Party, scenario *relyingparty.Scenario, id string, now time.Time, contacts licence.Contacts) (*Check, time.Time, error) {
	p := &pass{
		tx: tx, now: now, contacts: contacts, holder: given.LicenceID, redemption: redemption(given.GivenAt, sha256.Sum256([]byte("told:"+id))),
		desk: &relyingparty.Desk{Party: *party}, scenario: scenario,
		q: Question{
			RequestID: id, Scenario: scenario.ID, Way: relyingparty.ByConsent, Fields: toldFields,
			VehicleClass: given.Grant.Case.VehicleClass,
		},
	}
	subject, err := p.subject(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	c := p.composed(subject)
	c.Record.Told = true
	c.Record.Consent = &Consented{given.Grant.RequestID, given.Grant.DeviceID, given.Grant.Signature, given.Grant.Confirmed}
	return c, licence.NextChange(subject.Entry.Licence, now), p.flag(ctx, c, subject.Entry)
}

// Keep stores a check that Told composed, with its number and audit entry.
func (c *Check) Keep(ctx context.Context, tx Tx) error {
	day := "HY-" + civil.Of(c.At).Start().Format("060102")
	last, err := tx.TakeNumbers(ctx, day, 1)
	if err != nil {
		return fmt.Errorf("taking a number of %s: %w", day, err)
	}
	c.Number = fmt.Sprintf("%s-%06d", day, last)
	if err := tx.AddCheck(ctx, c); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, c.entry())
}
