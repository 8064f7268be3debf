// Package desktest is a small world for tests of checks: drivers with phones,
// relying parties with terminals and operators, and a clock moved by hand.
// What is tested goes through the services' front doors; the rest is put where
// it belongs, because it would take its time.
package desktest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/credential"
	"edl/internal/demo"
	"edl/internal/detention"
	"edl/internal/follow"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/offline"
	"edl/internal/photo"
	"edl/internal/presentation"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
	"edl/livecode"
	"edl/mdoc/rawsig"
)

// Origin is what proofs are bound to.
const Origin = "http://localhost:8080"

// Staff is who registers parties.
var Staff = audit.Actor{Kind: audit.ByStaff, ID: "staff", Role: "system"}

// A Published event is what a driver's phone was told.
type Published struct {
	LicenceID, Name string
	Data            any
}

// World is a platform at work.
type World struct {
	T            testing.TB
	DB           *store.DB
	Parties      *relyingparty.Service
	Checks       *verification.Service
	Consents     *consent.Service
	Bulk         *verification.Bulk
	Detentions   *detention.Service
	Delays       *verification.Delays
	Follow       *follow.Service // sends nothing until a test says how
	Drivers      *account.Drivers
	Sessions     *account.Sessions
	PartyAdmins  *account.Staff
	Authority    *authority.Service
	Presentation *presentation.Service
	Offline      *offline.Service // after OpenOffline
	KeysDir      string
	Limiter      *account.Limiter // no rates: nothing is limited

	mu     sync.Mutex // guards what follows
	now    time.Time
	events []Published
	people map[string]licence.Licence
	serial int
}

// start is where every world's clock begins.
var start = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)

// people are the demonstration's who show a case, without a photo. They and
// the hash of a PIN take their time to make, so tests share them.
var people = sync.OnceValue(func() map[string]licence.Licence {
	all := map[string]licence.Licence{}
	for _, p := range demo.People(start) {
		if p.Key != "" {
			p.Licence.Photo = licence.Photo{}
			all[p.Key] = p.Licence
		}
	}
	return all
})

// handedOut is the PIN of every operator here.
const handedOut = "483920"

var handedOutHash = sync.OnceValue(func() string { return account.HashSecret(handedOut) })

// Open makes a world over an empty database.
func Open(t testing.TB, db *store.DB) *World {
	t.Helper()
	w := &World{T: t, DB: db, now: start, people: people()}
	w.Limiter = &account.Limiter{Now: w.Now, Rates: map[string]account.Rate{}}
	w.Authority = &authority.Service{InTx: store.In[authority.Tx](db), Read: store.Read[authority.Tx](db), Now: w.Now}
	w.Parties = &relyingparty.Service{InTx: store.In[relyingparty.Tx](db), Read: store.Read[relyingparty.Tx](db), Now: w.Now, Origin: Origin, Allow: w.Limiter.Allow}
	w.Checks = &verification.Service{InTx: store.In[verification.Tx](db), Read: store.Read[verification.Tx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Publish: w.publish, Origin: Origin}
	w.Bulk = &verification.Bulk{InTx: store.In[verification.BulkTx](db), Read: store.Read[verification.BulkTx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Answered: w.Checks.Tell}
	w.Delays = &verification.Delays{InTx: store.In[verification.DelayTx](db), Read: store.Read[verification.DelayTx](db), Now: w.Now}
	w.Detentions = &detention.Service{InTx: store.In[detention.Tx](db), Read: store.Read[detention.Tx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Publish: w.publish}
	w.Consents = &consent.Service{InTx: store.In[consent.Tx](db), Read: store.Read[consent.Tx](db), Now: w.Now, Publish: w.publish}
	w.Follow = w.AnotherFollow()
	w.Drivers = &account.Drivers{InTx: store.In[account.DriverTx](db), Read: store.Read[account.DriverTx](db), Now: w.Now, Origin: Origin, Allow: w.Limiter.Allow}
	w.Drivers.Cease = func(ctx context.Context, tx account.DriverTx, by audit.Actor, licenceID string, why licence.ChangeKind) error {
		return (&issuance.Service{Now: w.Now, Profile: w.Authority.Profile}).Cease(ctx, tx.(issuance.Tx), by, licenceID, why)
	}
	w.Sessions = &account.Sessions{InTx: store.In[account.SessionTx](db), Read: store.Read[account.SessionTx](db), Now: w.Now}
	w.PartyAdmins = &account.Staff{InTx: store.InAdmins(db), Read: store.ReadAdmins(db), Now: w.Now, Issuer: "edl", Allow: w.Limiter.Allow, Of: account.PartyPop}
	w.Presentation = &presentation.Service{Read: store.Read[presentation.Tx](db), Now: w.Now, Profile: w.Authority.Profile}
	profile := authority.Profile{Name: lang.T("示例市公安局交通管理支队", "Example City Traffic Police"), Code: "示A", Phone: "010-0000000", Jurisdiction: "CN-11"}
	if err := w.Authority.SaveProfile(context.Background(), Staff, profile); err != nil {
		t.Fatal(err)
	}
	return w
}

// OpenOffline makes keys for codes and bundles, and what signs with them.
func (w *World) OpenOffline() *offline.Service {
	w.T.Helper()
	w.KeysDir = w.T.TempDir()
	for _, use := range keys.Uses {
		_, err := keys.InitSet(w.KeysDir, use, w.Now())
		w.must(err)
	}
	w.Offline = w.AnotherOffline()
	return w.Offline
}

// AnotherOffline is the same on another server: it shares database and keys.
func (w *World) AnotherOffline() *offline.Service {
	code, bundle := &keys.Live{Dir: w.KeysDir, Use: keys.ForCode}, &keys.Live{Dir: w.KeysDir, Use: keys.ForBundle}
	return &offline.Service{
		InTx: store.In[offline.Tx](w.DB), Read: store.Read[offline.Tx](w.DB), Now: w.Now, Allow: w.Limiter.Allow, Issuer: "https://licence.example.cn",
		CodeKeys: code.Set, BundleKeys: bundle.Set, Profile: w.Authority.Profile,
	}
}

// AnotherFollow is what follows on another server: it shares the database.
func (w *World) AnotherFollow() *follow.Service {
	return &follow.Service{InTx: store.In[follow.Tx](w.DB), Read: store.Read[follow.Tx](w.DB), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Publish: w.publish}
}

// Now is the world's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Wait moves the clock.
func (w *World) Wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *World) publish(licenceID, name string, data any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, Published{licenceID, name, data})
}

// Events returns what phones were told since the last call.
func (w *World) Events() []Published {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

// must stops the test.
func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// NewKey makes a P-256 key.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Point returns a key's public point as devices send it.
func Point(key *ecdsa.PrivateKey) []byte {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err) // it was just made on the curve
	}
	return point
}

