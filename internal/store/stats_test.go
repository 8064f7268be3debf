package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"edl/internal/seal"
	"edl/internal/store"
)

// Counting a day reads that day: each kind of count asks an index by time.
// SQLite says so; PostgreSQL would read a table this small whole.
func TestCountsAskAnIndexByTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "edl.db")
	vault, err := seal.NewVault(make([]byte, seal.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), file, vault)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	plain, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	const counted = "COVERING " // what is counted stands in the index
	for query, how := range map[string]string{
		`SELECT count(*) FROM application WHERE submitted_at >= 1 AND submitted_at < 2`:                                                    "",
		`SELECT count(*) FROM application WHERE status = 'withdrawn' AND ended_at >= 1 AND ended_at < 2`:                                   "",
		`SELECT count(*) FROM application WHERE status IN ('issued', 'refused') AND ended_at >= 1 AND ended_at < 2 AND ended_at <= due_at`: "",
		`SELECT decided_at - claimed_at FROM application WHERE decided_by <> '' AND claimed_at > 0 AND decided_at >= 1 AND decided_at < 2`: "",
		`SELECT count(*) FROM electronic WHERE issued_at >= 1 AND issued_at < 2`:                                                           "",
		`SELECT count(*) FROM licence_check WHERE at >= 1 AND at < 2`:                                                                      counted,
		`SELECT scenario, count(*) FROM licence_check WHERE at >= 1 AND at < 2 GROUP BY scenario`:                                          counted,
		`SELECT outcome, count(*) FROM licence_check WHERE party_id = 'x' AND at >= 1 GROUP BY outcome`:                                    counted,
		`SELECT count(*) FROM feedback WHERE at >= 1 AND at < 2`:                                                                           "",
	} {
		var id, parent, unused int
		var plan string
		if err := plain.QueryRow(`EXPLAIN QUERY PLAN `+query).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(plan, "SEARCH") || !strings.Contains(plan, how+"INDEX") || !strings.Contains(plan, "at>?") {
			t.Errorf("%s: %s", query, plan)
		}
	}
}
