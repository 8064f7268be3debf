package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pressly/goose/v3"
)

// attempts is how often a transaction is tried when others get in its way.
const attempts = 24

func (db *DB) openPostgres(ctx context.Context, url string) error {
	db.dialect = goose.DialectPostgres
	conn, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("the database URL cannot be read: %w", err)
	}
	conn.SetMaxOpenConns(32)
	conn.SetMaxIdleConns(16)
	db.read, db.write = conn, conn
	if err := db.domainBlob(ctx); err != nil {
		return fmt.Errorf("reaching PostgreSQL: %w", err)
	}
	return db.migrate(ctx)
}

// domainBlob gives PostgreSQL the one type name that the shared dialect needs.
// An advisory lock keeps servers that start together from racing.
func (db *DB) domainBlob(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, `
		DO $$ BEGIN
			PERFORM pg_advisory_xact_lock(7305511);
			IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF;
		END $$;`)
	return err
}

func (db *DB) updatePostgres(ctx context.Context, f func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.oncePostgres(ctx, f)
		if !interfered(err) || attempt == attempts {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(time.Millisecond) << min(attempt, 6)))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (db *DB) oncePostgres(ctx context.Context, f func(*Tx) error) error {
	sqlTx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer sqlTx.Rollback()
	tx := &Tx{q: sqlTx, db: db}
	if err := tx.run(f); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return err
	}
	tx.committed()
	return nil
}