// Sign makes a raw signature, as browsers do.
func Sign(key *ecdsa.PrivateKey, text string) []byte {
	signature, err := rawsig.ES256.Sign(key, []byte(text))
	if err != nil {
		panic(err) // an ES256 key signs
	}
	return signature
}

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

func (w *World) tx(f func(context.Context, *store.Tx) error) {
	w.T.Helper()
	storeErr := w.DB.Update(context.Background(), func(tx *store.Tx) error { return f(context.Background(), tx) })
	w.must(storeErr)
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

// A Desk is an operator on a terminal of a party.
type Desk struct {
	w          *World
	Party      *relyingparty.Party
	TerminalID string
	Key        *ecdsa.PrivateKey // of the terminal
	OperatorID string
	Number     string // of the operator
	PIN        string // handed out
}

// Desk registers a party that is granted the scenarios, with a terminal and an
// operator.
func (w *World) Desk(kind relyingparty.Kind, scenarios ...relyingparty.ScenarioID) *Desk {
	w.T.Helper()
	p, err := w.Parties.Add(context.Background(), Staff, w.Form(kind, scenarios...))
	w.must(err)
	return w.DeskOf(p)
}

// Form is a party that nobody has registered yet.
func (w *World) Form(kind relyingparty.Kind, scenarios ...relyingparty.ScenarioID) relyingparty.Form {
	w.serial++
	first17 := fmt.Sprintf("91000000%09d", w.serial)
	return relyingparty.Form{
		Name: fmt.Sprintf("示例单位%d", w.serial), Contact: "值班室", Phone: "010-0000001", Kind: kind, Scenarios: scenarios,
		USCC: identity.USCC(first17 + string(identity.USCCCheck(first17))),
	}
}

// DeskOf adds a terminal and an operator to a party.
func (w *World) DeskOf(p *relyingparty.Party) *Desk {
	w.T.Helper()
	d := &Desk{w: w, Party: p, Key: NewKey(w.T)}
	d.TerminalID = w.Enrol(p.ID, d.Key).ID
	w.serial++
	d.Number = fmt.Sprintf("%06d", w.serial)
	d.OperatorID, d.PIN = uid.New(w.Now()), handedOut
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddOperator(ctx, &relyingparty.Operator{
			ID: d.OperatorID, PartyID: p.ID, Number: d.Number, Name: "沈望舒", PIN: handedOutHash(), MustChange: true,
			Status: relyingparty.Active, CreatedAt: w.now,
		})
	})
	return d
}

