package relyingparty

import (
	"context"
	"fmt"

	"edl/internal/audit"
	"edl/internal/fault"
)

// Scenarios lists every scenario, those that came with the platform first.
func (s *Service) Scenarios(ctx context.Context) (list []*Scenario, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.Scenarios(ctx)
		return err
	})
	return list, err
}

var errNoScenario = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

// Switch turns a scenario on or off, for every party and from the next request on.
func (s *Service) Switch(ctx context.Context, by audit.Actor, id ScenarioID, enabled bool) (scenario *Scenario, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		if scenario, err = scenarioOf(ctx, tx, id); err != nil {
			return err
		}
		scenario.Enabled = enabled
		if err := tx.SaveScenario(ctx, scenario); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActScenarioSwitch, "", string(id), map[string]string{"enabled": fmt.Sprint(enabled)})
	})
	return scenario, err
}

func scenarioOf(ctx context.Context, tx Tx, id ScenarioID) (*Scenario, error) {
	all, err := tx.Scenarios(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.ID == id {
			return s, nil
		}
	}
	return nil, errNoScenario
}

// AddScenario adds a scenario, switched off until somebody switches it on.
func (s *Service) AddScenario(ctx context.Context, by audit.Actor, scenario Scenario) (*Scenario, error) {
	scenario.Enabled, scenario.Version = false, 0
	if err := scenario.check(); err != nil {
		return nil, err
	}
	err := s.InTx(ctx, func(tx Tx) error {
		scenario.Version = 0
		if err := tx.AddScenario(ctx, &scenario); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActScenarioAdd, "", string(scenario.ID), map[string]string{
			"name": scenario.Name.ZH, "fields": fmt.Sprint(scenario.Fields), "asks": fmt.Sprint(scenario.Asks), "kinds": fmt.Sprint(scenario.Kinds),
		})
	})
	return &scenario, err
}
