package application

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Claim gives the application to a reviewer for ClaimFor; its holder claims it
// again to have that time anew.
func (a *Application) Claim(reviewer Staff, now time.Time) error {
	if a.Route.Direct() {
		return ErrDirect
	}
	if a.Clerk == reviewer {
		return ErrOwnCase
	}
	if a.BarredTo(reviewer) {
		return ErrOwnDecision
	}
	if a.heldByOther(reviewer, now) {
		return ErrHolder
	}
	if err := a.may(claim, now); err != nil {
		return err
	}
	a.Reviewer, a.ClaimedAt = reviewer, now
	a.move(claim, now)
	return nil
}

// BarredTo reports whether a member of staff may never review the application,
// whoever holds it: they took it at the window, or refused what it appeals.
func (a *Application) BarredTo(reviewer Staff) bool {
	return reviewer != "" && (a.Clerk == reviewer || a.Plea.Barred == reviewer)
}

// Release puts the application back into the queue.
func (a *Application) Release(reviewer Staff, now time.Time) error {
	if err := a.held(release, reviewer, now); err != nil {
		return err
	}
	a.Reviewer, a.ClaimedAt = "", time.Time{}
	a.move(release, now)
	return nil
}

// Approve records the holder's decision to issue. It can be undone for UndoFor.
func (a *Application) Approve(reviewer Staff, now time.Time) error {
	if err := a.held(decide, reviewer, now); err != nil {
		return err
	}
	a.Decision = Decision{Outcome: Approval, By: reviewer, At: now}
	a.move(decide, now)
	return nil
}

// Refuse records the holder's decision not to, for one or several reasons; the
// note goes to the driver in the reviewer's own words and is required with
// OtherReason. It can be undone for UndoFor.
func (a *Application) Refuse(reviewer Staff, reasons []Reason, note string, now time.Time) error {
	note = strings.TrimSpace(note)
	if err := checkReasons(reasons, note); err != nil {
		return err
	}
	if err := a.held(decide, reviewer, now); err != nil {
		return err
	}
	a.Decision = Decision{Outcome: Refusal, Reasons: slices.Clone(reasons), Note: note, By: reviewer, At: now}
	a.move(decide, now)
	return nil
}

// maxNote is the longest note to a driver, in characters.
const maxNote = 200

func checkReasons(reasons []Reason, note string) error {
	if len(reasons) == 0 || slices.Contains(reasons, OtherReason) && note == "" {
		return ErrReason
	}
	for i, r := range reasons {
		if !r.ForReviewers() || slices.Contains(reasons[:i], r) {
			return ErrReason
		}
	}
	if utf8.RuneCountInString(note) > maxNote {
		return ErrNote
	}
	return nil
}

// Undo takes the reviewer's own decision back while nobody has been told; the
// reviewer then holds the application anew.
func (a *Application) Undo(reviewer Staff, now time.Time) error {
	if err := a.may(undo, now); err != nil {
		return err
	}
	if a.Decision.By != reviewer {
		return ErrHolder
	}
	if a.Final(now) {
		return ErrUndo
	}
	a.Decision, a.ClaimedAt = Decision{}, now
	a.move(undo, now)
	return nil
}

// Final reports whether the decision can no longer be undone.
func (a *Application) Final(now time.Time) bool {
	return a.Decision.Outcome != "" && !now.Before(a.Decision.At.Add(UndoFor))
}

// Settle makes a decision final when its time to be undone is over: Approved
// or Refused. The message about a refusal leaves with the same save.
func (a *Application) Settle(now time.Time) error {
	v := dismiss
	if a.Decision.Outcome == Approval {
		v = confirm
	}
	if err := a.may(v, now); err != nil {
		return err
	}
	if !a.Final(now) {
		return ErrUnsettled
	}
	a.move(v, now)
	return nil
}

// Pass approves an application on a direct route; the program decides, and
// nothing is to be undone.
func (a *Application) Pass(now time.Time) error {
	if !a.Route.Direct() {
		return ErrReviewed
	}
	if err := a.may(pass, now); err != nil {
		return err
	}
	a.Decision = Decision{Outcome: Approval, At: now}
	a.move(pass, now)
	return nil
}

// Stop refuses an application by program, because something other than the
// photo forbids it: the identity check failed, or the licence changed on the
// way. It does not count as a failed review.
func (a *Application) Stop(reason Reason, now time.Time) error {
	if !reason.ForProgram() {
		return ErrReason
	}
	if err := a.may(stop, now); err != nil {
		return err
	}
	a.Decision = Decision{Outcome: Refusal, Reasons: []Reason{reason}, At: now}
	a.move(stop, now)
	return nil
}

// Withdraw ends the application at the driver's wish, until it is claimed.
func (a *Application) Withdraw(now time.Time) error {
	if err := a.may(withdraw, now); err != nil {
		return err
	}
	a.move(withdraw, now)
	return nil
}

// Issue records that the credential was signed and published.
func (a *Application) Issue(now time.Time) error {
	if err := a.may(issue, now); err != nil {
		return err
	}
	a.move(issue, now)
	return nil
}

// Urge records that the driver asked for haste 催办, once, after the due time.
func (a *Application) Urge(now time.Time) error {
	if !a.Overdue(now) || !a.UrgedAt.IsZero() {
		return ErrUrge
	}
	a.UrgedAt = now
	a.Version++
	return nil
}

// held returns nil if the verb is permitted and the reviewer holds the
// application now.
func (a *Application) held(v verb, reviewer Staff, now time.Time) error {
	if a.heldByOther(reviewer, now) {
		return ErrHolder
	}
	if a.Status == Reviewing && a.StatusAt(now) == Submitted && a.Reviewer == reviewer {
		return ErrLapsed
	}
	return a.may(v, now)
}

func (a *Application) heldByOther(reviewer Staff, now time.Time) bool {
	return a.StatusAt(now) == Reviewing && a.Reviewer != reviewer
}

// ClaimEnds returns when the holder's claim lapses, or zero if nobody holds
// the application at now.
func (a *Application) ClaimEnds(now time.Time) time.Time {
	if a.StatusAt(now) != Reviewing {
		return time.Time{}
	}
	return a.ClaimedAt.Add(ClaimFor)
}

// UndoEnds returns until when the decision can be undone, or zero if none can.
func (a *Application) UndoEnds() time.Time {
	if a.Status != Decided {
		return time.Time{}
	}
	return a.Decision.At.Add(UndoFor)
}
