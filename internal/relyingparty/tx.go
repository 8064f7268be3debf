package relyingparty

import (
	"context"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
)

// Tx is what this package needs of a storage transaction. Look-ups return
// fault "not_found" where there is nothing; saves name the version they read.
type Tx interface {
	account.SessionTx
	AddTx

	AddScenario(ctx context.Context, s *Scenario) error // ErrScenarioID if it is in use
	SaveScenario(ctx context.Context, s *Scenario) error

	Parties(ctx context.Context) ([]*Party, error)

	// Terminals returns the terminals of a party, or of all where it is "".
	Terminals(ctx context.Context, partyID string) ([]*Terminal, error)
	Terminal(ctx context.Context, id string) (*Terminal, error)
	AddTerminal(ctx context.Context, t *Terminal) error
	SaveTerminal(ctx context.Context, t *Terminal) error

	Operators(ctx context.Context, partyID string) ([]*Operator, error)
	Operator(ctx context.Context, id string) (*Operator, error)
	OperatorByNumber(ctx context.Context, partyID, number string) (*Operator, error)
	AddOperator(ctx context.Context, o *Operator) error // ErrOperatorHere if the number is in use
	SaveOperator(ctx context.Context, o *Operator) error

	AddEnrolmentCode(ctx context.Context, hash []byte, c *EnrolmentCode) error
	EnrolmentCode(ctx context.Context, hash []byte) (*EnrolmentCode, error)
	EnrolmentCodes(ctx context.Context, partyID string) ([]*EnrolmentCode, error)
	// SpendEnrolmentCode records whom a code enrolled; it serves once.
	SpendEnrolmentCode(ctx context.Context, id, terminalID string, now time.Time) error
	// SpendChallenge reports false for a challenge, or a signed request, that
	// was spent already, and forgets those of before forget.
	SpendChallenge(ctx context.Context, challenge string, now, forget time.Time) (bool, error)

	Keys(ctx context.Context, partyID string) ([]*Key, error)
	Key(ctx context.Context, id string) (*Key, error)
	AddKey(ctx context.Context, k *Key) error // ErrKeyHere if the public key is in use
	SaveKey(ctx context.Context, k *Key) error
	// TouchKey records that a key was used.
	TouchKey(ctx context.Context, id string, now time.Time) error

	// Desk returns who works where for whom, without names and secrets. A key
	// stands at its own desk: its identifier is terminal and operator.
	Desk(ctx context.Context, terminalID, operatorID string) (*Desk, error)
	// EndSessions ends the sessions of a terminal or operator.
	EndSessions(ctx context.Context, owner string) error
	EndPartySessions(ctx context.Context, partyID string) error
	// PartyTallies counts terminals, operators and the checks since a moment.
	PartyTallies(ctx context.Context, since time.Time) (map[string]Tally, error)

	NextNumber(ctx context.Context, series string) (int, error)
	// Fingerprint returns a keyed digest that only this platform can make.
	Fingerprint(kind string, content []byte) []byte
	CountRefusal(ctx context.Context, now time.Time, cause, caller string) error
}

// An AddTx is what registering a party, and granting it more, needs: package
// admission does it in a transaction of its own.
type AddTx interface {
	Scenarios(ctx context.Context) ([]*Scenario, error)
	Party(ctx context.Context, id string) (*Party, error)
	SaveParty(ctx context.Context, p *Party) error
	AddParty(ctx context.Context, p *Party) error // ErrPartyHere if name and code are in use
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// A Tally counts what belongs to a party.
type Tally struct{ Terminals, Operators, Checks int }
