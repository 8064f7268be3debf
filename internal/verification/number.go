package verification

import (
	"context"
	"fmt"
	"time"

	"edl/internal/civil"
)

// number returns the next number of the day: "HY-261009-000042". A number that
// is not used stays a gap.
func (s *Service) number(ctx context.Context, now time.Time) (string, error) {
	series := "HY-" + civil.Of(now).Start().Format("060102")
	n, err := s.Numbers.Next(ctx, series, now)
	if err != nil {
		return "", fmt.Errorf("taking numbers of %s: %w", series, err)
	}
	return fmt.Sprintf("%s-%06d", series, n), nil
}
