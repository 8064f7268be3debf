package offline_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/keys"
	"edl/internal/licence"
	"edl/internal/offline"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/livecode"
	"edl/statuslist"
)

// worlds runs f on both databases, with keys for codes.
func worlds(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		w.OpenOffline()
		f(t, w)
	})
}

// part returns what a driver's phone carries.
func part(t *testing.T, w *desktest.World, d *desktest.Driver) *livecode.IssuerPart {
	t.Helper()
	p, err := w.Offline.PartsOf(t.Context(), d.LicenceID, d.DeviceID)
	if err != nil {
		t.Fatal(err)
	}
	return p.Qualification
}

// terminal is a terminal that has a network now and then.
type terminal struct {
	t      *testing.T
	pinned *ecdsa.PublicKey
	bundle *livecode.Bundle
}

func enrol(t *testing.T, s *offline.Service) *terminal {
	t.Helper()
	point, err := s.PinnedKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return &terminal{t: t, pinned: key}
}

// sync fetches the bundle from a server that first looks for changes.
func (x *terminal) sync(s *offline.Service) {
	x.t.Helper()
	if err := s.Publish(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	published, err := s.Bundle(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	var seen uint64
	if x.bundle != nil {
		seen = x.bundle.Sequence
	}
	if x.bundle, x.pinned, err = livecode.OpenBundle(published.Signed, x.pinned, seen); err != nil {
		x.t.Fatal(err)
	}
}

// key returns the believed key of a part, nil if there is none.
func (x *terminal) key(p *livecode.IssuerPart) *ecdsa.PublicKey {
	for _, k := range x.bundle.Keys {
		if bytes.Equal(k.ID, p.KeyID()) {
			return k.Public
		}
	}
	return nil
}

// status reads what the lists say of a part.
func (x *terminal) status(s *offline.Service, p *livecode.IssuerPart) statuslist.Status {
	x.t.Helper()
	at := slices.IndexFunc(x.bundle.Lists, func(l livecode.BundleList) bool { return l.URI == p.Claims().StatusURI })
	if at < 0 {
		x.t.Fatalf("no list %s in the bundle", p.Claims().StatusURI)
	}
	token, err := s.List(x.t.Context(), at)
	if err != nil {
		x.t.Fatal(err)
	}
	policy := statuslist.Policy{URI: p.Claims().StatusURI, Now: s.Now(), Key: func(_ [][]byte, id string) (crypto.PublicKey, error) {
		for _, k := range x.bundle.Keys {
			if string(k.ID) == id {
				return k.Public, nil
			}
		}
		return nil, statuslist.ErrNoKey
	}}
	list, steps := policy.VerifyCWT(token)
	if list == nil {
		x.t.Fatalf("the list is not believed: %v", steps)
	}
	status, err := list.List.Get(p.Claims().StatusIndex)
	if err != nil {
		x.t.Fatal(err)
	}
	return status
}

func TestACodeIsBelievedWithoutANetworkUntilItsPhoneOrLicenceEnds(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		second := d.AnotherPhone()
		p, q := part(t, w, d), part(t, w, second)
		x := enrol(t, w.Offline)
		x.sync(w.Offline)

		text, err := livecode.SignSelfContained(d.Key, p, livecode.NewMoment(w.Now(), nil))
		if err != nil {
			t.Fatal(err)
		}
		code, err := livecode.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		c := code.Issuer().Claims()
		if err := errors.Join(code.Issuer().VerifyIssuer(x.key(p)), code.VerifyDevice(c.Holder), code.Issuer().ValidAt(w.Now())); err != nil {
			t.Error(err)
		}
		if c.Name != string(d.Licence.Name) || c.Number != "" || !bytes.Equal(c.Face, desktest.WebP) || c.Serial != d.Serial() {
			t.Errorf("the claims are %+v", c)
		}
		other := w.AnotherOffline()
		for _, step := range []struct {
			name string
			do   func()
			p, q statuslist.Status
		}{
			{"at first", func() {}, offline.Good, offline.Good},
			{"the licence is suspended", func() { d.Status("D") }, offline.NotUsable, offline.NotUsable},
			{"the suspension is over", func() { d.Status("A") }, offline.Good, offline.Good},
			{"the first phone is ended", func() {
				if err := w.Drivers.EndDevice(t.Context(), audit.Program, d.LicenceID, d.DeviceID); err != nil {
					t.Fatal(err)
				}
			}, offline.PhoneEnded, offline.Good},
			{"the electronic licence is invalidated", d.Invalidate, offline.PhoneEnded, offline.Invalidated},
		} {
			w.Wait(time.Second) // the register keeps its times to the second
			step.do()
			x.sync(other) // the first answer of another server
			if got := []statuslist.Status{x.status(other, p), x.status(other, q)}; got[0] != step.p || got[1] != step.q {
				t.Errorf("%s: the lists say %v and %v, want %v and %v", step.name, got[0], got[1], step.p, step.q)
			}
		}
	})
}

