package journey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestSwitchBeginsNoLife: a shorter lifetime, configured after a switch or several,
// counts from the sign-in.
func TestSwitchBeginsNoLife(t *testing.T) {
	const shorter = 7 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		wait  time.Duration // before each switch
		alive bool
	}{
		{"over", 4 * 24 * time.Hour, false},
		{"not over", 3 * 24 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			first := d.signIn(v, "two@acme.example", "yes", "acme").Started.Session
			last := first
			for _, account := range []string{"borg", "acme"} {
				d.advance(c.wait)
				v.Current = &last.Key
				out, err := d.SwitchAccount(t.Context(), v, last, account)
				if err != nil || out.Started == nil {
					t.Fatalf("%+v, %v", out, err)
				}
				last = out.Started.Session
			}
			reloaded, err := session.NewManager(session.Options{Store: d.store, Capacity: 1000, Idle: d.Settings.Idle, Now: d.clock,
				Lifetime: d.Settings.Lifetime, Persistent: shorter, Stands: func(session.Session, directory.People) bool { return true }})
			if err != nil {
				t.Fatal(err)
			}
			s, err := reloaded.Alive(t.Context(), last.Key)
			switch {
			case !c.alive && !errors.Is(err, session.ErrNotFound):
				t.Errorf("signed in at %s, it lives at %s until %s, %v", first.Created, d.clock(), s.Expires, err)
			case c.alive && (err != nil || !s.Expires.Equal(first.Created.Add(shorter))):
				t.Errorf("signed in at %s, it ends at %s, %v", first.Created, s.Expires, err)
			}
		})
	}
}
