package issuance

import (
	"context"
	"time"

	"edl/internal/application"
	"edl/internal/credential"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
)

// A View is what 我的驾驶证 shows: the licence and the electronic licence,
// which are two things.
type View struct {
	Now        time.Time
	Entry      *register.Entry
	State      licence.State
	Electronic *credential.Electronic // nil: never issued
	Contacts   licence.Contacts
	Open       []*Progress // cases under way
}

// View returns how a driver's licence stands now.
func (s *Service) View(ctx context.Context, licenceID string) (*View, error) {
	contacts, err := s.contacts(ctx)
	if err != nil {
		return nil, err
	}
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	v := &View{Now: s.Now(), Contacts: contacts}
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, licenceID, v.Now)
		if err != nil {
			return err
		}
		v.Entry, v.State, v.Electronic, v.Open = st.entry, st.state, st.electronic, nil
		for _, c := range st.cases {
			if !c.Status.Open() {
				continue
			}
			p, err := st.progress(ctx, tx, c, calendar)
			if err != nil {
				return err
			}
			v.Open = append(v.Open, p)
		}
		return nil
	})
	return v, err
}

// Shown reports whether the electronic licence is shown.
func (v *View) Shown() bool { return Shown(v.State, v.Electronic.State()) }

var openingPending = lang.T("驾驶证信息待核实，核实前不能确认可以使用", "The licence's data is to be verified; until then nobody can say that it may be used")

// Opening is the sentence that 我的驾驶证 begins with.
func (v *View) Opening() lang.Text {
	if v.Entry.Pending && v.State.Use == licence.Usable {
		return openingPending
	}
	return licence.Opening(v.State, v.Electronic.State())
}

// Renewable reports whether the licence can be renewed now and does not end
// only later: from 90 days before its end.
func (v *View) Renewable() bool {
	opens, ends := licence.RenewalOpens(v.Entry.Licence)
	return ends && !v.Now.Before(opens.Start()) && v.State.Use == licence.Usable && v.Now.Before(v.Entry.Licence.ValidTo.End())
}

// Reapplicable reports whether a change ended the electronic licence and the
// driver can apply again now.
func (v *View) Reapplicable() bool {
	if v.Electronic.State() != licence.Invalidated || v.Entry.Pending || licence.CanApply(v.State) != nil {
		return false
	}
	for _, p := range v.Open {
		if p.Kind == application.Reapply {
			return false
		}
	}
	return true
}
