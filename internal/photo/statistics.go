package photo

import (
	"math"
	"slices"
)

// mean of nothing is not a number, which no limit judges.
func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// percentile returns the value below which the share p of v lies, and not a
// number for nothing.
func percentile(v []float64, p float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	return sorted[int(p*float64(len(sorted)-1))]
}

func sigmoid(v float32) float64 { return 1 / (1 + math.Exp(-float64(v))) }
