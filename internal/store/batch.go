package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"edl/internal/verification"
)

var _ verification.BulkTx = (*Tx)(nil)

const batchColumns = `id, party_id, terminal_id, operator_id, scenario, created_at, finished_at, status, total, done, usable, missed, sealed, version`

func batchPlace(id string) string { return "bulk_batch.sealed:" + id }

func chunkPlace(column, id string, n int) string {
	return fmt.Sprintf("bulk_chunk.%s:%s/%d", column, id, n)
}

// AddBatch stores a batch without its chunks.
func (tx *Tx) AddBatch(ctx context.Context, b *verification.Batch) error {
	sealed, err := tx.seal(ctx, b.PartyID, batchPlace(b.ID), b.Asked)
	if err != nil {
		return err
	}
	b.Version = 1
	return tx.exec(ctx, `INSERT INTO bulk_batch (`+batchColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		b.ID, b.PartyID, b.TerminalID, b.OperatorID, b.Scenario, ms(b.CreatedAt), ms(b.FinishedAt), b.Status, b.Total, b.Done, b.Usable, b.Missed, sealed, b.Version)
}

// SaveBatch stores how far a batch is.
func (tx *Tx) SaveBatch(ctx context.Context, b *verification.Batch) error {
	b.Version++
	return saved(tx.q.ExecContext(ctx, `
		UPDATE bulk_batch SET finished_at = $3, status = $4, done = $5, usable = $6, missed = $7, version = $2 WHERE id = $1 AND version = $2 - 1`,
		b.ID, b.Version, ms(b.FinishedAt), b.Status, b.Done, b.Usable, b.Missed))
}

// Batch returns a batch.
func (tx *Tx) Batch(ctx context.Context, id string) (*verification.Batch, error) {
	return only(tx.batches(ctx, `WHERE id = $1`, id))
}

// BatchesBy returns what an operator handed in since a moment, newest first.
func (tx *Tx) BatchesBy(ctx context.Context, operatorID string, since time.Time, limit int) ([]*verification.Batch, error) {
	return tx.batches(ctx, `WHERE operator_id = $1 AND created_at >= $2 ORDER BY created_at DESC, id DESC LIMIT $3`, operatorID, ms(since), limit)
}

// NextBatch returns the oldest batch that is running.
func (tx *Tx) NextBatch(ctx context.Context) (*verification.Batch, error) {
	return only(tx.batches(ctx, `WHERE status = 'running' ORDER BY created_at, id LIMIT 1`))
}

func (tx *Tx) batches(ctx context.Context, where string, args ...any) (list []*verification.Batch, err error) {
	var sealed [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		b := &verification.Batch{}
		var created, finished int64
		var asked []byte
		err := rows.Scan(&b.ID, &b.PartyID, &b.TerminalID, &b.OperatorID, &b.Scenario, &created, &finished, &b.Status, &b.Total, &b.Done, &b.Usable, &b.Missed, &asked, &b.Version)
		b.CreatedAt, b.FinishedAt = at(created), at(finished)
		list, sealed = append(list, b), append(sealed, asked)
		return err
	}, `SELECT `+batchColumns+` FROM bulk_batch `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, b := range list {
		if err := tx.unseal(ctx, b.PartyID, batchPlace(b.ID), sealed[i], &b.Asked); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddChunk stores some lines of a batch.
func (tx *Tx) AddChunk(ctx context.Context, b *verification.Batch, n int, rows []verification.BatchRow) error {
	sealed, err := tx.seal(ctx, b.PartyID, chunkPlace("asked", b.ID, n), rows)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO bulk_chunk (batch_id, n, asked, answered) VALUES ($1, $2, $3, $4)`, b.ID, n, sealed, []byte{})
}

// Chunk returns a chunk's lines, and its results once there are.
func (tx *Tx) Chunk(ctx context.Context, b *verification.Batch, n int) (rows []verification.BatchRow, results []verification.BatchResult, err error) {
	var asked, answered []byte
	err = tx.q.QueryRowContext(ctx, `SELECT asked, answered FROM bulk_chunk WHERE batch_id = $1 AND n = $2`, b.ID, n).Scan(&asked, &answered)
	if err != nil {
		return nil, nil, one(err)
	}
	if err := tx.unseal(ctx, b.PartyID, chunkPlace("asked", b.ID, n), asked, &rows); err != nil || len(answered) == 0 {
		return rows, nil, err
	}
	err = tx.unseal(ctx, b.PartyID, chunkPlace("answered", b.ID, n), answered, &results)
	return rows, results, err
}

// AnswerChunk stores a chunk's results.
func (tx *Tx) AnswerChunk(ctx context.Context, b *verification.Batch, n int, results []verification.BatchResult) error {
	sealed, err := tx.seal(ctx, b.PartyID, chunkPlace("answered", b.ID, n), results)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `UPDATE bulk_chunk SET answered = $3 WHERE batch_id = $1 AND n = $2`, b.ID, n, sealed)
}

// DropBatches forgets files and results of batches that ended before.
func (tx *Tx) DropBatches(ctx context.Context, before time.Time) error {
	return tx.exec(ctx, `DELETE FROM bulk_chunk WHERE batch_id IN (SELECT id FROM bulk_batch WHERE finished_at > 0 AND finished_at < $1)`, ms(before))
}
