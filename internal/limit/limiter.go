package limit

import (
	"context"
	"fmt"
	"time"
)

// Limiter counts events against rules.
type Limiter struct {
	Store Store
	Now   func() time.Time
}

// Subject is one thing whose events are counted: what it is about, and the
// rule that holds for it.
type Subject struct {
	Key  string
	Rule Rule
}

// Wait reports how long the subjects must wait before another event is
// admitted; 0: now. It counts nothing.
func (l Limiter) Wait(ctx context.Context, subjects ...Subject) (time.Duration, error) {
	return l.each(ctx, 0, subjects, func(c Counter, r Rule) bool { return c.Count >= r.Count })
}

// Count counts one event of each subject, and returns how long to wait where
// it is one too many; 0: it was admitted. Counting before acting is what holds
// against any number of requests at once. An event that is not admitted is
// taken back: knocking at a closed door uses up no other subject's count.
func (l Limiter) Count(ctx context.Context, subjects ...Subject) (time.Duration, error) {
	wait, err := l.each(ctx, 1, subjects, func(c Counter, r Rule) bool { return c.Count > r.Count })
	if err != nil || wait == 0 {
		return wait, err
	}
	return wait, l.Forgive(ctx, subjects...)
}

func (l Limiter) each(ctx context.Context, n int, subjects []Subject, over func(Counter, Rule) bool) (wait time.Duration, err error) {
	now := l.Now()
	for _, s := range subjects {
		counter, err := l.Store.Count(ctx, s.Key, n, now, s.Rule.Window)
		if err != nil {
			return 0, fmt.Errorf("counting attempts: %w", err)
		}
		if over(counter, s.Rule) {
			wait = max(wait, counter.Reset.Sub(now), time.Second)
		}
	}
	return wait, nil
}

// Forgive takes back one event of each subject: it turned out to be a good one.
func (l Limiter) Forgive(ctx context.Context, subjects ...Subject) error {
	_, err := l.each(ctx, -1, subjects, func(Counter, Rule) bool { return false })
	return err
}
