package issuance

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/uid"
)

// A Report is what the program found on an uploaded photo, as it is kept.
type Report struct {
	Width    int             `json:"width"` // px of the kept original
	Height   int             `json:"height"`
	Models   string          `json:"models"`
	Settings string          `json:"settings"`
	Findings []photo.Finding `json:"findings"`
}

// Refused reports whether the file itself cannot make a licence's portrait. All
// else is advice to the driver and marks for the reviewer, who decides.
func (r Report) Refused() bool {
	return slices.ContainsFunc(r.Findings, func(f photo.Finding) bool {
		return f.Verdict == photo.Fail && (f.Rule == photo.RuleSize || f.Rule == photo.RuleRatio)
	})
}

// Judged reports whether the program came to a verdict on a rule.
func (r Report) Judged(rule photo.RuleID) bool {
	return slices.ContainsFunc(r.Findings, func(f photo.Finding) bool { return f.Rule == rule && f.Verdict != photo.NotAssessed })
}

// Undeclared returns what the program could not tell of the photo and the
// driver did not declare either.
func (r Report) Undeclared(declared []photo.RuleID) (rules []photo.RuleID) {
	for _, f := range r.Findings {
		if f.Verdict == photo.NotAssessed && !slices.Contains(declared, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// reportOf reads the report kept with a photo; a photo that was not checked
// has an empty one.
func reportOf(p photo.Stored) Report {
	var r Report
	if len(p.Report) == 0 {
		return r
	}
	if err := json.Unmarshal(p.Report, &r); err != nil {
		slog.Error("the report kept with a photo cannot be read", "photo", p.ID, "error", err)
	}
	return r
}

// Report returns what the program found on the photo under review.
func (r *Review) Report() Report { return reportOf(r.Photo) }

// An Upload is a photo as it was received.
type Upload struct {
	LicenceID string
	Source    photo.Source
	TakenOn   civil.Date // as the phone says; zero: unknown
	Data      []byte
	Ref       string // the window's case, "" if none
}

// desk bounds how many photos are decoded at once: one may take hundreds of
// megabytes for a moment.
type desk struct {
	once  sync.Once
	seats chan struct{}
}

func (d *desk) enter(ctx context.Context) (leave func(), err error) {
	d.once.Do(func() { d.seats = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) })
	select {
	case d.seats <- struct{}{}:
		return func() { <-d.seats }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", photo.ErrBusy, context.Cause(ctx))
	}
}

// Upload checks a photo, keeps its pixels and nothing else of the file, and
// returns what the program found. The photo serves when it is applied with.
func (s *Service) Upload(ctx context.Context, by audit.Actor, u Upload) (photo.Stored, Report, error) {
	if err := s.allow(LimitPhoto, u.LicenceID); err != nil {
		return photo.Stored{}, Report{}, err
	}
	earlier, err := s.earlier(ctx, u.LicenceID)
	if err != nil {
		return photo.Stored{}, Report{}, err
	}
	stored, images, report, err := s.develop(ctx, u, earlier)
	if err != nil {
		return photo.Stored{}, Report{}, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		if err := tx.SavePhoto(ctx, stored, images); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: stored.At, Actor: by, Action: ActUpload, Subject: u.LicenceID, Object: stored.ID, Case: u.Ref,
			Detail: map[string]string{"source": string(u.Source), "refused": fmt.Sprint(report.Refused())},
		})
	})
	return stored, report, err
}

// earlier returns the hashes of the photos that the driver applied with before.
func (s *Service) earlier(ctx context.Context, licenceID string) (hashes []photo.Hash, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		hashes = nil
		cases, err := tx.CasesOf(ctx, licenceID)
		if err != nil {
			return err
		}
		photos, err := tx.Photos(ctx, licenceID)
		for _, p := range photos {
			used := slices.ContainsFunc(cases, func(c *Case) bool {
				return c.PhotoID == p.ID && (c.Status == application.Issued || c.Status == application.Refused)
			})
			if used && p.Source != photo.FromRegister && len(p.Hash) == len(photo.Hash{}) {
				hashes = append(hashes, photo.Hash(p.Hash))
			}
		}
		return err
	})
	return hashes, err
}

