package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"edl/mdoc/rawsig"
)

// A Use is what a set of signing keys is for. Each use has a set of its own.
type Use string

// The uses.
const (
	ForCode   Use = "code"   // the issuer part of self-contained codes
	ForBundle Use = "bundle" // what terminals are told for the time without a network
	ForPeers  Use = "peers"  // questions to other authorities
)

// Uses are the sets that an installation is made with.
var Uses = []Use{ForCode, ForBundle, ForPeers}

// A Key is one P-256 key of a set. One signs; one stands by, known to
// terminals before it first signs, so that neither a rotation nor a loss leaves
// a driver refused. A retired one is believed until what it signed has lapsed,
// a revoked one no more.
type Key struct {
	ID      string     `json:"id"`
	Public  []byte     `json:"public"` // uncompressed point, 65 bytes
	MadeAt  time.Time  `json:"made_at"`
	MadeBy  By         `json:"made_by,omitempty"`
	Signs   *time.Time `json:"signs_from,omitempty"` // nil: stands by
	Retired *time.Time `json:"retired_at,omitempty"`
	Revoked *time.Time `json:"revoked_at,omitempty"`

	RevokedBy By `json:"revoked_by,omitempty"`
	// Handover is the signature of the key that signed before over this one
	// (HandoverText): whoever believes that key may believe this one.
	Handover []byte `json:"handover,omitempty"`
	From     string `json:"from,omitempty"` // the key that handed over

	private *ecdsa.PrivateKey // of the signing and the standby key
}

// State says what the key does now.
func (k *Key) State() string {
	switch {
	case k.Revoked != nil:
		return "revoked"
	case k.Retired != nil:
		return "retired"
	case k.Signs != nil:
		return "signs"
	}
	return "stands by"
}

// PublicKey returns the key to verify with.
func (k *Key) PublicKey() *ecdsa.PublicKey {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
	if err != nil { // Open read it
		panic(fmt.Sprintf("keys: the public key %s: %v", k.ID, err))
	}
	return key
}

// Private returns the signing key, nil where it is no longer kept.
func (k *Key) Private() *ecdsa.PrivateKey { return k.private }

// HandoverText is what a key signs to hand over to the next one.
func HandoverText(use Use, next []byte) []byte {
	return append([]byte("edl-key-handover:1\n"+string(use)+"\n"), next...)
}

// A Set is the keys of one use, oldest first. It does not change.
type Set struct {
	Use  Use
	Keys []*Key
}

// What the commands refuse.
var (
	ErrNoSet   = errors.New("no such keys yet: run \"edl keys init\" to make them")
	ErrHasSet  = errors.New("these keys are there already: \"edl keys rotate\" makes new ones")
	ErrTooSoon = errors.New("the key that stands by is so new that terminals may not know it yet: wait, or add --now if a key was lost")
	ErrNoKey   = errors.New("no key of that identifier that could be revoked")
)

// Signer returns the key that signs.
func (s *Set) Signer() *Key { return s.find("signs") }

// Standby returns the key that signs next.
func (s *Set) Standby() *Key { return s.find("stands by") }

func (s *Set) find(state string) *Key {
	for _, k := range s.Keys {
		if k.State() == state {
			return k
		}
	}
	return nil
}

// Believed returns the keys whose signatures hold at a time, where what they
// sign lapses after life.
func (s *Set) Believed(now time.Time, life time.Duration) (list []*Key) {
	for _, k := range s.Keys {
		if k.Revoked == nil && (k.Retired == nil || now.Before(k.Retired.Add(life))) {
			list = append(list, k)
		}
	}
	return list
}

func setFile(use Use) string                { return string(use) + "-keys.json" }
func privateFile(use Use, id string) string { return string(use) + "-" + id + ".pem" }

// OpenSet reads the keys of a use. ErrNoSet: none were made.
func OpenSet(dir string, use Use) (*Set, error) {
	text, err := os.ReadFile(filepath.Join(dir, setFile(use)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", setFile(use), ErrNoSet)
	}
	if err != nil {
		return nil, err
	}
	s := &Set{Use: use}
	if err := json.Unmarshal(text, &s.Keys); err != nil {
		return nil, fmt.Errorf("%s is damaged: restore it from its own backup (%w)", setFile(use), err)
	}
	for _, k := range s.Keys {
		if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public); err != nil || idOf(k.Public) != k.ID {
			return nil, fmt.Errorf("%s is damaged: restore it from its own backup (key %s)", setFile(use), k.ID)
		}
		if k.Retired != nil || k.Revoked != nil {
			continue
		}
		private, err := readPEM(dir, privateFile(use, k.ID))
		if err != nil {
			return nil, err
		}
		var ok bool
		if k.private, ok = private.(*ecdsa.PrivateKey); !ok || !k.private.PublicKey.Equal(k.PublicKey()) {
			return nil, fmt.Errorf("%s is not the key that %s names: restore the folder from its own backup", privateFile(use, k.ID), setFile(use))
		}
	}
	if s.Signer() == nil || s.Standby() == nil {
		return nil, fmt.Errorf("%s is damaged: restore it from its own backup", setFile(use))
	}
	return s, nil
}

