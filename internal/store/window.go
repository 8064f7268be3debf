package store

import (
	"context"
	"database/sql"

	"edl/internal/window"
)

var _ window.Tx = (*Tx)(nil)

const windowCaseColumns = `id, number, licence_id, staff_id, business, case_ref, opened_at, closed_at, version`

// AddWindowCase stores a new case of the service window.
func (tx *Tx) AddWindowCase(ctx context.Context, c *window.Case) error {
	c.Version = 1
	return tx.exec(ctx, `INSERT INTO window_case (`+windowCaseColumns+`) VALUES (`+placeholders(1, 9)+`)`,
		c.ID, c.Number, c.LicenceID, c.StaffID, c.Business, c.Ref, ms(c.OpenedAt), ms(c.ClosedAt), c.Version)
}

// SaveWindowCase stores the end of a case.
func (tx *Tx) SaveWindowCase(ctx context.Context, c *window.Case) error {
	c.Version++
	return saved(tx.q.ExecContext(ctx, `UPDATE window_case SET closed_at = $3, version = $2 WHERE id = $1 AND version = $2 - 1`,
		c.ID, c.Version, ms(c.ClosedAt)))
}

// WindowCase returns a case.
func (tx *Tx) WindowCase(ctx context.Context, id string) (*window.Case, error) {
	return first(tx.windowCases(ctx, `WHERE id = $1`, id))
}

// OpenWindowCases returns a clerk's open cases of a licence.
func (tx *Tx) OpenWindowCases(ctx context.Context, staffID, licenceID string) ([]*window.Case, error) {
	return tx.windowCases(ctx, `WHERE staff_id = $1 AND licence_id = $2 AND closed_at = 0`, staffID, licenceID)
}

func (tx *Tx) windowCases(ctx context.Context, where string, args ...any) (list []*window.Case, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &window.Case{}
		var opened, closed int64
		err := rows.Scan(&c.ID, &c.Number, &c.LicenceID, &c.StaffID, &c.Business, &c.Ref, &opened, &closed, &c.Version)
		c.OpenedAt, c.ClosedAt = at(opened), at(closed)
		list = append(list, c)
		return err
	}, `SELECT `+windowCaseColumns+` FROM window_case `+where, args...)
	return list, err
}
