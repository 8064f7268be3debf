package photo

import (
	"sync"
	"time"
)

// A shelf lends the models. They fill 25 MB that most servers need now and
// then, so they are loaded for the first photo and let go some time after the
// last.
type shelf struct {
	open func() *Models // takes a tenth of a second; nil: there are none
	keep time.Duration  // after the last use; 0: for good

	mu     sync.Mutex // guards what follows
	loaded bool
	models *Models
	lent   int // how many work with them
	uses   int // counts up with each, so that a timer knows whether it is the last one's
}

// lend returns the models, or nil where there are none, and what ends the use.
func (s *shelf) lend() (m *Models, putBack func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		s.models, s.loaded = s.open(), true
	}
	s.lent++
	s.uses++
	return s.models, s.putBack
}

func (s *shelf) putBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent--
	if last := s.uses; s.keep > 0 && s.lent == 0 {
		time.AfterFunc(s.keep, func() { s.clear(last) })
	}
}

// clear lets the models go unless they were used since.
func (s *shelf) clear(last int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uses == last {
		s.letGo()
	}
}

func (s *shelf) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letGo()
}

func (s *shelf) letGo() {
	if s.lent == 0 {
		s.models, s.loaded = nil, false
	}
}
