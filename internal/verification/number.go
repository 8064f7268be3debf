package verification

import (
	"context"
	"fmt"
	"time"

	"edl/internal/civil"
)

// numbers hands out the numbers of one day. They are taken from the database
// a block at a time: a counter row that every check writes would make all of
// them wait for one another. Numbers that a stopped server held are not used.
type numbers struct {
	series     string
	next, last int
}

// block is how many numbers are taken at once.
const block = 100

// number returns the next number of the day: "HY-261009-000042".
func (s *Service) number(ctx context.Context, now time.Time) (string, error) {
	day := civil.Of(now).Start().Format("060102")
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.numbers
	if series := "HY-" + day; n.series != series || n.next > n.last {
		var last int
		err := s.InTx(ctx, func(tx Tx) (err error) {
			last, err = tx.TakeNumbers(ctx, series, block)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("taking numbers of %s: %w", series, err)
		}
		s.numbers = numbers{series, last - block + 1, last}
	}
	number := fmt.Sprintf("%s-%06d", n.series, n.next)
	n.next++
	return number, nil
}
