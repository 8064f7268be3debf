package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// errRaced marks a breach of a UNIQUE constraint that can only come from a
// transaction at the same time, because this one looked first.
var errRaced = errors.New("store: somebody else stored the same at the same time")

// bulkRows is how many rows one INSERT takes: enough that the statement's own
// cost does not count, few enough that SQLite's search for a parameter by its
// name, which takes a time that grows with their square, does not either.
const bulkRows = 20

// chunkValues is how many values one IN list takes.
const chunkValues = 100

// insertRows inserts rows, many with one statement. into is the table with its
// columns.
func (tx *Tx) insertRows(ctx context.Context, into string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		if len(rows) >= bulkRows {
			n = bulkRows
		}
		args := make([]any, 0, n*len(rows[0]))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := tx.exec(ctx, insertStatement(into, len(rows[0]), n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// insertStatement writes the statement for n rows. The writer keeps prepared
// statements by their text, of which there are two a table.
func insertStatement(into string, columns, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + " VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + placeholders(i*columns+1, columns) + ")")
	}
	return b.String()
}

// placeholders writes "$5, $6, $7".
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// inChunks calls f with the values, chunkValues at a time; the last chunk is
// filled with its own last value, so that one statement serves all.
func inChunks[T any](values []T, f func([]any) error) error {
	for len(values) > 0 {
		chunk := make([]any, chunkValues)
		n := min(len(values), chunkValues)
		for i := range chunk {
			chunk[i] = values[min(i, n-1)]
		}
		if err := f(chunk); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
