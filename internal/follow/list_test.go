package follow_test

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/follow"
	"edl/internal/relyingparty"
)

func TestThePageShowsFirstWhatIsToBeDone(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, first := followed(w, nil)
		other, second := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:2", nil)
		second.Authorise(desk, "transport")
		work(t, w.Follow)
		page := func(f follow.Filter, text string) *follow.List {
			t.Helper()
			list, err := w.Follow.List(ctx, desk.Asker(), f, text)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if p := page(follow.All, ""); p.Total != 2 || p.Stopped != 0 || p.New != 0 {
			t.Errorf("%+v", p)
		}
		status(w, second, "D")
		status(w, first, "B")
		work(t, w.Follow)
		w.Wait(time.Second)
		status(w, first, "A")
		work(t, w.Follow)
		p := page(follow.All, "")
		if p.Stopped != 1 || p.New != 2 || p.Drivers[0].LicenceID != second.LicenceID {
			t.Errorf("%+v", p)
		}
		id := p.Drivers[0].ID
		if err := w.Follow.Acknowledge(ctx, other.Asker(), id); !errors.Is(err, follow.ErrNothing) {
			t.Errorf("another party acknowledged: %v", err)
		}
		for range 2 {
			if err := w.Follow.Acknowledge(ctx, desk.Asker(), id); err != nil {
				t.Fatal(err)
			}
		}
		if p := page(follow.New, ""); p.Matches != 1 || p.New != 1 || p.Drivers[0].LicenceID != first.LicenceID {
			t.Errorf("%+v", p)
		}
		if p := page(follow.Stopped, ""); p.Matches != 1 || p.Drivers[0].Notice.AcknowledgedBy != desk.Number {
			t.Errorf("%+v", p)
		}
		if p := page(follow.All, second.Licence.Name.Masked()); p.Matches != 1 || p.Total != 2 {
			t.Errorf("%+v", p)
		}
		if p, err := w.Follow.List(ctx, other.Asker(), follow.All, ""); err != nil || p.Total != 0 {
			t.Errorf("another party sees %+v, %v", p, err)
		}
		if list, err := w.Follow.OfDriver(ctx, second.LicenceID); err != nil || len(list) != 1 || list[0].State() != follow.NotUsable {
			t.Errorf("the driver sees %+v, %v", list, err)
		}
	})
}

func TestTheFileHoldsTheDayAndTheStateAndNoFormula(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		r, token, err := w.Checks.Ask(ctx, desk.Asker(), consent.Lasting, consent.Case{Why: "=1+1", Reference: "@SUM(A1)", VehicleClass: "C1"}, "transport")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Consent(token, "usable", "photo", "class_covers", "class_since", "expiry", "points_full", "changes"); err != nil {
			t.Fatal(err, r.ID)
		}
		work(t, w.Follow)
		w.Wait(24 * time.Hour)
		status(w, d, "D")
		work(t, w.Follow)
		text, err := w.Follow.File(ctx, desk.Asker(), civil.Of(w.Now()))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 3 || rows[1][0] != "当日变化" || rows[2][0] != "现状" || rows[2][5] != "当前不能使用" || rows[1][7] != "可以使用" {
			t.Errorf("%q", rows)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
					t.Errorf("a formula: %q", cell)
				}
			}
		}
		if strings.Contains(string(text), "暂扣") {
			t.Error("the file says why")
		}
	})
}
