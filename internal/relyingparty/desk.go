package relyingparty

import (
	"edl/internal/fault"
)

// A Desk is where a check is asked: this operator, on this terminal, for this
// party. Names, contacts and secrets are not in it.
type Desk struct {
	Party    Party
	Terminal Terminal
	Operator Operator
	Machine  bool // nobody sits there: a key stands for terminal and operator
}

// Why somebody may not work now.
var (
	ErrPartySuspended    = fault.New(fault.Denied, "party_suspended", "本单位的核验已被发证机关暂停，请联系发证机关。", "The authority has suspended your organisation's checks. Contact the authority.")
	ErrTerminalSuspended = fault.New(fault.Denied, "terminal_suspended", "这台终端已被暂停，请联系本单位管理员或发证机关。", "This terminal is suspended. Contact your administrator or the authority.")
	ErrOperatorSuspended = fault.New(fault.Denied, "operator_suspended", "您的账号已被暂停，请联系本单位管理员或发证机关。", "Your account is suspended. Contact your administrator or the authority.")
	ErrScenario          = fault.New(fault.Denied, "scenario_not_granted", "本单位没有这个场景，或它已停用。", "Your organisation does not have this scenario, or it is switched off.")
)

// Admit returns nil if all three are in force.
func (d *Desk) Admit() error {
	switch {
	case d.Party.Status != Active:
		return ErrPartySuspended
	case d.Machine && d.Operator.Status != Active:
		return ErrKeyEnded
	case d.Terminal.Status != Active || d.Terminal.PartyID != d.Party.ID:
		return ErrTerminalSuspended
	case d.Operator.Status != Active || d.Operator.PartyID != d.Party.ID:
		return ErrOperatorSuspended
	}
	return nil
}

// Scenarios returns those that the party may use now, in the order of all.
func (d *Desk) Scenarios(all []*Scenario) (granted []*Scenario) {
	for _, s := range all {
		if s.Enabled && d.Party.May(s.ID) {
			granted = append(granted, s)
		}
	}
	return granted
}