func TestAPhoneGetsAPartOnlyWhileTheLicenceCanBeUsed(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		refused := map[string]*desktest.Driver{
			"suspended":     w.Driver("holder:1", func(l *licence.Licence) { l.Status = "D" }),
			"invalidated":   w.Driver("holder:2", nil),
			"never issued":  w.Bare("holder:3", nil),
			"ended a phone": w.Driver("status:H", nil),
		}
		refused["invalidated"].Invalidate()
		ended := refused["ended a phone"]
		if err := w.Drivers.EndDevice(t.Context(), audit.Program, ended.LicenceID, ended.DeviceID); err != nil {
			t.Fatal(err)
		}
		for name, d := range refused {
			if _, err := w.Offline.PartsOf(t.Context(), d.LicenceID, d.DeviceID); !errors.Is(err, offline.ErrNoCode) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A phone that asks again and again is held up, and no other with it.
func TestAPhoneThatHasPartsSignedWithoutEndIsHeldUp(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		w.Limiter.Rates[offline.LimitParts] = account.Rate{Burst: 3, Every: time.Minute}
		greedy, other := w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		ask := func(d *desktest.Driver) error {
			_, err := w.Offline.PartsOf(t.Context(), d.LicenceID, d.DeviceID)
			return err
		}
		for n := range 5 {
			if err := ask(greedy); (n < 3) != (err == nil) || err != nil && !errors.Is(err, account.ErrLimited) {
				t.Errorf("call %d: %v", n+1, err)
			}
		}
		if err := ask(other); err != nil {
			t.Errorf("another phone: %v", err)
		}
		w.Wait(time.Minute)
		if err := ask(greedy); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestAPartEndsWithTheLicenceAndAfterAWeekAtTheLatest(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		tomorrow := civil.Of(w.Now()).AddDays(1)
		soon := w.Driver("holder:1", func(l *licence.Licence) { l.ValidTo = tomorrow })
		long := w.Driver("holder:2", func(l *licence.Licence) { l.ValidTo = civil.Date{} })
		if got := part(t, w, soon).Claims().Expires; !got.Equal(tomorrow.End()) {
			t.Errorf("it ends at %v, the licence at %v", got, tomorrow.End())
		}
		if got := part(t, w, long).Claims().Expires; !got.Equal(w.Now().Add(7 * 24 * time.Hour)) {
			t.Errorf("it ends at %v", got)
		}
	})
}

func TestARenewalChangesSerialAndPlace(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		before := part(t, w, d).Claims()
		if again := part(t, w, d).Claims(); again.Serial != before.Serial || again.StatusIndex != before.StatusIndex {
			t.Error("without a renewal, serial or place changed")
		}
		if _, err := w.Drivers.RenewDevice(t.Context(), audit.Program, d.DeviceID); err != nil {
			t.Fatal(err)
		}
		after := part(t, w, d).Claims()
		if after.Serial == before.Serial || after.StatusIndex == before.StatusIndex {
			t.Errorf("serial %v → %v, place %d → %d", before.Serial, after.Serial, before.StatusIndex, after.StatusIndex)
		}
		d.Status("D")
		x := enrol(t, w.Offline)
		x.sync(w.Offline)
		if got := x.status(w.Offline, placed(t, before)); got != offline.NotUsable {
			t.Errorf("the part before the renewal: %v", got)
		}
	})
}

