package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"edl/internal/fault"
	"edl/internal/licence"
)

// A record is one licence while statements about it are taken.
type record struct {
	id      string
	outline *Outline // nil: not on the register before
	old     *Version // the newest version before, nil if there was none
	history History  // sorted; without contents until it is loaded
	loaded  bool
	added   []Version
	photos  map[string]string // identifiers of photos on file by digest, as far as they were asked for

	resolved bool  // the refused line that waits is settled by a later good one
	doubtful *Line // since the last good line: one that was refused, or taken with a doubt
}

// load gives the record its full history.
func (r *record) load(h History) {
	r.history, r.loaded = h, true
	if newest, ok := h.Newest(); ok {
		r.old = &newest
	}
}

// known reports whether the licence is on the register, by now.
func (r *record) known() bool { return len(r.history) > 0 }

// says reports whether the source said the statement before. One that is
// dated is known by its time and content; one that is not, by being what the
// source last said of that time: so a retry, an old file and an unchanged new
// one all change nothing, and none undoes a registrar's correction.
func (r *record) says(s *Statement, holds time.Time, fingerprint []byte) bool {
	var last *Version
	for i := range r.history {
		v := &r.history[i]
		if v.Source == FromCorrection || v.HoldsFrom.After(holds) {
			continue
		}
		if !s.HoldsFrom.IsZero() && v.HoldsFrom.Equal(holds) && bytes.Equal(v.Statement, fingerprint) {
			return true
		}
		last = v
	}
	return s.HoldsFrom.IsZero() && last != nil && bytes.Equal(last.Statement, fingerprint)
}

// take adds the version that a statement makes. It returns false if nothing
// is new in it, and a fault if it does not fit the licence. That the source says
// by now what a correction said is new: what it says next is held against it.
func (r *record) take(s *Statement, v Version) (bool, error) {
	before, exists := r.history.At(v.HoldsFrom, farFuture)
	if newest, ok := r.history.Newest(); ok {
		if otherPerson(newest.Licence, s.Licence) {
			return false, fault.At("file_number", ErrOtherPerson)
		}
		if !exists { // earlier than all that is known: what the source lacks is taken from the first
			before = r.history[0]
		}
	}
	v.Licence = s.onto(before.Licence)
	if r.known() && len(s.kept) > 0 {
		if err := v.Licence.Validate(); err != nil {
			return false, err
		}
	}
	if exists && before.HoldsFrom.Equal(v.HoldsFrom) && before.Source != FromCorrection && same(before.Licence, v.Licence) {
		return false, nil
	}
	r.add(v)
	return true, nil
}

// add gives the version its place. What is learned later gets a later time,
// even within one millisecond or after the clock was set back.
func (r *record) add(v Version) {
	for _, old := range r.history {
		if !v.LearnedAt.After(old.LearnedAt) {
			v.LearnedAt = old.LearnedAt.Add(time.Millisecond)
		}
	}
	v.LicenceID = r.id
	r.history = append(r.history, v)
	r.history.Sort()
	r.added = append(r.added, v)
}

// head returns the licence's row as its history has it.
func (r *record) head() *Entry {
	newest, _ := r.history.Newest()
	e := &Entry{
		ID: r.id, Licence: newest.Licence, VersionID: newest.ID, HoldsFrom: newest.HoldsFrom, LearnedAt: newest.LearnedAt,
		Since: r.history.Since(), PhotoID: r.photos[newest.Licence.Photo.Digest],
	}
	if r.outline != nil {
		e.Version, e.PendingID, e.Detained = r.outline.Version, r.outline.PendingID, r.outline.Detained
	}
	e.Pending = e.PendingID != ""
	return e
}

// otherPerson reports whether name, number and birth date all differ: then the
// line is about somebody else. Each alone may change.
func otherPerson(a, b licence.Licence) bool {
	return !a.Name.Same(b.Name) && a.Document.Number != b.Document.Number && a.BirthDate != b.BirthDate
}

func same(a, b licence.Licence) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return errors.Join(err, err2) == nil && bytes.Equal(x, y)
}
