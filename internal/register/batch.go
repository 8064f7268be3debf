package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/uid"
)

// A batch is the lines that one transaction takes.
type batch struct {
	deed
	run    *Run
	format *format
	photos preparedPhotos

	records   map[licence.FileNumber]*record
	order     []*record // as the lines name them first
	waiting   []*Pending
	newPhotos []newPhoto

	applied, unchanged, refused int
	refusals                    []Refusal
}

// apply takes the lines in order.
func (b *batch) apply(ctx context.Context, lines []Line) error {
	if err := b.open(ctx, lines); err != nil {
		return fmt.Errorf("looking up the licences of a batch: %w", err)
	}
	for i := range lines {
		if err := b.line(ctx, &lines[i]); err != nil {
			return fmt.Errorf("line %d: %w", lines[i].Number, err)
		}
	}
	if err := b.write(ctx); err != nil {
		return fmt.Errorf("writing a batch: %w", err)
	}
	return b.audit(ctx)
}

// open looks up the licences that the lines name, and reads the histories of
// those that may change.
func (b *batch) open(ctx context.Context, lines []Line) error {
	if err := b.findByDocument(ctx, lines); err != nil {
		return err
	}
	var files []licence.FileNumber
	b.records = map[licence.FileNumber]*record{}
	for i := range lines {
		if n := lines[i].FileNumber; n != "" && b.records[n] == nil {
			b.records[n] = &record{photos: map[string]string{}}
			b.order = append(b.order, b.records[n])
			files = append(files, n)
		}
	}
	outlines, err := b.tx.LicenceOutlines(ctx, files)
	if err != nil {
		return err
	}
	for _, n := range files {
		r := b.records[n]
		if r.outline = outlines[n]; r.outline == nil {
			r.id, r.loaded = uid.New(b.now), true
			continue
		}
		r.id, r.history = r.outline.LicenceID, r.outline.Versions
	}
	return b.load(ctx, lines)
}

// findByDocument gives refused lines without a readable file number the
// licence of their document, if there is exactly one.
func (b *batch) findByDocument(ctx context.Context, lines []Line) error {
	for i := range lines {
		l := &lines[i]
		if !l.Refused() || l.FileNumber != "" || l.Document == "" {
			continue
		}
		found, err := b.tx.LicencesByNumber(ctx, l.Document)
		if err != nil {
			return err
		}
		if len(found) == 1 {
			l.FileNumber = found[0].Licence.FileNumber
		}
	}
	return nil
}

// load reads the histories of the licences that a line may change.
func (b *batch) load(ctx context.Context, lines []Line) error {
	var ids []string
	wanted := map[string]*record{}
	for i := range lines {
		r := b.records[lines[i].FileNumber]
		if r == nil || r.loaded || wanted[r.id] != nil || !b.mayChange(r, &lines[i]) {
			continue
		}
		wanted[r.id] = r
		ids = append(ids, r.id)
	}
	histories, err := b.tx.LicenceHistories(ctx, ids)
	for id, r := range wanted {
		r.load(histories[id])
	}
	return err
}

func (b *batch) mayChange(r *record, l *Line) bool {
	return r.outline.PendingID != "" || len(l.Refusals) > 0 || !r.says(l.Statement, b.holds(l.Statement), b.fingerprint(l.Statement))
}

func (b *batch) holds(s *Statement) time.Time {
	if s.HoldsFrom.IsZero() {
		return b.run.AsOf
	}
	return s.HoldsFrom
}

func (b *batch) fingerprint(s *Statement) []byte {
	if s.fingerprint == nil {
		s.fingerprint = b.tx.Fingerprint("licence_version.statement", s.content)
	}
	return s.fingerprint
}

