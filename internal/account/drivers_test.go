package account_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/courier"
	"edl/internal/demo"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/registertest"
	"edl/internal/store"
	"edl/internal/storetest"
)

const origin = "http://localhost:8080"

var ctx = context.Background()

// desk is a platform with a few drivers and a clock moved by hand.
type desk struct {
	t       *testing.T
	db      *store.DB
	now     time.Time
	drivers *account.Drivers
	people  map[string]licence.Licence
}

func open(t *testing.T, db *store.DB) *desk {
	d := &desk{t: t, db: db, now: time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC), people: map[string]licence.Licence{}}
	d.drivers = &account.Drivers{
		InTx: store.In[account.DriverTx](db), Read: store.Read[account.DriverTx](db),
		Now: func() time.Time { return d.now }, Origin: origin, Codes: account.CodeLimits(), Allow: func(string, string) error { return nil },
	}
	for _, p := range demo.People(d.now) {
		switch p.Key {
		case "route:onfile", "route:album", "phone:none", "phone:shared1", "phone:shared2":
			p.Licence.Photo = licence.Photo{}
			d.people[p.Key] = p.Licence
			registertest.Add(t, db, d.now, p.Licence)
		}
	}
	return d
}

// each runs f on both databases.
func each(t *testing.T, f func(d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(open(t, db)) })
}

// codes returns the one-time codes that were sent to a number, oldest first.
func (d *desk) codes(phone identity.Phone) (list []string) {
	d.t.Helper()
	var queued []courier.Queued
	storetest.View(d.t, d.db, func(tx *store.Tx) (err error) {
		queued, err = tx.DueSMS(ctx, d.now.Add(time.Hour), 1000)
		return err
	})
	for _, q := range queued {
		var m notification.SMS
		if err := json.Unmarshal(q.Body, &m); err != nil {
			d.t.Fatal(err)
		}
		if m.To == string(phone) && m.Code != "" {
			list = append(list, m.Code)
		}
	}
	return list
}

func (d *desk) newest(phone identity.Phone) string {
	list := d.codes(phone)
	if len(list) == 0 {
		d.t.Fatalf("no code was sent to %s", phone.Masked())
	}
	return list[len(list)-1]
}

func (d *desk) signIn(phone identity.Phone) *account.Session {
	d.t.Helper()
	if _, err := d.drivers.SendCode(ctx, "address", phone); err != nil {
		d.t.Fatal(err)
	}
	s, _, err := d.drivers.SignIn(ctx, "address", phone, d.newest(phone))
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = d.now.Add(time.Minute)
	return s
}

// phone is a driver's phone: it holds a key that never leaves it.
type phone struct{ key *ecdsa.PrivateKey }

func newPhone(t *testing.T) phone {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return phone{key}
}

func (p phone) sign(t *testing.T, text string) []byte {
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}

func (p phone) offer(t *testing.T, s *account.Session, name string) account.Offer {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return account.Offer{PublicKey: point, Name: name, Signature: p.sign(t, account.EnrolProof(origin, s.Challenge))}
}

var consent = account.Given(account.IdentityNumber, account.ConsentVersion)

func claimOf(l licence.Licence) account.Claim {
	return account.Claim{Name: l.Name, Document: l.Document, File: l.FileNumber}
}

// bind binds a new phone of the driver of a case.
func (d *desk) bind(key string) (*account.Session, phone) {
	d.t.Helper()
	l := d.people[key]
	s, p := d.signIn(l.Phone), newPhone(d.t)
	ticket, err := d.drivers.StartBinding(ctx, s, claimOf(l))
	if err != nil {
		d.t.Fatal(err)
	}
	bound, _, err := d.drivers.Bind(ctx, s, ticket.Number, d.newest(l.Phone), p.offer(d.t, s, "小夏的手机"), consent)
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = d.now.Add(time.Minute)
	return bound, p
}

func TestAPhoneIsBoundByWhatTheRegisterSaysAndACodeToItsNumber(t *testing.T) {
	each(t, func(d *desk) {
		session, _ := d.bind("route:onfile")
		if session.Level != account.DriverLevel || session.LicenceID == "" || session.DeviceID == "" {
			t.Errorf("%+v", session)
		}
		devices, err := d.drivers.List(ctx, session.LicenceID)
		if err != nil || len(devices) != 1 || devices[0].Name != "小夏的手机" {
			t.Errorf("%v, %v", devices, err)
		}
		consents, err := d.drivers.Consents(ctx, session.LicenceID)
		if err != nil || len(consents) != 1 || consents[0].Kind != account.IdentityNumber {
			t.Errorf("%v, %v", consents, err)
		}
	})
}

