package register

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"runtime"
	"time"
)

// A File is a file to be imported.
type File struct {
	Name    string
	Open    func() (io.ReadCloser, error) // is called three times
	Photos  fs.FS                         // the folder of photos; nil: photos stay as they are
	Mapping *Mapping                      // nil: the columns have their own names

	lines int // of a batch; 0 is batchLines
}

// Bounds of a batch: what one transaction takes, and what is held in memory.
// Fewer lines write the pages of the blind indexes more often; more make other
// writers wait longer.
const (
	batchLines = 2000
	batchBytes = 8 << 20
)

// survey reads the file once.
func (f File) survey(ctx context.Context) (survey, error) {
	r, err := f.Open()
	if err != nil {
		return survey{}, err
	}
	defer r.Close()
	return surveyFile(ctx, r)
}

// read parses the file on every core and hands its lines to take in order,
// batch by batch.
func (f File) read(ctx context.Context, e encoding, now time.Time, take func(*format, []Line) error) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	lines := newLineReader(r, maxJSONLine)
	first, err := lines.next()
	if err != nil {
		return err
	}
	format, consumed, err := formatOf(first, e, f.Mapping)
	if err != nil {
		return err
	}
	p := &parser{format: format, now: now, photos: f.Photos, batch: cmp.Or(f.lines, batchLines)}
	var head []rawLine
	if !consumed {
		head = append(head, first)
	}
	return p.inOrder(ctx, lines, head, func(batch []Line) error { return take(format, batch) })
}

// inOrder parses batches side by side. queue holds the results in the order of
// the file; its length bounds how many are worked on at once.
func (p *parser) inOrder(ctx context.Context, lines *lineReader, head []rawLine, take func([]Line) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan []Line, runtime.NumCPU())
	var readErr error // set before queue is closed
	go func() {
		defer close(queue)
		for {
			batch, err := p.nextBatch(lines, head)
			head = nil
			if len(batch) > 0 {
				out := make(chan []Line, 1)
				select {
				case queue <- out:
				case <-ctx.Done():
					readErr = ctx.Err()
					return
				}
				go func() { out <- p.parseAll(batch) }()
			}
			if err != nil {
				readErr = err
				return
			}
		}
	}()
	var takeErr error
	for out := range queue { // to its end, so that no goroutine outlives the call
		batch := <-out
		if takeErr == nil {
			if takeErr = take(batch); takeErr != nil {
				cancel()
			}
		}
	}
	if takeErr != nil {
		return takeErr
	}
	if readErr == io.EOF {
		return nil
	}
	return readErr
}

func (p *parser) nextBatch(lines *lineReader, batch []rawLine) ([]rawLine, error) {
	size := 0
	for len(batch) < p.batch && size < batchBytes {
		line, err := lines.next()
		if err != nil {
			return batch, err
		}
		batch, size = append(batch, line), size+len(line.bytes)
	}
	return batch, nil
}

func (p *parser) parseAll(batch []rawLine) []Line {
	lines := make([]Line, len(batch))
	for i, raw := range batch {
		lines[i] = p.parse(raw)
	}
	return lines
}
