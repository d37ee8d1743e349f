package journey_test

import (
	"errors"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestWaitingEndsWithItsRecord: who has proved an address, or has a code for it, and
// waits until the record that bore it is somebody else's or lets people in again, is
// not let in as that, also where they proved it after the one change and before the
// other. Who has only begun goes on, and proves it then.
func TestWaitingEndsWithItsRecord(t *testing.T) {
	ann := func(e directory.Editor, change func(*directory.Contact)) error {
		c, err := e.Contact(t.Context(), "c-ann")
		change(&c)
		return errors.Join(err, e.PutContact(c))
	}
	acme := func(change func(*directory.Account)) func(directory.Editor) error {
		return func(e directory.Editor) error {
			a, err := e.Account(t.Context(), "acme")
			change(&a)
			return errors.Join(err, e.PutAccount(a))
		}
	}
	successor := directory.Contact{ID: "c-next", Email: "ann@acme.example", Name: "Ann Next", Account: "acme", Active: true}
	for _, c := range []struct {
		name          string
		change, again func(directory.Editor) error
		between       journey.StepName // where who proves the address between the two waits, and waits in vain
	}{
		{"the contact goes, and somebody new gets the address",
			func(e directory.Editor) error { return e.DeleteContact("c-ann") },
			func(e directory.Editor) error { return e.PutContact(successor) }, journey.StepCreate},
		{"the contact goes, and somebody new comes in one change", func(e directory.Editor) error {
			return errors.Join(e.DeleteContact("c-ann"), e.PutContact(successor))
		}, nil, ""},
		{"the contact gets another address, and somebody new this one",
			func(e directory.Editor) error {
				return ann(e, func(c *directory.Contact) { c.Email = "archer@acme.example" })
			},
			func(e directory.Editor) error { return e.PutContact(successor) }, journey.StepCreate},
		{"the contact gets another address, and somebody who was there this one",
			func(e directory.Editor) error {
				return ann(e, func(c *directory.Contact) { c.Email = "archer@acme.example" })
			},
			func(e directory.Editor) error {
				return e.PutContact(directory.Contact{ID: "c-only", Email: "ann@acme.example", Account: "acme", Active: true})
			}, journey.StepCreate},
		{"the contact gets another account, and somebody new this one",
			func(e directory.Editor) error { return ann(e, func(c *directory.Contact) { c.Account = "borg" }) },
			func(e directory.Editor) error { return e.PutContact(successor) }, journey.StepStay},
		{"the contact is switched off and on",
			func(e directory.Editor) error { return ann(e, func(c *directory.Contact) { c.Active = false }) },
			func(e directory.Editor) error { return ann(e, func(c *directory.Contact) { c.Active = true }) }, journey.StepRefused},
		{"the account is switched off and on",
			acme(func(a *directory.Account) { a.Active = false }),
			acme(func(a *directory.Account) { a.Active = true }), journey.StepRefused},
		{"the account's tenant is taken off and listed again",
			acme(func(a *directory.Account) { a.Tenants = nil }),
			acme(func(a *directory.Account) { a.Tenants = directory.Tenants{{Tenant: tenantAcme}} }), ""}, // who proved the address in between rests on no tenant
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			proving, mailed, begun := d.browser(directory.Client), d.browser(directory.Client), d.browser(directory.Client)
			proved := d.wants(d.prove(proving, "ann@acme.example"), journey.StepStay).Journey.ID
			asked := d.askForCode(mailed, "ann@acme.example")
			code, _ := d.mails.newest(t)
			id := d.wants(d.begin(begun, "ann@acme.example"), journey.StepMethod).Journey.ID
			d.edit(c.change)
			v, between := d.browser(directory.Client), ""
			if c.between != "" {
				between = d.wants(d.prove(v, "ann@acme.example"), c.between).Journey.ID
			}
			if c.again != nil {
				d.edit(c.again)
			}
			if between != "" {
				d.wantsEnded(v, between, journey.StepStay, journey.Form{Stay: "no"})
			}
			d.wantsEnded(proving, proved, journey.StepStay, journey.Form{Stay: "no"})
			d.wantsEnded(mailed, asked, journey.StepProve, journey.Form{Code: code})
			d.wants(d.post(begun, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
			for _, entity := range []string{"c-ann", "c-next", "c-only"} {
				if n := len(d.sessions(directory.KindContact, entity)); n != 0 {
					t.Errorf("%s has %d sessions", entity, n)
				}
			}
		})
	}
}

// TestWaitingEndsWithItsPlatform: a member who waits until a platform that was taken
// away is theirs again is not let in there.
func TestWaitingEndsWithItsPlatform(t *testing.T) {
	d := newDesk(t)
	put := func(platforms ...directory.Platform) func(directory.Editor) error {
		return func(e directory.Editor) error {
			return e.PutMember(directory.Member{ID: "m-both", Email: "both@acme.example", Active: true, Platforms: platforms})
		}
	}
	v := d.browser(directory.Tech)
	id := d.begin(v, "both@acme.example").Journey.ID
	d.post(v, id, journey.StepPlatform, journey.Form{Platform: string(directory.Tech)})
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	d.edit(put(directory.Admin))
	d.edit(put())
	d.wantsEnded(v, id, journey.StepStay, journey.Form{Stay: "no"})
}

// TestWaitingGoesOn: what leaves the person who they are ends nothing, nor does a
// contact that the sign-in makes of them.
func TestWaitingGoesOn(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.wants(d.prove(v, "ann@acme.example"), journey.StepStay).Journey.ID
	d.edit(func(e directory.Editor) error {
		c, err := e.Contact(t.Context(), "c-ann")
		c.Name, c.Groups = "Ann Archer", []string{"board"}
		a := directory.Account{ID: "acme", Name: "Acme Ltd", Domains: []string{"acme.example"}, Tenants: directory.Tenants{{Tenant: tenantAcme}, {Tenant: tenantOther}}, Active: true}
		return errors.Join(err, e.PutContact(c), e.PutAccount(a), e.DeleteContact("c-two-acme"), e.DeleteMember("m-both"))
	})
	d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))

	v = d.browser(directory.Client)
	id = d.wants(d.prove(v, "fresh@acme.example"), journey.StepCreate).Journey.ID
	d.wants(d.post(v, id, journey.StepCreate, journey.Form{Profile: journey.Profile{GivenName: "Fay", FamilyName: "Fresh"}}), journey.StepStay)
	d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))
}
