package peer

import (
	"context"
	"errors"
	"slices"
	"time"

	"edl/internal/audit"
	"edl/internal/lang"
	"edl/internal/uid"
)

// An Officer is who asks another authority, as the session says.
type Officer struct{ PartyID, OperatorID string }

func (o Officer) actor() audit.Actor { return audit.Actor{Kind: audit.ByOperator, ID: o.OperatorID} }

// A ForeignCheck is the line of an officer's own list for a check that another
// authority keeps. The driver's name and number are not here: they are the
// issuer's, which shows the driver who asked.
type ForeignCheck struct {
	ID          string
	At          time.Time
	PartyID     string
	OperatorID  string
	AuthorityID string
	Number      string // "" without an answer
	Outcome     string // of an Answer, or one of those below
	Match       string // "yes", "no", or "" where they were not compared
	Said        Said   // sealed under the party's key
}

// The outcomes without a verdict; the last two without an answer.
const (
	NoVerdict   = "no_verdict"
	Unreachable = "unreachable"
	RefusedCode = "refused"
)

// Said is what the officer read.
type Said struct {
	Authority lang.Text `json:"authority"`
	Word      lang.Text `json:"word"`
	Receipt   string    `json:"receipt,omitempty"` // where the issuer confirms it; whoever has it may open it
}

// What is said where there is no answer.
var (
	SayUnreachable = lang.T("真实，状态未知", "Genuine, status unknown")
	SayRefused     = lang.T("码不能用", "The code cannot be used")
)

// line is what the officer's list and the log hold of an answer, or of none.
func (s *Service) line(by Officer, of *Authority, a *Answer, err error) (c *ForeignCheck, logged string) {
	now := s.Now()
	c = &ForeignCheck{ID: uid.New(now), At: now, PartyID: by.PartyID, OperatorID: by.OperatorID, AuthorityID: of.ID}
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		c.Outcome, c.Said = RefusedCode, Said{Authority: of.Name, Word: SayRefused}
		return c, refused.Code
	case err != nil:
		c.Outcome, c.Said = Unreachable, Said{Authority: of.Name, Word: SayUnreachable}
	default:
		c.Outcome, c.Said = a.Outcome, Said{of.Name, a.Word, a.ReceiptURL(of.Issuer)}
		if !slices.Contains(outcomes, c.Outcome) {
			c.Outcome = NoVerdict // of another release over there
		}
		if checkNumber.MatchString(a.Number) {
			c.Number = a.Number
		}
		return c, a.Outcome
	}
	return c, c.Outcome
}

// outcomes are those of an Answer.
var outcomes = []string{"usable", "not_usable", NoVerdict}

// shiftLength is how long a line is kept: a terminal is no archive.
const shiftLength = 24 * time.Hour

// shiftRows bounds the list of a shift.
const shiftRows = 200

// Shift lists what an officer asked of other authorities since a moment,
// newest first, a day back at most.
func (s *Service) Shift(ctx context.Context, by Officer, since time.Time) (list []*ForeignCheck, err error) {
	if earliest := s.Now().Add(-shiftLength); since.Before(earliest) {
		since = earliest
	}
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.ForeignChecks(ctx, by.OperatorID, since, shiftRows)
		return err
	})
	return list, err
}
