package issuance_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/application"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/photo"
)

func addClass(l *licence.Licence) {
	l.Classes = append(l.Classes, licence.ClassRecord{Class: licence.D, Since: day(2026, 10, 1)})
}

// R16: after a change the driver applies again, with one tap.
func TestAReapplicationReusesTheApprovedPhotoAndRaisesTheVersion(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.SetNumbering(ctx, reviewer("admin"), credential.Numbering{TypeCode: "T", IssuerCode: "1"}); err != nil {
			d.t.Fatal(err)
		}
		if err := d.SetNumbering(ctx, reviewer("admin"), credential.Numbering{TypeCode: "示"}); !errors.Is(err, credential.ErrNumbering) {
			d.t.Errorf("codes that no identifier holds: %v", err)
		}
		id := d.add("route:onfile")
		before := d.hold(id)
		if _, err := d.try(id, application.Reapply, application.Reuse, ""); !errors.Is(err, application.ErrHeld) {
			d.t.Errorf("while it is in force: %v", err)
		}
		d.change(id, addClass)
		v, err := d.View(ctx, id)
		if err != nil || v.Electronic.State() != licence.Invalidated || v.Shown() || !v.Reapplicable() || v.Electronic.Changes[0].Kind != licence.ClassesChanged {
			d.t.Fatalf("after the change: %+v, %v", v, err)
		}
		o, err := d.Options(ctx, id)
		if err != nil || o.Kind != application.Reapply || !slices.Equal(o.Routes, []application.Route{application.Reuse, application.OnFile, application.Album, application.Camera}) {
			d.t.Fatalf("offered: %+v, %v", o, err)
		}
		c := d.apply(id, application.Reapply, application.Reuse, "")
		after := d.electronic(id)
		if c.Status != application.Issued || after.State() != licence.Active || after.PhotoID != before.PhotoID || after.PreviousID != before.ID || after.IdentifierVersion != 2 {
			d.t.Errorf("%s: %+v", c.Status, after)
		}
		if credential.SerialOf(after.Identifier) != credential.SerialOf(before.Identifier) || after.Identifier == before.Identifier {
			d.t.Errorf("identifiers %s, %s", before.Identifier, after.Identifier)
		}
		d.verifies(id)
	})
}

func TestAPhotoThatIsWhatChangedIsNotReused(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		d.hold(id)
		// A new portrait arrives together with the change.
		l := d.entry(id).Licence
		addClass(&l)
		l.Photo = licence.Photo{Source: licence.FromLicence, TakenOn: day(2026, 10, 1)}
		d.later(time.Second)
		was := portraitFile
		portraitFile = picture(26, 38, 99)
		defer func() { portraitFile = was }()
		d.record(l)
		o, err := d.Options(ctx, id)
		if err != nil || slices.Contains(o.Routes, application.Reuse) || slices.Contains(o.Routes, application.OnFile) {
			d.t.Errorf("offered: %v, %v", o.Routes, err)
		}
		if _, err := d.try(id, application.Reapply, application.Reuse, ""); !errors.Is(err, issuance.ErrReuseClosed) {
			d.t.Errorf("submitted: %v", err)
		}
	})
}

// R18: only for holders; the first change after the photo on file is free, the
// others are six months apart.
func TestWhenThePhotoCanBeChanged(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		o, err := d.PhotoOptions(ctx, id)
		if err != nil || !errors.Is(o.Refusal, application.ErrNoneHeld) {
			d.t.Errorf("without an electronic licence: %v, %v", o.Refusal, err)
		}
		photoID := d.upload(id, photo.FromAlbum)
		if _, err := d.try(id, application.Photo, application.Album, photoID); !errors.Is(err, application.ErrNoneHeld) {
			d.t.Errorf("submitted without one: %v", err)
		}
		before := d.hold(id)
		if o, err := d.PhotoOptions(ctx, id); err != nil || o.Refusal != nil {
			d.t.Errorf("the first change after the photo on file: %v, %v", o.Refusal, err)
		}
		c := d.apply(id, application.Photo, application.Album, photoID)
		if e := d.electronic(id); e.ID != before.ID || e.State() != licence.Active {
			d.t.Error("the present one does not serve meanwhile")
		}
		d.decide(c)
		after := d.electronic(id)
		if after.State() != licence.Active || after.PhotoID != photoID || after.PreviousID != before.ID || after.IdentifierVersion != 2 {
			d.t.Errorf("after the change: %+v", after)
		}

		// Reuse after a change of the licence does not begin the six months anew.
		d.later(24 * time.Hour)
		d.change(id, addClass)
		d.apply(id, application.Reapply, application.Reuse, "")
		o, err = d.PhotoOptions(ctx, id)
		if want := civil.Of(start).AddMonths(6); err != nil || !errors.Is(o.Refusal, application.ErrPhotoSoon) || o.NextOn != want {
			d.t.Errorf("a second change: %v, from %v (want %v), %v", o.Refusal, o.NextOn, want, err)
		}
		next := d.upload(id, photo.FromCamera)
		if _, err := d.try(id, application.Photo, application.Camera, next); !errors.Is(err, application.ErrPhotoSoon) {
			d.t.Errorf("submitted too soon: %v", err)
		}
		d.now = civil.Of(start).AddMonths(6).Start()
		d.apply(id, application.Photo, application.Camera, next)
	})
}

