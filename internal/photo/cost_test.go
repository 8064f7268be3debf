package photo

import (
	"runtime"
	"time"
)

// slow is how much longer work may take under the race detector.
var slow = time.Duration(map[bool]int{false: 1, true: 15}[underRace])

// cost runs f and returns the processor time of its thread, which neighbours
// on the machine do not disturb, and what was allocated meanwhile.
func cost(f func() error) (time.Duration, uint64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := threadTime()
	err := f()
	took := threadTime() - start
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc, err
}
