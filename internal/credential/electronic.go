// Package credential is one licence in its electronic form.
//
// An electronic licence is made from one version of the register and one
// photo. It is another thing than the licence: a change of classes, validity,
// authority or paper invalidates it and leaves the licence good. Whether it
// can be used at a moment is the licence's state, not its own.
//
// A Statement is what the authority signs of it, an Issuer signs each once:
// prepare, record the intent, sign, record, publish (docs/issuance.md). The
// signed bytes are a function of what was recorded before, and the signature
// is one of the bytes and the key; so a step repeated after a crash changes
// nothing, and what was signed can be made anew without signing.
//
// Left out: who may have one (packages licence and application), storing,
// the forms for other readers (mdoc, SD-JWT VC).
package credential

import (
	"time"

	"edl/internal/civil"
	"edl/internal/licence"
)

// An Electronic is an electronic licence that was issued.
type Electronic struct {
	ID                string
	LicenceID         string
	Identifier        string // 电子证照标识 (GB/T 36904)
	IdentifierVersion int    // rises with each re-issue
	RegisterVersionID string // the version of the register it was made from
	PhotoID           string
	ValidTo           civil.Date // of that version; zero: 长期
	IssuedAt          time.Time
	InvalidatedAt     time.Time        // zero while it stands
	Changes           []licence.Change // what invalidated it
	PreviousID        string           // the one it replaced
	Version           int64
}

// Invalidate ends the electronic licence because of changes. One that has
// ended already keeps its first changes and gains those that are new.
func (e *Electronic) Invalidate(changes []licence.Change, now time.Time) {
	if e.InvalidatedAt.IsZero() {
		e.InvalidatedAt, e.Changes = now, changes
		return
	}
	for _, c := range changes {
		if !e.changed(c.Kind) {
			e.Changes = append(e.Changes, c)
		}
	}
}

// Supersede ends the electronic licence because another version replaces it,
// as a change of its photo does.
func (e *Electronic) Supersede(now time.Time) {
	if e.InvalidatedAt.IsZero() {
		e.InvalidatedAt = now
	}
}

func (e *Electronic) changed(kind licence.ChangeKind) bool {
	for _, c := range e.Changes {
		if c.Kind == kind {
			return true
		}
	}
	return false
}

// FaceWithdrawn reports whether the driver took back that their portrait
// stands on it.
func (e *Electronic) FaceWithdrawn() bool {
	return e != nil && (e.changed(licence.ConsentWithdrawn) || e.changed(licence.AccountEnded))
}

// State says how the electronic licence stands; nil is one never issued.
func (e *Electronic) State() licence.Electronic {
	switch {
	case e == nil:
		return licence.NoElectronic
	case e.InvalidatedAt.IsZero():
		return licence.Active
	}
	return licence.Invalidated
}
