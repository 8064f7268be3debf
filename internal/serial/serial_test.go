package serial_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edl/internal/serial"
)

var ctx = context.Background()

// A counter is the database's: it counts up, and notes how many were asked for.
type counter struct {
	mu     sync.Mutex
	newest map[string]int
	sizes  []int
	lasts  time.Duration // how long a take lasts
	fails  error
}

func (c *counter) take(_ context.Context, series string, n int) (int, error) {
	time.Sleep(c.lasts)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sizes = append(c.sizes, n)
	if c.fails != nil {
		return 0, c.fails
	}
	if c.newest == nil {
		c.newest = map[string]int{}
	}
	c.newest[series] += n
	return c.newest[series], nil
}

func next(t *testing.T, p *serial.Pool, series string) int {
	t.Helper()
	n, err := p.Next(ctx, series, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhoComesNowAndThenLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counter
		for want := 1; want <= 5; want++ {
			if got := next(t, serial.NewPool(c.take), "day"); got != want { // each time the program began anew
				t.Errorf("number %d, want %d", got, want)
			}
			time.Sleep(time.Minute)
		}
		p := serial.NewPool(c.take)
		for want := 6; want <= 9; want++ {
			if got := next(t, p, "day"); got != want {
				t.Errorf("number %d, want %d", got, want)
			}
			time.Sleep(time.Minute)
		}
		if c.newest["day"] != 9 {
			t.Errorf("%d numbers taken for 9", c.newest["day"])
		}
	})
}

// A take lasts 10 ms and somebody comes each millisecond: nobody waits once
// enough is taken at once.
func TestManyDoNotWaitForNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counter{lasts: 10 * time.Millisecond}
		p := serial.NewPool(c.take)
		var numbers []int
		var waited int
		for range 2000 {
			began := time.Now()
			numbers = append(numbers, next(t, p, "day"))
			if time.Since(began) > 0 {
				waited++
			}
			time.Sleep(time.Millisecond)
		}
		if want := 8; waited > want { // those who came while less than 16 were taken at once
			t.Errorf("%d of 2000 waited, want at most %d", waited, want)
		}
		slices.Sort(numbers)
		if len(slices.Compact(numbers)) != 2000 {
			t.Error("a number was given twice")
		}
		if most := slices.Max(c.sizes); most > 256 {
			t.Errorf("%d numbers were taken at once", most)
		}
		synctest.Wait()
	})
}

func TestANumberIsGivenOnce(t *testing.T) {
	var c counter
	p := serial.NewPool(c.take)
	var given sync.Map
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 500 {
				n := next(t, p, "day")
				if _, twice := given.LoadOrStore(n, true); twice {
					t.Errorf("%d was given twice", n)
				}
			}
		})
	}
	all.Wait()
}

func TestANumberThatWasPutBackIsNext(t *testing.T) {
	var c counter
	p := serial.NewPool(c.take)
	one, two := next(t, p, "day"), next(t, p, "day")
	p.PutBack("day", two)
	p.PutBack("day", one)
	if got := next(t, p, "day"); got != one {
		t.Errorf("number %d, want %d", got, one)
	}
	if got := next(t, p, "day"); got != two {
		t.Errorf("number %d, want %d", got, two)
	}
}

// Around midnight some still ask for numbers of the day before.
func TestEachSeriesHasItsOwnNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counter{newest: map[string]int{"day": 700}, lasts: time.Second}
		p := serial.NewPool(c.take)
		var all sync.WaitGroup
		all.Go(func() {
			if got := next(t, p, "day"); got != 701 {
				t.Errorf("the day goes on with %d", got)
			}
		})
		synctest.Wait() // the take has begun
		if got := next(t, p, "morrow"); got != 1 {
			t.Errorf("the next day begins with %d", got)
		}
		all.Wait()
		p.PutBack("day", 701)
		time.Sleep(25 * time.Hour)
		if got := next(t, p, "the day after"); got != 1 {
			t.Errorf("the day after begins with %d", got)
		}
		if got := next(t, p, "day"); got != 702 {
			t.Errorf("number %d of a day that is forgotten, want one from the database", got)
		}
	})
}

func TestWhoCannotGetANumberIsToldWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counter{fails: errors.New("the disk is full")}
		p := serial.NewPool(c.take)
		if _, err := p.Next(ctx, "day", time.Now()); !errors.Is(err, c.fails) {
			t.Errorf("error %v, want %v", err, c.fails)
		}
		c.fails = nil
		if got := next(t, p, "day"); got != 1 {
			t.Errorf("then number %d", got)
		}
		c.lasts = time.Hour
		hasty, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := p.Next(hasty, "morrow", time.Now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who gave up: %v", err)
		}
		if got := next(t, p, "morrow"); got != 1 {
			t.Errorf("what was taken for who gave up is not given: %d", got)
		}
	})
}
