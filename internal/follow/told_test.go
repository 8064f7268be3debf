package follow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/detention"
	"edl/internal/follow"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/storetest"
)

// A company hears of each change once, however many servers look, and never why.
func TestAPartyIsToldOnceOfEachChangeAndNeverWhy(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, func(l *licence.Licence) { l.ValidTo = civil.D(2029, 5, 20) })
		servers := []*follow.Service{w.Follow, w.AnotherFollow(), w.AnotherFollow()}
		look := func() {
			t.Helper()
			w.Wait(time.Second)
			var all sync.WaitGroup
			for range 2 {
				for _, s := range servers {
					all.Go(func() { work(t, s) })
				}
			}
			all.Wait()
		}
		look()
		expect(t, w, desk, follow.Usable)
		status(w, d, "D")
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		status(w, d, "BDJ") // worse, and the same to a third party
		look()
		status(w, d, "A")
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
		change(w, d, func(l *licence.Licence) { l.Points = 3 })
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
		pending(t, w, d)
		look()
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable)
		change(w, d, func(l *licence.Licence) { l.Points = 4 })
		look()
		d.Invalidate() // the electronic licence alone
		look()
		want := []follow.State{follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable, follow.Usable, follow.NotUsable}
		expect(t, w, desk, want...)

		checks, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 50)
		if err != nil || len(checks) != len(want) {
			t.Fatalf("the driver sees %d checks, %v", len(checks), err)
		}
		for i, n := range notices(t, w, desk) {
			c := checks[len(checks)-1-i]
			given := []relyingparty.Field{"usable", "class_covers"}
			if n.State != follow.Usable {
				given = given[:1]
			}
			if n.Check != c.Number || !c.Record.Told || c.Record.Party != desk.Party.Name || !slices.Equal(c.Record.Given, given) {
				t.Errorf("notice %d (%s): check %s %s gave %v", i, n.State, c.Number, c.Record.Party, c.Record.Given)
			}
			if c.Record.Answer.Person != nil || len(c.Record.Answer.Facts) > 0 || len(c.Record.Answer.Causes) > 0 {
				t.Errorf("notice %d gives %+v", i, c.Record.Answer)
			}
		}
	})
}

// pending brings a line that the register cannot take: 信息待核实.
func pending(t *testing.T, w *desktest.World, d *desktest.Driver) {
	t.Helper()
	line, err := register.Write(d.Licence, "", w.Now())
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.ReplaceAll(string(line), d.Licence.ValidTo.String(), "2026-13-45")
	if r, err := registertest.Service(w.DB, w.Now).Apply(ctx, desktest.Staff, "bad", "bad", []byte(bad)); err != nil || r.Refused != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAPartyIsToldThatTheClassNoLongerCoversItsVehicle(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil) // asks about a C1
		work(t, w.Follow)
		held := d.Licence.Classes
		// a change of class also ends the electronic licence, which is applied for again
		change(w, d, func(l *licence.Licence) { l.Classes = []licence.ClassRecord{{Class: "C2", Since: civil.D(2015, 1, 1)}} })
		work(t, w.Follow)
		w.Wait(time.Second)
		d.Reissue()
		work(t, w.Follow)
		change(w, d, func(l *licence.Licence) { l.Classes = held })
		w.Wait(time.Second)
		d.Reissue()
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.NotForThis, follow.Usable)
	})
}

// What an officer does at the roadside is heard of as what the register brings.
func TestADetentionIsAChange(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		work(t, w.Follow)
		police := w.Desk(relyingparty.Police, "police")
		w.Wait(time.Second)
		check, err := police.Ask("police", d.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		made, err := w.Detentions.Detain(ctx, police.Asker(), check.Number, detention.Order{
			RequestID: desktest.NewRequest(), Ground: detention.Drink, Place: "滨河路望海街口", Voucher: "京 0000 1", Paper: detention.Collected,
		})
		if err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		w.Wait(time.Second)
		if err := w.Detentions.Lift(ctx, desktest.Staff, made.Number, "已接受处理", "AJ-1"); err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable, follow.Usable)
	})
}

// Time alone ends a licence: validity at 24:00 of its last day, an extension
// at the end of its own. Nothing is touched, and the next look finds it.
func TestThePassingOfTimeIsNoticed(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		today := civil.Of(w.Now())
		for name, change := range map[string]func(*licence.Licence){
			"validity":        func(l *licence.Licence) { l.ValidTo = today },
			"medical check":   func(l *licence.Licence) { l.Status, l.ExtensionUntil = "P", today },
			"deferred review": func(l *licence.Licence) { l.Status, l.ExtensionUntil = "AT", today },
		} {
			t.Run(name, func(t *testing.T) {
				w := desktest.Open(t, storetest.SQLite(t))
				desk, _ := followed(w, change)
				work(t, w.Follow)
				w.Wait(today.End().Sub(w.Now()) - time.Second)
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable)
				w.Wait(time.Second)
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable, follow.NotUsable)
				w.Wait(365 * 24 * time.Hour) // M, R, G: nothing new to a third party
				work(t, w.Follow)
				expect(t, w, desk, follow.Usable, follow.NotUsable)
			})
		}
	})
}

var errPlug = errors.New("the plug was pulled")

// A server that stops before its commit leaves nothing; the next tells once.
func TestAServerThatStopsTellsNothingHalf(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		work(t, w.Follow)
		receiver(t, w, desk, &phone{})
		status(w, d, "D")
		cut := w.AnotherFollow()
		cut.InTx = func(ctx context.Context, f func(follow.Tx) error) error {
			return w.Follow.InTx(ctx, func(tx follow.Tx) error { return errors.Join(f(tx), errPlug) })
		}
		for range 3 {
			if err := cut.Work(ctx); !errors.Is(err, errPlug) {
				t.Fatal(err)
			}
		}
		expect(t, w, desk, follow.Usable)
		if checks, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 9); err != nil || len(checks) != 1 {
			t.Errorf("%d checks, %v", len(checks), err)
		}
		work(t, w.Follow)
		expect(t, w, desk, follow.Usable, follow.NotUsable)
		if _, waiting, err := w.Follow.ReceiverOf(ctx, desk.Party.ID); err != nil || waiting != 1 {
			t.Errorf("%d events wait, %v", waiting, err)
		}
	})
}
