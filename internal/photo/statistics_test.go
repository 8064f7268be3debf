package photo

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAPercentileIsThatOfTheSortedValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 31, 33, 100, 1000} {
		for name, next := range map[string]func(i int) float64{
			"scattered": func(int) float64 { return r.Float64() },
			"few":       func(int) float64 { return float64(r.IntN(3)) },
			"rising":    func(i int) float64 { return float64(i) },
			"roof":      func(i int) float64 { return math.Min(float64(i), float64(n-i)) },
		} {
			v := make([]float64, n)
			for i := range v {
				v[i] = next(i)
			}
			before, sorted := slices.Clone(v), slices.Clone(v)
			slices.Sort(sorted)
			for _, p := range []float64{0, 0.05, 0.5, 0.95, 1} {
				if got, want := percentile(v, p), sorted[int(p*float64(n-1))]; got != want {
					t.Errorf("%d %s values: percentile %v is %v, want %v", n, name, p, got, want)
				}
			}
			if !slices.Equal(v, before) {
				t.Errorf("%d %s values were moved", n, name)
			}
		}
	}
}
