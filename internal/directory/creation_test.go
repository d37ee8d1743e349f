package directory

import (
	"slices"
	"testing"
	"time"
)

// Accounts and proofs of the tables below.
const (
	domainA, domainB = "a.example", "b.example"
	tenantT, tenantU = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
)

func account(id string, change ...func(*Account)) Account {
	a := Account{ID: id, Name: id, Active: true}
	for _, f := range change {
		f(&a)
	}
	return a
}

func domains(d ...string) func(*Account) { return func(a *Account) { a.Domains = d } }
func tenants(t ...string) func(*Account) {
	return func(a *Account) { a.Tenants = a.Tenants.Relist(t, time.Time{}) }
}
func rule(r CreationRule) func(*Account)     { return func(a *Account) { a.ContactCreation = r } }
func onlyMethods(m ...string) func(*Account) { return func(a *Account) { a.Methods = m } }
func inactive(a *Account)                    { a.Active = false }
func byToken(domain string) Claim {
	return Claim{Domain: domain, Method: MethodEmailToken, Vouched: true}
}
func byMicrosoft(domain, tenant string) Claim {
	return Claim{Domain: domain, Tenant: tenant, Method: MethodMicrosoft, Vouched: true}
}
func unvouched(domain, tenant string) Claim {
	return Claim{Domain: domain, Tenant: tenant, Method: MethodMicrosoft}
}
func confirmed(domain, tenant string) Claim {
	return Claim{Domain: domain, Tenant: tenant, Method: MethodMicrosoft, Confirmed: true}
}

