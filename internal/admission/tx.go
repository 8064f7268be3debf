package admission

import (
	"context"
	"time"

	"edl/internal/account"
	"edl/internal/identity"
	"edl/internal/relyingparty"
)

// Tx is what this package needs of a storage transaction. Look-ups return
// fault "not_found" where there is nothing; saves name the version they read.
type Tx interface {
	relyingparty.AddTx
	account.CodeTx
	// Admins are the accounts of administrators of relying parties.
	Admins() account.StaffTx

	AddAdmission(ctx context.Context, a *Application) error  // ErrFurther if the party has another
	SaveAdmission(ctx context.Context, a *Application) error // ErrOpen if another of its code waits
	// DropAdmission removes an application, its evidence and its keys.
	DropAdmission(ctx context.Context, id string) error
	// Admission and AdmissionByNumber return one with its files, the others
	// without. A party's has no number here: nobody opens it by one.
	Admission(ctx context.Context, id string) (*Application, error)
	AdmissionByNumber(ctx context.Context, number string) (*Application, error)
	// OpenAdmission returns the one that waits for a credit code of a body that
	// is not known.
	OpenAdmission(ctx context.Context, uscc identity.USCC) (*Application, error)
	// AdmissionsBy returns what a phone has not seen decided.
	AdmissionsBy(ctx context.Context, phone identity.Phone) ([]*Application, error)
	// AdmissionOf returns the one by which a party was registered;
	// FurtherAdmissions what it asked for since, newest first.
	AdmissionOf(ctx context.Context, partyID string) (*Application, error)
	FurtherAdmissions(ctx context.Context, partyID string, limit int) ([]*Application, error)
	// OpenAdmissions returns those that wait, earliest first; DecidedAdmissions
	// the others, newest first.
	OpenAdmissions(ctx context.Context, limit int) ([]*Application, error)
	DecidedAdmissions(ctx context.Context, limit int) ([]*Application, error)
	// StaleAdmissions returns drafts whose time is over, those that nobody
	// answered in time, and those decided before a moment that still have
	// evidence.
	StaleAdmissions(ctx context.Context, now, decidedBefore time.Time, limit int) ([]*Application, error)

	AddEvidence(ctx context.Context, applicationID string, f File, content []byte) error
	RemoveEvidence(ctx context.Context, applicationID, id string) error
	Evidence(ctx context.Context, applicationID, id string) (File, []byte, error)
	// DestroyEvidence removes all files of an application and their key.
	DestroyEvidence(ctx context.Context, applicationID string) error

	NextNumber(ctx context.Context, series string) (int, error)
	CountRefusal(ctx context.Context, now time.Time, cause, caller string) error
}
