package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var recordPromises = []promise{
	{"records are kept whole", recordsWhole},
	{"a record replaces the one of its id", recordsReplaced},
	{"results are copies", recordsCopied},
	{"what is not there is not found", recordsNotFound},
	{"accounts by domain and tenant", accountsListed},
	{"lists follow changes and deletions", accountsFollow},
	{"ids may hold any bytes", oddIDs},
	{"ids have bounds", boundedIDs},
}

func filledRecords() (directory.Account, directory.Contact, directory.Member) {
	a, c, m := filled[directory.Account](), filled[directory.Contact](), filled[directory.Member]()
	c.Account = a.ID
	for i := range c.Links {
		c.Links[i].Address, m.Links[i].Address = c.Email.Key(), m.Email.Key()
	}
	return a, c, m
}

func recordsWhole(t *testing.T, s store.Store) {
	a, c, m := filledRecords()
	put(t, s, a, c, m)
	read := func(r directory.Reader) {
		wantEqual(t, "account", must(r.Account(t.Context(), a.ID))(t), a)
		wantEqual(t, "contact", must(r.Contact(t.Context(), c.ID))(t), c)
		wantEqual(t, "member", must(r.Member(t.Context(), m.ID))(t), m)
	}
	read(s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { read(e); return nil }))

	c.Created = start
	put(t, s, c)
	c.Created = start.UTC()
	wantEqual(t, "contact of another time zone", must(s.Contact(t.Context(), c.ID))(t), c)
}

func recordsReplaced(t *testing.T, s store.Store) {
	a, c, m := filledRecords()
	put(t, s, a, c, m)
	bareA, bareC, bareM := directory.Account{ID: a.ID}, contact(c.ID, a.ID, "x@y.example"), member(m.ID, "z@y.example")
	put(t, s, bareA, bareC, bareM)
	wantEqual(t, "account", must(s.Account(t.Context(), a.ID))(t), bareA)
	wantEqual(t, "contact", must(s.Contact(t.Context(), c.ID))(t), bareC)
	wantEqual(t, "member", must(s.Member(t.Context(), m.ID))(t), bareM)
}

func recordsCopied(t *testing.T, s store.Store) {
	a, c, m := filledRecords()
	given, givenC, givenM := filledRecords()
	put(t, s, given, givenC, givenM)
	spoil := func(a directory.Account, c directory.Contact, m directory.Member) {
		a.Domains[0], a.Tenants[0].Tenant, a.Methods[0] = "spoilt", "spoilt", "spoilt"
		c.Groups[0], m.Groups[0], m.Platforms[0] = "spoilt", "spoilt", "spoilt"
	}
	spoil(given, givenC, givenM)
	read := func() (directory.Account, directory.Contact, directory.Member) {
		return must(s.Account(t.Context(), a.ID))(t), must(s.Contact(t.Context(), c.ID))(t), must(s.Member(t.Context(), m.ID))(t)
	}
	spoil(read())
	p := must(s.People(t.Context(), c.Email.Key()))(t)
	spoil(p.Accounts[a.ID], p.Contacts[0], m)
	clear(p.Accounts)
	gotA, gotC, gotM := read()
	wantA, wantC, wantM := filledRecords()
	wantEqual(t, "account", gotA, wantA)
	wantEqual(t, "contact", gotC, wantC)
	wantEqual(t, "member", gotM, wantM)
}

func recordsNotFound(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	missing := func(r directory.Reader) {
		for _, id := range []string{"", "b", "aa", strings.Repeat("x", 70_000)} {
			_, err := r.Account(t.Context(), id)
			wantErr(t, err, directory.ErrNotFound)
			_, err = r.Contact(t.Context(), id)
			wantErr(t, err, directory.ErrNotFound)
			_, err = r.Member(t.Context(), id)
			wantErr(t, err, directory.ErrNotFound)
			_, err = r.Password(t.Context(), directory.PasswordOwner{Address: id, Kind: directory.KindMember})
			wantErr(t, err, directory.ErrNotFound)
		}
	}
	missing(s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		missing(e)
		wantErr(t, e.DeleteAccount("b"), directory.ErrNotFound)
		wantErr(t, e.DeleteContact("b"), directory.ErrNotFound)
		wantErr(t, e.DeleteMember("b"), directory.ErrNotFound)
		wantErr(t, e.RenameContact("b", "c"), directory.ErrNotFound)
		return nil
	}))
}

