package relyingparty

import (
	"context"
	"strings"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
)

// Within returns the service as the administrators of one party may use it.
// What belongs to others is not there, nothing is done for a party that is
// suspended, and what the authority suspended stays suspended.
func (s *Service) Within(partyID string) *Service {
	own := *s
	own.within = partyID
	return &own
}

var errNotThere = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

func (s *Service) party(ctx context.Context, tx Tx, id string) (*Party, error) {
	if s.within != "" && id != s.within {
		return nil, errNotThere
	}
	p, err := tx.Party(ctx, id)
	if err == nil && s.within != "" && p.Status != Active {
		return nil, ErrPartySuspended
	}
	return p, err
}

// owns returns nil if what belongs to the party may be touched.
func (s *Service) owns(ctx context.Context, tx Tx, partyID string) error {
	if s.within == "" {
		return nil
	}
	_, err := s.party(ctx, tx, partyID)
	return err
}

func (s *Service) operator(ctx context.Context, tx Tx, id string) (*Operator, error) {
	o, err := tx.Operator(ctx, id)
	if err != nil {
		return nil, err
	}
	return o, s.owns(ctx, tx, o.PartyID)
}

func (s *Service) terminal(ctx context.Context, tx Tx, id string) (*Terminal, error) {
	t, err := tx.Terminal(ctx, id)
	if err != nil {
		return nil, err
	}
	return t, s.owns(ctx, tx, t.PartyID)
}

func (s *Service) key(ctx context.Context, tx Tx, id string) (*Key, error) {
	k, err := tx.Key(ctx, id)
	if err != nil {
		return nil, err
	}
	return k, s.owns(ctx, tx, k.PartyID)
}

// suspend suspends, and remembers whose deed it was: a party's own never
// takes the place of the authority's.
func (s *Service) suspend(status *Status, ownPause *bool) error {
	if s.within != "" && *status == Suspended {
		return nil
	}
	*status, *ownPause = Suspended, s.within != ""
	return nil
}

// resume is suspend's other way.
func (s *Service) resume(status *Status, ownPause *bool) error {
	if s.within != "" && *status == Suspended && !*ownPause {
		return account.ErrBarred
	}
	*status, *ownPause = Active, false
	return nil
}

// SetContact changes whom drivers can turn to; the rest of what is registered
// of a party is the authority's to change.
func (s *Service) SetContact(ctx context.Context, by audit.Actor, id, contact, phone string) (*Party, error) {
	return s.changeParty(ctx, by, id, ActContact, func(tx Tx, p *Party) error {
		p.Contact, p.Phone = strings.TrimSpace(contact), strings.TrimSpace(phone)
		return s.fits(ctx, tx, p)
	})
}

// Name returns what a party is called.
func (s *Service) Name(ctx context.Context, id string) (name string, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		p, err := s.party(ctx, tx, id)
		if err == nil {
			name = p.Name
		}
		return err
	})
	return name, err
}
