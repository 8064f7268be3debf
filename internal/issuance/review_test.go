package issuance_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
)

// waiting puts somebody's application into the queue.
func (d *desk) waiting(key string) (id string, c *issuance.Case) {
	d.t.Helper()
	id = d.add(key)
	return id, d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera))
}

func TestTheChecklistCoversEveryRuleThatNoProgramDecides(t *testing.T) {
	covered := map[photo.RuleID]bool{}
	for _, item := range issuance.Checklist {
		for _, rule := range item.Rules {
			if r, ok := photo.RuleOf(rule); !ok || r.Judged != photo.Declared {
				t.Errorf("%s stands for %s, which is no such rule", item.ID, rule)
			}
			covered[rule] = true
		}
	}
	for _, r := range photo.Rules() {
		if r.Judged == photo.Declared && !covered[r.ID] {
			t.Errorf("nobody looks at %s", r.ID)
		}
	}
}

func TestAnApprovalIsIssuedWhenItCanNoLongerBeUndone(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		r, err := d.Next(ctx, reviewer("r1"))
		if err != nil || r.ID != c.ID || r.Photo.ID != c.PhotoID || len(r.Report().Findings) == 0 {
			d.t.Fatalf("the next case: %+v, %v", r, err)
		}
		if _, err := d.Approve(ctx, reviewer("r1"), c.ID, everything()[1:]); !errors.Is(err, issuance.ErrUnchecked) {
			d.t.Errorf("approved without looking at all: %v", err)
		}
		if _, err := d.Approve(ctx, reviewer("r1"), c.ID, everything()); err != nil {
			d.t.Fatal(err)
		}
		d.later(application.UndoFor - time.Second)
		d.work()
		if got := d.caseOf(c.ID).Status; got != application.Decided || d.electronic(id) != nil || len(d.inbox(id)) != 0 {
			d.t.Errorf("a second before its time: %s, %d messages", got, len(d.inbox(id)))
		}
		d.later(time.Second)
		d.work()
		if got := d.caseOf(c.ID).Status; got != application.Issued || d.electronic(id).State() != licence.Active || len(d.inbox(id)) != 1 {
			d.t.Errorf("when it was over: %s, %d messages", got, len(d.inbox(id)))
		}
		d.verifies(id)
		want := []audit.Action{issuance.ActApprove, issuance.ActClaim, issuance.ActSettle, issuance.ActSubmit, issuance.ActIssue, issuance.ActUpload}
		if diff := cmp.Diff(want, d.deeds(id)); diff != "" {
			d.t.Error(diff)
		}
	})
}

func TestADecisionIsUndoneWithinThirtySecondsAndNobodyHears(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		d.claimed(c, "r1")
		if _, err := d.Refuse(ctx, reviewer("r1"), c.ID, []application.Reason{application.EarsCovered}, ""); err != nil {
			d.t.Fatal(err)
		}
		d.later(29 * time.Second)
		if _, err := d.Undo(ctx, reviewer("r2"), c.ID); !errors.Is(err, application.ErrHolder) {
			d.t.Errorf("undone by another: %v", err)
		}
		if _, err := d.Undo(ctx, reviewer("r1"), c.ID); err != nil {
			d.t.Fatal(err)
		}
		d.later(time.Minute)
		d.work()
		if got := d.caseOf(c.ID).Status; got != application.Reviewing || len(d.inbox(id)) != 0 {
			d.t.Errorf("after the undoing: %s, %d messages", got, len(d.inbox(id)))
		}
		if _, err := d.Approve(ctx, reviewer("r1"), c.ID, everything()); err != nil {
			d.t.Fatal(err)
		}
		d.later(application.UndoFor)
		if _, err := d.Undo(ctx, reviewer("r1"), c.ID); !errors.Is(err, application.ErrUndo) {
			d.t.Errorf("undone too late: %v", err)
		}
	})
}

func (d *desk) claimed(c *issuance.Case, by string) {
	d.t.Helper()
	if _, err := d.Claim(ctx, reviewer(by), c.ID); err != nil {
		d.t.Fatal(err)
	}
}

