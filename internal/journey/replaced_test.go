package journey_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// onlyTenant has the provider sign in people of one tenant from now on.
func (d *desk) onlyTenant(tenant string) {
	d.t.Helper()
	cfg := d.Settings.Providers[0]
	cfg.Tenant = tenant
	replaced, err := provider.New(cfg, provider.Options{HTTPClient: &http.Client{Transport: handlerTransport{d.idp}}, Now: d.clock, Logger: d.Log})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Providers[cfg.Name] = replaced
}

// TestReplacedFromASession: whoever is signed in by an identity that the provider signs in
// no more, and goes on to another account or platform by a new one, takes their record over
// without being thrown out: the session that they come from lets nobody in any more.
func TestReplacedFromASession(t *testing.T) {
	both := func(tenant, oid string, vouched bool) standin.Person {
		return standin.Person{Tenant: tenant, ObjectID: oid, Username: "both@acme.example", Email: "both@acme.example", EmailDomainVerified: vouched}
	}
	for name, c := range map[string]struct {
		at   directory.Platform
		goes func(d *desk, v journey.Visit, from session.Session) (journey.Visit, journey.Outcome)
	}{
		"to an account": {directory.Client, func(d *desk, v journey.Visit, from session.Session) (journey.Visit, journey.Outcome) {
			out, err := d.SwitchAccount(t.Context(), v, from, "acme")
			if err != nil {
				t.Fatal(err)
			}
			return v, out
		}},
		"to a platform": {directory.Tech, func(d *desk, v journey.Visit, from session.Session) (journey.Visit, journey.Outcome) {
			return d.toAdmin(v, from)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.admitOn(directory.Admin, "microsoft", "email_token")
			d.startProvider([]standin.Person{both(tenantAcme, oidAnn, true), both(tenantOther, oidAlien, false)})
			v := d.browser(c.at)
			_, location := d.toProviderAs(v, "both@acme.example", c.at)
			out, err := d.Callback(t.Context(), v, d.pick(location, oidAnn))
			if err != nil {
				t.Fatal(err)
			}
			from := d.stays(v, out).Started.Session
			v.Current = &from.Key

			d.onlyTenant(tenantOther)
			v, out = c.goes(d, v, from)
			out = d.post(v, d.wants(out, journey.StepMethod).Journey.ID, journey.StepMethod, journey.Form{Method: "microsoft"})
			out, err = d.Callback(t.Context(), v, d.pick(out.Location, oidAlien))
			if err != nil {
				t.Fatal(err)
			}
			code, _ := d.mails.newest(t)
			to := d.started(d.post(v, d.wants(out, journey.StepProve).Journey.ID, journey.StepProve, journey.Form{Code: code}))
			d.wantsAlive(to, true)
			if _, err := d.Living.Alive(t.Context(), from.Key); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("the session before: %v", err)
			}

			d.onlyTenant("organizations") // and whom the record was linked to takes it back
			again := d.browser(c.at)
			_, location = d.toProviderAs(again, "both@acme.example", c.at)
			if out, err = d.Callback(t.Context(), again, d.pick(location, oidAnn)); err != nil {
				t.Fatal(err)
			}
			out = d.post(again, out.Journey.ID, journey.StepMethod, journey.Form{Method: "email_token"})
			code, _ = d.mails.newest(t)
			out = d.post(again, d.wants(out, journey.StepProve).Journey.ID, journey.StepProve, journey.Form{Code: code})
			d.wantsAlive(d.stays(again, out).Started.Session, true)
			if _, err := d.Living.Alive(t.Context(), from.Key); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("the session before comes back: %v", err)
			}
		})
	}
}

// toAdmin switches there from another origin.
func (d *desk) toAdmin(v journey.Visit, from session.Session) (journey.Visit, journey.Outcome) {
	d.t.Helper()
	admin := d.browser(directory.Admin)
	out, err := d.SwitchPlatform(d.t.Context(), v, from, directory.Admin)
	location := out.Location
	if err == nil {
		location, err = d.TakeUp(d.t.Context(), admin, parameter(d.t, location, "ask"))
	}
	if err == nil {
		location, err = d.Grant(d.t.Context(), v, from, parameter(d.t, location, "grant"))
	}
	if err == nil {
		out, err = d.Enter(d.t.Context(), admin, journey.TicketSwitch, parameter(d.t, location, "switch"))
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return admin, out
}

// admitOn has a platform admit these methods.
func (d *desk) admitOn(p directory.Platform, methods ...string) {
	settings := d.Settings.Platforms[p]
	settings.Methods = methods
	d.Settings.Platforms[p] = settings
}
