package issuance

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"edl/internal/application"
	"edl/internal/civil"
)

// numbers hands out application numbers. Counting inside each application's
// transaction would make all drivers of a day wait for one row, and on
// PostgreSQL refuse most of them; so they are taken from the database several
// at once, the more the faster they go. A number that was not used is handed
// out again; those in hand when the program ends stay gaps.
type numbers struct {
	mu     sync.Mutex // guards what follows, and the taking of more
	series string     // of which free holds numbers
	free   []int
	size   int       // of the last take
	taken  time.Time // when
}

const mostAtOnce = 64

// seriesOf is a day and the letters that a kind's number starts with.
func seriesOf(kind application.Kind, day civil.Date) string {
	return strings.TrimSuffix(string(application.NewNumber(kind, day, 0)), "0000")
}

// next returns a number that nobody has.
func (s *Service) next(ctx context.Context, kind application.Kind) (n application.Number, putBack func(), err error) {
	now := s.Now()
	day := civil.Of(now)
	pool := &s.numbers[0]
	if kind == application.Photo {
		pool = &s.numbers[1]
	}
	serial, err := pool.next(seriesOf(kind, day), now, func(series string, n int) (last int, err error) {
		err = s.InTx(ctx, func(tx Tx) error {
			last, err = tx.TakeNumbers(ctx, series, n)
			return err
		})
		return last, err
	})
	return application.NewNumber(kind, day, serial), func() { pool.putBack(seriesOf(kind, day), serial) }, err
}

func (p *numbers) next(series string, now time.Time, take func(series string, n int) (last int, err error)) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.series != series {
		p.series, p.free, p.size = series, nil, 0
	}
	if len(p.free) == 0 {
		size := 1
		if p.size > 0 && now.Sub(p.taken) < time.Second {
			size = min(2*p.size, mostAtOnce)
		}
		last, err := take(series, size)
		if err != nil {
			return 0, err
		}
		p.size, p.taken = size, now
		for n := range size {
			p.free = append(p.free, last-size+1+n)
		}
	}
	n := p.free[0]
	p.free = p.free[1:]
	return n, nil
}

func (p *numbers) putBack(series string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.series != series {
		return
	}
	at, _ := slices.BinarySearch(p.free, n)
	p.free = slices.Insert(p.free, at, n)
}
