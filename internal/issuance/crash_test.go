package issuance_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"edl/internal/application"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/storetest"
)

var errKilled = errors.New("the server was killed")

// killAt makes the n-th transaction from now the last thing the server does:
// cut before it commits, or durable and nobody hears of it.
func (d *desk) killAt(n int32, after bool) (revive func()) {
	through := d.InTx
	var count atomic.Int32
	d.InTx = func(ctx context.Context, f func(issuance.Tx) error) error {
		at := count.Load() + 1
		err := through(ctx, func(tx issuance.Tx) error {
			err := f(tx)
			if at > n || at == n && !after {
				return errKilled
			}
			return err
		})
		if count.Add(1); at == n && after {
			return errors.Join(err, errKilled)
		}
		return err
	}
	return func() { d.InTx = through }
}

// counted signs and counts how often.
type counted struct {
	*ecdsa.PrivateKey
	signed atomic.Int32
	fails  atomic.Bool
}

func (c *counted) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if c.fails.Load() {
		return nil, errKilled
	}
	c.signed.Add(1)
	return c.PrivateKey.Sign(r, digest, opts)
}

// count replaces the issuer's key by one that counts; the count starts at 0.
func (d *desk) count() *counted {
	d.t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), slices.Repeat([]byte{1}, 32))
	if err != nil {
		d.t.Fatal(err)
	}
	c := &counted{PrivateKey: key}
	if d.Issuer, err = credential.NewIssuer(c); err != nil {
		d.t.Fatal(err)
	}
	c.signed.Store(0)
	return c
}

// resume is another server that comes after the one that was killed.
func (d *desk) resume() {
	d.t.Helper()
	d.work() // the lease of the dead runs still
	if list, err := d.idle(); err != nil || len(list) > 0 {
		d.t.Errorf("taken up at once: %v, %v", list, err)
	}
	d.later(31 * time.Second)
	d.work()
}

func (d *desk) idle() (list []*issuance.Intent, err error) {
	err = d.Read(ctx, func(tx issuance.Tx) error {
		list, err = tx.IdleIntents(ctx, d.clock(), 10)
		return err
	})
	return list, err
}

// once checks that a driver has one issued application, signed once, one
// electronic licence, and one message about it.
func (d *desk) once(id string) {
	d.t.Helper()
	intents := d.intents(id)
	if len(intents) != 1 || intents[0].Status != issuance.Issued || d.electronic(id).State() != licence.Active {
		d.t.Fatalf("%d intents, the electronic licence is %s", len(intents), d.electronic(id).State())
	}
	if c := d.caseOf(intents[0].ApplicationID); c.Status != application.Issued {
		d.t.Errorf("the application stands at %s", c.Status)
	}
	told := 0
	for _, m := range d.inbox(id) {
		if m.Kind == notification.Electronic {
			told++
		}
	}
	if told != 1 {
		d.t.Errorf("the driver was told %d times", told)
	}
	d.verifies(id)
}

// Every arrow of docs/issuance.md, cut.
func TestKilledAtEveryArrowOfTheDirectWay(t *testing.T) {
	cases := []struct {
		name   string
		key    string
		n      int32
		after  bool
		signer bool // killed while signing
		signed int32
	}{
		{"before the intent is recorded", "holder:1", 1, false, false, 1},
		{"after the intent is recorded", "holder:2", 1, true, false, 1},
		{"while signing", "holder:3", 99, false, true, 1},
		{"after signing, before the signature is recorded", "holder:4", 2, false, false, 2},
		{"after the signature is recorded, before it is published", "holder:5", 2, true, false, 1},
	}
	each(t, func(d *desk) {
		for _, c := range cases {
			id := d.add(c.key)
			key := d.count()
			sub := issuance.Submission{LicenceID: id, Kind: application.First, Route: application.OnFile, Consents: consents, Key: c.name}
			revive := d.killAt(c.n, c.after)
			key.fails.Store(c.signer)
			made, err := d.Submit(ctx, driver(id), sub)
			if c.n == 1 && !errors.Is(err, errKilled) || c.n > 1 && (err != nil || made.Status != application.Approved) {
				d.t.Errorf("%s: the caller got %v, %v", c.name, made, err)
			}
			revive()
			key.fails.Store(false)
			d.resume()
			if made, err = d.Submit(ctx, driver(id), sub); err != nil || made.Status != application.Issued {
				d.t.Errorf("%s: the driver presses again and gets %v, %v", c.name, made, err)
			}
			d.once(id)
			// Repeated after a crash or not, it is the same signature: once
			// verifies it, and a key that signs differently is refused.
			if got := key.signed.Load(); got != c.signed {
				d.t.Errorf("%s: the key signed %d times, want %d", c.name, got, c.signed)
			}
		}
	})
}

