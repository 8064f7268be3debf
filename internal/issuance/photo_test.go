package issuance_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/png"
	"os"
	"slices"
	"testing"
	"time"

	"edl/internal/application"
	"edl/internal/civil"
	"edl/internal/issuance"
	"edl/internal/photo"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/workday"
)

func TestWhatIsKeptOfAnUpload(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		file := picture(520, 756, 9)
		p, report, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, TakenOn: day(2026, 10, 1), Data: file})
		if err != nil {
			d.t.Fatal(err)
		}
		if report.Refused() || report.Width != 520 || report.Height != 756 || p.TakenOn != day(2026, 10, 1) || len(p.Hash) != 32 {
			d.t.Errorf("%+v, %+v", report, p)
		}
		for image, most := range map[photo.Image]int{photo.ImageOriginal: 1 << 20, photo.ImagePortrait: 30 << 10, photo.ImageSmall: photo.FaceMax} {
			got, err := d.OwnImage(ctx, id, p.ID, image)
			if err != nil || len(got) == 0 || len(got) > most {
				d.t.Errorf("the %s has %d bytes, %v", image, len(got), err)
			}
		}
		if _, err := d.OwnImage(ctx, d.add("route:camera"), p.ID, photo.ImageOriginal); err == nil {
			d.t.Error("somebody else sees the photo")
		}
	})
}

func TestUploadsThatAreNotTaken(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		cases := []struct {
			name    string
			file    []byte
			takenOn civil.Date
			want    error
		}{
			{"nothing", nil, civil.Date{}, photo.ErrEmpty},
			{"no picture", []byte("<svg onload=alert(1)>"), civil.Date{}, photo.ErrFormat},
			{"30 MB", make([]byte, 30<<20), civil.Date{}, photo.ErrTooLarge},
			{"a PNG of 60,000 × 60,000", pngHeader(60_000, 60_000), civil.Date{}, photo.ErrTooManyPixels},
			{"older than six months", picture(520, 756, 5), day(2026, 4, 8), application.ErrPhotoOld},
			{"from next year", picture(520, 756, 5), day(2027, 4, 8), application.ErrPhotoDate},
		}
		for _, c := range cases {
			_, _, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, TakenOn: c.takenOn, Data: c.file})
			if !errors.Is(err, c.want) {
				d.t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		storetest.View(d.t, d.db, func(tx *store.Tx) error {
			kept, err := tx.Photos(ctx, id)
			if len(kept) != 0 {
				d.t.Errorf("%d photos were kept", len(kept))
			}
			return err
		})
	})
}

// pngHeader is a small PNG that says it is of that size.
func pngHeader(w, h uint32) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	file := b.Bytes()
	binary.BigEndian.PutUint32(file[16:], w)
	binary.BigEndian.PutUint32(file[20:], h)
	return file
}

func TestAPhotoTooSmallIsReportedAndCannotBeAppliedWith(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		p, report, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, Data: picture(300, 436, 5)})
		if err != nil || !report.Refused() {
			d.t.Fatalf("%+v, %v", report, err)
		}
		if _, err := d.try(id, application.First, application.Album, p.ID); !errors.Is(err, issuance.ErrPhotoRefused) {
			d.t.Errorf("%v", err)
		}
	})
}

func TestOnlyAPhotoOfOnesOwnAndOfTheRouteServes(t *testing.T) {
	each(t, func(d *desk) {
		mine, theirs := d.add("route:album"), d.add("route:camera")
		others := d.upload(theirs, photo.FromAlbum)
		album := d.upload(mine, photo.FromAlbum)
		for what, photoID := range map[string]string{"none": "", "unknown": "x", "another's": others} {
			if _, err := d.try(mine, application.First, application.Album, photoID); !errors.Is(err, issuance.ErrPhotoMissing) {
				d.t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := d.try(mine, application.First, application.Camera, album); !errors.Is(err, issuance.ErrPhotoMissing) {
			d.t.Errorf("from the album as from the camera: %v", err)
		}
		d.decide(d.apply(mine, application.First, application.Album, album), application.TooDark)
		if _, err := d.try(mine, application.First, application.Album, album); !errors.Is(err, issuance.ErrPhotoUsed) {
			d.t.Errorf("the refused one again: %v", err)
		}
	})
}

func TestAPhotoHandedInBeforeIsRecognised(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		file, err := os.ReadFile("../demo/portraits/gu.jpg")
		if err != nil {
			d.t.Fatal(err)
		}
		up := issuance.Upload{LicenceID: id, Source: photo.FromCamera, Data: file}
		p, first, err := d.Upload(ctx, driver(id), up)
		if err != nil {
			d.t.Fatal(err)
		}
		d.decide(d.apply(id, application.First, application.Camera, p.ID), application.TooDark)
		_, second, err := d.Upload(ctx, driver(id), up)
		if err != nil {
			d.t.Fatal(err)
		}
		verdict := func(r issuance.Report) photo.Verdict {
			for _, f := range r.Findings {
				if f.Rule == photo.RuleUnused {
					return f.Verdict
				}
			}
			return ""
		}
		if verdict(first) != photo.Pass || verdict(second) != photo.Fail {
			d.t.Errorf("%s at first, %s when it was refused before", verdict(first), verdict(second))
		}
	})
}