// idOf names a key by the first 8 bytes of the SHA-256 of its point, in hex.
func idOf(point []byte) string {
	sum := sha256.Sum256(point)
	return fmt.Sprintf("%x", sum[:8])
}

// InitSet makes the first two keys of a use: one that signs, one that stands by.
func InitSet(dir string, use Use, by By, now time.Time) (*Set, error) {
	return change(dir, use, func(s *Set) error {
		if len(s.Keys) > 0 {
			return ErrHasSet
		}
		if err := s.grow(dir, by, now); err != nil {
			return err
		}
		s.Keys[0].Signs = &now
		return s.grow(dir, by, now)
	})
}

// Rotate lets the key that stands by sign and makes another to stand by. One
// younger than known may not have reached every terminal and is refused.
func Rotate(dir string, use Use, by By, now time.Time, known time.Duration) (*Set, error) {
	return change(dir, use, func(s *Set) error {
		if s.Signer() == nil {
			return ErrNoSet
		}
		if now.Sub(s.Standby().MadeAt) < known {
			return ErrTooSoon
		}
		s.Signer().Retired = &now
		return s.promote(dir, by, now)
	})
}

// Revoke ends a key at once. Where it signed, the one that stands by takes over.
func Revoke(dir string, use Use, id string, by By, now time.Time) (*Set, error) {
	return change(dir, use, func(s *Set) error {
		at := slices.IndexFunc(s.Keys, func(k *Key) bool { return k.ID == id && k.Revoked == nil })
		if at < 0 {
			return ErrNoKey
		}
		state := s.Keys[at].State()
		s.Keys[at].Revoked, s.Keys[at].RevokedBy = &now, by
		switch state {
		case "signs":
			return s.promote(dir, by, now)
		case "stands by":
			return s.grow(dir, by, now)
		}
		return nil
	})
}

// promote lets the standby key sign.
func (s *Set) promote(dir string, by By, now time.Time) error {
	s.Standby().Signs = &now
	return s.grow(dir, by, now)
}

// grow makes a key that stands by, handed over to by the one that signs.
func (s *Set) grow(dir string, by By, now time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return err
	}
	k := &Key{ID: idOf(public), Public: public, MadeAt: now, MadeBy: by, private: private}
	if signer := s.Signer(); signer != nil {
		k.From = signer.ID
		if k.Handover, err = rawsig.ES256.Sign(signer.private, HandoverText(s.Use, public)); err != nil {
			return err
		}
	}
	if err := writePEM(dir, privateFile(s.Use, k.ID), private); err != nil {
		return err
	}
	s.Keys = append(s.Keys, k)
	return nil
}

// change rewrites a set under a lock: private keys first, then the list by
// renaming, so that a power cut leaves the list before or the list after. What
// needs no private key any more loses it last.
func change(dir string, use Use, f func(*Set) error) (*Set, error) {
	if strings.ContainsFunc(string(use), func(r rune) bool { return r < 'a' || r > 'z' }) || use == "" {
		return nil, fmt.Errorf("%q names no use of keys", use)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "keys.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	s, err := OpenSet(dir, use)
	if errors.Is(err, ErrNoSet) {
		s, err = &Set{Use: use}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := f(s); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(s.Keys, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := replace(dir, setFile(use), append(text, '\n')); err != nil {
		return nil, err
	}
	for _, k := range s.Keys {
		if k.Retired != nil || k.Revoked != nil {
			if err := os.Remove(filepath.Join(dir, privateFile(use, k.ID))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	return OpenSet(dir, use)
}

// replace puts new content under a name, whole or not at all.
func replace(dir, name string, content []byte) error {
	temporary := name + ".new"
	if err := os.Remove(filepath.Join(dir, temporary)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := write(dir, temporary, content); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, temporary), filepath.Join(dir, name)); err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// A Live set is read anew when its file changed, so that a rotation or a
// revocation holds in every running server at once. It is safe for concurrent use.
type Live struct {
	Dir string
	Use Use

	mu   sync.Mutex // guards what follows
	seen fs.FileInfo
	set  *Set
}

// Set returns the keys as they are now.
func (l *Live) Set() (*Set, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	info, err := os.Stat(filepath.Join(l.Dir, setFile(l.Use)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", setFile(l.Use), ErrNoSet)
	}
	if err != nil {
		return nil, err
	}
	if l.seen != nil && os.SameFile(l.seen, info) && l.seen.ModTime().Equal(info.ModTime()) && l.seen.Size() == info.Size() {
		return l.set, nil
	}
	set, err := OpenSet(l.Dir, l.Use)
	if err != nil {
		return nil, err
	}
	l.seen, l.set = info, set
	return set, nil
}
