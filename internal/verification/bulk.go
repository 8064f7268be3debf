package verification

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// A BatchStatus says how far a batch is.
type BatchStatus string

// The statuses.
const (
	Running   BatchStatus = "running"
	Done      BatchStatus = "done"
	Cancelled BatchStatus = "cancelled" // by who asked
	Stopped   BatchStatus = "stopped"   // too many were not found, or the asker is out of force
)

// A Batch is one file of look-ups by number and name.
type Batch struct {
	ID         string
	PartyID    string
	TerminalID string
	OperatorID string
	Scenario   relyingparty.ScenarioID
	CreatedAt  time.Time
	FinishedAt time.Time
	Status     BatchStatus
	Total      int
	Done       int
	Usable     int
	Missed     int
	Asked      Question // what is asked of every row; sealed under the party's key
	Version    int64
}

// A BatchRow is one line of the file.
type BatchRow struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// A BatchResult is what became of one line.
type BatchResult struct {
	BatchRow
	Check  string `json:"check,omitempty"` // number of the check; "" where nobody was found
	Word   string `json:"word"`
	Line   string `json:"line,omitempty"`
	Facts  string `json:"facts,omitempty"`
	Usable bool   `json:"usable,omitempty"`
}

// BulkTx is what batches need of a storage transaction besides Tx.
type BulkTx interface {
	Tx
	AddBatch(ctx context.Context, b *Batch) error
	SaveBatch(ctx context.Context, b *Batch) error
	Batch(ctx context.Context, id string) (*Batch, error)
	// BatchesBy returns what an operator handed in since a moment, newest first.
	BatchesBy(ctx context.Context, operatorID string, since time.Time, limit int) ([]*Batch, error)
	// NextBatch returns the oldest batch that is running.
	NextBatch(ctx context.Context) (*Batch, error)
	AddChunk(ctx context.Context, b *Batch, n int, rows []BatchRow) error
	// Chunk returns a chunk's lines, and its results once there are.
	Chunk(ctx context.Context, b *Batch, n int) ([]BatchRow, []BatchResult, error)
	AnswerChunk(ctx context.Context, b *Batch, n int, results []BatchResult) error
	// DropBatches forgets files and results of batches that ended before.
	DropBatches(ctx context.Context, before time.Time) error
}

// A Bulk works through batches, in chunks that are each durable.
type Bulk struct {
	InTx     func(ctx context.Context, f func(BulkTx) error) error
	Read     func(ctx context.Context, f func(BulkTx) error) error
	Now      func() time.Time
	Allow    func(kind, caller string) error
	Profile  func(ctx context.Context) (authority.Profile, error)
	Answered func(c *Check) // tells the driver's phone, after the commit; nil: nobody listens
}

// LimitBulk is the kind of limit on files handed in, by operator.
const LimitBulk = "check.bulk"

const (
	batchRows  = 100_000 // the longest file
	chunkRows  = 250     // read and written together: others wait no longer than for a chunk
	keptFor    = 7 * 24 * time.Hour
	fewMisses  = 3  // so many never stop a batch
	missesOf   = 20 // one in so many does: 5 %
	listedRows = 50
)

// The audited deeds.
const (
	ActBulk        audit.Action = "bulk.start"
	ActBulkRow     audit.Action = "check.bulk"
	ActBulkEnd     audit.Action = "bulk.end"
	ActBulkCancel  audit.Action = "bulk.cancel"
	ActBulkStopped audit.Action = "bulk.stopped"
)

// BulkAuditSentences says each deed in words.
var BulkAuditSentences = map[audit.Action]lang.Text{
	ActBulk:        lang.T("提交批量核查", "handed in a file of look-ups"),
	ActBulkRow:     lang.T("批量核查驾驶证", "checked a licence in bulk"),
	ActBulkEnd:     lang.T("批量核查完成", "a file of look-ups was worked through"),
	ActBulkCancel:  lang.T("取消批量核查", "cancelled a file of look-ups"),
	ActBulkStopped: lang.T("批量核查查无结果过多，已停止", "a file of look-ups was stopped: too many were not found"),
}

