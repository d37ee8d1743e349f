package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// The three portals of the tables, and the tenants that proofs come from.
const (
	atClient, atTech, atAdmin = "https://portal.msp.example", "https://tech.msp.example", "https://admin.msp.example"
	tenantAcme, tenantOther   = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
)

func mustOrigin(s string) config.Origin {
	o, err := config.ParseOrigin(s)
	if err != nil {
		panic(err)
	}
	return o
}

func platform(methods string, origins ...string) config.PlatformSettings {
	p := config.PlatformSettings{Methods: strings.Fields(methods)}
	for _, o := range origins {
		p.Origins = append(p.Origins, mustOrigin(o))
	}
	return p
}

// settings are those of a table's row: all three platforms, and all methods.
func settings(change ...func(*config.Settings)) *config.Settings {
	s := &config.Settings{
		Platforms: map[directory.Platform]config.PlatformSettings{
			directory.Client: platform("microsoft email_token password", atClient),
			directory.Tech:   platform("microsoft email_token password", atTech),
			directory.Admin:  platform("microsoft", atAdmin),
		},
		Creation: directory.CreationPolicy{Default: directory.CreateByDomain},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

func without(p directory.Platform) func(*config.Settings) {
	return func(s *config.Settings) { delete(s.Platforms, p) }
}

func having(p directory.Platform, methods string, origins ...string) func(*config.Settings) {
	return func(s *config.Settings) { s.Platforms[p] = platform(methods, origins...) }
}

// shared puts all platforms at one origin.
func shared(s *config.Settings) {
	for name, p := range s.Platforms {
		s.Platforms[name] = platform(strings.Join(p.Methods, " "), atClient)
	}
}

// listed are tenants that always were.
func listed(tenants ...string) directory.Tenants {
	return directory.Tenants(nil).Relist(tenants, time.Time{})
}

func memberTenants(tenants ...string) func(*config.Settings) {
	return func(s *config.Settings) { s.MemberTenants = listed(tenants...) }
}

// person builds the facts of one address.
type person func(*directory.People)

func contactIn(account string, change ...func(*directory.Contact, *directory.Account)) person {
	return func(p *directory.People) {
		c := directory.Contact{ID: "c-" + account, Email: "ann@acme.example", Account: account, Active: true}
		a := directory.Account{ID: account, Name: account, Active: true}
		for _, f := range change {
			f(&c, &a)
		}
		p.Contacts, p.Accounts[account] = append(p.Contacts, c), a
	}
}

func off(c *directory.Contact, _ *directory.Account)        { c.Active = false }
func accountOff(_ *directory.Contact, a *directory.Account) { a.Active = false }
func admitting(methods ...string) func(*directory.Contact, *directory.Account) {
	return func(_ *directory.Contact, a *directory.Account) { a.Methods = methods }
}

func ofTenant(tenant string) func(*directory.Contact, *directory.Account) {
	return func(_ *directory.Contact, a *directory.Account) { a.Tenants = directory.Tenants{{Tenant: tenant}} }
}

func member(platforms ...directory.Platform) person {
	return func(p *directory.People) {
		p.Member = &directory.Member{ID: "m", Email: "ann@acme.example", Platforms: platforms, Active: true}
	}
}

func inactiveMember(p *directory.People) { p.Member = &directory.Member{ID: "m"} }

func withPassword(kinds ...directory.Kind) person {
	return func(p *directory.People) {
		for _, k := range kinds {
			p.Passwords[k] = directory.PasswordState{Changed: passwordSet}
		}
	}
}

// passwordSet is when the passwords of the tables were set, and journeyBegan
// when their journeys began.
var (
	passwordSet  = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	journeyBegan = passwordSet.Add(time.Hour)
)

func whoever(persons ...person) directory.People {
	p := directory.People{Accounts: map[string]directory.Account{}, Passwords: map[directory.Kind]directory.PasswordState{}}
	for _, f := range persons {
		f(&p)
	}
	return p
}

// at is a journey of the address at a site's own origin.
func at(site directory.Platform, change ...func(*Journey)) Journey {
	j := Journey{Address: "ann@acme.example", Site: site, Destination: "/deep?x=1",
		Origin: map[directory.Platform]string{directory.Client: atClient, directory.Tech: atTech, directory.Admin: atAdmin, "": atClient}[site]}
	for _, f := range change {
		f(&j)
	}
	return j
}

func to(p directory.Platform) func(*Journey) { return func(j *Journey) { j.Platform = p } }
func by(method string) func(*Journey)        { return func(j *Journey) { j.Method = method } }
func stays(a Answer) func(*Journey)          { return func(j *Journey) { j.Stay = a } }
func account(id string) func(*Journey)       { return func(j *Journey) { j.Account = id } }

func proved(methods ...string) func(*Journey) {
	return func(j *Journey) {
		for _, m := range methods {
			p := session.Proof{Method: m, Vouched: true}
			if m == directory.MethodMicrosoft {
				p = proofAs("ann", tenantOther, true)
			}
			j.Proofs = append(j.Proofs, p)
		}
	}
}

// proofAs is that of a person at Microsoft who claims the journey's address.
func proofAs(person, tenant string, vouched bool) session.Proof {
	return session.Proof{Method: directory.MethodMicrosoft, Identity: identityOf(person), Tenant: tenant, Vouched: vouched, Claimed: true}
}

func identityOf(person string) directory.Identity {
	return directory.Identity{Issuer: "https://login.example/v2.0", Subject: person}
}

func switching(j *Journey) { j.From = &session.Key{} }

func microsoft(tenant string, vouched bool) func(*Journey) {
	return func(j *Journey) { j.Proofs = append(j.Proofs, proofAs("ann", tenant, vouched)) }
}

// unclaimed is the proof of an identity to which the provider gives another
// address by now.
func unclaimed(tenant string) func(*Journey) {
	return func(j *Journey) {
		microsoft(tenant, false)(j)
		j.Proofs[len(j.Proofs)-1].Claimed = false
	}
}

// confirming is what a mail is for that names a provider's identity.
func confirming(provider string) emailtoken.Purpose { return emailtoken.Purpose{Confirms: provider} }

// confirmedMicrosoft is a proof by a code whose mail named an identity at Microsoft.
func confirmedMicrosoft(j *Journey) {
	j.Proofs = append(j.Proofs, session.Proof{Method: directory.MethodEmailToken, Purpose: confirming(directory.MethodMicrosoft), Vouched: true})
}

// contactsPassword is a proof that comes along from client.
func contactsPassword(j *Journey) {
	j.Proofs = append(j.Proofs, session.Proof{Method: directory.MethodPassword, Kind: kindC, Vouched: true})
}

// brief writes a step as the tables below do.
func brief(s Step) string {
	out := string(s.Name)
	switch s.Name {
	case StepPlatform:
		out += fmt.Sprint(" ", s.Platforms)
	case StepEnter, StepStay:
		out += " " + string(s.Platform)
	case StepMethod, StepProve:
		out += fmt.Sprint(" ", s.Platform, " ", s.Methods)
		if s.Account.ID != "" {
			out += " for " + s.Account.ID
		}
		if s.Confirms != "" {
			out += " to confirm " + s.Confirms
		}
		if s.Forgot {
			out += " or forgot"
		}
	case StepNewPassword:
		out += " " + string(s.Platform)
		if s.Current {
			out += " with the present one"
		}
		if s.Required {
			out += ", required"
		}
		if s.Forgot {
			out += " or forgot"
		}
	case StepCreate:
		out += " in " + s.Account.ID
	case StepAccount:
		for _, c := range s.Contacts {
			out += " " + s.Accounts[c.Account].ID
		}
	case StepRefused:
		out += " " + string(s.Refusal)
	case StepDone:
		out += fmt.Sprint(" ", s.Platform, " as ", s.Entity.ID)
	}
	return out
}

const (
	client, tech, admin = directory.Client, directory.Tech, directory.Admin
	kindC, kindM        = directory.KindContact, directory.KindMember
)

// TestNext is DESIGN.md, "The six steps".
func TestNext(t *testing.T) {
	domain := []string{"acme.example"}
	acme := directory.Account{ID: "acme", Active: true, Domains: domain}
	closed := directory.Account{ID: "closed", Active: true, ContactCreation: directory.CreateOff}
	tenanted := directory.Account{ID: "tenanted", Active: true, ContactCreation: directory.CreateByTenant, Tenants: directory.Tenants{{Tenant: tenantAcme}}}
	owning := tenanted
	owning.ID, owning.Domains = "owning", domain
	both := whoever(contactIn("acme"), member())
	for _, c := range []struct {
		name     string
		journey  Journey
		people   directory.People
		settings *config.Settings // nil: settings()
		byDomain []directory.Account
		byTenant []directory.Account
		catchAll *directory.Account
		want     string
	}{
		// 1. Email
		{name: "no address yet", journey: Journey{Origin: atClient}, want: "email"},
		{name: "nobody has it", journey: at(client), want: "refused unregistered"},
		{name: "nobody has it, the domain's account lets nobody in", journey: at(client), byDomain: []directory.Account{closed}, want: "refused unregistered"},
		{name: "nobody has it, the domain is registered", journey: at(client), byDomain: []directory.Account{acme}, want: "method client [microsoft email_token]"},
		{name: "nobody has it, the rule asks for the tenant", journey: at(client), byDomain: []directory.Account{tenanted}, want: "method client [microsoft]"},
		{name: "nobody has it, the rule asks for the tenant, no microsoft", journey: at(client), byDomain: []directory.Account{tenanted},
			settings: settings(having(client, "email_token password", atClient)), want: "refused unregistered"},
		{name: "nobody has it, only passwords are admitted", journey: at(client), byDomain: []directory.Account{acme},
			settings: settings(having(client, "password", atClient)), want: "refused unregistered"},
		{name: "nobody has it, a catch-all alone opens nothing", journey: at(client), catchAll: &acme, want: "refused unregistered"},
		{name: "nobody has it, no client platform", journey: at(tech), byDomain: []directory.Account{acme}, settings: settings(without(client)), want: "refused unregistered"},
		{name: "nobody has it, at tech: enters client", journey: at(tech), byDomain: []directory.Account{acme}, want: "enter client"},
		{name: "inactive contact: goes on", journey: at(client), people: whoever(contactIn("acme", off)), want: "method client [microsoft email_token]"},
		{name: "inactive account: goes on", journey: at(client), people: whoever(contactIn("acme", accountOff)), want: "method client [microsoft email_token]"},
		{name: "inactive member: goes on", journey: at(tech), people: whoever(inactiveMember), want: "method tech [microsoft email_token]"},
		{name: "a contact, but no client platform", journey: at(tech), people: whoever(contactIn("acme")), settings: settings(without(client)), want: "refused unregistered"},

		// 2. Platform
		{name: "contact only: skipped", journey: at(client), people: whoever(contactIn("acme")), want: "method client [microsoft email_token]"},
		{name: "contact only, at tech: enters client", journey: at(tech), people: whoever(contactIn("acme")), want: "enter client"},
		{name: "member only, at tech", journey: at(tech), people: whoever(member()), want: "method tech [microsoft email_token]"},
		{name: "member only, at admin", journey: at(admin), people: whoever(member()), want: "method admin [microsoft]"},
		{name: "member only, at client: tech before admin", journey: at(client), people: whoever(member()), want: "enter tech"},
		{name: "member of admin only, at client", journey: at(client), people: whoever(member(admin)), want: "enter admin"},
		{name: "member of admin only, at tech", journey: at(tech), people: whoever(member(admin)), want: "enter admin"},
		{name: "member of tech only, at admin", journey: at(admin), people: whoever(member(tech)), want: "enter tech"},
		{name: "member, no tech platform", journey: at(client), people: whoever(member()), settings: settings(without(tech)), want: "enter admin"},
		{name: "both, at client", journey: at(client), people: both, want: "platform [client tech admin]"},
		{name: "both, at tech: the site's first", journey: at(tech), people: both, want: "platform [tech client admin]"},
		{name: "both, at admin: the site's first", journey: at(admin), people: both, want: "platform [admin client tech]"},
		{name: "both, at admin, which the member may not open", journey: at(admin), people: whoever(contactIn("acme"), member(tech)), want: "platform [client tech]"},
		{name: "both, no client platform: skipped", journey: at(tech), people: both, settings: settings(without(client)), want: "method tech [microsoft email_token]"},
		{name: "both, client alone configured", journey: at(client), people: both, settings: settings(without(tech), without(admin)), want: "method client [microsoft email_token]"},
		{name: "both, member inactive", journey: at(tech), people: whoever(contactIn("acme"), inactiveMember), want: "enter client"},
		{name: "both, contact inactive", journey: at(client), people: whoever(contactIn("acme", off), member()), want: "enter tech"},
		{name: "both, answered", journey: at(client, to(client)), people: both, want: "method client [microsoft email_token]"},
		{name: "both, answered with another origin", journey: at(client, to(admin)), people: both, want: "enter admin"},
		{name: "an answer that is not offered (any more)", journey: at(client, to(admin)), people: whoever(contactIn("acme"), member(tech)), want: "platform [client tech]"},
		{name: "shared origin: no own site, listing order", journey: at(""), people: both, settings: settings(shared), want: "platform [client tech admin]"},
		{name: "shared origin: member only", journey: at(""), people: whoever(member()), settings: settings(shared), want: "method tech [microsoft email_token]"},
		{name: "shared origin: any platform is here", journey: at("", to(admin)), people: both, settings: settings(shared), want: "method admin [microsoft]"},
		{name: "a further origin of the platform", journey: at(client, func(j *Journey) { j.Origin = "https://alias.msp.example" }), people: whoever(contactIn("acme")),
			settings: settings(having(client, "email_token", atClient, "https://alias.msp.example")), want: "method client [email_token]"},

		// 3. Sign-in method
		{name: "a password is set", journey: at(client), people: whoever(contactIn("acme"), withPassword(kindC)), want: "method client [microsoft email_token password]"},
		{name: "the member's password is not the contact's", journey: at(client), people: whoever(contactIn("acme"), withPassword(kindM)), want: "method client [microsoft email_token]"},
		{name: "one method", journey: at(client), people: whoever(contactIn("acme", admitting("email_token"))), want: "method client [email_token]"},
		{name: "the union of the accounts", journey: at(client), people: whoever(contactIn("a", admitting("microsoft")), contactIn("b", admitting("email_token"))), want: "method client [microsoft email_token]"},
		{name: "no method at all", journey: at(client), people: whoever(contactIn("acme", admitting("password"))), want: "refused no_method"},
		{name: "a member whose platform admits a password only", journey: at(tech), people: whoever(member(tech)), settings: settings(having(tech, "password", atTech)), want: "refused no_method"},
		{name: "in progress", journey: at(client, by("email_token")), people: whoever(contactIn("acme")), want: "prove client [microsoft email_token]"},
		{name: "in progress, no longer admitted", journey: at(client, by("password")), people: whoever(contactIn("acme")), want: "method client [microsoft email_token]"},

		// 4. Create contact
		{name: "by token", journey: at(client, proved("email_token")), byDomain: []directory.Account{acme}, want: "create in acme"},
		{name: "by microsoft of the tenant", journey: at(client, microsoft(tenantAcme, true)), byDomain: []directory.Account{tenanted}, byTenant: []directory.Account{tenanted}, want: "create in tenanted"},
		{name: "by microsoft of another tenant", journey: at(client, microsoft(tenantOther, true)), byDomain: []directory.Account{tenanted}, want: "refused not_created"},
		{name: "two accounts", journey: at(client, proved("email_token")), byDomain: []directory.Account{acme, {ID: "other", Active: true, Domains: domain}}, want: "refused not_created"},
		{name: "two accounts and a catch-all", journey: at(client, proved("email_token")), byDomain: []directory.Account{acme, {ID: "other", Active: true, Domains: domain}}, catchAll: &directory.Account{ID: "all", Active: true}, want: "create in all"},
		{name: "an earlier proof does where the last does not", journey: at(client, proved("email_token"), microsoft(tenantOther, false)), byDomain: []directory.Account{acme}, want: "create in acme"},
		{name: "an identity that does not even claim the address", journey: at(client, unclaimed(tenantAcme)), byDomain: []directory.Account{owning}, byTenant: []directory.Account{owning}, want: "method client [microsoft]"},
		{name: "a tenant's word on the account's own domain", journey: at(client, microsoft(tenantAcme, false)), byDomain: []directory.Account{owning}, byTenant: []directory.Account{owning}, want: "create in owning"},
		{name: "a tenant's word on another account's domain, to be confirmed", journey: at(client, microsoft(tenantAcme, false)), byDomain: []directory.Account{acme}, byTenant: []directory.Account{tenanted}, want: "method client [email_token] to confirm microsoft"},
		{name: "created by another tab", journey: at(client, proved("email_token")), people: whoever(contactIn("acme")), byDomain: []directory.Account{acme}, want: "stay client"},
		{name: "inactive: said after the proof", journey: at(client, proved("email_token")), people: whoever(contactIn("acme", off)), want: "refused inactive"},
		{name: "inactive account: said after the proof", journey: at(client, proved("email_token")), people: whoever(contactIn("acme", accountOff)), want: "refused inactive"},
		{name: "inactive member: said after the proof", journey: at(tech, proved("email_token")), people: whoever(inactiveMember), want: "refused inactive"},
		{name: "inactive, though the domain is open: never created again", journey: at(client, proved("email_token")), people: whoever(contactIn("acme", off)), byDomain: []directory.Account{acme}, want: "refused inactive"},

		// 5. Stay signed in?
		{name: "asked after the proof", journey: at(client, proved("email_token")), people: whoever(contactIn("acme")), want: "stay client"},
		{name: "asked of members", journey: at(tech, proved("email_token")), people: whoever(member()), want: "stay tech"},

		// 6. Account
		{name: "one account: skipped", journey: at(client, proved("email_token"), stays(No)), people: whoever(contactIn("acme")), want: "done client as c-acme"},
		{name: "two accounts, in the store's order", journey: at(client, proved("email_token"), stays(No)), people: whoever(contactIn("b"), contactIn("a")), want: "account b a"},
		{name: "two accounts, one inactive: skipped", journey: at(client, proved("email_token"), stays(No)), people: whoever(contactIn("b", accountOff), contactIn("a")), want: "done client as c-a"},
		{name: "answered", journey: at(client, proved("email_token"), stays(Yes), account("a")), people: whoever(contactIn("b"), contactIn("a")), want: "done client as c-a"},
		{name: "answered with one that is off now", journey: at(client, proved("email_token"), stays(Yes), account("a")), people: whoever(contactIn("b"), contactIn("c"), contactIn("a", off)), want: "account b c"},
		{name: "not for members", journey: at(tech, to(tech), proved("email_token"), stays(No)), people: both, want: "done tech as m"},
		{name: "the account asks for another method", journey: at(client, proved("email_token"), stays(No), account("a")),
			people: whoever(contactIn("b"), contactIn("a", admitting("microsoft", "password")), withPassword(kindC)), want: "method client [microsoft password] for a"},
		{name: "the account asks for another method, in progress", journey: at(client, proved("email_token"), stays(No), account("a"), by("microsoft")),
			people: whoever(contactIn("b"), contactIn("a", admitting("microsoft", "password")), withPassword(kindC)), want: "prove client [microsoft password] for a"},
		{name: "the account admits nothing that is configured", journey: at(client, proved("email_token"), stays(No), account("a")), people: whoever(contactIn("b"), contactIn("a", admitting("google"))), want: "refused no_method"},
		{name: "one of two proofs does", journey: at(client, proved("email_token", "microsoft"), stays(No), account("a")), people: whoever(contactIn("b"), contactIn("a", admitting("email_token"))), want: "done client as c-a"},
		{name: "the platform no longer admits the proof", journey: at(client, proved("email_token"), stays(No)), people: whoever(contactIn("acme")),
			settings: settings(having(client, "microsoft", atClient)), want: "method client [microsoft] for acme"},
		{name: "an unvouched proof, the account lists its tenant", journey: at(client, microsoft(tenantAcme, false), stays(No)), people: whoever(contactIn("acme", ofTenant(tenantAcme))), want: "done client as c-acme"},
		{name: "an unvouched proof, the account lists another", journey: at(client, microsoft(tenantAcme, false), stays(No)), people: whoever(contactIn("acme", ofTenant(tenantOther))), want: "method client [email_token] to confirm microsoft"},
		{name: "an unvouched proof, one of two accounts lists its tenant: the other is not shown", journey: at(client, microsoft(tenantAcme, false), stays(No)),
			people: whoever(contactIn("a", ofTenant(tenantAcme)), contactIn("b")), want: "done client as c-a"},
		{name: "an unvouched proof, two of three accounts list its tenant", journey: at(client, microsoft(tenantAcme, false), stays(No)),
			people: whoever(contactIn("a", ofTenant(tenantAcme)), contactIn("b"), contactIn("c", ofTenant(tenantAcme))), want: "account a c"},
		{name: "an identity to which a record was linked with proof", journey: at(client, microsoft(tenantOther, false), stays(No)),
			people: whoever(contactIn("a", linked(linkedTo("ann"))), contactIn("b")), want: "account a b"},
		{name: "an unvouched proof without tenant", journey: at(client, microsoft("", false), stays(No)), people: whoever(contactIn("acme", ofTenant(""))), want: "method client [email_token] to confirm microsoft"},
		{name: "an unvouched proof, confirmed", journey: at(client, microsoft("", false), proved("email_token"), stays(No)), people: whoever(contactIn("acme")), want: "done client as c-acme"},
		{name: "an unvouched proof that the account would not have confirmed", journey: at(client, microsoft("", false), stays(No)), people: whoever(contactIn("acme", admitting("microsoft"))), want: "method client [microsoft]"},
		{name: "an unvouched proof that the platform would not have confirmed", journey: at(admin, microsoft("", false), stays(No)), people: whoever(member()), want: "method admin [microsoft]"},
		{name: "an unvouched proof of a new address that the platform would not have confirmed", journey: at(client, microsoft("", false)), byDomain: []directory.Account{acme},
			settings: settings(having(client, "microsoft", atClient)), want: "method client [microsoft]"},
		{name: "an unvouched proof that would be confirmed where it is not admitted", journey: at(client, microsoft("", false)),
			people: whoever(contactIn("a", admitting("email_token")), contactIn("b", admitting("microsoft"))), want: "method client [microsoft email_token]"},
		{name: "an unvouched proof of a new address, to be confirmed", journey: at(client, microsoft("", false)), byDomain: []directory.Account{acme}, want: "method client [email_token] to confirm microsoft"},
		{name: "an unvouched proof of a new address, in progress", journey: at(client, microsoft("", false), by("email_token")), byDomain: []directory.Account{acme}, want: "prove client [email_token] to confirm microsoft"},
		{name: "an unvouched proof of a new address, confirmed", journey: at(client, microsoft(tenantAcme, false), confirmedMicrosoft), byDomain: []directory.Account{tenanted}, byTenant: []directory.Account{tenanted}, want: "create in tenanted"},

		// Members
		{name: "member", journey: at(tech, proved("email_token"), stays(No)), people: whoever(member()), want: "done tech as m"},
		{name: "a contact's password is not the member's", journey: at(tech, contactsPassword, stays(No)), people: whoever(contactIn("acme"), member(), withPassword(kindC, kindM)), settings: settings(without(client), without(admin)),
			want: "method tech [microsoft email_token password]"},
		{name: "a proof that tech admits and admin does not", journey: at(admin, proved("email_token"), stays(No)), people: whoever(member()), want: "method admin [microsoft]"},
		{name: "member_tenants: listed", journey: at(tech, microsoft(tenantAcme, true), stays(No)), people: whoever(member()), settings: settings(memberTenants(tenantAcme)), want: "done tech as m"},
		{name: "member_tenants: listed, and the tenant proves the address", journey: at(tech, microsoft(tenantAcme, false), stays(No)), people: whoever(member()), settings: settings(memberTenants(tenantAcme)), want: "done tech as m"},
		{name: "member_tenants: not listed", journey: at(tech, microsoft(tenantOther, true), stays(No)), people: whoever(member()), settings: settings(memberTenants(tenantAcme)), want: "method tech [microsoft email_token]"},
		{name: "member_tenants: not listed, and an emailed token confirms nothing", journey: at(tech, microsoft(tenantOther, true), proved("email_token"), stays(No)), people: whoever(member()),
			settings: settings(memberTenants(tenantAcme)), want: "done tech as m"},
		{name: "member_tenants: other methods go on", journey: at(tech, proved("email_token"), stays(No)), people: whoever(member()), settings: settings(memberTenants(tenantAcme)), want: "done tech as m"},
		{name: "member_tenants: not set, vouched", journey: at(tech, microsoft(tenantOther, true), stays(No)), people: whoever(member()), want: "done tech as m"},
		{name: "member_tenants: not set, unvouched", journey: at(tech, microsoft(tenantOther, false), stays(No)), people: whoever(member()), want: "method tech [email_token] to confirm microsoft"},
		{name: "member_tenants: do not hold for contacts", journey: at(client, microsoft(tenantOther, true), stays(No)), people: whoever(contactIn("acme")), settings: settings(memberTenants(tenantAcme)), want: "done client as c-acme"},
		{name: "the member lost the platform on the way", journey: at(admin, proved("microsoft"), stays(No)), people: whoever(member(tech)), want: "enter tech"},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := Facts{Settings: c.settings, Domain: c.journey.Address.Domain(), People: c.people, ByDomain: c.byDomain, ByTenant: c.byTenant, CatchAll: c.catchAll}
			if facts.Settings == nil {
				facts.Settings = settings()
			}
			if got := brief(Next(c.journey, facts)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// TestReopened: which steps can be answered again, by a page that the back
// button brought up.
func TestReopened(t *testing.T) {
	both := whoever(contactIn("a"), contactIn("b", admitting("microsoft")), member())
	for _, c := range []struct {
		name    string
		journey Journey
		step    StepName
		want    string
	}{
		{"platform, before the proof", at(client, to(client), by("email_token")), StepPlatform, "platform [client tech admin]"},
		{"platform, after the proof", at(client, to(client), proved("email_token")), StepPlatform, "stay client"},
		{"method, before the proof", at(client, to(client), by("email_token")), StepMethod, "method client [microsoft email_token]"},
		{"method, after the proof", at(client, to(client), proved("email_token")), StepMethod, "stay client"},
		{"method, that the account asks for", at(client, to(client), proved("email_token"), stays(No), account("b"), by("microsoft")), StepMethod, "method client [microsoft] for b"},
		{"stay", at(client, to(client), proved("email_token"), stays(No)), StepStay, "stay client"},
		{"stay, at a switch", at(client, to(client), proved("email_token"), stays(No), switching), StepStay, "account a b"},
		{"account", at(client, to(client), proved("email_token"), stays(No), account("b")), StepAccount, "account a b"},
		{"create, when it is done", at(client, to(client), proved("email_token")), StepCreate, "stay client"},
		{"prove, when it is done", at(client, to(client), proved("email_token")), StepProve, "stay client"},
		{"new password, when it is done", at(client, to(client), proved("email_token"), wishing(PasswordChanged), from), StepNewPassword, "stay client"},
		{"email", at(client, to(client)), StepEmail, "method client [microsoft email_token]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(Next(c.journey.reopened(c.step, Form{}), Facts{Settings: settings(), People: both})); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLanding(t *testing.T) {
	for _, c := range []struct {
		name    string
		journey Journey
		entered directory.Platform
		want    string
	}{
		{"at the destination, whole", at(client), client, atClient + "/deep?x=1"},
		{"another platform than asked for", at(client), tech, atClient + "/"},
		{"shared origin, no own site", at(""), tech, atClient + "/deep?x=1"},
		{"no destination", at(client, func(j *Journey) { j.Destination = "" }), client, atClient + "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Landing(c.journey, c.entered); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"short", "Firefox", "Firefox"},
		{"exact", "12345678", "12345678"},
		{"cut", "123456789", "12345678"},
		{"not within a character", "1234567ä", "1234567"},
		{"not within a longer one", "123456😀", "123456"},
		{"invalid UTF-8", "a\xff\xfeb", "ab"},
		{"empty", "", ""},
	} {
		if got := clip(c.in, 8); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCleanProfile(t *testing.T) {
	long := strings.Repeat("ä", directory.MaxDetail)
	for _, c := range []struct {
		name    string
		in      Profile
		problem string // field and key; empty: kept
		want    Profile
	}{
		{"trimmed", Profile{" Ann ", "Van  Der\tBerg", " 1 ", ""}, "", Profile{"Ann", "Van Der Berg", "1", ""}},
		{"100 characters", Profile{long, "B", "", ""}, "", Profile{long, "B", "", ""}},
		{"joiners stay", Profile{"ക്\u200dഷ", "B", "", ""}, "", Profile{"ക്\u200dഷ", "B", "", ""}},
		{"no given name", Profile{" ", "B", "", ""}, "given_name field_required", Profile{}},
		{"no family name", Profile{"A", "", "", ""}, "family_name field_required", Profile{}},
		{"101 characters", Profile{long + "a", "B", "", ""}, "given_name field_too_long", Profile{}},
		{"job title too long", Profile{"A", "B", "", long + "a"}, "job_title field_too_long", Profile{}},
		{"control character", Profile{"A\x00", "B", "", ""}, "given_name field_characters", Profile{}},
		{"right-to-left override", Profile{"A", "B\u202e", "", ""}, "family_name field_characters", Profile{}},
		{"zero-width space", Profile{"A", "B", "1\u200b", ""}, "phone field_characters", Profile{}},
		{"invalid UTF-8", Profile{"A\xff", "B", "", ""}, "given_name field_characters", Profile{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problem := cleanProfile(c.in)
			if problem != nil {
				if text := problem.Field + " " + problem.Key; text != c.problem {
					t.Errorf("problem %q, want %q", text, c.problem)
				}
				return
			}
			if c.problem != "" || got != c.want {
				t.Errorf("%q, want %q or the problem %q", got, c.want, c.problem)
			}
		})
	}
}

// TestPause: each answer gives time for the next, up to two hours in all.
func TestPause(t *testing.T) {
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct{ now, want time.Duration }{
		{0, 30 * time.Minute}, {time.Hour, 90 * time.Minute}, {90 * time.Minute, 2 * time.Hour}, {119 * time.Minute, 2 * time.Hour},
	} {
		s := &Service{Now: func() time.Time { return began.Add(c.now) }}
		if got := s.pause(Journey{Created: began}).Sub(began); got != c.want {
			t.Errorf("an answer after %s leaves time until %s, want %s", c.now, got, c.want)
		}
	}
}

// TestStepsHaveAnswers: each step that a page can post is answered.
func TestStepsHaveAnswers(t *testing.T) {
	for _, name := range []StepName{StepPlatform, StepEnter, StepMethod, StepProve, StepNewPassword, StepCreate, StepStay, StepAccount, StepDone} {
		if answers[name] == nil {
			t.Errorf("step %s takes no answer", name)
		}
	}
	if slices.ContainsFunc([]StepName{StepEmail, StepRefused, ""}, func(n StepName) bool { return answers[n] != nil }) {
		t.Error("a step that has no answer takes one")
	}
}

// TestProviderSecrets: nonce and verifier are one browser's and one request's,
// and nobody's who has the state and the store (RFC 9700, 2.1).
func TestProviderSecrets(t *testing.T) {
	p, err := provider.New(provider.Config{Name: "microsoft", Entra: true, Tenant: "common", ClientID: "id"}, provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := providerMethod{&Service{Settings: settings()}, p}
	seen := map[string]string{}
	for _, browser := range []session.Secret{{}, {1}, {2}} {
		for _, state := range []string{"J.A", "J.B"} {
			r := m.request(turn{visit: Visit{Browser: browser, Origin: mustOrigin(atClient)}}, state)
			for name, secret := range map[string]string{"nonce": r.Nonce, "verifier": r.Verifier} {
				of := fmt.Sprintf("the %s of browser %d for %s", name, browser[0], state)
				if other, twice := seen[secret]; twice {
					t.Errorf("%s is %s", of, other)
				}
				seen[secret] = of
			}
		}
	}
}
