package detention

import (
	"context"
	"crypto/subtle"
	"strings"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/verification"
)

// A Row is a detention as the office sees it.
type Row struct {
	*Detention
	Name       string // of the driver, masked
	FileNumber licence.FileNumber
	OnRegister bool // the register carries U by itself: lifting here does not end that
}

// listed bounds a list of the office.
const listed = 500

// List returns the detentions that stand, the first due first, or those that
// were lifted, the last lifted first.
func (s *Service) List(ctx context.Context, lifted bool) (rows []Row, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		rows = nil
		of := tx.StandingDetentions
		if lifted {
			of = tx.LiftedDetentions
		}
		list, err := of(ctx, listed)
		if err != nil {
			return err
		}
		for _, d := range list {
			entry, err := tx.LicenceByID(ctx, d.LicenceID)
			if err != nil {
				return err
			}
			l := entry.Licence
			rows = append(rows, Row{d, l.Name.Masked(), l.FileNumber, l.Status.Has(licence.Detained)})
		}
		return nil
	})
	return rows, err
}

// Lift ends a detention. What the register carries by itself stays.
func (s *Service) Lift(ctx context.Context, by audit.Actor, number, reason, caseNumber string) error {
	reason, caseNumber = strings.TrimSpace(reason), strings.TrimSpace(caseNumber)
	switch {
	case reason == "" || !line(reason, 100):
		return fault.At("reason", ErrLiftReason)
	case caseNumber == "" || !line(caseNumber, 40):
		return fault.At("caseNumber", ErrLiftCase)
	}
	profile, err := s.Profile(ctx)
	if err != nil {
		return err
	}
	var licenceID string
	err = s.InTx(ctx, func(tx Tx) error {
		d, err := tx.Detention(ctx, number)
		if err != nil {
			return err
		}
		if !d.Stands() {
			return ErrLifted
		}
		licenceID = d.LicenceID
		d.LiftedAt, d.LiftedBy = s.Now(), by.ID
		d.Record.LiftReason, d.Record.LiftCase = reason, caseNumber
		if err := tx.LiftDetention(ctx, d); err != nil {
			return err
		}
		entry, err := tx.LicenceByID(ctx, d.LicenceID)
		if err != nil {
			return err
		}
		if err := tx.Notify(ctx, liftedMessage(d, licence.Say(entry.State(d.LiftedAt), profile.Contacts()).Say)); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: d.LiftedAt, Actor: by, Action: ActLift, Subject: d.LicenceID, Object: d.Number, Case: caseNumber,
			Detail: map[string]string{"reason": reason, "voucher": d.Record.Voucher, "status": string(entry.State(d.LiftedAt).Status())},
		})
	})
	if err == nil {
		s.publish(licenceID)
	}
	return err
}

// Of returns a driver's detentions, newest first.
func (s *Service) Of(ctx context.Context, licenceID string) (list []*Detention, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.DetentionsOf(ctx, licenceID)
		return err
	})
	return list, err
}

// OneOf returns one of a driver's detentions; another's is not there.
func (s *Service) OneOf(ctx context.Context, licenceID, number string) (d *Detention, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		d, err = tx.Detention(ctx, number)
		if err == nil && d.LicenceID != licenceID {
			return errNone
		}
		return err
	})
	return d, err
}

// Confirm returns a detention to whoever holds its receipt. A wrong key and an
// unknown number are one answer.
func (s *Service) Confirm(ctx context.Context, address, number, key string) (d *Detention, err error) {
	if err := s.Allow(verification.LimitOpen, address); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		d, err = tx.Detention(ctx, number)
		if err == nil && subtle.ConstantTimeCompare([]byte(d.Record.ReceiptKey), []byte(key)) != 1 {
			return errNone
		}
		return err
	})
	if !missing(err) {
		return d, err
	}
	if err := s.InTx(ctx, func(tx Tx) error { return tx.CountRefusal(ctx, s.Now(), verification.LimitOpen, address) }); err != nil {
		return nil, err
	}
	return nil, errNone
}
