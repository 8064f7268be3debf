package register_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
)

// portrait draws a picture of one colour, 260 × 378.
func portrait(c color.Color) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 260, 378))
	for y := range 378 {
		for x := range 260 {
			m.Set(x, y, c)
		}
	}
	return m
}

func asJPEG(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// withPhotos is a file whose lines name photos.
func withPhotos(rows ...row) string {
	var b strings.Builder
	names := append(header[:len(header):len(header)], "photo", "photo_taken_on", "photo_source")
	b.WriteString(strings.Join(names, ",") + "\n")
	for _, r := range rows {
		var cells []string
		for _, name := range names {
			cells = append(cells, r[name])
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return b.String()
}

func named(n int, photo string) row {
	return person(n, row{"photo": photo, "photo_taken_on": "2024-05-20", "photo_source": "1"})
}

func TestPhotosComeFromAFolderOnceEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := t.TempDir()
		grey, blue := asJPEG(portrait(color.Gray{200})), asPNG(portrait(color.RGBA{20, 40, 200, 255}))
		outside := filepath.Join(filepath.Dir(dir), "outside.jpg")
		for path, data := range map[string][]byte{
			filepath.Join(dir, "1.jpg"): grey, filepath.Join(dir, "2.jpg"): blue, // a PNG that says JPEG
			filepath.Join(dir, "cut.jpg"): grey[:600], filepath.Join(dir, "text.jpg"): []byte("no picture"), outside: grey,
		} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(outside, filepath.Join(dir, "link.jpg")); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()

		o := newOffice(t, db)
		take := func(text string) *register.Report {
			t.Helper()
			o.later(time.Minute)
			f := textFile(text)
			f.Photos = root.FS()
			r, err := o.Import(ctx, feeder, f, register.Options{GoOn: true})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		text := withPhotos(named(1, "1.jpg"), named(2, "2.jpg"), named(3, "cut.jpg"), named(4, "text.jpg"), named(5, "9.jpg"), named(6, "../outside.jpg"), named(7, "link.jpg"), person(8, row{"photo": "1.jpg"}))
		want := []string{
			"4 photo photo.corrupt", "5 photo photo.format", "6 photo register.photo_file", "7 photo register.photo_file", "8 photo register.photo_file",
			"9 photo_source register.missing",
		}
		r := take(text)
		if diff := cmp.Diff(want, refusals(r)); diff != "" || r.Applied != 2 {
			t.Fatalf("%+v %s", r, diff)
		}
		e := o.entry("000000000001")
		if e.PhotoID == "" || e.Licence.Photo.Source != licence.FromIdentityCard || e.Licence.Photo.TakenOn != civil.D(2024, 5, 20) || !licence.DirectWay(e.Licence, o.now) {
			t.Errorf("%+v", e.Licence.Photo)
		}
		storetest.View(t, db, func(tx *store.Tx) error {
			p, err := tx.Photo(ctx, e.PhotoID)
			if err != nil {
				return err
			}
			picture, err := tx.PhotoImage(ctx, p, photo.ImagePortrait)
			if p.Source != photo.FromRegister || p.LicenceID != e.ID || !bytes.HasPrefix(picture, []byte("\xff\xd8")) {
				t.Errorf("%+v", p)
			}
			return err
		})

		if r := take(text); r.Applied != 0 || r.Unchanged != 2 {
			t.Errorf("again: %+v", r)
		}
		if take(withPhotos(named(1, ""))); o.entry("000000000001").PhotoID != e.PhotoID {
			t.Error("an empty cell took the photo away")
		}
		if o.file(csv(person(1, row{"ZT": "H"}))); o.entry("000000000001").PhotoID != e.PhotoID {
			t.Error("a file without photos took it away")
		}
		if o.file(withPhotos(named(1, "nowhere.jpg"))); o.entry("000000000001").PhotoID != e.PhotoID {
			t.Error("without a folder the photo stays")
		}
		take(withPhotos(named(1, "2.jpg")))
		other := o.entry("000000000001")
		if other.PhotoID == e.PhotoID || other.PhotoID == "" {
			t.Error("another photo was not taken")
		}
		take(withPhotos(person(1, row{"ZT": "A", "photo": "1.jpg", "photo_source": "1", "photo_taken_on": "2024-05-20"})))
		if back := o.entry("000000000001"); back.PhotoID != e.PhotoID {
			t.Error("the first photo was stored twice")
		}
	})
}

func TestTheFeedCarriesThePhotoItself(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	line, err := register.Write(o.entry("000000000001").Licence, "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	body := strings.TrimSuffix(string(line), "}\n") + `,"photo_source":"2","photo_data":"` + base64.StdEncoding.EncodeToString(asJPEG(portrait(color.Gray{128}))) + "\"}\n"
	r, err := o.Apply(ctx, feeder, "r1", "register", []byte(body+strings.Replace(body, `"photo_data":"`, `"photo_data":"!`, 1)))
	if err != nil || r.Applied != 1 || r.Refused != 1 || r.Refusals[0].Code != register.ErrPhotoData.Code {
		t.Fatalf("%+v %v", r, err)
	}
	if e := o.entry("000000000001"); e.PhotoID == "" || e.Licence.Photo.Source != licence.FromLicence || !e.Pending {
		t.Errorf("%+v", e)
	}
}

// The portrait of a photo that the register brings is cut where its face is,
// and from the middle where none is found.
func TestARegistersPhotoIsCutWhereItsFaceIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m := image.NewRGBA(image.Rect(0, 0, 520, 756)) // white but for a blue corner, where the “face” is
		for y := range 756 {
			for x := range 520 {
				m.Set(x, y, color.White)
				if x < 130 && y < 189 {
					m.Set(x, y, color.RGBA{20, 40, 200, 255})
				}
			}
		}
		o := newOffice(t, db)
		for n, c := range []struct {
			crop photo.Crop
			blue bool
		}{{photo.Crop{W: 130, H: 189}, true}, {photo.Crop{}, false}} {
			o.later(time.Minute)
			o.Frame = func(context.Context, *photo.Picture) (photo.Crop, error) { return c.crop, nil }
			f := textFile(withPhotos(named(n+1, "face.jpg")))
			f.Photos = fstest.MapFS{"face.jpg": {Data: asJPEG(m)}}
			if _, err := o.Import(ctx, feeder, f, register.Options{}); err != nil {
				t.Fatal(err)
			}
			e := o.entry(licence.FileNumber(fmt.Sprintf("%012d", n+1)))
			storetest.View(t, db, func(tx *store.Tx) error {
				p, err := tx.Photo(ctx, e.PhotoID)
				if err != nil {
					return err
				}
				data, err := tx.PhotoImage(ctx, p, photo.ImagePortrait)
				if err != nil {
					return err
				}
				cut, err := jpeg.Decode(bytes.NewReader(data))
				if err != nil {
					return err
				}
				if size := cut.Bounds().Size(); size != image.Pt(photo.PortraitWidth, photo.PortraitHeight) || len(data) > 30<<10 {
					t.Errorf("the portrait is %v in %d bytes", size, len(data))
				}
				r, _, b, _ := cut.At(photo.PortraitWidth/2, photo.PortraitHeight/2).RGBA()
				if blue := b > 2*r; blue != c.blue {
					t.Errorf("crop %+v: blue in the middle: %v", c.crop, blue)
				}
				return nil
			})
		}
	})
}
