package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// quantile returns the value below which a share q of the values lies, by the
// nearest rank. The values are sorted.
func quantile[T any](sorted []T, q float64) T {
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// spread is a median with its quartiles.
type spread struct{ low, median, high float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// show writes it with so many decimals.
func (s spread) show(decimals int) string {
	return fmt.Sprintf("%.*f (%.*f to %.*f)", decimals, s.median, decimals, s.low, decimals, s.high)
}

// ratios divides round by round.
func ratios(values, by []float64) []float64 {
	out := make([]float64, len(values))
	for i := range values {
		out[i] = values[i] / by[i]
	}
	return out
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
