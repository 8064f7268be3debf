package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"edl/internal/bench"
	"edl/internal/civil"
	"edl/livecode"
)

// benchDecode reads a self-contained code as a terminal without a network does,
// from the scanned text to both signatures and the claims, on one processor.
// Its floor is the two P-256 verifications that nobody can do without.
func benchDecode(_ context.Context, b *workbench) (r benchResult, err error) {
	authority, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	phone, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		return r, err
	}
	now := time.Now()
	claims := livecode.Claims{
		Issuer: "https://licence.example.cn", Serial: livecode.NewSerial(), IssuedAt: now, Expires: now.Add(7 * 24 * time.Hour),
		StatusURI: "https://licence.example.cn/s/0", StatusIndex: 1 << 19, Holder: &phone.PublicKey,
		Name: "林知夏", Face: make([]byte, livecode.MaxFace), Number: "000000198808080020",
		ValidFrom: civil.D(2022, 6, 20), ValidUntil: civil.D(2032, 6, 20),
	}
	for _, class := range []string{"A1", "A2", "A3", "B1", "B2", "C6", "D", "M", "N", "P"} {
		claims.Classes = append(claims.Classes, livecode.Class{Code: class, Since: civil.D(2016, 6, 20)})
	}
	part, err := livecode.IssueFull(authority, []byte(livecode.KeyID(&authority.PublicKey)), claims)
	if err != nil {
		return r, err
	}
	text, err := livecode.SignSelfContained(phone, part, livecode.NewMoment(now, nil))
	if err != nil {
		return r, err
	}
	digest := sha256.Sum256([]byte("floor"))
	signature, err := ecdsa.SignASN1(rand.Reader, phone, digest[:])
	if err != nil {
		return r, err
	}
	var ours, floor []bench.Measure
	for range b.Rounds {
		m, err := inTurn(b.For, func() error {
			code, err := livecode.Parse(text)
			if err != nil {
				return err
			}
			return errors.Join(code.Issuer().VerifyIssuer(&authority.PublicKey), code.VerifyDevice(code.Issuer().Claims().Holder))
		})
		if err != nil {
			return r, err
		}
		ours = append(ours, m)
		m, err = inTurn(b.For, func() error {
			for range 2 { // the issuer's and the phone's
				if !ecdsa.VerifyASN1(&phone.PublicKey, digest[:], signature) {
					return errors.New("the floor's signature is refused")
				}
			}
			return nil
		})
		if err != nil {
			return r, err
		}
		floor = append(floor, m)
	}
	r.Ours, r.Floor = middle(ours), middle(floor)
	r.Ratio, r.Row = r.Ours.PerSecond/r.Floor.PerSecond, len(text)
	r.Targets = []benchTarget{atMost("p99 in ms", r.Ours.P99, 50), atLeast("of the floor's rate", r.Ratio, 0.5)}
	return r, nil
}

// inTurn repeats f for a time on one processor.
func inTurn(length time.Duration, f func() error) (m bench.Measure, err error) {
	var took []time.Duration
	from := time.Now()
	for time.Since(from) < length {
		start := time.Now()
		if err := f(); err != nil {
			return m, err
		}
		took = append(took, time.Since(start))
	}
	m.PerSecond = float64(len(took)) / time.Since(from).Seconds()
	m.CPU = 1e6 / m.PerSecond
	slices.Sort(took)
	m.P50, m.P99 = took[len(took)/2].Seconds()*1000, took[len(took)*99/100].Seconds()*1000
	return m, nil
}

// middle is the round whose rate is the median.
func middle(rounds []bench.Measure) bench.Measure {
	slices.SortFunc(rounds, func(a, b bench.Measure) int { return int(a.PerSecond - b.PerSecond) })
	return rounds[len(rounds)/2]
}
