package bench

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
)

// Payload counts the bytes that the rows of an SQLite file hold, without keys,
// indexes and page headers: the difference between two counts is what a number
// of operations wrote.
func Payload(file string) (bytes int64, err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	tables, err := column(db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return 0, err
	}
	for _, table := range tables {
		columns, err := column(db, fmt.Sprintf(`SELECT name FROM pragma_table_info('%s')`, table))
		if err != nil {
			return 0, err
		}
		for i, c := range columns {
			columns[i] = fmt.Sprintf(`ifnull(length(CAST(%q AS BLOB)), 0)`, c)
		}
		var sum int64
		if err := db.QueryRow(fmt.Sprintf(`SELECT ifnull(sum(%s), 0) FROM %q`, strings.Join(columns, "+"), table)).Scan(&sum); err != nil {
			return 0, fmt.Errorf("measuring %s: %w", table, err)
		}
		bytes += sum
	}
	return bytes, nil
}

func column(db *sql.DB, query string) (list []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
