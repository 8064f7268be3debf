package follow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/internal/verification"
)

// Tx is what following needs of a storage transaction besides that of checks.
// Look-ups return fault "not_found" where there is nothing; saves name the
// version they read.
type Tx interface {
	verification.Tx
	Standing(ctx context.Context, id string) (*consent.Standing, error)

	// FollowedToLookAt returns drivers whose licence changed, or whom time may
	// have changed, and whose party is not suspended.
	FollowedToLookAt(ctx context.Context, now time.Time, limit int) (ids []string, err error)
	Followed(ctx context.Context, id string) (*Driver, error)
	// FollowedBy returns whom a party follows, newest first.
	FollowedBy(ctx context.Context, partyID string, limit int) ([]*Driver, error)
	// FollowedOf returns by whom a driver is followed.
	FollowedOf(ctx context.Context, licenceID string) ([]*Driver, error)
	// SaveFollowed stores when a driver is looked at next and the newest notice.
	SaveFollowed(ctx context.Context, d *Driver) error
	AddNotice(ctx context.Context, n *Notice) error
	// NoticesOf returns a party's notices between two moments, oldest first.
	NoticesOf(ctx context.Context, partyID string, from, to time.Time) ([]*Notice, error)
	AcknowledgeNotices(ctx context.Context, followedID, by string, now time.Time) (n int, err error)

	Receiver(ctx context.Context, partyID string) (*Receiver, error)
	SaveReceiver(ctx context.Context, r *Receiver) error // also the first
	// DropReceiver forgets it, and the events that wait for it.
	DropReceiver(ctx context.Context, partyID string) error
	WaitingHooks(ctx context.Context, partyID string) (int, error)

	QueueHook(ctx context.Context, h Hook, now time.Time) error
	// DueHooks returns what waits for receivers that are called, each party's
	// oldest first and of no party more than some. A party whose oldest is not
	// due, because it failed or another server has it, has none.
	DueHooks(ctx context.Context, now time.Time, each int) ([]Hook, error)
	// ClaimHook takes an event in hand until a time; false: it was dropped,
	// taken or sent meanwhile.
	ClaimHook(ctx context.Context, id string, now, until time.Time) (bool, error)
	OutboxSent(ctx context.Context, id string, now time.Time) error
	OutboxFailed(ctx context.Context, id, failure string, next time.Time) error
	// HurryHooks makes everything due that waits for a party.
	HurryHooks(ctx context.Context, partyID string, now time.Time) error
}

// A Service follows. Its methods may be called concurrently, by several
// servers on one database.
type Service struct {
	InTx    func(ctx context.Context, f func(Tx) error) error
	Read    func(ctx context.Context, f func(Tx) error) error
	Now     func() time.Time
	Allow   func(kind, caller string) error
	Profile func(ctx context.Context) (authority.Profile, error)
	Publish func(licenceID, event string, data any) // tells the driver's open pages; nil: nobody listens

	Plainly func(host string) bool // receivers that may be called by HTTP: a demonstration's
	Send    func(ctx context.Context, to notification.Receiver, id string, body []byte) error
}

// The audited deeds.
const (
	ActAcknowledge audit.Action = "follow.acknowledge"
	ActFile        audit.Action = "follow.file"
	ActReceiver    audit.Action = "receiver.set"
	ActDrop        audit.Action = "receiver.drop"
	ActTest        audit.Action = "receiver.test"
	ActStop        audit.Action = "receiver.stop"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActAcknowledge: lang.T("知悉驾驶资格的变化", "acknowledged a driver's change"),
	ActFile:        lang.T("下载持续关注名单", "took the file of followed drivers"),
	ActReceiver:    lang.T("设置用证单位的接收地址", "set a relying party's receiver"),
	ActDrop:        lang.T("删除用证单位的接收地址", "removed a relying party's receiver"),
	ActTest:        lang.T("向用证单位的接收地址试发", "sent a test to a relying party's receiver"),
	ActStop:        lang.T("接收地址连续多日失败，已停用", "a receiver failed for days and was stopped"),
}

const (
	lookAt = 200              // drivers that are read at once
	idle   = 10 * time.Minute // until one is looked at again whose party may not ask now
)