// line takes one line.
func (b *batch) line(ctx context.Context, l *Line) error {
	if l.Refused() {
		b.refuse(l, l.Refusals)
		return nil
	}
	r, s := b.records[l.FileNumber], l.Statement
	holds, fingerprint := b.holds(s), b.fingerprint(s)
	if r.says(s, holds, fingerprint) {
		b.unchanged++
		b.good(r, l)
		return nil
	}
	if err := b.photos.fault(l.Number); err != nil {
		b.refuse(l, b.asRefusals(l, err))
		return nil
	}
	isNew, err := r.take(s, Version{
		ID: uid.New(b.now), HoldsFrom: holds, LearnedAt: b.now, Dated: !s.HoldsFrom.IsZero(),
		Source: b.run.Source, Run: b.run.ID, Statement: fingerprint,
	})
	switch {
	case fault.Of(err) != nil:
		b.refuse(l, b.asRefusals(l, err))
		return nil
	case isNew:
		b.applied++
		if err := b.keepPhoto(ctx, r, l); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		b.unchanged++
	}
	b.good(r, l)
	return nil
}

// good settles the refused line that waits, if this one came later. A line
// that was taken with a doubt is to be verified itself.
func (b *batch) good(r *record, l *Line) {
	r.doubtful = nil
	if o := r.outline; o != nil && o.PendingID != "" {
		later := !b.run.FirstAt.Before(o.PendingAt)
		if o.PendingKey == b.run.Key {
			later = l.Number > o.PendingLine
		}
		r.resolved = r.resolved || later
	}
	if len(l.Refusals) > 0 {
		b.refusals = append(b.refusals, l.Refusals...)
		r.doubtful = l
	}
}

func (b *batch) refuse(l *Line, why []Refusal) {
	b.refused++
	b.refusals = append(b.refusals, why...)
	if r := b.records[l.FileNumber]; r != nil {
		refused := *l
		refused.Refusals = why
		r.doubtful = &refused
	}
}

// asRefusals says what in a line does not fit the register.
func (b *batch) asRefusals(l *Line, err error) []Refusal {
	d := &draft{}
	d.refuse("", err)
	said := Line{Number: l.Number}
	said.report(b.format, d)
	return said.Refusals
}

// write stores what the lines made.
func (b *batch) write(ctx context.Context) error {
	var fresh []*Entry
	var versions []Version
	var settle []*record
	heads := map[*record]*Entry{}
	for _, r := range b.order {
		if !r.known() || !r.loaded {
			continue
		}
		e, changed, err := b.mark(ctx, r)
		if err != nil {
			return err
		}
		heads[r] = e
		versions = append(versions, r.added...)
		switch {
		case r.outline == nil:
			fresh = append(fresh, e)
		case changed:
			settle = append(settle, r)
		}
	}
	if err := b.tx.AddLicences(ctx, fresh); err != nil {
		return err
	}
	if err := b.tx.AddVersions(ctx, versions); err != nil {
		return err
	}
	for _, r := range settle {
		if err := b.settle(ctx, r.old, heads[r]); err != nil {
			return err
		}
	}
	for _, p := range b.waiting {
		if err := b.addPending(ctx, p); err != nil {
			return err
		}
	}
	if err := b.savePhotos(ctx); err != nil {
		return err
	}
	return b.tx.AddRefusals(ctx, b.run.ID, b.now, b.refusals)
}

// audit records the batch: how many versions, and a digest over their
// identifiers and fingerprints, which stand in the versions' own rows.
func (b *batch) audit(ctx context.Context) error {
	sum, n := sha256.New(), 0
	for _, r := range b.order {
		for _, v := range r.added {
			sum.Write([]byte(v.ID))
			sum.Write(v.Statement)
			n++
		}
	}
	if n == 0 && b.refused == 0 {
		return nil
	}
	action := AuditImport
	if b.run.Source == FromFeed {
		action = AuditFeed
	}
	return b.tx.AppendAudit(ctx, audit.Entry{
		At: b.now, Actor: b.actor, Action: action, Object: b.run.ID,
		Detail: map[string]string{
			"versions": strconv.Itoa(n), "refused": strconv.Itoa(b.refused), "digest": hex.EncodeToString(sum.Sum(nil)),
		},
	})
}
