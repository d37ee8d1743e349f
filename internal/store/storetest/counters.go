package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var counterPromises = []promise{
	{"a count adds up within its window", countAdds},
	{"zero only reads", countReads},
	{"a count begins anew when its window ends", countRenews},
	{"a count begins anew when the clock was ahead", countAhead},
	{"taking back begins nothing", countTakenBack},
	{"no two counts at once are the same", countRace},
	{"a sweep removes what is over, bounded", countSweep},
}

func count(t *testing.T, s store.Store, key string, n int, now time.Time) limit.Counter {
	t.Helper()
	return must(s.Count(t.Context(), key, n, now, time.Minute))(t)
}

func countAdds(t *testing.T, s store.Store) {
	reset := start.UTC().Add(time.Minute)
	wantEqual(t, "first", count(t, s, "k", 1, start), limit.Counter{Count: 1, Reset: reset})
	wantEqual(t, "second", count(t, s, "k", 2, start.Add(time.Second)), limit.Counter{Count: 3, Reset: reset})
	for _, key := range oddNames {
		wantEqual(t, "another", count(t, s, key, 1, start).Count, 1)
	}
	wantEqual(t, "third", count(t, s, "k", 1, start.Add(time.Minute-time.Millisecond)), limit.Counter{Count: 4, Reset: reset})
}

func countReads(t *testing.T, s store.Store) {
	wantEqual(t, "none yet", count(t, s, "k", 0, start), limit.Counter{Reset: start.UTC().Add(time.Minute)})
	later := start.Add(30 * time.Second)
	wantEqual(t, "reading began no window", count(t, s, "k", 5, later), limit.Counter{Count: 5, Reset: later.UTC().Add(time.Minute)})
	wantEqual(t, "read", count(t, s, "k", 0, later.Add(time.Second)), limit.Counter{Count: 5, Reset: later.UTC().Add(time.Minute)})
	over := later.Add(time.Hour)
	wantEqual(t, "over", count(t, s, "k", 0, over), limit.Counter{Reset: over.UTC().Add(time.Minute)})
}

func countAhead(t *testing.T, s store.Store) {
	count(t, s, "k", 7, start.AddDate(4, 0, 0))
	wantEqual(t, "set right", count(t, s, "k", 1, start), limit.Counter{Count: 1, Reset: start.UTC().Add(time.Minute)})
}

func countTakenBack(t *testing.T, s store.Store) {
	wantEqual(t, "none yet", count(t, s, "k", -1, start).Count, 0)
	wantEqual(t, "one", count(t, s, "k", 1, start).Count, 1)
	wantEqual(t, "taken back", count(t, s, "k", -1, start).Count, 0)
	wantEqual(t, "taken back once more", count(t, s, "k", -1, start).Count, 0)
	count(t, s, "k", 3, start)
	over := start.Add(time.Hour)
	wantEqual(t, "over", count(t, s, "k", -1, over).Count, 0)
	wantEqual(t, "anew", count(t, s, "k", 1, over).Count, 1)
}

func countRenews(t *testing.T, s store.Store) {
	count(t, s, "k", 7, start)
	end := start.Add(time.Minute)
	wantEqual(t, "at the end", count(t, s, "k", 1, end), limit.Counter{Count: 1, Reset: end.UTC().Add(time.Minute)})
}

func countRace(t *testing.T, s store.Store) {
	got, want := make([]int, racers), make([]int, racers)
	for _, err := range race(func(i int) error {
		c, err := s.Count(t.Context(), "k", 1, start, time.Minute)
		got[i], want[i] = c.Count, i+1
		return err
	}) {
		ok(t, err)
	}
	slices.Sort(got)
	wantEqual(t, "counts", got, want)
}

func countSweep(t *testing.T, s store.Store) {
	for i := range 5 {
		count(t, s, fmt.Sprint(i), 1, start.Add(time.Duration(i)*time.Millisecond))
	}
	count(t, s, "renewed", 1, start.Add(-time.Hour))
	count(t, s, "renewed", 1, start.Add(time.Hour))
	now := start.Add(time.Minute + 3*time.Millisecond) // 0, 1 and 2 are over, 3 is just not
	for _, step := range []struct{ limit, want int }{{0, 0}, {2, 2}, {10, 1}, {10, 0}} {
		wantEqual(t, "swept", must(s.SweepCounts(t.Context(), now, step.limit))(t), step.want)
	}
	for i, want := range []int{0, 0, 0, 1, 1} {
		wantEqual(t, fmt.Sprint("left of ", i), count(t, s, fmt.Sprint(i), 0, start).Count, want)
	}
	wantEqual(t, "left of the renewed", count(t, s, "renewed", 0, start.Add(time.Hour)).Count, 1)
}
