// Package directory owns who exists: accounts, contacts and members, the
// addresses they sign in with, the domains and tenants of accounts, and the
// rules that follow from them: which platforms an address opens, which
// sign-in methods it may use, and where a contact may be created.
//
// The package decides; it neither stores (see [Store]) nor speaks HTTP. The
// words are those of DESIGN.md, "Words".
package directory
