package verification

import (
	"context"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/register"
	"edl/internal/relyingparty"
)

// A Flag is why a check is put before the auditor. It is in the audit entry
// that commits with the check, and nowhere else: whoever checks learns nothing
// of it.
type Flag string

// The flags.
const (
	FlagSelf     Flag = "self"         // the operator bears the driver's name
	FlagSurname  Flag = "same_surname" // perhaps a relative
	FlagWatched  Flag = "watched"      // an auditor wants to see it
	FlagOffShift Flag = "off_shift"    // outside the operator's hours

	FlagUnconfirmed Flag = "unconfirmed" // without a network, and nobody was signed in
)

// byName reports whether the licence was found by number and name, without the
// driver's phone.
func (p *pass) byName() bool {
	return p.q.Way == relyingparty.ByNumber || p.q.Way == relyingparty.InBulk
}

// flag looks for what an auditor should see of a check. Names are compared
// where the driver was not there to show a code; a surname, which many share,
// in single look-ups alone.
func (p *pass) flag(ctx context.Context, c *Check, entry *register.Entry) error {
	if !p.desk.Operator.Hours.Cover(p.now) {
		c.Flags = append(c.Flags, FlagOffShift)
	}
	watched, err := p.watched(ctx, entry.ID)
	if err != nil {
		return err
	}
	if watched {
		c.Flags = append(c.Flags, FlagWatched)
	}
	if !p.byName() || p.desk.Machine {
		return nil
	}
	if p.operatorName == "" {
		o, err := p.tx.Operator(ctx, p.by.OperatorID) // with the name
		if err != nil {
			return err
		}
		p.operatorName = identity.Name(o.Name)
	}
	switch own, name := p.operatorName, entry.Licence.Name; {
	case own.Same(name):
		c.Flags = append(c.Flags, FlagSelf)
	case p.q.Way == relyingparty.ByNumber && own.Surname() != "" && own.Surname() == name.Surname():
		c.Flags = append(c.Flags, FlagSurname)
	}
	return nil
}

func (p *pass) watched(ctx context.Context, licenceID string) (bool, error) {
	if p.shown != nil {
		return p.shown.Watched, nil
	}
	return p.tx.Watched(ctx, licenceID)
}

func joinFlags(flags []Flag) string {
	names := make([]string, len(flags))
	for i, f := range flags {
		names[i] = string(f)
	}
	return strings.Join(names, ",")
}

// A Watch is a licence of which every look-up is flagged 重点关注.
type Watch struct {
	LicenceID string
	Since     time.Time
	StaffID   string
	Why       string // sealed under the driver's key
	Name      string // of the driver, masked; File is the file number
	File      string
}

// WatchTx is what the list needs of a storage transaction.
type WatchTx interface {
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	AddWatch(ctx context.Context, w *Watch) error // replaces one of the same licence
	DropWatch(ctx context.Context, licenceID string) error
	Watches(ctx context.Context) ([]*Watch, error)
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Watches keeps the auditor's list.
type Watches struct {
	InTx func(ctx context.Context, f func(WatchTx) error) error
	Read func(ctx context.Context, f func(WatchTx) error) error
	Now  func() time.Time
}

// The audited deeds.
const (
	ActWatch   audit.Action = "watch.add"
	ActUnwatch audit.Action = "watch.drop"
)

// WatchAuditSentences says each deed in words.
var WatchAuditSentences = map[audit.Action]lang.Text{
	ActWatch:   lang.T("列为重点关注", "put a licence on the watch list"),
	ActUnwatch: lang.T("取消重点关注", "took a licence off the watch list"),
}

// ErrWatchWhy is returned where it is not said why.
var ErrWatchWhy = fault.New(fault.Invalid, "watch.why", "请写明原因，100字以内。", "Say why, in at most 100 characters.")

// Add puts a licence on the list.
func (s *Watches) Add(ctx context.Context, by audit.Actor, licenceID, why string) error {
	why = strings.TrimSpace(why)
	if why == "" || !line(why, 100) {
		return fault.At("why", ErrWatchWhy)
	}
	return s.InTx(ctx, func(tx WatchTx) error {
		if _, err := tx.LicenceByID(ctx, licenceID); err != nil {
			return err
		}
		if err := tx.AddWatch(ctx, &Watch{LicenceID: licenceID, Since: s.Now(), StaffID: by.ID, Why: why}); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActWatch, Subject: licenceID, Object: licenceID})
	})
}

// Drop takes a licence off the list.
func (s *Watches) Drop(ctx context.Context, by audit.Actor, licenceID string) error {
	return s.InTx(ctx, func(tx WatchTx) error {
		if err := tx.DropWatch(ctx, licenceID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActUnwatch, Subject: licenceID, Object: licenceID})
	})
}

// List returns the list, newest first.
func (s *Watches) List(ctx context.Context) (list []*Watch, err error) {
	err = s.Read(ctx, func(tx WatchTx) error {
		if list, err = tx.Watches(ctx); err != nil {
			return err
		}
		for _, w := range list {
			entry, err := tx.LicenceByID(ctx, w.LicenceID)
			if err != nil {
				return err
			}
			w.Name, w.File = entry.Licence.Name.Masked(), string(entry.Licence.FileNumber)
		}
		return nil
	})
	return list, err
}
