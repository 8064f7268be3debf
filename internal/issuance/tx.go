package issuance

import (
	"context"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/register"
)

// Tx is what issuance needs of a storage transaction. Look-ups return fault
// "not_found" where there is nothing; saves return "stale" for a row that
// changed since it was read.
type Tx interface {
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	// LicenceVersion returns one version of the register.
	LicenceVersion(ctx context.Context, licenceID, versionID string) (licence.Licence, error)
	// ElectronicLicence returns the newest electronic licence of a licence.
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	SaveElectronic(ctx context.Context, e *credential.Electronic) error

	Case(ctx context.Context, id application.ID) (*Case, error)
	CaseByKey(ctx context.Context, licenceID, key string) (*Case, error)
	// CasesOf returns a driver's cases, the newest first.
	CasesOf(ctx context.Context, licenceID string) ([]*Case, error)
	// WaitingCases returns cases that a reviewer may hold or take, the earliest
	// due first.
	WaitingCases(ctx context.Context, limit int) ([]*Case, error)
	// CountWaiting returns how many such cases are due before c, and in all.
	CountWaiting(ctx context.Context, c *Case) (before, all int, err error)
	// DecidedCases returns cases whose decision was made by a moment and is not
	// final yet, the oldest first.
	DecidedCases(ctx context.Context, by time.Time, limit int) ([]*Case, error)
	// CasesDecidedBy returns what a reviewer decided since a moment, the newest first.
	CasesDecidedBy(ctx context.Context, reviewer application.Staff, since time.Time) ([]*Case, error)
	// AddCase stores a new case; application.ErrOpen if one of its kind is open.
	AddCase(ctx context.Context, c *Case) error
	SaveCase(ctx context.Context, c *Case) error

	AddIntent(ctx context.Context, i *Intent) error
	SaveIntent(ctx context.Context, i *Intent) error
	Intent(ctx context.Context, id string) (*Intent, error)
	// IntentsOf returns a driver's intents, the oldest first.
	IntentsOf(ctx context.Context, licenceID string) ([]*Intent, error)
	// IdleIntents returns prepared intents whose lease has ended.
	IdleIntents(ctx context.Context, now time.Time, limit int) ([]*Intent, error)

	SavePhoto(ctx context.Context, p photo.Stored, images map[photo.Image][]byte) error
	Photo(ctx context.Context, id string) (photo.Stored, error)
	Photos(ctx context.Context, licenceID string) ([]photo.Stored, error)
	PhotoImage(ctx context.Context, p photo.Stored, image photo.Image) ([]byte, error)
	// Unlocked returns when a window last lifted the limit; zero: never.
	Unlocked(ctx context.Context, licenceID string) (time.Time, error)
	AddUnlock(ctx context.Context, licenceID, staffID, ref string, now time.Time) error

	Setting(ctx context.Context, name string, v any) error
	SaveSetting(ctx context.Context, name string, v any) error
	Consents(ctx context.Context, licenceID string) ([]account.Consent, error)
	AddConsent(ctx context.Context, licenceID string, c account.Consent) error

	// Expiring returns the electronic licences in force that end between two
	// days, both included, in the order of their identifiers, after one.
	Expiring(ctx context.Context, from, to civil.Date, after string, limit int) ([]*credential.Electronic, error)
	// AddReminder notes that a reminder went out; false if it did before.
	AddReminder(ctx context.Context, licenceID string, validTo civil.Date, days int, now time.Time) (added bool, err error)

	Notify(ctx context.Context, m notification.Message) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}
