package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A heap of 25 MB, as a server has that checks licences, is collected five
// times a second under load: a twentieth of the processors' time. With garbageRoom
// it is twice. A server at rest holds no more garbage than half of what it needs,
// and collects it three times a minute.
const (
	garbageRoom = 64 << 20 // bytes of garbage that a busy server may have in any case
	busyCycles  = 2        // collections a second that make it busy
	restPercent = 50       // of its live bytes, by which the heap of a server at rest may grow
)

// paceCollector gives a busy server room for its garbage until ctx ends.
func paceCollector(ctx context.Context) {
	seen := []metrics.Sample{{Name: "/gc/cycles/automatic:gc-cycles"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(seen)
	cycles, percent := seen[0].Value.Uint64(), 100
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		metrics.Read(seen)
		now := seen[0].Value.Uint64()
		if next := collectorPercent(percent, now-cycles, seen[1].Value.Uint64()); next != percent {
			percent = next
			debug.SetGCPercent(percent)
		}
		cycles = now
	}
}

// collectorPercent is by how much of its live bytes the heap may grow before it
// is collected, after a second with so many collections at so many percent.
func collectorPercent(percent int, cycles, live uint64) int {
	switch {
	case cycles == 0:
		return restPercent
	case cycles < busyCycles:
		return percent
	}
	return max(100, int(100*garbageRoom/max(live, garbageRoom/4)))
}
