package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Setting reads the value of name into v; an absent one leaves v as it is.
func (tx *Tx) Setting(ctx context.Context, name string, v any) error {
	var text string
	err := one(tx.q.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&text))
	if err == ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// SaveSetting stores v as the value of name.
func (tx *Tx) SaveSetting(ctx context.Context, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `
		INSERT INTO setting (name, value, version) VALUES ($1, $2, 1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, version = setting.version + 1`, name, string(text))
}
