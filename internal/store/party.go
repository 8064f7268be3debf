package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/relyingparty"
)

var _ relyingparty.Tx = (*Tx)(nil)

const partyColumns = `id, name, uscc, kind, scenarios, status, sealed, created_at, version`

// partyContact is the sealed part of a party.
type partyContact struct{ Contact, Phone string }

func partyPlace(id string) string { return "party.sealed:" + id }

// Parties returns every party, oldest first.
func (tx *Tx) Parties(ctx context.Context) ([]*relyingparty.Party, error) {
	return tx.parties(ctx, `ORDER BY id`)
}

// Party returns one party.
func (tx *Tx) Party(ctx context.Context, id string) (*relyingparty.Party, error) {
	return only(tx.parties(ctx, `WHERE id = $1`, id))
}

func (tx *Tx) parties(ctx context.Context, where string, args ...any) (list []*relyingparty.Party, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		p := &relyingparty.Party{}
		var contact []byte
		var scenarios string
		var created int64
		err := rows.Scan(&p.ID, &p.Name, &p.USCC, &p.Kind, &scenarios, &p.Status, &contact, &created, &p.Version)
		p.Scenarios, p.CreatedAt = splitScenarios(scenarios), at(created)
		list, sealed = append(list, p), append(sealed, contact)
		return err
	}, `SELECT `+partyColumns+` FROM party `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		var c partyContact
		if err := tx.unseal(ctx, p.ID, partyPlace(p.ID), sealed[i], &c); err != nil {
			return nil, err
		}
		p.Contact, p.Phone = c.Contact, c.Phone
	}
	return list, nil
}

// AddParty stores a new party.
func (tx *Tx) AddParty(ctx context.Context, p *relyingparty.Party) error {
	sealed, err := tx.seal(ctx, p.ID, partyPlace(p.ID), partyContact{p.Contact, p.Phone})
	if err != nil {
		return err
	}
	p.Version = 1
	err = tx.exec(ctx, `INSERT INTO party (`+partyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, p.Name, p.USCC, p.Kind, joinScenarios(p.Scenarios), p.Status, sealed, ms(p.CreatedAt), p.Version)
	if violates(err) {
		return relyingparty.ErrPartyHere
	}
	return err
}

// SaveParty stores a changed party.
func (tx *Tx) SaveParty(ctx context.Context, p *relyingparty.Party) error {
	sealed, err := tx.seal(ctx, p.ID, partyPlace(p.ID), partyContact{p.Contact, p.Phone})
	if err != nil {
		return err
	}
	p.Version++
	tx.changesDesks()
	err = saved(tx.q.ExecContext(ctx, `
		UPDATE party SET name = $3, uscc = $4, kind = $5, scenarios = $6, status = $7, sealed = $8, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		p.ID, p.Version, p.Name, p.USCC, p.Kind, joinScenarios(p.Scenarios), p.Status, sealed))
	if violates(err) {
		return relyingparty.ErrPartyHere
	}
	return err
}

func joinScenarios(ids []relyingparty.ScenarioID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return strings.Join(names, ",")
}

func splitScenarios(joined string) (ids []relyingparty.ScenarioID) {
	for name := range strings.SplitSeq(joined, ",") {
		if name != "" {
			ids = append(ids, relyingparty.ScenarioID(name))
		}
	}
	return ids
}

// EndPartySessions removes every session of a party's operators.
func (tx *Tx) EndPartySessions(ctx context.Context, partyID string) error {
	tx.changesSessions(func(s account.Session) bool { return s.PartyID == partyID })
	return tx.exec(ctx, `DELETE FROM session WHERE party_id = $1`, partyID)
}

// PartyTallies counts what belongs to each party, and its checks since a moment.
func (tx *Tx) PartyTallies(ctx context.Context, since time.Time) (map[string]relyingparty.Tally, error) {
	tallies := map[string]relyingparty.Tally{}
	count := func(set func(t *relyingparty.Tally, n int), query string, args ...any) error {
		return tx.each(ctx, func(rows *sql.Rows) error {
			var id string
			var n int
			err := rows.Scan(&id, &n)
			t := tallies[id]
			set(&t, n)
			tallies[id] = t
			return err
		}, query, args...)
	}
	return tallies, errors.Join(
		count(func(t *relyingparty.Tally, n int) { t.Terminals = n }, `SELECT party_id, count(*) FROM terminal GROUP BY party_id`),
		count(func(t *relyingparty.Tally, n int) { t.Operators = n }, `SELECT party_id, count(*) FROM operator GROUP BY party_id`),
		count(func(t *relyingparty.Tally, n int) { t.Checks = n }, `
			SELECT p.id, (SELECT count(*) FROM licence_check c WHERE c.party_id = p.id AND c.at >= $1) FROM party p`, ms(since)),
	)
}

// Desk returns who works where for whom. The caller must not change it.
func (tx *Tx) Desk(ctx context.Context, terminalID, operatorID string) (*relyingparty.Desk, error) {
	key := deskKey{terminalID, operatorID}
	if d := tx.knownDesk(key); d != nil {
		return d, nil
	}
	if terminalID == operatorID {
		return tx.deskOfKey(ctx, key)
	}
	d := &relyingparty.Desk{}
	p, t, o := &d.Party, &d.Terminal, &d.Operator
	var scenarios string
	err := tx.q.QueryRowContext(ctx, `
		SELECT p.id, p.name, p.kind, p.scenarios, p.status, t.id, t.party_id, t.number, t.name, t.place, t.status, o.id, o.party_id, o.number, o.status, o.hours
		FROM terminal t JOIN party p ON p.id = t.party_id JOIN operator o ON o.id = $2 WHERE t.id = $1`, terminalID, operatorID).
		Scan(&p.ID, &p.Name, &p.Kind, &scenarios, &p.Status, &t.ID, &t.PartyID, &t.Number, &t.Name, &t.Place, &t.Status, &o.ID, &o.PartyID, &o.Number, &o.Status, &o.Hours)
	if err != nil {
		return nil, one(err)
	}
	p.Scenarios = splitScenarios(scenarios)
	tx.keepDesk(key, d)
	return d, nil
}

// only returns the one record of a list, or ErrNotFound.
func only[T any](list []*T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}
