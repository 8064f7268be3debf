// Package serial hands out the numbers of a series one by one, though they are
// taken from the database several at once. A counter that every transaction
// writes would make all of a day wait for one row, and on PostgreSQL refuse
// most of them.
package serial

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Take counts a series up by n in the database and returns the last number taken.
type Take func(ctx context.Context, series string, n int) (last int, err error)

// most is how many numbers are taken at once at most.
const most = 256

// A Pool hands out the numbers of some series. Of each it takes one number, and
// each time twice as many as the last while that was less than a second ago;
// then it also takes the next before the last are used up, so that nobody waits
// for them. Numbers in hand when the program ends stay gaps. It may be used
// concurrently.
type Pool struct {
	take   Take
	mu     sync.Mutex // guards what follows
	series map[string]*numbers
}

// numbers are those of one series.
type numbers struct {
	free   []int     // in order
	size   int       // of the last take
	taken  time.Time // when it began
	coming *coming   // nil: nothing is being taken
}

// coming are numbers that are being taken.
type coming struct {
	done chan struct{} // closed when they are there, or err is set
	err  error
}

// NewPool returns a pool that has no numbers yet.
func NewPool(take Take) *Pool { return &Pool{take: take, series: map[string]*numbers{}} }

// Next returns a number of a series that nobody has, or why none could be taken.
func (p *Pool) Next(ctx context.Context, series string, now time.Time) (int, error) {
	for {
		n, c := p.next(ctx, series, now)
		if c == nil {
			return n, nil
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		if c.err != nil {
			return 0, c.err
		}
	}
}

// PutBack returns a number that was not used.
func (p *Pool) PutBack(series string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if of := p.series[series]; of != nil {
		at, _ := slices.BinarySearch(of.free, n)
		of.free = slices.Insert(of.free, at, n)
	}
}

// next returns a number, or what must come first.
func (p *Pool) next(ctx context.Context, series string, now time.Time) (int, *coming) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.of(series, now)
	if len(of.free) == 0 {
		return 0, p.more(ctx, series, of, now)
	}
	n := of.free[0]
	of.free = of.free[1:]
	if len(of.free) < of.size/2 {
		p.more(ctx, series, of, now)
	}
	return n, nil
}

// of returns the numbers of a series. With a new one, which begins with a day,
// it forgets those of days before.
func (p *Pool) of(series string, now time.Time) *numbers {
	if of := p.series[series]; of != nil {
		return of
	}
	maps.DeleteFunc(p.series, func(_ string, of *numbers) bool { return of.coming == nil && now.Sub(of.taken) > 24*time.Hour })
	p.series[series] = &numbers{}
	return p.series[series]
}

// more takes numbers, unless that goes on already. It does not end with the
// caller who happens to begin it.
func (p *Pool) more(ctx context.Context, series string, of *numbers, now time.Time) *coming {
	if of.coming != nil {
		return of.coming
	}
	size := 1
	if of.size > 0 && now.Sub(of.taken) < time.Second {
		size = min(2*of.size, most)
	}
	c := &coming{done: make(chan struct{})}
	of.size, of.taken, of.coming = size, now, c
	go func() {
		defer close(c.done)
		last, err := p.take(context.WithoutCancel(ctx), series, size)
		p.mu.Lock()
		defer p.mu.Unlock()
		of.coming, c.err = nil, err
		for n := last - size + 1; err == nil && n <= last; n++ {
			of.free = append(of.free, n)
		}
	}()
	return c
}
