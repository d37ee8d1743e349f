// Package limit owns how often something may be tried: counts of attempts per
// person, per client address and overall, kept in the store so that a restart
// forgets nothing.
//
// A [Limiter] counts an attempt before it is judged, atomically with the
// question whether it is admitted: any number of attempts at once gets no
// further than one after the other. One that is refused is not counted, so
// knocking at a closed door keeps nothing closed for longer.
package limit

import (
	"context"
	"time"
)

// Counter is the state of one count. The zero value has counted nothing.
type Counter struct {
	Count int
	// Last is the time of the newest event, and Before that of the one before
	// it, which becomes Last when the newest is taken back.
	Last   time.Time
	Before time.Time
	Reset  time.Time // when all is forgotten
}

// Store keeps counters. What they mean is the [Rule]'s business.
type Store interface {
	// Counters returns the counters of keys, in their order; the zero value
	// where there is none.
	Counters(ctx context.Context, keys ...string) ([]Counter, error)
	// UpdateCounters replaces the counters of keys, no two of them the same, by
	// what change leaves in the slice, atomically over all: no other update
	// of any of them comes between. They come in the order of keys, the zero
	// value where there is none; one that is left zero is not kept. change may
	// be called more than once with fresher values and must have no effect but
	// on the slice and on what each call sets anew.
	UpdateCounters(ctx context.Context, keys []string, change func([]Counter)) error
	// SweepCounts removes counters whose Reset is before now, and returns how many:
	// at most limit, or fewer where more would have others wait, but 0 only when none
	// is left.
	SweepCounts(ctx context.Context, now time.Time, limit int) (int, error)
}
