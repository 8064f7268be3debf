package register

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
)

// Tx is what the register needs of a storage transaction. Look-ups return
// fault "not_found" where there is nothing.
type Tx interface {
	LicenceByID(ctx context.Context, id string) (*Entry, error)
	LicenceByFile(ctx context.Context, n licence.FileNumber) (*Entry, error)
	LicencesByNumber(ctx context.Context, n identity.Number) ([]*Entry, error)
	LicencesByPhone(ctx context.Context, p identity.Phone) ([]*Entry, error)
	LicencesByName(ctx context.Context, n identity.Name) ([]*Entry, error)

	// LicenceOutlines returns what is known without unsealing anything, of
	// those of the file numbers that are known.
	LicenceOutlines(ctx context.Context, files []licence.FileNumber) (map[licence.FileNumber]*Outline, error)
	// LicenceHistories returns every version of the licences, sorted.
	LicenceHistories(ctx context.Context, ids []string) (map[string]History, error)
	// DetainedAt returns since when a licence was under an officer's detention
	// at a moment, as was known at another; zero: it was not.
	DetainedAt(ctx context.Context, licenceID string, holds, known time.Time) (time.Time, error)
	// Fingerprint returns a keyed digest: equal for equal content of a kind,
	// telling nothing to who has the database alone.
	Fingerprint(kind string, content []byte) []byte
	// AddLicences stores new licences, each under a data key of its own.
	AddLicences(ctx context.Context, list []*Entry) error
	// AddVersions stores versions of licences that exist.
	AddVersions(ctx context.Context, list []Version) error
	// SaveLicence stores a licence's newest version, photo and refused line.
	SaveLicence(ctx context.Context, e *Entry) error

	// RegisterPhoto returns the stored photo of that digest, or "".
	RegisterPhoto(ctx context.Context, licenceID, digest string) (photoID string, err error)
	SavePhoto(ctx context.Context, p photo.Stored, images map[photo.Image][]byte) error
	AddRegisterPhoto(ctx context.Context, licenceID, digest, photoID string) error

	// PendingSeen reports whether the refused line was noted before, resolved
	// or not.
	PendingSeen(ctx context.Context, licenceID string, fingerprint []byte) (bool, error)
	AddPending(ctx context.Context, p *Pending) error
	Pending(ctx context.Context, id string) (*Pending, error)
	OpenPending(ctx context.Context) ([]*Pending, error)
	SavePending(ctx context.Context, p *Pending) error

	AddRun(ctx context.Context, r *Run) error
	Run(ctx context.Context, id string) (*Run, error)
	// FirstRun returns the first run of that source and key that was not stopped.
	FirstRun(ctx context.Context, source Source, key string) (*Run, error)
	Runs(ctx context.Context, limit int) ([]*Run, error)
	SaveRun(ctx context.Context, r *Run) error
	AddRefusals(ctx context.Context, runID string, now time.Time, list []Refusal) error
	Refusals(ctx context.Context, runID string, limit int) ([]Refusal, error)

	AddCorrection(ctx context.Context, c *Correction) error
	Correction(ctx context.Context, id string) (*Correction, error)
	Corrections(ctx context.Context, limit int) ([]*Correction, error)
	SaveCorrection(ctx context.Context, c *Correction) error

	AddLookup(ctx context.Context, l *Lookup) error
	Lookup(ctx context.Context, id string) (*Lookup, error)

	// HasDevice reports whether the driver enrolled a phone.
	HasDevice(ctx context.Context, licenceID string) (bool, error)
	// ElectronicLicence returns the newest electronic licence of a licence.
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	SaveElectronic(ctx context.Context, e *credential.Electronic) error

	Notify(ctx context.Context, m notification.Message) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// An Outline is what is known of a licence without its contents.
type Outline struct {
	LicenceID string
	Versions  History // without their Licence
	Version   int64   // of the row
	Detained  time.Time

	PendingID   string // the refused line that waits, "" if none
	PendingAt   time.Time
	PendingKey  string // key of its run
	PendingLine int
}

// A RunStatus says how far a run came.
type RunStatus string

// The statuses of a run.
const (
	Running RunStatus = "running" // or was cut short; running it again finishes it
	Stopped RunStatus = "stopped" // too many lines were refused; nothing was applied
	Done    RunStatus = "done"
)

// A Run is one reading of a file, or what the feed sent under one name.
type Run struct {
	ID         string
	Source     Source
	Key        string // a file's digest, or the name that the feed gave
	Name       string // the file's name, or what the feed calls itself
	By         string // who started it
	StartedAt  time.Time
	FirstAt    time.Time // when a run of this key was first started
	AsOf       time.Time // since when lines hold that do not say
	FinishedAt time.Time
	Status     RunStatus
	Lines      int // read, the header not counted
	Applied    int
	Unchanged  int
	Refused    int
	Version    int64
}

// A Pending is a refused line about a licence that is known: 信息待核实.
type Pending struct {
	ID          string
	LicenceID   string
	RunID       string
	RunKey      string
	Line        int
	Fingerprint []byte // of the run's key and the line's text
	At          time.Time
	Refusal     Refusal
	Text        string // the line as it was received
	ResolvedAt  time.Time
	ResolvedBy  string // ByLine, or the registrar
	Resolution  string // the registrar's reason
	Version     int64
}

// ByLine resolves a Pending by a later line that was good.
const ByLine = "line"
