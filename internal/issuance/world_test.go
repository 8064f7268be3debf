package issuance_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/demo"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/serial"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/workday"
)

var ctx = context.Background()

// start is when every test begins: Friday, 2026-10-09 10:32 in Shanghai.
var start = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)

// desk is an issuing desk with its database and a clock moved by hand.
type desk struct {
	*issuance.Service
	t      testing.TB
	db     *store.DB
	people map[string]licence.Licence // by case key

	mu  sync.Mutex // guards what follows
	now time.Time
	saw []string // events published: "application", "message", "state"
}

func open(t testing.TB, db *store.DB) *desk {
	d := &desk{t: t, db: db, now: start, people: map[string]licence.Licence{}}
	for _, p := range demo.People(start) {
		if p.Key != "" {
			d.people[p.Key] = p.Licence
		}
	}
	d.Service = &issuance.Service{
		InTx: store.In[issuance.Tx](db), Read: store.Read[issuance.Tx](db), Now: d.clock,
		Calendar: func(context.Context) (workday.Calendar, error) { return workday.Default(), nil },
		Profile: func(context.Context) (authority.Profile, error) {
			return authority.Profile{Name: lang.T("示范市公安局交通管理局", "Example Traffic Police"), Code: "示A", Phone: "000-1234567"}, nil
		},
		Issuer: issuerOf(t, 1), Checker: photo.NewChecker(nil, photo.DefaultSettings()), Numbers: serial.NewPool(db.TakeNumbers),
		Publish: func(_, event string, _ any) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.saw = append(d.saw, event)
		},
	}
	return d
}

