package verification

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
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
