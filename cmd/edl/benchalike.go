package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"edl/internal/bench"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/verification"
)

// benchAlike times look-ups of people who are on no register and of drivers who
// did not consent, in random order: whoever asks must not tell them apart by
// the clock (robustness S38).
func benchAlike(ctx context.Context, b *workbench) (r benchResult, err error) {
	p, err := b.at().establish(ctx)
	if err != nil {
		return r, err
	}
	defer p.close()
	people := crowd(2000, false)
	known := people[:1000]
	if _, err := p.enter(ctx, known); err != nil {
		return r, err
	}
	if _, err := p.company(ctx, nil); err != nil {
		return r, err
	}
	asker, err := p.onlyAsker(ctx)
	if err != nil {
		return r, err
	}
	p.checks.Allow = func(string, string) error { return nil } // a limit would end it at the twentieth
	unknown := people[1000:]
	var nobody, silent []time.Duration
	began := time.Now()
	for range alikeLookups {
		i := rand.IntN(1000)
		of, times := known, &silent
		if rand.IntN(2) == 0 {
			of, times = unknown, &nobody
		}
		took, err := p.missed(ctx, asker, of[i])
		if err != nil {
			return r, err
		}
		*times = append(*times, took)
	}
	whole := time.Since(began)
	slices.Sort(nobody)
	slices.Sort(silent)
	a, z := nobody[len(nobody)/2], silent[len(silent)/2]
	r.Ours = bench.Measure{PerSecond: alikeLookups / whole.Seconds(), P50: float64(a.Microseconds()) / 1000, P99: float64(nobody[len(nobody)*99/100].Microseconds()) / 1000}
	r.Floor = bench.Measure{PerSecond: r.Ours.PerSecond, P50: float64(z.Microseconds()) / 1000, P99: float64(silent[len(silent)*99/100].Microseconds()) / 1000}
	r.Ratio = float64(z) / float64(a)
	r.Targets = []benchTarget{atMost("ms between the medians of nobody (edl) and no consent (floor)", max(a-z, z-a).Seconds()*1000, 1)}
	return r, nil
}

// alikeLookups is how many look-ups are timed.
const alikeLookups = 20_000

// missed times one look-up that must find nobody.
func (p *platform) missed(ctx context.Context, by verification.Asker, l licence.Licence) (time.Duration, error) {
	q := verification.Question{RequestID: newRequestID(), Scenario: relyingparty.Hiring, Way: relyingparty.ByNumber, VehicleClass: "C1", Number: string(l.Document.Number), Name: string(l.Name)}
	began := time.Now()
	_, err := p.checks.Check(ctx, by, q)
	took := time.Since(began)
	if !errors.Is(err, verification.ErrNobody) {
		return 0, fmt.Errorf("a look-up of %s was answered: %v", identity.Number(q.Number).Masked(), err)
	}
	return took, nil
}

// onlyAsker is the one operator that the platform has.
func (p *platform) onlyAsker(ctx context.Context) (by verification.Asker, err error) {
	err = p.db.View(ctx, func(tx *store.Tx) error {
		parties, err := tx.Parties(ctx)
		if err != nil {
			return err
		}
		terminals, err := tx.Terminals(ctx, parties[0].ID)
		if err != nil {
			return err
		}
		operators, err := tx.Operators(ctx, parties[0].ID)
		by = verification.Asker{TerminalID: terminals[0].ID, OperatorID: operators[0].ID}
		return err
	})
	return by, err
}
