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
	{"counters are kept whole, in UTC", counterWhole},
	{"counters come in the order of their keys", counterOrder},
	{"a counter that is left zero is not kept", counterZero},
	{"reading keeps nothing", counterRead},
	{"updates at once all count", counterRace},
	{"updates at once of several are one", counterRaceTogether},
	{"a sweep removes what is over, bounded", counterSweep},
	{"a sweep goes by the end of the last update", counterSweepUpdated},
}

// countOne counts one event of each.
func countOne(counters []limit.Counter) {
	for i := range counters {
		counters[i].Count++
		counters[i].Reset = start.Add(time.Minute)
	}
}

func counters(t *testing.T, s store.Store, keys ...string) []limit.Counter {
	t.Helper()
	return must(s.Counters(t.Context(), keys...))(t)
}

func setCounter(t *testing.T, s store.Store, key string, c limit.Counter) {
	t.Helper()
	ok(t, s.UpdateCounters(t.Context(), []string{key}, func(counters []limit.Counter) { counters[0] = c }))
}

func counterWhole(t *testing.T, s store.Store) {
	want := filled[limit.Counter]()
	local := want
	local.Last, local.Before, local.Reset = want.Last.In(start.Location()), want.Before.In(start.Location()), want.Reset.In(start.Location())
	for _, key := range oddNames {
		setCounter(t, s, key, local)
	}
	wantEqual(t, "another", counters(t, s, "another"), []limit.Counter{{}})
	for _, key := range oddNames {
		wantEqual(t, fmt.Sprintf("counter %q", key), counters(t, s, key), []limit.Counter{want})
		ok(t, s.UpdateCounters(t.Context(), []string{key}, func(given []limit.Counter) {
			wantEqual(t, fmt.Sprintf("counter %q to change", key), given, []limit.Counter{want})
		}))
		wantEqual(t, fmt.Sprintf("counter %q that was left as it is", key), counters(t, s, key), []limit.Counter{want})
	}
}

func counterOrder(t *testing.T, s store.Store) {
	setCounter(t, s, "b", limit.Counter{Count: 2})
	ok(t, s.UpdateCounters(t.Context(), []string{"c", "b", "a"}, func(given []limit.Counter) {
		wantEqual(t, "to change", given, []limit.Counter{{}, {Count: 2}, {}})
		copy(given, []limit.Counter{{Count: 3}, {Count: 4}, {Count: 1}})
	}))
	wantEqual(t, "kept", counters(t, s, "b", "a", "x", "c"), []limit.Counter{{Count: 4}, {Count: 1}, {}, {Count: 3}})
	wantEqual(t, "of no keys", len(counters(t, s)), 0)
	ok(t, s.UpdateCounters(t.Context(), nil, countOne))
}

func counterZero(t *testing.T, s store.Store) {
	ok(t, s.UpdateCounters(t.Context(), []string{"k", "l"}, countOne))
	setCounter(t, s, "k", limit.Counter{})
	setCounter(t, s, "never", limit.Counter{})
	wantEqual(t, "counters", counters(t, s, "k", "l", "never"), []limit.Counter{{}, {Count: 1, Reset: start.UTC().Add(time.Minute)}, {}})
	wantEqual(t, "left to sweep", must(s.SweepCounts(t.Context(), start.AddDate(1, 0, 0), 9))(t), 1)
}

func counterRead(t *testing.T, s store.Store) {
	counters(t, s, "k")[0].Count = 9
	ok(t, s.UpdateCounters(t.Context(), []string{"l"}, countOne))
	counters(t, s, "l")[0].Count = 9
	wantEqual(t, "counts", []int{counters(t, s, "k")[0].Count, counters(t, s, "l")[0].Count}, []int{0, 1})
}

func counterRace(t *testing.T, s store.Store) {
	got, want := make([]int, racers), make([]int, racers)
	for _, err := range race(func(i int) error {
		want[i] = i + 1
		return s.UpdateCounters(t.Context(), []string{"k"}, func(counters []limit.Counter) {
			counters[0].Count++
			got[i] = counters[0].Count
		})
	}) {
		ok(t, err)
	}
	slices.Sort(got)
	wantEqual(t, "counts", got, want)
}

// counterRaceTogether: whoever sees one counter of an update sees the others,
// in whatever order they are named.
func counterRaceTogether(t *testing.T, s store.Store) {
	for _, err := range race(func(i int) error {
		keys := []string{"a", fmt.Sprint(i), "b"}
		if i%2 == 0 {
			slices.Reverse(keys)
		}
		return s.UpdateCounters(t.Context(), keys, func(counters []limit.Counter) {
			if counters[0].Count != counters[2].Count || counters[1].Count != 0 {
				t.Errorf("counts in one update: %d, %d, and %d of a new one", counters[0].Count, counters[2].Count, counters[1].Count)
			}
			countOne(counters)
		})
	}) {
		ok(t, err)
	}
	for i, c := range counters(t, s, "a", "b", "0") {
		wantEqual(t, "count", c.Count, []int{racers, racers, 1}[i])
	}
}

func counterSweep(t *testing.T, s store.Store) {
	for i := range 5 {
		setCounter(t, s, fmt.Sprint(i), limit.Counter{Count: 1, Reset: start.Add(time.Duration(i) * time.Millisecond)})
	}
	now := start.Add(3 * time.Millisecond) // 0, 1 and 2 are over, 3 is just not
	for _, step := range []struct{ limit, want int }{{0, 0}, {2, 2}, {10, 1}, {10, 0}} {
		wantEqual(t, "swept", must(s.SweepCounts(t.Context(), now, step.limit))(t), step.want)
	}
	for i, want := range []int{0, 0, 0, 1, 1} {
		wantEqual(t, fmt.Sprint("left of ", i), counters(t, s, fmt.Sprint(i))[0].Count, want)
	}
}

func counterSweepUpdated(t *testing.T, s store.Store) {
	setCounter(t, s, "longer", limit.Counter{Count: 1, Reset: start})
	setCounter(t, s, "longer", limit.Counter{Count: 2, Reset: start.Add(time.Hour)})
	setCounter(t, s, "shorter", limit.Counter{Count: 1, Reset: start.Add(time.Hour)})
	setCounter(t, s, "shorter", limit.Counter{Count: 2, Reset: start})
	wantEqual(t, "swept", must(s.SweepCounts(t.Context(), start.Add(time.Minute), 9))(t), 1)
	wantEqual(t, "left", []int{counters(t, s, "longer")[0].Count, counters(t, s, "shorter")[0].Count}, []int{2, 0})
}
