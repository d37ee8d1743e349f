package limit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// desk is a limiter with a clock and a log.
type desk struct {
	limit.Limiter
	t   *testing.T
	now time.Time
	log strings.Builder
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: start}
	d.Limiter = limit.Limiter{Store: memory.New(), Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.log, nil))}
	return d
}

// counts fails unless counting one event of each has to wait.
func (d *desk) counts(want time.Duration, subjects ...limit.Subject) {
	d.t.Helper()
	if got, err := d.Count(d.t.Context(), subjects...); got != want || err != nil {
		d.t.Fatalf("at %s: wait %s, %v; want %s", d.now.Sub(start), got, err, want)
	}
}

// waits fails unless the next event would have to wait.
func (d *desk) waits(want time.Duration, subjects ...limit.Subject) {
	d.t.Helper()
	if got, err := d.Wait(d.t.Context(), subjects...); got != want || err != nil {
		d.t.Fatalf("at %s: wait %s, %v; want %s", d.now.Sub(start), got, err, want)
	}
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func window(key string, count int) limit.Subject {
	return limit.Subject{Key: key, Rule: limit.Window{Count: count, Span: time.Minute}}
}

func growing(key string, free int) limit.Subject {
	return limit.Subject{Key: key, Rule: limit.Growing{Free: free, First: 30 * time.Second, Longest: 15 * time.Minute, Forget: 24 * time.Hour}}
}

func TestWaitCountsNothing(t *testing.T) {
	for name, subject := range map[string]limit.Subject{"window": window("k", 1), "growing": growing("k", 1)} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for range 5 {
				d.waits(0, subject)
			}
			d.counts(0, subject)
			if wait, err := d.Wait(t.Context(), subject); wait < 30*time.Second || err != nil {
				t.Fatalf("wait %s, %v", wait, err)
			}
		})
	}
}

func TestForgive(t *testing.T) {
	for name, subject := range map[string]limit.Subject{"window": window("k", 2), "growing": growing("k", 2)} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			subject.Consecutive = true
			d.counts(0, subject)
			for range 20 {
				d.counts(0, subject)
				d.ok(d.Forgive(t.Context(), subject))
			}
			d.counts(0, subject)
			if wait, err := d.Wait(t.Context(), subject); wait == 0 || err != nil {
				t.Error("the one that was not forgiven is gone")
			}
		})
	}
}

// TestForgiveWhatIsOver: nothing is taken from a count that began anew, or
// never did.
func TestForgiveWhatIsOver(t *testing.T) {
	d := newDesk(t)
	subject := window("k", 1)
	d.ok(d.Forgive(t.Context(), subject))
	d.counts(0, subject)
	d.now = d.now.Add(time.Minute)
	d.ok(d.Forgive(t.Context(), subject))
	d.ok(d.Forgive(t.Context(), subject))
	d.counts(0, subject)
	d.waits(time.Minute, subject)
}

// TestSucceeded: a success ends the person's run of failures, and takes from
// what an office shares nothing but itself.
func TestSucceeded(t *testing.T) {
	d := newDesk(t)
	person, office := growing("person", 3), growing("office", 5)
	person.Consecutive = true
	for range 3 {
		d.counts(0, person, office)
	}
	d.waits(30*time.Second, person)
	d.now = d.now.Add(30 * time.Second)
	d.counts(0, person, office)
	d.ok(d.Succeeded(t.Context(), person, office))
	if person, office := d.count("person"), d.count("office"); person != 0 || office != 3 {
		t.Errorf("the person has %d failures, want none; the office %d, want 3", person, office)
	}
}

func (d *desk) count(key string) int {
	d.t.Helper()
	counters, err := d.Store.Counters(d.t.Context(), key)
	d.ok(err)
	return counters[0].Count
}

// TestRefusedCountsNowhere: who is refused by one subject's rule uses up no
// other's, such as that of a day or of an office.
func TestRefusedCountsNowhere(t *testing.T) {
	d := newDesk(t)
	short := window("short", 2)
	day := limit.Subject{Key: "day", Rule: limit.Window{Count: 5, Span: 24 * time.Hour}}
	for range 50 {
		if _, err := d.Count(t.Context(), short, day); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.count("day"); n != 2 {
		t.Errorf("48 refused events made %d of the day", n)
	}
	d.now = d.now.Add(time.Minute)
	d.counts(0, short, day)
}

// TestCountAtOnce: of any number of events at once as many are admitted as of
// those that come one after the other, over all subjects.
func TestCountAtOnce(t *testing.T) {
	for name, subject := range map[string]limit.Subject{"window": window("k", 10), "growing": growing("k", 10)} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			other := window("other", 1000)
			var admitted atomic.Int32
			atOnce(100, func() {
				wait, err := d.Count(t.Context(), subject, other)
				if err != nil {
					t.Error(err)
				}
				if wait == 0 {
					admitted.Add(1)
				}
			})
			if n := admitted.Load(); n != 10 || d.count("other") != 10 {
				t.Errorf("%d of 100 events were admitted, %d were counted elsewhere; want 10", n, d.count("other"))
			}
			d.now = d.now.Add(30 * time.Second)
			admitted.Store(0)
			atOnce(100, func() {
				if wait, err := d.Count(t.Context(), subject); wait == 0 && err == nil {
					admitted.Add(1)
				}
			})
			if n, want := admitted.Load(), map[string]int32{"window": 0, "growing": 1}[name]; n != want {
				t.Errorf("%d of 100 were admitted when the first wait was over, want %d", n, want)
			}
		})
	}
}

