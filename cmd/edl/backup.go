package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"edl/internal/keys"
)

// backupCommand writes one state of the database to a file.
type backupCommand struct {
	place
	File string `arg:"" help:"Where to write the backup; an existing file is not overwritten." type:"path"`
}

// Run writes it; a running server goes on meanwhile.
func (c *backupCommand) Run(ctx context.Context) error {
	if err := c.mustBeThere(); err != nil {
		return err
	}
	_, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: choose another name", c.File)
	}
	if err != nil {
		return err
	}
	rows, err := db.Backup(ctx, f, time.Now())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(c.File)
		return err
	}
	fmt.Printf("%d rows are in %s.\nThe keys are not: back up %s apart from it. Without them nobody can read the backup, with them everybody can.\n", rows, c.File, c.keysDir())
	return nil
}

// restoreCommand fills an empty database from a backup.
type restoreCommand struct {
	place
	File string `arg:"" help:"The backup." type:"existingfile"`
}

// Run restores it whole or not at all.
func (c *restoreCommand) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	if _, err := keys.Open(c.keysDir()); errors.Is(err, keys.ErrMissing) {
		return fmt.Errorf("put the keys back first: %s holds none, and a backup cannot be read without the keys it was made with", c.keysDir())
	}
	unlock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	_, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := db.Restore(ctx, f)
	if err != nil {
		return err
	}
	fmt.Printf("%d rows are restored. Start it: edl serve --data %s\n", rows, c.Data)
	return nil
}
