package journey_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// enterTech begins at client with a member's wish for tech, and returns the
// ticket that the browser is sent off with.
func (d *desk) enterTech() (secret string) {
	d.t.Helper()
	v := d.browser(directory.Client)
	id := d.wants(d.begin(v, "both@acme.example"), journey.StepPlatform).Journey.ID
	out := d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
	if !strings.HasPrefix(out.Location, "https://tech.msp.example/frontdesk/sign-in?ticket=") {
		d.t.Fatalf("sent to %q", out.Location)
	}
	return parameter(d.t, out.Location, "ticket")
}

func TestEnterTicket(t *testing.T) {
	d := newDesk(t)
	secret := d.enterTech()
	v := d.browser(directory.Tech)
	out, err := d.Enter(t.Context(), v, journey.TicketEnter, secret)
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepMethod)
	if j := out.Journey; j.Address != "both@acme.example" || j.Platform != directory.Tech || j.Destination != "/" || len(j.Proofs) != 0 || j.Stay != "" {
		t.Errorf("the ticket brought %+v", j)
	}
	if _, err := d.Enter(t.Context(), v, journey.TicketEnter, secret); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("spent twice: %v", err)
	}
	id := out.Journey.ID
	d.post(v, id, journey.StepMethod, journey.Form{Method: "password"})
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
	out = d.post(v, id, journey.StepStay, journey.Form{Stay: "no"})
	if out.Started == nil || out.Started.Session.EntityID != "m-both" || out.Location != "https://tech.msp.example/" {
		t.Errorf("started %+v, sent to %q", out.Started, out.Location)
	}
}

func TestEnterTicketRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		at    directory.Platform
		kind  journey.TicketKind
		good  bool
	}{
		{"in time", time.Minute - time.Millisecond, directory.Tech, journey.TicketEnter, true},
		{"after 60 seconds", time.Minute, directory.Tech, journey.TicketEnter, false},
		{"at another origin", 0, directory.Admin, journey.TicketEnter, false},
		{"as another kind", 0, directory.Tech, journey.TicketSwitch, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			secret := d.enterTech()
			d.advance(c.after)
			_, err := d.Enter(t.Context(), d.browser(c.at), c.kind, secret)
			if c.good != (err == nil) || !c.good && !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("error %v", err)
			}
			if _, err := d.Enter(t.Context(), d.browser(directory.Tech), journey.TicketEnter, secret); !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("good after it was shown: %v", err)
			}
		})
	}
}

func TestTicketSpentOnce(t *testing.T) {
	d := newDesk(t)
	secret := d.enterTech()
	var entered atomic.Int32
	atOnce(100, func(int) {
		_, err := d.Enter(t.Context(), d.browser(directory.Tech), journey.TicketEnter, secret)
		switch {
		case err == nil:
			entered.Add(1)
		case !errors.Is(err, journey.ErrNotFound):
			t.Error(err)
		}
	})
	if n := entered.Load(); n != 1 {
		t.Errorf("%d journeys began", n)
	}
}

// clientSession signs a person in on client who is a member too.
func (d *desk) clientSession() (journey.Visit, session.Session) {
	d.t.Helper()
	v := d.browser(directory.Client)
	id := d.begin(v, "both@acme.example").Journey.ID
	d.post(v, id, journey.StepPlatform, journey.Form{Platform: "client"})
	d.post(v, id, journey.StepMethod, journey.Form{Method: "email_token"})
	code, _ := d.mails.newest(d.t)
	d.post(v, id, journey.StepProve, journey.Form{Code: code})
	out := d.post(v, id, journey.StepStay, journey.Form{Stay: "yes"})
	if out.Started == nil {
		d.t.Fatalf("no session at %s", out.Step.Name)
	}
	s := out.Started.Session
	v.Current = &s.Key
	return v, s
}

// askTech wishes for tech, and returns what the browser there is to take up.
func (d *desk) askTech(v journey.Visit, s session.Session) (ask string) {
	d.t.Helper()
	out, err := d.SwitchPlatform(d.t.Context(), v, s, directory.Tech)
	if err != nil || out.Started != nil || !strings.HasPrefix(out.Location, "https://tech.msp.example/frontdesk/sign-in?ask=") {
		d.t.Fatalf("%+v, %v", out, err)
	}
	return parameter(d.t, out.Location, "ask")
}

func (d *desk) takeUp(v journey.Visit, ask string) (grant string) {
	d.t.Helper()
	location, err := d.TakeUp(d.t.Context(), v, ask)
	if err != nil || !strings.HasPrefix(location, "https://portal.msp.example/frontdesk/session?grant=") {
		d.t.Fatalf("sent to %q, %v", location, err)
	}
	return parameter(d.t, location, "grant")
}

func (d *desk) grant(v journey.Visit, s session.Session, grant string) (secret string) {
	d.t.Helper()
	location, err := d.Grant(d.t.Context(), v, s, grant)
	if err != nil || !strings.HasPrefix(location, "https://tech.msp.example/frontdesk/sign-in?switch=") {
		d.t.Fatalf("sent to %q, %v", location, err)
	}
	return parameter(d.t, location, "switch")
}

