//go:build !linux

package photo

import "time"

var started = time.Now()

// threadTime is the time on the wall where a thread's own is not known.
func threadTime() time.Duration { return time.Since(started) }
