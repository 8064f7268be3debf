package register

import (
	"context"

	"edl/internal/licence"
)

// Entry returns a licence as the register stands.
func (s *Service) Entry(ctx context.Context, id string) (entry *Entry, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		entry, err = tx.LicenceByID(ctx, id)
		return err
	})
	return entry, err
}

// IDOf returns the identifier of the licence with a file number.
func (s *Service) IDOf(ctx context.Context, file licence.FileNumber) (id string, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		entry, err := tx.LicenceByFile(ctx, file)
		if err != nil {
			return err
		}
		id = entry.ID
		return nil
	})
	return id, err
}
