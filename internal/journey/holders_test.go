package journey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// overallLimits are what is counted for all people together: each with how to
// set it, how long it lasts, and how person i, who has done nothing yet, uses up
// one of it.
var overallLimits = []struct {
	name string
	set  func(l *config.Limits, n int)
	over time.Duration
	use  func(d *desk, ip string, i int) journey.Outcome
}{
	{"wrong passwords", func(l *config.Limits, n int) { l.FailuresOverall = n }, time.Hour, func(d *desk, ip string, i int) journey.Outcome {
		return d.tryPassword(d.at(ip), person(i), "wrong")
	}},
	{"wrong codes", func(l *config.Limits, n int) { l.FailuresOverall = n }, time.Hour, func(d *desk, ip string, i int) journey.Outcome {
		v := d.at(ip)
		id := d.askForCode(v, person(i))
		code, _ := d.mails.newest(d.t)
		return d.post(v, id, journey.StepProve, journey.Form{Code: another(code)})
	}},
	{"unknown addresses", func(l *config.Limits, n int) { l.UnknownAddressesOverall = n }, 15 * time.Minute, func(d *desk, ip string, i int) journey.Outcome {
		return d.tryBegin(ip, "x@nowhere.example")
	}},
	{"mails", func(l *config.Limits, n int) { l.MailsOverall = n }, 10 * time.Minute, func(d *desk, ip string, i int) journey.Outcome {
		return d.askForMail(d.at(ip), person(i))
	}},
	{"sign-ins begun", func(l *config.Limits, n int) { l.SignInsOverall = n }, 10 * time.Minute, func(d *desk, ip string, i int) journey.Outcome {
		return d.tryBegin(ip, person(i))
	}},
}

// person is one of those whom [desk.crowd] adds.
func person(i int) string { return fmt.Sprintf("p%d@acme.example", i) }

// waits is how long an outcome has somebody wait; 0: it was not refused.
func waits(out journey.Outcome) time.Duration {
	if out.Problem == nil {
		return 0
	}
	return out.Problem.Wait
}

// TestHolders: whoever holds a part of the net has half of what is for all
// people together, and nobody else is held; when two have used up theirs, all
// are; a private network is no part and has the whole number.
func TestHolders(t *testing.T) {
	for _, tt := range overallLimits {
		for _, holder := range []struct{ name, clients, others string }{
			{"a /16 of IPv4", "203.0.%d.1", "203.1.%d.1"},
			{"a /32 of IPv6", "2001:db8:%x::1", "2001:db9:%x::1"},
		} {
			t.Run(tt.name+", by who holds "+holder.name, func(t *testing.T) {
				d := newDesk(t)
				d.crowd(80)
				tt.set(&d.Settings.Limits, 20)
				l := &d.Settings.Limits
				l.FailuresPerClient, l.UnknownAddressesPerClient, l.SignInsPerClient = 10, 10, 10 // a tenth is 1
				for i := range 30 {
					out := tt.use(d, fmt.Sprintf(holder.clients, i), i)
					if refused := waits(out) > 0; refused != (i >= 10) || refused && waits(out) != tt.over {
						t.Fatalf("number %d: %+v", i+1, out.Problem)
					}
				}
				elsewhere := inHouse(1)
				for i := range 3 {
					if out := tt.use(d, elsewhere, 30+i); waits(out) > 0 {
						t.Fatalf("elsewhere, number %d: %+v", i+1, out.Problem)
					}
				}
				for i := range 10 { // the last of which find the number reached
					if out := tt.use(d, fmt.Sprintf(holder.others, i), 40+i); (waits(out) > 0) != (i >= 7) {
						t.Fatalf("the other holder, number %d: %+v", i+1, out.Problem)
					}
				}
				if out := tt.use(d, elsewhere, 60); waits(out) == 0 {
					t.Error("elsewhere, when two have used up all: not held")
				}
				if out := tt.use(d, "198.51.100.1", 61); waits(out) > 0 {
					t.Errorf("elsewhere, who has done nothing yet: %+v", out.Problem)
				}
				d.advance(tt.over)
				if out := tt.use(d, fmt.Sprintf(holder.clients, 0), 62); waits(out) > 0 {
					t.Errorf("when it is over: %+v", out.Problem)
				}
			})
		}
		t.Run(tt.name+", in a private network", func(t *testing.T) {
			d := newDesk(t)
			d.crowd(20)
			tt.set(&d.Settings.Limits, 20)
			for i := range 20 {
				if out := tt.use(d, inHouse(i/2), i); waits(out) > 0 {
					t.Fatalf("number %d: %+v", i+1, out.Problem)
				}
			}
		})
	}
}