func issuerOf(t testing.TB, seed byte) *credential.Issuer {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := credential.NewIssuer(key)
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

// each runs f on both databases.
func each(t *testing.T, f func(d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(open(t, db)) })
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) later(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// portraitFile is what the register holds of a face: small, so that the tests
// spend no time on pictures.
var portraitFile = picture(26, 38, 3)

// add puts the person of a case on the register, changed as a test needs it,
// with the photo that the licence names.
func (d *desk) add(key string, changes ...func(*licence.Licence)) string {
	d.t.Helper()
	l, ok := d.people[key]
	if !ok {
		d.t.Fatalf("nobody shows %s", key)
	}
	for _, change := range changes {
		change(&l)
	}
	return d.record(l)
}

// record puts a record on the register and returns the licence's identifier.
func (d *desk) record(l licence.Licence) string {
	d.t.Helper()
	if l.Photo.Source == "" {
		registertest.Add(d.t, d.db, d.clock(), l)
	} else {
		registertest.AddWithPhoto(d.t, d.db, d.clock(), l, portraitFile)
	}
	id, err := registertest.Service(d.db, d.clock).IDOf(ctx, l.FileNumber)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// change sends a new record of somebody who is on the register; the photo stays.
func (d *desk) change(id string, do func(*licence.Licence)) {
	d.t.Helper()
	d.later(time.Second) // a version holds from another moment
	l := d.entry(id).Licence
	do(&l)
	l.Photo = licence.Photo{}
	registertest.Add(d.t, d.db, d.clock(), l)
}

// garble sends a line about somebody that cannot be read: 信息待核实.
func (d *desk) garble(id string) {
	d.t.Helper()
	d.later(time.Second)
	registertest.Send(d.t, d.db, d.clock(), d.entry(id).Licence, func(cells map[string]string) { cells["classes"] = "A1C9" })
	if !d.entry(id).Pending {
		d.t.Fatal("the garbled line left no mark")
	}
}

func (d *desk) entry(id string) (e *register.Entry) {
	d.t.Helper()
	storetest.View(d.t, d.db, func(tx *store.Tx) (err error) { e, err = tx.LicenceByID(ctx, id); return err })
	return e
}

func (d *desk) electronic(id string) (e *credential.Electronic) {
	d.t.Helper()
	err := d.db.View(ctx, func(tx *store.Tx) (err error) { e, err = tx.ElectronicLicence(ctx, id); return err })
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *desk) caseOf(id application.ID) (c *issuance.Case) {
	d.t.Helper()
	storetest.View(d.t, d.db, func(tx *store.Tx) (err error) { c, err = tx.Case(ctx, id); return err })
	return c
}

func (d *desk) intents(id string) (list []*issuance.Intent) {
	d.t.Helper()
	storetest.View(d.t, d.db, func(tx *store.Tx) (err error) { list, err = tx.IntentsOf(ctx, id); return err })
	return list
}

func (d *desk) inbox(id string) (list []notification.Message) {
	d.t.Helper()
	storetest.View(d.t, d.db, func(tx *store.Tx) (err error) { list, err = tx.Messages(ctx, id, d.clock(), "", 100); return err })
	return list
}

// deeds returns the actions of this package that are recorded about a licence,
// in the order of their names: the clock stands still, so they have no other.
func (d *desk) deeds(id string) (list []audit.Action) {
	d.t.Helper()
	storetest.View(d.t, d.db, func(tx *store.Tx) error {
		rows, err := tx.AuditEntries(ctx, audit.Query{Subject: id, Limit: 1000})
		for _, r := range rows {
			if _, ours := issuance.AuditSentences[r.Action]; ours {
				list = append(list, r.Action)
			}
		}
		slices.Sort(list)
		return err
	})
	return list
}

func driver(id string) audit.Actor { return audit.Actor{Kind: audit.ByDriver, ID: id} }

func reviewer(name string) audit.Actor {
	return audit.Actor{Kind: audit.ByStaff, ID: name, Role: "review"}
}

var consents = issuance.Consents{IdentityNumber: true, Face: true, Version: account.ConsentVersion}

// apply hands in an application that must be taken.
func (d *desk) apply(id string, kind application.Kind, route application.Route, photoID string) *issuance.Case {
	d.t.Helper()
	c, err := d.try(id, kind, route, photoID)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) try(id string, kind application.Kind, route application.Route, photoID string) (*issuance.Case, error) {
	return d.Submit(ctx, driver(id), issuance.Submission{LicenceID: id, Kind: kind, Route: route, PhotoID: photoID, Consents: consents, Declared: allRules()})
}

// allRules is what somebody declares who declares everything.
func allRules() (ids []photo.RuleID) {
	for _, r := range photo.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// upload sends a photo that differs from every other one.
func (d *desk) upload(id string, source photo.Source) string {
	d.t.Helper()
	p, report, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: source, Data: picture(520, 756, byte(len(d.intents(id))*40+17))})
	if err != nil || report.Refused() {
		d.t.Fatalf("the photo was not taken: %v, %+v", err, report.Findings)
	}
	return p.ID
}

// picture draws a JPEG whose pattern depends on the seed.
func picture(w, h int, seed byte) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := byte(x*int(seed)/97+y*3/int(seed%7+2)) ^ seed
			m.SetRGBA(x, y, color.RGBA{v, 255 - v, v / 2, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// hold gives somebody an electronic licence by the direct way.
func (d *desk) hold(id string) *credential.Electronic {
	d.t.Helper()
	c := d.apply(id, application.First, application.OnFile, "")
	if c.Status != application.Issued {
		d.t.Fatalf("the direct way ended as %s", c.Status)
	}
	d.later(time.Minute)
	return d.electronic(id)
}

// work lets the desk's jobs run once.
func (d *desk) work() {
	d.t.Helper()
	if _, err := d.Settle(ctx); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Resume(ctx); err != nil {
		d.t.Fatal(err)
	}
}

func everything() (ids []string) {
	for _, item := range issuance.Checklist {
		ids = append(ids, item.ID)
	}
	return ids
}

// decide lets a reviewer claim and decide a case, and waits until it is final.
func (d *desk) decide(c *issuance.Case, reasons ...application.Reason) *issuance.Case {
	d.t.Helper()
	_, err := d.Claim(ctx, reviewer("r1"), c.ID)
	if err == nil && len(reasons) == 0 {
		_, err = d.Approve(ctx, reviewer("r1"), c.ID, everything())
	} else if err == nil {
		_, err = d.Refuse(ctx, reviewer("r1"), c.ID, reasons, "")
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.later(application.UndoFor)
	d.work()
	return d.caseOf(c.ID)
}

func day(y int, m time.Month, n int) civil.Date { return civil.D(y, m, n) }

func fixed(c workday.Calendar) func(context.Context) (workday.Calendar, error) {
	return func(context.Context) (workday.Calendar, error) { return c, nil }
}

type storeTx = store.Tx
