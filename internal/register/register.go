// Package register keeps the licences that the authority's register tells of.
//
// The register speaks in statements: a line of a file, or of the feed, says
// that a record holds since some moment. Each statement that is new becomes a
// Version with two times: since when it holds, and when it was learned. What
// the record was at a moment T, as known at a moment K, is the version learned
// by K that holds latest at T (History.At); before the first there is none.
// Statements that arrive late take their place in the middle; nothing is ever
// overwritten. The same statement again, in whatever order, changes nothing.
//
// Guarantees: a refused line never leaves a better status standing silently
// (its licence is marked 信息待核实 until a good line or a registrar resolves
// it); a version, its audit entry, the end of the electronic licence that it
// invalidates and the message about that commit together.
//
// Left out: files and folders other than as readers (cmd/edl opens them), who
// may look somebody up for which purpose beyond its record in the audit log,
// and the electronic licence itself (package issuance).
package register

import (
	"log/slog"
	"time"

	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/licence"
)

// An Entry is a licence as the register stands: its newest version by the
// time since when it holds.
type Entry struct {
	ID        string // the licence's identifier here; also whose data key seals its data
	Licence   licence.Licence
	VersionID string
	HoldsFrom time.Time
	LearnedAt time.Time
	PhotoID   string // the stored photo on file, "" if none

	// Since has the first day of each letter that the register carries now,
	// as its history tells; a letter without a known day is not in it.
	Since map[licence.Letter]civil.Date

	Detained time.Time // since when an officer's detention stands beside the register; zero: none

	Pending    bool      // 信息待核实: a line about this licence could not be taken
	PendingID  string    // that line, "" if not Pending
	PendingWhy lang.Text // which field of it, and why; empty if not Pending

	Version int64 // of the row, for saving
}

// State judges the licence at t by its newest version, and by the detention
// that stands beside it. It does not know of Pending: ask Usable.
func (e *Entry) State(t time.Time) licence.State {
	return licence.StatusAt(e.Licence, t).Registered(func(l licence.Letter) civil.Date { return e.Since[l] }).Under(e.Detained)
}

// Usable reports whether the licence can be said to be usable at t. While a
// refused line waits to be clarified nobody is told so, whatever the last good
// version says.
func (e *Entry) Usable(t time.Time) bool {
	return !e.Pending && e.State(t).Use == licence.Usable
}

// PendingNotice is what checks and the driver are told of a pending licence.
var PendingNotice = lang.T("信息待核实：登记系统最近一次更新未能读取，核实前不给出“可用”", "To be verified: the register's latest update could not be read; until it is clarified nobody is told that the licence is usable")

// LogValue keeps the person out of logs.
func (e *Entry) LogValue() slog.Value { return slog.StringValue("licence " + e.ID) }
