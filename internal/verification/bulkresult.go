package verification

import (
	"context"
	"encoding/csv"
	"io"
	"strings"
	"unicode"

	"edl/internal/audit"
)

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
// number whose digits it would round. Spreadsheets skip what is not seen before
// either, and some take a tab or the end of a line for the end of the cell.
func Harmless(s string) string {
	seen := strings.TrimFunc(s, unseen)
	switch {
	case s == "":
		return s
	case strings.ContainsRune("\t\r\n", rune(s[0])),
		seen != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(seen)[0]),
		len(seen) > 11 && strings.Trim(seen, "0123456789") == "":
		return "'" + s
	}
	return s
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
