package relyingparty

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"edl/internal/audit"
	"edl/internal/uid"
)

// NewCode makes a one-time code with which one device of the party can enrol.
// It is returned once and kept as a hash.
func (s *Service) NewCode(ctx context.Context, by audit.Actor, partyID string, life time.Duration) (code string, expires time.Time, err error) {
	code = uid.Secret()
	err = s.InTx(ctx, func(tx Tx) error {
		if _, err := s.party(ctx, tx, partyID); err != nil {
			return err
		}
		now := s.Now()
		c := &EnrolmentCode{ID: uid.New(now), PartyID: partyID, CreatedAt: now, ExpiresAt: now.Add(life)}
		expires = c.ExpiresAt
		if err := tx.AddEnrolmentCode(ctx, uid.Hash(code), c); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActCode, partyID, c.ID, nil)
	})
	return code, expires, err
}

// An Enrolment is what a device sends to be enrolled.
type Enrolment struct {
	Code      string
	PublicKey []byte // 65 bytes
	Name      string
	Place     string
	Signature []byte // raw r ‖ s of EnrolProof
}

// Enrol makes a device a terminal of the party that the code belongs to. The
// same code with the same key gets the same terminal, so that an answer lost
// on the way costs nothing.
func (s *Service) Enrol(ctx context.Context, by audit.Actor, address string, e Enrolment) (t *Terminal, p *Party, err error) {
	if err := s.Allow(LimitEnrol, address); err != nil {
		return nil, nil, err
	}
	if e.Name, err = checkTerminalName(e.Name); err != nil {
		return nil, nil, err
	}
	if e.Place, err = checkPlace(e.Place); err != nil {
		return nil, nil, err
	}
	if err := verify(e.PublicKey, EnrolProof(s.Origin, e.Code), e.Signature); err != nil {
		return nil, nil, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		t = nil
		code, err := tx.EnrolmentCode(ctx, uid.Hash(e.Code))
		if missing(err) {
			return tx.CountRefusal(ctx, s.Now(), ErrEnrolCode.Code, address)
		}
		if err != nil {
			return err
		}
		if p, err = tx.Party(ctx, code.PartyID); err != nil {
			return err
		}
		if p.Status != Active {
			return ErrPartySuspended
		}
		t, err = s.spend(ctx, tx, by, code, e)
		return err
	})
	if err == nil && t == nil {
		err = ErrEnrolCode
	}
	return t, p, err
}

// spend turns a code into a terminal; nil for one that serves no more.
func (s *Service) spend(ctx context.Context, tx Tx, by audit.Actor, code *EnrolmentCode, e Enrolment) (*Terminal, error) {
	now := s.Now()
	if !code.UsedAt.IsZero() {
		t, err := tx.Terminal(ctx, code.TerminalID)
		if err != nil || !bytes.Equal(t.PublicKey, e.PublicKey) {
			return nil, err
		}
		return t, nil
	}
	if !now.Before(code.ExpiresAt) {
		return nil, nil
	}
	n, err := tx.NextNumber(ctx, "terminal")
	if err != nil {
		return nil, err
	}
	t := &Terminal{
		ID: uid.New(now), PartyID: code.PartyID, Number: fmt.Sprintf("T-%04d", n), Name: e.Name, Place: e.Place,
		PublicKey: e.PublicKey, Status: Active, EnrolledAt: now,
	}
	if err := tx.AddTerminal(ctx, t); err != nil {
		return nil, err
	}
	if err := tx.SpendEnrolmentCode(ctx, code.ID, t.ID, now); err != nil {
		return nil, err
	}
	return t, s.log(ctx, tx, by, ActEnrol, t.PartyID, t.ID, map[string]string{"number": t.Number, "name": t.Name, "place": t.Place})
}