// Work looks at every driver whose answer may have changed.
func (s *Service) Work(ctx context.Context) error {
	profile, err := s.Profile(ctx)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		var ids []string
		if err := s.Read(ctx, func(tx Tx) (err error) {
			ids, err = tx.FollowedToLookAt(ctx, s.Now(), lookAt)
			return err
		}); err != nil {
			return fmt.Errorf("looking for changes: %w", err)
		}
		var failed []error
		for _, id := range ids {
			if err := s.look(ctx, profile, id); err != nil {
				failed = append(failed, fmt.Errorf("looking at %s: %w", id, err))
			}
		}
		if len(failed) > 0 || len(ids) < lookAt {
			return errors.Join(failed...)
		}
	}
	return nil
}

// look composes what the party would be told of a driver now, and tells it
// where that is not what it was told last.
func (s *Service) look(ctx context.Context, profile authority.Profile, id string) error {
	var told *verification.Check
	err := s.InTx(ctx, func(tx Tx) error {
		told = nil
		now := s.Now()
		d, err := tx.Followed(ctx, id)
		if missing(err) || err == nil && !d.looks(now) {
			return nil // ended, or another server looked
		}
		if err != nil {
			return err
		}
		given, party, scenario, err := d.asked(ctx, tx)
		if err != nil {
			return err
		}
		d.Touched = false
		if party.Status != relyingparty.Active || !party.May(d.Scenario) || !scenario.Enabled || !scenario.Follows {
			d.DueAt = now.Add(idle)
			return tx.SaveFollowed(ctx, d)
		}
		n := &Notice{ID: uid.New(now), FollowedID: d.ID, PartyID: d.PartyID, At: now, Before: d.State()}
		check, next, err := verification.Told(ctx, tx, given, party, scenario, n.ID, now, profile.Contacts())
		if err != nil {
			return err
		}
		d.DueAt, n.State = next, stateOf(check)
		if n.State == n.Before {
			return tx.SaveFollowed(ctx, d)
		}
		told = check
		return d.tell(ctx, tx, n, check)
	})
	if err == nil && told != nil && s.Publish != nil {
		s.Publish(told.LicenceID, "consent", nil)
	}
	return err
}

// asked returns under which consent and scenario who follows the driver.
func (d *Driver) asked(ctx context.Context, tx Tx) (*consent.Standing, *relyingparty.Party, *relyingparty.Scenario, error) {
	given, err := tx.Standing(ctx, d.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	party, err := tx.Party(ctx, d.PartyID)
	if err != nil {
		return nil, nil, nil, err
	}
	scenario, err := tx.Scenario(ctx, d.Scenario)
	return given, party, scenario, err
}

// tell keeps a notice with all that goes with it.
func (d *Driver) tell(ctx context.Context, tx Tx, n *Notice, check *verification.Check) error {
	if err := check.Keep(ctx, tx); err != nil {
		return err
	}
	n.Check = check.Number
	if err := tx.AddNotice(ctx, n); err != nil {
		return err
	}
	d.NoticeID = n.ID
	if err := tx.SaveFollowed(ctx, d); err != nil {
		return err
	}
	_, err := tx.Receiver(ctx, d.PartyID)
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(d.event(n))
	if err != nil {
		return err
	}
	return tx.QueueHook(ctx, Hook{ID: n.ID, PartyID: d.PartyID, Body: body}, n.At)
}

// An Event is what a party's own system is told. It names the driver as the
// party does, and nobody else could tell who it is.
type Event struct {
	Type      string    `json:"type"`
	Timestamp string    `json:"timestamp"` // of the change's notice
	Data      EventData `json:"data"`
}

// EventData is the event's own part.
type EventData struct {
	Followed  string                  `json:"followed,omitempty"` // identifier of the consent
	Reference string                  `json:"reference,omitempty"`
	Holder    string                  `json:"holder,omitempty"` // masked name
	Scenario  relyingparty.ScenarioID `json:"scenario,omitempty"`
	Before    State                   `json:"before,omitempty"`
	State     State                   `json:"state,omitempty"`
	Word      lang.Text               `json:"word"`
	Check     string                  `json:"check,omitempty"`
}

// The types of event.
const (
	EventChanged = "qualification.changed"
	EventTest    = "test"
)

func (d *Driver) event(n *Notice) Event {
	return Event{EventChanged, n.At.In(civil.Shanghai).Format(time.RFC3339), EventData{
		Followed: d.ID, Reference: d.Known.Reference, Holder: d.Known.Holder, Scenario: d.Scenario,
		Before: n.Before, State: n.State, Word: n.State.Words(), Check: n.Check,
	}}
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}
