package store

// SetDisk puts another wait for the disk in the place of the one that it returns.
func (db *DB) SetDisk(sync func() error) (before func() error) {
	before, db.writer.disk.sync = db.writer.disk.sync, sync
	return before
}
