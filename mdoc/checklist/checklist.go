// Package checklist is the list of steps of a verification, in the order in
// which they were taken, each with its outcome and the clause that asks for it.
//
// A refusal without a reason helps nobody: every verifier of the platform
// returns such a list, and goes on after a failed step wherever the next one
// still means something.
package checklist

// Step is one thing that was checked.
type Step struct {
	Name   string `json:"name"`   // stable, such as "issuer_signature"
	OK     bool   `json:"ok"`     //
	Clause string `json:"clause"` // of the standard that asks for it
	Detail string `json:"detail"` // what was found, for a person
	Err    error  `json:"-"`      // of a failed step: a fault of its package
}

// List holds steps in order. The zero List is empty.
type List []Step

// Add appends a step, failed if err is not nil, and reports whether it passed.
// The detail of a failed step is its error.
func (l *List) Add(name, clause string, err error, detail string) bool {
	if err != nil {
		detail = err.Error()
	}
	*l = append(*l, Step{Name: name, OK: err == nil, Clause: clause, Detail: detail, Err: err})
	return err == nil
}

// OK reports whether there are steps and all of them passed.
func (l List) OK() bool { return len(l) > 0 && l.Err() == nil }

// Err returns the error of the first failed step.
func (l List) Err() error {
	for _, s := range l {
		if !s.OK {
			return s.Err
		}
	}
	return nil
}

// Get returns the first step with a name, or nil.
func (l List) Get(name string) *Step {
	for i := range l {
		if l[i].Name == name {
			return &l[i]
		}
	}
	return nil
}