// TestContactCreationRules is the table of DESIGN.md, "Rules for contact
// creation".
func TestContactCreationRules(t *testing.T) {
	both := []func(*Account){domains(domainA), tenants(tenantT)}
	with := func(r CreationRule, change ...func(*Account)) []func(*Account) {
		return append(append(slices.Clone(both), rule(r)), change...)
	}
	catcher := account("catcher")
	for _, c := range []struct {
		name     string
		fallback CreationRule // the operator's default; empty: domain
		claim    Claim
		accounts []Account
		catchAll *Account
		want     string // the account's id; empty: nobody is created
	}{
		{name: "domain: the domain is the account's", claim: byToken(domainA), accounts: []Account{account("x", with(CreateByDomain)...)}, want: "x"},
		{name: "domain: by Microsoft from any tenant", claim: byMicrosoft(domainA, tenantU), accounts: []Account{account("x", with(CreateByDomain)...)}, want: "x"},
		{name: "domain: another domain, though the tenant is the account's", claim: byMicrosoft(domainB, tenantT), accounts: []Account{account("x", with(CreateByDomain)...)}},
		{name: "domain: a sub-domain does not count", claim: byToken("sub." + domainA), accounts: []Account{account("x", with(CreateByDomain)...)}},
		{name: "domain: nor does the domain above", claim: byToken(domainA), accounts: []Account{account("x", domains("sub."+domainA))}},

		{name: "tenant: the tenant is the account's", claim: byMicrosoft(domainB, tenantT), accounts: []Account{account("x", with(CreateByTenant)...)}, want: "x"},
		{name: "tenant: another tenant, though the domain is the account's", claim: byMicrosoft(domainA, tenantU), accounts: []Account{account("x", with(CreateByTenant)...)}},
		{name: "tenant: never by emailed token", claim: byToken(domainA), accounts: []Account{account("x", with(CreateByTenant)...)}},
		{name: "tenant: never by a sign-in without tenant", claim: byMicrosoft(domainA, ""), accounts: []Account{account("x", with(CreateByTenant, tenants(""))...)}},

		{name: "tenant_and_domain: both agree", claim: byMicrosoft(domainA, tenantT), accounts: []Account{account("x", with(CreateByTenantAndDomain)...)}, want: "x"},
		{name: "tenant_and_domain: domain alone", claim: byMicrosoft(domainA, tenantU), accounts: []Account{account("x", with(CreateByTenantAndDomain)...)}},
		{name: "tenant_and_domain: tenant alone", claim: byMicrosoft(domainB, tenantT), accounts: []Account{account("x", with(CreateByTenantAndDomain)...)}},
		{name: "tenant_and_domain: never by emailed token", claim: byToken(domainA), accounts: []Account{account("x", with(CreateByTenantAndDomain)...)}},

		{name: "off", claim: byMicrosoft(domainA, tenantT), accounts: []Account{account("x", with(CreateOff)...)}},
		{name: "no rule of its own: the default", fallback: CreateByTenant, claim: byMicrosoft(domainB, tenantT), accounts: []Account{account("x", both...)}, want: "x"},
		{name: "no rule of its own: the default is off", fallback: CreateOff, claim: byMicrosoft(domainA, tenantT), accounts: []Account{account("x", both...)}},
		{name: "its own rule beats the default", fallback: CreateOff, claim: byToken(domainA), accounts: []Account{account("x", with(CreateByDomain)...)}, want: "x"},
		{name: "its own off beats the default", fallback: CreateByDomain, claim: byToken(domainA), accounts: []Account{account("x", with(CreateOff)...)}},

		{name: "one tenant, told apart by domain", claim: byMicrosoft(domainB, tenantT), want: "y", accounts: []Account{
			account("x", tenants(tenantT), domains(domainA), rule(CreateByTenant)), account("y", tenants(tenantT), domains(domainB), rule(CreateByTenant))}},
		{name: "one tenant, no account lists the domain", claim: byMicrosoft("c.example", tenantT), accounts: []Account{
			account("x", tenants(tenantT), domains(domainA), rule(CreateByTenant)), account("y", tenants(tenantT), domains(domainB), rule(CreateByTenant))}},
		{name: "one tenant, both list the domain", claim: byMicrosoft(domainA, tenantT), accounts: []Account{
			account("x", tenants(tenantT), domains(domainA), rule(CreateByTenant)), account("y", tenants(tenantT), domains(domainA), rule(CreateByTenant))}},
		{name: "one domain claimed twice", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA)), account("y", domains(domainA))}},
		{name: "one domain claimed twice, one of them off", claim: byToken(domainA), want: "y", accounts: []Account{
			account("x", domains(domainA), rule(CreateOff)), account("y", domains(domainA))}},
		{name: "one domain claimed twice, one inactive", claim: byToken(domainA), want: "y", accounts: []Account{
			account("x", domains(domainA), inactive), account("y", domains(domainA))}},
		{name: "domain leads to one account, tenant to another", claim: byMicrosoft(domainA, tenantT), accounts: []Account{
			account("x", domains(domainA), rule(CreateByDomain)), account("y", tenants(tenantT), rule(CreateByTenant))}},
		{name: "one account found by domain and by tenant is one", claim: byMicrosoft(domainA, tenantT), want: "x", accounts: []Account{
			account("x", with(CreateByDomain)...), account("x", with(CreateByDomain)...)}},

		{name: "catch-all: for none", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA), rule(CreateByTenant))}, catchAll: &catcher, want: "catcher"},
		{name: "catch-all: for several", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA)), account("y", domains(domainA))}, catchAll: &catcher, want: "catcher"},
		{name: "catch-all: not where one remains", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA))}, catchAll: &catcher, want: "x"},
		{name: "catch-all: inactive", claim: byToken(domainA), catchAll: new(account("catcher", inactive))},
		{name: "catch-all: does not admit the method", claim: byToken(domainA), catchAll: new(account("catcher", onlyMethods(MethodMicrosoft)))},
		{name: "confirmed by an emailed token: domain", claim: confirmed(domainA, tenantU), accounts: []Account{account("x", domains(domainA))}, want: "x"},
		{name: "confirmed by an emailed token: tenant_and_domain", claim: confirmed(domainA, tenantT), accounts: []Account{account("x", with(CreateByTenantAndDomain)...)}, want: "x"},
		{name: "confirmed, where the account admits no emailed token", claim: confirmed(domainA, tenantU), accounts: []Account{account("x", domains(domainA), onlyMethods(MethodMicrosoft))}},
		{name: "confirmed: catch-all", claim: confirmed(domainB, tenantU), catchAll: &catcher, want: "catcher"},
		{name: "catch-all: never by password", claim: Claim{Domain: domainA, Method: MethodPassword, Vouched: true}, catchAll: &catcher},
		{name: "catch-all: never by a proof that does not hold by itself", claim: unvouched(domainA, tenantT), catchAll: &catcher},

		{name: "inactive account", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA), inactive)}},
		{name: "the account does not admit the method", claim: byToken(domainA), accounts: []Account{account("x", domains(domainA), onlyMethods(MethodMicrosoft))}},
		{name: "password never", claim: Claim{Domain: domainA, Method: MethodPassword, Vouched: true}, accounts: []Account{account("x", domains(domainA))}},
		{name: "unvouched: the account lists the tenant", claim: unvouched(domainA, tenantT), accounts: []Account{account("x", with(CreateByDomain)...)}, want: "x"},
		{name: "unvouched: the account does not", claim: unvouched(domainA, tenantU), accounts: []Account{account("x", with(CreateByDomain)...)}},
		{name: "unvouched: the account lists the tenant, but the domain is another's", claim: unvouched(domainA, tenantT), accounts: []Account{
			account("x", domains(domainA)), account("y", tenants(tenantT), rule(CreateByTenant))}},
		{name: "unvouched: so it is, and the other takes nobody from there", claim: unvouched(domainA, tenantT), accounts: []Account{
			account("x", domains(domainA), tenants(tenantU), rule(CreateByTenantAndDomain)), account("y", tenants(tenantT), rule(CreateByTenant))}},
		{name: "confirmed: the other takes nobody from there", claim: confirmed(domainA, tenantT), want: "y", accounts: []Account{
			account("x", domains(domainA), tenants(tenantU), rule(CreateByTenantAndDomain)), account("y", tenants(tenantT), rule(CreateByTenant))}},
		{name: "unvouched: one domain claimed twice is no less so", claim: unvouched(domainA, tenantT), accounts: []Account{
			account("x", with(CreateByDomain)...), account("y", domains(domainA))}},
		{name: "unvouched: one tenant, told apart by domain", claim: unvouched(domainB, tenantT), want: "y", accounts: []Account{
			account("x", tenants(tenantT), domains(domainA), rule(CreateByTenant)), account("y", tenants(tenantT), domains(domainB), rule(CreateByTenant))}},
		{name: "catch-all: not for what the one account does not believe", claim: confirmed(domainA, tenantU), accounts: []Account{account("x", domains(domainA), onlyMethods(MethodMicrosoft))}, catchAll: &catcher},
		{name: "unvouched: no tenant at all", claim: unvouched(domainA, ""), accounts: []Account{account("x", with(CreateByDomain, tenants(""))...)}},
		{name: "no candidate", claim: byToken(domainA)},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := CreationPolicy{Default: c.fallback}
			if policy.Default == CreateByDefault {
				policy.Default = CreateByDomain
			}
			for _, accounts := range [][]Account{c.accounts, reversed(c.accounts)} {
				got, ok := policy.Choose(c.claim, accounts, c.catchAll)
				if got.ID != c.want || ok != (c.want != "") {
					t.Errorf("created in %q (%t), want %q", got.ID, ok, c.want)
				}
			}
		})
	}
}

