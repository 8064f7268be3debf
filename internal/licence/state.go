package licence

import (
	"slices"
	"time"

	"edl/internal/civil"
)

// Source says where a cause comes from.
type Source string

// The sources of a cause.
const (
	FromRegister  Source = "register"  // the register carries the letter
	FromValidity  Source = "validity"  // the validity ended
	FromExtension Source = "extension" // an extension ended
	FromMeasure   Source = "measure"   // an officer's detention, recorded here beside the register
)

// Cause is one letter that holds at the moment judged.
type Cause struct {
	Letter Letter     `json:"letter"`
	Source Source     `json:"source"`
	Since  civil.Date `json:"since"` // zero: not known
}

// State is a licence judged at a moment.
type State struct {
	Causes []Cause `json:"causes"` // the worst first, never empty
	Worst  Letter  `json:"worst"`  // decides
	Use    Use     `json:"use"`    // what the worst permits

	ExtensionUntil civil.Date `json:"extension_until"` // the last day of the extension that runs; zero: none runs
}

// StatusAt judges a licence at t: the letters of the register and those that
// follow from its dates, whatever the register still carries. The worst
// decides.
//
// Validity ends at 24:00 of its last day. Then follow M for a year, R to the
// end of the third, and G. The start of validity is not asked: a licence
// renewed early bears the old one's end as its start and serves before it.
//
// A deferred renewal N moves the end of validity to the end of the extension
// while it runs, and the years of M and R are counted from there. When it has
// run out nothing remains of N, and the validity speaks: M. A deferred medical
// check P or review T that has run out becomes S, for the medical check is a
// part of the review and is made up for at the same place.
func StatusAt(l Licence, t time.Time) State {
	running := !l.ExtensionUntil.IsZero() && t.Before(l.ExtensionUntil.End())
	var causes []Cause
	for _, letter := range l.Status.Letters() {
		switch letter {
		case RenewalDeferred, MedicalDeferred, ReviewDeferred:
			causes = append(causes, extension(l, letter, running)...)
		default:
			causes = append(causes, Cause{Letter: letter, Source: FromRegister})
		}
	}
	if c, over := expiry(l, t); over {
		causes = append(causes, c)
	}
	state := stateOf(causes)
	if running && slices.ContainsFunc(causes, func(c Cause) bool { return c.Letter.deferred() }) {
		state.ExtensionUntil = l.ExtensionUntil
	}
	return state
}

// extension returns what one of N, P, T amounts to: itself while it runs, S
// after a P or T, nothing after an N.
func extension(l Licence, letter Letter, running bool) []Cause {
	switch {
	case running:
		return []Cause{{Letter: letter, Source: FromRegister}}
	case letter == RenewalDeferred:
		return nil
	case l.ExtensionUntil.IsZero(): // Validate asks for it; without an end, none is relied on
		return []Cause{{Letter: NotReviewed, Source: FromExtension}}
	}
	return []Cause{{Letter: NotReviewed, Source: FromExtension, Since: l.ExtensionUntil.AddDays(1)}}
}

// expiry returns the letter that follows from the end of validity, if it has
// ended at t.
func expiry(l Licence, t time.Time) (Cause, bool) {
	if l.ValidTo.IsZero() {
		return Cause{}, false
	}
	last, source := l.ValidTo, FromValidity
	if l.Status.Has(RenewalDeferred) && l.ExtensionUntil.After(last) {
		last, source = l.ExtensionUntil, FromExtension
	}
	lapsed := last.AddDays(1) // the first day without validity
	first, third := lapsed.AddYears(1), lapsed.AddYears(3)
	switch {
	case t.Before(lapsed.Start()):
		return Cause{}, false
	case t.Before(first.Start()):
		return Cause{NotRenewed, source, lapsed}, true
	case t.Before(third.Start()):
		return Cause{Recoverable, source, first}, true
	}
	return Cause{Cancelled, source, third}, true
}

// stateOf orders causes, the worst first, and lets it decide. Of one letter
// from two sources the first known day is told, whoever knows it.
func stateOf(causes []Cause) State {
	if len(causes) == 0 { // an N whose validity was renewed: nothing is left to say against it
		causes = []Cause{{Letter: Normal, Source: FromRegister}}
	}
	slices.SortStableFunc(causes, func(a, b Cause) int { return a.Letter.rank() - b.Letter.rank() })
	worst := causes[0].Letter
	return State{Causes: causes, Worst: worst, Use: worst.Use()}
}

func (l Letter) deferred() bool {
	return l == RenewalDeferred || l == MedicalDeferred || l == ReviewDeferred
}

// Registered returns s with the days since when the register carries each of
// its letters; since returns the zero Date where that is not known.
func (s State) Registered(since func(Letter) civil.Date) State {
	s.Causes = slices.Clone(s.Causes)
	for i, c := range s.Causes {
		if c.Source == FromRegister {
			s.Causes[i].Since = since(c.Letter)
		}
	}
	return s
}

// Under returns s with the letter of a detention 扣留 that an officer recorded
// here at a moment; zero: there is none. It stands beside what the register
// says, so neither can end the other.
func (s State) Under(detained time.Time) State {
	if detained.IsZero() {
		return s
	}
	both := stateOf(append(slices.Clone(s.Causes), Cause{Detained, FromMeasure, civil.Of(detained)}))
	both.ExtensionUntil = s.ExtensionUntil
	return both
}

// Since returns the earliest day known for the letter that decides, or zero.
func (s State) Since() civil.Date {
	var since civil.Date
	for _, c := range s.Causes {
		if c.Letter == s.Worst && !c.Since.IsZero() && (since.IsZero() || c.Since.Before(since)) {
			since = c.Since
		}
	}
	return since
}

// Status returns the letters of the state as a set: "BDJ".
func (s State) Status() Status {
	set := make([]Letter, len(s.Causes))
	for i, c := range s.Causes {
		set[i] = c.Letter
	}
	return statusOf(set)
}

// Has reports whether a letter is among the causes.
func (s State) Has(l Letter) bool {
	return slices.ContainsFunc(s.Causes, func(c Cause) bool { return c.Letter == l })
}
