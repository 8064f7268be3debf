package verification_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
	"edl/livecode"
)

var ctx = context.Background()

// each runs f in a world on both databases.
func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

// refuses asks and wants a fault.
func refuses(t *testing.T, want error, ask func() (*verification.Check, error)) {
	t.Helper()
	if c, err := ask(); !errors.Is(err, want) {
		t.Errorf("answered %+v, %v; want %v", c, err, want)
	}
}

// usable asks and wants a usable licence.
func usable(t *testing.T, ask func() (*verification.Check, error)) *verification.Check {
	t.Helper()
	c, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	if c.Outcome != verification.Usable {
		t.Errorf("the answer is %s (%s), want usable", c.Outcome, c.Record.Answer.Word.EN)
	}
	return c
}

// S28: a screenshot serves while it could be the phone itself, and not after.
func TestS28ACodeIsAcceptedFromAMinuteBeforeToHalfAMinuteAfterTheServersTime(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		for _, c := range []struct {
			name string
			age  time.Duration
			want error
		}{
			{"the moment itself", 0, nil},
			{"a screenshot of 60 seconds", time.Minute, nil},
			{"a screenshot of 61 seconds", 61 * time.Second, livecode.ErrExpired},
			{"a screenshot of two minutes", 2 * time.Minute, livecode.ErrExpired},
			{"a screenshot of five minutes", 5 * time.Minute, livecode.ErrExpired},
			{"a clock over five minutes slow", 5*time.Minute + time.Second, livecode.ErrClockSkew},
			{"a clock half a minute fast", -30 * time.Second, nil},
			{"a clock 31 seconds fast", -31 * time.Second, livecode.ErrClockSkew},
		} {
			t.Run(c.name, func(t *testing.T) {
				ask := func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(c.age)) }
				if c.want == nil {
					usable(t, ask)
					return
				}
				refuses(t, c.want, ask)
			})
		}
	})
}

// S30: the licence is the one of the key that signed.
func TestS30ACodeWithAnothersSignatureIsNotGenuine(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		a, b := w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		refuses(t, livecode.ErrBadSignature, func() (*verification.Check, error) {
			return desk.Ask(relyingparty.PoliceCheck, a.CodeBy(b.Key, a.Serial(), 0))
		})
		c := usable(t, func() (*verification.Check, error) {
			return desk.Ask(relyingparty.PoliceCheck, a.CodeBy(a.Key, a.Serial(), 0))
		})
		if c.LicenceID != a.LicenceID {
			t.Error("the check is of another licence")
		}
	})
}

// S31: a phone that was offline, or restored, shows an old serial; it is known
// for a while and never longer.
func TestS31AnOldSerialIsKnownForItsGraceAndNotAfter(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		old := driver.Serial()
		renew := func() {
			if _, err := w.Drivers.RenewDevice(ctx, audit.Program, driver.DeviceID); err != nil {
				t.Fatal(err)
			}
		}
		byOld := func() (*verification.Check, error) {
			return desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(driver.Key, old, 0))
		}
		renew()
		usable(t, byOld)
		w.Wait(account.SerialGrace)
		usable(t, byOld)
		w.Wait(time.Second)
		refuses(t, verification.ErrUnknownCode, byOld)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
		old = driver.Serial()
		renew()
		renew()
		refuses(t, verification.ErrUnknownCode, byOld)
	})
}

func TestACodeOfAnEndedPhoneIsRefusedAndTheOtherPhoneServes(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		code := driver.Code(0)
		if err := w.Drivers.EndDevice(ctx, audit.Program, driver.LicenceID, driver.DeviceID); err != nil {
			t.Fatal(err)
		}
		refuses(t, verification.ErrEndedDevice, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, code) })
		refuses(t, livecode.ErrBadSignature, func() (*verification.Check, error) { // and a stranger does not learn that it was one
			return desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(desktest.NewKey(t), driver.Serial(), 0))
		})
	})
}

// S31: a phone that was restored from a backup has its old serial and its old
// clock, and whoever restored it may have seen its codes.
func TestS31ARestoredPhoneRepeatsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		serial := driver.Serial() // with its key, what the backup holds
		restored := func(age time.Duration) (*verification.Check, error) {
			return desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(driver.Key, serial, age))
		}
		shown := driver.Code(0)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, shown) })
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, shown) })
		w.Wait(time.Hour)
		refuses(t, livecode.ErrClockSkew, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, shown) }) // of the backup's time
		refuses(t, livecode.ErrClockSkew, func() (*verification.Check, error) { return restored(time.Hour) })                       // made now, by the backup's clock
		usable(t, func() (*verification.Check, error) { return restored(0) })                                                       // the control: it is the same phone
		if err := w.Drivers.EndDevice(ctx, audit.Program, driver.LicenceID, driver.DeviceID); err != nil {
			t.Fatal(err)
		}
		refuses(t, verification.ErrEndedDevice, func() (*verification.Check, error) { return restored(0) })
	})
}

// The status decides at the moment of the check, not of the code.
func TestAStatusThatTurnsBadInBetweenIsSeenByTheNextCheck(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
		code := driver.Code(0) // made while all was well
		driver.Status(licence.Status(licence.PointsFull))
		c, err := desk.Ask(relyingparty.PoliceCheck, code)
		if err != nil {
			t.Fatal(err)
		}
		if c.Outcome != verification.NotUsable || len(c.Record.Answer.Causes) != 1 || c.Record.Answer.Causes[0].Letter != licence.PointsFull {
			t.Errorf("the answer is %s with %+v", c.Outcome, c.Record.Answer.Causes)
		}
	})
}
