package limit

import (
	"testing"
	"time"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// event is something that happens at a time, and what comes of it.
type event struct {
	at   time.Duration // since start
	what string        // "fail" counts, "ask" does not, "right" is counted and taken back
	want time.Duration // wait before it, 0 where it is admitted
}

// play goes through events under one rule. One that is refused is not counted.
func play(t *testing.T, rule Rule, events []event) {
	t.Helper()
	var c Counter
	for i, e := range events {
		now := start.Add(e.at)
		c = current(rule, c, now)
		if got := rule.wait(c, now); got != e.want {
			t.Fatalf("event %d, %s at %s: wait %s, want %s (%+v)", i, e.what, e.at, got, e.want, c)
		}
		if e.want > 0 || e.what == "ask" {
			continue
		}
		c = rule.add(c, now)
		if e.what == "right" {
			c = rule.takeBack(c)
		}
	}
}

// times repeats an event.
func times(n int, e event) (out []event) {
	for range n {
		out = append(out, e)
	}
	return out
}

func seq(parts ...[]event) (out []event) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestWindow(t *testing.T) {
	const m = time.Minute
	rule := Window{Count: 3, Span: 10 * m}
	for _, tt := range []struct {
		name   string
		events []event
	}{
		{"a window is full, and over", []event{
			{0, "fail", 0}, {m, "fail", 0}, {2 * m, "fail", 0}, {2 * m, "fail", 8 * m}, {4 * m, "fail", 6 * m},
			{10*m - time.Millisecond, "fail", time.Second}, // never a wait that rounds to nothing
			{10 * m, "fail", 0}, {11 * m, "fail", 0}, {12 * m, "fail", 0}, {13 * m, "ask", 7 * m}}},
		{"right ones do not count", seq([]event{{0, "fail", 0}, {0, "fail", 0}}, times(20, event{m, "right", 0}), []event{{2 * m, "fail", 0}, {2 * m, "ask", 8 * m}})},
		{"right ones do not move the end", []event{{0, "fail", 0}, {9 * m, "right", 0}, {9 * m, "fail", 0}, {9 * m, "fail", 0}, {9 * m, "ask", m}, {10 * m, "ask", 0}}},
		{"the clock is set back within the tolerance", seq(times(3, event{5 * time.Second, "fail", 0}), []event{{0, "ask", 10*m + 5*time.Second}})},
		{"the clock is set back by more", seq(times(3, event{6 * time.Second, "fail", 0}), []event{{0, "ask", 0}})},
		{"the clock was ahead", seq(times(3, event{1000 * time.Hour, "fail", 0}), []event{{0, "ask", 0}})},
		{"the clock jumps ahead", seq(times(3, event{0, "fail", 0}), []event{{1000 * time.Hour, "ask", 0}})},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, rule, tt.events) })
	}
}

