// Package application is a driver's application for an electronic licence, or
// for another photo on it, and the only ways in which it changes.
//
// An application moves by verbs (Submit, Claim, Approve …); the table in
// status.go lists every one of them, from which statuses it starts and where
// it ends. A reviewer's claim lapses after 15 minutes, which follows from the
// time and needs no clean-up. A reviewer's decision can be undone for 30
// seconds; only when these are over does Settle make it final, and only then
// may the driver be told.
//
// Every verb takes the time as an argument, changes nothing where it returns
// a fault, and else raises Version by one, so that a store can refuse a stale
// save.
//
// Left out: whether the licence permits an application (package licence), the
// photo's checks (package photo), messages, signing, storing.
package application

import (
	"fmt"
	"slices"
	"time"

	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/licence"
)

// ID is the platform's own key of an application.
type ID string

// Number is what people call an application by: SQ or SF, the day of
// submission as yymmdd, and at least four digits counted within that day.
type Number string

// NewNumber writes a number. The prefix is SQ 申请 for an electronic licence
// and SF for a photo; serial counts from 1 within the kind and the day.
func NewNumber(kind Kind, day civil.Date, serial int) Number {
	prefix := "SQ"
	if kind == Photo {
		prefix = "SF"
	}
	return Number(fmt.Sprintf("%s%02d%02d%02d%04d", prefix, day.Year%100, day.Month, day.Day, serial))
}

// Staff is the key of a member of the authority's staff.
type Staff string

// Kind is what is applied for.
type Kind string

// The kinds.
const (
	First   Kind = "first"   // the first electronic licence
	Reapply Kind = "reapply" // again, after a change invalidated the last one (R16)
	Photo   Kind = "photo"   // another photo on the electronic licence held (R18)
)

var kindNames = map[Kind]lang.Text{
	First:   lang.T("首次申领", "first application"),
	Reapply: lang.T("重新申领", "application after a change"),
	Photo:   lang.T("换照片", "change of photo"),
}

// Name returns the kind in words.
func (k Kind) Name() lang.Text { return kindNames[k] }

// Route is where the photo comes from, and with it who decides.
type Route string

// The routes.
const (
	OnFile Route = "onfile" // the identity card's photo on file: decided by the program
	Reuse  Route = "reuse"  // the approved photo again, on Reapply: decided by the program
	Album  Route = "album"  // from the driver's album: reviewed
	Camera Route = "camera" // taken in the app: reviewed
	Window Route = "window" // taken by staff at a window: reviewed by another
)

var routeNames = map[Route]lang.Text{
	OnFile: lang.T("登记照片", "photo on file"),
	Reuse:  lang.T("沿用照片", "photo used before"),
	Album:  lang.T("相册照片", "photo from the album"),
	Camera: lang.T("现场拍照", "photo taken in the app"),
	Window: lang.T("窗口拍照", "photo taken at a window"),
}

// Name returns the route in words.
func (r Route) Name() lang.Text { return routeNames[r] }

// Direct reports whether the program decides without a reviewer.
func (r Route) Direct() bool { return r == OnFile || r == Reuse }

// routes lists the routes open to each kind.
var routes = map[Kind][]Route{
	First:   {OnFile, Album, Camera, Window},
	Reapply: {Reuse, OnFile, Album, Camera, Window},
	Photo:   {Album, Camera, Window},
}

// Times that the rules set.
const (
	ClaimFor = 15 * time.Minute // how long a reviewer holds a case
	UndoFor  = 30 * time.Second // how long a decision can be undone
)

// MaxRefusals is the number of failed reviews after which only a window helps.
const MaxRefusals = 3

// An Application asks the authority for an electronic licence or for another
// photo on it.
type Application struct {
	ID      ID
	Number  Number
	Licence string // the register's key of the licence
	Kind    Kind
	Route   Route
	Status  Status // as stored; StatusAt knows of lapsed claims
	Clerk   Staff  // took it at the window; empty on the driver's own
	Plea    Plea   // of an appeal

	SubmittedAt time.Time
	DueAt       time.Time // the promise: package workday
	UrgedAt     time.Time // 催办; zero: not urged

	Reviewer  Staff // holds it while Reviewing, or decided it
	ClaimedAt time.Time

	Decision  Decision
	EndedAt   time.Time // Issued, Refused or Withdrawn
	ChangedAt time.Time // of the last change of Status
	Version   int64
}

// Decision is what a reviewer or the program decided. The zero Decision is
// none.
type Decision struct {
	Outcome Outcome
	Reasons []Reason // at least one if Refusal
	Note    string   // the reviewer's own words to the driver
	By      Staff    // empty: the program
	At      time.Time
}

// Outcome is the sense of a decision.
type Outcome string

// The outcomes.
const (
	Approval Outcome = "approved"
	Refusal  Outcome = "refused"
)

// A Request is what an application is made from.
type Request struct {
	ID       ID
	Number   Number
	Licence  string // the register's key of the licence
	Kind     Kind
	Route    Route
	Clerk    Staff     // the member of staff at the window; only with Window
	DueAt    time.Time // the end of the next working day
	Refusals int       // failed reviews of this driver since the last success or unlocking
}

// Submit makes an application. The caller has confirmed the licence's status
// (licence.CanApply) and the consents.
func Submit(r Request, now time.Time) (*Application, error) {
	switch {
	case !slices.Contains(routes[r.Kind], r.Route):
		return nil, ErrRoute
	case (r.Route == Window) != (r.Clerk != ""):
		return nil, ErrClerk
	case r.Refusals >= MaxRefusals && (r.Route == Album || r.Route == Camera):
		return nil, ErrWindow
	}
	return &Application{
		ID: r.ID, Number: r.Number, Licence: r.Licence, Kind: r.Kind, Route: r.Route, Clerk: r.Clerk,
		Status: Submitted, SubmittedAt: now, DueAt: r.DueAt, ChangedAt: now, Version: 1,
	}, nil
}

// CheckKind returns nil if a driver whose electronic licence stands so may
// apply for the kind.
func CheckKind(kind Kind, e licence.Electronic) error {
	switch {
	case kind == Photo && e != licence.Active:
		return ErrNoneHeld
	case kind != Photo && e == licence.Active:
		return ErrHeld
	case kind != Photo && kind != KindFor(e):
		return ErrKind
	}
	return nil
}

// KindFor returns the kind by which a driver gets an electronic licence.
func KindFor(e licence.Electronic) Kind {
	if e == licence.NoElectronic {
		return First
	}
	return Reapply
}

// Overdue reports whether the promise is broken: nothing final yet, and the
// due time over. A decision that can still be undone is not final.
func (a *Application) Overdue(now time.Time) bool {
	return !a.StatusAt(now).Answered() && !now.Before(a.DueAt)
}

// CountsAsFailedReview reports whether the application is one of the three
// after which only a window helps: refused by a person, for its photo. An appeal
// is of a photo that was counted already.
func (a *Application) CountsAsFailedReview() bool {
	return a.Status == Refused && a.Decision.By != "" && a.Plea.Of == ""
}