// Whatever happens to the licence between the press and the end of the review,
// nothing is published that is not so.
func TestALicenceThatChangesOnTheWayStopsTheApplication(t *testing.T) {
	each(t, func(d *desk) {
		cases := []struct {
			name   string
			change func(id string)
			want   application.Reason
		}{
			{"suspended", func(id string) {
				d.change(id, func(l *licence.Licence) { l.Status = "D" })
			}, application.LicenceNotUsable},
			{"to be verified", d.garble, application.LicenceNotUsable},
			{"another class", func(id string) { d.change(id, addClass) }, application.LicenceChanged},
			{"another name", func(id string) { d.change(id, func(l *licence.Licence) { l.Name = "韩知行" }) }, application.LicenceChanged},
		}
		for i, c := range cases {
			id, made := d.waiting(fmt.Sprintf("holder:%d", i+1))
			d.claimed(made, "r1")
			if _, err := d.Approve(ctx, reviewer("r1"), made.ID, everything()); err != nil {
				d.t.Fatal(err)
			}
			c.change(id)
			d.later(application.UndoFor)
			d.work()
			got := d.caseOf(made.ID)
			if got.Status != application.Refused || !slices.Equal(got.Decision.Reasons, []application.Reason{c.want}) || d.electronic(id) != nil {
				d.t.Errorf("%s: %s for %v", c.name, got.Status, got.Decision.Reasons)
			}
			if len(d.intents(id)) != 0 {
				d.t.Errorf("%s: something was prepared", c.name)
			}
			if n, _ := d.Refusals(ctx, id); n != 0 {
				d.t.Errorf("%s: counts as a failed review", c.name)
			}
		}
	})
}

func TestAChangeThatTheElectronicLicenceDoesNotSpeakOfStopsNothing(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		d.change(id, func(l *licence.Licence) { l.Points, l.Address = 3, "示范市安澜区青石巷1号" })
		if got := d.decide(c); got.Status != application.Issued {
			d.t.Errorf("%s for %v", got.Status, got.Decision.Reasons)
		}
	})
}

func TestWhatIsShownWhenAndWhatDisappears(t *testing.T) {
	each(t, func(d *desk) {
		shown := map[licence.Use]bool{licence.Usable: true, licence.NotUsable: true, licence.Hidden: false, licence.Gone: false}
		for _, letter := range licence.Letters() {
			if letter == licence.Normal {
				continue
			}
			id := d.add("held-" + letter.Key())
			d.hold(id)
			d.change(id, func(l *licence.Licence) {
				l.Status = licence.Status(letter)
				if letter == "N" || letter == "P" || letter == "T" {
					l.ExtensionUntil = civil.Of(d.now).AddDays(100)
				}
			})
			v, err := d.View(ctx, id)
			if err != nil {
				d.t.Fatal(err)
			}
			_, portrait := d.Portrait(ctx, id)
			if want := shown[letter.Use()]; v.Shown() != want || (portrait == nil) != want {
				d.t.Errorf("%s: shown %v, its portrait: %v", letter, v.Shown(), portrait)
			}
			if want := licence.Opening(v.State, licence.Active); v.Opening() != want {
				d.t.Errorf("%s begins with %q", letter, v.Opening())
			}
		}
		id := d.add("holder:1")
		d.hold(id)
		d.garble(id)
		if v, err := d.View(ctx, id); err != nil || v.Opening().ZH != "驾驶证信息待核实，核实前不能确认可以使用" {
			d.t.Errorf("to be verified: %v, %v", v.Opening(), err)
		}
	})
}

func TestRemindersGoOutOnceAt90And30And7Days(t *testing.T) {
	each(t, func(d *desk) {
		end := civil.Of(start).AddDays(100)
		id := d.add("route:onfile", func(l *licence.Licence) { l.ValidTo = end })
		other := d.add("validity:long")
		d.hold(id)
		d.hold(other)
		sent := map[int]string{}
		for left := 100; left >= -1; left-- {
			d.now = end.AddDays(-left).Start().Add(9 * time.Hour)
			for range 2 { // twice a day tells once
				n, err := d.Remind(ctx)
				if err != nil {
					d.t.Fatal(err)
				}
				if n > 0 {
					sent[left] = d.inbox(id)[0].Title.ZH
				}
			}
		}
		want := map[int]string{90: "驾驶证还有90天到期", 30: "驾驶证还有30天到期", 7: "驾驶证还有7天到期"}
		if diff := cmp.Diff(want, sent); diff != "" {
			d.t.Error(diff)
		}
		if n := len(d.inbox(other)); n != 1 {
			d.t.Errorf("a licence without end has %d messages", n)
		}
	})
}

func TestOfSeveralMissedRemindersTheLatestGoesOut(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile", func(l *licence.Licence) { l.ValidTo = civil.Of(start).AddDays(20) })
		d.hold(id)
		for range 3 {
			if _, err := d.Remind(ctx); err != nil {
				d.t.Fatal(err)
			}
		}
		if box := d.inbox(id); len(box) != 2 || box[0].Title.ZH != "驾驶证还有20天到期" {
			d.t.Errorf("%+v", box)
		}
	})
}
