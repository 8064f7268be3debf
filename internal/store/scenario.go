package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"edl/internal/relyingparty"
)

const scenarioColumns = `id, enabled, policy, version`

// Scenarios returns every scenario, in the order in which they were added.
func (tx *Tx) Scenarios(ctx context.Context) ([]*relyingparty.Scenario, error) {
	return tx.scenarios(ctx, `ORDER BY position, id`)
}

// Scenario returns one scenario. The caller must not change it.
func (tx *Tx) Scenario(ctx context.Context, id relyingparty.ScenarioID) (*relyingparty.Scenario, error) {
	if s := tx.knownScenario(id); s != nil {
		return s, nil
	}
	s, err := only(tx.scenarios(ctx, `WHERE id = $1`, id))
	if err == nil {
		tx.keepScenario(s)
	}
	return s, err
}

func (tx *Tx) scenarios(ctx context.Context, where string, args ...any) (list []*relyingparty.Scenario, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		s := &relyingparty.Scenario{}
		var policy string
		if err := rows.Scan(&s.ID, &s.Enabled, &policy, &s.Version); err != nil {
			return err
		}
		list = append(list, s)
		if err := json.Unmarshal([]byte(policy), s); err != nil {
			return fmt.Errorf("scenario %s: %w", s.ID, err)
		}
		return nil
	}, `SELECT `+scenarioColumns+` FROM scenario `+where, args...)
	return list, err
}

// AddScenario stores a new scenario after all others.
func (tx *Tx) AddScenario(ctx context.Context, s *relyingparty.Scenario) error {
	policy, err := json.Marshal(s)
	if err != nil {
		return err
	}
	s.Version = 1
	err = tx.exec(ctx, `INSERT INTO scenario (`+scenarioColumns+`, position) VALUES ($1, $2, $3, $4, (SELECT max(position) + 1 FROM scenario))`,
		s.ID, s.Enabled, string(policy), s.Version)
	if violates(err) {
		return relyingparty.ErrScenarioID
	}
	return err
}

// SaveScenario stores a changed scenario.
func (tx *Tx) SaveScenario(ctx context.Context, s *relyingparty.Scenario) error {
	policy, err := json.Marshal(s)
	if err != nil {
		return err
	}
	s.Version++
	tx.changesDesks()
	return saved(tx.q.ExecContext(ctx, `UPDATE scenario SET enabled = $3, policy = $4, version = $2 WHERE id = $1 AND version = $2 - 1`,
		s.ID, s.Version, s.Enabled, string(policy)))
}
