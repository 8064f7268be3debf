package follow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/follow"
	"edl/internal/licence"
	"edl/internal/notification"
)

// phone is a party's own system, as far as a test needs it.
type phone struct {
	mu     sync.Mutex // guards what follows
	got    []string   // identifier and body
	refuse *notification.HookError
}

func (p *phone) take(_ context.Context, to notification.Receiver, id string, body []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return p.refuse
	}
	p.got = append(p.got, id+" "+string(body))
	return nil
}

func receiver(t *testing.T, w *desktest.World, desk *desktest.Desk, p *phone) {
	t.Helper()
	w.Follow.Send = p.take
	secret, err := w.Follow.SetReceiver(ctx, desktest.Staff, desk.Party.ID, "https://receiver.example.org/hook?k=1")
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%q, %v", secret, err)
	}
}

func deliver(t *testing.T, s *follow.Service, want int) {
	t.Helper()
	if n, err := s.Deliver(ctx); err != nil || n != want {
		t.Fatalf("%d events were taken, want %d: %v", n, want, err)
	}
}

// Events go in their order, again with the same identifier until they are
// taken, each once.
func TestAReceiverIsToldInOrderUntilItTakesIt(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		p := &phone{}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		deliver(t, w.Follow, 1)
		deliver(t, w.Follow, 0)

		p.refuse = &notification.HookError{Failure: notification.HookStatus, Status: 503}
		for _, letters := range []licence.Status{"D", "A"} {
			status(w, d, letters)
			work(t, w.Follow)
		}
		deliver(t, w.Follow, 0)
		if r, waiting, err := w.Follow.ReceiverOf(ctx, desk.Party.ID); err != nil || r.Failure != "status 503" || r.FailingSince.IsZero() || waiting != 2 {
			t.Fatalf("%+v, %d wait, %v", r, waiting, err)
		}
		p.refuse = nil
		deliver(t, w.Follow, 0) // not at once
		w.Wait(5 * time.Second)
		var all sync.WaitGroup
		for _, s := range []*follow.Service{w.Follow, w.AnotherFollow(), w.AnotherFollow()} {
			s.Send = p.take
			all.Go(func() { s.Deliver(ctx) })
		}
		all.Wait()
		w.Follow.Deliver(ctx)
		var want, got []string
		for _, n := range notices(t, w, desk) {
			want = append(want, n.ID)
			if n.SentAt.IsZero() || n.Waits {
				t.Errorf("the page says that %s was not sent", n.ID)
			}
		}
		for _, line := range p.got {
			got = append(got, line[:26])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it was told (-want +got):\n%s", diff)
		}
		var e follow.Event
		if err := json.Unmarshal([]byte(p.got[1][27:]), &e); err != nil {
			t.Fatal(err)
		}
		n := notices(t, w, desk)[1]
		wanted := follow.Event{Type: "qualification.changed", Timestamp: n.At.In(civil.Shanghai).Format(time.RFC3339), Data: follow.EventData{
			Followed: n.FollowedID, Holder: d.Licence.Name.Masked(), Scenario: "transport", Before: "usable", State: "not_usable",
			Word: follow.NotUsable.Words(), Check: n.Check}}
		if diff := cmp.Diff(wanted, e); diff != "" {
			t.Errorf("the event (-want +got):\n%s", diff)
		}
		for _, secret := range []string{string(d.Licence.Name), string(d.Licence.Document.Number), string(d.Licence.FileNumber), "暂扣", "suspended", `"D"`} {
			if strings.Contains(fmt.Sprint(p.got), secret) {
				t.Errorf("the events hold %s", secret)
			}
		}
	})
}

// A server that is killed between sending and recording sends again, the same.
func TestAnEventWhoseRecordWasLostIsSentAgainTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, _ := followed(w, nil)
		p := &phone{}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		cut := w.AnotherFollow()
		cut.Send = p.take
		deeds := 0
		cut.InTx = func(ctx context.Context, f func(follow.Tx) error) error {
			if deeds++; deeds > 1 {
				return errPlug
			}
			return w.Follow.InTx(ctx, f)
		}
		if _, err := cut.Deliver(ctx); !errors.Is(err, errPlug) {
			t.Fatal(err)
		}
		deliver(t, w.Follow, 0) // it is in hand
		w.Wait(time.Minute)
		deliver(t, w.Follow, 1)
		if len(p.got) != 2 || p.got[0] != p.got[1] {
			t.Errorf("it was sent as %q", p.got)
		}
	})
}

// After five days of failing a receiver is left alone; the auditor sees it,
// the page says it, and nothing is lost: set anew, it hears everything.
func TestAReceiverThatFailsForDaysIsStoppedAndLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := followed(w, nil)
		p := &phone{refuse: &notification.HookError{Failure: notification.HookTime}}
		receiver(t, w, desk, p)
		work(t, w.Follow)
		tries := 0
		w.Follow.Send = func(ctx context.Context, to notification.Receiver, id string, body []byte) error {
			tries++
			return p.take(ctx, to, id, body)
		}
		for range 5*24 - 3 {
			deliver(t, w.Follow, 0)
			w.Wait(time.Hour)
		}
		called := func() follow.ReceiverStatus {
			t.Helper()
			r, _, err := w.Follow.ReceiverOf(ctx, desk.Party.ID)
			if err != nil {
				t.Fatal(err)
			}
			return r.Status
		}
		if s := called(); s != follow.Called {
			t.Fatalf("%s after %d tries", s, tries)
		}
		for range 6 {
			deliver(t, w.Follow, 0)
			w.Wait(time.Hour)
		}
		if s := called(); s != follow.GivenUp {
			t.Fatalf("%s after %d tries", s, tries)
		}
		before := tries
		status(w, d, "D")
		work(t, w.Follow)
		w.Wait(24 * time.Hour)
		deliver(t, w.Follow, 0)
		if tries != before || before > 5*24+12 {
			t.Errorf("tried %d times, then %d more", before, tries-before)
		}
		expect(t, w, desk, follow.Usable, follow.NotUsable) // the page goes on
		receiver(t, w, desk, p)
		p.refuse = nil
		deliver(t, w.Follow, 2)
	})
}

func TestATestOfAReceiverSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, _ := followed(w, nil)
		if _, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); !errors.Is(err, follow.ErrNoReceiver) {
			t.Errorf("without a receiver: %v", err)
		}
		p := &phone{}
		receiver(t, w, desk, p)
		if failure, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); err != nil || failure != "" || len(p.got) != 1 {
			t.Errorf("%q, %v, %s", failure, err, p.got)
		}
		p.refuse = &notification.HookError{Failure: notification.HookRedirect, Status: 302}
		if failure, err := w.Follow.Test(ctx, desktest.Staff, desk.Party.ID); err != nil || failure != "redirect 302" {
			t.Errorf("%q, %v", failure, err)
		}
		if err := w.Follow.DropReceiver(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		work(t, w.Follow)
		deliver(t, w.Follow, 0)
		for _, address := range []string{"http://receiver.example.org/", "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://[::1]/", "https://a:b@receiver.example.org/", "file:///etc/passwd", "gopher://receiver.example.org/", "https://receiver/", "https://receiver.example.org/#a", "https://0x7f.1/", "https://127.0.0.0x1/", "https://a.localhost/", ""} {
			if _, err := w.Follow.SetReceiver(ctx, desktest.Staff, desk.Party.ID, address); !errors.Is(err, notification.ErrReceiver) {
				t.Errorf("%q: %v", address, err)
			}
		}
	})
}
