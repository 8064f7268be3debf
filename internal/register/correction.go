package register

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/uid"
)

// Faults of a correction.
var (
	ErrCorrectField   = fault.New(fault.Invalid, "register.correct_field", "这一项不能由登记员更正。", "Registrars cannot correct this field.")
	ErrCorrectNothing = fault.New(fault.Invalid, "register.correct_nothing", "没有任何一项与登记的内容不同。", "Nothing differs from what is recorded.")
	ErrCorrectBefore  = fault.New(fault.Invalid, "register.correct_before", "所填时间早于最早的记录，无可更正。", "That moment is before the first record; there is nothing to correct.")
	ErrSameRegistrar  = fault.New(fault.Denied, "register.same_registrar", "提出和确认须由两名登记员分别办理。", "One registrar asks and another decides.")
	ErrDecided        = fault.New(fault.Conflict, "register.decided", "这一更正已有结论。", "This correction was decided already.")
)

// A CorrectionStatus says how far a correction came.
type CorrectionStatus string

// The statuses of a correction.
const (
	CorrectionWaiting  CorrectionStatus = "waiting"
	CorrectionApproved CorrectionStatus = "approved"
	CorrectionRefused  CorrectionStatus = "refused"
)

// A Correction is what one registrar asks to change and another decides on. It
// makes a version of its own, which takes its place in the history: versions
// that hold from later moments stay as they are.
type Correction struct {
	ID        string
	LicenceID string
	Changes   []FieldChange // Old is what was recorded when it was asked for
	HoldsFrom time.Time
	Reason    string
	AskedBy   string
	AskedAt   time.Time
	Status    CorrectionStatus
	DecidedBy string
	DecidedAt time.Time
	VersionID string // what an approved one made
	Version   int64
}

// A Wish is one field that a correction sets, by our own name, and its value
// in the form of the import format; empty clears it.
type Wish struct {
	Field string
	Value string
}

// A CorrectionAsk is what a registrar wants corrected.
type CorrectionAsk struct {
	LicenceID string
	Wishes    []Wish
	HoldsFrom string // a moment or a day, in the forms of the column holds_from
	Reason    string
}

// AskCorrection records what a registrar wants corrected. A licence that is to
// be verified is resolved when the correction is approved.
func (s *Service) AskCorrection(ctx context.Context, actor audit.Actor, ask CorrectionAsk) (*Correction, error) {
	reason, err := checkReason(ask.Reason)
	if err != nil {
		return nil, err
	}
	var c *Correction
	err = s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		r, err := s.record(ctx, tx, ask.LicenceID)
		if err != nil {
			return err
		}
		c = &Correction{ID: uid.New(now), LicenceID: ask.LicenceID, Reason: reason, AskedBy: actor.ID, AskedAt: now, Status: CorrectionWaiting}
		if c.HoldsFrom, err = r.history.moment(ask.HoldsFrom, now); err != nil {
			return fault.At("holdsFrom", err)
		}
		for _, w := range ask.Wishes {
			c.Changes = append(c.Changes, FieldChange{Field: w.Field, New: w.Value})
		}
		if _, err := c.onto(r, now); err != nil {
			return err
		}
		if err := tx.AddCorrection(ctx, c); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: now, Actor: actor, Action: AuditAsk, Subject: c.LicenceID, Object: c.ID, Detail: c.detail()})
	})
	return c, err
}

// moment reads since when a correction holds. A day alone means what was
// recorded of that day: the last version that begins on it, else its start.
func (h History) moment(text string, now time.Time) (time.Time, error) {
	d := draft{now: now}
	t, err := d.moment(text)
	if err != nil {
		return t, err
	}
	day, notDay := civil.Parse(text)
	if notDay == nil {
		for _, v := range h {
			if civil.Of(v.HoldsFrom) == day {
				t = v.HoldsFrom
			}
		}
	}
	return t, nil
}

func (c *Correction) detail() map[string]string {
	fields := map[string]string{"reason": c.Reason, "holds_from": c.HoldsFrom.Format(time.RFC3339)}
	for _, change := range c.Changes {
		fields[change.Field] = change.New
	}
	return fields
}

// record loads one licence with its history.
func (s *Service) record(ctx context.Context, tx Tx, licenceID string) (*record, error) {
	e, err := tx.LicenceByID(ctx, licenceID)
	if err != nil {
		return nil, err
	}
	histories, err := tx.LicenceHistories(ctx, []string{licenceID})
	if err != nil {
		return nil, err
	}
	r := &record{id: e.ID, outline: &Outline{LicenceID: e.ID, Version: e.Version, PendingID: e.PendingID}, photos: map[string]string{}}
	r.load(histories[licenceID])
	return r, nil
}

