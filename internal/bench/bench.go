// Package bench measures a server from outside: requests sent over HTTP by a
// load generator of its own, processor time and memory from the operating
// system, and beside each figure that of a floor, a server of 150 lines that
// does only what cannot be left out.
//
// Machines differ and neighbours disturb, so ours and the floor take turns in
// the same run and the ratio is what counts. The generator runs on the same
// processors as the server; its own work is the same for both and is not in the
// processor time of an operation, which is the server's alone.
//
// It measures; it does not prepare. What is to be sent comes from the caller.
package bench

import (
	"slices"
	"time"
)

// A Side is a server with something to send it.
type Side struct {
	Server *Process
	// Prepare returns so many requests, each to be sent once, ready when the clock starts.
	Prepare func(count int) ([]Request, error)
	Unsent  func([]Request) // takes back those that were not sent; may be nil
}

// A Plan says how long and how hard to measure.
type Plan struct {
	Rounds  int
	For     time.Duration // each half of a round
	Clients int
	Most    float64 // requests a second to prepare for
}

// A Measure is what one side did.
type Measure struct {
	PerSecond float64 `json:"perSecond"` // all clients waiting for answers all the time
	P50       float64 `json:"p50ms"`
	P99       float64 `json:"p99ms"`
	CPU       float64 `json:"cpuMicroseconds"` // of the server, by operation
	HalfLoad  float64 `json:"halfLoadPerSecond"`
	HalfP50   float64 `json:"halfLoadP50ms"`
	HalfP99   float64 `json:"halfLoadP99ms"`
	Failed    int     `json:"failed"`
	Why       string  `json:"why,omitempty"`
	Memory    float64 `json:"memoryMB"` // resident, at the most
}

// Compare lets two sides take turns and returns the median of each figure over
// the rounds, and the median of the ratios of their rates.
func Compare(p Plan, ours, floor Side) (us, it Measure, ratio float64, err error) {
	var rounds [2][]Measure
	var ratios []float64
	for range p.Rounds {
		for i, side := range []Side{ours, floor} {
			m, err := p.round(side)
			if err != nil {
				return us, it, 0, err
			}
			rounds[i] = append(rounds[i], m)
		}
		ratios = append(ratios, last(rounds[0]).PerSecond/last(rounds[1]).PerSecond)
	}
	return medians(rounds[0]), medians(rounds[1]), median(ratios), nil
}

func last(list []Measure) Measure { return list[len(list)-1] }

// round loads a side fully, then by half of what it served.
func (p Plan) round(s Side) (m Measure, err error) {
	full, cpu, err := p.load(s, 0)
	if err != nil {
		return m, err
	}
	half, _, err := p.load(s, full.PerSecond()/2)
	if err != nil {
		return m, err
	}
	_, most, err := s.Server.Memory()
	m = Measure{
		PerSecond: full.PerSecond(), P50: milliseconds(full.Quantile(0.5)), P99: milliseconds(full.Quantile(0.99)),
		CPU:      float64(cpu.Microseconds()) / float64(max(1, full.Count)),
		HalfLoad: half.PerSecond(), HalfP50: milliseconds(half.Quantile(0.5)), HalfP99: milliseconds(half.Quantile(0.99)),
		Failed: full.Failed + half.Failed, Why: full.Why + half.Why, Memory: float64(most) / 1e6,
	}
	return m, err
}

func (p Plan) load(s Side, perSecond float64) (served Served, cpu time.Duration, err error) {
	rate := p.Most
	if perSecond > 0 {
		rate = perSecond
	}
	requests, err := s.Prepare(int(rate*p.For.Seconds()) + p.Clients)
	if err != nil {
		return served, 0, err
	}
	before, err := s.Server.CPU()
	if err != nil {
		return served, 0, err
	}
	served = Load{Address: s.Server.Address, Clients: p.Clients, Requests: requests, For: p.For, PerSecond: perSecond}.Run()
	if s.Unsent != nil {
		s.Unsent(requests[served.Sent:])
	}
	after, err := s.Server.CPU()
	return served, after - before, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// medians takes the median of each figure; failures are added up.
func medians(rounds []Measure) (m Measure) {
	of := func(figure func(Measure) float64) float64 {
		var list []float64
		for _, r := range rounds {
			list = append(list, figure(r))
		}
		return median(list)
	}
	m = Measure{
		PerSecond: of(func(r Measure) float64 { return r.PerSecond }), P50: of(func(r Measure) float64 { return r.P50 }),
		P99: of(func(r Measure) float64 { return r.P99 }), CPU: of(func(r Measure) float64 { return r.CPU }),
		HalfLoad: of(func(r Measure) float64 { return r.HalfLoad }), HalfP50: of(func(r Measure) float64 { return r.HalfP50 }),
		HalfP99: of(func(r Measure) float64 { return r.HalfP99 }), Memory: of(func(r Measure) float64 { return r.Memory }),
	}
	for _, r := range rounds {
		m.Failed += r.Failed
		if m.Why == "" {
			m.Why = r.Why
		}
	}
	return m
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
