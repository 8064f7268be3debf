package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"edl/internal/keys"
	"edl/internal/seal"
	"edl/internal/store"
)

// place says where an installation keeps its things.
type place struct {
	Data string `help:"Folder of what is local: the SQLite file, the outbox." default:"data" type:"path" placeholder:"DIR"`
	DB   string `help:"Database: a postgres:// URL, or a file for SQLite (default DATA/edl.sqlite)." placeholder:"URL"`
	Keys string `help:"Folder of the keys, outside the database and its backups (default: beside the data folder)." type:"path" placeholder:"DIR"`
}

func (p *place) keysDir() string {
	if p.Keys != "" {
		return p.Keys
	}
	return filepath.Clean(p.Data) + "-keys"
}

func (p *place) database() string {
	if p.DB != "" {
		return p.DB
	}
	return filepath.Join(p.Data, "edl.sqlite")
}

// errKeysInside is a wrong setting, said before anything is made.
var errKeysInside = errors.New("--keys lies inside --data, so a backup of the data would hold the keys too: choose another folder")

// check refuses settings that cannot be meant.
func (p *place) check() error {
	data, err := filepath.Abs(p.Data)
	if err != nil {
		return err
	}
	keysDir, err := filepath.Abs(p.keysDir())
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(data, keysDir); err == nil && filepath.IsLocal(rel) {
		return errKeysInside
	}
	return nil
}

// mustBeThere refuses a place where nobody set anything up, before anything is
// made there: a slip of --data would otherwise leave a folder behind.
func (p *place) mustBeThere() error {
	if _, err := keys.Open(p.keysDir()); err != nil {
		return err
	}
	if store.IsPostgres(p.database()) {
		return nil // a new machine's folder is made
	}
	if _, err := os.Stat(p.database()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s: is --data the right folder? If it is, run \"edl setup\" or \"edl restore\" first", p.database())
	}
	return nil
}

// makeKeys makes the keys of a new installation.
func (p *place) makeKeys() error {
	if _, err := os.Stat(p.database()); err == nil {
		return fmt.Errorf("a database is here but its keys are not: give --keys the folder that holds them (looked in %s)", p.keysDir())
	}
	if _, err := keys.Make(p.keysDir()); err != nil {
		return err
	}
	for _, use := range keys.Uses {
		if _, err := keys.InitSet(p.keysDir(), use, operator(), time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// without says what is missing where the keys of a use are.
var without = map[keys.Use]string{
	keys.ForCode:   "phones get no codes for the time without a network",
	keys.ForBundle: "terminals get no bundle for the time without a network",
	keys.ForPeers:  "other authorities are not asked, and do not know this one",
}

// warnOfKeys says of every set of keys that cannot be used what does not work
// without it, and the remedy; all else is served. It says too that others can
// read them.
func (p *place) warnOfKeys() {
	if err := keys.OthersRead(p.keysDir()); err != nil {
		slog.Warn("others on this machine can read the keys", "error", err, "remedy", "chmod -R go= "+p.keysDir())
	}
	for _, use := range keys.Uses {
		_, err := keys.OpenSet(p.keysDir(), use)
		switch {
		case errors.Is(err, keys.ErrNoSet):
			slog.Warn(without[use], "error", err, "remedy", fmt.Sprintf("edl keys init --keys %s --use %s", p.keysDir(), use))
		case err != nil:
			slog.Warn(without[use], "error", err)
		}
	}
}

// open opens the keys and the database.
func (p *place) open(ctx context.Context) (*keys.Ring, *store.DB, error) {
	ring, err := keys.Open(p.keysDir())
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return nil, nil, fmt.Errorf("--data: %w", err)
	}
	vault, err := seal.NewVault(ring.Masters...)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, p.database(), vault)
	if errors.Is(err, store.ErrKeys) {
		return nil, nil, fmt.Errorf("--keys: %s holds other keys than those this database was made with: give the folder that holds its own", p.keysDir())
	}
	if err != nil && store.IsPostgres(p.database()) {
		return nil, nil, fmt.Errorf("--db: is the address right, and the server running? %w", err)
	}
	if remedy := store.Remedy(err); remedy != "" {
		return nil, nil, fmt.Errorf("--db: %s: %s (%w)", p.database(), remedy, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--db: %w", err)
	}
	return ring, db, nil
}
