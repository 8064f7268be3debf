package verification_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
func TestACodeIsAcceptedFromAMinuteBeforeToHalfAMinuteAfterTheServersTime(t *testing.T) {
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

// S29, the codes one after the other.
func TestACodeIsRedeemedOnceByOneRequestOfOneTerminal(t *testing.T) {
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
func TestACodeSignedAnewIsTheSameCode(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		moment := livecode.NewMoment(w.Now(), nil)
		sign := func() string {
			text, err := livecode.SignShort(driver.Key, driver.Serial(), moment)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		first, second := sign(), sign()
		if first == second {
			t.Fatal("the signature is the same")
		}
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, first) })
		refuses(t, verification.ErrReplayed, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, second) })
	})
}

// S29, at once.
func TestOfAThousandParallelChecksOfOneCodeOneSucceeds(t *testing.T) {
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
		second.Digest = []byte("another")
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

// S30: the licence is the one of the key that signed.
func TestACodeWithAnothersSignatureIsNotGenuine(t *testing.T) {
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
func TestAnOldSerialIsKnownForItsGraceAndNotAfter(t *testing.T) {
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

// S32, S33: whatever is scanned is a code or is refused, and is never opened.
func TestWhatIsNoCodeIsRefusedByItsForm(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		good := driver.Code(0)
		flip := func(s string) string { // another letter of Base45 in the payload
			with := "A"
			if s[40] == 'A' {
				with = "B"
			}
			return s[:40] + with + s[41:]
		}
		for _, c := range []struct {
			name, text string
			want       []error
		}{
			{"50 kB", livecode.Prefix + strings.Repeat("A", 50_000), []error{livecode.ErrTooLarge}},
			{"a compressed bomb of another format", "NCF" + strings.Repeat("0", 1900), []error{livecode.ErrBadCode}},
			{"not Base45", livecode.Prefix + "abc", []error{livecode.ErrBadCode}},
			{"emoji", livecode.Prefix + "🪪🪪", []error{livecode.ErrBadCode}},
			{"right to left", "\u202e" + good, []error{livecode.ErrBadCode}},
			{"zero width within", good[:20] + "\u200b" + good[20:], []error{livecode.ErrBadCode}},
			{"an address", "https://example.org/?EDL1:AAAA", []error{livecode.ErrBadCode}},
			{"a deep link", "edl://check/EDL1", []error{livecode.ErrBadCode}},
			{"empty", "", []error{livecode.ErrBadCode}},
			{"trimmed", strings.TrimSuffix(good, good[len(good)-3:]), []error{livecode.ErrBadCBOR, livecode.ErrBadCode}},
			{"altered", flip(good), []error{livecode.ErrBadSignature, livecode.ErrBadCBOR, livecode.ErrBadCode, verification.ErrUnknownCode}},
		} {
			t.Run(c.name, func(t *testing.T) {
				got, err := desk.Ask(relyingparty.PoliceCheck, c.text)
				for _, want := range c.want {
					if errors.Is(err, want) {
						return
					}
				}
				t.Errorf("answered %+v, %v; want one of %v", got, err, c.want)
			})
		}
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, good) })
	})
}

// S34: guessing serials finds nobody and is stopped.
func TestGuessedCodesHitNobodyAndAreStopped(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		key := desktest.NewKey(t)
		for range 500 {
			refuses(t, verification.ErrUnknownCode, func() (*verification.Check, error) {
				return desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(key, livecode.NewSerial(), 0))
			})
		}
		w.Limiter.Rates[verification.LimitCheck] = account.Rate{Burst: 50, Every: time.Second}
		refused := 0
		for range 60 {
			if _, err := desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(key, livecode.NewSerial(), 0)); errors.Is(err, account.ErrLimited) {
				refused++
			}
		}
		if refused != 10 {
			t.Errorf("%d of 60 were stopped by the limit, want 10", refused)
		}
		w.Wait(time.Minute)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
	})
}

// Refused input is counted by cause, caller and minute, not stored; the auditor
// sees how much of what, of how many callers, and that of one of them.
func TestRefusedInputIsCountedForTheAuditorAndNotStored(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		one, other := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		noise := func(desk *desktest.Desk, times int) {
			for range times {
				refuses(t, livecode.ErrBadCode, func() (*verification.Check, error) {
					return desk.Ask(relyingparty.PoliceCheck, "not a code")
				})
			}
		}
		noise(one, 2)
		w.Wait(2 * time.Hour)
		noise(one, 5)
		noise(other, 1)
		refuses(t, livecode.ErrExpired, func() (*verification.Check, error) {
			return other.Ask(relyingparty.PoliceCheck, w.Driver("holder:1", nil).Code(2*time.Minute))
		})
		log := &audit.Reader{InTx: store.In[audit.ReaderTx](w.DB), Now: w.Now}
		for _, c := range []struct {
			hours int
			want  []audit.Refused
			times []int
		}{
			{3, []audit.Refused{{Cause: "bad_code", Times: 8, Callers: 2, Most: 7}, {Cause: "expired_code", Times: 1, Callers: 1, Most: 1}}, []int{2, 0, 7}},
			{1, []audit.Refused{{Cause: "bad_code", Times: 6, Callers: 2, Most: 5}, {Cause: "expired_code", Times: 1, Callers: 1, Most: 1}}, []int{7}},
		} {
			found, err := log.Refusals(ctx, audit.Actor{Kind: audit.ByStaff, ID: "auditor"}, c.hours)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, found.Causes); diff != "" {
				t.Error(diff)
			}
			var times []int
			for _, h := range found.Hours {
				times = append(times, h.Times)
			}
			if diff := cmp.Diff(c.times, times); diff != "" {
				t.Error(diff)
			}
		}
		entries, err := log.Entries(ctx, audit.Actor{Kind: audit.ByStaff, ID: "auditor"}, "", audit.Query{Limit: 99})
		if err != nil || !slices.ContainsFunc(entries.Rows, func(r *audit.Row) bool { return r.Action == audit.ActRefusals }) {
			t.Errorf("the look at the counts left no entry, %v", err)
		}
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
