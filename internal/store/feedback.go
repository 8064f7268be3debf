package store

import (
	"context"
	"database/sql"

	"edl/internal/feedback"
)

var _ feedback.Tx = (*Tx)(nil)

// NextNumber counts a series up by one, from 1.
func (tx *Tx) NextNumber(ctx context.Context, series string) (n int, err error) {
	err = tx.q.QueryRowContext(ctx, `
		INSERT INTO series (name, newest) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET newest = series.newest + 1 RETURNING newest`, series).Scan(&n)
	return n, err
}

// reportBody is the sealed part of a report.
type reportBody struct {
	Text, Contact, ErrorCode, Page, Answer string
	Images                                 []string
}

func bodyOf(r *feedback.Report) reportBody {
	return reportBody{r.Text, r.Contact, r.ErrorCode, r.Page, r.Answer, r.Images}
}

// owner is the subject whose key seals a thing: the licence, or the platform.
func owner(licenceID string) string {
	if licenceID == "" {
		return Platform
	}
	return licenceID
}

// AddReport stores a new report.
func (tx *Tx) AddReport(ctx context.Context, r *feedback.Report) error {
	sealed, err := tx.seal(ctx, owner(r.LicenceID), "feedback.sealed:"+r.ID, bodyOf(r))
	if err != nil {
		return err
	}
	r.Version = 1
	return tx.exec(ctx, `
		INSERT INTO feedback (id, number, licence_id, key, at, answered_at, answered_by, sealed, version)
		VALUES ($1, $2, $3, $4, $5, 0, '', $6, $7)`, r.ID, r.Number, r.LicenceID, r.Key, ms(r.At), sealed, r.Version)
}

// SaveReport stores the answer to a report.
func (tx *Tx) SaveReport(ctx context.Context, r *feedback.Report) error {
	sealed, err := tx.seal(ctx, owner(r.LicenceID), "feedback.sealed:"+r.ID, bodyOf(r))
	if err != nil {
		return err
	}
	r.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE feedback SET answered_at = $3, answered_by = $4, sealed = $5, version = $2 WHERE id = $1 AND version = $2 - 1`,
		r.ID, r.Version, ms(r.AnsweredAt), r.AnsweredBy, sealed))
}

// Report returns one report.
func (tx *Tx) Report(ctx context.Context, id string) (*feedback.Report, error) {
	return tx.report(ctx, `WHERE id = $1`, id)
}

// ReportByKey returns the report that a caller made under a key.
func (tx *Tx) ReportByKey(ctx context.Context, licenceID, key string) (*feedback.Report, error) {
	return tx.report(ctx, `WHERE licence_id = $1 AND key = $2`, licenceID, key)
}

// ReportsOf returns a driver's reports, newest first.
func (tx *Tx) ReportsOf(ctx context.Context, licenceID string) ([]*feedback.Report, error) {
	return tx.reports(ctx, `WHERE licence_id = $1 ORDER BY id DESC LIMIT 100`, licenceID)
}

// Reports returns reports for staff.
func (tx *Tx) Reports(ctx context.Context, answered bool, limit int) ([]*feedback.Report, error) {
	if answered {
		return tx.reports(ctx, `WHERE answered_at > 0 ORDER BY id DESC LIMIT $1`, limit)
	}
	return tx.reports(ctx, `WHERE answered_at = 0 ORDER BY id LIMIT $1`, limit)
}

func (tx *Tx) report(ctx context.Context, where string, args ...any) (*feedback.Report, error) {
	list, err := tx.reports(ctx, where, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

func (tx *Tx) reports(ctx context.Context, where string, args ...any) (list []*feedback.Report, err error) {
	var bodies [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		r := &feedback.Report{}
		var when, answered int64
		var body []byte
		err := rows.Scan(&r.ID, &r.Number, &r.LicenceID, &r.Key, &when, &answered, &r.AnsweredBy, &body, &r.Version)
		r.At, r.AnsweredAt = at(when), at(answered)
		list, bodies = append(list, r), append(bodies, body)
		return err
	}, `SELECT id, number, licence_id, key, at, answered_at, answered_by, sealed, version FROM feedback `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		var b reportBody
		if err := tx.unseal(ctx, owner(r.LicenceID), "feedback.sealed:"+r.ID, bodies[i], &b); err != nil {
			return nil, err
		}
		r.Text, r.Contact, r.ErrorCode, r.Page, r.Answer, r.Images = b.Text, b.Contact, b.ErrorCode, b.Page, b.Answer, b.Images
	}
	return list, nil
}

// AddFeedbackImage stores a screenshot.
func (tx *Tx) AddFeedbackImage(ctx context.Context, i feedback.Image) error {
	sealed, err := tx.sealBytes(ctx, owner(i.LicenceID), "feedback_image.sealed:"+i.ID, i.JPEG)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO feedback_image (id, licence_id, at, sealed) VALUES ($1, $2, $3, $4)`, i.ID, i.LicenceID, ms(i.At), sealed)
}

// FeedbackImage returns a screenshot.
func (tx *Tx) FeedbackImage(ctx context.Context, id string) (feedback.Image, error) {
	i := feedback.Image{ID: id}
	var when int64
	var sealed []byte
	err := tx.q.QueryRowContext(ctx, `SELECT licence_id, at, sealed FROM feedback_image WHERE id = $1`, id).Scan(&i.LicenceID, &when, &sealed)
	if err != nil {
		return i, one(err)
	}
	i.At = at(when)
	i.JPEG, err = tx.unsealBytes(ctx, owner(i.LicenceID), "feedback_image.sealed:"+id, sealed)
	return i, err
}
