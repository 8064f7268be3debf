// Package fault defines the errors that may be shown to a caller.
//
// A package declares its faults as variables and returns them, wrapped with
// context where that helps an operator. The HTTP API renders the Kind as a
// status, the Code as a stable identifier and Say as the sentence a person
// reads; every other error is logged and rendered as an opaque internal one.
package fault

import (
	"errors"
	"time"

	"edl/internal/lang"
)

// Kind is the class of a fault: what the caller can do about it.
type Kind int

// The kinds, with the HTTP status that httpapi gives them.
const (
	Invalid         Kind = iota + 1 // 400: the request is malformed; correct it
	Unauthenticated                 // 401: sign in first
	Denied                          // 403: the caller lacks the permission
	NotFound                        // 404: no such thing, or none the caller may see
	Conflict                        // 409: the thing is in a state that forbids this now
	TooLarge                        // 413: the input is over a limit
	Unsupported                     // 415: the input is of a kind that is not taken
	Limited                         // 429: too many requests; retry later
	Unavailable                     // 503: the platform cannot do this now; retry later
)

// Fault is an error with a stable code. Compare faults with errors.Is.
type Fault struct {
	Kind Kind
	Code string    // such as "application.open"; never changes once released
	Say  lang.Text // what happened and what to do, for a person
}

// New declares a fault. Call it from package variables only.
func New(kind Kind, code, zh, en string) *Fault {
	return &Fault{Kind: kind, Code: code, Say: lang.T(zh, en)}
}

// Error returns the code and the English sentence, for logs.
func (f *Fault) Error() string { return f.Code + ": " + f.Say.EN }

// Of returns the outermost fault in err's chain, or nil.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// A Field is a fault found at one field of the caller's input.
type Field struct {
	Name string // as the caller wrote it: a JSON member, a column, a flag
	Err  error  // a *Fault in its chain
}

// At attaches the input field's name to err.
func At(name string, err error) error {
	if err == nil {
		return nil
	}
	return &Field{Name: name, Err: err}
}

func (f *Field) Error() string { return f.Name + ": " + f.Err.Error() }

// Unwrap returns the fault at the field.
func (f *Field) Unwrap() error { return f.Err }

// Retry wraps a Limited or Unavailable fault with the time to wait.
type Retry struct {
	After time.Duration
	Err   error
}

// RetryAfter attaches to err how long the caller should wait.
func RetryAfter(err error, d time.Duration) error { return &Retry{After: d, Err: err} }

func (r *Retry) Error() string { return r.Err.Error() + " (retry after " + r.After.String() + ")" }

// Unwrap returns the fault that asks for the wait.
func (r *Retry) Unwrap() error { return r.Err }
