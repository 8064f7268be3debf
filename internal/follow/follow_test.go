package follow_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/follow"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

var ctx = context.Background()

// status brings another version a second after the one before: since when one
// holds is told to the second.
func status(w *desktest.World, d *desktest.Driver, letters licence.Status) {
	w.Wait(time.Second)
	d.Status(letters)
}

func change(w *desktest.World, d *desktest.Driver, f func(*licence.Licence)) {
	w.Wait(time.Second)
	d.Change(f)
}

func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

// followed is a transport company that follows a driver.
func followed(w *desktest.World, change func(*licence.Licence)) (*desktest.Desk, *desktest.Driver) {
	desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", change)
	d.Authorise(desk, "transport")
	return desk, d
}

func driver(d *desktest.Driver) audit.Actor {
	return audit.Actor{Kind: audit.ByDriver, ID: d.LicenceID}
}

func work(t *testing.T, s *follow.Service) {
	t.Helper()
	if err := s.Work(ctx); err != nil {
		t.Fatal(err)
	}
}

// told are the states that a party was told, oldest first.
func told(t *testing.T, w *desktest.World, desk *desktest.Desk) (states []follow.State) {
	t.Helper()
	for _, n := range notices(t, w, desk) {
		states = append(states, n.State)
	}
	return states
}

func notices(t *testing.T, w *desktest.World, desk *desktest.Desk) (list []*follow.Notice) {
	t.Helper()
	err := w.DB.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.NoticesOf(ctx, desk.Party.ID, time.Time{}, w.Now().AddDate(100, 0, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func expect(t *testing.T, w *desktest.World, desk *desktest.Desk, want ...follow.State) {
	t.Helper()
	if diff := cmp.Diff(want, told(t, w, desk)); diff != "" {
		t.Errorf("the party was told (-want +got):\n%s", diff)
	}
}
