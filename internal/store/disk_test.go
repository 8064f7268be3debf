package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"edl/internal/store"
	"edl/internal/storetest"
)

// soon fails the test where something that must happen does not.
func soon[T any](t *testing.T, what string, happens <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-happens:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not after 30 s", what)
	}
	return v
}

// notYet fails the test where something that must wait has happened.
func notYet[T any](t *testing.T, what string, happened <-chan T) {
	t.Helper()
	select {
	case v := <-happened:
		t.Fatalf("%s: %v", what, v)
	case <-time.After(20 * time.Millisecond):
	}
}

func add(tx *store.Tx) error {
	return tx.ExecRaw(ctx, `INSERT INTO scratch (name) VALUES ('a row')`)
}

func rows(tx *store.Tx) (int, error) { return tx.CountRaw(ctx, `SELECT count(*) FROM scratch`) }

func TestNothingIsSaidBeforeItIsOnTheDisk(t *testing.T) {
	db := storetest.SQLite(t)
	storetest.Exec(t, db, `CREATE TABLE scratch (name TEXT NOT NULL)`)
	at, goOn := make(chan bool, 9), make(chan bool)
	t.Cleanup(func() { close(goOn) })
	var sync func() error
	sync = db.SetDisk(func() error {
		at <- true
		<-goOn
		return sync()
	})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- db.Update(ctx, add) }()
	soon(t, "the disk is asked", at)

	// The next transaction runs while the disk takes the first.
	ran := make(chan bool, 1)
	go func() {
		second <- db.Update(ctx, func(tx *store.Tx) error {
			ran <- true
			return add(tx)
		})
	}()
	soon(t, "the second transaction runs", ran)
	notYet(t, "the first is acknowledged before it is on the disk", first)

	// Whoever looks sees the first, and keeps it to himself.
	saw, looked := make(chan int, 1), make(chan error, 1)
	go func() {
		looked <- db.View(ctx, func(tx *store.Tx) error {
			n, err := rows(tx)
			saw <- n
			return err
		})
	}()
	if n := soon(t, "somebody looks", saw); n != 1 {
		t.Errorf("%d rows are seen while the first is on its way to the disk, want it alone", n)
	}
	notYet(t, "what is not on the disk was told", looked)

	// Unless a transaction of his own follows.
	ahead := func(follows bool, failed error) error {
		hasty, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		return db.Ahead(hasty, func(tx *store.Tx) (bool, error) {
			if _, err := rows(tx); err != nil {
				return false, err
			}
			return follows, failed
		})
	}
	if err := ahead(true, nil); err != nil {
		t.Errorf("whose transaction follows: %v", err)
	}
	for _, err := range []error{ahead(false, nil), ahead(true, errors.New("refused"))} {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("what is not on the disk was told: %v", err)
		}
	}

	goOn <- true
	for what, done := range map[string]chan error{"first": first, "looked": looked} {
		if err := soon(t, what, done); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	soon(t, "the disk is asked for the second", at)
	goOn <- true
	if err := soon(t, "second", second); err != nil {
		t.Error(err)
	}
}

// What a disk did not confirm may be there or not: until a new start nothing is
// written, and nothing read.
func TestADiskThatDoesNotConfirmShutsTheDatabase(t *testing.T) {
	db := storetest.SQLite(t)
	storetest.Exec(t, db, `CREATE TABLE scratch (name TEXT NOT NULL)`)
	broken := errors.New("input/output error")
	sync := db.SetDisk(func() error { return broken })
	if err := db.Update(ctx, add); !errors.Is(err, store.ErrDisk) || !errors.Is(err, broken) {
		t.Errorf("what is not on the disk was acknowledged: %v", err)
	}
	db.SetDisk(sync)
	look := func(tx *store.Tx) error {
		_, err := rows(tx)
		return err
	}
	for _, err := range []error{db.Update(ctx, add), db.View(ctx, look), db.Ping(ctx), db.Update(ctx, add)} {
		if !errors.Is(err, store.ErrDisk) {
			t.Errorf("after the disk failed: %v", err)
		}
	}
}
