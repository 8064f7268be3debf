package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/peer"
)

const foreignColumns = `id, at, party_id, operator_id, authority_id, number, outcome, person, sealed`

func foreignPlace(id string) string { return "foreign_check.sealed:" + id }

// AddForeignCheck stores a line of an officer's list and drops old ones, whoever's.
func (tx *Tx) AddForeignCheck(ctx context.Context, c *peer.ForeignCheck, forgetBefore time.Time) error {
	if err := tx.exec(ctx, `DELETE FROM foreign_check WHERE at < $1`, ms(forgetBefore)); err != nil {
		return err
	}
	sealed, err := tx.seal(ctx, c.PartyID, foreignPlace(c.ID), c.Said)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO foreign_check (`+foreignColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.ID, ms(c.At), c.PartyID, c.OperatorID, c.AuthorityID, c.Number, c.Outcome, c.Match, sealed)
}

// SaveForeignMatch stores 人证一致 on an officer's line; one that was dropped needs none.
func (tx *Tx) SaveForeignMatch(ctx context.Context, operatorID, authorityID, number string, same bool) error {
	match := "no"
	if same {
		match = "yes"
	}
	return tx.exec(ctx, `UPDATE foreign_check SET person = $4 WHERE operator_id = $1 AND authority_id = $2 AND number = $3`, operatorID, authorityID, number, match)
}

// ForeignChecks returns an officer's lines since a moment, newest first.
func (tx *Tx) ForeignChecks(ctx context.Context, operatorID string, since time.Time, limit int) (list []*peer.ForeignCheck, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		c := &peer.ForeignCheck{}
		var when int64
		var said []byte
		err := rows.Scan(&c.ID, &when, &c.PartyID, &c.OperatorID, &c.AuthorityID, &c.Number, &c.Outcome, &c.Match, &said)
		c.At = at(when)
		list, sealed = append(list, c), append(sealed, said)
		return err
	}, `SELECT `+foreignColumns+` FROM foreign_check WHERE operator_id = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT $3`, operatorID, ms(since), limit)
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		if err := tx.unseal(ctx, c.PartyID, foreignPlace(c.ID), sealed[i], &c.Said); err != nil {
			return nil, err
		}
	}
	return list, nil
}