// placed makes a part with given claims, to ask the lists about it.
func placed(t *testing.T, c *livecode.Claims) *livecode.IssuerPart {
	t.Helper()
	key := desktest.NewKey(t)
	p, err := livecode.IssueQualification(key, []byte("k"), *c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOnlyTouchedListsAreSignedAnewAndPlacesAreGivenOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		part(t, w, d)
		storetest.Update(t, w.DB, func(tx *store.Tx) error { return tx.AddShard(t.Context(), 1) })
		x := enrol(t, w.Offline)
		x.sync(w.Offline)
		tokens := func() (list [][]byte) {
			for n := range 2 {
				token, err := w.Offline.List(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, token)
			}
			return list
		}
		before, sequence := tokens(), x.bundle.Sequence
		w.Wait(time.Second)
		x.sync(w.Offline)
		if x.bundle.Sequence != sequence {
			t.Error("nothing changed, and another bundle was signed")
		}
		d.Status("D")
		x.sync(w.Offline)
		after := tokens()
		if bytes.Equal(before[0], after[0]) || !bytes.Equal(before[1], after[1]) {
			t.Errorf("signed anew: %v, %v", !bytes.Equal(before[0], after[0]), !bytes.Equal(before[1], after[1]))
		}
		if x.bundle.Sequence <= sequence {
			t.Errorf("sequence %d after %d", x.bundle.Sequence, sequence)
		}
	})
}

func TestServersThatPublishTogetherSignOneSequence(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		x := enrol(t, w.Offline)
		var seen []uint64
		for range 5 {
			w.Wait(offline.Refresh)
			var both sync.WaitGroup
			for range 4 {
				s := w.AnotherOffline()
				both.Go(func() {
					if err := s.Publish(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			x.sync(w.Offline)
			seen = append(seen, x.bundle.Sequence)
		}
		for i := 1; i < len(seen); i++ {
			if seen[i] <= seen[i-1] {
				t.Errorf("sequences %v", seen)
			}
		}
		w.Wait(-24 * time.Hour) // a server whose clock is behind
		at := x.bundle.IssuedAt
		d := w.Driver("holder:1", nil)
		part(t, w, d)
		x.sync(w.Offline)
		if x.bundle.Sequence <= seen[len(seen)-1] || x.bundle.IssuedAt.Before(at) {
			t.Errorf("by a clock a day behind: sequence %d, issued %v after %v", x.bundle.Sequence, x.bundle.IssuedAt, at)
		}
	})
}

func TestARotationRefusesNobodyAndARevocationItsPartsAtOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		p := part(t, w, d)
		x := enrol(t, w.Offline)
		x.sync(w.Offline)
		standby := x.bundle.Keys[1]
		rotated, err := keys.Rotate(w.KeysDir, keys.ForCode, "root@host", w.Now(), 0)
		if err != nil {
			t.Fatal(err)
		}
		q := part(t, w, d)
		if !bytes.Equal(q.KeyID(), standby.ID) || q.VerifyIssuer(x.key(q)) != nil {
			t.Error("a terminal that has not heard of the rotation refuses a new part")
		}
		if _, err := keys.Rotate(w.KeysDir, keys.ForBundle, "root@host", w.Now(), 0); err != nil {
			t.Fatal(err)
		}
		x.sync(w.Offline) // follows to the next bundle key
		if x.key(p) == nil || p.VerifyIssuer(x.key(p)) != nil || x.status(w.Offline, p) != offline.Good {
			t.Error("a part from before the rotation is refused")
		}
		if _, err := keys.Revoke(w.KeysDir, keys.ForCode, rotated.Signer().ID, "root@host", w.Now()); err != nil {
			t.Fatal(err)
		}
		x.sync(w.Offline)
		if x.key(q) != nil {
			t.Error("a revoked key is believed")
		}
		if r := part(t, w, d); x.key(r) == nil || r.VerifyIssuer(x.key(r)) != nil {
			t.Error("after the revocation, new parts are refused")
		}
	})
}
