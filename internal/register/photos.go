package register

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/uid"
)

// preparedPhotos are the photos of a batch that are not on file yet, by line.
type preparedPhotos map[int]*preparedPhoto

type preparedPhoto struct {
	err    error // at its field
	hash   photo.Hash
	images map[photo.Image][]byte
}

func (p preparedPhotos) fault(line int) error {
	if one := p[line]; one != nil {
		return one.err
	}
	return nil
}

// preparePhotos decodes and re-encodes the photos of a batch on every core.
// Photos that are on file already cost one look-up, and a file that several
// lines name is read once.
func (s *Service) preparePhotos(ctx context.Context, f File, lines []Line) (preparedPhotos, error) {
	wanted, err := s.newPhotos(ctx, lines)
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	prepared := preparedPhotos{}
	byDigest := map[string]*preparedPhoto{}
	var wait sync.WaitGroup
	turn := make(chan struct{}, runtime.NumCPU())
	for _, l := range wanted {
		digest := l.Statement.Licence.Photo.Digest
		if byDigest[digest] == nil {
			one := &preparedPhoto{}
			byDigest[digest] = one
			turn <- struct{}{}
			wait.Go(func() {
				defer func() { <-turn }()
				*one = s.preparePhoto(ctx, f, l.Statement.photo)
			})
		}
		prepared[l.Number] = byDigest[digest]
	}
	wait.Wait()
	return prepared, nil
}

// newPhotos returns the lines whose photo is not on file.
func (s *Service) newPhotos(ctx context.Context, lines []Line) (wanted []*Line, err error) {
	var given []*Line
	var files []licence.FileNumber
	for i := range lines {
		if l := &lines[i]; !l.Refused() && l.Statement.Licence.Photo.Digest != "" {
			given, files = append(given, l), append(files, l.FileNumber)
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	err = s.Read(ctx, func(tx Tx) error {
		wanted = nil
		outlines, err := tx.LicenceOutlines(ctx, files)
		if err != nil {
			return err
		}
		for _, l := range given {
			if o := outlines[l.FileNumber]; o != nil {
				id, err := tx.RegisterPhoto(ctx, o.LicenceID, l.Statement.Licence.Photo.Digest)
				if err != nil {
					return err
				}
				if id != "" {
					continue
				}
			}
			wanted = append(wanted, l)
		}
		return nil
	})
	return wanted, err
}

func (s *Service) preparePhoto(ctx context.Context, f File, p photoCell) preparedPhoto {
	field, data := "photo_data", p.data
	if data == nil {
		field = "photo"
		var err error
		if data, err = readFile(f.Photos, p.name); err != nil {
			return preparedPhoto{err: fault.At(field, err)}
		}
	}
	picture, err := photo.Decode(data)
	if err != nil {
		return preparedPhoto{err: fault.At(field, err)}
	}
	original, err := photo.Reencode(picture)
	if err != nil {
		return preparedPhoto{err: fault.At(field, fmt.Errorf("%w: %w", photo.ErrCorrupt, err))}
	}
	var crop photo.Crop
	if s.Frame != nil {
		if crop, err = s.Frame(ctx, picture); err != nil {
			return preparedPhoto{err: fault.At(field, err)}
		}
	}
	portrait, err := photo.Portrait(picture, crop.Rect())
	if err != nil {
		return preparedPhoto{err: fault.At(field, fmt.Errorf("%w: %w", photo.ErrCorrupt, err))}
	}
	return preparedPhoto{
		hash:   photo.HashOf(picture),
		images: map[photo.Image][]byte{photo.ImageOriginal: original, photo.ImagePortrait: portrait},
	}
}

// newPhoto is a photo that a line brought, to be stored with its licence.
type newPhoto struct {
	digest string
	stored photo.Stored
	images map[photo.Image][]byte
}

// keepPhoto notes the photo of a line that was taken, unless it is on file.
func (b *batch) keepPhoto(ctx context.Context, r *record, l *Line) error {
	digest := l.Statement.Licence.Photo.Digest
	id, err := b.photoID(ctx, r, digest)
	if err != nil || id != "" || digest == "" {
		return err
	}
	one := b.photos[l.Number]
	if one == nil {
		return fmt.Errorf("the photo of line %d was not prepared", l.Number)
	}
	stored := photo.Stored{
		ID: uid.New(b.now), LicenceID: r.id, Source: photo.FromRegister, TakenOn: l.Statement.Licence.Photo.TakenOn, At: b.now, Hash: one.hash[:],
	}
	r.photos[digest] = stored.ID
	b.newPhotos = append(b.newPhotos, newPhoto{digest, stored, one.images})
	return nil
}

func (b *batch) savePhotos(ctx context.Context) error {
	for _, p := range b.newPhotos {
		if err := b.tx.SavePhoto(ctx, p.stored, p.images); err != nil {
			return err
		}
		if err := b.tx.AddRegisterPhoto(ctx, p.stored.LicenceID, p.digest, p.stored.ID); err != nil {
			return err
		}
	}
	return nil
}

// head returns the licence's row with the photo that its newest version names.
func (b *batch) head(ctx context.Context, r *record) (*Entry, error) {
	newest, _ := r.history.Newest()
	if _, err := b.photoID(ctx, r, newest.Licence.Photo.Digest); err != nil {
		return nil, err
	}
	return r.head(), nil
}

func (d *deed) photoID(ctx context.Context, r *record, digest string) (string, error) {
	if digest == "" || r.photos[digest] != "" || r.outline == nil {
		return r.photos[digest], nil
	}
	id, err := d.tx.RegisterPhoto(ctx, r.id, digest)
	if err == nil && id != "" {
		r.photos[digest] = id
	}
	return id, err
}