func TestEveryBindingThatFailsLooksTheSame(t *testing.T) {
	cases := []struct {
		name   string
		change func(d *desk, c *account.Claim)
	}{
		{"another name", func(d *desk, c *account.Claim) { c.Name = "某人" }},
		{"another number", func(d *desk, c *account.Claim) { c.Document = d.people["route:album"].Document }},
		{"a file number that is on no register", func(d *desk, c *account.Claim) { c.File = "999999999999" }},
		{"a licence without a phone", func(d *desk, c *account.Claim) { *c = claimOf(d.people["phone:none"]) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(d *desk) {
				l := d.people["route:onfile"]
				s := d.signIn(l.Phone)
				before := len(d.codes(l.Phone))
				claim := claimOf(l)
				c.change(d, &claim)
				ticket, err := d.drivers.StartBinding(ctx, s, claim)
				if err != nil || len(ticket.Number) != 12 {
					t.Fatalf("the answer differs: %+v, %v", ticket, err)
				}
				if len(d.codes(l.Phone)) != before {
					t.Error("a code was sent")
				}
				if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, "123456", newPhone(t).offer(t, s, "x"), consent); !errors.Is(err, account.ErrBinding) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

func TestS47ACodeDiesAfterFiveWrongAnswers(t *testing.T) {
	each(t, func(d *desk) {
		number := identity.Phone("19911112222")
		if _, err := d.drivers.SendCode(ctx, "a", number); err != nil {
			t.Fatal(err)
		}
		code := d.newest(number)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		var wait sync.WaitGroup
		for range 40 {
			wait.Go(func() {
				if _, _, err := d.drivers.SignIn(ctx, "a", number, wrong); !errors.Is(err, account.ErrCode) {
					t.Errorf("%v", err)
				}
			})
		}
		wait.Wait()
		if _, _, err := d.drivers.SignIn(ctx, "a", number, code); !errors.Is(err, account.ErrCode) {
			t.Errorf("the right code after 40 wrong ones: %v", err)
		}
		d.now = d.now.Add(2 * time.Minute)
		d.signIn(number) // control: a fresh code opens
	})
}

func TestS48ANumberGetsOneCodeAMinuteFiveAnHourTenADay(t *testing.T) {
	each(t, func(d *desk) {
		number := identity.Phone("19911113333")
		sent, inFirstHour := 0, 0
		for minute := range 24 * 60 {
			_, err := d.drivers.SendCode(ctx, "a", number)
			var retry *fault.Retry
			switch {
			case err == nil:
				if sent++; minute < 60 {
					inFirstHour++
				}
			case !errors.As(err, &retry) || !errors.Is(err, account.ErrCodeSoon):
				t.Fatal(err)
			}
			d.now = d.now.Add(time.Minute)
		}
		if inFirstHour != 5 || sent != 10 {
			t.Errorf("%d in the first hour, %d in the day", inFirstHour, sent)
		}
	})
}

func TestSomebodyWhoJustSignedInCanBindAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		l := d.people["route:onfile"]
		if _, err := d.drivers.SendCode(ctx, "a", l.Phone); err != nil {
			t.Fatal(err)
		}
		s, _, err := d.drivers.SignIn(ctx, "a", l.Phone, d.newest(l.Phone))
		if err != nil {
			t.Fatal(err)
		}
		before := len(d.codes(l.Phone))
		if _, err := d.drivers.StartBinding(ctx, s, claimOf(l)); err != nil || len(d.codes(l.Phone)) != before+1 {
			t.Errorf("%d codes, %v", len(d.codes(l.Phone))-before, err)
		}
	})
}

func TestS49ACodeServesItsNumberItsSessionAndOnce(t *testing.T) {
	each(t, func(d *desk) {
		l := d.people["route:onfile"]
		s, other := d.signIn(l.Phone), d.signIn("19911114444")
		ticket, err := d.drivers.StartBinding(ctx, s, claimOf(l))
		if err != nil {
			t.Fatal(err)
		}
		code := d.newest(l.Phone)
		if _, _, err := d.drivers.Bind(ctx, other, ticket.Number, code, newPhone(t).offer(t, other, "x"), consent); !errors.Is(err, account.ErrBinding) {
			t.Errorf("from another session: %v", err)
		}
		if _, _, err := d.drivers.SignIn(ctx, "a", l.Phone, code); !errors.Is(err, account.ErrCode) {
			t.Errorf("for another purpose: %v", err)
		}
		p := newPhone(t)
		if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, code, p.offer(t, s, "x"), consent); err != nil {
			t.Fatalf("control: %v", err)
		}
		if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, code, p.offer(t, s, "x"), consent); !errors.Is(err, account.ErrBinding) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestABindingNeedsTheConsentAndTheKey(t *testing.T) {
	each(t, func(d *desk) {
		l := d.people["route:onfile"]
		s := d.signIn(l.Phone)
		ticket, err := d.drivers.StartBinding(ctx, s, claimOf(l))
		if err != nil {
			t.Fatal(err)
		}
		p, thief := newPhone(t), newPhone(t)
		if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, d.newest(l.Phone), p.offer(t, s, "x"), account.Consent{}); !errors.Is(err, account.ErrConsent) {
			t.Errorf("without consent: %v", err)
		}
		offer := p.offer(t, s, "x")
		offer.PublicKey = thief.offer(t, s, "x").PublicKey
		if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, d.newest(l.Phone), offer, consent); !errors.Is(err, account.ErrProof) {
			t.Errorf("with a key that another phone holds: %v", err)
		}
		if _, _, err := d.drivers.Bind(ctx, s, ticket.Number, d.newest(l.Phone), p.offer(t, s, "x"), consent); err != nil {
			t.Errorf("control: %v", err)
		}
	})
}

