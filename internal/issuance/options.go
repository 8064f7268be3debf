package issuance

import (
	"context"

	"edl/internal/application"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/internal/workday"
)

// Prompt is what the system itself says where the direct way is open (R13), in
// the source's words.
var Prompt = lang.T("您当前符合直接使用二代身份证申领电子驾驶证的条件，是否继续申领", "You can apply for the electronic licence with your second-generation identity card directly. Do you want to go on?")

// A Check is one thing looked at before a driver may apply.
type Check struct {
	OK     bool
	Say    lang.Text
	Detail lang.Text
}

// Options is what a driver is shown before applying: the status first (R10).
type Options struct {
	Entry      *register.Entry
	State      licence.State
	Electronic *credential.Electronic // nil: never issued
	Kind       application.Kind
	Checks     []Check
	Refusal    error // why nothing can be applied for now; nil: something can
	Direct     bool  // R13's way is open
	OnFile     *photo.Stored
	Reuse      *photo.Stored
	Routes     []application.Route
	Refusals   int
	WindowOnly bool
	Open       *Case
	Due        workday.Due // of an application made now
}

// Options returns what the driver may apply for now.
func (s *Service) Options(ctx context.Context, licenceID string) (*Options, error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	o := &Options{Due: calendar.Due(s.Now())}
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, licenceID, s.Now())
		if err != nil {
			return err
		}
		o.Entry, o.State, o.Electronic, o.Kind = st.entry, st.state, st.electronic, st.kind()
		o.Refusals, o.Open, o.Checks, o.Refusal = st.refusals(), st.openOther(), st.checks(), st.refused()
		if o.Refusal == nil && st.electronic.State() == licence.Active {
			o.Refusal = application.ErrHeld
		}
		if o.Refusal != nil {
			return nil
		}
		return o.photos(ctx, tx, st)
	})
	return o, err
}

// openOther returns the open case for an electronic licence, if any.
func (st *standing) openOther() *Case {
	if c := st.open(application.First); c != nil {
		return c
	}
	return st.open(application.Reapply)
}

// photos fills in which photos can be used, and with them the routes.
func (o *Options) photos(ctx context.Context, tx Tx, st *standing) error {
	o.Routes = nil
	if st.direct() {
		p, err := tx.Photo(ctx, st.entry.PhotoID)
		if err != nil {
			return err
		}
		o.Direct, o.OnFile = true, &p
	}
	if o.Kind == application.Reapply {
		p, err := tx.Photo(ctx, st.electronic.PhotoID)
		if err != nil {
			return err
		}
		if st.reusable(p) {
			o.Reuse, o.Routes = &p, append(o.Routes, application.Reuse)
		}
	}
	if o.Direct {
		o.Routes = append(o.Routes, application.OnFile)
	}
	switch {
	case o.Refusals < application.MaxRefusals:
		o.Routes = append(o.Routes, application.Album, application.Camera)
	case len(o.Routes) == 0:
		o.WindowOnly = true
	}
	return nil
}

// checks lists what was looked at, in the order in which it is said.
func (st *standing) checks() []Check {
	l := &st.entry.Licence
	list := []Check{{
		OK: licence.CanApply(st.state) == nil, Say: licence.LicenceLine(st.state), Detail: licence.Say(st.state, licence.Contacts{}).Why,
	}}
	if st.entry.Pending {
		list = append(list, Check{Say: lang.T("登记信息：待核实", "Data on the register: to be verified"), Detail: st.entry.PendingWhy})
	}
	validity := l.Validity()
	valid := l.ValidTo.IsZero() || st.now.Before(l.ValidTo.End())
	list = append(list, Check{
		OK:     valid || licence.CanApply(st.state) == nil, // an extension moves the end
		Say:    lang.T("有效期："+validity.ZH, "Valid: "+validity.EN),
		Detail: lang.T("有效期截止日24:00前有效", "valid until the end of its last day"),
	})
	return append(list, Check{
		OK: true, Say: lang.T("本市核发", "Issued here"), Detail: lang.T("发证机关："+l.Authority, "Issuing authority: "+l.Authority),
	})
}

// PhotoOptions says whether the photo can be changed (R18).
type PhotoOptions struct {
	Refusal    error // nil: it can
	NextOn     civil.Date
	Refusals   int
	WindowOnly bool
	Open       *Case
	Due        workday.Due
}

// PhotoOptions returns whether the driver may change the photo now.
func (s *Service) PhotoOptions(ctx context.Context, licenceID string) (*PhotoOptions, error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	o := &PhotoOptions{Due: calendar.Due(s.Now())}
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, licenceID, s.Now())
		if err != nil {
			return err
		}
		o.Refusals, o.Open = st.refusals(), st.open(application.Photo)
		o.WindowOnly = o.Refusals >= application.MaxRefusals
		o.Refusal = nil
		o.NextOn, err = st.photoChange(ctx, tx)
		if fault.Of(err) != nil && !notFound(err) {
			o.Refusal, err = err, nil
		}
		return err
	})
	return o, err
}

// photoChange returns nil if the photo can be changed now, else why not, and
// from which day it can where that is known.
func (st *standing) photoChange(ctx context.Context, tx Tx) (civil.Date, error) {
	if err := application.CheckKind(application.Photo, st.electronic.State()); err != nil {
		return civil.Date{}, err
	}
	if err := st.refused(); err != nil {
		return civil.Date{}, err
	}
	route, issued, err := photoIssue(ctx, tx, st.electronic)
	if err != nil {
		return civil.Date{}, err
	}
	if err := application.CanChangePhoto(route, issued, st.now); err != nil {
		return application.PhotoChangeOpens(route, issued), err
	}
	return civil.Date{}, nil
}
