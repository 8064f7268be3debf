package photo

import (
	"log/slog"
	"time"

	"edl/internal/civil"
)

// A Source is where a kept photo came from.
type Source string

// The sources of a photo.
const (
	FromRegister Source = "register" // on file with the register: the identity card's, or the licence's
	FromAlbum    Source = "album"    // chosen by the driver from the phone's album
	FromCamera   Source = "camera"   // taken in the driver's app
	FromWindow   Source = "window"   // taken at a service window
)

// Stored describes a photo that is kept; its pictures are fetched one by one,
// as they are large.
type Stored struct {
	ID        string
	LicenceID string // whose photo; its data key seals the pictures
	Source    Source
	TakenOn   civil.Date // zero if unknown; certain only for camera and window
	At        time.Time  // when it reached the platform
	Hash      []byte     // perceptual hash, to notice a photo used before
	Report    []byte     // the findings of the check as JSON, nil if none was made
}

// An Image names one picture of a stored photo.
type Image string

// The pictures of a stored photo.
const (
	ImageOriginal Image = "original" // re-encoded without metadata
	ImagePortrait Image = "portrait" // 260 × 378, as printed on the licence
	ImageSmall    Image = "small"    // the face within a self-contained code
)

// LogValue keeps the photo's owner and contents out of logs.
func (s Stored) LogValue() slog.Value { return slog.StringValue("photo " + s.ID) }
