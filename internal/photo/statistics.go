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
	return nth(slices.Clone(v), int(p*float64(len(v)-1)))
}

// nth returns the value at k of v sorted. It changes v's order, and sorts
// what is left where the values, which a stranger's picture gives, keep it
// from getting on.
func nth(v []float64, k int) float64 {
	const enough, rounds = 32, 40
	for range rounds {
		if len(v) <= enough {
			break
		}
		a, b, c := v[0], v[len(v)/2], v[len(v)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := 0, len(v)-1
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			v = v[:j+1]
		case k >= i:
			v, k = v[i:], k-i
		default:
			return pivot
		}
	}
	slices.Sort(v)
	return v[k]
}

func sigmoid(v float32) float64 { return 1 / (1 + math.Exp(-float64(v))) }
