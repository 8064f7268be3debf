package offline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"edl/internal/fault"
	"edl/internal/keys"
	"edl/internal/peer"
	"edl/internal/presentation"
	"edl/livecode"
	"edl/statuslist"
)

// Refresh is how old a bundle gets before it is signed again though nothing
// changed: what a terminal with a network believes is no older.
const Refresh = time.Minute

// listLife is how long a reader of a list apart from the bundle may keep it.
const listLife = 5 * time.Minute

const (
	touchedAtOnce = 500
	lapsedAtOnce  = 200
	lapsedFor     = 24 * time.Hour // that a place rests after its last part ended
)

// Publish brings lists and bundle up to date with phones, licences and keys. It
// is called again and again, on every server; two that meet sign one bundle.
func (s *Service) Publish(ctx context.Context) error {
	err := s.publish(ctx)
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict {
		return nil // another server was first; what it left is seen the next time
	}
	if errors.Is(err, keys.ErrNoSet) {
		return nil // said at the start, and to whoever asks for a code
	}
	return err
}

func (s *Service) publish(ctx context.Context) error {
	code, err := s.CodeKeys()
	if err != nil {
		return err
	}
	bundle, err := s.BundleKeys()
	if err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.signLists(ctx, code.Signer()); err != nil {
		return err
	}
	return s.signBundle(ctx, code, bundle)
}

