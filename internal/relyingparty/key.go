package relyingparty

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/httpsig"
	"edl/internal/uid"
)

// A Key stands for a party's own system 接口密钥: a public key whose owner
// signs each request. It checks under the scenarios it was granted, and drivers
// read its number where they read an operator's.
type Key struct {
	ID         string
	PartyID    string
	Number     string // "系统 3": no operator's number has a space
	Name       string // what the party calls the system
	Public     httpsig.Key
	Scenarios  []ScenarioID // of the party's
	Status     Status
	OwnPause   bool // suspended by the party itself, which may resume it
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time
	Version    int64
}

// Revoked is the status of a key that ended for good.
const Revoked Status = "revoked"

// longestKeyLife bounds how long a key lives: it is replaced once in a while.
const longestKeyLife = 2 * 366 * 24 * time.Hour

// What is wrong with a key that is to be registered.
var (
	ErrKeyName      = fault.New(fault.Invalid, "key.name", "请填写系统名称，30字以内。", "Name the system, in at most 30 characters.")
	ErrKeyForm      = fault.New(fault.Invalid, "key.form", "这不是 Ed25519 或 P-256 公钥，请粘贴 PEM 格式的公钥。", "This is no Ed25519 or P-256 public key. Paste the public key in PEM.")
	ErrKeyHere      = fault.New(fault.Conflict, "key.exists", "这把公钥已经登记过，请另生成一对密钥。", "This public key is registered already. Make another pair.")
	ErrKeyScenarios = fault.New(fault.Invalid, "key.scenarios", "请至少选一个本单位已获授权的场景。", "Choose at least one scenario that your organisation was granted.")
	ErrKeyExpiry    = fault.New(fault.Invalid, "key.expiry", "到期日须在今天之后，最长两年。", "The last day lies after today, within two years.")
)

// ErrKeyEnded is returned where a key is revoked or suspended.
var ErrKeyEnded = fault.New(fault.Unauthenticated, "key.ended", "接口密钥已被吊销或暂停，请联系本单位管理员。", "The API key was revoked or suspended. Contact your administrator.")

// A KeyForm is what is entered of a new key.
type KeyForm struct {
	Name      string
	PublicKey string // PEM
	Scenarios []ScenarioID
	LastDay   civil.Date
}

func (f KeyForm) parse(now time.Time) (*Key, error) {
	k := &Key{Name: strings.TrimSpace(f.Name), Scenarios: f.Scenarios, Status: Active, CreatedAt: now, ExpiresAt: f.LastDay.End()}
	var err error
	if !label(k.Name, 30) {
		return nil, fault.At("name", ErrKeyName)
	}
	if k.Public, err = httpsig.ParseKey(f.PublicKey); err != nil {
		return nil, fault.At("publicKey", ErrKeyForm)
	}
	if f.LastDay.IsZero() || !k.ExpiresAt.After(civil.Of(now).End()) || k.ExpiresAt.Sub(now) > longestKeyLife {
		return nil, fault.At("lastDay", ErrKeyExpiry)
	}
	return k, nil
}

// AddKey registers a public key for a party's system.
func (s *Service) AddKey(ctx context.Context, by audit.Actor, partyID string, f KeyForm) (k *Key, err error) {
	if k, err = f.parse(s.Now()); err != nil {
		return nil, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		p, err := s.party(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if len(k.Scenarios) == 0 || slices.ContainsFunc(k.Scenarios, func(id ScenarioID) bool { return !p.May(id) }) {
			return fault.At("scenarios", ErrKeyScenarios)
		}
		n, err := tx.NextNumber(ctx, "party_key")
		if err != nil {
			return err
		}
		k.ID, k.PartyID, k.Number, k.Version = uid.New(s.Now()), partyID, fmt.Sprintf("系统 %d", n), 0
		if err := tx.AddKey(ctx, k); err != nil {
			return err
		}
		return s.logKey(ctx, tx, by, ActKeyAdd, k)
	})
	return k, err
}

func (s *Service) logKey(ctx context.Context, tx Tx, by audit.Actor, action audit.Action, k *Key) error {
	return s.log(ctx, tx, by, action, k.PartyID, k.ID, map[string]string{
		"number": k.Number, "name": k.Name, "scenarios": fmt.Sprint(k.Scenarios), "expires": k.ExpiresAt.UTC().Format(time.RFC3339),
	})
}

// SuspendKey refuses a key's requests, from the next one on.
func (s *Service) SuspendKey(ctx context.Context, by audit.Actor, id string) error {
	return s.changeKey(ctx, by, id, ActKeySuspend, func(k *Key) error { return s.suspend(&k.Status, &k.OwnPause) })
}

// ResumeKey takes a suspended key's requests again.
func (s *Service) ResumeKey(ctx context.Context, by audit.Actor, id string) error {
	return s.changeKey(ctx, by, id, ActKeyResume, func(k *Key) error { return s.resume(&k.Status, &k.OwnPause) })
}

// RevokeKey ends a key for good.
func (s *Service) RevokeKey(ctx context.Context, by audit.Actor, id string) error {
	return s.changeKey(ctx, by, id, ActKeyRevoke, func(k *Key) error {
		k.Status = Revoked
		return nil
	})
}

func (s *Service) changeKey(ctx context.Context, by audit.Actor, id string, action audit.Action, change func(*Key) error) error {
	return s.InTx(ctx, func(tx Tx) error {
		k, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		if k.Status == Revoked {
			return fault.At("id", ErrKeyRevoked)
		}
		if err := change(k); err != nil {
			return err
		}
		if err := tx.SaveKey(ctx, k); err != nil {
			return err
		}
		return s.logKey(ctx, tx, by, action, k)
	})
}

// ErrKeyRevoked is returned where somebody would change a key that ended.
var ErrKeyRevoked = fault.New(fault.Conflict, "key.revoked", "这把密钥已经吊销，不能再改；需要时请登记一把新的。", "This key was revoked for good. Register another if you need one.")

// DeskOf is where a key's checks are asked: it stands for terminal and
// operator, and the party may there what the key may.
func DeskOf(p Party, k *Key) *Desk {
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(id ScenarioID) bool { return !slices.Contains(k.Scenarios, id) })
	return &Desk{
		Party:    p,
		Terminal: Terminal{ID: k.ID, PartyID: k.PartyID, Number: k.Number, Name: k.Name, Place: machinePlace, Status: Active},
		Operator: Operator{ID: k.ID, PartyID: k.PartyID, Number: k.Number, Status: k.Status},
		Machine:  true,
	}
}

// machinePlace is what drivers read where a terminal has its place.
const machinePlace = "系统接口"