func TestARefusalNamesEveryRuleAndTheThirdLeadsToAWindow(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		for n := 1; n <= 3; n++ {
			c := d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera))
			d.decide(c, application.EarsCovered, application.BackgroundNotWhite)
			box := d.inbox(id)
			if len(box) != n || box[0].Kind != notification.Application || box[0].Link != "#/progress/"+string(c.ID) {
				d.t.Fatalf("refusal %d: %+v", n, box)
			}
			for _, reason := range []application.Reason{application.EarsCovered, application.BackgroundNotWhite} {
				if !strings.Contains(box[0].Body.ZH, reason.Say().ZH) || !strings.Contains(box[0].Body.EN, reason.Say().EN) {
					d.t.Errorf("refusal %d does not say %s: %s", n, reason, box[0].Body.ZH)
				}
			}
			if window := strings.Contains(box[0].Body.ZH, application.ErrWindow.Say.ZH); window != (n == 3) {
				d.t.Errorf("refusal %d speaks of the window: %v", n, window)
			}
			d.later(time.Minute)
		}
		o, err := d.Options(ctx, id)
		if err != nil || !o.WindowOnly || o.Refusals != 3 || len(o.Routes) != 0 {
			d.t.Errorf("offered after three: %+v, %v", o, err)
		}
		photoID := d.upload(id, photo.FromCamera)
		if _, err := d.try(id, application.First, application.Camera, photoID); !errors.Is(err, application.ErrWindow) {
			d.t.Errorf("a fourth time: %v", err)
		}
		if err := d.Unlock(ctx, reviewer("w1"), id, "SL1"); err != nil {
			d.t.Fatal(err)
		}
		if err := d.Unlock(ctx, reviewer("w1"), id, "SL1"); !errors.Is(err, issuance.ErrNotLocked) {
			d.t.Errorf("unlocked twice: %v", err)
		}
		d.apply(id, application.First, application.Camera, photoID)
	})
}

// The on-file way is not closed by refused photos of the driver's own.
func TestThreeRefusalsLeaveTheDirectWayOpen(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		for range 3 {
			d.decide(d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera)), application.TooDark)
			d.later(time.Minute)
		}
		o, err := d.Options(ctx, id)
		if err != nil || o.WindowOnly || !slices.Equal(o.Routes, []application.Route{application.OnFile}) {
			d.t.Errorf("%+v, %v", o, err)
		}
		d.hold(id)
		if n, err := d.Refusals(ctx, id); n != 0 || err != nil {
			d.t.Errorf("%d refusals count after a success, %v", n, err)
		}
	})
}

func TestTwoReviewersAndOneCase(t *testing.T) {
	each(t, func(d *desk) {
		_, c := d.waiting("route:album")
		won, lost := d.race(func(by audit.Actor) error {
			_, err := d.Claim(ctx, by, c.ID)
			return err
		})
		if won != 1 || len(lost) != 1 || !errors.Is(lost[0], application.ErrHolder) {
			d.t.Fatalf("%d claimed it, the others: %v", won, lost)
		}
		holder, other := reviewer(string(d.caseOf(c.ID).Reviewer)), reviewer("r1")
		if holder.ID == "r1" {
			other = reviewer("r2")
		}
		if r, err := d.Next(ctx, other); r != nil || err != nil {
			d.t.Errorf("the other's next case: %v, %v", r, err)
		}
		if _, err := d.Approve(ctx, other, c.ID, everything()); !errors.Is(err, application.ErrHolder) {
			d.t.Errorf("approved by the other: %v", err)
		}
		if _, err := d.Review(ctx, other, c.ID); err == nil {
			d.t.Error("the other reads the case")
		}
		if r, err := d.Next(ctx, holder); err != nil || r.ID != c.ID {
			d.t.Errorf("the holder's next case is the one held: %v, %v", r, err)
		}

		d.later(application.ClaimFor)
		if _, err := d.Approve(ctx, holder, c.ID, everything()); !errors.Is(err, application.ErrLapsed) {
			d.t.Errorf("approved after the claim lapsed: %v", err)
		}
		if r, err := d.Next(ctx, other); err != nil || r == nil || r.ID != c.ID {
			d.t.Errorf("a lapsed claim does not come back: %v, %v", r, err)
		}
	})
}

// race lets two reviewers do the same at once.
func (d *desk) race(do func(audit.Actor) error) (won int, lost []error) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, name := range []string{"r1", "r2"} {
		wait.Go(func() {
			err := do(reviewer(name))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				lost = append(lost, err)
				return
			}
			won++
		})
	}
	wait.Wait()
	return won, lost
}

func TestTheQueueIsInTheOrderOfThePromises(t *testing.T) {
	each(t, func(d *desk) {
		d.now = start.Add(-24 * time.Hour) // Thursday; the promise is Friday's
		_, first := d.waiting("route:album")
		d.now = start // Friday; a Saturday is worked
		_, second := d.waiting("route:camera")
		_, third := d.waiting("route:oldphoto")
		_, direct := d.add("route:onfile"), d.apply(d.add("holder:1"), application.First, application.OnFile, "")
		d.later(14 * time.Hour) // past Friday's midnight
		q, err := d.Queue(ctx, "r1")
		if err != nil {
			d.t.Fatal(err)
		}
		var got []application.ID
		for _, item := range q.Items {
			got = append(got, item.ID)
		}
		if got[0] != first.ID || len(got) != 3 || slices.Contains(got, direct.ID) || q.Waiting != 3 || q.Overdue != 1 || q.Mine != 0 {
			d.t.Errorf("%v of %v, %v, %v; %+v", got, first.ID, second.ID, third.ID, q)
		}
		d.decide(d.caseOf(second.ID))
		if q, err := d.Queue(ctx, "r1"); err != nil || q.Mine != 1 || q.Waiting != 2 {
			d.t.Errorf("after a decision: %+v, %v", q, err)
		}
		if mine, err := d.Mine(ctx, "r1"); err != nil || len(mine) != 1 || mine[0].ID != second.ID {
			d.t.Errorf("what I decided: %v, %v", mine, err)
		}
	})
}

