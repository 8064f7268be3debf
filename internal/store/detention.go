package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"edl/internal/detention"
)

var _ detention.Tx = (*Tx)(nil)

const (
	detentionColumns = `number, licence_id, check_number, terminal_id, operator_id, request_id, at, due_at, lifted_at, lifted_by, sealed, version`
	voucherIndex     = "detention.voucher"
)

func detentionPlace(number string) string { return "detention.sealed:" + number }

// AddDetention stores a detention; ErrTaken where its licence, check, request
// or certificate has one.
func (tx *Tx) AddDetention(ctx context.Context, d *detention.Detention) error {
	sealed, err := tx.seal(ctx, d.LicenceID, detentionPlace(d.Number), d.Record)
	if err != nil {
		return err
	}
	if err := tx.touchLicence(ctx, d.LicenceID); err != nil {
		return err
	}
	d.Version = 1
	err = tx.exec(ctx, `INSERT INTO detention (`+detentionColumns+`, voucher_index) VALUES (`+placeholders(1, 13)+`)`,
		d.Number, d.LicenceID, d.CheckNumber, d.TerminalID, d.OperatorID, d.RequestID, ms(d.At), ms(d.DueAt), ms(d.LiftedAt), d.LiftedBy,
		sealed, d.Version, tx.index(voucherIndex, d.Record.Voucher))
	if violates(err) {
		return detention.ErrTaken
	}
	return err
}

// touchLicence marks what the licence's new state may have made false.
func (tx *Tx) touchLicence(ctx context.Context, id string) error {
	return errors.Join(tx.touchHandles(ctx, `licence_id`, id), tx.touchMobiles(ctx, `licence_id`, id), tx.touchFollowed(ctx, id))
}

// LiftDetention stores the end of a detention.
func (tx *Tx) LiftDetention(ctx context.Context, d *detention.Detention) error {
	sealed, err := tx.seal(ctx, d.LicenceID, detentionPlace(d.Number), d.Record)
	if err != nil {
		return err
	}
	if err := tx.touchLicence(ctx, d.LicenceID); err != nil {
		return err
	}
	d.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE detention SET lifted_at = $3, lifted_by = $4, sealed = $5, version = $2 WHERE number = $1 AND version = $2 - 1`,
		d.Number, d.Version, ms(d.LiftedAt), d.LiftedBy, sealed))
}

// Detention returns the one with a number.
func (tx *Tx) Detention(ctx context.Context, number string) (*detention.Detention, error) {
	return only(tx.detentions(ctx, `WHERE number = $1`, number))
}

// DetentionByCheck returns the one that a check led to.
func (tx *Tx) DetentionByCheck(ctx context.Context, check string) (*detention.Detention, error) {
	return only(tx.detentions(ctx, `WHERE check_number = $1`, check))
}

// DetentionByRequest returns the one that a terminal's request led to.
func (tx *Tx) DetentionByRequest(ctx context.Context, terminalID, requestID string) (*detention.Detention, error) {
	return only(tx.detentions(ctx, `WHERE terminal_id = $1 AND request_id = $2`, terminalID, requestID))
}

// DetentionByVoucher returns the one of a certificate.
func (tx *Tx) DetentionByVoucher(ctx context.Context, voucher string) (*detention.Detention, error) {
	return only(tx.detentions(ctx, `WHERE voucher_index = $1`, tx.index(voucherIndex, voucher)))
}

// DetentionsOf returns a driver's, newest first.
func (tx *Tx) DetentionsOf(ctx context.Context, licenceID string) ([]*detention.Detention, error) {
	return tx.detentions(ctx, `WHERE licence_id = $1 ORDER BY at DESC, number DESC`, licenceID)
}

// StandingDetentions returns those that stand, the first due first.
func (tx *Tx) StandingDetentions(ctx context.Context, limit int) ([]*detention.Detention, error) {
	return tx.detentions(ctx, `WHERE lifted_at = 0 ORDER BY due_at, number LIMIT $1`, limit)
}

// LiftedDetentions returns those that ended, the last ended first.
func (tx *Tx) LiftedDetentions(ctx context.Context, limit int) ([]*detention.Detention, error) {
	return tx.detentions(ctx, `WHERE lifted_at > 0 ORDER BY lifted_at DESC, number DESC LIMIT $1`, limit)
}

// DetainedAt returns since when a licence was under a detention at a moment, as
// was known at another: both the measure and its end are known when they are made.
func (tx *Tx) DetainedAt(ctx context.Context, licenceID string, holds, known time.Time) (time.Time, error) {
	moment := min(ms(holds), ms(known))
	var since int64
	err := tx.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(at), 0) FROM detention WHERE licence_id = $1 AND at <= $2 AND (lifted_at = 0 OR lifted_at > $2)`,
		licenceID, moment).Scan(&since)
	return at(since), err
}

func (tx *Tx) detentions(ctx context.Context, where string, args ...any) (list []*detention.Detention, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		d := &detention.Detention{}
		var when, due, lifted int64
		var record []byte
		err := rows.Scan(&d.Number, &d.LicenceID, &d.CheckNumber, &d.TerminalID, &d.OperatorID, &d.RequestID, &when, &due, &lifted, &d.LiftedBy, &record, &d.Version)
		d.At, d.DueAt, d.LiftedAt = at(when), at(due), at(lifted)
		list, sealed = append(list, d), append(sealed, record)
		return err
	}, `SELECT `+detentionColumns+` FROM detention `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, d := range list {
		if err := tx.unseal(ctx, d.LicenceID, detentionPlace(d.Number), sealed[i], &d.Record); err != nil {
			return nil, err
		}
	}
	return list, nil
}