// TestCeiling: as long as it is reached, who has done a tenth of what they may
// waits until it is over, or until they would anyhow, and who has not goes on;
// at twice the number everybody waits, where the ceiling closes.
func TestCeiling(t *testing.T) {
	for name, subject := range map[string]limit.Subject{"window": window("k", 20), "growing": growing("k", 20)} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			all := limit.Subject{Key: "all", Rule: limit.Window{Count: 10, Span: time.Hour}, Ceiling: "limits x_overall"}
			subject := subject
			d.counts(0, subject)
			for range 9 {
				d.counts(0, all)
			}
			d.counts(0, subject, all) // the second, and the tenth of all
			held, err := d.Wait(t.Context(), subject, all)
			if held < 30*time.Second || held > time.Minute || err != nil {
				t.Fatalf("who has done a tenth waits %s, %v", held, err)
			}
			d.waits(0, subject) // what is not counted by the ceiling goes on
			for i := range 30 {
				d.counts(0, all, window(fmt.Sprint("newcomer ", i), 1))
			}
			closing := all
			closing.Closes = true
			d.waits(time.Hour, window("newcomer", 1), closing)
			d.now = d.now.Add(time.Hour)
			d.counts(0, subject, closing)
			for range 19 {
				d.counts(0, closing)
			}
			d.waits(time.Hour, closing)
		})
	}
}

// TestCeilingIsOver before those are let go who were held by it alone.
func TestCeilingIsOver(t *testing.T) {
	d := newDesk(t)
	all := limit.Subject{Key: "all", Rule: limit.Window{Count: 3, Span: time.Minute}, Ceiling: "limits x_overall"}
	day := limit.Subject{Key: "day", Rule: limit.Window{Count: 30, Span: 24 * time.Hour}}
	for range 3 {
		d.counts(0, day, all)
	}
	d.waits(time.Minute, day, all)
	d.now = d.now.Add(time.Minute)
	d.waits(0, day, all)
}

// TestCeilingIsTold: the operator is told of a ceiling that is reached, at most
// once a minute, and of no other rule.
func TestCeilingIsTold(t *testing.T) {
	d := newDesk(t)
	all := limit.Subject{Key: "all", Rule: limit.Window{Count: 2, Span: time.Hour}, Ceiling: "limits mails_overall", Closes: true}
	d.counts(0, all)
	d.counts(0, all)
	if d.log.Len() > 0 {
		t.Errorf("told before it was reached: %s", d.log.String())
	}
	d.counts(0, all)
	d.counts(0, all)
	for range 61 {
		d.counts(time.Hour-d.now.Sub(start), all)
		d.now = d.now.Add(time.Second)
	}
	log := d.log.String()
	if strings.Count(log, "level=ERROR") != 2 || !strings.Contains(log, `option="limits mails_overall" count=all wait=1h0m0s everybody_refused=false`) ||
		!strings.Contains(log, `wait=59m0s everybody_refused=true`) {
		t.Errorf("log of a minute:\n%s", log)
	}
	d.log.Reset()
	person := window("person", 1)
	d.counts(0, person)
	d.counts(time.Minute, person, limit.Subject{Key: "another", Rule: all.Rule, Ceiling: "limits failures_overall"})
	if d.log.Len() > 0 {
		t.Errorf("told of a person: %s", d.log.String())
	}
}

func TestStoreFailureIsNoAdmission(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"wait":      func() error { _, err := d.Wait(ctx, window("k", 1)); return err },
		"count":     func() error { _, err := d.Count(ctx, window("k", 1)); return err },
		"forgive":   func() error { return d.Forgive(ctx, window("k", 1)) },
		"succeeded": func() error { return d.Succeeded(ctx, window("k", 1)) },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// atOnce calls fn n times in parallel.
func atOnce(n int, fn func()) {
	var wg sync.WaitGroup
	ready := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-ready
			fn()
		})
	}
	close(ready)
	wg.Wait()
}
