// Package limit owns how often something may be tried: counts of attempts per
// person, per client address and overall, kept in the store so that a restart
// forgets nothing.
package limit

import (
	"context"
	"time"
)

// Rule admits Count events in any Window, counted in fixed windows that begin
// at the first event.
type Rule struct {
	Count  int
	Window time.Duration
}

// Counter is the state of one count.
type Counter struct {
	Count int
	Reset time.Time // when the window ends and the count begins anew
}

// Store keeps counters.
type Store interface {
	// Count adds n (0 only reads) to the counter of key and returns it. Where
	// there is none, or its Reset is not after now, or further away than two
	// windows (the clock was ahead once), it begins anew with Reset = now + window; a negative n begins nothing. A count is never below 0.
	// Adding is atomic: no two calls return the same count for n > 0.
	Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (Counter, error)
	// SweepCounts removes at most limit counters whose Reset is before now, and
	// returns how many it removed.
	SweepCounts(ctx context.Context, now time.Time, limit int) (int, error)
}
