package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"edl/internal/civil"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/seal"
)

var _ register.Tx = (*Tx)(nil)

// LicenceOutlines returns what is known of the licences without unsealing.
func (tx *Tx) LicenceOutlines(ctx context.Context, files []licence.FileNumber) (map[licence.FileNumber]*register.Outline, error) {
	byIndex := make(map[string]licence.FileNumber, len(files))
	indexes := make([][]byte, len(files))
	for i, n := range files {
		indexes[i] = tx.index(fileIndex, string(n))
		byIndex[string(indexes[i])] = n
	}
	found := map[licence.FileNumber]*register.Outline{}
	err := inChunks(indexes, func(chunk []any) error {
		return tx.each(ctx, func(rows *sql.Rows) error {
			var index []byte
			o, v := &register.Outline{}, register.Version{}
			var pendingAt, detained, holds, learned int64
			if err := rows.Scan(&index, &o.LicenceID, &o.Version, &o.PendingID, &pendingAt, &o.PendingKey, &o.PendingLine, &detained,
				&v.ID, &holds, &learned, &v.Dated, &v.Source, &v.Run, &v.Statement); err != nil {
				return err
			}
			n := byIndex[string(index)]
			if found[n] == nil {
				o.PendingAt, o.Detained = at(pendingAt), at(detained)
				found[n] = o
			}
			v.LicenceID, v.HoldsFrom, v.LearnedAt = o.LicenceID, at(holds), at(learned)
			found[n].Versions = append(found[n].Versions, v)
			return nil
		}, `SELECT l.file_index, l.id, l.version, l.pending_id, COALESCE(p.at, 0), COALESCE(p.run_key, ''), COALESCE(p.line, 0), COALESCE(d.at, 0),
				v.id, v.holds_from, v.learned_at, v.dated, v.source, v.run, v.statement
			FROM licence l JOIN licence_version v ON v.licence_id = l.id LEFT JOIN licence_pending p ON p.id = l.pending_id
				LEFT JOIN detention d ON d.licence_id = l.id AND d.lifted_at = 0
			WHERE l.file_index IN (`+placeholders(1, chunkValues)+`)`, chunk...)
	})
	for _, o := range found {
		o.Versions.Sort()
	}
	return found, err
}

// LicenceHistories returns every version of the licences, in order.
func (tx *Tx) LicenceHistories(ctx context.Context, ids []string) (map[string]register.History, error) {
	found := map[string]register.History{}
	var sealed [][]byte
	var versions []register.Version
	err := inChunks(ids, func(chunk []any) error {
		return tx.each(ctx, func(rows *sql.Rows) error {
			var v register.Version
			var holds, learned int64
			var text []byte
			err := rows.Scan(&v.ID, &v.LicenceID, &holds, &learned, &v.Dated, &v.Source, &v.Run, &v.Statement, &text)
			v.HoldsFrom, v.LearnedAt = at(holds), at(learned)
			versions, sealed = append(versions, v), append(sealed, text)
			return err
		}, `SELECT id, licence_id, holds_from, learned_at, dated, source, run, statement, sealed
			FROM licence_version WHERE licence_id IN (`+placeholders(1, chunkValues)+`)`, chunk...)
	})
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		if err := tx.unseal(ctx, v.LicenceID, versionPlace(v.ID), sealed[i], &v.Licence); err != nil {
			return nil, err
		}
		found[v.LicenceID] = append(found[v.LicenceID], v)
	}
	for _, h := range found {
		h.Sort()
	}
	return found, nil
}

// Fingerprint returns a keyed digest of content.
func (tx *Tx) Fingerprint(kind string, content []byte) []byte {
	return tx.db.vault.Index(kind, string(content))
}

// AddLicences stores new licences, each with a data key of its own.
func (tx *Tx) AddLicences(ctx context.Context, list []*register.Entry) error {
	keys, rows := make([][]any, len(list)), make([][]any, len(list))
	for i, e := range list {
		key, wrapped, err := tx.db.vault.NewKey(e.ID)
		if err != nil {
			return err
		}
		keys[i] = []any{e.ID, wrapped}
		e.Version = 1
		if rows[i], err = tx.licenceRow(e, key); err != nil {
			return err
		}
		tx.hold(e.ID, key)
	}
	if err := tx.insertRows(ctx, `subject (id, wrapped)`, keys); err != nil {
		return fmt.Errorf("storing the data keys of %d licences: %w", len(list), err)
	}
	err := tx.insertRows(ctx, `licence (id, file_index, number_index, name_index, phone_index, version_id, holds_from, learned_at, sealed, photo_id, pending_id, version)`, rows)
	if violates(err) {
		return errors.Join(errRaced, err)
	}
	return err
}

