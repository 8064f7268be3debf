package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"edl/internal/lang"
)

// A Query selects entries for a reader; empty fields select all.
type Query struct {
	Subject  string // whose: a licence, a member of staff, a party
	Case     string
	Actors   []string // who did it: any of these identifiers
	From, To time.Time
	Flagged  bool
	Before   string // entries older than this one
	Limit    int
}

// ReaderTx is what a reader of the log needs of a storage transaction.
type ReaderTx interface {
	Tx
	// AuditEntries returns entries, newest first, their details unsealed where
	// the subject's key still exists.
	AuditEntries(ctx context.Context, q Query) ([]*Row, error)
	// NamesOf returns what each of these is, and is called, under the thing that
	// was asked for: a query for each kind among them, however many there are.
	// Of which kind an AnySubject is, it finds out; what is not there is left out.
	NamesOf(ctx context.Context, things []Thing) (map[Thing]Named, error)
	// ActorsNamed returns the identifiers of members of staff with a name,
	// account or number, and of operators with a number.
	ActorsNamed(ctx context.Context, text string) ([]string, error)
	// RefusedCauses returns what was refused since a moment, the most frequent
	// cause first, and RefusedHours how often by hour since the epoch.
	RefusedCauses(ctx context.Context, since time.Time) ([]Refused, error)
	RefusedHours(ctx context.Context, since time.Time) (map[int64]int, error)
	AppendAudit(ctx context.Context, e Entry) error
}

// A Page is what an auditor asked for.
type Page struct {
	Rows       []*Row // newest first
	names      map[Thing]Named
	Checkpoint Checkpoint // the newest
}

// Actor returns what who did the row's deed is called, or "".
func (p *Page) Actor(r *Row) string {
	doer, ok := r.Actor.Doer()
	if !ok {
		return ""
	}
	return p.names[doer].Name.ZH
}

// On returns what the row's deed was done to.
func (p *Page) On(r *Row) Named {
	on := p.named(r.On())
	if on.Kind == OnCalendar {
		on.Name = lang.T(r.Detail["date"], r.Detail["date"])
	}
	return on
}

// Whose returns whom the row concerns.
func (p *Page) Whose(r *Row) Named { return p.named(r.Whose()) }

// named returns what a thing is called, or the thing alone.
func (p *Page) named(t Thing) Named {
	if n, ok := p.names[t]; ok {
		return n
	}
	return Named{Thing: t}
}

// Reader shows the log to auditors; each look is a deed in the log itself.
type Reader struct {
	InTx   func(ctx context.Context, f func(ReaderTx) error) error
	Read   func(ctx context.Context, f func(ReaderTx) error) error
	Now    func() time.Time
	Origin string
	Key    ed25519.PublicKey
}

// The audited deeds of auditors.
const (
	ActRead   Action = "audit.read"
	ActVerify Action = "audit.verify"
)

// Sentences says each deed of this package in words.
var Sentences = map[Action]lang.Text{
	ActRead:   lang.T("查看审计日志", "read the audit log"),
	ActVerify: lang.T("核对审计日志", "verified the audit log"),

	ActRefusals: lang.T("查看被拒绝输入的计数", "looked at the counts of refused input"),
}

// Entries returns what an auditor asked for. Who did it may be given by
// identifier, name, account or number.
func (r *Reader) Entries(ctx context.Context, by Actor, who string, q Query) (p Page, err error) {
	err = r.InTx(ctx, func(tx ReaderTx) error {
		p = Page{}
		if who != "" {
			named, err := tx.ActorsNamed(ctx, who)
			if err != nil {
				return err
			}
			q.Actors = append([]string{who}, named...)
		}
		if p.Rows, err = tx.AuditEntries(ctx, q); err != nil {
			return err
		}
		var things []Thing
		for _, row := range p.Rows {
			things = append(things, row.On(), row.Whose())
			if doer, ok := row.Actor.Doer(); ok {
				things = append(things, doer)
			}
		}
		if p.names, err = tx.NamesOf(ctx, things); err != nil {
			return err
		}
		if p.Checkpoint, err = tx.NewestCheckpoint(ctx); err != nil {
			return err
		}
		look := Entry{At: r.Now(), Actor: by, Action: ActRead, Object: q.Subject, Case: q.Case}
		if who != "" {
			look.Detail = map[string]string{"actor": who}
		}
		return tx.AppendAudit(ctx, look)
	})
	return p, err
}

// Verify recomputes the log and holds it against its newest checkpoint.
func (r *Reader) Verify(ctx context.Context, by Actor) (v Verdict, err error) {
	err = r.Read(ctx, func(tx ReaderTx) error {
		v, err = Verify(ctx, tx, r.Origin, r.Key, nil)
		if errors.Is(err, ErrNoCheckpoint) {
			return nil
		}
		return err
	})
	if err != nil {
		return v, err
	}
	return v, r.InTx(ctx, func(tx ReaderTx) error {
		return tx.AppendAudit(ctx, Entry{At: r.Now(), Actor: by, Action: ActVerify, Flagged: !v.OK && v.Size > 0})
	})
}
