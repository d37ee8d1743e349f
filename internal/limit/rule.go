package limit

import (
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
)

// Rule says which events are admitted, by those that were counted before.
type Rule interface {
	// wait is how long the next event has to wait; 0: it is admitted.
	wait(c Counter, now time.Time) time.Duration
	// add counts an event at now.
	add(c Counter, now time.Time) Counter
	// takeBack undoes the newest of the events, of which there is one at least.
	takeBack(c Counter) Counter
	// memory is how long after its newest event a count is forgotten at most.
	memory() time.Duration
	// times admits n events, and one at least, for each d of this rule.
	times(n, d int) Rule
}

// Times is a rule that admits n times as many events.
func Times(n int, r Rule) Rule { return r.times(n, 1) }

// current is the counter as it counts at now: the zero value where it is to be
// forgotten, or where its end is so far away that it was counted while a clock
// was ahead: it would refuse people for longer than the rule says.
func current(r Rule, c Counter, now time.Time) Counter {
	if !clock.Good(c.Reset, r.memory(), now) {
		return Counter{}
	}
	return c
}

// leastWait is the shortest wait that is told: none rounds to nothing.
const leastWait = time.Second

// Window admits Count events in a Span that begins with the first of them;
// then the count begins anew.
type Window struct {
	Count int
	Span  time.Duration
}

func (w Window) memory() time.Duration { return w.Span }

func (w Window) times(n, d int) Rule {
	w.Count = max(w.Count*n/d, 1)
	return w
}

func (w Window) wait(c Counter, now time.Time) time.Duration {
	if c.Count < w.Count {
		return 0
	}
	return max(c.Reset.Sub(now), leastWait)
}

func (w Window) add(c Counter, now time.Time) Counter {
	c.Count++
	if c.Reset.IsZero() {
		c.Reset = now.Add(w.Span)
	}
	return c
}

func (w Window) takeBack(c Counter) Counter {
	c.Count--
	return c
}

// Growing is for failures: some are free, and from then on each has the next
// one wait, the first for First, every further one twice as long as the one
// before, but never longer than Longest.
type Growing struct {
	Free int
	// Span, where set, is that of a [Window] in which the free ones are
	// counted: for a subject that many share, who fail now and then all day.
	Span           time.Duration
	First, Longest time.Duration
	// Forget is the time without a failure after which all is forgotten; no
	// shorter than Longest.
	Forget time.Duration
}

func (g Growing) memory() time.Duration { return max(g.Span, g.Forget) }

func (g Growing) times(n, d int) Rule {
	g.Free = max(g.Free*n/d, 1)
	return g
}

func (g Growing) wait(c Counter, now time.Time) time.Duration {
	if c.Count < g.Free {
		return 0
	}
	pause := g.pause(c.Count)
	left := c.Last.Add(pause).Sub(now)
	if left <= 0 || clock.Ahead(c.Last, now) { // long over; or it is no time that has been
		return 0
	}
	return max(left, leastWait)
}

// pause is how long the failure of that number has the next one wait.
func (g Growing) pause(number int) time.Duration {
	pause := g.First
	for ; number > g.Free && pause < g.Longest; number-- {
		pause *= 2
	}
	return min(pause, g.Longest)
}

func (g Growing) add(c Counter, now time.Time) Counter {
	c.Count++
	c.Before, c.Last = c.Last, now
	switch {
	case g.remembers(c.Count):
		c.Reset = now.Add(g.Forget)
	case c.Reset.IsZero():
		c.Reset = now.Add(g.Span)
	}
	return c
}

func (g Growing) takeBack(c Counter) Counter {
	remembered := g.remembers(c.Count)
	c.Count--
	c.Last = c.Before
	switch {
	case g.remembers(c.Count):
		c.Reset = c.Last.Add(g.Forget)
	case remembered: // free ones alone are left; when the first of them was is not known any more
		c.Reset = c.Last.Add(g.Span)
	}
	return c
}

// remembers reports whether the failure of that number is remembered for
// Forget; the free ones in a Span end with it.
func (g Growing) remembers(number int) bool { return g.Span == 0 || number > g.Free }
