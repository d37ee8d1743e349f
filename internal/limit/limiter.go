package limit

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Limiter counts events against rules.
type Limiter struct {
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
}

// Subject is one thing whose events are counted: what it is about, and the
// rule that holds for it.
type Subject struct {
	Key  string
	Rule Rule
	// Consecutive: failures count as long as no success comes between (NIST SP
	// 800-63B-4, 3.2.2).
	Consecutive bool
	// Ceiling is set for a rule that holds for all people together: the option
	// that sets it. Whoever has many addresses could reach it at any time, so it
	// refuses nobody by itself: as long as it is reached, the other subjects of
	// an event are held to a tenth of what their rules admit, and those who have
	// done little go on. The operator is told.
	Ceiling string
	// Closes has a ceiling refuse everybody at twice the number: what is counted
	// uses up something that all share, or tells nobody apart.
	Closes bool
	// Part is set for a part of the net, to the option of a ceiling; it comes after
	// that and has the same rule. It is refused from half of the number on, one at
	// least, so that whoever holds one part reaches no ceiling alone, and as long as
	// the ceiling is reached it is held to a tenth, as others are. It is counted in
	// the ceiling's own span of time: the halves of two spans of its own could fall
	// into one of the ceiling's. The operator is told.
	Part string
}

// Wait reports how long the subjects must wait before another event is
// admitted; 0: now. It counts nothing.
func (l Limiter) Wait(ctx context.Context, subjects ...Subject) (time.Duration, error) {
	counters, err := l.Store.Counters(ctx, keysOf(subjects)...)
	if err != nil {
		return 0, fmt.Errorf("reading counts of attempts: %w", err)
	}
	now := l.Now()
	counters = currents(counters, subjects, now)
	return longest(counters, subjects, now), l.alert(ctx, counters, subjects, now)
}

// Count counts one event of each subject where all of them admit it, and
// returns 0; otherwise it counts none, and returns how long to wait.
func (l Limiter) Count(ctx context.Context, subjects ...Subject) (wait time.Duration, err error) {
	if wait, err = l.Wait(ctx, subjects...); wait > 0 || err != nil {
		return wait, err // a flood of refused attempts writes nothing
	}
	now := l.Now()
	err = l.update(ctx, subjects, func(counters []Counter) {
		counted := currents(counters, subjects, now)
		if wait = longest(counted, subjects, now); wait > 0 {
			return
		}
		for i, s := range subjects {
			counters[i] = s.Rule.add(counted[i], now)
		}
	})
	return wait, err
}

// Forgive takes back one event of each subject: it turned out to be none that
// counts.
func (l Limiter) Forgive(ctx context.Context, subjects ...Subject) error {
	return l.takeBack(ctx, subjects, func(Subject) bool { return false })
}

// Succeeded takes back one event of each subject, which turned out to be a
// success, and all of a subject whose consecutive failures are counted.
func (l Limiter) Succeeded(ctx context.Context, subjects ...Subject) error {
	return l.takeBack(ctx, subjects, func(s Subject) bool { return s.Consecutive })
}

func (l Limiter) takeBack(ctx context.Context, subjects []Subject, all func(Subject) bool) error {
	now := l.Now()
	return l.update(ctx, subjects, func(counters []Counter) {
		counted := currents(counters, subjects, now)
		for i, s := range subjects {
			if counted[i].Count <= 1 || all(s) {
				counters[i] = Counter{}
				continue
			}
			counters[i] = s.Rule.takeBack(counted[i])
		}
	})
}

func (l Limiter) update(ctx context.Context, subjects []Subject, change func([]Counter)) error {
	if len(subjects) == 0 { // the store would write all the same
		return nil
	}
	if err := l.Store.UpdateCounters(ctx, keysOf(subjects), change); err != nil {
		return fmt.Errorf("counting attempts: %w", err)
	}
	return nil
}

// currents are the counters as they count at now; those of parts, in the span of
// the ceiling before them.
func currents(counters []Counter, subjects []Subject, now time.Time) []Counter {
	out := make([]Counter, len(counters))
	var ceiling Counter
	for i, s := range subjects {
		out[i] = current(s.Rule, counters[i], now)
		switch {
		case s.Ceiling != "":
			ceiling = out[i]
		case s.Part != "" && !out[i].Reset.Equal(ceiling.Reset): // of another span, or new
			out[i] = Counter{Reset: ceiling.Reset}
		}
	}
	return out
}

// alertEvery is how often the operator is told of one ceiling, or part.
const alertEvery = time.Minute

// alert tells the operator of the ceilings that are reached, and of the parts
// that have used up their half. How long ago that was done is kept in the store
// too: several servers may share it.
func (l Limiter) alert(ctx context.Context, counters []Counter, subjects []Subject, now time.Time) error {
	for i, s := range subjects {
		c := counters[i]
		if s.reached(c, now) == 0 && (s.Part == "" || s.own(c, now) == 0) {
			continue
		}
		told, err := l.Count(ctx, Subject{Key: "told " + s.Key, Rule: Window{1, alertEvery}})
		if err != nil {
			return err
		}
		if told == 0 {
			l.tell(s, c, now)
		}
	}
	return nil
}

func (l Limiter) tell(s Subject, c Counter, now time.Time) {
	if s.Part != "" {
		l.Log.Warn("a part of the net has used up half of a limit on all people together: for now it is refused",
			"option", s.Part, "count", s.Key, "wait", s.own(c, now))
		return
	}
	l.Log.Error("a limit on all people together is reached: for now each person and client is held to a tenth of theirs",
		"option", s.Ceiling, "count", s.Key, "wait", s.reached(c, now), "everybody_refused", s.own(c, now) > 0)
}

// scarce is how many times fewer events are admitted while a ceiling is reached,
// and parts how many holders it takes to reach one.
const (
	scarce = 10
	parts  = 2
)

// longest is how long the subject that waits longest has to. The counters are
// current.
func longest(counters []Counter, subjects []Subject, now time.Time) (wait time.Duration) {
	var over time.Duration // until no ceiling is reached any more
	for i, s := range subjects {
		over = max(over, s.reached(counters[i], now))
	}
	for i, s := range subjects {
		wait = max(wait, s.own(counters[i], now), min(over, s.held(counters[i], now)))
	}
	return wait
}

// reached is how long a ceiling that is reached will be; 0 for all others.
func (s Subject) reached(c Counter, now time.Time) time.Duration {
	if s.Ceiling == "" {
		return 0
	}
	return s.Rule.wait(c, now)
}

// own is how long the subject waits by its own rule.
func (s Subject) own(c Counter, now time.Time) time.Duration {
	switch {
	case s.Part != "":
		return s.Rule.times(1, parts).wait(c, now)
	case s.Ceiling == "":
		return s.Rule.wait(c, now)
	case s.Closes:
		return s.Rule.times(2, 1).wait(c, now)
	}
	return 0
}

// held is how long it would wait while a ceiling is reached.
func (s Subject) held(c Counter, now time.Time) time.Duration {
	if s.Ceiling != "" {
		return 0
	}
	return s.Rule.times(1, scarce).wait(c, now)
}

func keysOf(subjects []Subject) []string {
	keys := make([]string, len(subjects))
	for i, s := range subjects {
		keys[i] = s.Key
	}
	return keys
}
