package register

import (
	"context"
	"slices"
	"strconv"
	"time"

	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/uid"
)

// Faults of a look-up.
var (
	ErrSearchBy = fault.New(fault.Invalid, "register.search_by", "请选择按证号、档案编号、手机或姓名查询。", "Search by number, file, phone or name.")
	ErrLookup   = fault.New(fault.Denied, "register.lookup", "请先写明理由查询到这本驾驶证，再查看。一次查询30分钟内有效。", "Search for this licence with a reason first. A search is good for 30 minutes.")
)

// lookupGoodFor is how long what a search found may be looked at.
const lookupGoodFor = 30 * time.Minute

// A Lookup is one search by a member of staff, with its reason.
type Lookup struct {
	ID       string
	StaffID  string
	At       time.Time
	By       string // "number", "file", "phone" or "name"
	Reason   string
	Case     string
	Licences []string // what it found
}

// Search finds licences by an exact value. The reason, and how many were
// found, stand in the audit log; the value does not.
func (s *Service) Search(ctx context.Context, actor audit.Actor, by, value, reason, caseNumber string) (*Lookup, []*Entry, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return nil, nil, err
	}
	if caseNumber, err = plainText(caseNumber); err != nil || len(caseNumber) > 100 {
		return nil, nil, fault.At("caseNumber", ErrReason)
	}
	find, err := finder(by, value)
	if err != nil {
		return nil, nil, err
	}
	var l *Lookup
	var found []*Entry
	err = s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		if found, err = find(ctx, tx); err != nil {
			return err
		}
		l = &Lookup{ID: uid.New(now), StaffID: actor.ID, At: now, By: by, Reason: reason, Case: caseNumber}
		for _, e := range found {
			l.Licences = append(l.Licences, e.ID)
		}
		if err := tx.AddLookup(ctx, l); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: actor, Action: AuditSearch, Object: l.ID, Case: caseNumber,
			Detail: map[string]string{"searched_by": by, "reason": reason, "found": strconv.Itoa(len(found))},
		})
	})
	return l, found, err
}

// finder reads the value once, so that nobody searches for what cannot be.
func finder(by, value string) (func(context.Context, Tx) ([]*Entry, error), error) {
	switch by {
	case "file":
		n, err := licence.ParseFileNumber(value)
		return func(ctx context.Context, tx Tx) ([]*Entry, error) {
			e, err := tx.LicenceByFile(ctx, n)
			if notFound(err) {
				return nil, nil
			}
			return []*Entry{e}, err
		}, fault.At("value", err)
	case "number":
		d, err := identity.ParseDocument(string(identity.ForeignPerson), value) // any document's: letters and digits
		return func(ctx context.Context, tx Tx) ([]*Entry, error) { return tx.LicencesByNumber(ctx, d.Number) }, fault.At("value", err)
	case "phone":
		p, err := identity.ParsePhone(value)
		return func(ctx context.Context, tx Tx) ([]*Entry, error) { return tx.LicencesByPhone(ctx, p) }, fault.At("value", err)
	case "name":
		n, err := identity.ParseName(value)
		return func(ctx context.Context, tx Tx) ([]*Entry, error) { return tx.LicencesByName(ctx, n) }, fault.At("value", err)
	}
	return nil, fault.At("by", ErrSearchBy)
}

// A Dossier is a licence with all that the register knows of it.
type Dossier struct {
	Entry       *Entry
	History     History                // in the order of Sort
	Runs        map[string]*Run        // that brought versions
	Corrections map[string]*Correction // that made versions
	Electronic  *credential.Electronic // nil: never issued
	Pending     *Pending
}

// View returns a licence that the same member of staff found a moment ago.
func (s *Service) View(ctx context.Context, actor audit.Actor, licenceID, lookup string) (d *Dossier, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		l, err := found(ctx, tx, actor, licenceID, lookup, now)
		if err != nil {
			return err
		}
		if d, err = dossier(ctx, tx, licenceID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: actor, Action: AuditView, Subject: licenceID, Object: l.ID, Case: l.Case, Detail: map[string]string{"reason": l.Reason},
		})
	})
	return d, err
}

// found returns the search by which a member of staff may look at a licence.
func found(ctx context.Context, tx Tx, actor audit.Actor, licenceID, lookup string, now time.Time) (*Lookup, error) {
	l, err := tx.Lookup(ctx, lookup)
	if err != nil && !notFound(err) {
		return nil, err
	}
	if err != nil || l.StaffID != actor.ID || now.Sub(l.At) > lookupGoodFor || !slices.Contains(l.Licences, licenceID) {
		return nil, ErrLookup
	}
	return l, nil
}

func dossier(ctx context.Context, tx Tx, licenceID string) (*Dossier, error) {
	d := &Dossier{Runs: map[string]*Run{}, Corrections: map[string]*Correction{}}
	var err error
	if d.Entry, err = tx.LicenceByID(ctx, licenceID); err != nil {
		return nil, err
	}
	histories, err := tx.LicenceHistories(ctx, []string{licenceID})
	if err != nil {
		return nil, err
	}
	d.History = histories[licenceID]
	for _, v := range d.History {
		if v.Source == FromCorrection {
			d.Corrections[v.Run], err = tx.Correction(ctx, v.Run)
		} else {
			d.Runs[v.Run], err = tx.Run(ctx, v.Run)
		}
		if err != nil {
			return nil, err
		}
	}
	if d.Electronic, err = tx.ElectronicLicence(ctx, licenceID); err != nil && !notFound(err) {
		return nil, err
	}
	if d.Entry.Pending {
		if d.Pending, err = tx.Pending(ctx, d.Entry.PendingID); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// ViewAt returns what the state of a licence that was found was at holds, with
// what was known at known; ok is false before the first record.
func (s *Service) ViewAt(ctx context.Context, actor audit.Actor, licenceID, lookup string, holds, known time.Time) (state licence.State, ok bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		if _, err := found(ctx, tx, actor, licenceID, lookup, s.Now()); err != nil {
			return err
		}
		state, ok, err = stateAt(ctx, tx, licenceID, holds, known)
		return err
	})
	return state, ok, err
}

// StateAt is ViewAt for workflows that answer for their own right to ask, as
// an insurer's claim does: the state as of the accident.
func (s *Service) StateAt(ctx context.Context, licenceID string, holds, known time.Time) (state licence.State, ok bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		state, ok, err = stateAt(ctx, tx, licenceID, holds, known)
		return err
	})
	return state, ok, err
}

func stateAt(ctx context.Context, tx Tx, licenceID string, holds, known time.Time) (licence.State, bool, error) {
	histories, err := tx.LicenceHistories(ctx, []string{licenceID})
	if err != nil {
		return licence.State{}, false, err
	}
	state, ok := histories[licenceID].StateAt(holds, known)
	if !ok {
		return state, false, nil
	}
	detained, err := tx.DetainedAt(ctx, licenceID, holds, known)
	return state.Under(detained), true, err
}

// Runs lists imports and runs of the feed, the newest first.
func (s *Service) Runs(ctx context.Context) (list []*Run, err error) {
	err = s.Read(ctx, func(tx Tx) error { list, err = tx.Runs(ctx, 200); return err })
	return list, err
}

// Run returns one run with the lines that it refused.
func (s *Service) Run(ctx context.Context, id string) (r *Run, refused []Refusal, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		if r, err = tx.Run(ctx, id); err != nil {
			return err
		}
		refused, err = tx.Refusals(ctx, id, 10_000)
		return err
	})
	return r, refused, err
}
