package journey_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// overtakenStore has something happen right before somebody is signed out.
type overtakenStore struct {
	journey.Store
	before func()
}

func (s overtakenStore) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	s.before()
	return s.Store.EndAt(ctx, address, choose)
}

// TestSignOutEverywhereMeanwhile: a sign-in that is finished while its person signs out
// everywhere leaves no session behind.
func TestSignOutEverywhereMeanwhile(t *testing.T) {
	d := newDesk(t)
	here, there := d.browser(directory.Client), d.browser(directory.Client)
	s := d.started(d.signIn(here, "ann@acme.example", "no", ""))
	id := d.wants(d.prove(there, "ann@acme.example"), journey.StepStay).Journey.ID
	finished := ""
	d.Store = overtakenStore{Store: d.Store, before: func() {
		d.started(d.post(there, id, journey.StepStay, journey.Form{Stay: "no"}))
		finished = d.stored(id).Finished
	}}
	if err := d.SignOutEverywhere(t.Context(), here, s); err != nil {
		t.Fatal(err)
	}
	if left := d.sessions(directory.KindContact, "c-ann"); len(left) > 0 || finished == "" {
		t.Errorf("%d sessions are left; finished by %q", len(left), finished)
	}
}

// TestSignOutHere: all that was begun in this browser ends with a sign-out there, by whomever;
// what was begun elsewhere by others does not.
func TestSignOutHere(t *testing.T) {
	for _, everywhere := range []bool{false, true} {
		t.Run(fmt.Sprintf("everywhere %t", everywhere), func(t *testing.T) {
			d := newDesk(t)
			const two = "two@acme.example"
			here := d.browser(directory.Client)
			s := d.started(d.signInAt(here, "Two@acme.example", oidLoose)) // whom a tenant alone vouches for
			here.Browser = session.NewSecret()                             // as that of one that was closed: who stays signed in still is
			begun := func(v journey.Visit, address string) string {
				return d.wants(d.prove(v, address), journey.StepStay).Journey.ID
			}
			ends, elsewhere, another := begun(here, two), begun(d.browser(directory.Client), two), begun(here, "ann@acme.example")
			var err error
			if everywhere {
				err = d.SignOutEverywhere(t.Context(), here, s)
			} else {
				err = d.SignOut(t.Context(), here, s)
			}
			if err != nil {
				t.Fatal(err)
			}
			d.wantsAlive(s, false)
			for id, goesOn := range map[string]bool{ends: false, elsewhere: true, another: false} {
				if _, err := d.store.Journey(t.Context(), id); (err == nil) != goesOn {
					t.Errorf("of %v: %v, want it to go on %t", id, err, goesOn)
				}
			}
		})
	}
}

