package application_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"edl/internal/application"
)

// refused is an application that r1 refused at noon, final 30 seconds later.
func refused(t *testing.T) (*application.Application, time.Time) {
	t.Helper()
	now := time.Date(2026, 10, 9, 4, 0, 0, 0, time.UTC)
	a, err := application.Submit(application.Request{ID: "a1", Licence: "l1", Kind: application.First, Route: application.Camera, DueAt: now.Add(24 * time.Hour)}, now)
	if err == nil {
		err = a.Claim("r1", now)
	}
	if err == nil {
		err = a.Refuse("r1", []application.Reason{application.TooDark}, "", now)
	}
	if err == nil {
		err = a.Settle(now.Add(application.UndoFor))
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, now.Add(application.UndoFor)
}

func TestAnAppealIsReviewedByAnybodyButWhoRefused(t *testing.T) {
	a, now := refused(t)
	appeal, err := a.Appeal(application.Request{ID: "a2", DueAt: now.Add(24 * time.Hour), Refusals: application.MaxRefusals}, application.GroundMeets, "", now)
	if err != nil {
		t.Fatal(err)
	}
	if appeal.Kind != a.Kind || appeal.Route != a.Route || appeal.Licence != a.Licence || appeal.Status != application.Submitted {
		t.Errorf("%+v", appeal)
	}
	if err := appeal.Claim("r1", now); !errors.Is(err, application.ErrOwnDecision) {
		t.Errorf("who refused claims it: %v", err)
	}
	if err := appeal.Claim("r2", now); err != nil {
		t.Errorf("another: %v", err)
	}
	if err := appeal.Refuse("r2", []application.Reason{application.TooDark}, "", now); err != nil {
		t.Fatal(err)
	}
	later := now.Add(application.UndoFor)
	if err := appeal.Settle(later); err != nil {
		t.Fatal(err)
	}
	if appeal.CountsAsFailedReview() || !a.CountsAsFailedReview() {
		t.Error("the photo is counted for its refusal and not again for its appeal")
	}
	if _, err := appeal.Appeal(application.Request{ID: "a3"}, application.GroundMeets, "", later); !errors.Is(err, application.ErrAppealOnce) {
		t.Errorf("an appeal is appealed: %v", err)
	}
}

func TestWhatCanBeAppealedAndHow(t *testing.T) {
	a, now := refused(t)
	r := application.Request{ID: "a2", DueAt: now.Add(24 * time.Hour)}
	if _, err := a.Appeal(r, application.GroundMeets, "", now.Add(application.AppealFor)); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	if _, err := a.Appeal(r, application.GroundMeets, "", now.Add(application.AppealFor+time.Second)); !errors.Is(err, application.ErrAppealLate) {
		t.Errorf("after it: %v", err)
	}
	for words, ground := range map[string]application.Ground{"": application.GroundOther, "x": "because", strings.Repeat("长", 201): application.GroundIsMe} {
		if _, err := a.Appeal(r, ground, words, now); !errors.Is(err, application.ErrGround) {
			t.Errorf("%s, %q: %v", ground, words, err)
		}
	}
	byProgram, _ := application.Submit(application.Request{ID: "a4", Licence: "l1", Kind: application.First, Route: application.Camera}, now)
	if err := byProgram.Stop(application.LicenceChanged, now); err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]*application.Application{"stopped by the program": byProgram, "still open": {Status: application.Submitted}} {
		if err := other.CanAppeal(now); !errors.Is(err, application.ErrNoAppeal) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, g := range application.Grounds() {
		if g.Say().ZH == "" || g.Say().EN == "" {
			t.Errorf("%s has no words", g)
		}
	}
}
