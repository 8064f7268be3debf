package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"edl/internal/application"
	"edl/internal/issuance"
	"edl/internal/photo"
)

var _ issuance.Tx = (*Tx)(nil)

const caseColumns = `id, number, licence_id, kind, route, status, clerk, submitted_at, due_at, urged_at, reviewer, claimed_at,
	outcome, reasons, note, decided_by, decided_at, ended_at, changed_at, photo_id, register_version_id, declared, key, case_ref,
	appeal_of, barred, ground, plea, version`

// Case returns an application.
func (tx *Tx) Case(ctx context.Context, id application.ID) (*issuance.Case, error) {
	return first(tx.cases(ctx, `WHERE id = $1`, id))
}

// CaseByKey returns the application that a driver made under a key.
func (tx *Tx) CaseByKey(ctx context.Context, licenceID, key string) (*issuance.Case, error) {
	return first(tx.cases(ctx, `WHERE licence_id = $1 AND key = $2 AND key <> ''`, licenceID, key))
}

// CasesOf returns a driver's applications, the newest first.
func (tx *Tx) CasesOf(ctx context.Context, licenceID string) ([]*issuance.Case, error) {
	return tx.cases(ctx, `WHERE licence_id = $1 ORDER BY submitted_at DESC, id DESC`, licenceID)
}

// waiting says which applications a reviewer may hold or take.
const waiting = `status IN ('submitted', 'reviewing') AND route NOT IN ('onfile', 'reuse')`

// WaitingCases returns them, the earliest due first.
func (tx *Tx) WaitingCases(ctx context.Context, limit int) ([]*issuance.Case, error) {
	return tx.cases(ctx, `WHERE `+waiting+` ORDER BY due_at, id LIMIT $1`, limit)
}

// CountWaiting returns how many are due before c, and in all.
func (tx *Tx) CountWaiting(ctx context.Context, c *issuance.Case) (before, all int, err error) {
	err = tx.q.QueryRowContext(ctx, `
		SELECT count(CASE WHEN due_at < $1 OR due_at = $1 AND id < $2 THEN 1 END), count(*) FROM application WHERE `+waiting,
		ms(c.DueAt), c.ID).Scan(&before, &all)
	return before, all, err
}

// DecidedCases returns applications that were decided by a moment and are not
// final yet, the oldest decision first.
func (tx *Tx) DecidedCases(ctx context.Context, by time.Time, limit int) ([]*issuance.Case, error) {
	return tx.cases(ctx, `WHERE status = 'decided' AND decided_at <= $1 ORDER BY decided_at, id LIMIT $2`, ms(by), limit)
}

// CasesDecidedBy returns what a reviewer decided since a moment, the newest first.
func (tx *Tx) CasesDecidedBy(ctx context.Context, reviewer application.Staff, since time.Time) ([]*issuance.Case, error) {
	return tx.cases(ctx, `WHERE decided_by = $1 AND decided_by <> '' AND decided_at >= $2 ORDER BY decided_at DESC, id DESC`, reviewer, ms(since))
}

func (tx *Tx) cases(ctx context.Context, where string, args ...any) (list []*issuance.Case, err error) {
	var notes, pleas [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &issuance.Case{}
		var submitted, due, urged, claimed, decided, ended, changed int64
		var reasons, declared string
		var note, plea []byte
		err := rows.Scan(&c.ID, &c.Number, &c.Licence, &c.Kind, &c.Route, &c.Status, &c.Clerk, &submitted, &due, &urged, &c.Reviewer, &claimed,
			&c.Decision.Outcome, &reasons, &note, &c.Decision.By, &decided, &ended, &changed, &c.PhotoID, &c.RegisterVersionID, &declared, &c.Key, &c.Ref,
			&c.Plea.Of, &c.Plea.Barred, &c.Plea.Ground, &plea, &c.Version)
		c.SubmittedAt, c.DueAt, c.UrgedAt, c.ClaimedAt = at(submitted), at(due), at(urged), at(claimed)
		c.Decision.At, c.EndedAt, c.ChangedAt = at(decided), at(ended), at(changed)
		c.Decision.Reasons, c.Declared = words[application.Reason](reasons), words[photo.RuleID](declared)
		list, notes, pleas = append(list, c), append(notes, note), append(pleas, plea)
		return err
	}, `SELECT `+caseColumns+` FROM application `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading applications: %w", err)
	}
	for i, c := range list {
		if err := tx.unsealWords(ctx, c, notePlace(c), notes[i], &c.Decision.Note); err != nil {
			return nil, err
		}
		if err := tx.unsealWords(ctx, c, pleaPlace(c), pleas[i], &c.Plea.Words); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func notePlace(c *issuance.Case) string { return "application.note:" + string(c.ID) }

func pleaPlace(c *issuance.Case) string { return "application.plea:" + string(c.ID) }

// sealWords seals the reviewer's words or the driver's; most cases have none.
func (tx *Tx) sealWords(ctx context.Context, c *issuance.Case, place, text string) ([]byte, error) {
	if text == "" {
		return []byte{}, nil
	}
	return tx.seal(ctx, c.Licence, place, text)
}

func (tx *Tx) unsealWords(ctx context.Context, c *issuance.Case, place string, sealed []byte, text *string) error {
	if len(sealed) == 0 {
		return nil
	}
	return tx.unseal(ctx, c.Licence, place, sealed, text)
}

// AddCase stores a new application.
func (tx *Tx) AddCase(ctx context.Context, c *issuance.Case) error {
	note, err := tx.sealWords(ctx, c, notePlace(c), c.Decision.Note)
	if err != nil {
		return err
	}
	plea, err := tx.sealWords(ctx, c, pleaPlace(c), c.Plea.Words)
	if err != nil {
		return err
	}
	err = tx.exec(ctx, `INSERT INTO application (`+caseColumns+`) VALUES (`+placeholders(1, 29)+`)`,
		c.ID, c.Number, c.Licence, c.Kind, c.Route, c.Status, c.Clerk, ms(c.SubmittedAt), ms(c.DueAt), ms(c.UrgedAt), c.Reviewer, ms(c.ClaimedAt),
		c.Decision.Outcome, join(c.Decision.Reasons), note, c.Decision.By, ms(c.Decision.At), ms(c.EndedAt), ms(c.ChangedAt),
		c.PhotoID, c.RegisterVersionID, join(c.Declared), c.Key, c.Ref,
		c.Plea.Of, c.Plea.Barred, c.Plea.Ground, plea, c.Version)
	if violates(err) {
		return fmt.Errorf("%w: %w", application.ErrOpen, err)
	}
	return err
}

// SaveCase stores a changed application.
func (tx *Tx) SaveCase(ctx context.Context, c *issuance.Case) error {
	note, err := tx.sealWords(ctx, c, notePlace(c), c.Decision.Note)
	if err != nil {
		return err
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE application SET status = $3, due_at = $4, urged_at = $5, reviewer = $6, claimed_at = $7, outcome = $8, reasons = $9, note = $10,
			decided_by = $11, decided_at = $12, ended_at = $13, changed_at = $14, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		c.ID, c.Version, c.Status, ms(c.DueAt), ms(c.UrgedAt), c.Reviewer, ms(c.ClaimedAt), c.Decision.Outcome, join(c.Decision.Reasons), note,
		c.Decision.By, ms(c.Decision.At), ms(c.EndedAt), ms(c.ChangedAt)))
}

// words reads codes parted by spaces; none is nil.
func words[T ~string](text string) (list []T) {
	for word := range strings.FieldsSeq(text) {
		list = append(list, T(word))
	}
	return list
}

// join writes what words reads.
func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, " ")
}
