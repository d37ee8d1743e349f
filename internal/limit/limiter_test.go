package limit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func newLimiter(t *testing.T) (limit.Limiter, *time.Time) {
	t.Helper()
	now := start
	return limit.Limiter{Store: memory.New(), Now: func() time.Time { return now }}, &now
}

func TestCount(t *testing.T) {
	l, now := newLimiter(t)
	subject := limit.Subject{Key: "k", Rule: limit.Rule{Count: 3, Window: 10 * time.Minute}}
	count := func(want time.Duration) {
		t.Helper()
		if got, err := l.Count(t.Context(), subject); got != want || err != nil {
			t.Fatalf("at %s: wait %s, %v; want %s", now.Sub(start), got, err, want)
		}
	}
	for range 3 {
		count(0)
	}
	count(10 * time.Minute)
	*now = now.Add(4 * time.Minute)
	count(6 * time.Minute)
	*now = start.Add(10*time.Minute - time.Millisecond)
	count(time.Second) // never a wait that rounds to nothing
	*now = start.Add(10 * time.Minute)
	count(0)
}

func TestWaitCountsNothing(t *testing.T) {
	l, _ := newLimiter(t)
	subject := limit.Subject{Key: "k", Rule: limit.Rule{Count: 1, Window: time.Minute}}
	for range 5 {
		if wait, err := l.Wait(t.Context(), subject); wait != 0 || err != nil {
			t.Fatalf("wait %s, %v", wait, err)
		}
	}
	if wait, err := l.Count(t.Context(), subject); wait != 0 || err != nil {
		t.Fatalf("the first event waits %s, %v", wait, err)
	}
	if wait, err := l.Wait(t.Context(), subject); wait != time.Minute || err != nil {
		t.Fatalf("wait %s, %v, want a minute", wait, err)
	}
}

func TestForgive(t *testing.T) {
	l, _ := newLimiter(t)
	subject := limit.Subject{Key: "k", Rule: limit.Rule{Count: 2, Window: time.Minute}}
	for range 20 {
		if wait, err := l.Count(t.Context(), subject); wait != 0 || err != nil {
			t.Fatalf("a forgiven event counted: wait %s, %v", wait, err)
		}
		if err := l.Forgive(t.Context(), subject); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRefusedCountsNowhere: who is refused by one subject's rule uses up no
// other's, such as that of a day or of an office.
func TestRefusedCountsNowhere(t *testing.T) {
	l, now := newLimiter(t)
	short := limit.Subject{Key: "short", Rule: limit.Rule{Count: 2, Window: time.Minute}}
	day := limit.Subject{Key: "day", Rule: limit.Rule{Count: 5, Window: 24 * time.Hour}}
	for range 50 {
		if _, err := l.Count(t.Context(), short, day); err != nil {
			t.Fatal(err)
		}
	}
	*now = now.Add(time.Minute)
	if wait, err := l.Count(t.Context(), short, day); wait != 0 || err != nil {
		t.Errorf("48 refused events closed the day: wait %s, %v", wait, err)
	}
}

func TestCountAtOnce(t *testing.T) {
	l, _ := newLimiter(t)
	subject := limit.Subject{Key: "k", Rule: limit.Rule{Count: 10, Window: time.Minute}}
	var admitted atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			wait, err := l.Count(t.Context(), subject)
			if err != nil {
				t.Error(err)
			}
			if wait == 0 {
				admitted.Add(1)
			}
		})
	}
	wg.Wait()
	if n := admitted.Load(); n == 0 || n > 10 {
		t.Errorf("%d of 100 events were admitted, want at most 10", n)
	}
}

func TestStoreFailureIsNoAdmission(t *testing.T) {
	l, _ := newLimiter(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	subject := limit.Subject{Key: "k", Rule: limit.Rule{Count: 1, Window: time.Minute}}
	if _, err := l.Count(ctx, subject); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := l.Forgive(ctx, subject); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
