package caddymodule

import (
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// testPassword is the password of those who have one.
const testPassword = "correct horse battery staple"

// peopleFile holds people for every step of the journey.
var peopleFile = strings.ReplaceAll(`{
"accounts": [
	{"id": "acme", "name": "Acme Widgets", "domains": ["acme.example"], "tenants": ["`+tenantAcme+`"]},
	{"id": "borg", "name": "Borg & Sons", "domains": ["borg.example"]},
	{"id": "strict", "name": "Strict Ltd", "methods": ["microsoft"], "tenants": ["`+tenantAcme+`"]},
	{"id": "closed", "name": "Closed GmbH", "domains": ["closed.example"], "contact_creation": "off"},
	{"id": "tenanted", "name": "Tenanted plc", "domains": ["tenanted.example"], "tenants": ["`+tenantOther+`"], "contact_creation": "tenant"},
	{"id": "gone", "name": "Gone Inc", "domains": ["gone.example"], "active": false}
],
"contacts": [
	{"id": "c-ann", "email": "Ann@acme.example", "name": "Ann Archer", "account": "acme", "groups": ["users", "a,b"], "password_hash": "HASH"},
	{"id": "c-two-borg", "email": "two@acme.example", "name": "Tova Two", "account": "borg"},
	{"id": "c-two-acme", "email": "two@acme.example", "name": "Tova Two", "account": "acme", "primary": true},
	{"id": "c-mix-acme", "email": "mixed@acme.example", "name": "Mia Mixed", "account": "acme", "primary": true},
	{"id": "c-mix-strict", "email": "mixed@acme.example", "name": "Mia Mixed", "account": "strict"},
	{"id": "c-both", "email": "both@msp.example", "name": "Bo Both", "account": "borg"},
	{"id": "c-off", "email": "off@acme.example", "name": "Olaf Off", "account": "acme", "active": false}
],
"members": [
	{"id": "m-both", "email": "both@msp.example", "name": "Bo Both", "groups": ["dispatch"], "password_hash": "HASH"},
	{"id": "m-tech", "email": "tech@msp.example", "name": "Ted Tech", "platforms": ["tech"], "password_hash": "HASH"}
]}`, "HASH", "$argon2id$v=19$m=19456,t=2,p=1$Oke2X/7K7PNMGNXBqTPgBQ$R9Ww525B3+hLPeGX+wsDxF16fzFFXm4DA9hrl5DGsI4")

// Object ids of people at the provider.
const (
	oidAnn   = "aaaaaaaa-0000-4000-8000-000000000001"
	oidNew   = "aaaaaaaa-0000-4000-8000-000000000002"
	oidMixed = "aaaaaaaa-0000-4000-8000-000000000003"
	oidBoth  = "aaaaaaaa-0000-4000-8000-000000000004"
	oidLoose = "aaaaaaaa-0000-4000-8000-000000000005"
)

var entraPeople = []standin.Person{
	{Tenant: tenantAcme, ObjectID: oidAnn, Username: "ann@acme.example", Email: "ann@acme.example", Name: "Ann Archer", EmailDomainVerified: true},
	{Tenant: tenantAcme, ObjectID: oidNew, Username: "newcomer@acme.example", Email: "newcomer@acme.example", Name: "Nell New", GivenName: "Nell", FamilyName: "New",
		JobTitle: "Engineer", Phone: "+49 30 123456", EmailDomainVerified: true},
	{Tenant: tenantAcme, ObjectID: oidMixed, Username: "mixed@acme.example", Email: "mixed@acme.example", Name: "Mia Mixed", EmailDomainVerified: true},
	{Tenant: tenantOther, ObjectID: oidBoth, Username: "both@msp.example", Email: "both@msp.example", Name: "Bo Both", EmailDomainVerified: true},
	{Tenant: tenantOther, ObjectID: oidLoose, Username: "two@acme.example", Email: "two@acme.example", Name: "Not Tova"},
}