func (tx *Tx) licenceRow(e *register.Entry, key *seal.Key) ([]any, error) {
	since, err := sealSince(e, key)
	if err != nil {
		return nil, err
	}
	l := &e.Licence
	return []any{
		e.ID, tx.index(fileIndex, string(l.FileNumber)), tx.index(numberIndex, string(l.Document.Number)), tx.index(nameIndex, foldName(l.Name)),
		tx.index(phoneIndex, string(l.Phone)), e.VersionID, ms(e.HoldsFrom), ms(e.LearnedAt), since, e.PhotoID, e.PendingID, e.Version,
	}, nil
}

// sealSince seals the days of the letters. 正常 needs none, and most licences
// carry nothing else: theirs is empty.
func sealSince(e *register.Entry, key *seal.Key) ([]byte, error) {
	days := map[licence.Letter]civil.Date{}
	for letter, day := range e.Since {
		if letter != licence.Normal {
			days[letter] = day
		}
	}
	if len(days) == 0 {
		return []byte{}, nil
	}
	text, err := json.Marshal(days)
	if err != nil {
		return nil, err
	}
	return key.Seal(sincePlace(e.ID), text), nil
}

// AddVersions stores versions.
func (tx *Tx) AddVersions(ctx context.Context, list []register.Version) error {
	rows := make([][]any, len(list))
	for i, v := range list {
		sealed, err := tx.seal(ctx, v.LicenceID, versionPlace(v.ID), v.Licence)
		if err != nil {
			return err
		}
		rows[i] = []any{v.ID, v.LicenceID, ms(v.HoldsFrom), ms(v.LearnedAt), v.Dated, v.Source, v.Run, v.Statement, sealed}
	}
	return tx.insertRows(ctx, `licence_version (id, licence_id, holds_from, learned_at, dated, source, run, statement, sealed)`, rows)
}

// SaveLicence replaces the row that the entry was read from.
func (tx *Tx) SaveLicence(ctx context.Context, e *register.Entry) error {
	key, err := tx.key(ctx, e.ID)
	if err != nil {
		return err
	}
	e.Version++
	row, err := tx.licenceRow(e, key)
	if err != nil {
		return err
	}
	if err := tx.touchLicence(ctx, e.ID); err != nil {
		return err
	}
	return saved(tx.q.ExecContext(ctx, `
		UPDATE licence SET file_index = $2, number_index = $3, name_index = $4, phone_index = $5, version_id = $6, holds_from = $7,
			learned_at = $8, sealed = $9, photo_id = $10, pending_id = $11, version = $12
		WHERE id = $1 AND version = $12 - 1`, row...))
}

// RegisterPhoto returns the stored photo of that digest, or "".
func (tx *Tx) RegisterPhoto(ctx context.Context, licenceID, digest string) (photoID string, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT photo_id FROM licence_photo WHERE licence_id = $1 AND digest_index = $2`,
		licenceID, tx.index(photoIndex, digest)).Scan(&photoID)
	if one(err) == ErrNotFound {
		return "", nil
	}
	return photoID, err
}

// AddRegisterPhoto notes which stored photo a file of the register became.
func (tx *Tx) AddRegisterPhoto(ctx context.Context, licenceID, digest, photoID string) error {
	return tx.exec(ctx, `INSERT INTO licence_photo (licence_id, digest_index, photo_id) VALUES ($1, $2, $3)`,
		licenceID, tx.index(photoIndex, digest), photoID)
}

// HasDevice reports whether the driver enrolled a phone that is in use.
func (tx *Tx) HasDevice(ctx context.Context, licenceID string) (bool, error) {
	var n int
	err := tx.q.QueryRowContext(ctx, `SELECT count(*) FROM device WHERE licence_id = $1 AND ended_at = 0`, licenceID).Scan(&n)
	return n > 0, err
}

// AddLookup stores a search of the register.
func (tx *Tx) AddLookup(ctx context.Context, l *register.Lookup) error {
	reason, err := tx.seal(ctx, Platform, "register_lookup.sealed:"+l.ID, l.Reason)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO register_lookup (id, staff_id, at, found_by, case_ref, licences, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.ID, l.StaffID, ms(l.At), l.By, l.Case, strings.Join(l.Licences, " "), reason)
}

// Lookup returns a search.
func (tx *Tx) Lookup(ctx context.Context, id string) (*register.Lookup, error) {
	l := &register.Lookup{}
	var when int64
	var licences string
	var reason []byte
	err := tx.q.QueryRowContext(ctx, `SELECT id, staff_id, at, found_by, case_ref, licences, sealed FROM register_lookup WHERE id = $1`, id).
		Scan(&l.ID, &l.StaffID, &when, &l.By, &l.Case, &licences, &reason)
	if err != nil {
		return nil, one(err)
	}
	l.At, l.Licences = at(when), strings.Fields(licences)
	return l, tx.unseal(ctx, Platform, "register_lookup.sealed:"+l.ID, reason, &l.Reason)
}
