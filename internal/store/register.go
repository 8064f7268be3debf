package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/register"
)

// Columns and tables of a licence with its newest version, its open refused
// line and the detention that stands.
const (
	entryColumns = `l.id, l.version_id, l.holds_from, l.learned_at, l.photo_id, l.version, l.sealed, v.sealed,
		l.pending_id, COALESCE(p.sealed, $1), COALESCE(d.at, 0)`
	entryTables = `licence l JOIN licence_version v ON v.id = l.version_id LEFT JOIN licence_pending p ON p.id = l.pending_id
		LEFT JOIN detention d ON d.licence_id = l.id AND d.lifted_at = 0`
)

// The blind indexes of the register.
const (
	fileIndex   = "licence.file"
	numberIndex = "licence.number"
	nameIndex   = "licence.name"
	phoneIndex  = "licence.phone"
	photoIndex  = "licence_photo.digest"
)

// LicenceByID returns the licence with our identifier.
func (tx *Tx) LicenceByID(ctx context.Context, id string) (*register.Entry, error) {
	return tx.entry(ctx, `l.id = $2`, id)
}

// LicenceByFile returns the licence with the file number.
func (tx *Tx) LicenceByFile(ctx context.Context, n licence.FileNumber) (*register.Entry, error) {
	return tx.entry(ctx, `l.file_index = $2`, tx.index(fileIndex, string(n)))
}

// LicencesByNumber returns the licences whose document has the number now.
func (tx *Tx) LicencesByNumber(ctx context.Context, n identity.Number) ([]*register.Entry, error) {
	return tx.entries(ctx, `l.number_index = $2`, tx.index(numberIndex, string(n)))
}

// LicencesByPhone returns the licences with the phone on the register.
func (tx *Tx) LicencesByPhone(ctx context.Context, p identity.Phone) ([]*register.Entry, error) {
	return tx.entries(ctx, `l.phone_index = $2`, tx.index(phoneIndex, string(p)))
}

// LicencesByName returns the licences of that full name, at most 100: whoever
// needs more needs another key.
func (tx *Tx) LicencesByName(ctx context.Context, n identity.Name) ([]*register.Entry, error) {
	return tx.entries(ctx, `l.name_index = $2`, tx.index(nameIndex, foldName(n)))
}

// foldName is what a name is indexed by: names compare without regard to case.
func foldName(n identity.Name) string { return strings.ToLower(string(n)) }

func (tx *Tx) entry(ctx context.Context, where string, arg any) (*register.Entry, error) {
	list, err := tx.entries(ctx, where, arg)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// scannedEntry takes the columns of an entry.
type scannedEntry struct {
	e                        register.Entry
	holds, learned, detained int64
	since, licence, pending  []byte
}

// columns are where entryColumns go.
func (s *scannedEntry) columns() []any {
	e := &s.e
	return []any{&e.ID, &e.VersionID, &s.holds, &s.learned, &e.PhotoID, &e.Version, &s.since, &s.licence, &e.PendingID, &s.pending, &s.detained}
}

func (tx *Tx) entries(ctx context.Context, where string, args ...any) ([]*register.Entry, error) {
	var scanned []*scannedEntry
	err := tx.each(ctx, func(rows *sql.Rows) error {
		s := &scannedEntry{}
		scanned = append(scanned, s)
		return rows.Scan(s.columns()...)
	}, `SELECT `+entryColumns+` FROM `+entryTables+` WHERE `+where+` ORDER BY l.id LIMIT 100`, append([]any{[]byte{}}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("reading licences: %w", err)
	}
	list := make([]*register.Entry, len(scanned))
	for i, s := range scanned {
		if list[i], err = tx.unsealEntry(ctx, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (tx *Tx) unsealEntry(ctx context.Context, s *scannedEntry) (*register.Entry, error) {
	e := &s.e
	e.HoldsFrom, e.LearnedAt, e.Detained, e.Pending = at(s.holds), at(s.learned), at(s.detained), e.PendingID != ""
	if err := tx.unseal(ctx, e.ID, versionPlace(e.VersionID), s.licence, &e.Licence); err != nil {
		return nil, err
	}
	if len(s.since) > 0 {
		e.Since = map[licence.Letter]civil.Date{}
		if err := tx.unseal(ctx, e.ID, sincePlace(e.ID), s.since, &e.Since); err != nil {
			return nil, err
		}
	}
	if e.Pending {
		var p pendingText
		if err := tx.unseal(ctx, e.ID, pendingPlace(e.PendingID), s.pending, &p); err != nil {
			return nil, err
		}
		e.PendingWhy = (&register.Pending{Refusal: p.Refusal}).Reason()
	}
	return e, nil
}

func versionPlace(id string) string { return "licence_version.sealed:" + id }
func sincePlace(id string) string   { return "licence.sealed:" + id }
func pendingPlace(id string) string { return "licence_pending.sealed:" + id }