// develop makes of a file what is kept: the pictures, the hash, the report.
func (s *Service) develop(ctx context.Context, u Upload, earlier []photo.Hash) (photo.Stored, map[photo.Image][]byte, Report, error) {
	leave, err := s.desk.enter(ctx)
	if err != nil {
		return photo.Stored{}, nil, Report{}, err
	}
	defer leave()
	now := s.Now()
	fail := func(err error) (photo.Stored, map[photo.Image][]byte, Report, error) {
		return photo.Stored{}, nil, Report{}, err
	}
	picture, err := s.decode(ctx, u.Data)
	if err != nil {
		return fail(err)
	}
	taken, err := takenOn(u, picture.Header, now)
	if err != nil {
		return fail(err)
	}
	found, err := s.Checker.Check(ctx, photo.Input{Picture: picture, Route: routeOf[u.Source], Now: now, Earlier: earlier})
	if err != nil {
		return fail(err)
	}
	images, err := pictures(picture, found)
	if err != nil {
		return fail(err)
	}
	size := picture.Pix.Rect.Size()
	report := Report{Width: size.X, Height: size.Y, Models: found.Models, Settings: found.Settings, Findings: found.Findings}
	kept, err := json.Marshal(report)
	return photo.Stored{
		ID: uid.New(now), LicenceID: u.LicenceID, Source: u.Source, TakenOn: taken, At: now, Hash: found.Hash[:], Report: kept,
	}, images, report, err
}

// decode reads an upload; without a decoder of its own, in this process and
// without HEIC.
func (s *Service) decode(ctx context.Context, data []byte) (*photo.Picture, error) {
	if s.Decode == nil {
		return photo.Decode(data)
	}
	return s.Decode(ctx, data)
}

var routeOf = map[photo.Source]photo.Route{
	photo.FromAlbum: photo.Album, photo.FromCamera: photo.Camera, photo.FromWindow: photo.Camera,
}

func pictures(p *photo.Picture, found photo.Report) (map[photo.Image][]byte, error) {
	original, err := photo.Reencode(p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", photo.ErrCorrupt, err)
	}
	portrait, err := photo.Portrait(p, found.Crop.Rect())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", photo.ErrCorrupt, err)
	}
	small, err := photo.SmallFace(p, found.Face.Rect())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", photo.ErrCorrupt, err)
	}
	return map[photo.Image][]byte{photo.ImageOriginal: original, photo.ImagePortrait: portrait, photo.ImageSmall: small}, nil
}

// takenOn returns the day of the photo, and refuses one that is too old. What
// the camera wrote into the file counts before what the phone says; a photo
// from the camera of the app or the window was taken now.
func takenOn(u Upload, h photo.Header, now time.Time) (civil.Date, error) {
	if u.Source != photo.FromAlbum {
		return civil.Of(now), nil
	}
	taken := h.Taken
	if taken.IsZero() && !u.TakenOn.IsZero() {
		taken = u.TakenOn.Start()
	}
	if taken.IsZero() {
		return civil.Date{}, nil
	}
	return civil.Of(taken), application.CheckPhotoAge(taken, now)
}

// OwnImage returns a picture of a photo of the driver's own.
func (s *Service) OwnImage(ctx context.Context, licenceID, photoID string, image photo.Image) (jpeg []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		p, err := tx.Photo(ctx, photoID)
		if err != nil {
			return err
		}
		if p.LicenceID != licenceID {
			return errNone
		}
		jpeg, err = tx.PhotoImage(ctx, p, image)
		return err
	})
	return jpeg, err
}

// Photo returns what is known of a photo, for who then asks whether a member
// of staff may see it.
func (s *Service) Photo(ctx context.Context, photoID string) (p photo.Stored, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		p, err = tx.Photo(ctx, photoID)
		return err
	})
	return p, err
}

// Image returns a picture; the caller has asked who may see it.
func (s *Service) Image(ctx context.Context, p photo.Stored, image photo.Image) (jpeg []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		jpeg, err = tx.PhotoImage(ctx, p, image)
		return err
	})
	return jpeg, err
}

// Portrait returns the portrait of the electronic licence, where it may be
// shown at all.
func (s *Service) Portrait(ctx context.Context, licenceID string) (jpeg []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil {
			return err
		}
		e, err := tx.ElectronicLicence(ctx, licenceID)
		if err != nil {
			return err
		}
		if !Shown(entry.State(s.Now()), e.State()) {
			return errNone
		}
		p, err := tx.Photo(ctx, e.PhotoID)
		if err != nil {
			return err
		}
		jpeg, err = tx.PhotoImage(ctx, p, photo.ImagePortrait)
		return err
	})
	return jpeg, err
}

// Shown reports whether the electronic licence is shown to its driver at all.
// On a licence that is locked, stopped or to be clarified it is hidden; on one
// that was revoked, cancelled or moved away it is gone (domain: the table of
// statuses). One that a change invalidated is not shown either: what it says
// is no longer so.
func Shown(state licence.State, e licence.Electronic) bool {
	return e == licence.Active && !state.Use.Worse(licence.NotUsable)
}