func accountsListed(t *testing.T, s store.Store) {
	both := directory.Account{ID: "b", Domains: []string{"x.example", "y.example"}, Tenants: listed("t1", "t2"), Active: true}
	off := directory.Account{ID: "a", Domains: []string{"x.example"}, Tenants: listed("t1")}
	long := directory.Account{ID: "aa", Domains: []string{"sub.x.example", "x.example.org"}, Tenants: listed("t11")}
	put(t, s, both, off, long)
	wantAccounts(t, s, "x.example", "t1", "a", "b")
	wantAccounts(t, s, "y.example", "t2", "b")
	wantAccounts(t, s, "sub.x.example", "t11", "aa")
	wantAccounts(t, s, "example", "t")
	wantAccounts(t, s, "", "")
	wantEqual(t, "whole accounts", must(s.AccountsByDomain(t.Context(), "x.example"))(t), []directory.Account{off, both})
}

// wantAccounts checks which accounts a domain and a tenant find, alike.
func wantAccounts(t *testing.T, r directory.Reader, domain, tenant string, want ...string) {
	t.Helper()
	wantEqual(t, "by domain "+domain, ids(must(r.AccountsByDomain(t.Context(), domain))(t), accountID), want)
	wantEqual(t, "by tenant "+tenant, ids(must(r.AccountsByTenant(t.Context(), tenant))(t), accountID), want)
}

func accountsFollow(t *testing.T, s store.Store) {
	listing := func(id string, values ...string) directory.Account {
		return directory.Account{ID: id, Domains: values, Tenants: listed(values...)}
	}
	put(t, s, listing("a", "one", "two"), listing("b", "one"))
	put(t, s, listing("a", "two", "three"))
	wantAccounts(t, s, "one", "one", "b")
	wantAccounts(t, s, "two", "two", "a")
	wantAccounts(t, s, "three", "three", "a")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.DeleteAccount("a"))
		wantAccounts(t, e, "two", "two")
		return nil
	}))
	wantAccounts(t, s, "two", "two")
	wantAccounts(t, s, "three", "three")
	wantAccounts(t, s, "one", "one", "b")
}

// oddNames are in the order of their bytes, and easily taken for each other
// where keys are put together carelessly.
var oddNames = []string{
	"\x00", "\x00\x00", "\x01a", "B", "a", "a\x00", "a\x00a", "a/a", "a|", "aa", "ä", "\xc3", "\xff", "\xff\xff",
	"\xff\xff" + strings.Repeat("z", 253),
}

func oddIDs(t *testing.T, s store.Store) {
	for i, id := range oddNames {
		a, c := account(id), contact(id, id, "p@x.example")
		a.Domains, a.Tenants = []string{id}, listed(id)
		put(t, s, a, c, member(id, fmt.Sprintf("%d@m.example", i)))
	}
	wantEqual(t, "contacts of the address", len(must(s.People(t.Context(), "p@x.example"))(t).Contacts), len(oddNames))
	for _, id := range oddNames {
		wantEqual(t, "contact", must(s.Contact(t.Context(), id))(t).Account, id)
		wantAccounts(t, s, id, id, id)
	}
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.DeleteContact("a"))
		return e.DeleteAccount("a") // others begin with it, and have contacts
	}))
	wantEqual(t, "after a deletion", len(must(s.People(t.Context(), "p@x.example"))(t).Contacts), len(oddNames)-1)
}

func boundedIDs(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	for _, id := range []string{"", strings.Repeat("x", 256)} {
		for _, r := range []any{account(id), contact(id, "a", "p@x.example"), member(id, "p@x.example")} {
			if err := s.Edit(t.Context(), func(e directory.Editor) error { return putAll(e, r) }); err == nil {
				t.Errorf("a %T with an id of %d bytes was kept", r, len(id))
			}
		}
	}
}
