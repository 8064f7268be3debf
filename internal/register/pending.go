package register

import (
	"context"
	"strconv"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/uid"
)

// mark returns the licence's row after the batch: with its new head, and with
// the refused line that is to be clarified. changed tells whether the row of a
// known licence must be saved.
func (b *batch) mark(ctx context.Context, r *record) (e *Entry, changed bool, err error) {
	if e, err = b.head(ctx, r); err != nil {
		return nil, false, err
	}
	fresh, err := b.doubt(ctx, r)
	if err != nil {
		return nil, false, err
	}
	if e.Pending && (r.resolved || fresh != nil) {
		if err := b.resolve(ctx, e.PendingID, ByLine, ""); err != nil {
			return nil, false, err
		}
		e.PendingID, e.Pending, changed = "", false, true
	}
	if fresh != nil {
		b.waiting = append(b.waiting, fresh)
		e.PendingID, e.Pending, changed = fresh.ID, true, true
	}
	return e, changed || len(r.added) > 0, nil
}

// doubt returns what is to be clarified about the licence, or nil where there
// is nothing or where this very line was noted before.
func (b *batch) doubt(ctx context.Context, r *record) (*Pending, error) {
	l := r.doubtful
	if l == nil {
		return nil, nil
	}
	fingerprint := b.tx.Fingerprint("licence_pending.line", []byte(b.run.Key+"\n"+strconv.Itoa(l.Number)+"\n"+l.Text))
	if r.outline != nil {
		if seen, err := b.tx.PendingSeen(ctx, r.id, fingerprint); err != nil || seen {
			return nil, err
		}
	}
	return &Pending{
		ID: uid.New(b.now), LicenceID: r.id, RunID: b.run.ID, RunKey: b.run.Key, Line: l.Number, Fingerprint: fingerprint,
		At: b.now, Refusal: l.Refusals[0], Text: l.Text,
	}, nil
}

func (b *batch) addPending(ctx context.Context, p *Pending) error {
	if err := b.tx.AddPending(ctx, p); err != nil {
		return err
	}
	return b.tx.AppendAudit(ctx, audit.Entry{
		At: b.now, Actor: b.actor, Action: AuditPending, Subject: p.LicenceID, Object: p.ID,
		Detail: map[string]string{"run": b.run.ID, "line": strconv.Itoa(p.Line), "field": p.Refusal.Field, "code": p.Refusal.Code},
	})
}

// Reason says which field could not be taken, and why.
func (p *Pending) Reason() lang.Text {
	c := columnNamed(p.Refusal.Field)
	if c == nil {
		return p.Refusal.Say
	}
	return lang.T(c.label.ZH+"："+p.Refusal.Say.ZH, c.label.EN+": "+p.Refusal.Say.EN)
}

// resolve ends a refused line's wait.
func (d *deed) resolve(ctx context.Context, id, by, reason string) error {
	p, err := d.tx.Pending(ctx, id)
	if err != nil {
		return err
	}
	p.ResolvedAt, p.ResolvedBy, p.Resolution = d.now, by, reason
	return d.tx.SavePending(ctx, p)
}

// Faults of the staff's work on the register.
var (
	ErrReason   = fault.New(fault.Invalid, "register.reason", "请写明理由和依据。", "Give the reason and what it is founded on.")
	ErrResolved = fault.New(fault.Conflict, "register.resolved", "这一条已经核实过了。", "This was resolved already.")
)

// maxReason bounds a reason in bytes.
const maxReason = 2000

func checkReason(reason string) (string, error) {
	reason, err := plainText(reason)
	if err != nil || reason == "" || len(reason) > maxReason {
		return "", fault.At("reason", ErrReason)
	}
	return reason, nil
}

// A PendingItem is a refused line with what the list shows of its licence.
type PendingItem struct {
	*Pending
	Entry *Entry
}

// OpenPending lists the licences that are to be verified, the oldest first.
func (s *Service) OpenPending(ctx context.Context) (list []PendingItem, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list = nil
		open, err := tx.OpenPending(ctx)
		if err != nil {
			return err
		}
		for _, p := range open {
			e, err := tx.LicenceByID(ctx, p.LicenceID)
			if err != nil {
				return err
			}
			list = append(list, PendingItem{p, e})
		}
		return nil
	})
	return list, err
}

// Resolve records that a registrar has seen to a refused line: the last good
// version stands.
func (s *Service) Resolve(ctx context.Context, actor audit.Actor, id, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	var licenceID string
	err = s.InTx(ctx, func(tx Tx) error {
		d := s.deed(tx, actor)
		p, err := tx.Pending(ctx, id)
		if err != nil {
			return err
		}
		if licenceID = p.LicenceID; !p.ResolvedAt.IsZero() {
			return ErrResolved
		}
		e, err := tx.LicenceByID(ctx, p.LicenceID)
		if err != nil {
			return err
		}
		if err := d.resolve(ctx, id, actor.ID, reason); err != nil {
			return err
		}
		e.Pending, e.PendingID = false, ""
		if err := tx.SaveLicence(ctx, e); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: d.now, Actor: actor, Action: AuditResolve, Subject: p.LicenceID, Object: id,
			Detail: map[string]string{"reason": reason},
		})
	})
	if err == nil {
		s.publish("state", []string{licenceID})
	}
	return err
}
