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

// patience is after how many tries a transaction stands in line: from then on
// those that get in each other's way run one after the other. PostgreSQL finds
// interference by pages of an index, so many drivers whose rows lie on one
// page, as in a young table, can refuse each other again and again.
const patience = 4

// lineLock is the advisory lock that the line waits for.
const lineLock = 7305512

func (db *DB) updatePostgres(ctx context.Context, f func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		once := db.oncePostgres
		if attempt > patience {
			once = db.inLine
		}
		err := once(ctx, f)
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
	return db.onConnection(ctx, db.write, f)
}

// inLine runs f when nobody else in the line does. The lock belongs to the
// connection and is held before the transaction begins: one taken inside it
// would come after its view of the database.
func (db *DB) inLine(ctx context.Context, f func(*Tx) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lineLock); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lineLock)
	return db.onConnection(ctx, conn, f)
}

// beginner is a pool of connections, or one of them.
type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}

func (db *DB) onConnection(ctx context.Context, on beginner, f func(*Tx) error) error {
	sqlTx, err := on.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer sqlTx.Rollback()
	tx := &Tx{q: sqlTx, db: db, places: &places{}}
	if err := tx.run(f); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return err
	}
	tx.committed()
	return nil
}
