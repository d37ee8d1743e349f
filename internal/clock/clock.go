// Package clock owns the time that lifetimes are judged by. Everything that
// expires does so by the machine's clock; where that goes back, what was over
// would be good again, and nothing tells by how much. So the time here never
// goes back, and while the machine's is behind it, [Clock.Check] fails.
package clock

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Tolerance is how far a clock may go back, or be ahead of another server's,
// without anybody being refused: more than a leap second or what a time daemon
// sets at once on a machine that is kept (chrony's makestep 1 s, ntpd's 128 ms),
// and far less than any lifetime, the shortest of which is a minute.
const Tolerance = 5 * time.Second

// Behind says that the clock went back: the latest time seen is this much ahead
// of it.
type Behind struct {
	Latest time.Time
	By     time.Duration
}

func (b *Behind) Error() string {
	return fmt.Sprintf("the machine's clock went back: it is %s behind %s, which it has shown before. "+
		"Nobody is let in until it is there again; if it is right now, reload or restart Caddy (caddy reload --force)",
		b.By.Round(time.Second), b.Latest.UTC().Format(time.RFC3339))
}

// Clock is a clock that does not go back. It is safe for concurrent use.
type Clock struct {
	machine func() time.Time
	latest  atomic.Int64 // seen, in Unix nanoseconds
}

// New makes a Clock over the machine's, which it looks at now.
func New(machine func() time.Time) *Clock {
	c := &Clock{machine: machine}
	c.latest.Store(machine().UnixNano())
	return c
}

// resolution is how exactly the latest time is remembered, so that processors
// do not contend for it with each request.
const resolution = 50 * time.Millisecond

// look returns the machine's time and how far it is behind the latest seen. Two
// times with a reading of the monotonic clock would be compared by that, which
// stands still while a machine is suspended, and knows of no time that was set.
func (c *Clock) look() (now time.Time, behind time.Duration) {
	now = c.machine().Round(0)
	for {
		latest := c.latest.Load()
		behind = time.Duration(latest - now.UnixNano())
		if behind > -resolution || c.latest.CompareAndSwap(latest, now.UnixNano()) {
			return now, behind
		}
	}
}

// Now returns the time: the machine's, or the latest seen while that is behind.
func (c *Clock) Now() time.Time {
	now, behind := c.look()
	if behind <= 0 {
		return now
	}
	return now.Add(behind)
}

// Check returns a [*Behind] while the machine's clock is behind the latest time
// seen by more than [Tolerance]: no lifetime can be known.
func (c *Clock) Check() error {
	_, err := c.Judge()
	return err
}

// Judge returns the time by which lifetimes are judged now, or the error of
// [Clock.Check].
func (c *Clock) Judge() (time.Time, error) {
	now, behind := c.look()
	switch {
	case behind <= 0:
		return now, nil
	case behind <= Tolerance:
		return now.Add(behind), nil
	}
	return time.Time{}, &Behind{now.Add(behind), behind}
}

// Ahead reports whether a time at which something is said to have happened is
// yet to come at now: it was written while a clock was ahead, and says nothing.
func Ahead(t, now time.Time) bool { return t.After(now.Add(Tolerance)) }

// Good reports whether what ends at a time, and lives for no longer than life,
// is good at now: it has not ended, and was not made while a clock was ahead.
func Good(ends time.Time, life time.Duration, now time.Time) bool {
	return now.Before(ends) && !Ahead(ends, now.Add(life))
}