func TestAnEnrolledPhoneSignsInByItsKey(t *testing.T) {
	each(t, func(d *desk) {
		bound, p := d.bind("route:onfile")
		s := d.signIn(d.people["route:onfile"].Phone)
		if _, _, err := d.drivers.Prove(ctx, s, bound.DeviceID, newPhone(t).sign(t, account.SessionProof(origin, s.Challenge))); !errors.Is(err, account.ErrProof) {
			t.Errorf("by another key: %v", err)
		}
		if _, _, err := d.drivers.Prove(ctx, s, bound.DeviceID, p.sign(t, account.SessionProof("https://evil.example", s.Challenge))); !errors.Is(err, account.ErrProof) {
			t.Errorf("signed for another site: %v", err)
		}
		raised, _, err := d.drivers.Prove(ctx, s, bound.DeviceID, p.sign(t, account.SessionProof(origin, s.Challenge)))
		if err != nil || raised.LicenceID != bound.LicenceID {
			t.Fatalf("control: %+v, %v", raised, err)
		}
		by := audit.Actor{Kind: audit.ByDriver, ID: bound.LicenceID}
		if err := d.drivers.EndDevice(ctx, by, "another licence", bound.DeviceID); fault.Of(err) == nil {
			t.Error("somebody else's phone was ended")
		}
		if err := d.drivers.EndDevice(ctx, by, bound.LicenceID, bound.DeviceID); err != nil {
			t.Fatal(err)
		}
		s = d.signIn(d.people["route:onfile"].Phone)
		if _, _, err := d.drivers.Prove(ctx, s, bound.DeviceID, p.sign(t, account.SessionProof(origin, s.Challenge))); !errors.Is(err, account.ErrProof) {
			t.Errorf("after it was ended: %v", err)
		}
	})
}

func TestANewPhoneIsLetInByAnEnrolledOne(t *testing.T) {
	each(t, func(d *desk) {
		bound, _ := d.bind("route:onfile")
		stranger, _ := d.bind("route:album")
		s, p := d.signIn(d.people["route:onfile"].Phone), newPhone(t)
		asked, err := d.drivers.Ask(ctx, s, p.offer(t, s, "新手机"))
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := d.drivers.Requests(ctx, bound.LicenceID)
		if err != nil || len(waiting) != 1 || waiting[0].Match != asked.Match {
			t.Fatalf("%v, %v", waiting, err)
		}
		if err := d.drivers.Decide(ctx, audit.Actor{Kind: audit.ByDriver}, stranger.LicenceID, asked.ID, true); fault.Of(err) == nil {
			t.Error("a stranger let it in")
		}
		if answer, raised, _, err := d.drivers.Follow(ctx, s, asked.ID); err != nil || answer != account.Waiting || raised != nil {
			t.Errorf("before the answer: %v %v %v", answer, raised, err)
		}
		if err := d.drivers.Decide(ctx, audit.Actor{Kind: audit.ByDriver, ID: bound.LicenceID}, bound.LicenceID, asked.ID, true); err != nil {
			t.Fatal(err)
		}
		answer, raised, _, err := d.drivers.Follow(ctx, s, asked.ID)
		if err != nil || answer != account.Approved || raised == nil || raised.LicenceID != bound.LicenceID {
			t.Fatalf("%v %+v %v", answer, raised, err)
		}
		if devices, err := d.drivers.List(ctx, bound.LicenceID); err != nil || len(devices) != 2 {
			t.Errorf("%v, %v", devices, err)
		}
		late, err := d.drivers.Ask(ctx, d.signIn(d.people["route:onfile"].Phone), p.offer(t, s, "x"))
		if late != nil && err == nil {
			t.Error("an offer signed for another session was taken")
		}
	})
}

func TestTwoDriversMayShareANumber(t *testing.T) {
	each(t, func(d *desk) {
		one, _ := d.bind("phone:shared1")
		two, _ := d.bind("phone:shared2")
		if one.LicenceID == two.LicenceID {
			t.Error("they share the licence too")
		}
	})
}