func reversed(in []Account) []Account {
	out := slices.Clone(in)
	slices.Reverse(out)
	return out
}

// TestCreationMethods is what step 3 offers to an address that nobody has, and
// so whether step 1 lets it go on.
func TestCreationMethods(t *testing.T) {
	all := []string{MethodMicrosoft, "google", MethodEmailToken, MethodPassword}
	catcher := account("catcher")
	for _, c := range []struct {
		name     string
		byDomain []Account
		catchAll *Account
		want     []string
	}{
		{"domain", []Account{account("x")}, nil, []string{MethodMicrosoft, "google", MethodEmailToken}},
		{"tenant", []Account{account("x", rule(CreateByTenant))}, nil, []string{MethodMicrosoft}},
		{"tenant_and_domain", []Account{account("x", rule(CreateByTenantAndDomain))}, nil, []string{MethodMicrosoft}},
		{"off", []Account{account("x", rule(CreateOff))}, nil, nil},
		{"inactive", []Account{account("x", inactive)}, nil, nil},
		{"nobody's domain", nil, nil, nil},
		{"nobody's domain, with a catch-all", nil, &catcher, nil},
		{"off, with a catch-all", []Account{account("x", rule(CreateOff))}, &catcher, nil},
		{"tenant, with a catch-all", []Account{account("x", rule(CreateByTenant))}, &catcher, []string{MethodMicrosoft, "google", MethodEmailToken}},
		{"the account narrows", []Account{account("x", onlyMethods(MethodEmailToken, MethodPassword))}, nil, []string{MethodEmailToken}},
		{"the union of two accounts", []Account{account("x", onlyMethods(MethodEmailToken)), account("y", onlyMethods("google"))}, nil, []string{"google", MethodEmailToken}},
		{"only a password", []Account{account("x", onlyMethods(MethodPassword))}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := CreationPolicy{Default: CreateByDomain}
			if got := policy.Methods(all, c.byDomain, c.catchAll); !slices.Equal(got, c.want) {
				t.Errorf("methods %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseCreationRule(t *testing.T) {
	for _, r := range []CreationRule{CreateByDomain, CreateByTenant, CreateByTenantAndDomain, CreateOff} {
		if got, err := ParseCreationRule(string(r)); got != r || err != nil {
			t.Errorf("%q: %q, %v", r, got, err)
		}
	}
	for _, s := range []string{"", "Domain", "domains", "on"} {
		if got, err := ParseCreationRule(s); err == nil {
			t.Errorf("%q was read as %q", s, got)
		}
	}
}
