package issuance_test

import (
	"errors"
	"strings"
	"testing"

	"edl/internal/application"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/photo"
	"edl/internal/stats"
	"edl/internal/store"
)

// appealed is an appeal of a photo that r1 refused.
func (d *desk) appealed(id string) (refused, appeal *issuance.Case) {
	d.t.Helper()
	refused = d.decide(d.apply(id, application.First, application.Album, d.upload(id, photo.FromAlbum)), application.EarsCovered)
	appeal, err := d.Appeal(ctx, driver(id), issuance.AppealRequest{LicenceID: id, Of: refused.ID, Ground: application.GroundOther, Words: "我没有耳朵被遮住", Key: "k"})
	if err != nil {
		d.t.Fatal(err)
	}
	return refused, appeal
}

// appealsCounted holds the statistics of this week to want.
func (d *desk) appealsCounted(want stats.Appeals) {
	d.t.Helper()
	counter := stats.Service{Read: store.Read[stats.Tx](d.db), Now: d.clock}
	if r, err := counter.Report(ctx, stats.Week); err != nil || r.Appeals != want {
		d.t.Errorf("counted: %+v, %v; want %+v", r.Appeals, err, want)
	}
}

func TestAnAppealIsReviewedByAnotherAndIssuesWhatWasRefused(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		refused, appeal := d.appealed(id)
		if again, err := d.Appeal(ctx, driver(id), issuance.AppealRequest{LicenceID: id, Of: refused.ID, Ground: application.GroundOther, Words: "x", Key: "k"}); err != nil || again.ID != appeal.ID {
			d.t.Errorf("the same press again: %v, %v", again, err)
		}
		if _, err := d.Claim(ctx, reviewer("r1"), appeal.ID); !errors.Is(err, application.ErrOwnDecision) {
			d.t.Errorf("who refused claims it: %v", err)
		}
		if r, err := d.Next(ctx, reviewer("r1")); r != nil || err != nil {
			d.t.Errorf("who refused is given %v, %v", r, err)
		}
		r, err := d.Next(ctx, reviewer("r2"))
		if err != nil || r == nil || r.ID != appeal.ID {
			d.t.Fatalf("another is given %v, %v", r, err)
		}
		if r.Refused == nil || r.Refused.ID != refused.ID || r.Plea.Words != "我没有耳朵被遮住" || r.PhotoID != refused.PhotoID || len(r.Declared) == 0 {
			d.t.Errorf("the reviewer sees %+v", r.Case)
		}
		if _, err := d.Approve(ctx, reviewer("r2"), appeal.ID, everything()); err != nil {
			d.t.Fatal(err)
		}
		d.later(application.UndoFor)
		d.work()
		if e := d.electronic(id); e == nil || e.PhotoID != refused.PhotoID {
			d.t.Errorf("issued is %+v", e)
		}
		d.appealsCounted(stats.Appeals{Opened: 1, Changed: 1})
	})
}

func TestAnAppealThatFailsCountsOnceAndIsTheLast(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		_, appeal := d.appealed(id)
		if first := d.inbox(id)[0].Body; !strings.Contains(first.ZH, "可以在15日内申诉") || !strings.Contains(first.EN, "appeal within 15 days") {
			d.t.Errorf("of the refusal the driver is told %q", first)
		}
		if _, err := d.Claim(ctx, reviewer("r2"), appeal.ID); err != nil {
			d.t.Fatal(err)
		}
		if _, err := d.Refuse(ctx, reviewer("r2"), appeal.ID, []application.Reason{application.EarsCovered}, ""); err != nil {
			d.t.Fatal(err)
		}
		d.later(application.UndoFor)
		d.work()
		if n, err := d.Refusals(ctx, id); n != 1 || err != nil {
			d.t.Errorf("%d refusals count, %v", n, err)
		}
		if title := d.inbox(id)[0].Title.ZH; !strings.Contains(title, "申诉复核") {
			d.t.Errorf("the driver is told %q", title)
		}
		if body := d.inbox(id)[0].Body.ZH; strings.Contains(body, "内申诉") {
			d.t.Errorf("an appeal of the appeal is offered: %q", body)
		}
		d.appealsCounted(stats.Appeals{Opened: 1, Upheld: 1})
		for what, of := range map[string]application.ID{"the appeal": appeal.ID, "the refusal again": appeal.Plea.Of} {
			if _, err := d.Appeal(ctx, driver(id), issuance.AppealRequest{LicenceID: id, Of: of, Ground: application.GroundMeets}); !errors.Is(err, application.ErrAppealOnce) {
				d.t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestWhoMayAppealWhat(t *testing.T) {
	each(t, func(d *desk) {
		id, other := d.add("route:album"), d.add("route:camera")
		refused := d.decide(d.apply(id, application.First, application.Album, d.upload(id, photo.FromAlbum)), application.TooDark)
		try := func(who string, ground application.Ground) error {
			_, err := d.Appeal(ctx, driver(who), issuance.AppealRequest{LicenceID: who, Of: refused.ID, Ground: ground})
			return err
		}
		if f := fault.Of(try(other, application.GroundMeets)); f == nil || f.Kind != fault.NotFound {
			d.t.Errorf("another driver: %v", f)
		}
		if err := try(id, "because"); !errors.Is(err, application.ErrGround) {
			d.t.Errorf("no ground: %v", err)
		}
		d.apply(id, application.First, application.Album, d.uploadOther(id))
		if err := try(id, application.GroundMeets); !errors.Is(err, application.ErrAppealNewer) {
			d.t.Errorf("after another application: %v", err)
		}
	})
}

func TestTheDatabaseRefusesAReviewOfOnesOwnDecision(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		_, appeal := d.appealed(id)
		c := d.caseOf(appeal.ID)
		c.Status, c.Reviewer, c.Version = application.Decided, "r1", c.Version+1
		c.Decision = application.Decision{Outcome: application.Approval, By: "r1", At: d.clock()}
		if err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.SaveCase(ctx, c) }); err == nil {
			d.t.Error("a decision by who refused was stored")
		}
	})
}

// uploadOther sends a photo that differs from what upload sends.
func (d *desk) uploadOther(id string) string {
	d.t.Helper()
	p, _, err := d.Upload(ctx, driver(id), issuance.Upload{LicenceID: id, Source: photo.FromAlbum, Data: picture(520, 756, 201)})
	if err != nil {
		d.t.Fatal(err)
	}
	return p.ID
}
