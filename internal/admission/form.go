package admission

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/relyingparty"
)

// A Form is what a body says of itself. All of it is sealed: it is a
// stranger's until staff believe it.
type Form struct {
	Name         string
	USCC         identity.USCC
	Kind         relyingparty.Kind
	Contact      string // as drivers will read it
	ContactPhone string
	Person       identity.Name // who applies, and will be the first administrator
	Wanted       []Want
}

// A Want is one scenario and what it is wanted for.
type Want struct {
	Scenario relyingparty.ScenarioID
	Purpose  string
}

// What is wrong with a form.
var (
	ErrKind    = fault.New(fault.Invalid, "admission.kind", "公安交管部门和受理窗口由发证机关登记，不在这里申请。", "Traffic police and service windows are registered by the authority and do not apply here.")
	ErrWanted  = fault.New(fault.Invalid, "admission.wanted", "请至少选一个场景，每个场景只选一次。", "Choose at least one scenario, and each only once.")
	ErrHave    = fault.New(fault.Invalid, "admission.have", "其中有单位已经可以使用的场景，请刷新后再选。", "One of these scenarios is granted to the party already. Reload and choose again.")
	ErrPurpose = fault.New(fault.Invalid, "admission.purpose", "请用一句话说明这个场景用来做什么，4到200字。", "Say in a sentence what the scenario is wanted for, 4 to 200 characters.")
)

// Kinds lists the kinds of body that may apply: all but the authority's own.
func Kinds() []relyingparty.Kind {
	return slices.DeleteFunc(relyingparty.Kinds(), func(k relyingparty.Kind) bool { return k == relyingparty.Police || k == relyingparty.Window })
}

// Offered lists the scenarios that bodies may apply for.
func Offered(all []*relyingparty.Scenario) []*relyingparty.Scenario {
	return slices.DeleteFunc(slices.Clone(all), func(s *relyingparty.Scenario) bool {
		return !s.Enabled || !slices.ContainsFunc(s.Kinds, func(k relyingparty.Kind) bool { return slices.Contains(Kinds(), k) })
	})
}

// check returns what is wrong with the form, given every scenario there is.
func (f *Form) check(all []*relyingparty.Scenario) error {
	if !slices.Contains(Kinds(), f.Kind) {
		return fault.At("kind", ErrKind)
	}
	if err := f.party(f.scenarios()).Check(Offered(all)); err != nil {
		if at := (*fault.Field)(nil); errors.As(err, &at) && at.Name == "phone" {
			return fault.At("contactPhone", at.Err) // phone is the applicant's own here
		}
		return err
	}
	seen := map[relyingparty.ScenarioID]bool{}
	for i, w := range f.Wanted {
		w.Purpose = strings.TrimSpace(w.Purpose)
		if n := utf8.RuneCountInString(w.Purpose); n < 4 || n > 200 || strings.ContainsFunc(w.Purpose, isControl) {
			return fault.At("wanted", ErrPurpose)
		}
		seen[w.Scenario], f.Wanted[i] = true, w
	}
	if len(seen) == 0 || len(seen) < len(f.Wanted) {
		return fault.At("wanted", ErrWanted)
	}
	return nil
}

// isControl reports what is not seen, or turns or breaks the line it stands in.
func isControl(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

func (f *Form) scenarios() (ids []relyingparty.ScenarioID) {
	for _, w := range f.Wanted {
		ids = append(ids, w.Scenario)
	}
	return ids
}

// party is the form of the relying party with some of the scenarios.
func (f *Form) party(scenarios []relyingparty.ScenarioID) relyingparty.Form {
	return relyingparty.Form{Name: f.Name, Contact: f.Contact, Phone: f.ContactPhone, USCC: f.USCC, Kind: f.Kind, Scenarios: scenarios}
}
