package verification

import (
	"context"
	"errors"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/consent"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/internal/relyingparty"
)

// ErrTaken is returned by Tx.AddCheck where the code or the request has a check
// already. It never reaches a caller.
var ErrTaken = errors.New("verification: the code or the request was used")

// Tx is what checks need of a storage transaction. Look-ups return fault
// "not_found" where there is nothing.
type Tx interface {
	Desk(ctx context.Context, terminalID, operatorID string) (*relyingparty.Desk, error)
	Scenario(ctx context.Context, id relyingparty.ScenarioID) (*relyingparty.Scenario, error)

	// Shown returns what a live code with a phone's present serial leads to, all
	// of it as of one moment. It is not found where the licence has no electronic
	// form or the serial is another; the look-ups that follow tell which.
	Shown(ctx context.Context, serial []byte) (*Shown, error)
	DeviceBySerial(ctx context.Context, serial []byte) (*account.Device, error)
	// LicenceOfPart returns the licence of an issuer part that has not ended, by its serial.
	LicenceOfPart(ctx context.Context, serial []byte) (licenceID string, err error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	LicencesByNumber(ctx context.Context, n identity.Number) ([]*register.Entry, error)
	LicenceHistories(ctx context.Context, ids []string) (map[string]register.History, error)
	// DetainedAt returns since when a licence was under an officer's detention
	// at a moment, as was known at another; zero: it was not.
	DetainedAt(ctx context.Context, licenceID string, holds, known time.Time) (time.Time, error)
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	Photo(ctx context.Context, id string) (photo.Stored, error)
	PhotoImage(ctx context.Context, p photo.Stored, image photo.Image) ([]byte, error)

	// Consented reports whether a driver's consent to the party is in force.
	Consented(ctx context.Context, licenceID, partyID string, scenario relyingparty.ScenarioID, policy string) (bool, error)
	Device(ctx context.Context, id string) (*account.Device, error)
	Operator(ctx context.Context, id string) (*relyingparty.Operator, error)
	// Watched reports whether every look-up of the licence is flagged.
	Watched(ctx context.Context, licenceID string) (bool, error)
	Party(ctx context.Context, id string) (*relyingparty.Party, error)
	AddConsentRequest(ctx context.Context, token []byte, r *consent.Request) error
	ConsentRequestByToken(ctx context.Context, hash []byte) (*consent.Request, error)
	SaveConsentRequest(ctx context.Context, r *consent.Request) error
	AddStanding(ctx context.Context, s *consent.Standing) error // consent.ErrHave if one like it is in force
	Notify(ctx context.Context, m notification.Message) error

	// SealCheck seals the record of a check that has its number, which then must
	// not change: outside of the transaction that stores it nobody waits for that.
	SealCheck(ctx context.Context, c *Check) error
	// AddCheck stores a check, or returns ErrTaken.
	AddCheck(ctx context.Context, c *Check) error
	// SaveMatch stores what the operator said of person and photo.
	SaveMatch(ctx context.Context, c *Check) error
	CheckByRedemption(ctx context.Context, redemption []byte) (*Check, error)
	// CheckByRequest returns the look-up by number that a terminal's request led to.
	CheckByRequest(ctx context.Context, terminalID, requestID string) (*Check, error)
	CheckByNumber(ctx context.Context, number string) (*Check, error)
	// ChecksByOperator returns what an operator checked since a moment, newest first.
	ChecksByOperator(ctx context.Context, operatorID string, since time.Time, limit int) ([]*Check, error)
	// ChecksByParty returns what a party checked, newest first, older than before.
	ChecksByParty(ctx context.Context, partyID, before string, limit int) ([]*Check, error)
	// PartyOutcomes counts a party's checks since a moment, by outcome.
	PartyOutcomes(ctx context.Context, partyID string, since time.Time) (map[Outcome]int, error)
	// ChecksOf returns the checks of a licence that its driver may see at now,
	// newest first, older than before, which must be one of them.
	ChecksOf(ctx context.Context, licenceID, before string, now time.Time, limit int) ([]*Check, error)
	DelayPurpose(ctx context.Context, id string) (*Purpose, error)

	// TakeNumbers counts a series up by n and returns the last number taken.
	TakeNumbers(ctx context.Context, series string, n int) (last int, err error)
	// CountRefusal counts input that was refused, by minute, cause and caller.
	CountRefusal(ctx context.Context, now time.Time, cause, caller string) error
	AppendAudit(ctx context.Context, e audit.Entry) error
	// SealAudit seals an entry before the transaction that others wait for;
	// AppendSealed records it there.
	SealAudit(ctx context.Context, e audit.Entry) (*audit.Row, error)
	AppendSealed(ctx context.Context, r *audit.Row) error
}

// Shown is what a live code leads to.
type Shown struct {
	Device     *account.Device // without its name
	Entry      *register.Entry
	Electronic *credential.Electronic
	Watched    bool
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}
