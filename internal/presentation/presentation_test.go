package presentation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/licence"
	"edl/internal/presentation"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/store"
	"edl/internal/storetest"
)

func TestThePageOfTheCodeFollowsTheLicenceThenItsElectronicForm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		until := func(d civil.Date) func(*licence.Licence) {
			return func(l *licence.Licence) { l.ValidTo = d }
		}
		today := civil.Of(w.Now())
		for _, c := range []struct {
			name     string
			driver   func() *desktest.Driver
			want     presentation.State
			code     bool
			sentence string
			offline  time.Time
		}{
			{"in order", func() *desktest.Driver { return w.Driver("holder:1", until(today.AddYears(3))) },
				presentation.Usable, true, "状态正常，可凭此证驾驶机动车", w.Now().Add(presentation.OfflineFor)},
			{"ends the day after tomorrow", func() *desktest.Driver { return w.Driver("holder:2", until(today.AddDays(2))) },
				presentation.Usable, true, "状态正常，可凭此证驾驶机动车", today.AddDays(2).End()},
			{"12 points", func() *desktest.Driver { return w.Driver("status:B", until(today.AddYears(3))) },
				presentation.NotUsable, true, "本记分周期累积记分已达12分", w.Now().Add(presentation.OfflineFor)},
			{"locked", func() *desktest.Driver { return w.Driver("status:L", until(today.AddYears(3))) },
				presentation.Hidden, false, "驾驶证已锁定", w.Now().Add(presentation.OfflineFor)},
			{"revoked", func() *desktest.Driver { return w.Driver("status:F", until(today.AddYears(3))) },
				presentation.Gone, false, "驾驶证已被吊销", w.Now().Add(presentation.OfflineFor)},
			{"to be applied for again", func() *desktest.Driver {
				d := w.Driver("holder:3", until(today.AddYears(3)))
				d.Invalidate()
				return d
			}, presentation.Invalidated, true, "电子驾驶证：已失效（有效期变更，待重新申领）", w.Now().Add(presentation.OfflineFor)},
			{"never applied for", func() *desktest.Driver { return w.Bare("holder:4", until(today.AddYears(3))) },
				presentation.None, false, "驾驶证正常，尚未申领电子驾驶证", w.Now().Add(presentation.OfflineFor)},
			{"a line of the register could not be read", func() *desktest.Driver {
				d := w.Driver("holder:5", until(today.AddYears(3)))
				line, err := register.Write(d.Licence, "", w.Now())
				if err != nil {
					t.Fatal(err)
				}
				bad := strings.ReplaceAll(string(line), d.Licence.ValidTo.String(), "2026-13-45")
				if _, err := registertest.Service(db, w.Now).Apply(context.Background(), desktest.Staff, "bad", "bad", []byte(bad)); err != nil {
					t.Fatal(err)
				}
				return d
			}, presentation.NotUsable, true, register.PendingNotice.ZH, w.Now().Add(presentation.OfflineFor)},
		} {
			t.Run(c.name, func(t *testing.T) {
				d := c.driver()
				v, err := w.Presentation.Show(context.Background(), d.LicenceID, d.DeviceID)
				if err != nil {
					t.Fatal(err)
				}
				if v.State != c.want || (v.Serial != nil) != c.code || !strings.HasPrefix(v.Sentence.ZH, c.sentence) || v.Sentence.EN == "" || !v.OfflineUntil.Equal(c.offline) {
					t.Errorf("%s, a code: %v, %q, offline until %v", v.State, v.Serial != nil, v.Sentence.ZH, v.OfflineUntil)
				}
				if v.Name == string(d.Licence.Name) {
					t.Error("the name is not masked")
				}
			})
		}
	})
}
