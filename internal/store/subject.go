package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"edl/internal/audit"
	"edl/internal/seal"
)

// Platform is the subject of what belongs to no person: settings, transient
// codes, messages to numbers that are on no register.
const Platform = audit.Platform

// ErrKeys means that the database was sealed under other master keys.
var ErrKeys = errors.New("the database was sealed under other master keys")

// ours returns ErrKeys unless the vault opens what the database holds. One key
// is enough to tell: all of them are wrapped by the masters of one folder.
func (db *DB) ours(ctx context.Context) error {
	var subject string
	var wrapped []byte
	err := db.read.QueryRowContext(ctx, `SELECT id, wrapped FROM subject LIMIT 1`).Scan(&subject, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := db.vault.OpenKey(subject, wrapped); err != nil {
		return fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return nil
}

// key returns the data key of subject, making it on first use.
func (tx *Tx) key(ctx context.Context, subject string) (*seal.Key, error) {
	k, err := tx.existingKey(ctx, subject)
	if !errors.Is(err, ErrNotFound) {
		return k, err
	}
	k, wrapped, err := tx.db.vault.NewKey(subject)
	if err != nil {
		return nil, err
	}
	if err := tx.exec(ctx, `INSERT INTO subject (id, wrapped) VALUES ($1, $2)`, subject, wrapped); err != nil {
		return nil, fmt.Errorf("storing the data key of %s: %w", subject, err)
	}
	tx.hold(subject, k)
	return k, nil
}

// existingKey returns the data key of subject, or ErrNotFound where it was
// never made or was destroyed.
func (tx *Tx) existingKey(ctx context.Context, subject string) (*seal.Key, error) {
	if k := tx.held[subject]; k != nil {
		return k, nil
	}
	if k := tx.db.keys.get(subject); k != nil {
		return k, nil
	}
	var wrapped []byte
	err := tx.q.QueryRowContext(ctx, `SELECT wrapped FROM subject WHERE id = $1`, subject).Scan(&wrapped)
	if err != nil {
		return nil, one(err)
	}
	k, err := tx.db.vault.OpenKey(subject, wrapped)
	if err != nil {
		return nil, err
	}
	tx.hold(subject, k)
	return k, nil
}

// hold keeps a data key for this transaction, and for others once it is
// durable: a key whose row never was must not seal anything afterwards.
func (tx *Tx) hold(subject string, k *seal.Key) {
	if tx.view { // reads what is committed
		tx.db.keys.put(subject, k)
		return
	}
	if tx.held == nil {
		tx.held = map[string]*seal.Key{}
		tx.afterCommit(func() {
			for subject, k := range tx.held {
				tx.db.keys.put(subject, k)
			}
		})
	}
	tx.held[subject] = k
}

// DestroyKey makes everything sealed under subject unreadable, for good.
func (tx *Tx) DestroyKey(ctx context.Context, subject string) error {
	delete(tx.held, subject)
	tx.afterCommit(func() { tx.db.keys.drop(subject) })
	return tx.exec(ctx, `DELETE FROM subject WHERE id = $1`, subject)
}

// seal encrypts v as JSON under subject's key for place "table.column:row".
func (tx *Tx) seal(ctx context.Context, subject, place string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return tx.sealBytes(ctx, subject, place, plain)
}

func (tx *Tx) sealBytes(ctx context.Context, subject, place string, plain []byte) ([]byte, error) {
	k, err := tx.key(ctx, subject)
	if err != nil {
		return nil, err
	}
	return k.Seal(place, plain), nil
}

// unseal decrypts what seal made into v.
func (tx *Tx) unseal(ctx context.Context, subject, place string, sealed []byte, v any) error {
	plain, err := tx.unsealBytes(ctx, subject, place, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}

func (tx *Tx) unsealBytes(ctx context.Context, subject, place string, sealed []byte) ([]byte, error) {
	k, err := tx.existingKey(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("the data key of %s: %w", subject, err)
	}
	return k.Unseal(place, sealed)
}

// index returns the blind index of a value; an empty value has none.
func (tx *Tx) index(column, value string) []byte {
	if value == "" {
		return nil
	}
	return tx.db.vault.Index(column, value)
}

// keyCache holds opened data keys: opening one costs a query and an AES-GCM
// decryption. It forgets half of them, whichever, when it is full.
type keyCache struct {
	mu   sync.RWMutex
	keys map[string]*seal.Key
}

// keyCacheSize keeps the cache under about 100 MB.
const keyCacheSize = 50_000

func newKeyCache() *keyCache { return &keyCache{keys: map[string]*seal.Key{}} }

func (c *keyCache) get(subject string) *seal.Key {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.keys[subject]
}

func (c *keyCache) put(subject string, k *seal.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= keyCacheSize {
		for s := range c.keys {
			if delete(c.keys, s); len(c.keys) <= keyCacheSize/2 {
				break
			}
		}
	}
	c.keys[subject] = k
}

func (c *keyCache) drop(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.keys, subject)
}
