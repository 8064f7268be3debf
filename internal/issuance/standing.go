package issuance

import (
	"context"
	"time"

	"edl/internal/application"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/register"
)

// ErrPending is returned while the register's newest line about a licence
// could not be read: until it is clarified nothing is issued from it.
var ErrPending = fault.New(fault.Conflict, "licence.apply_pending",
	"您的驾驶证信息待核实，暂时不能申领。发证机关核实后即可申领，不需要您做什么；着急的，请联系发证机关。",
	"Your licence's data is to be verified, so the electronic licence cannot be applied for now. You can apply as soon as the authority has verified it; there is nothing for you to do.")

// A standing is all that decides what a driver may apply for.
type standing struct {
	now        time.Time
	entry      *register.Entry
	state      licence.State
	electronic *credential.Electronic // nil: never issued
	cases      []*Case                // the newest first
	unlocked   time.Time
}

func standingOf(ctx context.Context, tx Tx, licenceID string, now time.Time) (*standing, error) {
	entry, err := tx.LicenceByID(ctx, licenceID)
	if err != nil {
		return nil, err
	}
	st := &standing{now: now, entry: entry, state: entry.State(now)}
	if st.electronic, err = tx.ElectronicLicence(ctx, licenceID); err != nil && !notFound(err) {
		return nil, err
	}
	if st.cases, err = tx.CasesOf(ctx, licenceID); err != nil {
		return nil, err
	}
	if st.refusals() > 0 {
		st.unlocked, err = tx.Unlocked(ctx, licenceID)
	}
	return st, err
}

// refused returns why nothing can be applied for now, or nil.
func (st *standing) refused() error {
	if err := licence.CanApply(st.state); err != nil {
		return err
	}
	if st.entry.Pending {
		return ErrPending
	}
	return nil
}

// refusals counts the failed reviews since the last success or unlocking.
func (st *standing) refusals() int {
	n := 0
	for _, c := range st.cases {
		if c.Status == application.Issued || c.CountsAsFailedReview() && !c.EndedAt.After(st.unlocked) {
			break
		}
		if c.CountsAsFailedReview() {
			n++
		}
	}
	return n
}

// open returns the open case of a kind, or nil.
func (st *standing) open(kind application.Kind) *Case {
	for _, c := range st.cases {
		if c.Kind == kind && c.Status.Open() {
			return c
		}
	}
	return nil
}

// direct reports whether the direct way of R13 is open.
func (st *standing) direct() bool {
	return licence.DirectWay(st.entry.Licence, st.now) && st.entry.PhotoID != ""
}

// reusable reports whether the photo approved before can serve again. One that
// the driver or a window took can; that of the register only while it is still
// the one on file and would be taken today.
func (st *standing) reusable(approved photo.Stored) bool {
	return approved.Source != photo.FromRegister || st.direct() && st.entry.PhotoID == approved.ID
}

// kind is what a driver without an electronic licence in force applies for.
func (st *standing) kind() application.Kind { return application.KindFor(st.electronic.State()) }

// photoIssue returns how and when the present photo first came onto an
// electronic licence, by which the next change is counted.
func photoIssue(ctx context.Context, tx Tx, e *credential.Electronic) (application.Route, time.Time, error) {
	intents, err := tx.IntentsOf(ctx, e.LicenceID)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, i := range intents {
		if i.Status == Issued && i.PhotoID == e.PhotoID {
			return i.Route, i.IssuedAt, nil
		}
	}
	return application.OnFile, e.IssuedAt, nil // from before this program issued
}
