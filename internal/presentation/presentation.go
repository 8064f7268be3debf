// Package presentation is what a driver shows: whether the page of the code
// 亮码 may say 可以使用, and what it says instead.
//
// The code itself is made on the phone. The page needs the serial that names
// the phone's credential, the state of the licence, and until when a phone
// without a network may rely on it. A check by a terminal asks the register
// anew and relies on nothing that is said here.
//
// Left out: enrolling and ending phones (package account), what a phone carries
// for terminals without a network (package offline), consent to a request from
// afar.
package presentation

import (
	"context"
	"time"

	"edl/internal/account"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
)

// A State is what the page of the code looks like.
type State string

// The states.
const (
	Usable      State = "usable"
	NotUsable   State = "not_usable"  // the code is shown, and a scan says so
	Hidden      State = "hidden"      // no code is shown
	Gone        State = "gone"        // no code is shown
	Invalidated State = "invalidated" // the licence is good, the electronic one is to be applied for again
	None        State = "none"        // never issued
)

// showsCode reports whether there is a code to be shown.
func (s State) showsCode() bool { return s == Usable || s == NotUsable || s == Invalidated }

// OfflineFor is how long after a renewal a phone without a network may say
// 可以使用. It stays below account.SerialGrace, so that its codes are known.
const OfflineFor = 7 * 24 * time.Hour

// A View is what the page shows.
type View struct {
	Serial       []byte // nil where no code is shown
	Name         string // masked
	Classes      licence.Classes
	State        State
	Sentence     lang.Text
	Next         lang.Text
	Where        lang.Text
	Since        civil.Date
	OfflineUntil time.Time
}

// Tx is what this package needs of a storage transaction.
type Tx interface {
	Device(ctx context.Context, id string) (*account.Device, error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
}

// A Service answers the page of the code.
type Service struct {
	Read    func(ctx context.Context, f func(Tx) error) error
	Now     func() time.Time
	Profile func(ctx context.Context) (authority.Profile, error)
}

// Show returns what the driver's phone shows now.
func (s *Service) Show(ctx context.Context, licenceID, deviceID string) (*View, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.Read(ctx, func(tx Tx) error {
		device, err := tx.Device(ctx, deviceID)
		if err != nil {
			return err
		}
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil {
			return err
		}
		electronic, err := tx.ElectronicLicence(ctx, licenceID)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
			electronic, err = nil, nil
		}
		v = view(device, entry, electronic, profile, s.Now())
		return err
	})
	return v, err
}

func view(device *account.Device, entry *register.Entry, electronic *credential.Electronic, profile authority.Profile, now time.Time) *View {
	state := entry.State(now)
	v := &View{
		Name: entry.Licence.Name.Masked(), Classes: entry.Licence.ClassSet(), State: StateOf(entry, state, electronic),
		OfflineUntil: offlineUntil(device, entry.Licence, state),
	}
	if v.State.showsCode() {
		v.Serial = device.Serial
	}
	v.explain(entry, state, electronic, profile)
	return v
}

// StateOf chooses what decides the look: that there is nothing to show, then
// the licence, then its electronic form.
func StateOf(entry *register.Entry, state licence.State, electronic *credential.Electronic) State {
	switch {
	case electronic == nil:
		return None
	case state.Use == licence.Gone:
		return Gone
	case state.Use == licence.Hidden:
		return Hidden
	case state.Use == licence.NotUsable:
		return NotUsable
	case electronic.State() == licence.Invalidated:
		return Invalidated
	case entry.Pending:
		return NotUsable
	}
	return Usable
}

// explain says why, what to do and where.
func (v *View) explain(entry *register.Entry, state licence.State, electronic *credential.Electronic, profile authority.Profile) {
	say := licence.Say(state, profile.Contacts())
	switch {
	case v.State == Usable || v.State == None:
		v.Sentence = licence.Opening(state, electronic.State())
		return
	case v.State == Invalidated:
		v.Sentence = licence.ElectronicLine(state, electronic.State(), electronic.Changes)
		v.Next = lang.T("请重新申领，已通过的照片可以直接用。", "Apply again; the photo that was approved can be used.")
		return
	case state.Use == licence.Usable: // an entry of the register is being verified
		v.Sentence = register.PendingNotice
		v.Next = lang.T("请联系发证机关。", "Contact the issuing authority.")
	default:
		v.Sentence, v.Next, v.Since = say.Why, say.Next, state.Since()
	}
	v.Where = where(profile.Office(entry.Licence.Office))
}

func where(o authority.Office) lang.Text {
	join := func(name, address string) string {
		for _, part := range []string{address, o.Phone} {
			if part != "" {
				name += " " + part
			}
		}
		return name
	}
	if o.Name.ZH == "" {
		return lang.Text{}
	}
	return lang.T(join(o.Name.ZH, o.Address.ZH), join(o.Name.EN, o.Address.EN))
}

// offlineUntil is until when the phone may rely on what it was told: some days
// from the renewal, and never past a date on which the licence itself ends.
func offlineUntil(device *account.Device, l licence.Licence, state licence.State) time.Time {
	until := device.SerialAt.Add(OfflineFor)
	last := l.ValidTo
	if !state.ExtensionUntil.IsZero() {
		last = state.ExtensionUntil
	}
	if !last.IsZero() && last.End().Before(until) {
		until = last.End()
	}
	return until
}