// Enrol makes a device with the key a terminal of the party.
func (w *World) Enrol(partyID string, key *ecdsa.PrivateKey) *relyingparty.Terminal {
	w.T.Helper()
	code, _, err := w.Parties.NewCode(context.Background(), Staff, partyID, relyingparty.CodeLife)
	w.must(err)
	t, _, err := w.Parties.Enrol(context.Background(), audit.Actor{Kind: audit.ByVisitor, ID: "anonymous"}, "address", Enrolment(code, key))
	w.must(err)
	return t
}

// Enrolment is what a device with the key sends for a code.
func Enrolment(code string, key *ecdsa.PrivateKey) relyingparty.Enrolment {
	return relyingparty.Enrolment{
		Code: code, PublicKey: Point(key), Name: "前台1号", Place: "示例路1号", Signature: Sign(key, relyingparty.EnrolProof(Origin, code)),
	}
}

// Asker is who asks at this desk.
func (d *Desk) Asker() verification.Asker {
	return verification.Asker{TerminalID: d.TerminalID, OperatorID: d.OperatorID}
}

// NewRequest returns a fresh request identifier.
func NewRequest() string {
	n := strings.ToLower(uid.Digits(32))
	return n[:8] + "-" + n[8:12] + "-" + n[12:16] + "-" + n[16:20] + "-" + n[20:]
}

// Ask checks a code under a scenario, with all that the scenario asks for.
func (d *Desk) Ask(scenario relyingparty.ScenarioID, code string) (*verification.Check, error) {
	return d.w.Checks.Check(context.Background(), d.Asker(), d.Question(scenario, code))
}

// Question is a question about a code, with all that the scenario asks for.
func (d *Desk) Question(scenario relyingparty.ScenarioID, code string) verification.Question {
	q := verification.Question{RequestID: NewRequest(), Scenario: scenario, Way: relyingparty.ByCode, Code: code}
	switch scenario {
	case relyingparty.WindowCheck:
		q.CaseNumber = "SW-1"
	case relyingparty.Hiring, relyingparty.Underwriting, relyingparty.Regulation:
		q.VehicleClass = "C1"
	case relyingparty.Renting:
		q.VehicleClass, q.RentalEnd = "C1", civil.Of(d.w.Now()).AddDays(3)
	}
	return q
}

// Request asks a driver for consent, with all that the scenario asks for, and
// returns the link's token.
func (d *Desk) Request(kind consent.Kind, scenario relyingparty.ScenarioID) (*consent.Request, string) {
	d.w.T.Helper()
	q := d.Question(scenario, "")
	c := consent.Case{Why: "入职前核对", VehicleClass: q.VehicleClass, RentalEnd: q.RentalEnd}
	if scenario == relyingparty.Claim {
		c.PolicyNumber, c.VehicleClass = "BD-1", ""
	}
	r, token, err := d.w.Checks.Ask(context.Background(), d.Asker(), kind, c, scenario)
	d.w.must(err)
	return r, token
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

// fields are all that a request asks for.
func (w *World) fields(r *consent.Request) (fields []relyingparty.Field) {
	all, err := w.Parties.Scenarios(context.Background())
	w.must(err)
	for _, s := range all {
		if s.ID == r.Scenario {
			for _, it := range r.Items(s) {
				fields = append(fields, it.Field)
			}
		}
	}
	return fields
}

// LookUp checks by number and name.
func (d *Desk) LookUp(scenario relyingparty.ScenarioID, number, name string) (*verification.Check, error) {
	q := d.Question(scenario, "")
	q.Way, q.Number, q.Name, q.Reason = relyingparty.ByNumber, number, name, "未带手机"
	return d.w.Checks.Check(context.Background(), d.Asker(), q)
}

// SignIn opens a session at this desk with a PIN.
func (d *Desk) SignIn(pin string) (*account.Session, string, error) {
	challenge, err := d.w.Parties.Challenge(context.Background(), "address", d.TerminalID)
	d.w.must(err)
	return d.w.Parties.SignIn(context.Background(), "address", relyingparty.SignIn{Proof: d.Proof(challenge), PIN: pin})
}

// Proof answers a challenge with the terminal's key.
func (d *Desk) Proof(challenge string) relyingparty.Proof {
	return relyingparty.Proof{
		TerminalID: d.TerminalID, Challenge: challenge, OperatorNumber: d.Number,
		Signature: Sign(d.Key, relyingparty.SessionProof(Origin, challenge, d.Number)),
	}
}