func TestAHolidayAnnouncedLaterMovesThePromise(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		calendar := workday.Default().With(map[civil.Date]workday.Kind{civil.Of(c.DueAt.Add(-time.Hour)): workday.Off})
		d.Service.Calendar = fixed(calendar)
		if n, err := d.Redate(ctx); n != 1 || err != nil {
			d.t.Fatalf("moved %d, %v", n, err)
		}
		if n, err := d.Redate(ctx); n != 0 || err != nil {
			d.t.Errorf("moved again: %d, %v", n, err)
		}
		p, err := d.Progress(ctx, id, c.ID)
		if err != nil || !p.DueAt.Equal(p.Due.At) || p.Due.Date != day(2026, 10, 12) {
			d.t.Errorf("%+v, %v", p, err)
		}
	})
}

// A client that lies about its check, or leaves its declarations out, changes
// nothing: what it sends of a report is not read, the server's own is kept and
// decides, and what the server could not tell must be declared.
func TestAClientThatLiesAboutItsCheckChangesNothing(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		small, report, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, Data: picture(300, 436, 5)})
		if err != nil || !report.Refused() {
			d.t.Fatalf("%+v, %v", report, err)
		}
		if _, err := d.try(id, application.First, application.Album, small.ID); !errors.Is(err, issuance.ErrPhotoRefused) {
			d.t.Errorf("a refused photo of which everything is declared good: %v", err)
		}
		good := d.upload(id, photo.FromAlbum)
		for what, declared := range map[string][]photo.RuleID{"nothing": nil, "all but one": allRules()[1:], "what was measured only": {photo.RuleSize, photo.RuleColour}} {
			_, err := d.Submit(ctx, driver(id), issuance.Submission{
				LicenceID: id, Kind: application.First, Route: application.Album, PhotoID: good, Consents: consents, Declared: declared,
			})
			if !errors.Is(err, issuance.ErrUndeclared) {
				d.t.Errorf("%s declared: %v", what, err)
			}
		}
		c := d.apply(id, application.First, application.Album, good)
		r, err := d.Claim(ctx, reviewer("r1"), c.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		if open := r.Report().Undeclared(nil); len(open) == 0 || len(r.Report().Undeclared(r.Declared)) != 0 {
			d.t.Errorf("the reviewer sees %v open", open)
		}
	})
}

// What the camera wrote into the file counts before what the phone says of it;
// where the file says nothing, the day is the phone's word, nothing was measured,
// and the driver must declare it.
func TestTheDayOfAPhotoIsTheFilesOrDeclared(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		send := func(exif string, phone civil.Date) (photo.Stored, issuance.Report, error) {
			return d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, TakenOn: phone, Data: dated(picture(520, 756, 9), exif)})
		}
		p, report, err := send("2026:09:01 10:00:00", day(2025, 1, 1))
		if err != nil || p.TakenOn != day(2026, 9, 1) || !report.Judged(photo.RuleRecent) {
			d.t.Errorf("the file's day: %s, judged %v, %v", p.TakenOn, report.Judged(photo.RuleRecent), err)
		}
		if _, _, err := send("2026:03:01 10:00:00", day(2026, 10, 1)); !errors.Is(err, application.ErrPhotoOld) {
			d.t.Errorf("an old file that the phone calls new: %v", err)
		}
		p, report, err = send("", day(2026, 10, 1))
		if err != nil || p.TakenOn != day(2026, 10, 1) || !slices.Contains(report.Undeclared(nil), photo.RuleRecent) {
			d.t.Errorf("the phone's day: %s, left open %v, %v", p.TakenOn, report.Undeclared(nil), err)
		}
		p, report, err = send("", civil.Date{})
		if err != nil || !p.TakenOn.IsZero() || !slices.Contains(report.Undeclared(nil), photo.RuleRecent) {
			d.t.Errorf("no day at all: %s, left open %v, %v", p.TakenOn, report.Undeclared(nil), err)
		}
	})
}

// dated puts the time of the exposure into a JPEG's EXIF; "": none.
func dated(jpeg []byte, at string) []byte {
	if at == "" {
		return jpeg
	}
	entry := func(tag, kind uint16, n, value uint32) []byte {
		b := binary.BigEndian.AppendUint16(nil, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, n), value)
	}
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01")
	exif = append(append(exif, entry(0x8769, 4, 1, 26)...), 0, 0, 0, 0, 0, 1)
	exif = append(append(append(exif, entry(0x9003, 2, 20, 44)...), 0, 0, 0, 0), at+"\x00"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return slices.Concat(jpeg[:2], segment, exif, jpeg[2:])
}
