package journey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestFromTheFuture: what was made while the clock was ahead is no good when it is
// right again, as it is after a restart.
func TestFromTheFuture(t *testing.T) {
	for name, make := range map[string]func(*desk) (use func() error){
		"journey": func(d *desk) func() error {
			v := d.browser(directory.Client)
			id := d.begin(v, "ann@acme.example").Journey.ID
			return func() error { _, err := d.Load(t.Context(), v, id); return err }
		},
		"ticket": func(d *desk) func() error {
			secret := d.enterTech()
			return func() error {
				_, err := d.Enter(t.Context(), d.browser(directory.Tech), journey.TicketEnter, secret)
				return err
			}
		},
	} {
		d := newDesk(t)
		use := make(d)
		d.advance(-clock.Tolerance)
		if err := use(); err != nil {
			t.Errorf("%s, within the tolerance: %v", name, err)
		}
		d.advance(clock.Tolerance)
		use = make(d)
		d.advance(-clock.Tolerance - time.Second)
		if err := use(); !errors.Is(err, journey.ErrNotFound) {
			t.Errorf("%s from the future: %v", name, err)
		}
	}
}

// TestCodeFromTheFuture: a code lives for its time, also in a journey that is near
// its end, and so looks like one of now.
func TestCodeFromTheFuture(t *testing.T) {
	for name, form := range map[string]func(code, link string) journey.Form{
		"code": func(code, _ string) journey.Form { return journey.Form{Code: code} },
		"link": func(_, link string) journey.Form { return journey.Form{Token: link} },
	} {
		d := newDesk(t)
		v := d.browser(directory.Client)
		id := d.askForCode(v, "ann@acme.example")
		for range 4 { // as long as a journey may take, but for a moment
			d.advance(29 * time.Minute)
			d.wants(d.post(v, id, journey.StepProve, d.resend(id)), journey.StepProve)
		}
		code, link := d.mails.newest(t)
		d.advance(-20 * time.Minute)
		if _, err := d.Load(t.Context(), v, id); err != nil {
			t.Fatalf("the journey itself: %v", err)
		}
		out := d.post(v, id, journey.StepProve, form(code, link))
		if out.Problem == nil || out.Problem.Key != "problem.code_expired" {
			t.Errorf("%s: %+v, at step %s", name, out.Problem, out.Step.Name)
		}
		sent := d.mails.count()
		d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
		if d.mails.count() != sent+1 {
			t.Errorf("%s: asked for again, there are %d mails, want %d", name, d.mails.count(), sent+1)
		}
	}
}

// TestLinkedInTheFuture: who was linked while the clock was ahead keeps nobody out who
// gets the address, and a code, afterwards.
func TestLinkedInTheFuture(t *testing.T) {
	d := newDesk(t)
	signsIn := func(person string) journey.Outcome {
		v := d.browser(directory.Client)
		_, location := d.toProvider(v, "ann@acme.example")
		out, err := d.Callback(t.Context(), v, d.pick(location, person))
		if err != nil {
			t.Fatal(err)
		}
		id := out.Journey.ID
		if out.Step.Name == journey.StepProve {
			code, _ := d.mails.newest(t)
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
		}
		return d.post(v, id, journey.StepStay, journey.Form{Stay: "yes"})
	}
	const ahead = 365 * 24 * time.Hour
	d.advance(ahead)
	d.started(signsIn(oidAnn))
	d.advance(-ahead)
	d.started(signsIn(oidAgain))
	d.wantLink("c-ann", oidAgain, true)
}
