package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/seal"
)

// A noting querier keeps what was asked.
type noting struct {
	querier
	queries []string
	args    [][]any
}

func (n *noting) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	n.queries, n.args = append(n.queries, query), append(n.args, args)
	return n.querier.QueryContext(ctx, query, args...)
}

func (n *noting) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	n.queries, n.args = append(n.queries, query), append(n.args, args)
	return n.querier.QueryRowContext(ctx, query, args...)
}

// What reads the audit log finds its entries by an index: SQLite uses one of
// some rows only where the question says literally that it asks for no others.
func TestTheLogIsReadByItsIndexes(t *testing.T) {
	ctx := t.Context()
	vault, err := seal.NewVault(make([]byte, seal.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, filepath.Join(t.TempDir(), "edl.sqlite"), vault)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(ctx, func(tx *Tx) error {
		return tx.exec(ctx, `INSERT INTO operator_hour (operator_id, hour, party_id) VALUES ('x', 5, 'its party')`)
	})
	if err != nil {
		t.Fatal(err)
	}
	search := func(q audit.Query) func(*Tx) error {
		q.Limit = 10
		return func(tx *Tx) error { _, err := tx.AuditEntries(ctx, q); return err }
	}
	const (
		byCheck = "audit_entry_check (object=?)"
		hours   = "autoindex_operator_hour_1 (operator_id=? AND hour>? AND hour<?)"
		byHour  = "licence_check_party (party_id=? AND at>? AND at<?)"
	)
	for name, question := range map[string]struct {
		ask func(*Tx) error
		use []string
	}{
		"the newest":      {search(audit.Query{}), []string{"autoindex_audit_entry_1"}},
		"older than one":  {search(audit.Query{Before: "x"}), []string{"autoindex_audit_entry_1 (id<?)"}},
		"of a driver":     {search(audit.Query{Subject: "x"}), []string{"audit_entry_subject (subject=?)", "licence_check_licence (licence_id=?)", byCheck}},
		"of some actors":  {search(audit.Query{Actors: []string{"x", "y"}}), []string{"audit_entry_actor (actor_id=?)", hours, byHour, byCheck}},
		"of a shift":      {func(tx *Tx) error { _, err := tx.ChecksByOperator(ctx, "x", time.Time{}, 10); return err }, []string{hours, byHour}},
		"of a case":       {search(audit.Query{Case: "x"}), []string{"audit_entry_case (case_ref=?)"}},
		"by place":        {func(tx *Tx) error { _, err := tx.AuditRows(ctx, 5, 10); return err }, []string{"audit_entry_seq (seq>?)"}},
		"without a place": {func(tx *Tx) error { _, err := tx.UnplacedAudit(ctx, 10); return err }, []string{"audit_entry_waiting"}},
		"leaves":          {func(tx *Tx) error { _, err := tx.AuditLeaves(ctx, 5, 10); return err }, []string{"(idx>?)"}},
		"the end":         {func(tx *Tx) error { _, err := tx.nextPlace(ctx); return err }, []string{"audit_entry_seq", "autoindex_audit_checkpoint_1"}},
		"lost checks":     {func(tx *Tx) error { _, err := tx.FirstLostCheck(ctx, 5, 10); return err }, []string{"audit_entry_seq (seq>? AND seq<?)", "(number=?)"}},
	} {
		var plan string
		err := db.View(ctx, func(tx *Tx) error {
			asked := &noting{querier: tx.q}
			tx.q, tx.places = asked, &places{}
			if err := question.ask(tx); err != nil {
				return err
			}
			tx.q = asked.querier
			for i, query := range asked.queries {
				err := tx.each(ctx, func(rows *sql.Rows) error {
					var id, parent, unused int
					var step string
					err := rows.Scan(&id, &parent, &unused, &step)
					plan += step + "\n"
					return err
				}, "EXPLAIN QUERY PLAN "+query, asked.args[i]...)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, index := range question.use {
			if !strings.Contains(plan, index) {
				t.Errorf("%s: %s is not used:\n%s", name, index, plan)
			}
		}
	}
}
