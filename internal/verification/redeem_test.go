package verification_test

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
	"edl/livecode"
)

// S29, the codes one after the other.
func TestS29ACodeIsRedeemedOnceByOneRequestOfOneTerminal(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		other := w.DeskOf(desk.Party)
		q := desk.Question(relyingparty.PoliceCheck, driver.Code(0))
		first := usable(t, func() (*verification.Check, error) { return w.Checks.Check(ctx, desk.Asker(), q) })

		w.Wait(10 * time.Minute) // the answer was lost on the way; the code is long out of date
		again := usable(t, func() (*verification.Check, error) { return w.Checks.Check(ctx, desk.Asker(), q) })
		if diff := cmp.Diff(first.Record, again.Record); diff != "" || first.Number != again.Number {
			t.Errorf("the same request got another answer (%s, %s):\n%s", first.Number, again.Number, diff)
		}
		w.Wait(-10 * time.Minute)
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, q.Code) })
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return other.Ask(relyingparty.PoliceCheck, q.Code) })
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return w.Checks.Check(ctx, other.Asker(), q) })
		w.Wait(2 * time.Minute)
		refuses(t, livecode.ErrExpired, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, q.Code) })

		usable(t, func() (*verification.Check, error) { return other.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
	})
}

// Of a code anybody can make another valid signature; it is the same code.
func TestS29ACodeSignedAnewIsTheSameCode(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		first := driver.Code(0)
		second := twin(first)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, first) })
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, second) })
	})
}

// twin is the code with the other signature that its key could have made: (r, n − s).
func twin(text string) string {
	raw := fromBase45(text[len(livecode.Prefix):])
	s := raw[len(raw)-32:]
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s)).FillBytes(s)
	return livecode.Prefix + base45(raw)
}

// S29, at once.
func TestS29OfAThousandParallelChecksOfOneCodeOneSucceeds(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		other := w.DeskOf(desk.Party)
		code := driver.Code(0)
		var wait sync.WaitGroup
		var mu sync.Mutex
		outcomes := map[string]int{}
		for i := range 1000 {
			at := desk
			if i%2 == 1 {
				at = other
			}
			wait.Go(func() {
				_, err := at.Ask(relyingparty.PoliceCheck, code)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					outcomes["answered"]++
				case errors.Is(err, verification.ErrReplayed):
					outcomes["replayed"]++
				default:
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if diff := cmp.Diff(map[string]int{"answered": 1, "replayed": 999}, outcomes); diff != "" {
			t.Error(diff)
		}
		list, err := w.Checks.OfDriver(ctx, driver.LicenceID, "", 10)
		if err != nil || len(list) != 1 {
			t.Errorf("the driver sees %d checks (%v), want 1", len(list), err)
		}
	})
}

func TestOneRequestSentManyTimesAtOnceIsOneCheckWithOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Rental, relyingparty.Renting), w.Driver("holder:1", nil)
		q := desk.Question(relyingparty.Renting, driver.Code(0))
		var wait sync.WaitGroup
		var numbers sync.Map
		for range 100 {
			wait.Go(func() {
				c, err := w.Checks.Check(ctx, desk.Asker(), q)
				if err != nil {
					t.Error(err)
					return
				}
				numbers.Store(c.Number, true)
			})
		}
		wait.Wait()
		n := 0
		numbers.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d numbers were given, want 1", n)
		}
	})
}

func TestTheStoreRefusesASecondRedemptionPastTheWorkflow(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		c := usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
		second := *c
		second.Number, second.RequestID = c.Number+"2", desktest.NewRequest()
		if err := w.DB.Update(ctx, func(tx *store.Tx) error { return tx.AddCheck(ctx, &second) }); !errors.Is(err, verification.ErrTaken) {
			t.Errorf("the code was redeemed twice: %v", err)
		}
		second.Redemption = []byte("another")
		if err := w.DB.Update(ctx, func(tx *store.Tx) error { return tx.AddCheck(ctx, &second) }); err != nil {
			t.Errorf("another code: %v", err)
		}
		lookup := *usable(t, func() (*verification.Check, error) {
			return desk.LookUp("police", string(driver.Licence.Document.Number), string(driver.Licence.Name))
		})
		lookup.Number += "2"
		if err := w.DB.Update(ctx, func(tx *store.Tx) error { return tx.AddCheck(ctx, &lookup) }); !errors.Is(err, verification.ErrTaken) {
			t.Errorf("the request of a look-up was used twice: %v", err)
		}
	})
}

func TestRedemptionsLieInTheOrderOfTheirCodes(t *testing.T) {
	w := desktest.Open(t, storetest.SQLite(t))
	desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
	var before []byte
	for range 8 { // by chance one time in 40,320
		c := usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
		if bytes.Compare(before, c.Redemption) >= 0 {
			t.Errorf("%x of a later code is not behind %x", c.Redemption, before)
		}
		before = c.Redemption
		w.Wait(time.Second)
	}
}
