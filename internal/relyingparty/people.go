package relyingparty

import (
	"context"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/uid"
)

// AddOperator registers a person and returns the PIN to hand over, which is
// shown once and must be changed at the first sign-in.
func (s *Service) AddOperator(ctx context.Context, by audit.Actor, partyID, number, name string) (o *Operator, pin string, err error) {
	number = strings.TrimSpace(number)
	if !operatorNumber.MatchString(number) {
		return nil, "", fault.At("number", ErrOperatorNumber)
	}
	parsed, err := identity.ParseName(name)
	if err != nil {
		return nil, "", fault.At("name", err)
	}
	pin = newPIN()
	hash := account.HashSecret(pin)
	err = s.InTx(ctx, func(tx Tx) error {
		if _, err := s.party(ctx, tx, partyID); err != nil {
			return err
		}
		now := s.Now()
		o = &Operator{ID: uid.New(now), PartyID: partyID, Number: number, Name: string(parsed), PIN: hash, MustChange: true, Status: Active, CreatedAt: now}
		if err := tx.AddOperator(ctx, o); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActOperatorAdd, partyID, o.ID, map[string]string{"number": number})
	})
	return o, pin, err
}

// SuspendOperator ends a person's sessions and keeps the person out.
func (s *Service) SuspendOperator(ctx context.Context, by audit.Actor, id string) error {
	return s.changeOperator(ctx, by, id, ActOpSuspend, func(o *Operator) error { return s.suspend(&o.Status, &o.OwnPause) })
}

// ResumeOperator lets a suspended person in again.
func (s *Service) ResumeOperator(ctx context.Context, by audit.Actor, id string) error {
	return s.changeOperator(ctx, by, id, ActOpResume, func(o *Operator) error { return s.resume(&o.Status, &o.OwnPause) })
}

// ResetPIN makes the old PIN void and returns another to hand over.
func (s *Service) ResetPIN(ctx context.Context, by audit.Actor, id string) (string, error) {
	pin := newPIN()
	hash := account.HashSecret(pin)
	return pin, s.changeOperator(ctx, by, id, ActOpReset, func(o *Operator) error {
		o.PIN, o.MustChange, o.Tries, o.LockedUntil = hash, true, 0, time.Time{}
		return nil
	})
}

func (s *Service) changeOperator(ctx context.Context, by audit.Actor, id string, action audit.Action, change func(*Operator) error) error {
	return s.InTx(ctx, func(tx Tx) error {
		o, err := s.operator(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := change(o); err != nil {
			return err
		}
		if err := tx.SaveOperator(ctx, o); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, id); err != nil {
			return err
		}
		return s.log(ctx, tx, by, action, o.PartyID, id, map[string]string{"number": o.Number})
	})
}

// SuspendTerminal ends the sessions on a terminal and keeps it out.
func (s *Service) SuspendTerminal(ctx context.Context, by audit.Actor, id string) error {
	return s.changeTerminal(ctx, by, id, ActTermSuspend, func(t *Terminal) error { return s.suspend(&t.Status, &t.OwnPause) })
}

// ResumeTerminal lets a suspended terminal in again.
func (s *Service) ResumeTerminal(ctx context.Context, by audit.Actor, id string) error {
	return s.changeTerminal(ctx, by, id, ActTermResume, func(t *Terminal) error { return s.resume(&t.Status, &t.OwnPause) })
}

func (s *Service) changeTerminal(ctx context.Context, by audit.Actor, id string, action audit.Action, change func(*Terminal) error) error {
	return s.InTx(ctx, func(tx Tx) error {
		t, err := s.terminal(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := change(t); err != nil {
			return err
		}
		if err := tx.SaveTerminal(ctx, t); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, id); err != nil {
			return err
		}
		return s.log(ctx, tx, by, action, t.PartyID, id, map[string]string{"number": t.Number})
	})
}

// SetPlace says where a terminal stands from now on.
func (s *Service) SetPlace(ctx context.Context, by audit.Actor, terminalID, place string) error {
	place, err := checkPlace(place)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		t, err := tx.Terminal(ctx, terminalID)
		if err != nil {
			return err
		}
		t.Place = place
		if err := tx.SaveTerminal(ctx, t); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActPlace, t.PartyID, t.ID, map[string]string{"place": place})
	})
}
