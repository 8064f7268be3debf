package desktest

import (
	"context"
	"crypto/ecdsa"
	"slices"
	"time"

	"edl/internal/account"
	"edl/internal/consent"
	"edl/internal/credential"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
	"edl/livecode"
)

// A Driver holds a licence and a phone with an electronic licence.
type Driver struct {
	w         *World
	LicenceID string
	Licence   licence.Licence
	Key       *ecdsa.PrivateKey
	DeviceID  string
}

// Driver puts somebody on the register who shows a case of the demonstration,
// such as "status:B", changed as wished; enrols a phone and issues the
// electronic licence with a photo.
func (w *World) Driver(key string, change func(*licence.Licence)) *Driver {
	w.T.Helper()
	d := w.Bare(key, change)
	photoID := w.photo(d.LicenceID)
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		entry, err := tx.LicenceByID(ctx, d.LicenceID)
		if err != nil {
			return err
		}
		return tx.SaveElectronic(ctx, &credential.Electronic{
			ID: uid.New(w.now), LicenceID: d.LicenceID, Identifier: "test." + d.LicenceID, IdentifierVersion: 1,
			RegisterVersionID: entry.VersionID, PhotoID: photoID, IssuedAt: w.now,
		})
	})
	return d
}

// Bare is Driver without an electronic licence.
func (w *World) Bare(key string, change func(*licence.Licence)) *Driver {
	w.T.Helper()
	l, ok := w.people[key]
	if !ok {
		w.T.Fatalf("the demonstration has nobody who shows %q", key)
	}
	l.Classes = slices.Clone(l.Classes)
	if change != nil {
		change(&l)
	}
	registertest.Add(w.T, w.DB, w.Now(), l)
	d := &Driver{w: w, Licence: l, Key: NewKey(w.T)}
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		entry, err := tx.LicenceByFile(ctx, l.FileNumber)
		if err != nil {
			return err
		}
		d.LicenceID = entry.ID
		d.DeviceID = uid.New(w.now)
		serial := livecode.NewSerial()
		return tx.SaveDevice(ctx, &account.Device{
			ID: d.DeviceID, LicenceID: entry.ID, Name: "手机", PublicKey: Point(d.Key), Serial: serial[:],
			SerialAt: w.now, EnrolledAt: w.now, LastSeenAt: w.now,
		})
	})
	return d
}

// AnotherPhone enrols a second phone of the driver.
func (d *Driver) AnotherPhone() *Driver {
	d.w.T.Helper()
	second := *d
	second.Key, second.DeviceID = NewKey(d.w.T), uid.New(d.w.Now())
	serial := livecode.NewSerial()
	d.w.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveDevice(ctx, &account.Device{
			ID: second.DeviceID, LicenceID: d.LicenceID, Name: "另一部手机", PublicKey: Point(second.Key), Serial: serial[:],
			SerialAt: d.w.Now(), EnrolledAt: d.w.Now(), LastSeenAt: d.w.Now(),
		})
	})
	return &second
}

// WebP stands for a face in a code.
var WebP = append([]byte("RIFF\xfe\x01\x00\x00WEBP a face"), make([]byte, 480)...)

// JPEG stands for a portrait.
var JPEG = []byte("\xff\xd8\xff\xe0 a portrait")

func (w *World) photo(licenceID string) string {
	w.T.Helper()
	id := uid.New(w.Now())
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.SavePhoto(ctx, photo.Stored{ID: id, LicenceID: licenceID, Source: photo.FromCamera, At: w.now}, map[photo.Image][]byte{photo.ImagePortrait: JPEG, photo.ImageSmall: WebP})
	})
	return id
}

// Change brings a new version of the driver's record to the register.
func (d *Driver) Change(change func(*licence.Licence)) {
	d.w.T.Helper()
	change(&d.Licence)
	d.w.Wait(time.Millisecond) // versions are ordered by when they were learned
	registertest.Add(d.w.T, d.w.DB, d.w.Now(), d.Licence)
}

// Status sets the driver's letters.
func (d *Driver) Status(letters licence.Status) {
	d.w.T.Helper()
	d.Change(func(l *licence.Licence) { l.Status = letters })
}

// Serial is the serial of the driver's phone now.
func (d *Driver) Serial() (serial livecode.Serial) {
	d.w.tx(func(ctx context.Context, tx *store.Tx) error {
		device, err := tx.Device(ctx, d.DeviceID)
		if err == nil {
			serial = livecode.Serial(device.Serial)
		}
		return err
	})
	return serial
}

// Code makes a live code on the driver's phone, as old as given.
func (d *Driver) Code(age time.Duration) string {
	d.w.T.Helper()
	return d.CodeBy(d.Key, d.Serial(), age)
}

// CodeBy makes a live code with any key and serial.
func (d *Driver) CodeBy(key *ecdsa.PrivateKey, serial livecode.Serial, age time.Duration) string {
	text, err := livecode.SignShort(key, serial, livecode.NewMoment(d.w.Now().Add(-age), nil))
	d.w.must(err)
	return text
}

// Reissue gives the driver an electronic licence anew, of the newest version.
func (d *Driver) Reissue() {
	d.w.T.Helper()
	d.w.tx(func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.ElectronicLicence(ctx, d.LicenceID)
		if err != nil {
			return err
		}
		entry, err := tx.LicenceByID(ctx, d.LicenceID)
		if err != nil {
			return err
		}
		return tx.SaveElectronic(ctx, &credential.Electronic{
			ID: uid.New(d.w.now), LicenceID: d.LicenceID, Identifier: before.Identifier, IdentifierVersion: before.IdentifierVersion + 1,
			RegisterVersionID: entry.VersionID, PhotoID: before.PhotoID, IssuedAt: d.w.now, PreviousID: before.ID,
		})
	})
}

// Invalidate ends the electronic licence, as a change of the register does.
func (d *Driver) Invalidate() {
	d.w.T.Helper()
	d.w.tx(func(ctx context.Context, tx *store.Tx) error {
		e, err := tx.ElectronicLicence(ctx, d.LicenceID)
		if err != nil {
			return err
		}
		e.Invalidate([]licence.Change{{Kind: licence.ValidityChanged, Say: lang.T("有效期变更", "validity changed")}}, d.w.now)
		return tx.SaveElectronic(ctx, e)
	})
}

// Yes is the driver's consent to a request, with those fields.
func (d *Driver) Yes(token string, fields ...relyingparty.Field) verification.Decision {
	return verification.Decision{Token: token, Fields: fields, Signature: Sign(d.Key, consent.Proof(Origin, token, fields)), Confirmed: account.BySMS}
}

// Consent answers a request with yes.
func (d *Driver) Consent(token string, fields ...relyingparty.Field) (*consent.Request, error) {
	return d.w.Checks.Consent(context.Background(), d.Holder(), d.Yes(token, fields...))
}

// Holder is the driver on the phone.
func (d *Driver) Holder() verification.Holder {
	return verification.Holder{LicenceID: d.LicenceID, DeviceID: d.DeviceID}
}

// Authorise lets the desk's party ask by number under a scenario.
func (d *Driver) Authorise(desk *Desk, scenario relyingparty.ScenarioID) {
	d.w.T.Helper()
	r, token := desk.Request(consent.Lasting, scenario)
	_, err := d.Consent(token, d.w.fields(r)...)
	d.w.must(err)
}