func TestGrowing(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	free := times(3, event{0, "fail", 0})
	longest := seq(free, []event{
		{0, "ask", 30 * s}, {30 * s, "fail", 0}, {30 * s, "ask", m}, {90 * s, "fail", 0}, {90 * s, "ask", 2 * m},
		{210 * s, "fail", 0}, {210 * s, "ask", 4 * m}, {450 * s, "fail", 0}, {450 * s, "ask", 5 * m},
		{750 * s, "fail", 0}, {750 * s, "ask", 5 * m}})
	for _, tt := range []struct {
		name   string
		rule   Growing
		events []event
	}{
		{"waits double up to the longest", Growing{Free: 3}, longest},
		{"the wait is from the last failure", Growing{Free: 3}, []event{{0, "fail", 0}, {h, "fail", 0}, {2 * h, "fail", 0}, {2 * h, "ask", 30 * s}, {3 * h, "fail", 0}, {3*h + 20*s, "ask", 40 * s}}},
		{"never a wait that rounds to nothing", Growing{Free: 3}, seq(free, []event{{30*s - time.Millisecond, "ask", s}, {30 * s, "ask", 0}})},
		{"what is refused neither counts nor prolongs", Growing{Free: 3}, seq(free, times(100, event{10 * s, "fail", 20 * s}), []event{{30 * s, "fail", 0}, {30 * s, "ask", m}})},
		{"right ones do not count", Growing{Free: 3}, seq(times(2, event{0, "fail", 0}), times(20, event{s, "right", 0}), []event{{2 * s, "fail", 0}, {2 * s, "ask", 30 * s}})},
		{"right ones have nobody wait", Growing{Free: 3}, seq(free, []event{{30 * s, "right", 0}, {30 * s, "right", 0}, {30 * s, "fail", 0}, {30 * s, "ask", m}, {90 * s, "right", 0}, {90 * s, "ask", 0}})},

		{"remembered while not quiet for long", Growing{Free: 3}, seq(longest, []event{{750*s + 23*h, "fail", 0}, {750*s + 23*h, "ask", 5 * m}, {750*s + 46*h, "fail", 0}, {750*s + 46*h, "ask", 5 * m}})},
		{"forgotten when quiet for long", Growing{Free: 3}, seq(longest, times(3, event{750*s + 24*h, "fail", 0}), []event{{750*s + 24*h, "ask", 30 * s}})},
		{"free ones are forgotten from the last", Growing{Free: 3}, []event{{0, "fail", 0}, {23 * h, "fail", 0}, {46 * h, "fail", 0}, {46 * h, "ask", 30 * s}}},
		{"right ones do not prolong the memory", Growing{Free: 3}, seq(free, []event{{12 * h, "right", 0}, {23 * h, "right", 0}, {24 * h, "fail", 0}, {24 * h, "ask", 0}})},

		{"in a span, free ones end with it", Growing{Free: 3, Span: 10 * m}, []event{
			{0, "fail", 0}, {9 * m, "fail", 0}, {10 * m, "fail", 0}, {19 * m, "fail", 0}, {20 * m, "fail", 0}, {29 * m, "fail", 0}, {29 * m, "ask", 0}}},
		{"in a span, right ones do not move its end", Growing{Free: 3, Span: 10 * m}, []event{
			{0, "fail", 0}, {m, "fail", 0}, {8 * m, "right", 0}, {9 * m, "right", 0}, {10 * m, "fail", 0}, {10 * m, "fail", 0}, {10 * m, "ask", 0}}},
		{"in a span, nor do those that come when all free ones are used up", Growing{Free: 3, Span: 10 * m}, seq(free, []event{
			{9 * m, "right", 0}, {10 * m, "fail", 0}, {10 * m, "ask", 0}})},
		{"in a span, waits are remembered beyond it", Growing{Free: 3, Span: 10 * m}, seq(free, []event{{30 * s, "fail", 0}, {h, "ask", 0}, {h, "fail", 0}, {h, "ask", 2 * m}})},
		{"in a span, right ones do not prolong the memory", Growing{Free: 3, Span: 10 * m}, seq(free, []event{
			{m, "fail", 0}, {12 * h, "right", 0}, {23 * h, "right", 0}, {24*h + m, "fail", 0}, {24*h + m, "ask", 0}})},

		{"the clock is set back within the tolerance", Growing{Free: 3}, seq(times(3, event{5 * s, "fail", 0}), []event{{0, "ask", 35 * s}})},
		{"the clock is set back by more", Growing{Free: 3}, seq(times(3, event{6 * s, "fail", 0}), []event{{0, "ask", 0}, {0, "fail", 0}, {0, "ask", 0}})},
		{"in a span, the clock is set back", Growing{Free: 3, Span: 10 * m}, seq(times(3, event{20 * s, "fail", 0}), []event{{0, "ask", 0}})},
		{"the clock was ahead", Growing{Free: 3}, seq(times(3, event{1000 * h, "fail", 0}), times(3, event{0, "fail", 0}), []event{{0, "ask", 30 * s}})},
		{"the clock jumps ahead", Growing{Free: 3}, seq(longest, []event{{1000 * h, "ask", 0}})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.First, tt.rule.Longest, tt.rule.Forget = 30*s, 5*m, 24*h
			play(t, tt.rule, tt.events)
		})
	}
}

// TestGrowingOfAnyNumber: a count of any size waits for the longest, and is no
// overflow.
func TestGrowingOfAnyNumber(t *testing.T) {
	rule := Growing{Free: 5, First: 30 * time.Second, Longest: time.Hour, Forget: 24 * time.Hour}
	for _, count := range []int{12, 100, 1 << 40} {
		c := Counter{Count: count, Last: start, Reset: start.Add(24 * time.Hour)}
		if got := rule.wait(c, start); got != time.Hour {
			t.Errorf("after %d: %s", count, got)
		}
	}
	short := Growing{Free: 1, First: 30 * time.Second, Longest: 20 * time.Second, Forget: time.Hour}
	if got := short.wait(short.add(Counter{}, start), start); got != 20*time.Second {
		t.Errorf("a first wait that is longer than the longest: %s", got)
	}
}
