package issuance

import (
	"context"
	"strings"

	"edl/internal/application"
	"edl/internal/civil"
)

// next returns an application number that nobody has, and what puts it back
// where it was not used.
func (s *Service) next(ctx context.Context, kind application.Kind) (n application.Number, putBack func(), err error) {
	now := s.Now()
	day := civil.Of(now)
	series := seriesOf(kind, day)
	serial, err := s.Numbers.Next(ctx, series, now)
	return application.NewNumber(kind, day, serial), func() { s.Numbers.PutBack(series, serial) }, err
}

// seriesOf is a day and the letters that a kind's number starts with.
func seriesOf(kind application.Kind, day civil.Date) string {
	return strings.TrimSuffix(string(application.NewNumber(kind, day, 0)), "0000")
}
