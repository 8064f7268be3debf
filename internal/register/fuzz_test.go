package register

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/fault"
)

var fuzzNow = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)

// readAll parses a file in memory, without the goroutines of File.read, which
// the fuzzer would take for news.
func readAll(data []byte) ([]Line, error) {
	s, err := surveyFile(context.Background(), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	lines := newLineReader(bytes.NewReader(data), maxJSONLine)
	first, err := lines.next()
	if err != nil {
		return nil, err
	}
	format, consumed, err := formatOf(first, s.encoding, nil)
	if err != nil {
		return nil, err
	}
	p := &parser{format: format, now: fuzzNow, batch: batchLines}
	var batch []rawLine
	if !consumed {
		batch = append(batch, first)
	}
	for err == nil {
		batch, err = p.nextBatch(lines, batch)
	}
	if err != io.EOF {
		return nil, err
	}
	return p.parseAll(batch), nil
}

// FuzzFile shows that no file does anything but give an answer: a fault of the
// whole, or for each line a record that holds together or a reason. What is
// taken is taken the same when it is written in our own form.
func FuzzFile(f *testing.F) {
	f.Add(Template())
	f.Add([]byte(`{"file_number":"000000000001","document_type":"A","number":"000000199003070022","name":"林知夏","address":"示范市安澜区云水路18号","classes":"C1","first_issue":"2016-12-28","valid_from":"2022-12-28","valid_to":"2032-12-28","status":"Q","points":3,"authority":"示范市公安局交通管理局","hearing_aid":true}`))
	f.Add([]byte("DABH;document_type;SFZMHM;XM;address;ZJCX;CCLZRQ;YXQS;YXQZ;ZT;LJJF;FZJG\n000000000001;\"A\"\n"))
	f.Add([]byte("\xc3\xfb,\xb3\xc6\n\"\"\","))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := readAll(data)
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("an answer that is no fault: %v", err)
		}
		for _, l := range lines {
			if l.Refused() {
				if len(l.Refusals) == 0 {
					t.Fatalf("line %d is refused for nothing", l.Number)
				}
				continue
			}
			checkTaken(t, l.Statement)
		}
	})
}

func checkTaken(t *testing.T, s *Statement) {
	if err := s.Licence.Validate(); err != nil {
		t.Fatalf("taken, but %v", err)
	}
	text, err := Write(s.Licence, "", s.HoldsFrom)
	if err != nil {
		t.Fatal(err)
	}
	again, err := readAll(text)
	if err != nil || len(again) != 1 || again[0].Refused() {
		t.Fatalf("written as %s: %v %+v", text, err, again)
	}
	if diff := cmp.Diff(s.Licence, again[0].Statement.Licence); diff != "" {
		t.Fatal(diff)
	}
	if !again[0].Statement.HoldsFrom.Truncate(time.Second).Equal(s.HoldsFrom.Truncate(time.Second)) {
		t.Fatalf("%v, then %v", s.HoldsFrom, again[0].Statement.HoldsFrom)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte("DABH = 档案号码\ndocument_type := A\n# x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := ParseMapping(bytes.NewReader(data)); err != nil && fault.Of(err) == nil {
			t.Fatalf("an answer that is no fault: %v", err)
		}
	})
}