func TestKilledAtEveryArrowAfterAReview(t *testing.T) {
	cases := []struct {
		name  string
		n     int32
		after bool
	}{
		{"before the decision is final", 1, false},
		{"after it is final and the intent recorded", 1, true},
		{"after signing, before the signature is recorded", 2, false},
		{"after the signature is recorded", 2, true},
	}
	each(t, func(d *desk) {
		for i, c := range cases {
			id, made := d.waiting([]string{"holder:1", "holder:2", "holder:3", "holder:4"}[i])
			d.claimed(made, "r1")
			if _, err := d.Approve(ctx, reviewer("r1"), made.ID, everything()); err != nil {
				d.t.Fatal(err)
			}
			d.later(application.UndoFor)
			revive := d.killAt(c.n, c.after)
			if _, err := d.Settle(ctx); err != nil {
				d.t.Fatal(err)
			}
			revive()
			d.later(31 * time.Second)
			d.work()
			if d.electronic(id) == nil {
				d.t.Fatalf("%s: nothing was issued", c.name)
			}
			d.once(id)
		}
	})
}

// The licence is suspended between the recording of the intent and that of the
// signature: what was signed is never published.
func TestWhatBecameWrongWhileItWasSignedIsVoided(t *testing.T) {
	each(t, func(d *desk) {
		for key, change := range map[string]func(*licence.Licence){
			"holder:1": func(l *licence.Licence) { l.Status = "D" }, "holder:2": addClass,
		} {
			id := d.add(key)
			revive := d.killAt(1, true)
			if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, errKilled) {
				d.t.Fatal(err)
			}
			revive()
			d.change(id, change)
			d.later(31 * time.Second)
			d.work()
			i := d.intents(id)[0]
			if i.Status != issuance.Void || len(i.Signature) != 64 || d.electronic(id) != nil || d.caseOf(i.ApplicationID).Status != application.Refused {
				d.t.Errorf("%s: %s, %s, %v", key, i.Status, d.caseOf(i.ApplicationID).Status, d.electronic(id))
			}
			if deeds := d.deeds(id); !slices.Contains(deeds, issuance.ActVoid) || !slices.Contains(deeds, issuance.ActStop) {
				d.t.Errorf("%s: recorded %v", key, deeds)
			}
		}
		if v, err := d.Options(ctx, d.entryOf("holder:2")); err != nil || v.Refusal != nil || v.Kind != application.First {
			d.t.Errorf("the driver cannot apply again: %+v, %v", v, err)
		}
	})
}

func (d *desk) entryOf(key string) string {
	d.t.Helper()
	var id string
	err := d.db.View(ctx, func(tx *storeTx) error {
		e, err := tx.LicenceByFile(ctx, d.people[key].FileNumber)
		if err == nil {
			id = e.ID
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func TestTwoServersThatTakeUpOneIntentFinishItOnce(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		key := d.count()
		revive := d.killAt(1, true)
		if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, errKilled) {
			d.t.Fatal(err)
		}
		revive()
		d.later(31 * time.Second)
		var wait sync.WaitGroup
		var done atomic.Int32
		for range 8 {
			wait.Go(func() {
				n, err := d.Resume(ctx)
				if err != nil {
					d.t.Error(err)
				}
				done.Add(int32(n))
			})
		}
		wait.Wait()
		if done.Load() != 1 || key.signed.Load() != 1 {
			d.t.Errorf("finished %d times, signed %d times", done.Load(), key.signed.Load())
		}
		d.once(id)
	})
}

// Somebody who alters the record of what is about to be signed gets nothing
// signed.
func TestAStatementThatDiffersFromTheRecordIsNotSigned(t *testing.T) {
	each(t, func(d *desk) {
		for key, statement := range map[string]string{
			"holder:1": `UPDATE issuance SET identifier = 'forged' WHERE licence_id = $1`,
			"holder:2": `UPDATE issuance SET issued_at = issued_at + 1000 WHERE licence_id = $1`,
		} {
			id := d.add(key)
			signer := d.count()
			revive := d.killAt(1, true)
			if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, errKilled) {
				d.t.Fatal(err)
			}
			revive()
			storetest.Exec(d.t, d.db, statement, id)
			d.later(31 * time.Second)
			if n, err := d.Resume(ctx); n != 0 || err != nil {
				d.t.Errorf("finished %d, %v", n, err)
			}
			if signer.signed.Load() != 0 || d.electronic(id) != nil {
				d.t.Error("the altered statement was signed")
			}
		}
	})
}

// The photo on file is replaced between the look and the transaction.
func TestARegisterThatMovesUnderThePressIsNoticed(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		through, moved := d.InTx, false
		d.InTx = func(ctx context.Context, f func(issuance.Tx) error) error {
			if !moved {
				moved = true
				d.change(id, func(l *licence.Licence) { l.Status = "D" })
			}
			return through(ctx, f)
		}
		_, err := d.try(id, application.First, application.OnFile, "")
		if !errors.Is(err, licence.ErrApplySuspended) || len(d.intents(id)) != 0 {
			d.t.Errorf("%v, %d intents", err, len(d.intents(id)))
		}
	})
}

func TestAStaleSaveIsAConflictThatTheCallerSees(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		c := d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera))
		d.claimed(c, "r1")
		stale := *c // as it was before the claim
		if err := stale.Withdraw(d.clock()); err != nil {
			d.t.Fatal(err)
		}
		err := d.db.Update(ctx, func(tx *storeTx) error { return tx.SaveCase(ctx, &stale) })
		if f := fault.Of(err); f == nil || f.Code != "stale" {
			d.t.Errorf("%v", err)
		}
	})
}