// onto returns the version that the correction makes of the one that holds at
// its moment, and fills in what was recorded in the fields it changes.
func (c *Correction) onto(r *record, now time.Time) (Version, error) {
	before, ok := r.history.At(c.HoldsFrom, farFuture)
	if !ok {
		return Version{}, fault.At("holdsFrom", ErrCorrectBefore)
	}
	d := draftOf(before.Licence, now)
	for _, change := range c.Changes {
		if err := d.correct(change); err != nil {
			return Version{}, err
		}
	}
	after := d.finish()
	if err := d.errors(); err != nil {
		return Version{}, err
	}
	differences := Differences(before.Licence, after)
	if len(differences) == 0 {
		return Version{}, ErrCorrectNothing
	}
	c.Changes = differences
	return Version{
		ID: uid.New(now), HoldsFrom: c.HoldsFrom, LearnedAt: now, Dated: true, Source: FromCorrection, Run: c.ID, Statement: []byte{}, Licence: after,
	}, nil
}

// correct sets one field; an empty value clears it first.
func (d *draft) correct(change FieldChange) error {
	c := columnNamed(change.Field)
	if c == nil || c.show == nil || c.name == "file_number" {
		return fault.At(change.Field, ErrCorrectField)
	}
	if strings.TrimSpace(change.New) != "" {
		d.set(c, strings.TrimSpace(change.New))
	} else if c.need == required {
		d.refuse(c.name, ErrMissing)
	} else {
		d.clear(c)
	}
	return nil
}

// clear empties a field that may be empty.
func (d *draft) clear(c *column) {
	switch c.name {
	case "class_since":
		d.since = nil
	case "sex": // told by the document where it can be, like the next two
		d.l.Sex = ""
	case "birth_date":
		d.l.BirthDate = civil.Date{}
	case "nationality":
		d.l.Nationality = ""
	default:
		c.keep(&d.l, licence.Licence{})
	}
}

// errors joins the faults and doubts of a draft, each at its field.
func (d *draft) errors() error {
	var list []error
	for _, at := range append(slices.Clone(d.faults), d.doubts...) {
		list = append(list, fault.At(at.field, at.fault))
	}
	return errors.Join(list...)
}

// ApproveCorrection applies a correction that another registrar asked for.
func (s *Service) ApproveCorrection(ctx context.Context, actor audit.Actor, id string) (*Correction, error) {
	return s.decide(ctx, actor, id, CorrectionApproved, AuditApprove, func(d *deed, c *Correction) error {
		r, err := s.record(ctx, d.tx, c.LicenceID)
		if err != nil {
			return err
		}
		v, err := c.onto(r, d.now)
		if err != nil {
			return err
		}
		r.add(v)
		c.VersionID = v.ID
		if err := d.tx.AddVersions(ctx, r.added); err != nil {
			return err
		}
		newest, _ := r.history.Newest()
		if _, err := d.photoID(ctx, r, newest.Licence.Photo.Digest); err != nil {
			return err
		}
		e := r.head()
		if e.Pending {
			if err := d.resolve(ctx, e.PendingID, actor.ID, c.Reason); err != nil {
				return err
			}
			e.Pending, e.PendingID = false, ""
		}
		return d.settle(ctx, r.old, e)
	})
}

// RefuseCorrection ends a correction that another registrar asked for.
func (s *Service) RefuseCorrection(ctx context.Context, actor audit.Actor, id string) (*Correction, error) {
	return s.decide(ctx, actor, id, CorrectionRefused, AuditRefuse, func(*deed, *Correction) error { return nil })
}

func (s *Service) decide(ctx context.Context, actor audit.Actor, id string, status CorrectionStatus, action audit.Action, f func(*deed, *Correction) error) (c *Correction, err error) {
	var d *deed
	err = s.InTx(ctx, func(tx Tx) error {
		d = s.deed(tx, actor)
		if c, err = tx.Correction(ctx, id); err != nil {
			return err
		}
		switch {
		case c.Status != CorrectionWaiting:
			return ErrDecided
		case c.AskedBy == actor.ID:
			return ErrSameRegistrar
		}
		c.Status, c.DecidedBy, c.DecidedAt = status, actor.ID, d.now
		if err := f(d, c); err != nil {
			return err
		}
		if err := tx.SaveCorrection(ctx, c); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: d.now, Actor: actor, Action: action, Subject: c.LicenceID, Object: c.ID, Detail: c.detail()})
	})
	if err != nil {
		return nil, err
	}
	d.publish()
	return c, nil
}

// Corrections lists corrections, those that wait first, then the newest.
func (s *Service) Corrections(ctx context.Context) (list []*Correction, err error) {
	err = s.Read(ctx, func(tx Tx) error { list, err = tx.Corrections(ctx, 200); return err })
	return list, err
}