// TestSignOutEverywhereOfBegun: what was begun elsewhere ends as well where nothing is proved in
// it: in the browsers of the sessions that end; and where the address is proved, or leads to
// none but their records, in all browsers.
func TestSignOutEverywhereOfBegun(t *testing.T) {
	for _, c := range []struct {
		name, address, identity string   // none: by mail
		beyond                  bool     // whether that goes on which was begun where no session ends
		off                     []string // contacts who are switched off
	}{
		{"whose address is proved", "two@acme.example", "", false, nil},
		{"whom a tenant alone vouches for", "two@acme.example", oidLoose, true, nil},
		{"whom a tenant alone vouches for, as all that the address has", "both@acme.example", oidTwo, false, nil},
		{"whom a tenant alone vouches for, as all that the address opens", "two@acme.example", oidLoose, false, []string{"c-two-borg", "c-two-strict"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.startProvider([]standin.Person{
				{Tenant: tenantAcme, ObjectID: oidLoose, Username: "two@acme.example", Email: "two@acme.example"},
				{Tenant: tenantAcme, ObjectID: oidTwo, Username: "both@acme.example", Email: "both@acme.example"},
			})
			delete(d.Settings.Platforms, directory.Tech)
			delete(d.Settings.Platforms, directory.Admin)
			signedIn := func(v journey.Visit) session.Session {
				if c.identity == "" {
					return d.started(d.signIn(v, c.address, "no", "acme"))
				}
				return d.started(d.signInAt(v, c.address, c.identity))
			}
			here, there, another := d.browser(directory.Client), d.browser(directory.Client), d.browser(directory.Client)
			s, other, others := signedIn(here), signedIn(there), d.started(d.signIn(another, c.address, "no", "borg"))
			for _, id := range c.off {
				d.edit(func(e directory.Editor) error {
					off, err := e.Contact(t.Context(), id)
					off.Active = false
					return errors.Join(err, e.PutContact(off))
				})
			}
			before := here
			here.Browser = session.NewSecret() // as that of one that was closed: who stays signed in still is
			begun := map[string]string{
				"here": d.begin(here, c.address).Journey.ID, "here before": d.begin(before, c.address).Journey.ID, "there": d.begin(there, c.address).Journey.ID,
				"beyond": d.begin(d.browser(directory.Client), c.address).Journey.ID, "beside another account": d.begin(another, c.address).Journey.ID,
				"another address": d.begin(there, "ann@acme.example").Journey.ID,
			}
			if err := d.SignOutEverywhere(t.Context(), here, s); err != nil {
				t.Fatal(err)
			}
			d.wantsAlive(other, false)
			d.wantsAlive(others, c.beyond)
			for name, id := range begun {
				_, err := d.store.Journey(t.Context(), id)
				if goesOn := c.beyond && (name == "beyond" || name == "beside another account"); (err == nil) != goesOn {
					t.Errorf("%s: %v, want it to go on %t", name, err, goesOn)
				}
			}
		})
	}
}

// TestEndOther: with a session that its person ends from another browser ends what they
// began beside it there and did not finish, as if they had signed out there: also where
// nothing is proved yet, since that browser may send a password once more. Elsewhere it goes on.
func TestEndOther(t *testing.T) {
	for _, c := range []struct {
		name, identity string // by which the person is signed in here; none: by mail
	}{
		{"whose address is proved", ""},
		{"whom a tenant alone vouches for", oidLoose},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			const two = "two@acme.example"
			begun := func(v journey.Visit, identity string) string {
				if identity == "" {
					return d.wants(d.prove(v, two), journey.StepStay).Journey.ID
				}
				out, err := d.atProvider(v, two, identity)
				if err != nil {
					t.Fatal(err)
				}
				return d.wants(out, journey.StepStay).Journey.ID
			}
			signedIn := func(v journey.Visit, identity, account string) session.Session {
				out := d.post(v, begun(v, identity), journey.StepStay, journey.Form{Stay: "no"})
				if out.Started == nil {
					out = d.post(v, out.Journey.ID, journey.StepAccount, journey.Form{Account: account})
				}
				return d.started(out)
			}
			here, there := d.browser(directory.Client), d.browser(directory.Client)
			s, other, beyond := signedIn(here, c.identity, "acme"), signedIn(there, "", "acme"), signedIn(d.browser(directory.Client), "", "borg")
			s.Address = "Two@acme.example" // as it was typed
			unfinished := map[string]string{
				"by mail": begun(there, ""), "by a provider": begun(there, oidLoose), "nothing proved": d.begin(there, two).Journey.ID,
				"here": begun(here, ""), "elsewhere": begun(d.browser(directory.Client), oidLoose),
			}
			wants := func(goesOn bool, ended ...string) {
				t.Helper()
				d.wantsAlive(s, true)
				d.wantsAlive(other, goesOn)
				for name, id := range unfinished {
					if _, err := d.store.Journey(t.Context(), id); slices.Contains(ended, name) == (err == nil) {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			for _, id := range []string{"", "nothing"} {
				if err := d.EndOther(t.Context(), s, id); err != nil {
					t.Fatal(err)
				}
			}
			wants(true)
			if err := d.EndOther(t.Context(), s, other.ID); err != nil {
				t.Fatal(err)
			}
			wants(false, "by mail", "by a provider", "nothing proved")
			if err := d.EndOther(t.Context(), s, beyond.ID); err != nil {
				t.Fatal(err)
			}
			d.wantsAlive(beyond, c.identity != "")
		})
	}
}
