package verification

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
)

// Work answers what is handed in, chunk by chunk, until nothing waits.
func (s *Bulk) Work(ctx context.Context) error {
	if err := s.InTx(ctx, func(tx BulkTx) error { return tx.DropBatches(ctx, s.Now().Add(-keptFor)) }); err != nil {
		return fmt.Errorf("dropping old batches: %w", err)
	}
	for ctx.Err() == nil {
		more, err := s.step(ctx)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// step answers the next chunk, and reports false where there is none.
func (s *Bulk) step(ctx context.Context) (bool, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return false, err
	}
	var b *Batch
	var checks []*Check
	var results []BatchResult
	n := 0
	err = s.Read(ctx, func(tx BulkTx) error {
		if b, err = tx.NextBatch(ctx); err != nil {
			return err
		}
		n = b.Done / chunkRows
		rows, _, err := tx.Chunk(ctx, b, n)
		if err != nil {
			return err
		}
		p := &pass{tx: tx, by: Asker{b.TerminalID, b.OperatorID}, q: b.Asked, now: s.Now(), contacts: profile.Contacts()}
		if err := p.seat(ctx); err != nil {
			return s.outOfForce(b, err)
		}
		checks, results, err = p.chunk(ctx, b, rows)
		return err
	})
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("answering a chunk: %w", err)
	}
	return true, s.keep(ctx, b, n, checks, results)
}

// outOfForce stops a batch whose asker may no longer ask.
func (s *Bulk) outOfForce(b *Batch, reason error) error {
	if f := fault.Of(reason); f == nil || f.Kind != fault.Denied {
		return reason
	}
	b.Status = Stopped
	return nil
}

// chunk answers some lines. Whoever is not found and whoever did not consent
// are one answer.
func (p *pass) chunk(ctx context.Context, b *Batch, rows []BatchRow) (checks []*Check, results []BatchResult, err error) {
	for i, row := range rows {
		q := b.Asked
		q.Number, q.Name = row.Number, row.Name
		q, bad := q.tidyText()
		one := &pass{tx: p.tx, by: p.by, q: q, now: p.now, contacts: p.contacts, desk: p.desk, scenario: p.scenario, operatorName: p.operatorName}
		var subject *Subject
		if bad == nil && q.Number != "" && q.Name != "" {
			subject, err = one.subject(ctx)
			if err != nil && !errors.Is(err, ErrNobody) {
				return nil, nil, err
			}
		}
		if subject == nil {
			results = append(results, BatchResult{BatchRow: row, Word: wordNoMatch.ZH})
			continue
		}
		one.q.RequestID = fmt.Sprintf("%s/%d", b.ID, b.Done+i)
		c := one.composed(subject)
		if err := one.flag(ctx, c, subject.Entry); err != nil {
			return nil, nil, err
		}
		p.operatorName = one.operatorName
		checks = append(checks, c)
		a := c.Record.Answer
		results = append(results, BatchResult{BatchRow: row, Word: a.Word.ZH, Line: a.Line.ZH, Facts: sayFacts(a), Usable: c.Outcome == Usable, Check: "-"})
	}
	return checks, results, nil
}

// sayFacts is what a line of the result holds besides the verdict.
func sayFacts(a Answer) string {
	var parts []string
	for _, f := range a.Facts {
		parts = append(parts, f.Label.ZH+" "+f.Value.ZH)
	}
	for _, y := range a.Answers {
		parts = append(parts, y.Question.ZH+" "+yesNo(y.Yes).ZH)
	}
	return strings.Join(parts, "；")
}

// keep makes a chunk's checks durable together with its results and how far
// the batch is. Another server that did the same chunk gets a stale version.
func (s *Bulk) keep(ctx context.Context, b *Batch, n int, checks []*Check, results []BatchResult) error {
	read := *b
	err := s.InTx(ctx, func(tx BulkTx) error {
		*b = read
		if len(checks) > 0 {
			day := "HY-" + civil.Of(s.Now()).Start().Format("060102")
			last, err := tx.TakeNumbers(ctx, day, len(checks))
			if err != nil {
				return err
			}
			for i, c := range checks {
				c.Number = fmt.Sprintf("%s-%06d", day, last-len(checks)+1+i)
				if err := tx.AddCheck(ctx, c); err != nil {
					return err
				}
				if err := tx.AppendAudit(ctx, c.entry()); err != nil {
					return err
				}
			}
		}
		for range len(results) - len(checks) {
			if err := tx.CountRefusal(ctx, s.Now(), ErrNobody.Code, b.OperatorID); err != nil {
				return err
			}
		}
		b.count(checks, results)
		if len(results) > 0 {
			if err := tx.AnswerChunk(ctx, b, n, results); err != nil {
				return err
			}
		}
		return s.advance(ctx, tx, b)
	})
	if f := fault.Of(err); f != nil && f.Code == "stale" || errors.Is(err, ErrTaken) {
		return nil // cancelled meanwhile, or another server was faster
	}
	if err != nil {
		return fmt.Errorf("keeping a chunk of %s: %w", b.ID, err)
	}
	for range len(results) - len(checks) {
		if s.Allow(LimitMiss, b.OperatorID) != nil { // misses count like those of single look-ups
			break
		}
	}
	for _, c := range checks {
		if s.Answered != nil {
			s.Answered(c)
		}
	}
	return nil
}

// count numbers the results as their checks and adds them to the tally.
func (b *Batch) count(checks []*Check, results []BatchResult) {
	next := 0
	for i := range results {
		if results[i].Check == "" {
			b.Missed++
			continue
		}
		results[i].Check = checks[next].Number
		next++
		if results[i].Usable {
			b.Usable++
		}
	}
	b.Done += len(results)
}

// advance ends a batch that is through, or in which too many were not found:
// somebody may be trying numbers.
func (s *Bulk) advance(ctx context.Context, tx BulkTx, b *Batch) error {
	now := s.Now()
	e := audit.Entry{At: now, Actor: audit.Actor{Kind: audit.ByOperator, ID: b.OperatorID}, Action: ActBulkEnd, Subject: b.PartyID, Object: b.ID}
	switch {
	case b.Status == Stopped:
		e.Action = ActBulkStopped
	case b.Missed > fewMisses && b.Missed*missesOf > b.Done:
		b.Status, e.Action, e.Flagged = Stopped, ActBulkStopped, true
	case b.Done >= b.Total:
		b.Status = Done
	default:
		return tx.SaveBatch(ctx, b)
	}
	b.FinishedAt = now
	e.Detail = map[string]string{"rows": strconv.Itoa(b.Total), "done": strconv.Itoa(b.Done), "missed": strconv.Itoa(b.Missed)}
	if err := tx.SaveBatch(ctx, b); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, e)
}
