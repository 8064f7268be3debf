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
	AppendAudit(ctx context.Context, e Entry) error
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
}

// Entries returns what an auditor asked for, and the newest checkpoint.
func (r *Reader) Entries(ctx context.Context, by Actor, q Query) (rows []*Row, c Checkpoint, err error) {
	err = r.InTx(ctx, func(tx ReaderTx) error {
		if rows, err = tx.AuditEntries(ctx, q); err != nil {
			return err
		}
		if c, err = tx.NewestCheckpoint(ctx); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, Entry{
			At: r.Now(), Actor: by, Action: ActRead, Object: q.Subject, Case: q.Case,
		})
	})
	return rows, c, err
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