// What can be wrong with a file.
var (
	ErrBulkFile  = fault.New(fault.Invalid, "bulk.file", "文件须是 CSV，第一行写“证号,姓名”，其后每行一人。", "The file must be CSV: the first line \"number,name\", then a person a line.")
	ErrBulkRows  = fault.New(fault.Invalid, "bulk.rows", "一个文件要有1到10万行。", "A file has 1 to 100,000 lines.")
	ErrBulkReady = fault.New(fault.Conflict, "bulk.not_ready", "还没有核查完，完成或停止后才能下载结果。", "It is not finished; the result can be had when it is.")
	ErrBulkWay   = fault.New(fault.Denied, "bulk.not_allowed", "这个场景不能批量核查。", "This scenario cannot be asked in bulk.")
)

var wordNoMatch = lang.T("不匹配或未授权", "No match or no consent")

// Start takes a file in and returns the batch, which Work then works through.
func (s *Bulk) Start(ctx context.Context, by Asker, q Question, file io.Reader) (b *Batch, err error) {
	for _, kind := range []string{LimitBulk, LimitMiss} {
		if err := s.Allow(kind, by.OperatorID); err != nil {
			return nil, err
		}
	}
	q.Way, q.Number, q.Name, q.Code, q.Fields = relyingparty.InBulk, "", "", "", nil
	if q, err = q.tidyText(); err != nil {
		return nil, err
	}
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	err = s.InTx(ctx, func(tx BulkTx) error {
		p := &pass{tx: tx, by: by, q: q, now: s.Now()}
		if err := p.seat(ctx); err != nil {
			return err
		}
		if err := p.inBulk(); err != nil {
			return err
		}
		b = &Batch{
			ID: uid.New(p.now), PartyID: p.desk.Party.ID, TerminalID: by.TerminalID, OperatorID: by.OperatorID, Scenario: q.Scenario,
			CreatedAt: p.now, Status: Running, Total: len(rows), Asked: q,
		}
		if err := tx.AddBatch(ctx, b); err != nil {
			return err
		}
		n := 0
		for chunk := range slices.Chunk(rows, chunkRows) {
			if err := tx.AddChunk(ctx, b, n, chunk); err != nil {
				return err
			}
			n++
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: p.now, Actor: by.actor(), Action: ActBulk, Subject: b.PartyID, Object: b.ID, Case: q.CaseNumber,
			Detail: map[string]string{"scenario": string(q.Scenario), "rows": strconv.Itoa(b.Total), "reason": q.Reason},
		})
	})
	return b, err
}

// inBulk returns nil if the scenario can be asked in bulk: by number, with
// consents, or by law with a case.
func (p *pass) inBulk() error {
	s := p.scenario
	if !s.Takes(relyingparty.ByNumber) || s.AsOf() {
		return ErrBulkWay
	}
	if p.q.Purpose != "" {
		return fault.At("purpose", ErrFieldNotAllowed)
	}
	if !s.Standing && p.q.CaseNumber == "" {
		return fault.At("caseNumber", ErrCase)
	}
	if !s.Standing && p.q.Reason == "" {
		return fault.At("reason", ErrReason)
	}
	if s.AsksFor(relyingparty.AskVehicle) && !slices.Contains(s.VehicleClasses(), p.q.VehicleClass) {
		return fault.At("vehicleClass", ErrVehicle)
	}
	return nil
}

var headings = map[string]int{"证号": 0, "身份证号": 0, "number": 0, "姓名": 1, "name": 1}

