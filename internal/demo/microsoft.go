package demo

import (
	"crypto/rand"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// Tenants of the stand-in for Microsoft.
const (
	northgateTenant = "11111111-aaaa-4bbb-8ccc-000000000001"
	customersTenant = "22222222-aaaa-4bbb-8ccc-000000000002"
	meridianTenant  = "33333333-aaaa-4bbb-8ccc-000000000003"
)

const clientID = "99999999-aaaa-4bbb-8ccc-000000000009"

// unvouched is the address of somebody whose company has not shown Microsoft
// that its domain is its own.
const unvouched = "jon@harbour-coffee.example"

// microsoftPeople can be picked at the stand-in, in this order.
func microsoftPeople() []standin.Person {
	people := []standin.Person{
		{Tenant: customersTenant, Name: "Ada Brandt", Username: "ada@harbour-coffee.example"},
		{Tenant: customersTenant, Name: "Ben Osei", Username: "ben@harbour-coffee.example"},
		{Tenant: customersTenant, Name: "Cleo Marsh", Username: "cleo@lumen.example"},
		{Tenant: customersTenant, Name: "Dana Weiss", Username: "dana@ledger-partners.example"},
		{Tenant: northgateTenant, Name: "Erin Kovač", Username: "erin@northgate.example"},
		{Tenant: northgateTenant, Name: "Finn Løvås", Username: "finn@northgate.example"},
		{Tenant: northgateTenant, Name: "Grace Tanaka", Username: "grace@northgate.example"},
		{Tenant: customersTenant, Name: "Hana Sato", Username: "hana@lumen.example", GivenName: "Hana", FamilyName: "Sato",
			JobTitle: "Motion designer", Phone: "+1 555 0142", Note: "new, without a record yet"},
		{Tenant: meridianTenant, Name: "Ivo Duarte", Username: "ivo@meridian.example", GivenName: "Ivo", FamilyName: "Duarte",
			JobTitle: "Branch manager", Phone: "+1 555 0177", Note: "new, without a record yet"},
		{Tenant: customersTenant, Name: "Kit Vance", Username: "kit@harbour-coffee.example"},
		{Tenant: customersTenant, Name: "Jon Reyes", Username: unvouched, Note: "his address is not vouched for"},
	}
	for i := range people {
		people[i].ObjectID = fmt.Sprintf("%08d-dddd-4eee-8fff-000000000000", i+1)
		people[i].Email = people[i].Username
		people[i].EmailDomainVerified = people[i].Username != unvouched
	}
	return people
}

// newMicrosoft makes the stand-in at an address; the secret is that of the one
// client it knows, which comes back to the given callbacks.
func newMicrosoft(authority string, callbacks []string) (p *standin.Provider, secret string, err error) {
	secret = rand.Text()
	p, err = standin.New(standin.Config{
		BaseURL: authority,
		People:  microsoftPeople(),
		Clients: []standin.Client{{ID: clientID, Secret: secret, RedirectURIs: callbacks}},
	})
	return p, secret, err
}
