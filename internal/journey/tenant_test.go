package journey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// TestTenantThatLeadsNowhere: the word of a tenant with an account that does not admit the
// provider is no proof: who came by it is asked for a code, which opens the other accounts.
func TestTenantThatLeadsNowhere(t *testing.T) {
	d := newDesk(t)
	d.edit(func(e directory.Editor) error {
		return errors.Join(
			e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Methods: []string{"password"}, Tenants: directory.Tenants{{Tenant: tenantOther}}, Active: true}),
			e.PutAccount(directory.Account{ID: "strict", Name: "Strict", Active: true}))
	})
	d.startProvider([]standin.Person{{Tenant: tenantOther, ObjectID: oidAlien, Username: "two@acme.example", Email: "two@acme.example"}})
	v := d.browser(directory.Client)
	_, location := d.toProvider(v, "two@acme.example")
	out, err := d.Callback(t.Context(), v, d.pick(location, oidAlien))
	if err != nil {
		t.Fatal(err)
	}
	if d.wants(out, journey.StepProve); out.Step.Confirms != "microsoft" {
		t.Fatalf("a code confirms %q", out.Step.Confirms)
	}
	code, _ := d.mails.newest(t)
	out = d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	out = d.wants(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
	if s := d.started(d.post(v, out.Journey.ID, journey.StepAccount, journey.Form{Account: "borg"})); s.EntityID != "c-two-borg" || s.Method != "microsoft" {
		t.Errorf("session %+v", s)
	}
}

// lists has an account list tenants from now on, as an import does.
func (d *desk) lists(account string, tenants ...string) {
	d.t.Helper()
	d.advance(time.Second)
	d.edit(func(e directory.Editor) error {
		a, err := e.Account(d.t.Context(), account)
		a.Tenants = a.Tenants.Relist(tenants, d.now)
		return errors.Join(err, e.PutAccount(a))
	})
}

// TestTenantListedAgain vouches for nobody by what came from there before: a session in
// the account ends, and one elsewhere, to which it came along at a switch, does not lead
// back, whatever becomes of the contact meanwhile.
func TestTenantListedAgain(t *testing.T) {
	const account, contact, address = "strict", "c-two-strict", "two@acme.example"
	removed := func(d *desk) {
		d.edit(func(e directory.Editor) error { return e.DeleteContact(contact) })
	}
	comes := func(d *desk) {
		d.edit(func(e directory.Editor) error {
			return e.PutContact(directory.Contact{ID: contact, Email: address, Account: account, Active: true})
		})
	}
	unlisted := func(d *desk) { d.lists(account) }
	listed := func(d *desk) { d.lists(account, tenantOther) }
	for _, c := range []struct {
		name  string
		edits []func(*desk)
		leads bool // to the account, without another sign-in at the provider
	}{
		{"nothing happens", nil, true},
		{"another tenant is listed, too", []func(*desk){func(d *desk) { d.lists(account, tenantAcme, tenantOther) }}, true},
		{"it is taken off and listed again", []func(*desk){unlisted, listed}, false},
		{"it is taken off", []func(*desk){unlisted}, false},
		{"the contact leaves before, and comes back after", []func(*desk){removed, unlisted, listed, comes}, false},
		{"the contact leaves in between, and comes back after", []func(*desk){unlisted, removed, listed, comes}, false},
		{"the contact leaves before, and comes back in between", []func(*desk){removed, unlisted, comes, listed}, false},
		{"the contact leaves, and comes back", []func(*desk){removed, comes}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			listed(d)
			d.startProvider([]standin.Person{{Tenant: tenantOther, ObjectID: oidAlien, Username: address, Email: address, Name: "Not Tova"}})
			v := d.browser(directory.Client)
			from := d.signIn(v, address, "yes", "borg").Started.Session
			switchTo := func(to string) journey.Outcome {
				t.Helper()
				v.Current = &from.Key
				out, err := d.SwitchAccount(t.Context(), v, from, to)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			out, err := d.Callback(t.Context(), v, d.pick(switchTo(account).Location, oidAlien))
			if err != nil || out.Started == nil {
				t.Fatalf("step %s, %v", out.Step.Name, err)
			}
			from = out.Started.Session
			from = switchTo("borg").Started.Session
			for _, edit := range c.edits {
				edit(d)
			}
			d.wantsAlive(from, true)
			if out := switchTo(account); (out.Started != nil) != c.leads {
				t.Errorf("it leads there: %t; step %s", out.Started != nil, out.Step.Name)
			}
		})
	}
}

// TestTenantEndsWithin: a session in the account does not outlive the word that it rests
// on, and does not come back with it.
func TestTenantEndsWithin(t *testing.T) {
	d := newDesk(t)
	s := d.signInAt(d.browser(directory.Client), "two@acme.example", oidLoose).Started.Session
	d.wantsAlive(s, true)
	d.lists("acme")
	d.wantsAlive(s, false)
	d.lists("acme", tenantAcme)
	d.wantsAlive(s, false)
}
