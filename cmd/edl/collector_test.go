package main

import "testing"

func TestABusyServerHasRoomForItsGarbageAndOneAtRestHasNot(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name         string
		percent      int
		cycles, live uint64
		want         int
	}{
		{"at rest", 100, 0, 25 * mb, 50},
		{"at rest again", 256, 0, 25 * mb, 50},
		{"busy", 100, 5, 25 * mb, 256},
		{"still busy, with room", 256, 1, 25 * mb, 256},
		{"now and then", 100, 1, 25 * mb, 100},
		{"busy with little", 100, 9, mb, 400},
		{"busy with much", 100, 9, 200 * mb, 100},
		{"grown", 256, 2, 128 * mb, 100},
	} {
		if got := collectorPercent(c.percent, c.cycles, c.live); got != c.want {
			t.Errorf("%s: %d %%, want %d %%", c.name, got, c.want)
		}
	}
}
