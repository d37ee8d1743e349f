package session

import (
	"hash/maphash"
	"sync/atomic"
)

// epochs tell memory at once what the store changed, without an index from
// records to the sessions that rest on them: every id falls on one of a fixed
// number of counters; a change counts its ids' counters up, and what was
// loaded at an earlier count is loaded anew. Two ids on one counter cost a
// look at the store, never a wrong answer.
type epochs struct {
	seed   maphash.Seed
	all    atomic.Uint64 // counted up before those of the ids
	counts [epochCounters]atomic.Uint32
}

const epochCounters = 4096

func newEpochs() *epochs { return &epochs{seed: maphash.MakeSeed()} }

// of is the counter that an id falls on.
func (e *epochs) of(kind, id string) uint32 {
	return uint32(maphash.Comparable(e.seed, [2]string{kind, id}) % epochCounters) // #nosec G115 -- there are fewer
}

// mark is a counter, by its number, and the count at which something was loaded.
type mark struct{ counter, count uint32 }

func (e *epochs) mark(kind, id string) mark {
	counter := e.of(kind, id)
	return mark{counter, e.counts[counter].Load()}
}

// missed makes a mark stale from the beginning.
func (m mark) missed() mark { return mark{m.counter, m.count - 1} }

func (e *epochs) stale(marks [3]mark) bool {
	for _, m := range marks {
		if e.counts[m.counter].Load() != m.count {
			return true
		}
	}
	return false
}

func (e *epochs) changed(kind string, ids ...string) {
	e.all.Add(1)
	for _, id := range ids {
		e.counts[e.of(kind, id)].Add(1)
	}
}

func (e *epochs) changedAll() {
	e.all.Add(1)
	for i := range e.counts {
		e.counts[i].Add(1)
	}
}