func TestACaseReleasedGoesBack(t *testing.T) {
	each(t, func(d *desk) {
		_, c := d.waiting("route:album")
		d.claimed(c, "r1")
		if err := d.Release(ctx, reviewer("r2"), c.ID); !errors.Is(err, application.ErrHolder) {
			d.t.Errorf("released by another: %v", err)
		}
		if err := d.Release(ctx, reviewer("r1"), c.ID); err != nil {
			d.t.Fatal(err)
		}
		d.claimed(c, "r2")
	})
}

func TestAWindowsCaseIsReviewedBySomebodyElse(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		photoID := d.upload(id, photo.FromWindow)
		c, err := d.Submit(ctx, reviewer("w1"), issuance.Submission{
			LicenceID: id, Kind: application.First, Route: application.Window, PhotoID: photoID, Clerk: "w1", Ref: "SL2610090001",
		})
		if err != nil {
			d.t.Fatal(err)
		}
		if _, err := d.Claim(ctx, reviewer("w1"), c.ID); !errors.Is(err, application.ErrOwnCase) {
			d.t.Errorf("claimed by the clerk: %v", err)
		}
		if r, err := d.Next(ctx, reviewer("w1")); r != nil || err != nil {
			d.t.Errorf("the clerk's next case: %v, %v", r, err)
		}
		if got := d.decide(c); got.Status != application.Issued {
			d.t.Errorf("reviewed by another: %s", got.Status)
		}
	})
}

func TestWithdrawnUntilClaimed(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		if err := d.Withdraw(ctx, driver("somebody"), "somebody", c.ID); err == nil {
			d.t.Error("withdrawn by somebody else")
		}
		d.claimed(c, "r1")
		if p, err := d.Progress(ctx, id, c.ID); err != nil || p.CanWithdraw() || p.ShownAt(d.now) != application.Reviewing {
			d.t.Errorf("while claimed: %+v, %v", p, err)
		}
		if err := d.Withdraw(ctx, driver(id), id, c.ID); !errors.Is(err, application.ErrWithdraw) {
			d.t.Errorf("withdrawn while claimed: %v", err)
		}
		d.later(application.ClaimFor)
		if err := d.Withdraw(ctx, driver(id), id, c.ID); err != nil {
			d.t.Errorf("after the claim lapsed: %v", err)
		}
		if _, err := d.Claim(ctx, reviewer("r1"), c.ID); !errors.Is(err, application.ErrStatus) {
			d.t.Errorf("claimed when withdrawn: %v", err)
		}
		d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera))
	})
}

func TestUrgedOncePastThePromise(t *testing.T) {
	each(t, func(d *desk) {
		id, c := d.waiting("route:album")
		if err := d.Urge(ctx, driver(id), id, c.ID); !errors.Is(err, application.ErrUrge) {
			d.t.Errorf("urged before the promise is over: %v", err)
		}
		d.now = c.DueAt
		p, err := d.Progress(ctx, id, c.ID)
		if err != nil || !p.CanUrge() || !p.Overdue(d.now) {
			d.t.Errorf("at the end of the promise: %+v, %v", p, err)
		}
		if err := d.Urge(ctx, driver(id), id, c.ID); err != nil {
			d.t.Fatal(err)
		}
		if err := d.Urge(ctx, driver(id), id, c.ID); !errors.Is(err, application.ErrUrge) {
			d.t.Errorf("urged twice: %v", err)
		}
	})
}

func TestProgressSaysHowManyAreBefore(t *testing.T) {
	each(t, func(d *desk) {
		d.waiting("route:camera")
		d.later(time.Millisecond)
		id, c := d.waiting("route:album")
		p, err := d.Progress(ctx, id, c.ID)
		if err != nil || p.Ahead != 1 || p.Due.Say.ZH != "10月10日（周六，调休上班）24:00前" {
			d.t.Errorf("%+v, %v", p, err)
		}
		if _, err := d.Progress(ctx, "somebody", c.ID); err == nil {
			d.t.Error("somebody else sees it")
		}
		if list, err := d.ProgressOf(ctx, id); err != nil || len(list) != 1 {
			d.t.Errorf("the list: %v, %v", list, err)
		}
	})
}
