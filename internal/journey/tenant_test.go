package journey_test

import (
	"errors"
	"testing"

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
			e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Methods: []string{"password"}, Tenants: []string{tenantOther}, Active: true}),
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