// settle gives the touched handles their status and clears lapsed ones away.
func (s *Service) settle(ctx context.Context) error {
	var todo bool
	err := s.Read(ctx, func(tx Tx) error {
		touched, err := tx.TouchedHandles(ctx, 1)
		if err != nil || len(touched) > 0 {
			todo = len(touched) > 0
			return err
		}
		lapsed, err := tx.LapsedHandles(ctx, s.Now().Add(-lapsedFor), 1)
		todo = len(lapsed) > 0
		return err
	})
	if err != nil || !todo {
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		touched, err := tx.TouchedHandles(ctx, touchedAtOnce)
		if err != nil {
			return err
		}
		for _, h := range touched {
			if err := s.settleOne(ctx, tx, h); err != nil {
				return err
			}
		}
		lapsed, err := tx.LapsedHandles(ctx, s.Now().Add(-lapsedFor), lapsedAtOnce)
		if err != nil {
			return err
		}
		for _, h := range lapsed {
			if err := tx.DropHandle(ctx, h.Serial); err != nil {
				return err
			}
			if err := touchIf(ctx, tx, h, h.Status != Good); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) settleOne(ctx context.Context, tx Tx, h *Handle) error {
	status, err := s.statusNow(ctx, tx, h)
	if err != nil {
		return err
	}
	if err := tx.SettleHandle(ctx, h.Serial, status); err != nil {
		return err
	}
	return touchIf(ctx, tx, h, status != h.Status)
}

func touchIf(ctx context.Context, tx Tx, h *Handle, changed bool) error {
	if !changed {
		return nil
	}
	shard, _ := h.Place.Split()
	return tx.TouchShard(ctx, shard)
}

// statusNow judges a handle by what stands in the register.
func (s *Service) statusNow(ctx context.Context, tx Tx, h *Handle) (statuslist.Status, error) {
	device, err := tx.Device(ctx, h.DeviceID)
	if err != nil {
		return 0, err
	}
	entry, err := tx.LicenceByID(ctx, h.LicenceID)
	if err != nil {
		return 0, err
	}
	electronic, err := tx.ElectronicLicence(ctx, h.LicenceID)
	if missing(err) {
		electronic, err = nil, nil
	}
	return statusOf(device, entry, electronic, s.Now()), err
}

// signLists signs the lists that changed, or whose key is not the one that
// signs now.
func (s *Service) signLists(ctx context.Context, signer *keys.Key) error {
	var stale []*Shard
	said := map[int]map[uint64]statuslist.Status{}
	err := s.Read(ctx, func(tx Tx) error {
		shards, err := tx.Shards(ctx)
		if err != nil {
			return err
		}
		for _, shard := range shards {
			if shard.Signed == shard.Stale && shard.KeyID == signer.ID && len(shard.Token) > 0 {
				continue
			}
			if said[shard.Number], err = tx.SaidIn(ctx, shard.Number); err != nil {
				return err
			}
			stale = append(stale, shard)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, shard := range stale {
		if shard.Token, err = s.signList(shard.Number, said[shard.Number], signer); err != nil {
			return err
		}
		shard.KeyID, shard.Signed = signer.ID, shard.Stale
		if err := s.InTx(ctx, func(tx Tx) error { return tx.SaveShard(ctx, shard) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) signList(number int, said map[uint64]statuslist.Status, signer *keys.Key) ([]byte, error) {
	list, err := statuslist.New(listBits, 1<<statuslist.ShardBits)
	if err != nil {
		return nil, err
	}
	for index, status := range said {
		if err := list.Set(index, status); err != nil {
			return nil, err
		}
	}
	token := statuslist.Token{
		Subject: s.listURI(number), Issuer: s.Issuer, IssuedAt: s.Now(), TTL: listLife, List: list,
		KeyID: []byte(livecode.KeyID(signer.PublicKey())),
	}
	return token.SignCWT(signer.Private(), nil)
}

// signBundle signs another bundle if what it says changed or it grows old.
func (s *Service) signBundle(ctx context.Context, code, bundle *keys.Set) error {
	profile, err := s.Profile(ctx)
	if err != nil {
		return err
	}
	var before *Published
	b := &livecode.Bundle{Issuer: s.Issuer, NameZH: profile.Name.ZH, NameEN: profile.Name.EN}
	err = s.Read(ctx, func(tx Tx) error {
		if before, err = tx.Bundle(ctx); missing(err) {
			before, err = &Published{}, nil
		}
		if err != nil {
			return err
		}
		peers, err := tx.Peers(ctx)
		if err != nil {
			return err
		}
		b.Others = peer.Trusted(peers)
		b.Lists, err = s.lists(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	now := s.Now().Truncate(time.Second)
	b.Keys = bundleKeys(code.Believed(now, presentation.OfflineFor))
	b.Handovers = handovers(bundle)
	signer := bundle.Signer()
	content, err := contentOf(b, signer)
	if err != nil {
		return err
	}
	if bytes.Equal(content, before.Content) && now.Sub(before.IssuedAt) < Refresh && !now.Before(before.IssuedAt) {
		return nil
	}
	if now.Before(before.IssuedAt) {
		now = before.IssuedAt // this server's clock is behind: the bundle's time never goes back
	}
	// Never below the clock, so that a database restored from a backup is not
	// behind what terminals have seen.
	b.Sequence, b.IssuedAt = max(before.Sequence+1, uint64(now.UnixMilli())), now
	signed, err := b.Sign(signer.Private(), []byte(livecode.KeyID(signer.PublicKey())))
	if err != nil {
		return err
	}
	next := &Published{Sequence: b.Sequence, IssuedAt: now, Content: content, Signed: signed}
	return s.InTx(ctx, func(tx Tx) error { return tx.SaveBundle(ctx, next, before.Sequence) })
}

// lists names the signed lists by the digests of their tokens.
func (s *Service) lists(ctx context.Context, tx Tx) (list []livecode.BundleList, err error) {
	shards, err := tx.Shards(ctx)
	for _, shard := range shards {
		if len(shard.Token) > 0 {
			list = append(list, livecode.BundleList{URI: s.listURI(shard.Number), Digest: sha256.Sum256(shard.Token)})
		}
	}
	return list, err
}

// contentOf is a digest of all that a bundle says beside sequence and time.
func contentOf(b *livecode.Bundle, signer *keys.Key) ([]byte, error) {
	said := *b
	said.Sequence, said.IssuedAt = 0, time.Unix(0, 0)
	text, err := said.Payload()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append(text, signer.ID...))
	return sum[:], nil
}

// handovers are those of the bundle key, as far as terminals may need them.
func handovers(set *keys.Set) []livecode.Handover {
	var list []livecode.Handover
	byID := map[string]*keys.Key{}
	for _, k := range set.Keys {
		if from := byID[k.From]; from != nil {
			list = append(list, livecode.Handover{
				From: []byte(livecode.KeyID(from.PublicKey())), Signature: k.Handover,
				Key: livecode.BundleKey{ID: []byte(livecode.KeyID(k.PublicKey())), Public: k.PublicKey()},
			})
		}
		byID[k.ID] = k
	}
	return list
}

// Bundle returns the newest bundle.
func (s *Service) Bundle(ctx context.Context) (b *Published, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		b, err = tx.Bundle(ctx)
		return err
	})
	if missing(err) {
		return nil, ErrNoKeys
	}
	return b, err
}

// List returns the signed token of a list.
func (s *Service) List(ctx context.Context, number int) (token []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		shards, err := tx.Shards(ctx)
		if err != nil {
			return err
		}
		if number < 0 || number >= len(shards) || len(shards[number].Token) == 0 {
			return errNoList
		}
		token = shards[number].Token
		return nil
	})
	return token, err
}

var errNoList = fault.New(fault.NotFound, "not_found", "没有这个状态列表。", "There is no such status list.")

// PinnedKey is what a terminal pins when it is enrolled: a point of 65 bytes.
func (s *Service) PinnedKey() ([]byte, error) {
	set, err := s.BundleKeys()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	return set.Signer().Public, nil
}
