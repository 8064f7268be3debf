package statuslist

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// large is the list that the platform measures by: 10 million entries of one
// bit, 1 % of them set at random.
func large(t testing.TB) *Token {
	const entries = 10_000_000
	tok := newToken(t, 1)
	tok.List = newList(t, 1, entries, nil)
	rng := rand.New(rand.NewPCG(10, 1))
	for range entries / 100 {
		if err := tok.List.Set(rng.Uint64N(entries), Invalid); err != nil {
			t.Fatal(err)
		}
	}
	return tok
}

// TestLargeListAllocatesLittleMoreThanItself: at most 1.1 times the inflated
// list and 64 KB, with the token's verification, in both forms.
func TestLargeListAllocatesLittleMoreThanItself(t *testing.T) {
	tok := large(t)
	key := fixed(t, "lists")
	limit := tok.List.size*11/10 + 64<<10
	p := Policy{URI: uri, Now: now.Add(time.Minute), Key: believe(key.Public())}
	for form, b := range both(t, tok, key) {
		// the least of several calls, since what is kept between calls is lost
		// whenever garbage is collected
		used := uint64(math.MaxUint64)
		for range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := p.verify(form, b); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			used = min(used, after.TotalAlloc-before.TotalAlloc)
		}
		t.Logf("%s of %d bytes, inflated %d: allocated %d, limit %d", form, len(b), tok.List.size, used, limit)
		if used > limit {
			t.Errorf("%s: allocated %d bytes, limit %d", form, used, limit)
		}
	}
}

// BenchmarkLarge verifies and reads the large list. The floor inflates it into
// memory that is there already; both take turns in one run.
func BenchmarkLarge(b *testing.B) {
	tok := large(b)
	key := fixed(b, "lists")
	lst, err := tok.List.Compress()
	if err != nil {
		b.Fatal(err)
	}
	room := make([]byte, tok.List.size)
	p := Policy{URI: uri, Now: now.Add(time.Minute), Key: believe(key.Public())}
	for form, token := range both(b, tok, key) {
		b.Run(form, func(b *testing.B) {
			var ours, floor []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				if _, err := p.verify(form, token); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				z, err := zlib.NewReader(bytes.NewReader(lst))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(z, room); err != nil {
					b.Fatal(err)
				}
				ours, floor = append(ours, middle.Sub(start)), append(floor, time.Since(middle))
			}
			slices.Sort(ours)
			slices.Sort(floor)
			// the tenth percentile: what the machine's other work did not disturb
			x, y := ours[len(ours)/10].Seconds(), floor[len(floor)/10].Seconds()
			b.ReportMetric(x*1000, "ours-ms")
			b.ReportMetric(y*1000, "floor-ms")
			b.ReportMetric(x/y, "times-floor")
		})
	}
}

// BenchmarkShard is what one change costs: a shard of 2^20 entries of two
// bits, a thousandth of them set, compressed and signed.
func BenchmarkShard(b *testing.B) {
	tok := newToken(b, 2)
	tok.List = newList(b, 2, 1<<ShardBits, nil)
	rng := rand.New(rand.NewPCG(10, 1))
	for range 1 << ShardBits / 1000 {
		if err := tok.List.Set(rng.Uint64N(1<<ShardBits), Suspended); err != nil {
			b.Fatal(err)
		}
	}
	key := fixed(b, "lists")
	for b.Loop() {
		if _, err := tok.SignJWT(key, nil); err != nil {
			b.Fatal(err)
		}
	}
}