func TestSwitchPlatform(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	tech := d.browser(directory.Tech)
	d.advance(time.Hour)
	ask := d.askTech(client, from)
	grant := d.takeUp(tech, ask)
	secret := d.grant(client, from, grant)
	out, err := d.Enter(t.Context(), tech, journey.TicketSwitch, secret)
	if err != nil || out.Started == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	s := out.Started.Session
	if s.EntityID != "m-both" || s.Platform != directory.Tech || s.Origin != "https://tech.msp.example" || !s.Expires.Equal(from.Expires) || !s.Persistent ||
		!reflect.DeepEqual(s.Proofs, from.Proofs) || s.ID == from.ID || out.Location != "https://tech.msp.example/" {
		t.Errorf("session %+v to %s", s, out.Location)
	}
	if _, err := d.store.Session(t.Context(), from.Key); err != nil {
		t.Errorf("the session at the first origin: %v", err)
	}

	// Each ticket is spent.
	if _, err := d.TakeUp(t.Context(), tech, ask); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("asked twice: %v", err)
	}
	if _, err := d.Grant(t.Context(), client, from, grant); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("granted twice: %v", err)
	}
	if _, err := d.Enter(t.Context(), tech, journey.TicketSwitch, secret); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("switched twice: %v", err)
	}
}

// TestSwitchPlatformIsOneBrowsers: a ticket that was stolen or planted switches
// nobody.
func TestSwitchPlatformIsOneBrowsers(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	otherVisit, other := d.clientSession()
	tech, foreign := d.browser(directory.Tech), d.browser(directory.Tech)

	secret := d.grant(client, from, d.takeUp(tech, d.askTech(client, from)))
	if out, err := d.Enter(t.Context(), foreign, journey.TicketSwitch, secret); !errors.Is(err, journey.ErrNotFound) || out.Started != nil {
		t.Errorf("in a browser that did not ask: %v", err)
	}
	if _, err := d.Grant(t.Context(), otherVisit, other, d.takeUp(tech, d.askTech(client, from))); !errors.Is(err, journey.ErrRefused) {
		t.Errorf("granted by another session: %v", err)
	}
	if _, err := d.TakeUp(t.Context(), d.browser(directory.Admin), d.askTech(client, from)); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("taken up at another origin: %v", err)
	}
	if _, err := d.Grant(t.Context(), client, from, d.askTech(client, from)); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("a wish that no browser took up was granted: %v", err)
	}
	if out, err := d.Enter(t.Context(), tech, journey.TicketSwitch, d.takeUp(tech, d.askTech(client, from))); !errors.Is(err, journey.ErrNotFound) || out.Started != nil {
		t.Errorf("switched without a grant: %v", err)
	}
	if out, err := d.Enter(t.Context(), tech, journey.TicketEnter, d.grant(client, from, d.takeUp(tech, d.askTech(client, from)))); !errors.Is(err, journey.ErrNotFound) || out.Started != nil {
		t.Errorf("entered by a ticket to switch: %v", err)
	}
}

func TestSwitchTicketsExpire(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	tech := d.browser(directory.Tech)
	ask := d.askTech(client, from)
	d.advance(time.Minute)
	if _, err := d.TakeUp(t.Context(), tech, ask); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("asked late: %v", err)
	}
	grant := d.takeUp(tech, d.askTech(client, from))
	d.advance(time.Minute)
	if _, err := d.Grant(t.Context(), client, from, grant); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("granted late: %v", err)
	}
	secret := d.grant(client, from, d.takeUp(tech, d.askTech(client, from)))
	d.advance(time.Minute)
	if _, err := d.Enter(t.Context(), tech, journey.TicketSwitch, secret); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("switched late: %v", err)
	}
}

func TestSwitchFromAnEndedSession(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	tech := d.browser(directory.Tech)
	secret := d.grant(client, from, d.takeUp(tech, d.askTech(client, from)))
	if err := d.store.EndSessions(t.Context(), from.Key); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Enter(t.Context(), tech, journey.TicketSwitch, secret); !errors.Is(err, journey.ErrRefused) || out.Started != nil {
		t.Errorf("%v", err)
	}
}

// unknownLiving is that of a store that cannot be read.
type unknownLiving struct{ err error }

func (l unknownLiving) Alive(context.Context, session.Key) (session.Session, error) {
	return session.Session{}, l.err
}

// TestSwitchFromASessionThatCannotBeFound: that is no session that has ended.
func TestSwitchFromASessionThatCannotBeFound(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	tech := d.browser(directory.Tech)
	secret := d.grant(client, from, d.takeUp(tech, d.askTech(client, from)))
	broken := errors.New("reading: input/output error")
	d.Living = unknownLiving{broken}
	if out, err := d.Enter(t.Context(), tech, journey.TicketSwitch, secret); !errors.Is(err, broken) || errors.Is(err, journey.ErrRefused) || out.Started != nil {
		t.Errorf("%v", err)
	}
}

// TestSwitchPlatformAsksForAMethod: admin admits no emailed token.
func TestSwitchPlatformAsksForAMethod(t *testing.T) {
	d := newDesk(t)
	client, from := d.clientSession()
	admin := d.browser(directory.Admin)
	out, err := d.SwitchPlatform(t.Context(), client, from, directory.Admin)
	if err != nil {
		t.Fatal(err)
	}
	location, err := d.TakeUp(t.Context(), admin, parameter(t, out.Location, "ask"))
	if err != nil {
		t.Fatal(err)
	}
	if location, err = d.Grant(t.Context(), client, from, parameter(t, location, "grant")); err != nil {
		t.Fatal(err)
	}
	out, err = d.Enter(t.Context(), admin, journey.TicketSwitch, parameter(t, location, "switch"))
	if err != nil || out.Started != nil || !strings.HasPrefix(out.Location, authority) {
		t.Errorf("started %v, sent to %q, %v", out.Started, out.Location, err)
	}
}

func TestSwitchPlatformRefused(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.signIn(v, "ann@acme.example", "no", "").Started.Session
	for _, p := range []directory.Platform{directory.Tech, directory.Admin, "root", ""} {
		if out, err := d.SwitchPlatform(t.Context(), v, s, p); !errors.Is(err, journey.ErrRefused) || out.Location != "" {
			t.Errorf("to %q: %q, %v", p, out.Location, err)
		}
	}
}
