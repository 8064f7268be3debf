package register

import (
	"cmp"
	"slices"
	"time"

	"edl/internal/civil"
	"edl/internal/licence"
)

// A Source is where a version came from.
type Source string

// The sources.
const (
	FromFile       Source = "import"     // a file that an administrator imported
	FromFeed       Source = "feed"       // the authority's own system
	FromCorrection Source = "correction" // two registrars
)

// A Version is the whole record as it holds from one moment, until one that
// holds from a later moment.
type Version struct {
	ID        string
	LicenceID string
	HoldsFrom time.Time
	LearnedAt time.Time // unique within a licence: the order of what was learned
	Dated     bool      // the source said since when it holds; else it is when the source was read
	Source    Source
	Run       string // the import, feed run or correction that brought it
	Statement []byte // keyed fingerprint of what the source said
	Licence   licence.Licence
}

// A History is every version of one licence, in the order of Sort.
type History []Version

// Sort orders versions by the time they hold from; of several that hold from
// one moment the last learned comes last.
func (h History) Sort() {
	slices.SortFunc(h, func(a, b Version) int {
		return cmp.Or(a.HoldsFrom.Compare(b.HoldsFrom), a.LearnedAt.Compare(b.LearnedAt))
	})
}

// KnownAt returns the versions learned by known that still count then: of
// those that hold from one moment only the last learned.
func (h History) KnownAt(known time.Time) History {
	var list History
	for _, v := range h {
		if v.LearnedAt.After(known) {
			continue
		}
		if n := len(list); n > 0 && list[n-1].HoldsFrom.Equal(v.HoldsFrom) {
			list = list[:n-1]
		}
		list = append(list, v)
	}
	return list
}

// Newest returns the version that holds from the latest moment, as known now.
func (h History) Newest() (Version, bool) {
	if len(h) == 0 {
		return Version{}, false
	}
	return h[len(h)-1], true
}

// At returns the version that held at holds, as far as was known at known.
// There is none before the first record.
func (h History) At(holds, known time.Time) (Version, bool) {
	return h.upTo(holds, known).Newest()
}

// Before returns what was recorded of the moment that v holds from until v was
// learned. There is nothing before a first record.
func (h History) Before(v Version) (Version, bool) {
	return h.At(v.HoldsFrom, v.LearnedAt.Add(-time.Millisecond))
}

// StateAt judges the licence at holds with what was known at known; ok is
// false before the first record: 无记录, never 正常.
func (h History) StateAt(holds, known time.Time) (state licence.State, ok bool) {
	list := h.upTo(holds, known)
	v, ok := list.Newest()
	if !ok {
		return licence.State{}, false
	}
	since := list.since()
	return licence.StatusAt(v.Licence, holds).Registered(func(l licence.Letter) civil.Date { return since[l] }), true
}

// Since returns the first day of each letter of the newest version: the day
// from which every version up to the newest carries it. A letter that the
// first record carries already has no known day unless its source dated it.
func (h History) Since() map[licence.Letter]civil.Date {
	return h.KnownAt(farFuture).since()
}

// farFuture is after everything that is ever learned.
var farFuture = time.Unix(1<<40, 0)

// upTo returns what counted at known, up to the moment holds.
func (h History) upTo(holds, known time.Time) History {
	list := h.KnownAt(known)
	for i, v := range list {
		if v.HoldsFrom.After(holds) {
			return list[:i]
		}
	}
	return list
}

// since is Since of a history in which every version counts.
func (h History) since() map[licence.Letter]civil.Date {
	newest, ok := h.Newest()
	if !ok {
		return nil
	}
	days := map[licence.Letter]civil.Date{}
	for _, letter := range newest.Licence.Status.Letters() {
		first := len(h) - 1
		for first > 0 && h[first-1].Licence.Status.Has(letter) {
			first--
		}
		if first > 0 || h[0].Dated {
			days[letter] = civil.Of(h[first].HoldsFrom)
		}
	}
	return days
}
