package journey_test

import (
	"fmt"
	"testing"
	"time"
)

// TestFloodLeavesNothing: what sign-ins from many clients, and wrong
// passwords and mails on the way, leave in the store is gone by sweeping when
// their time is over.
func TestFloodLeavesNothing(t *testing.T) {
	d := newDesk(t)
	const journeys = 500
	for i := range journeys {
		ip := fmt.Sprintf("2001:db8:%x:%x::1", i/100, i%100)
		d.tryBegin(ip, "ann@acme.example")
		d.tryBegin(ip, fmt.Sprintf("x%d@nowhere.example", i))
	}
	for i := range 50 {
		ip := fmt.Sprintf("203.0.113.%d", i)
		d.askForMail(d.at(ip), fmt.Sprintf("new%d@acme.example", i))
		d.tryPassword(d.at(ip), "both@acme.example", "wrong")
	}
	sweep := func() (journeys, counts int) {
		t.Helper()
		for _, s := range []struct {
			n     *int
			sweep func() (int, error)
		}{
			{&journeys, func() (int, error) { return d.store.SweepJourneys(t.Context(), d.clock(), 1000) }},
			{&counts, func() (int, error) { return d.store.SweepCounts(t.Context(), d.clock(), 1000) }},
		} {
			for n := 1000; n == 1000; *s.n += n {
				var err error
				if n, err = s.sweep(); err != nil {
					t.Fatal(err)
				}
			}
		}
		return journeys, counts
	}
	if n, counts := sweep(); n != 0 || counts != 0 {
		t.Fatalf("%d journeys and %d counts were swept before their time", n, counts)
	}
	d.advance(31 * time.Minute)
	n, counts := sweep()
	if n < journeys || counts < 2*journeys {
		t.Errorf("%d journeys and %d counts were there", n, counts)
	}
	d.advance(25 * time.Hour)
	if n, counts := sweep(); n != 0 || counts > 110 {
		t.Errorf("%d journeys and %d counts were left", n, counts)
	}
	if n, err := d.store.SweepCounts(t.Context(), d.clock().Add(1000*time.Hour), 1000); n != 0 || err != nil {
		t.Errorf("%d counts are left for good, %v", n, err)
	}
}
