package limit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// hourly is a ceiling of n in an hour, and the parts of it.
func hourly(n int) (all limit.Subject, part func(name string) limit.Subject) {
	rule := limit.Window{Count: n, Span: time.Hour}
	return limit.Subject{Key: "all", Rule: rule, Ceiling: "limits x_overall"}, func(name string) limit.Subject {
		return limit.Subject{Key: name, Rule: rule, Part: "limits x_overall"}
	}
}

// TestPart: a part has half of a ceiling, one at least, and then waits alone.
func TestPart(t *testing.T) {
	for n, half := range map[int]int{1: 1, 2: 1, 3: 1, 5: 2, 20: 10} {
		t.Run(fmt.Sprint("of ", n), func(t *testing.T) {
			d := newDesk(t)
			all, part := hourly(n)
			for range half {
				d.counts(0, all, part("a"))
			}
			d.counts(time.Hour, all, part("a"))
			d.counts(0, all, part("b"))
			d.waits(0, all)
			d.now = d.now.Add(time.Hour)
			d.counts(0, all, part("a"))
		})
	}
}

// TestPartsTogether reach the ceiling, which holds each part to a tenth.
func TestPartsTogether(t *testing.T) {
	d := newDesk(t)
	all, part := hourly(20)
	person := limit.Subject{Key: "person", Rule: limit.Window{Count: 10, Span: 2 * time.Hour}}
	for range 9 {
		d.counts(0, all, part("a"))
		d.counts(0, all, part("b"))
	}
	d.counts(0, all, part("b"), person)
	d.waits(0, all, person)
	d.counts(0, all, part("a"))
	d.waits(time.Hour, all, person)
	for range 2 {
		d.counts(0, all, part("c"))
	}
	d.waits(time.Hour, all, part("c"))
}

// TestPartsSpan is that of the ceiling: what a part has is no half of two spans
// within one of the ceiling's, nor does it wait when that is over.
func TestPartsSpan(t *testing.T) {
	d := newDesk(t)
	all, part := hourly(20)
	at := func(after time.Duration) { d.now = start.Add(after) }
	d.counts(0, all)
	at(30 * time.Minute)
	for range 10 {
		d.counts(0, all, part("a"))
	}
	d.waits(30*time.Minute, all, part("a"))

	at(time.Hour)
	d.counts(0, all)
	for range 10 {
		d.counts(0, all, part("a"))
	}
	at(90 * time.Minute)
	d.waits(30*time.Minute, all, part("a"))
	d.waits(0, all, part("b"))

	// What is taken back makes room, in this span alone.
	d.ok(d.Forgive(t.Context(), all, part("a")))
	d.counts(0, all, part("a"))
	d.waits(30*time.Minute, all, part("a"))
	at(2 * time.Hour)
	d.counts(0, all)
	d.ok(d.Forgive(t.Context(), all, part("a")))
	if n := d.count("a"); n != 0 {
		t.Errorf("%d are left of the span before", n)
	}
}

// TestPartIsTold: the operator is told of a part that has used up its half, at
// most once a minute.
func TestPartIsTold(t *testing.T) {
	d := newDesk(t)
	all, part := hourly(4)
	for range 2 {
		d.counts(0, all, part("a"))
	}
	if d.log.Len() > 0 {
		t.Errorf("told before it was used up: %s", d.log.String())
	}
	for range 61 {
		d.counts(time.Hour-d.now.Sub(start), all, part("a"))
		d.waits(0, all, part("b"))
		d.now = d.now.Add(time.Second)
	}
	log := d.log.String()
	if strings.Count(log, "\n") != 2 || !strings.Contains(log, `level=WARN`) || !strings.Contains(log, `option="limits x_overall" count=a wait=1h0m0s`) {
		t.Errorf("log of a minute:\n%s", log)
	}
}