// readRows reads a file whose first line names its columns.
func readRows(file io.Reader) (rows []BatchRow, err error) {
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = -1, true, true
	head, err := r.Read()
	if err != nil {
		return nil, ErrBulkFile
	}
	at := [2]int{-1, -1}
	for i, name := range head {
		if what, ok := headings[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))]; ok {
			at[what] = i
		}
	}
	if at[0] < 0 || at[1] < 0 {
		return nil, ErrBulkFile
	}
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, ErrBulkFile
		}
		if len(rows) == batchRows {
			return nil, ErrBulkRows
		}
		rows = append(rows, BatchRow{cell(line, at[0]), cell(line, at[1])})
	}
	if len(rows) == 0 {
		return nil, ErrBulkRows
	}
	return rows, nil
}

// cell is a column of a line, cut where no number or name is so long.
func cell(line []string, i int) string {
	if i >= len(line) {
		return ""
	}
	s := strings.Clone(strings.TrimSpace(line[i]))
	if len(s) > 200 {
		return s[:200]
	}
	return s
}

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

// Batches lists the operator's own batches that are kept, newest first.
func (s *Bulk) Batches(ctx context.Context, by Asker) (list []*Batch, err error) {
	err = s.Read(ctx, func(tx BulkTx) error {
		list, err = tx.BatchesBy(ctx, by.OperatorID, s.Now().Add(-keptFor), listedRows)
		return err
	})
	return list, err
}

func ownBatch(ctx context.Context, tx BulkTx, by Asker, id string) (*Batch, error) {
	b, err := tx.Batch(ctx, id)
	if err == nil && b.OperatorID != by.OperatorID {
		return nil, errNoCheck
	}
	return b, err
}

// Follow returns a batch of the operator's own.
func (s *Bulk) Follow(ctx context.Context, by Asker, id string) (b *Batch, err error) {
	err = s.Read(ctx, func(tx BulkTx) error {
		b, err = ownBatch(ctx, tx, by, id)
		return err
	})
	return b, err
}

// Cancel stops a batch of the operator's own after the chunk in hand.
func (s *Bulk) Cancel(ctx context.Context, by Asker, id string) error {
	return s.InTx(ctx, func(tx BulkTx) error {
		b, err := ownBatch(ctx, tx, by, id)
		if err != nil || b.Status != Running {
			return err
		}
		b.Status, b.FinishedAt = Cancelled, s.Now()
		if err := tx.SaveBatch(ctx, b); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by.actor(), Action: ActBulkCancel, Subject: b.PartyID, Object: b.ID})
	})
}

// Result writes the result of a batch that is over as CSV, a chunk at a time.
// No cell of it is a formula to a spreadsheet.
func (s *Bulk) Result(ctx context.Context, by Asker, id string, w io.Writer) error {
	b, err := s.Follow(ctx, by, id)
	if err != nil {
		return err
	}
	if b.Status == Running {
		return ErrBulkReady
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets take it for UTF-8 then
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"证号", "姓名", "结果", "说明", "项目", "核验编号"}); err != nil {
		return err
	}
	for n := 0; n*chunkRows < b.Total; n++ {
		var asked []BatchRow
		var results []BatchResult
		err := s.Read(ctx, func(tx BulkTx) error {
			asked, results, err = tx.Chunk(ctx, b, n)
			return err
		})
		if err != nil {
			return err
		}
		if len(results) == 0 { // never reached
			for _, row := range asked {
				results = append(results, BatchResult{BatchRow: row, Word: "未核查"})
			}
		}
		for _, r := range results {
			if err := out.Write([]string{Harmless(r.Number), Harmless(r.Name), r.Word, r.Line, r.Facts, r.Check}); err != nil {
				return err
			}
		}
		out.Flush()
	}
	return out.Error()
}

// Harmless makes a cell that no spreadsheet takes for a formula, or for a
// number whose digits it would round.
func Harmless(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(s)[0]) || len(s) > 11 && strings.Trim(s, "0123456789") == "" {
		return "'" + s
	}
	return s
}
