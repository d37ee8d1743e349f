package clock

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func TestClock(t *testing.T) {
	type look struct{ machine, want, behind time.Duration } // since start
	const s, year = time.Second, 365 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		looks []look
	}{
		{"it goes on", []look{{0, 0, 0}, {s, s, 0}, {s, s, 0}, {year, year, 0}}},
		{"set back within the tolerance", []look{{60 * s, 60 * s, 0}, {55 * s, 60 * s, 0}, {60 * s, 60 * s, 0}, {61 * s, 61 * s, 0}}},
		{"set back by more, until it is there again", []look{{60 * s, 60 * s, 0}, {55*s - 1, 60 * s, 5*s + 1}, {0, 60 * s, 60 * s}, {54 * s, 60 * s, 6 * s}, {56 * s, 60 * s, 0}, {70 * s, 70 * s, 0}}},
		{"before it was first looked at", []look{{-year, 0, year}, {s, s, 0}}},
		{"a year ahead, and right again", []look{{year, year, 0}, {s, year, year - s}}},
		{"back in small steps", []look{{60 * s, 60 * s, 0}, {56 * s, 60 * s, 0}, {52 * s, 60 * s, 8 * s}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			machine := start
			clock := New(func() time.Time { return machine })
			for i, l := range c.looks {
				machine = start.Add(l.machine)
				if got := clock.Now(); !got.Equal(start.Add(l.want)) {
					t.Errorf("look %d: %s after the start, want %s", i, got.Sub(start), l.want)
				}
				err := clock.Check()
				var behind *Behind
				if errors.As(err, &behind) != (l.behind > 0) || behind != nil && behind.By != l.behind {
					t.Errorf("look %d: %v, want %s behind", i, err, l.behind)
				}
				if now, judged := clock.Judge(); (judged == nil) != (err == nil) || judged == nil && !now.Equal(clock.Now()) {
					t.Errorf("look %d: judged by %s, %v, want %s, %v", i, now, judged, clock.Now(), err)
				}
			}
		})
	}
}

// TestNotByTheMonotonicClock: what is kept in memory ends by the time of day as
// what is kept in the store does, also after a machine was suspended.
func TestNotByTheMonotonicClock(t *testing.T) {
	machine := time.Now() // has a reading of the monotonic clock
	clock := New(func() time.Time { return machine })
	for _, step := range []time.Duration{0, time.Second, -time.Hour} {
		machine = machine.Add(step)
		if now := clock.Now(); now != now.Round(0) {
			t.Errorf("after a step of %s: %s", step, now)
		}
	}
}

// TestBehindSaysWhatToDo to the operator who reads the log.
func TestBehindSaysWhatToDo(t *testing.T) {
	text := (&Behind{start, time.Hour}).Error()
	for _, part := range []string{"1h0m0s behind 2026-03-04T05:06:07Z", "reload or restart"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

// TestAtOnce: any number may look, and a clock that goes on is never behind.
func TestAtOnce(t *testing.T) {
	clock := New(time.Now)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				if err := clock.Check(); err != nil {
					t.Error(err)
				}
				clock.Now()
			}
		})
	}
	wg.Wait()
}

func TestNothingIsAllocated(t *testing.T) {
	clock := New(time.Now)
	if n := testing.AllocsPerRun(100, func() { _ = clock.Check(); clock.Now() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestGood(t *testing.T) {
	const life = time.Hour
	for _, c := range []struct {
		name string
		ends time.Duration // after now
		want bool
	}{
		{"just made", life, true},
		{"in its last moment", 1, true},
		{"over", 0, false},
		{"long over", -life, false},
		{"made by a server that is ahead a little", life + Tolerance, true},
		{"made in the future", life + Tolerance + 1, false},
	} {
		if got := Good(start.Add(c.ends), life, start); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
