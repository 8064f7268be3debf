package mobile

import (
	"context"
	"fmt"
	"time"

	"edl/internal/keys"
	"edl/internal/licence"
	"edl/internal/presentation"
	"edl/statuslist"
)

// What a caching reader may believe: a copy for ListTTL, and never for longer
// than ListLife.
const (
	ListTTL  = 5 * time.Minute
	ListLife = 12 * time.Hour
)

// refresh is how old a token may be before it is signed anew though nothing
// changed.
const refresh = time.Minute

type listKey struct {
	form  Form
	shard int
}

// listToken is a signed list and what it was signed for.
type listToken struct {
	changes int64
	signer  string
	at      time.Time
	token   []byte
}

// Settle writes into the lists what the marks of changes ask for. It returns
// how many records it looked at.
func (s *Service) Settle(ctx context.Context) (done int, err error) {
	const batch = 200
	for {
		n := 0
		if err := s.InTx(ctx, func(tx Tx) error {
			touched, err := tx.TouchedMobiles(ctx, batch)
			n = len(touched)
			for _, r := range touched {
				if err != nil {
					return err
				}
				var m, v statuslist.Status
				if m, v, err = s.statusOf(ctx, tx, r); err == nil {
					err = tx.SettleMobile(ctx, r.ID, m, v)
				}
			}
			return err
		}); err != nil {
			return done, err
		}
		if done += n; n < batch {
			return done, nil
		}
	}
}

// statusOf is what the lists must say of a record now.
func (s *Service) statusOf(ctx context.Context, tx Tx, r *Record) (m, v statuslist.Status, err error) {
	device, err := tx.Device(ctx, r.DeviceID)
	if err != nil && !missing(err) {
		return 0, 0, err
	}
	entry, err := tx.LicenceByID(ctx, r.LicenceID)
	if missing(err) {
		return statuslist.Invalid, statuslist.Invalid, nil
	}
	if err != nil {
		return 0, 0, err
	}
	electronic, err := tx.ElectronicLicence(ctx, r.LicenceID)
	if err != nil && !missing(err) {
		return 0, 0, err
	}
	state := entry.State(s.Now())
	ended := device == nil || !device.Active() || electronic == nil || electronic.ID != r.ElectronicID ||
		electronic.State() != licence.Active || state.Use == licence.Gone
	switch {
	case ended || r.VCSaid == statuslist.Invalid:
		return statuslist.Invalid, statuslist.Invalid, nil
	case presentation.StateOf(entry, state, electronic) != presentation.Usable:
		return statuslist.Invalid, statuslist.Suspended, nil
	}
	return r.MDocSaid, statuslist.Valid, nil // one bit is never taken back
}

// List returns the signed list of a shard, as it is after every change that
// was made before the call.
func (s *Service) List(ctx context.Context, form Form, shard int) ([]byte, error) {
	pki, err := s.PKI()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	if _, err := s.Settle(ctx); err != nil {
		return nil, err
	}
	now, key, signer := s.Now(), listKey{form, shard}, pki.InUse(keys.StatusSigner)
	var changes, given int64
	if err := s.Read(ctx, func(tx Tx) (err error) {
		if changes, err = tx.MobileChanges(ctx); err != nil {
			return err
		}
		given, err = tx.CountMobiles(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	if int64(shard) > given/(1<<(statuslist.ShardBits-1)) {
		return nil, ErrNone
	}
	s.mu.Lock()
	have := s.tokens[key]
	s.mu.Unlock()
	if have.token != nil && have.changes == changes && have.signer == signer.ID && now.Sub(have.at) < refresh && !now.Before(have.at) {
		return have.token, nil
	}
	return s.sign(ctx, key, signer, now)
}

// sign makes a list of what is stored and keeps its token.
func (s *Service) sign(ctx context.Context, key listKey, signer *keys.Certificate, now time.Time) ([]byte, error) {
	list, err := statuslist.New(key.form.Bits(), 1<<statuslist.ShardBits)
	if err != nil {
		return nil, err
	}
	var said map[uint64]statuslist.Status
	t := listToken{signer: signer.ID, at: now}
	if err := s.Read(ctx, func(tx Tx) (err error) {
		said, t.changes, err = tx.SaidMobile(ctx, key.form, key.shard)
		return err
	}); err != nil {
		return nil, err
	}
	for index, status := range said {
		if err := list.Set(index, status); err != nil {
			return nil, err
		}
	}
	issued := now.UTC().Truncate(time.Second)
	token := statuslist.Token{Subject: ListURI(s.Issuer, key.form, statuslist.Index(key.shard)<<statuslist.ShardBits).URI,
		IssuedAt: issued, Expires: issued.Add(ListLife), TTL: ListTTL, List: list}
	if key.form == MDoc {
		t.token, err = token.SignCWT(signer.Key(), [][]byte{signer.DER})
	} else {
		t.token, err = token.SignJWT(signer.Key(), [][]byte{signer.DER})
	}
	if err != nil {
		return nil, fmt.Errorf("signing the list %s/%d: %w", key.form, key.shard, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[listKey]listToken{}
	}
	s.tokens[key] = t
	return t.token, nil
}

// Work does once what is due: it finishes what was left and settles the lists.
func (s *Service) Work(ctx context.Context) error {
	if _, err := s.Resume(ctx); err != nil {
		return err
	}
	_, err := s.Settle(ctx)
	return err
}
