package directory

import (
	"slices"
	"time"
)

// CreationPolicy is the operator's default for accounts that set no rule of
// their own.
type CreationPolicy struct {
	Default CreationRule
	// CatchAll is the id of the account for addresses whose candidates are
	// none or several; empty: nobody is created then.
	CatchAll string
}

// Rule is the rule that applies to an account.
func (p CreationPolicy) Rule(a Account) CreationRule {
	if a.ContactCreation != CreateByDefault {
		return a.ContactCreation
	}
	return p.Default
}

// Open reports whether an account could take a new contact at all.
func (p CreationPolicy) Open(a Account) bool {
	return a.Active && p.Rule(a) != CreateOff
}

// Claim is what a proof says about a person who has no record yet.
type Claim struct {
	Domain string    // of the proved address
	Tenant string    // Entra tenant id of the sign-in; empty for other methods
	At     time.Time // of the sign-in
	Method string
	// Vouched says that the address was proved by itself; otherwise it holds
	// only in accounts that list both the tenant and the domain.
	Vouched bool
	// Confirmed says that an emailed token proved it, which counts in accounts
	// that admit those.
	Confirmed bool
}

// ofDomain and ofTenant report whether the claim's are the account's.
func (c Claim) ofDomain(a Account) bool { return slices.Contains(a.Domains, c.Domain) }
func (c Claim) ofTenant(a Account) bool {
	return a.Tenants.Trust(c.Tenant, c.At)
}

// provedFor reports whether the address counts as proved in an account. The
// word of its tenant alone counts for its own domains: the administrator of one
// customer must not make a contact out of another customer's address, which
// nobody could be given again.
func (c Claim) provedFor(a Account) bool {
	return c.Vouched || c.Confirmed && a.Admits(MethodEmailToken) || c.ofTenant(a) && c.ofDomain(a)
}

// admits is the table of rules: whether one account takes the claim, if the
// address is proved.
func (p CreationPolicy) admits(a Account, c Claim) bool {
	if !p.Open(a) || c.Method == MethodPassword || !a.Admits(c.Method) {
		return false
	}
	switch p.Rule(a) {
	case CreateByDomain:
		return c.ofDomain(a)
	case CreateByTenant:
		return c.ofTenant(a)
	case CreateByTenantAndDomain:
		return c.ofTenant(a) && c.ofDomain(a)
	}
	return false
}

// Choose picks the account that a claim creates a contact in, out of the
// accounts that list its domain or its tenant; catchAll is the account named
// by CatchAll, if it exists. ok is false where nobody is created: no account,
// or two different ones, remain, or the address is not proved for the one. That
// is asked last: a weaker proof leaves no fewer accounts to choose from.
func (p CreationPolicy) Choose(c Claim, candidates []Account, catchAll *Account) (account Account, ok bool) {
	remaining := filter(dedupe(candidates), func(a Account) bool { return p.admits(a, c) })
	remaining = p.tellApartByDomain(remaining, c.Domain)
	switch {
	case len(remaining) == 1:
		account = remaining[0]
	case p.caught(catchAll, c.Method):
		account = *catchAll
	}
	if account.ID == "" || !c.provedFor(account) {
		return Account{}, false
	}
	return account, true
}

// tellApartByDomain drops, among several accounts that were found by their
// tenant alone, those that do not list the domain, where any does.
func (p CreationPolicy) tellApartByDomain(accounts []Account, domain string) []Account {
	byTenant := func(a Account) bool { return p.Rule(a) == CreateByTenant }
	lists := func(a Account) bool { return slices.Contains(a.Domains, domain) }
	tenants := filter(accounts, byTenant)
	if len(tenants) < 2 || !slices.ContainsFunc(tenants, lists) {
		return accounts
	}
	return filter(accounts, func(a Account) bool { return !byTenant(a) || lists(a) })
}

// Methods narrows the methods that the client platform admits to those by
// which an unknown address could become a contact, byDomain being the accounts
// that list its domain. Empty: it cannot, and step 1 says so.
func (p CreationPolicy) Methods(admitted []string, byDomain []Account, catchAll *Account) []string {
	if !slices.ContainsFunc(byDomain, p.Open) {
		return nil
	}
	return filter(admitted, func(method string) bool {
		return p.caught(catchAll, method) || slices.ContainsFunc(byDomain, func(a Account) bool {
			if method == MethodPassword || !p.Open(a) || !a.Admits(method) {
				return false
			}
			return method == MethodMicrosoft || p.Rule(a) == CreateByDomain
		})
	})
}

func (p CreationPolicy) caught(catchAll *Account, method string) bool {
	return catchAll != nil && catchAll.Active && method != MethodPassword && catchAll.Admits(method)
}

func dedupe(accounts []Account) []Account {
	seen := map[string]bool{}
	return filter(accounts, func(a Account) bool {
		fresh := !seen[a.ID]
		seen[a.ID] = true
		return fresh
	})
}
