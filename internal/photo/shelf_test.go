package photo

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTheModelsAreLoadedForAPhotoAndLetGoAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		s := &shelf{keep: time.Minute, open: func() *Models { opened++; return &Models{} }}
		use := func(long time.Duration) {
			m, putBack := s.lend()
			if m == nil {
				t.Error("nothing was lent")
			}
			time.Sleep(long)
			putBack()
		}
		holds := func(want bool, when string) {
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if got := s.models != nil; got != want {
				t.Errorf("%s: the shelf holds the models: %v", when, got)
			}
		}
		holds(false, "before the first photo")
		use(time.Second)
		time.Sleep(40 * time.Second)
		use(time.Second)
		time.Sleep(40 * time.Second)
		holds(true, "80 s after one photo, 40 s after the next")
		time.Sleep(21 * time.Second)
		holds(false, "a minute after the last")
		go use(2 * time.Minute)
		time.Sleep(61 * time.Second)
		s.rest()
		holds(true, "while a photo is being checked")
		time.Sleep(2 * time.Minute)
		holds(false, "a minute after that")
		use(time.Second)
		s.rest()
		holds(false, "told to rest")
		if opened != 3 {
			t.Errorf("opened %d times", opened)
		}
	})
}

func TestWithoutATimeTheModelsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{open: func() *Models { return &Models{} }}
		_, putBack := s.lend()
		putBack()
		time.Sleep(time.Hour)
		synctest.Wait()
		if s.models == nil {
			t.Error("they were let go")
		}
	})
}
