package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"edl/internal/audit"
	"edl/internal/lang"
)

// thingQueries find what has a number or a name in the clear, by kind: its
// identifier, that, and the relying party it belongs to. Nothing is asked of
// what drivers are known by.
var thingQueries = map[audit.Kind]string{
	audit.OnLicence:     `SELECT id, '', '' FROM licence`,
	audit.OnApplication: `SELECT id, number, '' FROM application`,
	audit.OnElectronic:  `SELECT id, identifier, '' FROM issuance`, // the electronic licence bears its identifier
	audit.OnCase:        `SELECT id, number, '' FROM window_case`,
	audit.OnFeedback:    `SELECT id, number, '' FROM feedback`,
	audit.OnRun:         `SELECT id, name, '' FROM register_run`,
	audit.OnPurpose:     `SELECT id, name, '' FROM delay_purpose`,
	audit.OnParty:       `SELECT id, name, id FROM party`,
	audit.OnReceiver:    `SELECT id, '', id FROM party`,
	audit.OnTerminal:    `SELECT id, number, party_id FROM terminal`,
	audit.OnKey:         `SELECT id, name || ' ' || number, party_id FROM party_key`,
	audit.OnEnrolment:   `SELECT id, '', party_id FROM enrolment_code`,
	audit.OnBatch:       `SELECT id, '', party_id FROM bulk_batch`,
	audit.OnRequest:     `SELECT id, '', party_id FROM consent_request`,
	audit.OnConsent:     `SELECT id, '', party_id FROM standing_consent`,
	audit.OnAdmission:   `SELECT id, number, '' FROM admission`,
}

// otherwise is of what kind a thing may be that is not there as its own: a
// system asks with its key, at no terminal and as no operator.
var otherwise = map[audit.Kind][]audit.Kind{
	audit.OnTerminal: {audit.OnKey},
	audit.OnOperator: {audit.OnKey},
	audit.AnySubject: {audit.OnLicence, audit.OnParty, audit.OnMember, audit.OnOperator, audit.OnAdmin, audit.OnAdmission},
}

// things collects what is asked for and found.
type things struct {
	tx    *Tx
	found map[audit.Thing]audit.Named
}

// NamesOf returns what each thing is and is called. It asks once for each kind
// among them; where a kind leaves something open, once more for each that it
// may be.
func (tx *Tx) NamesOf(ctx context.Context, asked []audit.Thing) (map[audit.Thing]audit.Named, error) {
	open := map[audit.Kind][]string{}
	for _, t := range asked {
		if t.ID != "" && t.ID != Platform && !slices.Contains(open[t.Kind], t.ID) {
			open[t.Kind] = append(open[t.Kind], t.ID)
		}
	}
	all := things{tx, map[audit.Thing]audit.Named{}}
	for kind, ids := range open {
		for _, as := range append([]audit.Kind{kind}, otherwise[kind]...) {
			if err := all.find(ctx, kind, as, ids); err != nil {
				return nil, fmt.Errorf("naming a %s of the audit log: %w", as, err)
			}
			ids = slices.DeleteFunc(ids, func(id string) bool {
				_, done := all.found[audit.Thing{Kind: kind, ID: id}]
				return done
			})
			if len(ids) == 0 {
				break
			}
		}
	}
	return all.found, all.nameParties(ctx)
}

// find names those of a kind that are, in truth, of the kind as.
func (t things) find(ctx context.Context, kind, as audit.Kind, ids []string) error {
	where := `WHERE id IN (` + placeholders(1, len(ids)) + `)`
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	name := func(id string, name lang.Text, party string) {
		t.found[audit.Thing{Kind: kind, ID: id}] = audit.Named{Thing: audit.Thing{Kind: as, ID: id}, Name: name, Party: audit.Party{ID: party}}
	}
	switch as {
	case audit.OnCheck, audit.OnDetention, audit.OnNotices, audit.OnSigningKeys: // known by what they are called
		for _, id := range ids {
			name(id, same(id), "")
		}
		return nil
	case audit.OnMember:
		list, err := t.tx.members(ctx, where, args...)
		for _, m := range list {
			name(m.ID, same(m.Name), "")
		}
		return err
	case audit.OnAdmin:
		list, err := t.tx.partyAdmins(ctx, where, args...)
		for _, m := range list {
			name(m.ID, same(m.Name), m.PartyID)
		}
		return err
	case audit.OnOperator:
		list, err := t.tx.operators(ctx, where, args...)
		for _, o := range list {
			name(o.ID, same(o.Name+" "+o.Number), o.PartyID)
		}
		return err
	case audit.OnScenario:
		list, err := t.tx.scenarios(ctx, where, args...)
		for _, s := range list {
			name(string(s.ID), s.Name, "")
		}
		return err
	case audit.OnPeer:
		return t.tx.each(ctx, func(rows *sql.Rows) error {
			var id, zh, en string
			err := rows.Scan(&id, &zh, &en)
			name(id, lang.T(zh, en), "")
			return err
		}, `SELECT id, name_zh, name_en FROM peer_authority `+where, args...)
	case audit.OnPending:
		return t.tx.each(ctx, func(rows *sql.Rows) error {
			var id string
			var line int64
			err := rows.Scan(&id, &line)
			name(id, lang.T(fmt.Sprintf("第 %d 行", line), fmt.Sprintf("line %d", line)), "")
			return err
		}, `SELECT id, line FROM licence_pending `+where, args...)
	}
	query, ok := thingQueries[as]
	if !ok {
		return nil // it has no number and no name
	}
	return t.tx.each(ctx, func(rows *sql.Rows) error {
		var id, number, party string
		err := rows.Scan(&id, &number, &party)
		name(id, same(number), party)
		return err
	}, query+` `+where, args...)
}

// nameParties completes what was found with the names of whom it belongs to.
func (t things) nameParties(ctx context.Context) error {
	var ids []any
	for _, n := range t.found {
		if n.Party.ID != "" && !slices.Contains(ids, any(n.Party.ID)) {
			ids = append(ids, n.Party.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names := map[string]string{}
	err := t.tx.each(ctx, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return err
	}, `SELECT id, name FROM party WHERE id IN (`+placeholders(1, len(ids))+`)`, ids...)
	for asked, n := range t.found {
		n.Party.Name = names[n.Party.ID]
		t.found[asked] = n
	}
	return err
}

// same is a name that is written alike in both languages.
func same(name string) lang.Text { return lang.T(name, name) }
