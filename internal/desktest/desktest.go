// Package desktest is a small world for tests of checks: drivers with phones,
// relying parties with terminals and operators, and a clock moved by hand.
// What is tested goes through the services' front doors; the rest is put where
// it belongs, because it would take its time.
package desktest

import (
	"context"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/consent"
	"edl/internal/demo"
	"edl/internal/detention"
	"edl/internal/follow"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/offline"
	"edl/internal/photo"
	"edl/internal/presentation"
	"edl/internal/relyingparty"
	"edl/internal/serial"
	"edl/internal/store"
	"edl/internal/verification"
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
	Admissions   *admission.Service
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
	w.Checks = &verification.Service{InTx: store.In[verification.Tx](db), Read: store.Read[verification.Tx](db), Ahead: store.Ahead[verification.Tx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Numbers: serial.NewPool(db.TakeNumbers), Publish: w.Publish, Origin: Origin}
	w.Bulk = &verification.Bulk{InTx: store.In[verification.BulkTx](db), Read: store.Read[verification.BulkTx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Answered: w.Checks.Tell}
	w.Delays = &verification.Delays{InTx: store.In[verification.DelayTx](db), Read: store.Read[verification.DelayTx](db), Now: w.Now}
	w.Detentions = &detention.Service{InTx: store.In[detention.Tx](db), Read: store.Read[detention.Tx](db), Now: w.Now,
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Publish: w.Publish}
	w.Consents = &consent.Service{InTx: store.In[consent.Tx](db), Read: store.Read[consent.Tx](db), Now: w.Now, Publish: w.Publish}
	w.Follow = w.AnotherFollow()
	w.Drivers = &account.Drivers{InTx: store.In[account.DriverTx](db), Read: store.Read[account.DriverTx](db), Now: w.Now, Origin: Origin, Allow: w.Limiter.Allow}
	w.Drivers.Cease = func(ctx context.Context, tx account.DriverTx, by audit.Actor, licenceID string, why licence.ChangeKind) error {
		return (&issuance.Service{Now: w.Now, Profile: w.Authority.Profile}).Cease(ctx, tx.(issuance.Tx), by, licenceID, why)
	}
	w.Sessions = &account.Sessions{InTx: store.In[account.SessionTx](db), Read: store.Read[account.SessionTx](db), Now: w.Now}
	w.PartyAdmins = &account.Staff{InTx: store.InAdmins(db), Read: store.ReadAdmins(db), Now: w.Now, Issuer: "edl", Allow: w.Limiter.Allow, Of: account.PartyPop}
	w.Admissions = &admission.Service{
		InTx: store.In[admission.Tx](db), Read: store.Read[admission.Tx](db), Now: w.Now, Allow: w.Limiter.Allow, Codes: account.CodeLimits(),
		Decode: func(_ context.Context, file []byte) (*photo.Picture, error) { return photo.Decode(file) }, Parties: w.Parties, Admins: w.PartyAdmins,
		Calendar: w.Authority.Calendar, Page: Origin + "/party/application", House: Origin + "/party/", Invite: func(secret string) string { return Origin + "/party/#/invite?t=" + secret },
	}
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
		_, err := keys.InitSet(w.KeysDir, use, "root@host", w.Now())
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
		Allow: w.Limiter.Allow, Profile: w.Authority.Profile, Publish: w.Publish}
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

// Publish takes what the services tell a driver's phone.
func (w *World) Publish(licenceID, name string, data any) {
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

func (w *World) tx(f func(context.Context, *store.Tx) error) {
	w.T.Helper()
	storeErr := w.DB.Update(context.Background(), func(tx *store.Tx) error { return f(context.Background(), tx) })
	w.must(storeErr)
}
