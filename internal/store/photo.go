package store

import (
	"context"
	"database/sql"
	"fmt"

	"edl/internal/photo"
)

// SavePhoto stores a new photo with its pictures.
func (tx *Tx) SavePhoto(ctx context.Context, p photo.Stored, images map[photo.Image][]byte) error {
	if err := tx.exec(ctx, `
		INSERT INTO photo (id, licence_id, source, taken_on, at, hash, report) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.ID, p.LicenceID, p.Source, p.TakenOn.String(), ms(p.At), filled(p.Hash), string(p.Report)); err != nil {
		return fmt.Errorf("storing photo %s: %w", p.ID, err)
	}
	for image, picture := range images {
		sealed, err := tx.sealBytes(ctx, p.LicenceID, photoPlace(p.ID, image), picture)
		if err != nil {
			return err
		}
		if err := tx.exec(ctx, `INSERT INTO photo_image (photo_id, image, sealed) VALUES ($1, $2, $3)`, p.ID, image, sealed); err != nil {
			return fmt.Errorf("storing the %s of photo %s: %w", image, p.ID, err)
		}
	}
	return nil
}

// Photo returns what is known of a photo.
func (tx *Tx) Photo(ctx context.Context, id string) (photo.Stored, error) {
	list, err := tx.photos(ctx, `WHERE id = $1`, id)
	if err != nil {
		return photo.Stored{}, err
	}
	if len(list) == 0 {
		return photo.Stored{}, ErrNotFound
	}
	return list[0], nil
}

// Photos returns the photos of a licence, newest first.
func (tx *Tx) Photos(ctx context.Context, licenceID string) ([]photo.Stored, error) {
	return tx.photos(ctx, `WHERE licence_id = $1 ORDER BY id DESC`, licenceID)
}

func (tx *Tx) photos(ctx context.Context, where string, arg any) (list []photo.Stored, err error) {
	err = tx.each(ctx, func(rows *sql.Rows) error {
		var p photo.Stored
		var takenOn, report string
		var when int64
		if err := rows.Scan(&p.ID, &p.LicenceID, &p.Source, &takenOn, &when, &p.Hash, &report); err != nil {
			return err
		}
		p.At, p.Report = at(when), []byte(report)
		err := p.TakenOn.UnmarshalText([]byte(takenOn))
		list = append(list, p)
		return err
	}, `SELECT id, licence_id, source, taken_on, at, hash, report FROM photo `+where, arg)
	return list, err
}

// PhotoImage returns one picture of a photo.
func (tx *Tx) PhotoImage(ctx context.Context, p photo.Stored, image photo.Image) ([]byte, error) {
	var sealed []byte
	err := tx.q.QueryRowContext(ctx, `SELECT sealed FROM photo_image WHERE photo_id = $1 AND image = $2`, p.ID, image).Scan(&sealed)
	if err != nil {
		return nil, one(err)
	}
	return tx.unsealBytes(ctx, p.LicenceID, photoPlace(p.ID, image), sealed)
}

func photoPlace(id string, image photo.Image) string {
	return "photo_image.sealed:" + id + "/" + string(image)
}
